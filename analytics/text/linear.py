"""A linear classifier whose score adds up word by word.

A text's score for a class is the sum of the weights of its features (see features.py) divided by the square root of how many of them
the model knows, plus a bias; softmax at a temperature fitted on data set aside makes it a probability. Because all features but pairs
and negations belong to one word, each different word is scored once and remembered, and a text costs little more than adding up its
words. Weights are int16 and sums are integers, so a score does not depend on which batch a text is in. Sums are made for all models of a
vocabulary at once, in compiled passes (shared_sums.py); the keys are those of features.py.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from analytics.text.features import Keys, Vocabulary, Words
from analytics.text.shared_sums import Reads, SharedSums

Rows = NDArray[np.intp]

MODELS = Path(__file__).parents[1] / "models"
LARGEST = 4_095  #: of a weight: the sum over `READ_AT_MOST` letters stays within int32


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
    """Scores texts that `vocabulary` has cut into words. Models of one vocabulary are asked together (see shared_sums.py)."""

    def __init__(self, weights: Weights, vocabulary: Vocabulary) -> None:
        self.classes = weights.classes
        self._scale, self._bias = weights.scale, np.array(weights.bias)
        reads = Reads(weights.shortest, weights.longest, weights.pairs, weights.negation, weights.lettered)
        self._shared = SharedSums.of(vocabulary)
        self._number = self._shared.add(reads, weights.keys, weights.table)

    def probabilities(self, words: Words, rows: Rows | None = None, alone: bool = False) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
        """Probability of each class (texts, classes), and for each text how many of its features the model knows.

        rows: only of some of the texts. alone: no other model will be asked about these words.
        """
        logits, known = self._logits(words, rows, alone)
        logits -= logits.max(axis=1, keepdims=True)
        np.exp(logits, out=logits)
        return (logits / logits.sum(axis=1, keepdims=True)).astype(np.float32), known

    def likeliest_in(self, words: Words, rows: Rows, half: int, least: int) -> NDArray[np.bool_]:
        """Which of `classes` are the likeliest of any stretch of some texts (rows, classes); see `SharedSums.likeliest_in`."""
        return self._shared.likeliest_in(words, rows, self._number, half, least, self._scale, self._bias)

    def _logits(self, words: Words, rows: Rows | None, alone: bool) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
        sums = self._shared.sums(words, self._number, alone)
        sums = sums if rows is None else sums[rows]
        known = sums[:, -1].copy()
        return sums[:, :-1] * (self._scale / np.sqrt(np.maximum(known, 1)))[:, None] + self._bias, known


def take(words: Words, rows: Rows) -> Words:
    """The words of some of the texts."""
    if len(rows) == len(words.starts) - 1:
        return words
    sizes = np.diff(words.starts)[rows]
    starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)])
    return Words(words.ids[np.repeat(words.starts[rows] - starts[:-1], sizes) + np.arange(starts[-1])], starts)


def fingerprint(file: Path) -> str:
    """The first 8 hex digits of a file's SHA-256: which model it is."""
    return hashlib.sha256(file.read_bytes()).hexdigest()[:8]
