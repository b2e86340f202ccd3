"""Cues of what a post is for: how many words of each of some small groups it has, where they stand, and how the text is made up.

The groups are words that a reader goes by (thanks, asking, selling, an institution's name); which of them means what is left to a model.
Each different word is looked up once and remembered by its number, so a text costs little more than adding up.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence

import numpy as np
from numba import njit
from numpy.typing import NDArray

from analytics.text.codes import Codes, Places, Written, spelt, written
from analytics.text.features import Vocabulary, Words, word_hashes
from analytics.text.linear import MODELS
from analytics.text.marks import BRACKET, HASH, LINE, LINK, Marks, marks_of
from analytics.text.normalise import READ_AT_MOST
from analytics.text.signs import after_as_written

GROUPS: Mapping[str, frozenset[str]] = {
    name: frozenset(words.split()) for name, words in tomllib.loads((MODELS / "cues.toml").read_text("utf-8"))["groups"].items()
}
_PLACED = (
    "thanks",
    "asking",
    "closing",
    "vocative",
    "please",
    "calling",
    "own",
    "asked",
    "urging",
    "press",
    "inviting",
)  #: groups whose place in the text is told, too
#: A word of the first group with one of the second at most so many words after it.
_NEAR = (
    ("closing", "?", 1), ("asking", "?", 12), ("vocative", "?", 12), ("own", "inquiry", 3), ("please", "inquiry", 2),
    ("please", "repair", 4), ("service", "displeased", 6), ("displeased", "service", 6), ("not", "displeased", 3), ("not", "service", 4),
    ("need", "need", 4), ("calling", "vaccine", 4), ("own", "illness", 6), ("family", "illness", 6), ("illness", "own", 4),
    ("not", "closing", 2), ("thank_of_two", "thank_of_two", 1), ("asking", "closing", 3),
    ("maybe", "?", 12), ("if", "?", 20), ("asked", "?", 16), ("there", "known", 4), ("maybe", "closing", 4), ("if", "asking", 12),
    ("own", "caught", 5), ("family", "caught", 5), ("own", "ailment", 6), ("family", "ailment", 6), ("once", "illness", 4),
    ("caught", "vaccine", 3), ("vaccine", "ailment", 10), ("not", "caught", 3), ("own", "account", 4), ("service", "not", 5),
    ("urging", "vaccine", 4), ("please", "own", 4), ("closing", "!", 1),
)  # fmt: skip
EDGE = 4  #: words at the beginning and at the end of a text
_SIGNS = ("?", "!", ".", '"', ":")
NAMES = (
    *GROUPS, *(f"{name} first" for name in _PLACED), *(f"{name} last" for name in _PLACED),
    *(f"{first} {reach} {second}" for first, second, reach in _NEAR), *(f"sign {sign}" for sign in _SIGNS),
    "digits", "words", "link", "hashtags", "lines",
)  # fmt: skip
MOST = 4.0  #: of a count: more of the same says no more


_COLUMNS = (*GROUPS, *_SIGNS, "digits")  #: a word belongs to some of them: one bit each
_OF_GROUPS: Mapping[str, int] = {
    word: sum(1 << number for number, group in enumerate(GROUPS.values()) if word in group) for word in frozenset().union(*GROUPS.values())
}
_OF_SIGNS: Mapping[str, int] = {sign: 1 << _COLUMNS.index(sign) for sign in _SIGNS}
#: "anakku" is "my child": words on -ku are of the writer, but for those that only end so.
_OWN = 1 << _COLUMNS.index("own")
_NOT_OWN = frozenset(
    "laku pelaku perilaku berlaku selaku buku suku kuku saku baku beku paku bangku kaku siku liku mengaku ngaku diaku".split()
)
_IS_DIGITS = 1 << _COLUMNS.index("digits")
_PLACED_AT = np.array([_COLUMNS.index(name) for name in _PLACED])
_NEAR_AT = np.array([(_COLUMNS.index(first), _COLUMNS.index(second), reach) for first, second, reach in _NEAR])

_HASHES = np.sort(word_hashes([*_OF_GROUPS]))

Bits = NDArray[np.uint64]
Counts = NDArray[np.float32]
_LINKS = spelt(["http", "www.", "[URL]"])


class Cues:
    """Counts cues of texts that `vocabulary` has cut into words."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._generation = vocabulary.generation
        self._belongs = np.zeros(0, np.uint64)

    def count(self, texts: Sequence[str], words: Words) -> Counts:
        """(texts, NAMES): counts up to `MOST`, the number of words as its logarithm, and 0 or 1 for what is there or not."""
        made_up = [_made_up(read, marks_of(read)) for read in written(texts)]
        return self._beside(np.concatenate([np.zeros((0, 3), np.float32), *made_up]), words)

    def count_in(self, read: Written, marked: Marks, words: Words) -> Counts:
        """The same of texts that have been read; marked: `marks` of them."""
        return self._beside(_made_up(read, marked), words)

    def _beside(self, made_up: Counts, words: Words) -> Counts:
        self._look_up_new_words()
        counted = np.zeros((len(made_up), len(_COLUMNS) + 2 * len(_PLACED) + len(_NEAR)), np.int32)
        _count(self._belongs, words.ids, words.starts, _PLACED_AT, _NEAR_AT, len(GROUPS), counted)
        size = np.log1p(np.diff(words.starts))[:, None].astype(np.float32)
        return np.hstack([np.minimum(counted.astype(np.float32), MOST), size, made_up])

    def _look_up_new_words(self) -> None:
        if self._generation != self._vocabulary.generation:
            self._belongs, self._generation = self._belongs[:0], self._vocabulary.generation
        known, table = len(self._belongs), self._vocabulary.table
        if len(self._vocabulary) == known:
            return
        self._belongs = np.concatenate([self._belongs, np.zeros(len(self._vocabulary) - known, np.uint64)])
        ends = table.ends[known + 1 : len(self._vocabulary) + 1]
        owned = (table.letters[ends - 1] == ord("u")) & (table.letters[ends - 2] == ord("k"))
        special = self._vocabulary.special(known, _HASHES)
        some = np.union1d(special, known + np.flatnonzero(owned)).astype(np.int32)  # all others belong nowhere
        self._belongs[some] = list(map(_belongs, table.some(some)))


