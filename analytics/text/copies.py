"""Which posts repeat another one, word for word or nearly: edited, with a prefix, cut short, with other hashtags or emoji.

A post is drawn as a sketch: the least hashes of its pairs of neighbouring words (MinHash: Broder 1997, doi 10.1109/SEQUEN.1997.666900), a
byte each (b-bit MinHash: Li and König 2010, doi 10.1145/1772690.1772759), with the number of its pairs and the numbers that it names.
 Sketches that agree in a band of neighbouring bytes are looked at more closely (locality-sensitive hashing: Indyk and Motwani 1998),
so a post is compared with the few that may be its original and not with all. Two daily reports of one form with other numbers are no copies
of each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
from numba import njit
from numpy.typing import NDArray

from analytics.text.features import Vocabulary, Words

HASHES, ROWS = 84, 2  #: hashes of a sketch, bytes of a band: 42 bands find 99 % of pairs that share a third of their pairs of words
BANDS = HASHES // ROWS
LEAST = 4  #: pairs of words; a text with fewer ("aamiin ya Allah") copies nobody
ALIKE = 0.36  #: estimated share of common pairs (Jaccard) from which on a post is a copy
WITHIN = 0.8  #: estimated share of the shorter text's pairs that the longer one has, from which on it is quoted or cut short
SAME = 0.85  #: share from which on a copy is not kept, so that a text that is copied fifty thousand times is not compared with each of them
MEETING = 0.2  #: ... where they have at least this share in common
_TABLE = 1 << 12  # places of a new index's table
_EMPTY = -1

_DRAW = np.random.default_rng(20_011)
_FACTORS = (_DRAW.integers(1, 2**31, HASHES, dtype=np.uint32) * 2 + 1).astype(np.uint32)
_SHIFTS = _DRAW.integers(0, 2**32, HASHES, dtype=np.uint32)


@dataclass(frozen=True)
class Sketches:
    """One row a post.

    least: (posts, HASHES) uint8; size: (posts,) int32, pairs of words, 0 where it copies nobody; numbers: (posts,) uint64, a bit for each
    number in it.
    """

    least: NDArray[np.uint8]
    size: NDArray[np.int32]
    numbers: NDArray[np.uint64]

    def pack(self) -> list[bytes | None]:
        """As stored: None for posts that copy nobody."""
        rows = np.hstack([self.least, self.size.view(np.uint8).reshape(-1, 4), self.numbers.view(np.uint8).reshape(-1, 8)])
        return [row.tobytes() if size else None for row, size in zip(rows, self.size, strict=True)]

    @classmethod
    def unpack(cls, packed: list[bytes]) -> Sketches:
        """What `pack` made; all of them with a size."""
        rows = np.frombuffer(b"".join(packed), np.uint8).reshape(len(packed), HASHES + 12)
        size = np.ascontiguousarray(rows[:, HASHES : HASHES + 4]).view(np.int32).ravel()
        numbers = np.ascontiguousarray(rows[:, HASHES + 4 :]).view(np.uint64).ravel()
        return cls(np.ascontiguousarray(rows[:, :HASHES]), size, numbers)


class Sketcher:
    """Draws sketches of texts that `vocabulary` has cut into words."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._generation = vocabulary.generation
        self._bits = np.zeros(0, np.uint64)  # of each word: its bit where it is a number, else 0

    def draw(self, words: Words) -> Sketches:
        """The sketches of the texts; the same text has the same sketch on every machine and beside any neighbours."""
        self._look_up_new_words()
        texts = len(words.starts) - 1
        keys, owners = self._vocabulary.pair_keys(self._vocabulary.lettered(words))
        starts = np.searchsorted(owners, np.arange(texts + 1))
        least, size = np.zeros((texts, HASHES), np.uint8), np.diff(starts).astype(np.int32)
        _least(keys, starts, _FACTORS, _SHIFTS, least)
        size[size < LEAST] = 0
        numbers = np.zeros(texts, np.uint64)
        np.bitwise_or.at(numbers, words.owners, self._bits[words.ids])
        return Sketches(least, size, numbers)

    def _look_up_new_words(self) -> None:
        if self._generation != self._vocabulary.generation:
            self._bits, self._generation = self._bits[:0], self._vocabulary.generation
        new = self._vocabulary.words(len(self._bits))
        if new:
            self._bits = np.concatenate([self._bits, np.array([_bit(word) for word in new], np.uint64)])


def _bit(word: str) -> int:
    return 1 << (blake2b(word.strip(".,:/").encode(), digest_size=1).digest()[0] % 64) if word[0].isdigit() else 0


@njit(cache=True, nogil=True)
def _least(
    keys: NDArray[np.uint32], starts: NDArray[np.int64], factors: NDArray[np.uint32], shifts: NDArray[np.uint32], out: NDArray[np.uint8]
) -> None:
    """The least of each hash over the keys of a text, its lowest byte after mixing."""
    least = np.empty(len(factors), np.uint32)
    for text in range(len(starts) - 1):
        least[:] = np.uint32(0xFFFFFFFF)
        for key in keys[starts[text] : starts[text + 1]]:
            for number in range(len(factors)):
                value = np.uint32(key * factors[number] + shifts[number])
                value ^= value >> np.uint32(15)
                value = np.uint32(value * np.uint32(0x2C1B3C6D))
                if value < least[number]:
                    least[number] = value
        for number in range(len(factors)):
            mixed = np.uint32(least[number] * np.uint32(0x9E3779B1))
            out[text, number] = np.uint8(mixed >> np.uint32(24))


