"""A head that reads a text's pieces: each class has pieces that it looks at, and tells what it makes of them.

Means over all pieces drown the two words that a feeling is told by. Here each class weighs the pieces anew: by a softmax over their product
with a query of its own (attention by label: Mullenbach et al. 2018, https://arxiv.org/abs/1802.05695). The pieces are those of a layer of
the encoder as it is, so it costs two narrow products. See models/deep_attention.md.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from analytics.text.linear import MODELS

Array = NDArray[np.float32]
FILE = MODELS / "deep_attention.npz"
BEFORE, AFTER = 3, 1  #: pieces that all texts have: mark of beginning and "query:"; mark of end


@dataclass(frozen=True)
class Attention:
    """`queries` and `values` are (width, classes), over pieces after `layer` (from 0)."""

    classes: tuple[str, ...]
    layer: int
    queries: Array
    values: Array
    bias: Array  #: (classes,)

    def logits(self, pieces: Array, starts: NDArray[np.int64]) -> Array:
        """Logits (texts, classes) of texts whose pieces (pieces, width) lie end to end; `starts` (texts + 1,). No pieces: the bias."""
        own, begins, owner = own_pieces(starts)
        out = np.tile(self.bias, (len(starts) - 1, 1))
        if len(own):
            read = pieces[own]
            shares = attend(read @ self.queries, begins, owner)
            some = np.unique(np.repeat(np.arange(len(starts) - 1), np.diff(starts))[own])
            out[some] += np.add.reduceat(shares * (read @ self.values), begins, axis=0)
        return out

    def save(self, file: Path = FILE) -> None:
        """Write a .npz in float16; the same head gives the same bytes."""
        header = json.dumps({"classes": self.classes, "layer": self.layer}).encode()
        numbers = {name: getattr(self, name).astype(np.float16) for name in ("queries", "values", "bias")}
        np.savez_compressed(file, allow_pickle=False, header=np.frombuffer(header, np.uint8), **numbers)

    @classmethod
    def load(cls, file: Path = FILE) -> Attention:
        """Read what `save` wrote."""
        with np.load(file, allow_pickle=False) as arrays:
            header = json.loads(arrays["header"].tobytes())
            numbers = {name: arrays[name].astype(np.float32) for name in ("queries", "values", "bias")}
            return cls(tuple(header["classes"]), int(header["layer"]), **numbers)


def own_pieces(starts: NDArray[np.int64]) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """Which pieces are the texts' own, where those of each text that has some begin among them, and the number of that text for each."""
    places = np.arange(starts[-1])
    texts = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
    own = np.flatnonzero((places >= starts[:-1][texts] + BEFORE) & (places < starts[1:][texts] - AFTER))
    begins = np.flatnonzero(np.diff(texts[own], prepend=-1))
    return own, begins, np.repeat(np.arange(len(begins)), np.diff(begins, append=len(own)))


def attend(scores: Array, begins: NDArray[np.intp], owner: NDArray[np.intp]) -> Array:
    """Shares of a text's pieces, which add up to 1 for each class, from their scores (pieces, classes)."""
    shares = np.exp(scores - np.maximum.reduceat(scores, begins, axis=0)[owner])
    shares /= np.add.reduceat(shares, begins, axis=0)[owner]
    return shares
