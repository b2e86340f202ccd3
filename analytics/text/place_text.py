"""The words of a post in which places are looked for, as they are written: only what is asked of them is made of letters again."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from analytics.text.codes import WORD as OF_WORD
from analytics.text.codes import Codes, Kinds, Places, Written, kinds

WORD = re.compile(r"[^\W_]+|[#§]")  #: letters and digits, or the sign before and after a split hashtag
_SENTENCE_ENDS = frozenset(".!?:\n•")


class Figures(NamedTuple):
    """How many words a text has, how many are in capitals, how many begin with one, and how many of these go on in small letters."""

    words: int
    upper: int
    begun: int
    cased: int


class PlaceText:
    """A text (see `places._plain`), or more texts than that, with the first letter of each word, and the one after its last."""

    def __init__(self, text: str, begins: Sequence[int], ends: Sequence[int], figures: Figures | None) -> None:
        """figures: where somebody has them."""
        self.text, self._begins, self._ends, self._given = text, begins, ends, figures

    @classmethod
    def of(cls, text: str) -> PlaceText:
        """Find the words of a text."""
        spans = [match.span() for match in WORD.finditer(text)]
        return cls(text, [first for first, _ in spans], [last for _, last in spans], None)

    def _written(self, position: int) -> str:
        return self.text[self._begins[position] : self._ends[position]]

    @property
    def words(self) -> list[str]:
        """All words as they are written."""
        return [self.text[first:last] for first, last in zip(self._begins, self._ends, strict=True)]

    def word(self, position: int) -> str:
        """A word in lower case; an empty string beyond the ends."""
        if 0 <= position < len(self._begins):
            return self.text[self._begins[position] : self._ends[position]].lower()
        return ""

    def between(self, last: int, first: int) -> str:
        """What stands between the word before `last` and word `first`."""
        return self.text[self._ends[last - 1] : self._begins[first]]

    def says(self, words: str, first: int, last: int) -> bool:
        """Whether these words in lower case stand from word `first` up to word `last`."""
        return self.word(first) == words if last - first == 1 else " ".join(map(self.word, range(first, last))) == words

    def in_capitals(self, position: int) -> bool:
        """Whether a word is in capitals, in a text that is not."""
        return self._written(position).isupper() and not self.shouting

    def capital(self, position: int) -> bool:
        """Whether a word begins with a capital."""
        return 0 <= position < len(self._begins) and self.text[self._begins[position]].isupper()

    @cached_property
    def _figures(self) -> Figures:
        if self._given is not None:
            return self._given
        begun = [word for word in self.words if word[0].isupper()]
        cased = sum(word[1:].islower() for word in begun)
        return Figures(len(self._begins), sum(map(str.isupper, self.words)), len(begun), cased)

    @property
    def shouting(self) -> bool:
        """Whether most of the text is in capitals."""
        return self._figures.upper > 0.7 * self._figures.words and self._figures.words > 3

    @property
    def cased(self) -> bool:
        """Whether the writer uses capitals at the beginning of names or sentences."""
        return self._figures.cased > 0

    @property
    def title(self) -> bool:
        """Whether nearly every word begins with a capital, as in a headline."""
        return self._figures.words > 3 and self._figures.begun >= 0.6 * self._figures.words

    def sentence_start(self, position: int) -> bool:
        """Whether a word is the first of a sentence."""
        start = self._begins[position]
        return position == 0 or self.text[max(0, start - 4) : start].rstrip(' "“‘(-–')[-1:] in _SENTENCE_ENDS


def place_texts(read: Written, rows: NDArray[np.intp]) -> Iterator[PlaceText]:
    """Some of the texts that have been read, all in one string; figures only where all letters are of ASCII."""
    starts, figures = np.zeros(len(rows) + 1, np.int64), np.zeros((len(rows), len(Figures._fields)), np.int64)
    room = int((read.starts[rows + 1] - read.starts[rows]).sum())
    begins, ends = np.empty(room, np.int32), np.empty(room, np.int32)
    _words(read.codes, read.starts, kinds(), rows, starts, begins, ends, figures)
    joined = read.codes.tobytes().decode("utf-32-le", "surrogatepass")
    firsts, lasts = begins[: starts[-1]].tolist(), ends[: starts[-1]].tolist()
    for counted, (begin, end) in zip(figures.tolist(), pairwise(starts.tolist()), strict=True):
        yield PlaceText(joined, firsts[begin:end], lasts[begin:end], Figures(*counted) if counted[0] >= 0 else None)


@njit(cache=True, nogil=True)
def _words(
    codes: Codes, starts: Places, kind: Kinds, rows: NDArray[np.intp], word_starts: Places, begins: NDArray[np.int32],
    ends: NDArray[np.int32], figures: Places,
) -> None:  # fmt: skip
    """Write the spans of the words of each text, and its figures; -1 for the first of them where a letter is beyond ASCII."""
    out = 0
    for place in range(len(rows)):
        first, end, wide, before = starts[rows[place]], starts[rows[place] + 1] - 1, False, out
        at = first
        while at < end:
            code = codes[at]
            wide |= code > 127
            if code == 35 or code == 0xA7:
                begins[out], ends[out] = at, at + 1
                out, at = out + 1, at + 1
                continue
            if not kind[code] & OF_WORD or code == 95:
                at += 1
                continue
            begin, capitals, small = at, 0, 0
            while kind[codes[at]] & OF_WORD and codes[at] != 95:
                wide |= codes[at] > 127
                capitals += 65 <= codes[at] <= 90
                small += 97 <= codes[at] <= 122
                at += 1
            begins[out], ends[out] = begin, at
            out += 1
            if 65 <= code <= 90:
                figures[place, 2] += 1
                figures[place, 3] += capitals == 1 and small > 0
            figures[place, 1] += capitals > 0 and small == 0
        figures[place, 0] = -1 if wide else out - before
        word_starts[place + 1] = out
