"""The normal form in which terms are looked for in posts: lower-case words between single spaces.

Links, handles and placeholders are gone, hashtags are split into words (#DemamBerdarah, #demamberdarah), lengthened letters are
collapsed (demaaam), abbreviations and slang are written out per language (slang.csv), reduplication by a digit too (nyamuk2), and the
Indonesian suffix -nya is cut off. Terms of rules pass through the same function, so both sides always meet.
"""

from __future__ import annotations

import csv
import hashlib
import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from pathlib import Path

from analytics.text.normalise import without_links

SLANG = Path(__file__).parent / "slang.csv"
REMEMBERED = 20_000  #: words whose normal form is kept; when there are more, all are forgotten
LONGEST_WORD = 100  #: letters; a longer run of letters is cut, as no term is that long

SHORTEST_GLUED = 6  #: letters of a compound that is found without its spaces ("kakigajah")
SHORTEST_IN_TAG = 5  #: letters of a term that is found at the end or beginning of a hashtag ("cegahstunting")

_HASHTAG = re.compile(r"[#＃](\w{2,100})")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])|_")
_LENGTHENED = re.compile(r"([^\W\d_])\1{2,}")
_TWICE = re.compile(r"([^\W\d_]{3,})2(nya|an)?")


class _Characters(dict[int, str]):
    """For str.translate: letters and digits in lower case, a space for anything else; filled as characters are met."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        self[code] = value = character.lower() if character.isalnum() or unicodedata.combining(character) else " "
        return value


_CHARACTERS = _Characters({code: chr(code).lower() if chr(code).isalnum() else " " for code in range(128)})


def slang_list(lang: str | None) -> str:
    """The language whose list of slang goes before that of others for a text in `lang`: "" where it has none, Indonesian for None."""
    return (lang or "id") if (lang or "id") in _lists() else ""


@cache
def slang(lang: str) -> Mapping[str, str]:
    """What abbreviations and slang stand for: the lists of all languages, as posts mix them, where they differ the language's own."""
    lists = _lists()
    return {**lists["en"], **lists["id"], **lists["all"], **lists.get(lang, {})}


@cache
def _lists() -> Mapping[str, Mapping[str, str]]:
    lists: dict[str, dict[str, str]] = {}
    with SLANG.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            lists.setdefault(row["lang"], {})[row["written"]] = row["meant"]
    return lists


@cache
def form_version() -> str:
    """Changes with this module and its slang list, so that labels can carry it."""
    return hashlib.sha256(Path(__file__).read_bytes() + SLANG.read_bytes()).hexdigest()[:12]


class Matching:
    """Brings texts to the normal form, so that the given terms are found even without their spaces or inside a hashtag."""

    def __init__(self, terms: Collection[str] = ()) -> None:
        self._glued = {joined: term for term in terms if " " in term and len(joined := term.replace(" ", "")) >= SHORTEST_GLUED}
        self._in_tags = {*self._glued, *(term for term in terms if " " not in term and len(term) >= SHORTEST_IN_TAG)}
        self._known: dict[str, Mapping[str, str]] = {}
        self._forms: dict[tuple[str, str], str] = {}

    def form(self, text: str, lang: str | None = None) -> str:
        """Words of a text, each between single spaces, with a space at both ends: " demam berdarah ". Linear in its length.

        lang: BCP 47 code of the language whose slang goes before that of others (Indonesian when None).
        """
        if len(self._forms) >= REMEMBERED:
            self._forms.clear()
        first, forms = slang_list(lang), self._forms
        words = [(first, word) for word in self.plain(text).translate(_CHARACTERS).split()]
        new = list(dict.fromkeys(key for key in words if key not in forms))
        if new:
            forms.update(zip(new, self.words([word for _, word in new], first), strict=True))
        return f" {' '.join(map(forms.__getitem__, words))} "

    def plain(self, text: str) -> str:
        """The text without links, handles and placeholders, with hashtags split, in NFKC."""
        if "#" in text or "＃" in text:
            text = _HASHTAG.sub(lambda match: self.split_tag(match[1]), text)
        text = without_links(text)
        return text if text.isascii() else unicodedata.normalize("NFKC", text)

    def words(self, words: Sequence[str], slang_list: str) -> list[str]:
        """The normal forms of words of letters and digits in lower case, by a list that the function of that name told.

        All of them pass through a regular expression at once, as lines: that costs a fifth of one call for each.
        """
        known = self._known_by(slang_list)
        cut = [word[:LONGEST_WORD] for word in words]
        short = _LENGTHENED.sub(r"\1", "\n".join(cut)).split("\n") if cut else []
        meant = [known.get(word) or shorter for word, shorter in zip(cut, short, strict=True)]
        ended = [_without_end(word) if "2" in word or word.endswith("nya") else word for word in meant]
        return [known.get(word, word) for word in ended]

    def listed(self, slang_list: str) -> Collection[str]:
        """Words that stand for others by a list. Any other word is its own normal form, unless it is long, has a letter three times in
        a row or a 2 in it, or ends with -nya."""
        return self._known_by(slang_list).keys()

    def _known_by(self, slang_list: str) -> Mapping[str, str]:
        return self._known.get(slang_list) or self._known.setdefault(slang_list, {**self._glued, **slang(slang_list)})

    def split_tag(self, tag: str) -> str:
        """DemamBerdarah -> Demam Berdarah; a tag in one case is cut at a term at its end or beginning: cegah stunting."""
        words = _CAMEL.sub(" ", tag)
        if " " in words or len(words) <= SHORTEST_IN_TAG:
            return f" {words} "
        tag = words.lower()
        for length in range(len(tag) - 1, SHORTEST_IN_TAG - 1, -1):
            if tag[-length:] in self._in_tags:
                return f" {tag[:-length]} {tag[-length:]} "
            if tag[:length] in self._in_tags:
                return f" {tag[:length]} {tag[length:]} "
        return f" {tag} "


def _without_end(word: str) -> str:
    """A word without what is written at its end: the digit of "nyamuk2", the suffix -nya."""
    if "2" in word and (twice := _TWICE.fullmatch(word)):
        word = f"{twice[1]} {twice[1]}"
    if len(word) > 5 and word.endswith("nya"):
        word = word[:-3]
    return word


_PLAIN = Matching()


def normal_form(text: str, lang: str | None = None) -> str:
    """The normal form of one text (see `Matching.form`), without glued compounds."""
    return _PLAIN.form(text, lang)
