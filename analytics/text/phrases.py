"""Where in texts many phrases stand: one compiled pass that hashes words, so that the costly reading is kept for few texts.

A phrase that is told may not be there (two phrases in 1e19 share a hash, and who wants to can make such): whoever reads the text has to
look. One that is not told is not there, but for texts in which a letter's other case is beyond Latin (see `marks.ODD`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from analytics.text.codes import WORD, Codes, Kinds, Places, Written, kinds, written_whole

_STEP, _MIX = np.uint64(0x100000001B3), np.uint64(0x9E3779B97F4A7C15)
_NONE, _HALF = np.uint64(0), np.uint64(32)
_NO_PHRASE = -1
_MOST_WORDS = 16

Hashes = NDArray[np.uint64]
Numbers = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Stands:
    """Phrases in texts, text by text in the order of their ends: number of each (n,), its first word and the one after its last (n,), words
    counted as `place_text.WORD` does; and where those of each text begin (texts + 1,)."""

    numbers: Numbers
    firsts: Numbers
    lasts: Numbers
    starts: Places

    def of(self, rows: NDArray[np.intp]) -> Iterator[list[tuple[int, int, int]]]:
        """For some texts the phrases in each: number, first word, the one after the last."""
        stands = list(zip(self.numbers.tolist(), self.firsts.tolist(), self.lasts.tolist(), strict=True))
        for begin, end in zip(self.starts[rows].tolist(), self.starts[rows + 1].tolist(), strict=True):
            yield stands[begin:end]


class Phrases:
    """Phrases of up to 16 words in lower case, single spaces between, of letters that are Latin-1 at most where they have capitals."""

    def __init__(self, phrases: Collection[str]) -> None:
        longest = max((phrase.count(" ") + 1 for phrase in phrases), default=1)
        if longest > _MOST_WORDS:
            raise ValueError(f"a phrase of {longest} words; {_MOST_WORDS} is the most")
        slots = 1 << max(6, (8 * sum(phrase.count(" ") + 1 for phrase in phrases)).bit_length())
        self._hashes, self._begins, self._number = (
            np.zeros(slots, np.uint64),
            np.zeros(slots, np.bool_),
            np.full(slots, _NO_PHRASE, np.int32),
        )
        read = written_whole(list(phrases))
        _keep(read.codes, read.starts, kinds(), self._hashes, self._begins, self._number)

    def stand_in(self, read: Written) -> Stands:
        """Where phrases stand in texts, with anything but letters and digits around their words."""
        room, starts = len(read.starts) + 64, np.zeros(len(read.starts), np.int64)
        kept = (self._hashes, self._begins, self._number)
        while True:
            numbers, firsts, lasts = (np.empty(room, np.int32) for _ in range(3))
            if _look(read.codes, read.starts, kinds(), kept, starts, numbers, firsts, lasts):
                return Stands(numbers[: starts[-1]], firsts[: starts[-1]], lasts[: starts[-1]], starts)
            room *= 4


@njit(cache=True, nogil=True)
def _word(codes: Codes, kind: Kinds, at: int) -> tuple[int, np.uint64]:
    """The end and the hash of the word that begins at `at`: letters and digits, in lower case."""
    total = _MIX
    while kind[codes[at]] & WORD and codes[at] != 95:
        code = codes[at]
        if 65 <= code <= 90 or (0xC0 <= code <= 0xDE and code != 0xD7):
            code += 32
        total = (total ^ np.uint64(code)) * _STEP
        at += 1
    return at, total ^ (total >> _HALF)


@njit(cache=True, nogil=True)
def _slot(hashed: np.uint64, hashes: Hashes) -> int:
    """Where a hash is kept, or the free place for it."""
    at = int((hashed * _MIX) >> _HALF) & (len(hashes) - 1)
    while hashes[at] != _NONE and hashes[at] != hashed:
        at = (at + 1) & (len(hashes) - 1)
    return at


@njit(cache=True, nogil=True)
def _joined(before: np.uint64, word: np.uint64) -> np.uint64:
    return (before ^ word) * _MIX + word


@njit(cache=True, nogil=True)
def _keep(codes: Codes, starts: Places, kind: Kinds, hashes: Hashes, begins: NDArray[np.bool_], numbers: Numbers) -> None:
    for phrase in range(len(starts) - 1):
        at, end, total = starts[phrase], starts[phrase + 1] - 1, _NONE
        while at < end:
            at, word = _word(codes, kind, at)
            total = _joined(total, word)
            slot = _slot(total, hashes)
            hashes[slot] = total
            if at == end:
                numbers[slot] = phrase
            else:
                begins[slot] = True
            at += 1


@njit(cache=True, nogil=True)
def _look(
    codes: Codes, starts: Places, kind: Kinds, kept: tuple[Hashes, NDArray[np.bool_], Numbers], found_starts: Places, found: Numbers,
    firsts: Numbers, lasts: Numbers,
) -> bool:  # fmt: skip
    """Go through the words of each text with the beginnings of phrases that are open so far; false where there was no room for all."""
    hashes, begins, numbers = kept
    open_, since = np.zeros(_MOST_WORDS + 1, np.uint64), np.zeros(_MOST_WORDS + 1, np.int32)
    out = 0
    for text in range(len(starts) - 1):
        at, end, opened, number = starts[text], starts[text + 1] - 1, 0, 0
        while at < end:
            code = codes[at]
            if not kind[code] & WORD or code == 95:
                if code == 35 or code == 0xA7:  # a hashtag begins or ends: no phrase goes on
                    opened, number = 0, number + 1
                at += 1
                continue
            at, word = _word(codes, kind, at)
            open_[opened], since[opened] = _NONE, number
            number, going = number + 1, 0
            for place in range(opened + 1):
                total = _joined(open_[place], word)
                slot = _slot(total, hashes)
                if hashes[slot] != total:
                    continue
                if numbers[slot] != _NO_PHRASE:
                    if out == len(found):
                        return False
                    found[out], firsts[out], lasts[out] = numbers[slot], since[place], number
                    out += 1
                if begins[slot]:
                    open_[going], since[going] = total, since[place]
                    going += 1
            opened = min(going, _MOST_WORDS)
        found_starts[text + 1] = out
    return True
