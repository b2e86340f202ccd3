"""Sums of weights for several linear models at once: a word or a pair of words is hashed once and looked up once for all of them.

What a lookup costs is the way to memory, not the adding up. So what the models know stands in one table (feature_index.py), and the places
of many features are asked for before the first answer is looked at, so that they come from memory together; then weights are added eight at
a time.
"""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from analytics.text.codes import Codes, Places
from analytics.text.feature_index import BLOCK, FAR, LOWER, MOST_MODELS, UPPER, Index, Table, build, slot_of
from analytics.text.features import MIX1, MIX2, NEGATED_SEED, PAIR_SEED, REACH, WORD_SEED, Keys, Vocabulary, Words
from analytics.text.vectors import EIGHT, add_eight, fetch
from analytics.text.word_table import BEGIN, END, IS_LETTERED, IS_NEGATOR, IS_STOP, LONGEST_WORD, STEP, Flags, Hashes, Numbers

Sums = NDArray[np.int32]
Spelt = tuple[Hashes, Flags, Codes, Places]  #: of the words of a vocabulary: see `WordTable`

_AT_ONCE = 128  # features that are asked for together
_LONGEST_GRAM = LONGEST_WORD + 2
_HALF = np.uint64(33)
_WEIGHT, _SUM, _ONE, _FAR = np.uintp(2), np.uintp(4), np.uintp(1), np.uintp(FAR)  # bytes of a weight and of a sum; offsets of weights
assert BLOCK == EIGHT
_OF_WORD, _OF_PAIR, _OF_NEGATED = np.uint64(WORD_SEED), np.uint64(PAIR_SEED), np.uint64(NEGATED_SEED)


class Reads(NamedTuple):
    """The features that a model reads: n-grams of so many letters, pairs of neighbours, words under negation, words of letters alone."""

    shortest: int
    longest: int
    pairs: bool
    negation: bool
    lettered: bool


