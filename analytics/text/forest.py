"""A random forest (Breiman 2001, Machine Learning 45:5-32) as plain arrays: no pickle is loaded, and a text costs a few microseconds."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from analytics.text.tree_masks import TreeMasks


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
        out = self._masks.sums(features)[:, : len(self.classes)].astype(np.float32)
        return out / out.sum(axis=1, keepdims=True)

    @cached_property
    def _masks(self) -> TreeMasks:
        return TreeMasks.of(self.roots, self.feature, self.threshold, self.left, self.right, self.shares, len(self.inputs))

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
