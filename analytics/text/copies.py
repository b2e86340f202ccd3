"""Which posts repeat another one, word for word or nearly: edited, with a prefix, cut short, with other hashtags or emoji.

A post is drawn as a sketch: the least hashes of its pairs of neighbouring words (MinHash: Broder 1997, doi 10.1109/SEQUEN.1997.666900), a
byte each (b-bit MinHash: Li and König 2010, doi 10.1145/1772690.1772759), with the number of its pairs and the facts that it names:
numbers and diseases. Sketches that agree in a band of neighbouring bytes are looked at more closely (locality-sensitive hashing: Indyk and
Motwani 1998, doi 10.1145/276698.276876), so a post is compared with the few that may be its original and not with all, however many posts
there are of one form. Two reports of one form with other numbers, or on another disease, are no copies of each other; two that differ in
nothing but the place are.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
from numba import njit
from numpy.typing import NDArray

from analytics.text.codes import Places
from analytics.text.features import PAIR_SEED, Vocabulary, Words, word_hashes
from analytics.text.shared_sums import mixed
from analytics.text.word_table import IS_LETTERED, Flags, Hashes, Numbers
from analytics.text.word_table import STEP as STEP_OF_WORD

HASHES = 84  #: hashes of a sketch, a byte each
WIDTH, STEP = 3, 2  #: bytes of a band, and from the start of one band to that of the next, in a ring
BANDS = HASHES // STEP
WHOLE = BANDS  #: one band more: all bytes and the facts, so that a text as it was is found among any number of its form
CLOSEST = 24  #: in each band a post is compared with so many posts that agree in it, the newest: one form sent all day stays cheap
LEAST = 4  #: pairs of words; a text with fewer ("aamiin ya Allah") copies nobody
ALIKE = 0.36  #: estimated share of common pairs (Jaccard) from which on a post is a copy
WITHIN = 0.8  #: estimated share of the shorter text's pairs that the longer one has, from which on it is quoted or cut short
SAME = 0.85  #: share from which on a copy is not kept, so that a text that is copied fifty thousand times is not compared with each of them
MEETING = 0.2  #: ... where they have at least this share in common
_ROOM = 1 << 12  # posts that a new index has room for
_SHARED = 1  # posts to a place of a band's table
_EMPTY = -1

#: The words by which posts tell diseases apart, a line for each disease: "dbd" in place of "dengue" is no other fact.
_DISEASE = {
    word: line.split()[0]
    for line in """
        dengue dbd dhf berdarah
        covid covid19 corona korona coronavirus sarscov2 omicron omikron
        malaria
        campak measles rubella
        polio
        difteri diphtheria
        rabies
        tbc tb tuberkulosis tuberculosis
        kolera cholera
        tifus tipes typhoid
        hepatitis
        chikungunya cikungunya
        leptospirosis
        cacar mpox monkeypox
        zika
        hiv aids
        influenza flu
        diare diarrhea diarrhoea muntaber
        pneumonia
        meningitis
        pertusis pertussis
        tetanus
        antraks anthrax
        stunting
        kanker cancer
        diabetes
    """.split("\n")
    for word in line.split()
}

_HASHES = np.sort(word_hashes([*_DISEASE]))
_OF_PAIR = np.uint64(PAIR_SEED)

_DRAW = np.random.default_rng(20_011)
_FACTORS = (_DRAW.integers(1, 2**31, HASHES, dtype=np.uint32) * 2 + 1).astype(np.uint32)
_SHIFTS = _DRAW.integers(0, 2**32, HASHES, dtype=np.uint32)


@dataclass(frozen=True)
class Sketches:
    """One row a post.

    least: (posts, HASHES) uint8; size: (posts,) int32, pairs of words, 0 where it copies nobody; facts: (posts,) uint64, a bit for each
    number and disease in it.
    """

    least: NDArray[np.uint8]
    size: NDArray[np.int32]
    facts: NDArray[np.uint64]

    def pack(self) -> list[bytes | None]:
        """As stored: None for posts that copy nobody."""
        rows = np.hstack([self.least, self.size.view(np.uint8).reshape(-1, 4), self.facts.view(np.uint8).reshape(-1, 8)])
        joined, width = rows.tobytes(), rows.shape[1]
        return [joined[place * width : (place + 1) * width] if size else None for place, size in enumerate(self.size.tolist())]

    @classmethod
    def unpack(cls, packed: list[bytes]) -> Sketches:
        """What `pack` made; all of them with a size."""
        rows = np.frombuffer(b"".join(packed), np.uint8).reshape(len(packed), HASHES + 12)
        size = np.ascontiguousarray(rows[:, HASHES : HASHES + 4]).view(np.int32).ravel()
        facts = np.ascontiguousarray(rows[:, HASHES + 4 :]).view(np.uint64).ravel()
        return cls(np.ascontiguousarray(rows[:, :HASHES]), size, facts)


class Sketcher:
    """Draws sketches of texts that `vocabulary` has cut into words."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._generation = vocabulary.generation
        self._bits = np.zeros(0, np.uint64)  # of each word: its bit where it is a number or names a disease, else 0

    def draw(self, words: Words) -> Sketches:
        """The sketches of the texts; the same text has the same sketch on every machine and beside any neighbours."""
        self._look_up_new_words()
        texts, table = len(words.starts) - 1, self._vocabulary.table
        least, size, facts = np.zeros((texts, HASHES), np.uint8), np.zeros(texts, np.int32), np.zeros(texts, np.uint64)
        _draw(words.ids, words.starts, table.hashes, table.flags, self._bits, _FACTORS, _SHIFTS, least, size, facts)
        size[size < LEAST] = 0
        return Sketches(least, size, facts)

    def _look_up_new_words(self) -> None:
        if self._generation != self._vocabulary.generation:
            self._bits, self._generation = self._bits[:0], self._vocabulary.generation
        known = len(self._bits)
        if len(self._vocabulary) > known:
            self._bits = np.concatenate([self._bits, np.zeros(len(self._vocabulary) - known, np.uint64)])
            rows = self._vocabulary.special(known, _HASHES)  # all others are no facts
            self._bits[rows] = list(map(_bit, self._vocabulary.table.some(rows)))