class SharedSums:
    """The models that read the words of one vocabulary; none is added after the first sums."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._generation = vocabulary.generation
        self._models: list[tuple[Keys, Table]] = []
        #: The first column of each model and the one after its last: a sum for each class, then the number of features that it knows.
        self._columns: list[tuple[int, int]] = []
        self._reads: list[Reads] = []
        self._index: Index | None = None
        self._scored, self._done = np.zeros((0, 0), np.int32), np.zeros(0, np.bool_)  # a row a word, and whether it is filled

    @classmethod
    def of(cls, vocabulary: Vocabulary) -> SharedSums:
        """The one that takes another model which reads with this vocabulary."""
        last = vocabulary.readers[-1] if vocabulary.readers else None
        if not isinstance(last, SharedSums) or last._index is not None or len(last._reads) == MOST_MODELS:
            last = cls(vocabulary)
            vocabulary.readers.append(last)
        return last

    def add(self, reads: Reads, keys: Keys, table: Table) -> int:
        """Add a model with one row of `table` for each of `keys`; returns its number."""
        first, width = self._columns[-1][1] if self._columns else 0, table.shape[1] + 1
        if first % BLOCK + width > BLOCK:  # it does not fit into the rest of a block
            first = -(-first // BLOCK) * BLOCK
        self._columns.append((first, first + width))
        self._models.append((keys, table))
        self._reads.append(reads)
        return len(self._reads) - 1

    def sums(self, words: Words, model: int, alone: bool = False) -> Sums:
        """For each text the sum of weights for each class of a model, and in the last column how many features it knows.

        alone: the other models are not asked about these words; otherwise all sums are worked out at once and kept with the words.
        """
        kept = words.kept.get(self)
        if kept is None:
            kept = self._worked_out(words, range(model, model + 1) if alone else range(len(self._reads)))
            if not alone:
                words.kept[self] = kept
        return kept[:, slice(*self._columns[model])]

    def get_ready(self) -> None:
        """Work out what all models know: a tenth of a second."""
        self._built()

    def _built(self) -> Index:
        if self._index is None:
            self._index = build(self._models, self._columns)
        return self._index

    def likeliest_in(
        self, words: Words, rows: NDArray[np.intp], model: int, half: int, least: int, scale: float, bias: NDArray[np.float64]
    ) -> NDArray[np.bool_]:
        """Which classes of a model without pairs are the likeliest of any stretch of `2 * half` words of some texts (rows, classes).

        A stretch begins with each `half` words; one of which the model knows fewer features than `least` is not asked.
        """
        self.sums(words, model)  # now all words have a row
        seen = np.zeros((len(rows), len(bias)), np.bool_)
        _likeliest_in(words.ids, words.starts, rows, self._scored, self._columns[model][0], half, least, scale, bias, seen)
        return seen

    def _worked_out(self, words: Words, models: range) -> Sums:
        """(texts, columns), filled for some of the models."""
        index = self._built()
        self._make_room()
        table, lettered = self._vocabulary.table, self._mask("lettered", range(len(self._reads)))
        spelt = (table.hashes, table.flags, table.letters, table.ends)
        _score_new(words.ids, spelt, self._grams, lettered, index, self._scored, self._done)
        sums = np.zeros((len(words.starts) - 1, self._width), np.int32)
        _add_rows(words.ids, words.starts, self._scored, self._columns[models[0]][0], self._columns[models[-1]][1], sums)
        for only_lettered, those in ((False, ~lettered), (True, lettered)):
            pairs, negated = (self._mask(name, models) & those for name in ("pairs", "negation"))
            if pairs or negated:
                _add_neighbours(words.ids, words.starts, spelt, only_lettered, pairs, negated, index, sums)
        return sums

    @property
    def _width(self) -> int:
        """Columns of all models, in whole blocks."""
        return -(-self._columns[-1][1] // BLOCK) * BLOCK

    def _mask(self, name: str, models: range) -> int:
        """The models of which an answer of `Reads` is true, a bit each."""
        return sum(1 << model for model in models if getattr(self._reads[model], name))

    @cached_property
    def _grams(self) -> NDArray[np.int64]:
        """The models that read n-grams of each number of letters, a bit each."""
        lengths = range(_LONGEST_GRAM + 1)
        return np.array(
            [sum((each.shortest <= length <= each.longest) << model for model, each in enumerate(self._reads)) for length in lengths]
        )

    def _make_room(self) -> None:
        """A row for each word that the vocabulary has; it is filled when the word is first read."""
        before = len(self._done)
        if self._generation != self._vocabulary.generation:
            before, self._generation = 0, self._vocabulary.generation
        size = len(self._vocabulary)
        if size > before:
            most = self._vocabulary.limit * 5 // 4  # it forgets before it has many more; rows beyond would only take memory
            rows = max(size, min(2 * before, most))
            scored, done = np.zeros((rows, self._width), np.int32), np.zeros(rows, np.bool_)
            if before:
                scored[:before], done[:before] = self._scored[:before], self._done[:before]
            self._scored, self._done = scored, done


@njit(cache=True, nogil=True)
def mixed(hashed: np.uint64, seed: np.uint64) -> np.uint64:
    """The key of a feature, as `features.finish` makes it."""
    key = hashed ^ seed
    key = (key ^ (key >> _HALF)) * MIX1
    key = (key ^ (key >> _HALF)) * MIX2
    return key >> UPPER


class Asked(NamedTuple):
    """Features that are asked for together: key, for which models (a bit each), to which row of sums they belong, and room for where they
    stand."""

    keys: Hashes
    masks: NDArray[np.int64]
    rows: Places
    found: Hashes


@njit(cache=True, nogil=True)
def _room(features: int) -> Asked:
    return Asked(np.empty(features, np.uint64), np.empty(features, np.int64), np.empty(features, np.int64), np.empty(features, np.uint64))


@njit(cache=True, nogil=True)
def _add(asked: Asked, count: int, index: Index, sums: Sums) -> None:
    """Add the weights of features to the rows of `sums`, a sum a column."""
    keys, masks, rows, found = asked
    slots, shift, held, blocks, columns = index
    near, first_row, width = np.uintp(held.ctypes.data), np.uintp(sums.ctypes.data), np.uintp(sums.shape[1])
    for place in range(count):  # nothing waits for these: they come side by side
        found[place] = slots[keys[place] >> shift]
    known = 0
    for place in range(count):
        key, entry = keys[place], found[place]
        if entry != 0 and entry >> UPPER != key:
            entry = slots[slot_of(key, slots, shift)]
        if entry != 0:
            at = entry & LOWER
            found[known], masks[known], rows[known] = at, masks[place], rows[place]
            fetch(near + _WEIGHT * (at - _ONE))  # both ends of what is held
            fetch(near + _WEIGHT * (at + _FAR))
            known += 1
    for place in range(known):
        at, row = int(np.int64(found[place])), rows[place]
        mask, wanted = int(held[at - 1]), masks[place]
        for run in range(blocks[mask, 0]):
            begin, end = blocks[mask, 2 * run + 1], blocks[mask, 2 * run + 2]
            if mask & ~wanted:
                _add_asked(held[at : at + end - begin], begin, mask & wanted, columns, sums[row])
                at += end - begin
                continue
            to = first_row + _SUM * (np.uintp(row) * width + np.uintp(begin))
            for _ in range(begin, end, BLOCK):
                add_eight(to, near + _WEIGHT * np.uintp(at))
                to, at = to + _SUM * np.uintp(BLOCK), at + BLOCK


@njit(cache=True, nogil=True)
def _add_asked(weights: Table, begin: int, asked: int, columns: NDArray[np.int64], row: Sums) -> None:
    """Add weights, the first of which is for column `begin`, for some of the models."""
    for model in range(len(columns)):
        if asked >> model & 1 and begin <= columns[model, 0] < begin + len(weights):
            for column in range(columns[model, 0], columns[model, 1]):
                row[column] += weights[column - begin]


@njit(cache=True, nogil=True)
def _score_new(
    ids: Numbers, spelt: Spelt, grams: NDArray[np.int64], lettered: int, index: Index, scored: Sums, done: NDArray[np.bool_]
) -> None:
    """Fill the rows of words that were not read before: sums over the word itself and the n-grams of its letters between both ends."""
    hashes, flags, letters, ends = spelt
    word = np.zeros(_LONGEST_GRAM, np.uint64)
    longest = 0
    for length in range(len(grams)):
        longest = length if grams[length] else longest
    most = 1 + _LONGEST_GRAM * max(longest, 1)  # of one word
    features, count = _room(_AT_ONCE + most), 0
    keys, masks, rows, _ = features
    for number in ids:
        if done[number]:
            continue
        done[number] = True
        asked = -1 if flags[number] & IS_LETTERED else ~lettered
        size = ends[number + 1] - ends[number] + 2
        word[0], word[size - 1] = BEGIN, END
        for place in range(1, size - 1):
            word[place] = letters[ends[number] + place - 1]
        before = count
        keys[count], masks[count], count = mixed(hashes[number], _OF_WORD), asked, count + 1
        for start in range(size):
            rolling = np.uint64(0)
            for length in range(1, min(longest, size - start) + 1):
                rolling = rolling * STEP + word[start + length - 1]
                mask = grams[length] & asked
                if mask and (length > 1 or 0 < start < size - 1):
                    keys[count], masks[count] = mixed(rolling, np.uint64(length)), mask
                    count += 1
        rows[before:count] = number
        if count >= _AT_ONCE:
            _add(features, count, index, scored)
            count = 0
    _add(features, count, index, scored)


@njit(cache=True, nogil=True)
def _add_rows(ids: Numbers, starts: Places, scored: Sums, first: int, last: int, sums: Sums) -> None:
    """Sum the rows of the words of each text, from column `first` up to column `last`."""
    for text in range(len(sums)):
        row = sums[text, first:last]
        for at in range(starts[text], starts[text + 1]):
            of_word = scored[ids[at], first:last]
            for column in range(len(row)):
                row[column] += of_word[column]


@njit(cache=True, nogil=True)
def _add_neighbours(ids: Numbers, starts: Places, spelt: Spelt, lettered: bool, pairs: int, negated: int, index: Index, sums: Sums) -> None:
    """Add to each text, for the models of two masks, its pairs of neighbours and its words under negation; of words of letters alone."""
    hashes, flags, _, _ = spelt
    features, count = _room(_AT_ONCE + 2), 0
    keys, masks, rows, _ = features
    for text in range(len(sums)):
        before, open_ = -1, 0
        for at in range(starts[text], starts[text + 1]):
            word = ids[at]
            flag = flags[word]
            if lettered and not flag & IS_LETTERED:
                continue
            if pairs and before >= 0:
                keys[count], masks[count], rows[count] = mixed(hashes[before] * STEP + hashes[word], _OF_PAIR), pairs, text
                count += 1
            before = word
            if flag & IS_STOP:
                open_ = 0
            elif open_ > 0 and negated:
                keys[count], masks[count], rows[count] = mixed(hashes[word], _OF_NEGATED), negated, text
                count += 1
                open_ -= 1
            if flag & IS_NEGATOR:
                open_ = REACH
            if count >= _AT_ONCE:
                _add(features, count, index, sums)
                count = 0
    _add(features, count, index, sums)


@njit(cache=True, nogil=True)
def _likeliest_in(
    ids: Numbers, starts: Places, rows: Places, scored: Sums, first: int, half: int, least: int, scale: float, bias: NDArray[np.float64],
    seen: NDArray[np.bool_],
) -> None:  # fmt: skip
    """Write `seen` as `SharedSums.likeliest_in` tells it; the columns of the model begin at `first`."""
    last = len(bias)
    halves = np.zeros((2, last + 1), np.int32)  # sums of the half before this one, and of this one, in turn
    for place in range(len(rows)):
        at, number = starts[rows[place]], 0
        while at + half <= starts[rows[place] + 1]:
            own = halves[number % 2]
            own[:] = 0
            for word in ids[at : at + half]:
                row = scored[word, first : first + last + 1]
                for column in range(last + 1):
                    own[column] += row[column]
            at, number = at + half, number + 1
            known = halves[0, last] + halves[1, last]
            if number < 2 or known < least:
                continue
            factor, best, most = scale / np.sqrt(float(max(known, 1))), 0, -np.inf
            for name in range(last):
                logit = (halves[0, name] + halves[1, name]) * factor + bias[name]
                if logit > most:
                    best, most = name, logit
            seen[place, best] = True
