"""A small neural network over a few hundred numbers of a text: one hidden layer of rectified sums, then a softmax.

Plain arrays; no pickle is loaded. Most cues of a post are 0, so only the others are multiplied, and each text is summed by itself in one
order: what a text is told does not depend on its neighbours.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numba import njit
from numpy.typing import NDArray

from analytics.text.features import Words
from analytics.text.linear import LinearModel
from analytics.text.vectors import EIGHT, add_rows

Array = NDArray[np.float32]
_BYTES = 4  # of a number in an `Array`
HEADER = "header"
LEAST = 1e-4  #: a linear model's probability below which the network is told no less


def log_chances(model: LinearModel, words: Words) -> Array:
    """Log probabilities of a linear model (texts, classes), as networks take them beside cues."""
    return np.log(np.maximum(model.probabilities(words)[0], np.float32(LEAST)))


@dataclass(frozen=True)
class Network:
    """inputs: names of the features, checked against those that are handed in; into (inputs, hidden), out (hidden, classes)."""

    classes: tuple[str, ...]
    inputs: tuple[str, ...]
    into: Array
    into_bias: Array
    out: Array
    out_bias: Array

    def probabilities(self, features: Array) -> Array:
        """(texts, inputs) to (texts, classes), rows sum to 1."""
        if features.shape[1] != len(self.inputs):
            raise ValueError(f"{features.shape[1]} features where the network has {len(self.inputs)}")
        logits = np.empty((len(features), len(self.classes)), np.float32)
        _pass(np.ascontiguousarray(features, np.float32), self.into, self.into_bias, self.out, self.out_bias, logits)
        logits -= logits.max(axis=1, keepdims=True)
        np.exp(logits, out=logits)
        return np.asarray(logits / logits.sum(axis=1, keepdims=True), np.float32)

    def save(self, file: Path) -> None:
        """Write a .npz; the same network gives the same bytes."""
        header = json.dumps({"classes": self.classes, "inputs": self.inputs}).encode()
        numbers = {name: getattr(self, name).astype(np.float32) for name in ("into", "into_bias", "out", "out_bias")}
        np.savez_compressed(file, allow_pickle=False, header=np.frombuffer(header, np.uint8), **numbers)

    @classmethod
    def load(cls, file: Path, inputs: Sequence[str]) -> Network:
        """Read what `save` wrote; raises ValueError where it was trained on other inputs than these."""
        with np.load(file, allow_pickle=False) as arrays:
            header: Mapping[str, list[str]] = json.loads(arrays[HEADER].tobytes())
            if tuple(header["inputs"]) != tuple(inputs):
                raise ValueError(f"{file.name} was trained on other cues than the program has; run `make train`")
            numbers = {name: arrays[name] for name in arrays.files if name != HEADER}
            return cls(tuple(header["classes"]), tuple(inputs), **numbers)


@njit(cache=True, nogil=True)
def _pass(features: Array, into: Array, into_bias: Array, out: Array, out_bias: Array, logits: Array) -> None:
    """Logits (texts, classes), text by text; the terms of a sum come in the order of the inputs."""
    into, out = _in_eights(into), _in_eights(out)
    hidden, told = np.zeros(into.shape[1], np.float32), np.zeros(out.shape[1], np.float32)
    rows, factors = np.empty(max(len(into), len(out)) + 1, np.int64), np.empty(max(len(into), len(out)) + 1, np.float32)
    for text in range(len(features)):
        hidden[: len(into_bias)] = into_bias
        _add_terms(features[text], into, rows, factors, hidden)
        told[: len(out_bias)] = out_bias
        np.maximum(hidden, np.float32(0), hidden)
        _add_terms(hidden[: len(into_bias)], out, rows, factors, told)
        logits[text] = told[: len(out_bias)]


@njit(cache=True, nogil=True)
def _in_eights(table: Array) -> Array:
    """The table with columns of zeros, so that they can be added eight at a time."""
    wide = np.zeros((len(table), -(-table.shape[1] // EIGHT) * EIGHT), np.float32)
    wide[:, : table.shape[1]] = table
    return wide


@njit(cache=True, nogil=True)
def _add_terms(values: Array, table: Array, rows: NDArray[np.int64], factors: Array, sums: Array) -> None:
    """Add to `sums` the rows of a table times those values that are not zero; `rows` and `factors` are room to work in."""
    count, width = 0, table.shape[1]
    for number in range(len(values)):  # without a branch: nobody could foretell which way it goes
        rows[count], factors[count] = number, values[number]
        count += values[number] != 0
    for first in range(0, width, EIGHT):
        to, of = sums.ctypes.data + _BYTES * first, table.ctypes.data + _BYTES * first
        add_rows(np.uintp(to), np.uintp(of), width, np.uintp(rows.ctypes.data), np.uintp(factors.ctypes.data), count)