def _bit(word: str) -> int:
    fact = word.strip(".,:/") if word[0].isdigit() else _DISEASE.get(word)
    return 1 << (blake2b(fact.encode(), digest_size=1).digest()[0] % 64) if fact else 0


@njit(cache=True, nogil=True)
def _draw(
    ids: Numbers, starts: Places, hashes: Hashes, flags: Flags, bits: Hashes, factors: NDArray[np.uint32], shifts: NDArray[np.uint32],
    out: NDArray[np.uint8], size: Numbers, facts: Hashes,
) -> None:  # fmt: skip
    """Of each text the least of each hash over its pairs of words of letters, its lowest byte after mixing; how many pairs; its facts."""
    least = np.empty(len(factors), np.uint32)
    for text in range(len(size)):
        least[:] = np.uint32(0xFFFFFFFF)
        before = -1
        for at in range(starts[text], starts[text + 1]):
            word = ids[at]
            facts[text] |= bits[word]
            if not flags[word] & IS_LETTERED:
                continue
            if before >= 0:
                key = np.uint32(mixed(hashes[before] * STEP_OF_WORD + hashes[word], _OF_PAIR))
                size[text] += 1
                for number in range(HASHES):  # so many, and without a branch: the processor takes several at once
                    value = np.uint32(key * factors[number] + shifts[number])
                    value ^= value >> np.uint32(15)
                    value = np.uint32(value * np.uint32(0x2C1B3C6D))
                    least[number] = min(least[number], value)
            before = word
        for number in range(len(factors)):
            byte = np.uint32(least[number] * np.uint32(0x9E3779B1))
            out[text, number] = np.uint8(byte >> np.uint32(24))


