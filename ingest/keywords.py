"""Which posts of a whole network are wanted: by keyword in the text and by declared language.

A stream gives every post of a network, so the choice is made here, before anything is kept.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wanted:
    """Tells whether a post is wanted. No pattern: any text; no languages: any language.

    stems: the first word of each keyword. Most texts hold none of them, and to look for them is ten times quicker than the pattern.
    """

    pattern: re.Pattern[str] | None
    stems: tuple[str, ...]
    languages: frozenset[str]

    @classmethod
    def of(cls, keywords: Sequence[str], languages: Iterable[str]) -> Wanted:
        """keywords: words or phrases; a final * takes any ending. languages: BCP 47, of which the first part counts ("id-ID" is "id")."""
        pattern = re.compile("|".join(map(_expression, keywords))) if keywords else None
        stems = {_words(keyword)[0].removesuffix("*") for keyword in keywords}
        return cls(pattern, tuple(sorted(stems)), frozenset(_primary(language) for language in languages))

    def __call__(self, text: str, declared: Sequence[str]) -> bool:
        """True when the text holds a keyword and the post is in a wanted language or declares none."""
        if self.languages and declared and not any(_primary(language) in self.languages for language in declared):
            return False
        if self.pattern is None:
            return True
        plain = _plain(text)
        return any(stem in plain for stem in self.stems) and self.pattern.search(plain) is not None


def keyword_problem(keyword: str) -> str | None:
    """What is wrong with a keyword, or None: it needs a letter or digit, and * may only stand at its end."""
    words = _words(keyword)
    if not any(character.isalnum() for character in keyword):
        return "needs a letter or a digit"
    if any("*" in word[:-1] or word == "*" for word in words):
        return "* may only stand at the end of a word"
    return None


def _expression(keyword: str) -> str:
    """Whole words, case and width ignored; the words of a phrase may also be glued or hyphened: covid-19, covid 19, #covid19."""
    words = [re.escape(word.removesuffix("*")) + (r"\w*" if word.endswith("*") else "") for word in _words(keyword)]
    return r"(?<![^\W_])" + r"[\s_-]*".join(words) + r"(?![^\W_])"  # a word ends at _ too: #dbd_jakarta


def _words(keyword: str) -> list[str]:
    return re.findall(r"[^\s_-]+", _plain(keyword))


def _plain(text: str) -> str:
    return (text if text.isascii() else unicodedata.normalize("NFKC", text)).casefold()


def _primary(language: str) -> str:
    return language.split("-")[0].strip().lower()
