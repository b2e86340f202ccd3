"""A linear classifier whose score adds up word by word.

A text's score for a class is the sum of the weights of its features (see features.py) divided by the square root of how many of
them the model knows, plus a bias; softmax at a temperature fitted on data set aside makes it a probability. Because all features
but pairs and negations belong to one word, each different word is scored once and remembered, and a text costs little more than
adding up its words. Weights are int16 and sums are integers, so a score does not depend on which batch a text is in.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from analytics.text.features import Keys, Owners, Vocabulary, Words, word_keys

MODELS = Path(__file__).parents[1] / "models"
LARGEST = 4_095  #: of a weight: the sum over `READ_AT_MOST` letters stays within int32
_AT_A_TIME = 4_096  # new words scored together, so that a text with a hundred thousand of them stays within memory


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
        self._finder = _Finder(weights.keys)
        self._bias = np.array(weights.bias)
        self._scored = np.zeros((0, len(weights.classes) + 1), np.int32)  # a row a word: sum for each class, number of features

    def probabilities(self, words: Words) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
        """Probability of each class (texts, classes), and for each text how many of its features the model knows."""
        sums = self._sums(words)
        known = sums[:, -1]
        logits = sums[:, :-1] * (self.weights.scale / np.sqrt(np.maximum(known, 1)))[:, None] + self._bias
        logits -= logits.max(axis=1, keepdims=True)
        np.exp(logits, out=logits)
        return (logits / logits.sum(axis=1, keepdims=True)).astype(np.float32), known

    def _sums(self, words: Words) -> NDArray[np.int32]:
        self._score_new_words()
        if self.weights.lettered:
            words = self._vocabulary.lettered(words)
        sums = sum_between(self._scored[words.ids], words.starts)
        if self.weights.pairs:
            sums += self._sum_keys(*self._vocabulary.pair_keys(words), len(sums))
        if self.weights.negation:
            sums += self._sum_keys(*self._vocabulary.negated_keys(words), len(sums))
        return sums

    def _score_new_words(self) -> None:
        if self._generation != self._vocabulary.generation:
            self._scored, self._generation = self._scored[:0], self._vocabulary.generation
        if len(self._scored) == len(self._vocabulary):
            return
        new = self._vocabulary.words(len(self._scored))
        blocks = [new[first : first + _AT_A_TIME] for first in range(0, len(new), _AT_A_TIME)]
        self._scored = np.concatenate([self._scored, *map(self._score_words, blocks)])

    def _score_words(self, block: list[str]) -> NDArray[np.int32]:
        lengths = range(self.weights.shortest, self.weights.longest + 1)
        parts = [self._sum_keys(keys, owners, len(block)) for keys, owners in word_keys(block, lengths)]
        return np.sum(parts, axis=0, dtype=np.int32)

    def _sum_keys(self, keys: Keys, owners: Owners, size: int) -> NDArray[np.int32]:
        """Sum the weights of keys for each owner; the last column counts the keys that are known. Owners go up."""
        at, known = self._finder.find(keys)
        rows = np.ones((len(at), len(self.classes) + 1), np.int32)
        rows[:, :-1] = self.weights.table[at]
        return sum_between(rows, np.searchsorted(owners[known], np.arange(size + 1)))


class _Finder:
    """Where keys stand among ascending `keys`: by their upper bits, then a few steps on. Five times as fast as a binary search."""

    def __init__(self, keys: Keys) -> None:
        self._keys = np.concatenate([keys, np.full(1, 2**32 - 1, np.uint32)])
        bits = max(8, len(keys).bit_length() + 1)
        self._shift = np.uint32(32 - bits)
        ends = np.searchsorted(keys, np.arange(1, 2**bits + 1, dtype=np.uint64) << np.uint64(self._shift))
        self._first = np.concatenate([[0], ends[:-1]]).astype(np.int32)
        self._steps = int(np.diff(ends, prepend=0).max()) if len(keys) else 0

    def find(self, keys: Keys) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
        """The places of those of `keys` that are there, and which of them these are."""
        at = self._first[keys >> self._shift]
        for _ in range(self._steps):
            at += self._keys[at] < keys
        known = self._keys[at] == keys
        return at[known], known


def sum_between(rows: NDArray[np.int32], starts: NDArray[np.int64]) -> NDArray[np.int32]:
    """Sums of rows[starts[i]:starts[i + 1]]; integers may wrap on the way, their differences do not."""
    total = np.zeros((len(rows) + 1, rows.shape[1]), np.int32)
    np.cumsum(rows, axis=0, out=total[1:])
    return total[starts[1:]] - total[starts[:-1]]


def take(words: Words, rows: NDArray[np.intp]) -> Words:
    """The words of some of the texts."""
    if len(rows) == len(words.starts) - 1:
        return words
    ids = [words.ids[words.starts[row] : words.starts[row + 1]] for row in rows]
    return Words(np.concatenate(ids), np.concatenate([[0], np.cumsum([len(part) for part in ids])]))


def fingerprint(file: Path) -> str:
    """The first 8 hex digits of a file's SHA-256: which model it is."""
    return hashlib.sha256(file.read_bytes()).hexdigest()[:8]
