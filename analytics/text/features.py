"""Features of words, as 32-bit keys: the word, n-grams of its letters, pairs of neighbours, a word within reach of a negation.

n-grams are taken with both ends of the word marked, as fastText does (Bojanowski et al. 2017, https://arxiv.org/abs/1607.04606).
Keys are hashes; they are the same on every machine and in every run. Training asks for the keys themselves, which numpy makes here
over all words at once; models score words by the same keys in compiled passes (linear.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from analytics.text.codes import Block, blocks
from analytics.text.normalise import READ_AT_MOST
from analytics.text.word_table import BEGIN, END, IS_LETTERED, IS_NEGATOR, IS_STOP, LONGEST_WORD, STEP, WordTable

Keys = NDArray[np.uint32]
Owners = NDArray[np.int64]

#: Words that turn a judgement round, in Indonesian as it is written, in the languages of NusaX, and in English.
NEGATORS = frozenset(
    "tidak tak ga gak nggak ngga enggak engga gk tdk bukan bkn belum blm jangan jgn tanpa kagak kaga gaada gapernah "  # Indonesian
    "ora ojo udu uduk hurung durung mboten henteu teu moal tong indak ndak alun kada kadada kadida balum hana han bek "  # jv su min bjn ace
    "tusing nenten sampunang tadek benni banni jhek ghitak diak jatun jatunti "  # ban mad nij
    "deggaga tennia detto dang ndang unang dangadong "  # bug bbc
    "not no never nothing without cannot don didn doesn isn wasn won wouldn couldn shouldn aren haven hasn ain "
    "dont didnt doesnt isnt wasnt wont cant".split()
)
REACH = 3  #: words after a negator that it may turn round

MIX1 = np.uint64(0xFF51AFD7ED558CCD)
MIX2 = np.uint64(0xC4CEB9FE1A85EC53)
_POWERS = np.cumprod(np.full(LONGEST_WORD + 2, STEP, dtype=np.uint64))
WORD_SEED, PAIR_SEED, NEGATED_SEED = 0x9E3779B97F4A7C15, 0xD1B54A32D192ED03, 0x8CB92BA72F3D8DD7


@dataclass(frozen=True, slots=True)
class Words:
    """A batch of texts cut into words: the number of each word in its vocabulary, and where each text begins (one more at the end).

    kept: what was worked out about these words for one label and serves another.
    """

    ids: NDArray[np.int32]
    starts: NDArray[np.int64]
    kept: dict[object, NDArray[np.int32]] = field(default_factory=dict, compare=False, repr=False)

    @property
    def owners(self) -> Owners:
        """The text that each word stands in."""
        return np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts))


class Reader(Protocol):
    """What reads the words of a vocabulary for several models at once (see shared_sums.py)."""

    def get_ready(self) -> None:
        """Do now what the first reading would have to wait for."""


class Vocabulary:
    """Gives each different word a number, and forgets all of them once there are more than `limit`, so that memory stays bounded."""

    def __init__(self, limit: int = 60_000) -> None:
        self.limit = limit
        self.generation = 0  #: goes up when the words were forgotten; what was remembered by number is void then
        self.table = WordTable(word_hashes(sorted(NEGATORS)))
        self.readers: list[Reader] = []

    def __len__(self) -> int:
        return self.table.size

    def read(self, texts: Sequence[str], read: Sequence[Block] | None = None) -> Words:
        """Cut texts into words; never fails on any text. `read`: the blocks of these texts, where somebody has them."""
        if len(self) > self.limit:
            self.table.clear()
            self.generation += 1
        parts = [self.table.cut(block) for block in (blocks(texts, READ_AT_MOST) if read is None else read)]
        ids = np.concatenate([np.zeros(0, np.int32), *(ids for ids, _ in parts)])
        sizes = np.concatenate([np.zeros(1, np.int64), *(sizes for _, sizes in parts)])
        return Words(ids, np.cumsum(sizes))

    def words(self, first: int = 0) -> list[str]:
        """The words from number `first` on, with stretched letters shortened ("bangeeet" is "banget")."""
        return self.table.spelt(first, len(self))

    def special(self, first: int, listed: NDArray[np.uint64]) -> NDArray[np.int32]:
        """Numbers of the words from number `first` on that begin with anything but a small Latin letter, or are one of some.

        listed: hashes of these words, ascending; a word that shares one of them is given, too.
        """
        begins, hashes = self.table.letters[self.table.ends[first : len(self)]], self.table.hashes[first : len(self)]
        places = np.minimum(np.searchsorted(listed, hashes), len(listed) - 1)
        rows = np.flatnonzero((begins < ord("a")) | (begins > ord("z")) | (listed[places] == hashes))
        return (first + rows).astype(np.int32)

    def lettered(self, words: Words) -> Words:
        """The same texts without numbers, punctuation and emoji."""
        kept = self.table.flags[words.ids] & IS_LETTERED != 0
        return Words(words.ids[kept], np.concatenate([[0], np.cumsum(kept)])[words.starts])

    def pair_keys(self, words: Words) -> tuple[Keys, Owners]:
        """A key for each two neighbours within a text, and the text it belongs to."""
        hashes, owners = self.table.hashes[words.ids], words.owners
        same = owners[1:] == owners[:-1]
        return finish(hashes[:-1][same] * STEP + hashes[1:][same], PAIR_SEED), owners[1:][same]

    def negated_keys(self, words: Words) -> tuple[Keys, Owners]:
        """A key for each word at most `REACH` words after a negator, with no punctuation between, and the text it belongs to."""
        owners, flags = words.owners, self.table.flags[words.ids]
        negator, stop = flags & IS_NEGATOR != 0, flags & IS_STOP != 0
        negated = np.zeros(len(words.ids), bool)
        open_ = negator.copy()
        for _ in range(REACH):
            open_ = np.concatenate([[False], open_[:-1] & (owners[1:] == owners[:-1])]) & ~stop if len(open_) else open_
            negated |= open_
        return finish(self.table.hashes[words.ids[negated]], NEGATED_SEED), owners[negated]


def word_keys(words: Sequence[str], lengths: range) -> Iterator[tuple[Keys, Owners]]:
    """Keys of each word and of its n-grams of the given lengths, with the position of the word in `words`; owners go up."""
    if not words:
        return
    codes, position, size = _spread(words)
    yield finish(word_hashes(words), WORD_SEED), np.arange(len(words))
    owner = np.repeat(np.arange(len(words)), size)
    left = size[owner] - position  # letters from here to the end of the word
    rolling = codes.astype(np.uint64)
    for length in range(1, lengths.stop):
        if length > 1:
            rolling = rolling[:-1] * STEP + codes[length - 1 :]
        if length in lengths:
            whole = left[: len(rolling)] >= length
            whole &= (codes[: len(rolling)] > END) if length == 1 else True
            yield finish(rolling[whole], length), owner[: len(rolling)][whole]


def word_hashes(words: Sequence[str]) -> NDArray[np.uint64]:
    """A 64-bit hash of each word."""
    if not words:
        return np.zeros(0, np.uint64)
    codes, position, size = _spread(words)
    return np.add.reduceat(codes * _POWERS[position], np.cumsum(size) - size)


def _spread(words: Sequence[str]) -> tuple[NDArray[np.uint64], NDArray[np.int64], NDArray[np.int64]]:
    """Letters of all words with their ends marked, one after the other: code points, position in the word, size of each word."""
    joined = "".join([f"{chr(BEGIN)}{word}{chr(END)}" for word in words])
    codes = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), "<u4").astype(np.uint64)
    size = np.fromiter(map(len, words), np.int64, len(words)) + 2
    return codes, np.arange(len(codes)) - np.repeat(np.cumsum(size) - size, size), size


def finish(hashes: NDArray[np.uint64], seed: int) -> Keys:
    """Mix a hash with the seed of its kind of feature (the last steps of MurmurHash3, public domain); keeps the upper half."""
    mixed = hashes ^ np.uint64(seed)
    mixed = (mixed ^ (mixed >> np.uint64(33))) * MIX1
    mixed = (mixed ^ (mixed >> np.uint64(33))) * MIX2
    return (mixed >> np.uint64(32)).astype(np.uint32)
