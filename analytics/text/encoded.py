"""Vectors of texts that were read before: a .npy file of hashes and float16 vectors, so that each text costs its reading once.

The key is a hash of the kind, the layers and the text; no text is kept. A file may be removed at any time.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from analytics.text.encoder import WIDTH, Encoder, Kind, encoder
from warehouse.errors import InputError

Array = NDArray[np.float32]
_AT_A_TIME = 2_000  # texts read between two writings of the file: what a stop in between costs


class Remembered:
    """An encoder that keeps what it read in `file` (None: in memory alone), for one kind of text and one choice of layers."""

    def __init__(self, encoder: Encoder, file: Path | None, kind: Kind = "query", layers: Sequence[int] = (-1,)) -> None:
        self._encoder, self._file, self._kind, self._layers = encoder, file, kind, tuple(layers)
        self._rows = np.zeros(0, np.dtype([("key", "<u8"), ("vectors", "<f2", (len(self._layers), WIDTH))]))
        if file is not None and file.is_file():
            self._rows = self._load(file)

    def layers(self, texts: Sequence[str]) -> Array:
        """Mean of each layer (texts, layers, 384); new texts are read and kept."""
        keys = np.fromiter(map(self._key, texts), np.uint64, len(texts))
        _, first = np.unique(keys, return_index=True)
        new = first[~np.isin(keys[first], self._rows["key"])]
        for start in range(0, len(new), _AT_A_TIME):
            part = new[start : start + _AT_A_TIME]
            self._keep(keys[part], self._encoder.layers([texts[row] for row in part], self._layers, self._kind))
        order = np.argsort(self._rows["key"])
        at = order[np.searchsorted(self._rows["key"], keys, sorter=order)]
        return self._rows["vectors"][at].astype(np.float32)

    def embed(self, texts: Sequence[str]) -> Array:
        """The last of the layers at length 1 (texts, 384)."""
        last = self.layers(texts)[:, -1]
        return last / np.linalg.norm(last, axis=1, keepdims=True).clip(1e-12)

    def _key(self, text: str) -> int:
        whole = f"{self._kind} {self._layers} {text}".encode("utf-8", "surrogatepass")
        return int.from_bytes(hashlib.blake2b(whole, digest_size=8).digest(), "little")

    def _keep(self, keys: NDArray[np.uint64], vectors: Array) -> None:
        rows = np.empty(len(keys), self._rows.dtype)
        rows["key"], rows["vectors"] = keys, vectors
        self._rows = np.concatenate([self._rows, rows])
        if self._file is None:
            return
        self._file.parent.mkdir(parents=True, exist_ok=True)
        aside = self._file.with_suffix(f".{os.getpid()}.tmp")
        with aside.open("wb") as out:
            np.save(out, self._rows)
        aside.replace(self._file)

    def _load(self, file: Path) -> NDArray[np.void]:
        try:
            rows = np.load(file, allow_pickle=False)
        except (ValueError, EOFError) as error:
            raise InputError(f"{file}: not a .npy file of vectors ({error}); remove it") from error
        if rows.dtype != self._rows.dtype:
            raise InputError(f"{file}: holds {rows.dtype}, expected {self._rows.dtype}; remove it")
        return rows


def remembered(name: str, kind: Kind = "query", layers: Sequence[int] = (-1,), encoder_: Encoder | None = None) -> Remembered:
    """What the process's encoder read before under this name, in the folder that KENTONGAN_EMBEDDINGS names; else nothing is kept."""
    folder = os.environ.get("KENTONGAN_EMBEDDINGS")
    return Remembered(encoder() if encoder_ is None else encoder_, Path(folder) / f"{name}.npy" if folder else None, kind, layers)
