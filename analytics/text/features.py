"""Features of words, as 32-bit keys: the word, n-grams of its letters, pairs of neighbours, a word within reach of a negation.

n-grams are taken with both ends of the word marked, as fastText does (Bojanowski et al. 2017, https://arxiv.org/abs/1607.04606).
Keys are hashes made with numpy over all words at once; they are the same on every machine and in every run.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice

import numpy as np
from numpy.typing import NDArray

from analytics.text.normalise import split_words

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
_STOPS = frozenset('.,;:()!?"')
_STRETCHED = re.compile(r"(.)\1\1+", re.DOTALL)  # "bangeeeet"

_STEP = np.uint64(0x100000001B3)
_MIX1 = np.uint64(0xFF51AFD7ED558CCD)
_MIX2 = np.uint64(0xC4CEB9FE1A85EC53)
_LONGEST = 32  # a word of 30 letters and its two ends
_POWERS = np.cumprod(np.full(_LONGEST, _STEP, dtype=np.uint64))
WORD_SEED, _PAIR_SEED, _NEGATED_SEED = 0x9E3779B97F4A7C15, 0xD1B54A32D192ED03, 0x8CB92BA72F3D8DD7


@dataclass(frozen=True, slots=True)
class Words:
    """A batch of texts cut into words: the number of each word in its vocabulary, and where each text begins (one more at the end)."""

    ids: NDArray[np.int32]
    starts: NDArray[np.int64]

    @property
    def owners(self) -> Owners:
        """The text that each word stands in."""
        return np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts))


class _Numbers(dict[str, int]):
    def __missing__(self, word: str) -> int:
        self[word] = number = len(self)
        return number


class Vocabulary:
    """Gives each different word a number, and forgets all of them once there are more than `limit`, so that memory stays bounded."""

    def __init__(self, limit: int = 150_000) -> None:
        self.limit = limit
        self.generation = 0  #: goes up when the words were forgotten; what was remembered by number is void then
        self._numbers = _Numbers()
        self._spelt: list[str] = []  # with stretched letters shortened
        self._hashes = np.zeros(0, np.uint64)
        self._negator = np.zeros(0, bool)
        self._stop = np.zeros(0, bool)
        self._lettered = np.zeros(0, bool)

    def __len__(self) -> int:
        return len(self._numbers)

    def read(self, texts: Sequence[str]) -> Words:
        """Cut texts into words; never fails on any text."""
        if len(self) > self.limit:
            self._numbers.clear()
            self._spelt.clear()
            self._hashes = np.zeros(0, np.uint64)
            self._negator = self._stop = self._lettered = np.zeros(0, bool)
            self.generation += 1
        pieces = [split_words(text) for text in texts]
        ids = np.fromiter(map(self._numbers.__getitem__, chain.from_iterable(pieces)), np.int32)
        sizes = np.fromiter(map(len, pieces), np.int64, len(pieces))
        self._learn()
        return Words(ids, np.concatenate([[0], np.cumsum(sizes)]))

    def words(self, first: int = 0) -> list[str]:
        """The words from number `first` on, with stretched letters shortened ("bangeeet" is "banget")."""
        return self._spelt[first:]

    def _learn(self) -> None:
        if len(self._hashes) == len(self):
            return
        new = [_STRETCHED.sub(r"\1", word) for word in islice(self._numbers, len(self._hashes), None)]
        self._spelt += new
        self._hashes = np.concatenate([self._hashes, word_hashes(new)])
        self._negator = np.concatenate([self._negator, np.array([word in NEGATORS for word in new], bool)])
        self._stop = np.concatenate([self._stop, np.array([word[0] in _STOPS for word in new], bool)])
        self._lettered = np.concatenate([self._lettered, np.array([word[0].isalpha() for word in new], bool)])

    def lettered(self, words: Words) -> Words:
        """The same texts without numbers, punctuation and emoji."""
        kept = self._lettered[words.ids]
        return Words(words.ids[kept], np.concatenate([[0], np.cumsum(kept)])[words.starts])

    def pair_keys(self, words: Words) -> tuple[Keys, Owners]:
        """A key for each two neighbours within a text, and the text it belongs to."""
        hashes, owners = self._hashes[words.ids], words.owners
        same = owners[1:] == owners[:-1]
        return finish(hashes[:-1][same] * _STEP + hashes[1:][same], _PAIR_SEED), owners[1:][same]

    def negated_keys(self, words: Words) -> tuple[Keys, Owners]:
        """A key for each word at most `REACH` words after a negator, with no punctuation between, and the text it belongs to."""
        owners, negator, stop = words.owners, self._negator[words.ids], self._stop[words.ids]
        negated = np.zeros(len(words.ids), bool)
        open_ = negator.copy()
        for _ in range(REACH):
            open_ = np.concatenate([[False], open_[:-1] & (owners[1:] == owners[:-1])]) & ~stop if len(open_) else open_
            negated |= open_
        return finish(self._hashes[words.ids[negated]], _NEGATED_SEED), owners[negated]


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
            rolling = rolling[:-1] * _STEP + codes[length - 1 :]
        if length in lengths:
            whole = left[: len(rolling)] >= length
            whole &= (codes[: len(rolling)] > _END) if length == 1 else True
            yield finish(rolling[whole], length), owner[: len(rolling)][whole]


_BEGIN, _END = 2, 3  # control characters, which no word holds


def word_hashes(words: Sequence[str]) -> NDArray[np.uint64]:
    """A 64-bit hash of each word."""
    if not words:
        return np.zeros(0, np.uint64)
    codes, position, size = _spread(words)
    return np.add.reduceat(codes * _POWERS[position], np.cumsum(size) - size)


def _spread(words: Sequence[str]) -> tuple[NDArray[np.uint64], NDArray[np.int64], NDArray[np.int64]]:
    """Letters of all words with their ends marked, one after the other: code points, position in the word, size of each word."""
    joined = "".join([f"\x02{word}\x03" for word in words])
    codes = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), "<u4").astype(np.uint64)
    size = np.fromiter(map(len, words), np.int64, len(words)) + 2
    return codes, np.arange(len(codes)) - np.repeat(np.cumsum(size) - size, size), size


def finish(hashes: NDArray[np.uint64], seed: int) -> Keys:
    """Mix a hash with the seed of its kind of feature (the last steps of MurmurHash3, public domain); keeps the upper half."""
    mixed = hashes ^ np.uint64(seed)
    mixed = (mixed ^ (mixed >> np.uint64(33))) * _MIX1
    mixed = (mixed ^ (mixed >> np.uint64(33))) * _MIX2
    return (mixed >> np.uint64(32)).astype(np.uint32)
