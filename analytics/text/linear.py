"""A linear classifier whose score adds up word by word.

A text's score for a class is the sum of the weights of its features (see features.py) divided by the square root of how many of them
the model knows, plus a bias; softmax at a temperature fitted on data set aside makes it a probability. Because all features but pairs
and negations belong to one word, each different word is scored once and remembered, and a text costs little more than adding up its
words; a word that no text of the model's languages holds costs nothing. Weights are int16 and sums are integers, so a score does not
depend on which batch a text is in. Both are compiled passes, over letters and over words; the keys are those of features.py.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numba import njit
from numpy.typing import NDArray

from analytics.text.codes import Codes, Places
from analytics.text.features import MIX1, MIX2, NEGATED_SEED, PAIR_SEED, REACH, WORD_SEED, Keys, Vocabulary, Words
from analytics.text.word_table import BEGIN, END, IS_LETTERED, IS_NEGATOR, IS_STOP, LONGEST_WORD, STEP, Flags, Hashes, Numbers

Sums = NDArray[np.int32]
Table = NDArray[np.int16]

MODELS = Path(__file__).parents[1] / "models"
LARGEST = 4_095  #: of a weight: the sum over `READ_AT_MOST` letters stays within int32
_NOT_YET = -1
_HALF, _QUARTER = np.uint64(33), np.uint64(32)
_OF_WORD, _OF_PAIR, _OF_NEGATED = np.uint64(WORD_SEED), np.uint64(PAIR_SEED), np.uint64(NEGATED_SEED)


@dataclass(frozen=True)
class Weights:
    """What training leaves: `keys` ascending, `table` of one int16 row a key, and how to read their sums."""

    classes: tuple[str, ...]
    shortest: int  #: letters of the shortest n-gram
    longest: int
    pairs: bool
    negation: bool
    lettered: bool  #: numbers, punctuation and emoji are not read
    scale: float  #: one unit of int16, already divided by the temperature
    bias: tuple[float, ...]
    keys: Keys
    table: NDArray[np.int16]

    def save(self, file: Path) -> None:
        """Write a .npz of three arrays; the same weights give the same bytes."""
        header = {name: value for name, value in asdict(self).items() if name not in ("keys", "table")}
        np.savez_compressed(file, header=np.frombuffer(json.dumps(header).encode(), np.uint8), keys=self.keys, table=self.table)

    @classmethod
    def load(cls, file: Path) -> Weights:
        """Read what `save` wrote."""
        with np.load(file, allow_pickle=False) as arrays:
            header = json.loads(arrays["header"].tobytes())
            header.update(classes=tuple(header["classes"]), bias=tuple(header["bias"]))
            return cls(**header, keys=arrays["keys"], table=arrays["table"])


class LinearModel:
    """Scores texts that `vocabulary` has cut into words."""

    def __init__(self, weights: Weights, vocabulary: Vocabulary) -> None:
        self.weights = weights
        self.classes = weights.classes
        self._vocabulary = vocabulary
        self._generation = vocabulary.generation
        self._finder = _finder(weights.keys)
        self._bias = np.array(weights.bias)
        self._scored = np.zeros((0, len(weights.classes) + 1), np.int32)  # a row a word: sum for each class, number of features or _NOT_YET

    def probabilities(self, words: Words) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
        """Probability of each class (texts, classes), and for each text how many of its features the model knows."""
        logits, known = self._logits(words)
        logits -= logits.max(axis=1, keepdims=True)
        np.exp(logits, out=logits)
        return (logits / logits.sum(axis=1, keepdims=True)).astype(np.float32), known

    def likeliest(self, words: Words) -> tuple[NDArray[np.intp], NDArray[np.int32]]:
        """The place of the likeliest of `classes` for each text (texts,), and how many of its features the model knows."""
        logits, known = self._logits(words)
        return logits.argmax(axis=1), known

    def _logits(self, words: Words) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
        sums = self._sums(words)
        known = sums[:, -1]
        return sums[:, :-1] * (self.weights.scale / np.sqrt(np.maximum(known, 1)))[:, None] + self._bias, known

    def _sums(self, words: Words) -> Sums:
        self._make_room()
        kept = np.zeros((len(words.starts) - 1, len(self.classes) + 1), np.int32)
        reads = (self.weights.lettered, self.weights.pairs, self.weights.negation)
        table, lengths = self._vocabulary.table, (self.weights.shortest, self.weights.longest)
        spelt = (table.hashes, table.flags, table.letters, table.ends)
        _add_up(words.ids, words.starts, self._scored, spelt, lengths, reads, self._finder, self.weights.table, kept)
        return kept

    def _make_room(self) -> None:
        """A row for each word that the vocabulary has; it is scored when this model first reads it."""
        before = len(self._scored)
        if self._generation != self._vocabulary.generation:
            before, self._generation = 0, self._vocabulary.generation
        size = len(self._vocabulary)
        if size > before:
            most = self._vocabulary.limit * 5 // 4  # it forgets before it has many more; rows beyond would only take memory
            rows = np.zeros((max(size, min(2 * before, most)), self._scored.shape[1]), np.int32)
            rows[before:, -1] = _NOT_YET
            rows[:before] = self._scored[:before]
            self._scored = rows


Spelt = tuple[Hashes, Flags, Codes, Places]  #: of the words of a vocabulary: see `WordTable`
Finder = tuple[NDArray[np.int32], Keys, np.uint64]


def _finder(keys: Keys) -> Finder:
    """To find where a key stands among ascending `keys`: by its upper bits, then a few steps on. Five times as fast as a binary search.

    Gives the first place for each value of the upper bits, the keys with one more at the end, and how far to shift a key.
    """
    bits = max(8, len(keys).bit_length() + 1)
    shift = np.uint64(32 - bits)
    ends = np.searchsorted(keys, np.arange(1, 2**bits + 1, dtype=np.uint64) << shift)
    first = np.concatenate([[0], ends[:-1]]).astype(np.int32)
    return first, np.concatenate([keys, np.full(1, 2**32 - 1, np.uint32)]), shift


@njit(cache=True, nogil=True)
def _count(hashed: np.uint64, seed: np.uint64, finder: Finder, table: Table, row: Sums) -> None:
    """Add the weights of a feature to `row`, and 1 to its last column, where the model knows it; the key is that of `features.finish`."""
    first, keys, shift = finder
    mixed = hashed ^ seed
    mixed = (mixed ^ (mixed >> _HALF)) * MIX1
    mixed = (mixed ^ (mixed >> _HALF)) * MIX2
    key = mixed >> _QUARTER
    at = first[key >> shift]
    while keys[at] < key:
        at += 1
    if keys[at] == key and at < len(table):
        for column in range(table.shape[1]):
            row[column] += table[at, column]
        row[table.shape[1]] += 1


@njit(cache=True, nogil=True)
def _score(number: int, spelt: Spelt, lengths: tuple[int, int], finder: Finder, table: Table, word: Hashes, row: Sums) -> None:
    """Sum the features of one word to `row`: itself and the n-grams of its letters between both ends; `word` is room for its letters."""
    hashes, _, letters, ends = spelt
    shortest, longest = lengths
    row[:] = 0
    size = ends[number + 1] - ends[number] + 2
    word[0] = BEGIN
    for place in range(1, size - 1):
        word[place] = letters[ends[number] + place - 1]
    word[size - 1] = END
    _count(hashes[number], _OF_WORD, finder, table, row)
    for start in range(size):
        rolling = word[start]
        if shortest <= 1 <= longest and 0 < start < size - 1:
            _count(rolling, np.uint64(1), finder, table, row)
        for length in range(2, min(longest, size - start) + 1):
            rolling = rolling * STEP + word[start + length - 1]
            if length >= shortest:
                _count(rolling, np.uint64(length), finder, table, row)


@njit(cache=True, nogil=True)
def _add_up(
    ids: Numbers, starts: Places, scored: Sums, spelt: Spelt, lengths: tuple[int, int], reads: tuple[bool, bool, bool], finder: Finder,
    table: Table, sums: Sums,
) -> None:  # fmt: skip
    """Sum the words of each text, one text a row, and where the model reads them the pairs and the words under negation."""
    hashes, flags, _, _ = spelt
    lettered, pairs, negation = reads
    letters = np.zeros(LONGEST_WORD + 2, np.uint64)
    last = scored.shape[1] - 1
    for text in range(len(sums)):
        row, before, open_ = sums[text], -1, 0
        for at in range(starts[text], starts[text + 1]):
            word = ids[at]
            flag = flags[word]
            if lettered and not flag & IS_LETTERED:
                continue
            if scored[word, last] == _NOT_YET:
                _score(word, spelt, lengths, finder, table, letters, scored[word])
            for column in range(scored.shape[1]):
                row[column] += scored[word, column]
            if pairs and before >= 0:
                _count(hashes[before] * STEP + hashes[word], _OF_PAIR, finder, table, row)
            before = word
            if not negation:
                continue
            if flag & IS_STOP:
                open_ = 0
            elif open_ > 0:
                _count(hashes[word], _OF_NEGATED, finder, table, row)
                open_ -= 1
            if flag & IS_NEGATOR:
                open_ = REACH


def take(words: Words, rows: NDArray[np.intp]) -> Words:
    """The words of some of the texts."""
    if len(rows) == len(words.starts) - 1:
        return words
    sizes = np.diff(words.starts)[rows]
    starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)])
    return Words(words.ids[np.repeat(words.starts[rows] - starts[:-1], sizes) + np.arange(starts[-1])], starts)


def fingerprint(file: Path) -> str:
    """The first 8 hex digits of a file's SHA-256: which model it is."""
    return hashlib.sha256(file.read_bytes()).hexdigest()[:8]