class CopyIndex:
    """Posts that were seen, to tell of each new one which story it belongs to. About 220 bytes a post.

    A story is known by the key of its first post. Posts are given in the order of time; what was added is never taken away: build a new
    index from the stored sketches of the window when it has grown old.
    """

    def __init__(self) -> None:
        self._count = 0
        self._least = np.zeros((_TABLE, HASHES), np.uint8)
        self._size = np.zeros(_TABLE, np.int32)
        self._numbers = np.zeros(_TABLE, np.uint64)
        self._key = np.zeros(_TABLE, np.uint64)
        self._root = np.zeros(_TABLE, np.int32)
        self._next = np.full((_TABLE, BANDS), _EMPTY, np.int32)
        self._heads = np.full((BANDS, 2 * _TABLE), _EMPTY, np.int32)

    def __len__(self) -> int:
        return self._count

    def add(self, keys: NDArray[np.uint64], sketches: Sketches) -> NDArray[np.uint64]:
        """For each post (its key: a hash of its id) the key of its story's first post, or its own where it repeats nobody.

        A post that was added before is not its own original and is not added again; one without a sketch repeats nobody.
        """
        self._make_room(len(keys))
        out = np.empty(len(keys), np.uint64)
        self._count = _add(
            keys, sketches.least, sketches.size, sketches.numbers, self._count, self._least, self._size, self._numbers, self._key,
            self._root, self._next, self._heads, out,
        )  # fmt: skip
        return out

    def _make_room(self, more: int) -> None:
        wanted = self._count + more
        if wanted <= len(self._size):
            return
        room = max(2 * len(self._size), wanted)
        for name in ("_least", "_size", "_numbers", "_key", "_root", "_next"):
            old = getattr(self, name)
            new = np.full((room, *old.shape[1:]), _EMPTY, old.dtype) if name == "_next" else np.zeros((room, *old.shape[1:]), old.dtype)
            new[: self._count] = old[: self._count]
            setattr(self, name, new)
        self._heads = np.full((BANDS, 1 << int(np.ceil(np.log2(2 * room)))), _EMPTY, np.int32)
        _link(self._count, self._least, self._next, self._heads)


@njit(cache=True, nogil=True)
def _place(least: NDArray[np.uint8], band: int, places: int) -> int:
    """Where a band of a sketch belongs in a table of `places`, a power of two."""
    value = (
        np.uint32(least[band * ROWS])
        | np.uint32(least[band * ROWS + 1]) << np.uint32(8)
        | np.uint32(least[band * ROWS + 2]) << np.uint32(16)
    )
    value = np.uint32((value ^ value >> np.uint32(11)) * np.uint32(0x9E3779B1))
    return int(value) & (places - 1)


@njit(cache=True, nogil=True)
def _link(count: int, least: NDArray[np.uint8], following: NDArray[np.int32], heads: NDArray[np.int32]) -> None:
    for row in range(count):
        for band in range(BANDS):
            place = _place(least[row], band, heads.shape[1])
            following[row, band] = heads[band, place]
            heads[band, place] = row


@njit(cache=True, nogil=True)
def _alike(
    one: NDArray[np.uint8], size: int, numbers: np.uint64, other: NDArray[np.uint8], other_size: int, other_numbers: np.uint64
) -> float:
    """The estimated share of common pairs of words, 0 where the two are no copies."""
    common = numbers & other_numbers
    if common != numbers and common != other_numbers:
        return 0.0
    same = 0
    for number in range(HASHES):
        same += one[number] == other[number]
    share = max((same / HASHES - 1 / 256) / (1 - 1 / 256), 0.0)
    if share >= ALIKE:
        return share
    within = share * (size + other_size) / (1 + share) / min(size, other_size)
    return share if share >= MEETING and within >= WITHIN else 0.0


@njit(cache=True, nogil=True)
def _add(
    keys: NDArray[np.uint64], new_least: NDArray[np.uint8], new_size: NDArray[np.int32], new_numbers: NDArray[np.uint64], count: int,
    least: NDArray[np.uint8], size: NDArray[np.int32], numbers: NDArray[np.uint64], key: NDArray[np.uint64], root: NDArray[np.int32],
    following: NDArray[np.int32], heads: NDArray[np.int32], out: NDArray[np.uint64],
) -> int:  # fmt: skip
    """Add posts one after the other; returns how many there are now."""
    looked = np.full(len(size), -1, np.int32)
    for post in range(len(keys)):
        out[post] = keys[post]
        if new_size[post] == 0:
            continue
        found, share, again = _EMPTY, 0.0, False
        for band in range(BANDS):
            row = heads[band, _place(new_least[post], band, heads.shape[1])]
            while row != _EMPTY:
                if looked[row] != post:
                    looked[row] = post
                    if key[row] == keys[post]:
                        again = True
                        out[post] = key[root[row]]
                    else:
                        alike = _alike(new_least[post], new_size[post], new_numbers[post], least[row], size[row], numbers[row])
                        if alike > 0 and (found == _EMPTY or root[row] < found):
                            found = root[row]
                        share = max(share, alike)
                row = following[row, band]
        if again:
            continue
        if found != _EMPTY:
            out[post] = key[found]
            if share >= SAME:
                continue
        least[count], size[count], numbers[count], key[count] = new_least[post], new_size[post], new_numbers[post], keys[post]
        root[count] = count if found == _EMPTY else found
        for band in range(BANDS):
            place = _place(new_least[post], band, heads.shape[1])
            following[count, band] = heads[band, place]
            heads[band, place] = count
        count += 1
    return count
