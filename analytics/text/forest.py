"""A random forest (Breiman 2001, Machine Learning 45:5-32) as plain arrays: no pickle is loaded, and a text costs a few microseconds."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numba import njit
from numpy.typing import NDArray

_BLOCK, SIDE_BY_SIDE = 256, 4  # texts


@dataclass(frozen=True)
class Forest:
    """All trees one after the other: a node's feature (-1: leaf), threshold (left where the value is not above it) and children; leaves
    have `shares` of the classes in 255ths. inputs: names of the features, checked against those that are handed in.
    """

    classes: tuple[str, ...]
    inputs: tuple[str, ...]
    roots: NDArray[np.int32]
    feature: NDArray[np.int16]
    threshold: NDArray[np.float32]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    shares: NDArray[np.uint8]

    def probabilities(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """(texts, inputs) to (texts, classes), rows sum to 1."""
        if features.shape[1] != len(self.inputs):
            raise ValueError(f"{features.shape[1]} features where the forest has {len(self.inputs)}")
        out = np.zeros((len(features), len(self.classes)), np.float32)
        _walk(np.ascontiguousarray(features, np.float32), self.roots, self.feature, self.threshold, self.left, self.right, self.shares, out)
        return out / out.sum(axis=1, keepdims=True)

    def save(self, file: Path) -> None:
        """Write a .npz; the same forest gives the same bytes."""
        header = json.dumps({"classes": self.classes, "inputs": self.inputs}).encode()
        np.savez_compressed(
            file, header=np.frombuffer(header, np.uint8), roots=self.roots, feature=self.feature, threshold=self.threshold, left=self.left,
            right=self.right, shares=self.shares,
        )  # fmt: skip

    @classmethod
    def load(cls, file: Path, inputs: Sequence[str]) -> Forest:
        """Read what `save` wrote; raises ValueError where it was trained on other inputs than these."""
        with np.load(file, allow_pickle=False) as arrays:
            header: Mapping[str, list[str]] = json.loads(arrays["header"].tobytes())
            if tuple(header["inputs"]) != tuple(inputs):
                raise ValueError(f"{file.name} was trained on other cues than the program has; run `make train`")
            parts = {name: arrays[name] for name in arrays.files if name != "header"}
            return cls(classes=tuple(header["classes"]), inputs=tuple(header["inputs"]), **parts)


@njit(cache=True, nogil=True)
def _walk(
    features: NDArray[np.float32],
    roots: NDArray[np.int32],
    feature: NDArray[np.int16],
    threshold: NDArray[np.float32],
    left: NDArray[np.int32],
    right: NDArray[np.int32],
    shares: NDArray[np.uint8],
    out: NDArray[np.float32],
) -> None:
    """Add up the shares of the leaves that each text falls into.

    A block of texts goes through one tree after the other, because a tree and a block stay in the cache together; and four texts go
    down side by side, because each waits for memory at every step.
    """
    nodes = np.zeros(SIDE_BY_SIDE, np.int64)
    for begin in range(0, len(features), _BLOCK):
        end = min(begin + _BLOCK, len(features))
        for root in roots:
            for text in range(begin, end, SIDE_BY_SIDE):
                some = min(SIDE_BY_SIDE, end - text)
                nodes[:] = root
                walking = feature[root] >= 0
                while walking:
                    walking = False
                    for lane in range(SIDE_BY_SIDE):
                        node = nodes[lane]
                        if lane < some and feature[node] >= 0:
                            low = features[text + lane, feature[node]] <= threshold[node]
                            nodes[lane] = left[node] if low else right[node]
                            walking = True
                for lane in range(some):
                    for name in range(out.shape[1]):
                        out[text + lane, name] += shares[nodes[lane], name]