class CopyIndex:
    """Posts that were seen, to tell of each new one which story it belongs to. About 450 bytes a post, and room for half as many more.

    A story is known by the key of its first post. Posts are given in the order of time; what was added is never taken away: build a new
    index from the stored sketches of the window when it has grown old. In which batches posts come changes nothing.
    """

    def __init__(self) -> None:
        self._count = 0
        self._least = np.zeros((_ROOM, HASHES), np.uint8)
        self._size = np.zeros(_ROOM, np.int32)
        self._facts = np.zeros(_ROOM, np.uint64)
        self._key = np.zeros(_ROOM, np.uint64)
        self._root = np.zeros(_ROOM, np.int32)
        self._next = np.full((_ROOM, BANDS + 1), _EMPTY, np.int32)
        self._heads = np.full((BANDS + 1, _ROOM // _SHARED), _EMPTY, np.int32)

    def __len__(self) -> int:
        return self._count

    @property
    def nbytes(self) -> int:
        """Bytes of memory that the index takes."""
        columns = (self._least, self._size, self._facts, self._key, self._root, self._next, self._heads)
        return sum(column.nbytes for column in columns)

    def add(self, keys: NDArray[np.uint64], sketches: Sketches) -> NDArray[np.uint64]:
        """For each post (its key: a hash of its id) the key of its story's first post, or its own where it repeats nobody.

        A post that was added before is not its own original and is not added again; one without a sketch repeats nobody.
        """
        self._make_room(len(keys))
        out = np.empty(len(keys), np.uint64)
        self._count = _add(
            keys, sketches.least, sketches.size, sketches.facts, self._count, self._least, self._size, self._facts, self._key,
            self._root, self._next, self._heads, out,
        )  # fmt: skip
        return out

    def _make_room(self, more: int) -> None:
        wanted = self._count + more
        if wanted <= len(self._size):
            return
        room = max(3 * len(self._size) // 2, wanted)
        self._heads = self._heads[:, :0]  # given back before the columns are copied
        self._next = self._next[:0]
        for name in ("_least", "_size", "_facts", "_key", "_root"):
            old = getattr(self, name)
            new = np.zeros((room, *old.shape[1:]), old.dtype)
            new[: self._count] = old[: self._count]
            setattr(self, name, new)
        self._next = np.full((room, BANDS + 1), _EMPTY, np.int32)
        self._heads = np.full((BANDS + 1, room // _SHARED), _EMPTY, np.int32)
        _link_all(self._count, self._least, self._facts, self._next, self._heads)


@njit(cache=True, nogil=True)
def _place(least: NDArray[np.uint8], facts: np.uint64, band: int, places: int) -> int:
    """Where a band of a sketch belongs in a table of so many places."""
    value = np.uint32(0)
    if band == WHOLE:
        value = np.uint32(facts ^ facts >> np.uint64(32))
        for byte in least:
            value = np.uint32((value ^ np.uint32(byte)) * np.uint32(0x01000193))
    else:
        for offset in range(WIDTH):
            value = np.uint32(value << np.uint32(8) | np.uint32(least[(band * STEP + offset) % HASHES]))
    value = np.uint32((value ^ value >> np.uint32(15)) * np.uint32(0x9E3779B1))
    return int(np.uint64(value) * np.uint64(places) >> np.uint64(32))


@njit(cache=True, nogil=True)
def _agree(one: NDArray[np.uint8], other: NDArray[np.uint8], band: int) -> bool:
    """Whether two sketches have the same bytes in a band."""
    first, width = (0, HASHES) if band == WHOLE else (band * STEP, WIDTH)
    for offset in range(width):
        at = (first + offset) % HASHES
        if one[at] != other[at]:
            return False
    return True


@njit(cache=True, nogil=True)
def _link(row: int, least: NDArray[np.uint8], facts: np.uint64, following: NDArray[np.int32], heads: NDArray[np.int32]) -> None:
    """Put a post before the older ones in the chain of each band."""
    for band in range(BANDS + 1):
        place = _place(least, facts, band, heads.shape[1])
        following[row, band] = heads[band, place]
        heads[band, place] = row


@njit(cache=True, nogil=True)
def _link_all(
    count: int, least: NDArray[np.uint8], facts: NDArray[np.uint64], following: NDArray[np.int32], heads: NDArray[np.int32]
) -> None:
    for row in range(count):
        _link(row, least[row], facts[row], following, heads)


@njit(cache=True, nogil=True)
def _alike(one: NDArray[np.uint8], size: int, facts: np.uint64, other: NDArray[np.uint8], other_size: int, other_facts: np.uint64) -> float:
    """The estimated share of common pairs of words, 0 where the two are no copies."""
    common = facts & other_facts
    if common != facts and common != other_facts:
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
    keys: NDArray[np.uint64], new_least: NDArray[np.uint8], new_size: NDArray[np.int32], new_facts: NDArray[np.uint64], count: int,
    least: NDArray[np.uint8], size: NDArray[np.int32], facts: NDArray[np.uint64], key: NDArray[np.uint64], root: NDArray[np.int32],
    following: NDArray[np.int32], heads: NDArray[np.int32], out: NDArray[np.uint64],
) -> int:  # fmt: skip
    """Add posts one after the other; returns how many there are now."""
    looked = np.full(len(size), -1, np.int32)
    for post in range(len(keys)):
        out[post] = keys[post]
        if new_size[post] == 0:
            continue
        found, share, again = _EMPTY, 0.0, False
        for band in range(BANDS, -1, -1):  # from the one of whole sketches
            row, met = heads[band, _place(new_least[post], new_facts[post], band, heads.shape[1])], 0
            while row != _EMPTY and met < CLOSEST:
                if _agree(new_least[post], least[row], band):
                    met += 1
                    if looked[row] != post:
                        looked[row] = post
                        if key[row] == keys[post]:
                            again, out[post] = True, key[root[row]]
                        alike = _alike(new_least[post], new_size[post], new_facts[post], least[row], size[row], facts[row])
                        if alike > 0 and (found == _EMPTY or root[row] < found):
                            found = root[row]
                        share = max(share, alike)
                row = following[row, band]
            if share == 1.0:
                break
        if again:
            continue
        if found != _EMPTY:
            out[post] = key[found]
            if share >= SAME:
                continue
        least[count], size[count], facts[count], key[count] = new_least[post], new_size[post], new_facts[post], keys[post]
        root[count] = count if found == _EMPTY else found
        _link(count, new_least[post], new_facts[post], following, heads)
        count += 1
    return count
