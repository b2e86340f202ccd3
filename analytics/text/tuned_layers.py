"""The upper layers of the encoder, tuned to tell labels: a .npz of bytes, each row of a matrix with a scale of its own.

Rows are rounded to 8 bits about zero (Dettmers et al. 2022, "LLM.int8()", https://arxiv.org/abs/2208.07339). Names are those of the
encoder's own file, "l6.q.w" and so on; a matrix is (out, in). See models/deep_layers.md and models/deep_reports.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from analytics.text.linear import MODELS

Array = NDArray[np.float32]
TUNED_LAYERS = MODELS / "deep_layers.npz"
REPORT_LAYERS = MODELS / "deep_reports.npz"
_SCALE = ".scale"


class TunedLayers:
    """Reads as EncoderFile does: matrices and vectors by name."""

    def __init__(self, file: Path = TUNED_LAYERS) -> None:
        with np.load(file, allow_pickle=False) as arrays:
            self._arrays = {name: arrays[name] for name in arrays.files}

    @cached_property
    def numbers(self) -> list[int]:
        """The numbers of the layers, ascending; the last is the network's last."""
        return sorted({int(name[1:].split(".")[0]) for name in self._arrays})

    def vector(self, name: str) -> Array:
        """A tensor that is kept in float32."""
        return self._arrays[name]

    def matrix(self, name: str, columns: int) -> Array:
        """A matrix (rows, columns)."""
        return self._arrays[name].reshape(-1, columns) * self._arrays[name + _SCALE][:, None]


def save(tensors: Mapping[str, Array], file: Path) -> None:
    """Write tensors by name: matrices in bytes, vectors in float32; the same tensors give the same bytes."""
    packed: dict[str, NDArray[np.generic]] = {}
    for name, tensor in tensors.items():
        if tensor.ndim == 1:
            packed[name] = tensor.astype(np.float32)
            continue
        scale = (np.abs(tensor).max(axis=1).clip(1e-12) / 127).astype(np.float32)
        packed[name], packed[name + _SCALE] = np.rint(tensor / scale[:, None]).astype(np.int8), scale
    np.savez_compressed(file, allow_pickle=False, **packed)
