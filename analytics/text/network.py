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

Array = NDArray[np.float32]
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
    """Logits (texts, classes), text by text."""
    hidden = np.empty(into.shape[1], np.float32)
    for text in range(len(features)):
        hidden[:] = into_bias
        for number in range(into.shape[0]):
            value = features[text, number]
            if value != 0:
                for unit in range(len(hidden)):
                    hidden[unit] += value * into[number, unit]
        logits[text] = out_bias
        for unit in range(len(hidden)):
            if hidden[unit] > 0:
                for name in range(out.shape[1]):
                    logits[text, name] += hidden[unit] * out[unit, name]
