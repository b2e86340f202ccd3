"""Which texts hold any of many phrases: one compiled pass that hashes words, so that the costly reading is kept for few texts.

A text that is told may hold none (two phrases in 1e19 share a hash, and capitals beyond Latin are told without a look); one that is not
told holds none.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from numba import njit
from numpy.typing import NDArray

from analytics.text.codes import ODD_CASE, WORD, Codes, Kinds, Places, Written, kinds, written

_STEP, _MIX = np.uint64(0x100000001B3), np.uint64(0x9E3779B97F4A7C15)
_NONE, _HALF = np.uint64(0), np.uint64(32)
_BEGINS, _ENDS = 1, 2  # of a hash: phrases begin so; a phrase is so
_MOST_WORDS = 16

Hashes = NDArray[np.uint64]


class Phrases:
    """Phrases of up to 16 words in lower case, single spaces between, of letters that are Latin-1 at most where they have capitals."""

    def __init__(self, phrases: Collection[str]) -> None:
        longest = max((phrase.count(" ") + 1 for phrase in phrases), default=1)
        if longest > _MOST_WORDS:
            raise ValueError(f"a phrase of {longest} words; {_MOST_WORDS} is the most")
        slots = 1 << max(6, (8 * sum(phrase.count(" ") + 1 for phrase in phrases)).bit_length())
        self._hashes, self._is = np.zeros(slots, np.uint64), np.zeros(slots, np.uint8)
        for some in written(list(phrases)):
            _keep(some.codes, some.starts, kinds(), self._hashes, self._is)

    def stand_in(self, read: Written) -> NDArray[np.bool_]:
        """For each text (texts,) whether one of the phrases may stand in it, with anything but letters and digits around its words."""
        found = np.zeros(len(read.starts) - 1, np.bool_)
        _look(read.codes, read.starts, kinds(), self._hashes, self._is, found)
        return found


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
def _keep(codes: Codes, starts: Places, kind: Kinds, hashes: Hashes, is_: NDArray[np.uint8]) -> None:
    for phrase in range(len(starts) - 1):
        at, end, total = starts[phrase], starts[phrase + 1] - 1, _NONE
        while at < end:
            at, word = _word(codes, kind, at)
            total = _joined(total, word)
            slot = _slot(total, hashes)
            hashes[slot] = total
            is_[slot] |= _ENDS if at == end else _BEGINS
            at += 1


@njit(cache=True, nogil=True)
def _look(codes: Codes, starts: Places, kind: Kinds, hashes: Hashes, is_: NDArray[np.uint8], found: NDArray[np.bool_]) -> None:
    """Go through the words of each text with the beginnings of phrases that are open so far, until one ends."""
    open_ = np.zeros(_MOST_WORDS + 1, np.uint64)
    for text in range(len(found)):
        at, end, opened = starts[text], starts[text + 1] - 1, 0
        while at < end and not found[text]:
            bits = kind[codes[at]]
            if not bits & WORD or codes[at] == 95:
                opened = 0 if codes[at] == 35 or codes[at] == 0xA7 else opened  # a hashtag begins or ends: no phrase goes on
                at += 1
                continue
            first = at
            at, word = _word(codes, kind, at)
            for place in range(first, at):
                found[text] |= kind[codes[place]] & ODD_CASE != 0
            open_[opened] = _NONE
            going = 0
            for number in range(opened + 1):
                total = _joined(open_[number], word)
                slot = _slot(total, hashes)
                if hashes[slot] == total:
                    found[text] |= is_[slot] & _ENDS != 0
                    if is_[slot] & _BEGINS:
                        open_[going] = total
                        going += 1
            opened = min(going, _MOST_WORDS)