def _belongs(word: str) -> int:
    sign = word[0]
    if len(word) >= 5 and word.endswith("ku") and word not in _NOT_OWN:
        return _OWN | _OF_GROUPS.get(word, 0)
    return _OF_GROUPS.get(word, 0) | _OF_SIGNS.get(sign, 0) | (_IS_DIGITS if sign.isdigit() else 0)


@njit(cache=True, nogil=True)
def _count(
    belongs: Bits, ids: NDArray[np.int32], starts: NDArray[np.int64], placed: NDArray[np.int64], near: NDArray[np.int64], groups: int,
    counted: NDArray[np.int32],
) -> None:  # fmt: skip
    """Count, for each text, words of each group, those of `placed` near the beginning and the end, pairs of `near`, and signs."""
    one = np.uint64(1)
    others = 2 * len(placed) + len(near)
    for text in range(len(counted)):
        begin, end, row = starts[text], starts[text + 1], counted[text]
        for at in range(begin, end):
            bits = belongs[ids[at]]
            if bits == 0:
                continue
            left, column = bits, 0
            while left:
                if left & one:
                    row[column if column < groups else column + others] += 1
                left, column = left >> one, column + 1
            for number in range(len(placed)):
                if bits >> np.uint64(placed[number]) & one:
                    row[groups + number] += at - begin < EDGE
                    row[groups + len(placed) + number] += end - at <= EDGE
            for number in range(len(near)):
                if bits >> np.uint64(near[number, 0]) & one:
                    second, last = np.uint64(near[number, 1]), min(end, at + near[number, 2] + 1)
                    for after in range(at + 1, last):
                        if belongs[ids[after]] >> second & one:
                            row[groups + 2 * len(placed) + number] += 1
                            break


def _made_up(read: Written, marked: Marks) -> Counts:
    """(texts, 3): link, hashtags, lines. Not who is mentioned: an identity in a text must change none of its labels."""
    made_up = np.zeros((len(marked), 3), np.float32)
    _look(read.codes, read.starts, np.flatnonzero(marked & (LINK | BRACKET | HASH | LINE)), made_up)
    return np.minimum(made_up, MOST)


@njit(cache=True, nogil=True)
def _look(codes: Codes, starts: Places, rows: NDArray[np.intp], made_up: Counts) -> None:
    for row in rows:
        for at in range(starts[row], starts[row + 1] - 1):
            code = codes[at]
            if code == 35 or code == 10:
                made_up[row, 1 if code == 35 else 2] += at - starts[row] < READ_AT_MOST
            elif made_up[row, 0] == 0 and (code == 104 or code == 119 or code == 91):
                for link in _LINKS:
                    made_up[row, 0] = max(made_up[row, 0], after_as_written(codes, at, link) > 0)
