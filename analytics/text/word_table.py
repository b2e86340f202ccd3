"""Cuts texts into words and numbers each different word, in one compiled pass.

The words are those of `normalise.split_words`, with stretched letters shortened ("bangeeet" is "banget"). A word is found again by
its hash in an open-addressing table (Knuth, The Art of Computer Programming 3, 6.4), and its letters are compared too, so that no
stranger can make one word pass for another by a crafted hash.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TypeVar

import numpy as np
from numba import njit
from numpy.typing import NDArray

from analytics.text.codes import ALPHA, DIGIT, HAN, JOINS_NUMBER, LETTER, MARK, PICTURE, STOP, Block, Codes, Kinds, Places, kinds
from analytics.text.vectors import fetch

Hashes = NDArray[np.uint64]
Numbers = NDArray[np.int32]
Flags = NDArray[np.uint8]
Kind = TypeVar("Kind", bound=np.generic)

LONGEST_WORD = 30  #: letters; a longer run is cut
BEGIN, END = 2, 3  #: mark the ends of a word in hashes and n-grams: control characters, which no word holds
STEP = np.uint64(0x100000001B3)
IS_NEGATOR, IS_STOP, IS_LETTERED = 1, 2, 4  #: bits of `WordTable.flags`

_POWERS = np.cumprod(np.full(LONGEST_WORD + 2, STEP, dtype=np.uint64))
_SPREAD = np.uint64(0x9E3779B97F4A7C15)  # 2**64 over the golden ratio: Fibonacci hashing
_BEGIN, _END, _ZERO = np.uint64(BEGIN), np.uint64(END), np.uint64(0)
_HALF, _LOWER = np.uint64(32), np.uint64(0xFFFFFFFF)  # of a slot: its lower half is the number of a word
_AT_ONCE = 32  # words that are looked up together
_FIRST_SIZE = 1 << 12  # words


class WordTable:
    """Words by number.

    Of each word: hashes (n,), flags (n,) of the bits above, and letters[ends[number]:ends[number + 1]], its code points. The arrays
    are longer than they are filled; `size` is n.
    """

    def __init__(self, negators: Hashes, kind: Kinds | None = None, shorten: bool = True) -> None:
        """negators: hashes of the words that turn a judgement round; kind: what makes words, `kinds()` unless given; shorten: stretched
        letters."""
        self._negators = np.sort(negators)
        self._kind, self._shorten = kinds() if kind is None else kind, shorten
        self.clear()

    def clear(self) -> None:
        """Forget all words, and give their memory back."""
        self._counts = np.zeros(2, np.int64)  # words, letters
        self.hashes = np.zeros(_FIRST_SIZE, np.uint64)
        self.flags = np.zeros(_FIRST_SIZE, np.uint8)
        self.ends = np.zeros(_FIRST_SIZE + 1, np.int64)
        self.letters = np.zeros(8 * _FIRST_SIZE, np.uint32)
        self._slots = np.zeros(4 * _FIRST_SIZE, np.uint64)

    @property
    def size(self) -> int:
        return int(self._counts[0])

    def cut(self, block: Block) -> tuple[Numbers, Places]:
        """Numbers of the words of a block, in order, and how many words each text has (texts,)."""
        ids, sizes = np.empty(len(block.codes), np.int32), np.zeros(len(block.said), np.int64)
        text, out = 0, 0
        while True:
            text, out = _cut(
                block.codes, block.starts, self._kind, self._shorten, text, out, self._slots, self.hashes, self.flags, self.ends,
                self.letters, self._negators, self._counts, ids, sizes,
            )  # fmt: skip
            if text == len(sizes):
                return ids[:out].copy(), sizes
            self._make_room(int(block.starts[text + 1] - block.starts[text]))

    def _make_room(self, letters: int) -> None:
        """Room for a text of so many letters, each of which may be a new word, and at least for twice what there is."""
        words = max(2 * len(self.hashes), self.size + letters)
        self.hashes, self.flags = _longer(self.hashes, words), _longer(self.flags, words)
        self.ends = _longer(self.ends, words + 1)
        self.letters = _longer(self.letters, max(8 * words, int(self._counts[1]) + letters))
        self._slots = np.zeros(1 << (2 * words - 1).bit_length(), np.uint64)
        _fill(self._slots, self.hashes, self.size)

    def spelt(self, first: int, last: int) -> list[str]:
        """The words from number `first` up to `last`."""
        ends = self.ends[first : last + 1] - self.ends[first]
        joined = self.letters[self.ends[first] : self.ends[last]].tobytes().decode("utf-32-le", "surrogatepass")
        return [joined[start:end] for start, end in zip(ends[:-1].tolist(), ends[1:].tolist(), strict=True)]

    def some(self, numbers: Numbers) -> list[str]:
        """The words of these numbers."""
        ends = np.cumsum(self.ends[numbers + 1] - self.ends[numbers])
        joined = self.letters_of(numbers).tobytes().decode("utf-32-le", "surrogatepass")
        return [joined[start:end] for start, end in pairwise([0, *ends.tolist()])]

    def letters_of(self, numbers: Numbers) -> Codes:
        """The letters of the words of these numbers, one after the other."""
        begins, sizes = self.ends[numbers], self.ends[numbers + 1] - self.ends[numbers]
        return self.letters[np.repeat(begins - np.cumsum(sizes) + sizes, sizes) + np.arange(sizes.sum())]


def _longer(array: NDArray[Kind], size: int) -> NDArray[Kind]:
    longer = np.zeros(size, array.dtype)
    longer[: len(array)] = array
    return longer


@njit(cache=True, nogil=True)
def _run(here: int) -> tuple[int, int]:
    """What a word goes on with after a letter of these bits, and how many letters it has at most; 0 where no word begins."""
    if here & LETTER:
        return LETTER, LONGEST_WORD
    if here & DIGIT:
        return DIGIT | JOINS_NUMBER, LONGEST_WORD
    if here & (HAN | PICTURE):
        return HAN | PICTURE, 1
    if here & MARK:
        return MARK, 3
    return (STOP, 3) if here & STOP else (0, 0)


@njit(cache=True, nogil=True)
def _shorten(codes: Codes, at: int, end: int, word: Codes) -> int:
    """Write the letters codes[at:end] to `word`, one for three or more of the same; returns how many."""
    size = 0
    while at < end:
        same = at + 1
        while same < end and codes[same] == codes[at]:
            same += 1
        for _ in range(2 if same - at == 2 else 1):
            word[size] = codes[at]
            size += 1
        at = same
    return size


@njit(cache=True, nogil=True)
def _hash(word: Codes, begin: int, end: int) -> np.uint64:
    total = _BEGIN * _POWERS[0]
    for place in range(end - begin):
        total += np.uint64(word[begin + place]) * _POWERS[place + 1]
    return total + _END * _POWERS[end - begin + 1]


@njit(cache=True, nogil=True)
def _slot(hashed: np.uint64, slots: Hashes) -> int:
    return int(((hashed ^ (hashed >> _HALF)) * _SPREAD) >> _HALF) & (len(slots) - 1)


@njit(cache=True, nogil=True)
def _fill(slots: Hashes, hashes: Hashes, size: int) -> None:
    for number in range(size):
        at = _slot(hashes[number], slots)
        while slots[at] != _ZERO:
            at = (at + 1) & (len(slots) - 1)
        slots[at] = _kept(hashes[number], number)


@njit(cache=True, nogil=True)
def _kept(hashed: np.uint64, number: int) -> np.uint64:
    """What a slot holds: half of a hash, and the number of the word and one more."""
    return hashed & ~_LOWER | np.uint64(number + 1)


@njit(cache=True, nogil=True)
def _same(word: Codes, begin: int, end: int, letters: Codes, first: int, last: int) -> bool:
    if last - first != end - begin:
        return False
    for place in range(end - begin):  # noqa: SIM110  numba compiles no generators
        if letters[first + place] != word[begin + place]:
            return False
    return True


@njit(cache=True, nogil=True)
def _found(
    word: Codes, begin: int, end: int, hashed: np.uint64, slots: Hashes, ends: Places, letters: Codes
) -> tuple[int, int]:  # fmt: skip
    """The number of the word word[begin:end], or -1, and the slot where it is or would be."""
    slot = _slot(hashed, slots)
    while slots[slot] != _ZERO:
        if slots[slot] & ~_LOWER == hashed & ~_LOWER:
            number = int(np.int64(slots[slot] & _LOWER)) - 1
            if _same(word, begin, end, letters, ends[number], ends[number + 1]):
                return number, slot
        slot = (slot + 1) & (len(slots) - 1)
    return -1, slot


@njit(cache=True, nogil=True)
def _cut(
    codes: Codes, starts: Places, kind: Kinds, shorten: bool, text: int, out: int, slots: Hashes, hashes: Hashes, flags: Flags,
    ends: Places, letters: Codes, negators: Hashes, counts: Places, ids: Numbers, sizes: Places,
) -> tuple[int, int]:  # fmt: skip
    """Cut texts from number `text` on; returns the text before which there was no room left, and the words written to `ids`."""
    short, hashed = np.zeros(_AT_ONCE * LONGEST_WORD, np.uint32), np.zeros(_AT_ONCE, np.uint64)
    spans = np.zeros((_AT_ONCE, 3), np.int64)  # of words: first letter, the one after the last, and whether they are of `short`
    while text < len(sizes):
        at, end = starts[text], starts[text + 1]
        if counts[0] + end - at > len(hashes) or counts[1] + end - at > len(letters):
            return text, out
        before = out
        while at < end:
            at, found = _next_words(codes, kind, at, end, shorten, short, hashed, spans)
            _fetch_words(hashed[:found], slots, ends, letters)
            for place in range(found):
                word, first, last = short if spans[place, 2] else codes, spans[place, 0], spans[place, 1]
                number, slot = _found(word, first, last, hashed[place], slots, ends, letters)
                if number < 0:
                    number = counts[0]
                    slots[slot] = _kept(hashed[place], number)
                    _learn(number, word, first, last, hashed[place], kind, hashes, flags, ends, letters, negators, counts)
                ids[out] = number
                out += 1
        sizes[text] = out - before
        text += 1
    return text, out


@njit(cache=True, nogil=True)
def _next_words(
    codes: Codes, kind: Kinds, at: int, end: int, shorten: bool, short: Codes, hashed: Hashes, spans: NDArray[np.int64]
) -> tuple[int, int]:
    """Write hash and span of the words from `at` on, as many as there is room for; returns how far they go, and how many they are."""
    found = 0
    while at < end and found < len(hashed):
        run, longest = _run(kind[codes[at]])
        if longest == 0:
            at += 1
            continue
        first, last, stretched = at, min(end, at + longest), False
        total, before, second = _BEGIN * _POWERS[0], np.uint32(0), np.uint32(0)
        while at < last and kind[codes[at]] & run:
            code = codes[at]
            total += np.uint64(code) * _POWERS[at - first + 1]
            stretched |= code == before and code == second
            before, second, at = code, before, at + 1
        spans[found, 0], spans[found, 1], spans[found, 2] = first, at, 0
        hashed[found] = total + _END * _POWERS[at - first + 1]
        if shorten and stretched:
            begin = found * LONGEST_WORD
            size = _shorten(codes, first, at, short[begin : begin + LONGEST_WORD])
            spans[found, 0], spans[found, 1], spans[found, 2] = begin, begin + size, 1
            hashed[found] = _hash(short, begin, begin + size)
        found += 1
    return at, found


@njit(cache=True, nogil=True)
def _fetch_words(hashed: Hashes, slots: Hashes, ends: Places, letters: Codes) -> None:
    """Send for what is kept of some words, all at once: looked up one by one, each would be waited for."""
    at_slots, at_ends, at_letters = np.uintp(slots.ctypes.data), np.uintp(ends.ctypes.data), np.uintp(letters.ctypes.data)
    for each in hashed:
        fetch(at_slots + np.uintp(8) * np.uintp(_slot(each, slots)))
    for each in hashed:
        fetch(at_ends + np.uintp(8) * (slots[_slot(each, slots)] & _LOWER))
    for each in hashed:
        number = slots[_slot(each, slots)] & _LOWER
        if number != _ZERO:
            fetch(at_letters + np.uintp(4) * np.uintp(ends[np.int64(number) - 1]))


@njit(cache=True, nogil=True)
def _learn(
    number: int, word: Codes, begin: int, end: int, hashed: np.uint64, kind: Kinds, hashes: Hashes, flags: Flags, ends: Places,
    letters: Codes, negators: Hashes, counts: Places,
) -> None:  # fmt: skip
    used, size = counts[1], end - begin
    for place in range(size):
        letters[used + place] = word[begin + place]
    counts[0], counts[1] = number + 1, used + size
    hashes[number], ends[number + 1] = hashed, used + size
    first, flag = kind[word[begin]], 0
    if first & (MARK | STOP):
        flag |= IS_STOP
    if first & ALPHA:
        flag |= IS_LETTERED
    place = int(np.searchsorted(negators, hashed))
    if place < len(negators) and negators[place] == hashed:
        flag |= IS_NEGATOR
    flags[number] = flag
