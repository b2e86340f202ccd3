"""Cues of what a post is for: how many words of each of some small groups it has, where they stand, and how the text is made up.

The groups are words that a reader goes by (thanks, asking, selling, an institution's name); which of them means what is left to a model.
Each different word is looked up once and remembered by its number, so a text costs little more than adding up.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from analytics.text.features import Vocabulary, Words
from analytics.text.linear import MODELS, sum_between
from analytics.text.normalise import READ_AT_MOST

GROUPS: Mapping[str, frozenset[str]] = {
    name: frozenset(words.split()) for name, words in tomllib.loads((MODELS / "cues.toml").read_text("utf-8"))["groups"].items()
}
_PLACED = ("thanks", "asking", "closing", "vocative", "please", "calling", "own")  #: groups whose place in the text is told, too
#: A word of the first group with one of the second at most so many words after it.
_NEAR = (
    ("closing", "?", 1), ("asking", "?", 12), ("vocative", "?", 12), ("own", "inquiry", 3), ("please", "inquiry", 2),
    ("please", "repair", 4), ("service", "displeased", 6), ("displeased", "service", 6), ("not", "displeased", 3), ("not", "service", 4),
    ("need", "need", 4), ("calling", "vaccine", 4), ("own", "illness", 6), ("family", "illness", 6), ("illness", "own", 4),
    ("not", "closing", 2), ("thank_of_two", "thank_of_two", 1), ("asking", "closing", 3),
)  # fmt: skip
EDGE = 4  #: words at the beginning and at the end of a text
_SIGNS = ("?", "!", ".", '"')
NAMES = (
    *GROUPS, *(f"{name} first" for name in _PLACED), *(f"{name} last" for name in _PLACED),
    *(f"{first} {reach} {second}" for first, second, reach in _NEAR), *(f"sign {sign}" for sign in _SIGNS),
    "digits", "words", "link", "hashtags", "lines",
)  # fmt: skip
MOST = 4.0  #: of a count: more of the same says no more


class Cues:
    """Counts cues of texts that `vocabulary` has cut into words."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._generation = vocabulary.generation
        self._member = np.zeros((0, len(GROUPS) + len(_SIGNS) + 1), np.int32)

    def count(self, texts: Sequence[str], words: Words) -> NDArray[np.float32]:
        """(texts, NAMES): counts up to `MOST`, the number of words as its logarithm, and 0 or 1 for what is there or not."""
        self._look_up_new_words()
        member = self._member[words.ids]
        sums = sum_between(member, words.starts)
        groups, signs = sums[:, : len(GROUPS)], sums[:, len(GROUPS) :]
        sizes = np.diff(words.starts)
        at = np.arange(len(words.ids)) - np.repeat(words.starts[:-1], sizes)
        placed = member[:, [list(GROUPS).index(name) for name in _PLACED]]
        first = sum_between(np.where((at < EDGE)[:, None], placed, 0), words.starts)
        last = sum_between(np.where((np.repeat(sizes, sizes) - at <= EDGE)[:, None], placed, 0), words.starts)
        near = sum_between(_near(member, np.repeat(np.arange(len(sizes)), sizes)), words.starts)
        counted = np.hstack([groups, first, last, near, signs]).astype(np.float32)
        return np.hstack([np.minimum(counted, MOST), np.log1p(sizes)[:, None].astype(np.float32), _made_up(texts)])

    def _look_up_new_words(self) -> None:
        if self._generation != self._vocabulary.generation:
            self._member, self._generation = self._member[:0], self._vocabulary.generation
        new = self._vocabulary.words(len(self._member))
        if new:
            self._member = np.concatenate([self._member, np.array([_belongs(word) for word in new], np.int32)])


def _near(member: NDArray[np.int32], owners: NDArray[np.int64]) -> NDArray[np.int32]:
    """(words, _NEAR): whether a word begins such a pair within its text."""
    columns = [*GROUPS, *_SIGNS]
    out = np.zeros((len(owners), len(_NEAR)), np.int32)
    for number, (first, second, reach) in enumerate(_NEAR):
        begins = np.flatnonzero(member[:, columns.index(first)])
        after = member[:, columns.index(second)]
        for step in range(1, reach + 1):
            at = begins[begins + step < len(owners)]
            hit = (after[at + step] > 0) & (owners[at + step] == owners[at])
            out[at[hit], number] = 1
    return out


def _belongs(word: str) -> list[int]:
    groups = [int(word in group) for group in GROUPS.values()]
    return [*groups, *(int(word[0] == sign) for sign in _SIGNS), int(word[0].isdigit())]


def _made_up(texts: Sequence[str]) -> NDArray[np.float32]:
    """(texts, 3): link, hashtags, lines. Not who is mentioned: an identity in a text must change none of its labels."""
    rows = [
        ("http" in text or "www." in text or "[URL]" in text, text.count("#", 0, READ_AT_MOST), text.count("\n", 0, READ_AT_MOST))
        for text in texts
    ]
    return np.minimum(np.array(rows, np.float32).reshape(-1, 3), MOST)
