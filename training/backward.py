"""One layer of the encoder forward and backward, on arrays, and the optimiser that changes it.

The layer is that of analytics/text/encoder.py; gradients by hand (Rumelhart et al. 1986, https://doi.org/10.1038/323533a0), checked in the
tests against differences. Texts lie end to end without padding; attention is reckoned for all texts of one length together.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numba import njit
from numpy.typing import NDArray

Array = NDArray[np.float32]
Parameters = dict[str, Array]
HEADS = 12
EPSILON = 1e-12
#: Of one layer: matrices as (in, out), so that activations are multiplied from the left.
NAMES = ("into", "into_b", "out", "out_b", "gain1", "shift1", "rise", "rise_b", "fall", "fall_b", "gain2", "shift2")


@dataclass(frozen=True)
class Batch:
    """Texts that go up in length: `lengths` (texts,) of pieces, `starts` (texts + 1,) in the array of all pieces."""

    lengths: NDArray[np.int64]
    starts: NDArray[np.int64] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "starts", np.concatenate([[0], np.cumsum(self.lengths)]))

    def groups(self) -> Iterator[tuple[slice, int, int]]:
        """Pieces, number and length of texts of one length."""
        for first, last in pairwise(np.flatnonzero(np.diff(self.lengths, prepend=0, append=0)).tolist()):
            yield slice(int(self.starts[first]), int(self.starts[last])), last - first, int(self.lengths[first])

    def means(self, x: Array) -> Array:
        """Mean over each text's pieces (texts, width)."""
        return np.add.reduceat(x, self.starts[:-1], axis=0) / self.lengths[:, None].astype(np.float32)


@dataclass
class Kept:
    """What the way back needs of the way there."""

    x: Array
    qkv: Array
    shares: list[Array]
    seen: Array
    norm1: tuple[Array, Array]
    middle: Array
    before: Array
    inner: Array
    norm2: tuple[Array, Array]
    masks: tuple[Array, Array] | None


class Layer:
    """`parameters` by NAMES; `forward` keeps what `backward` needs until it is called."""

    def __init__(self, parameters: Parameters) -> None:
        self.parameters = parameters
        self._kept: Kept | None = None

    def forward(self, x: Array, batch: Batch, masks: tuple[Array, Array] | None = None, keep: bool = True) -> Array:
        """Pieces (pieces, width) one layer up; `masks` are 0 where dropped and 1 / (1 - dropout) elsewhere."""
        p = self.parameters
        qkv = x @ p["into"]
        qkv += p["into_b"]
        seen, shares = _attend(qkv, batch)
        more = seen @ p["out"]
        more += p["out_b"]
        if masks is not None:
            more *= masks[0]
        middle, *norm1 = _normalise(x, more, p["gain1"], p["shift1"])
        before = middle @ p["rise"]
        before += p["rise_b"]
        inner = _gelu(before)
        more = inner @ p["fall"]
        more += p["fall_b"]
        if masks is not None:
            more *= masks[1]
        out, *norm2 = _normalise(middle, more, p["gain2"], p["shift2"])
        if keep:
            self._kept = Kept(x, qkv, shares, seen, tuple(norm1), middle, before, inner, tuple(norm2), masks)
        return out

    def backward(self, slope: Array, batch: Batch, go_on: bool = True) -> tuple[Parameters, Array | None]:
        """Gradients by NAMES, and that of what came in (None unless `go_on`), from that of what went out (pieces, width)."""
        p, kept = self.parameters, self._kept
        assert kept is not None
        self._kept = None
        g: Parameters = {}
        slope, g["gain2"], g["shift2"] = _normalise_back(slope, *kept.norm2, p["gain2"])
        fell = slope if kept.masks is None else slope * kept.masks[1]
        g["fall"], g["fall_b"] = kept.inner.T @ fell, fell.sum(axis=0)
        rose = _gelu_back(fell @ p["fall"].T, kept.before)
        g["rise"], g["rise_b"] = kept.middle.T @ rose, rose.sum(axis=0)
        slope += rose @ p["rise"].T
        slope, g["gain1"], g["shift1"] = _normalise_back(slope, *kept.norm1, p["gain1"])
        seen = slope if kept.masks is None else slope * kept.masks[0]
        g["out"], g["out_b"] = kept.seen.T @ seen, seen.sum(axis=0)
        qkv = _attend_back(seen @ p["out"].T, kept.qkv, kept.shares, batch)
        g["into"], g["into_b"] = kept.x.T @ qkv, qkv.sum(axis=0)
        if not go_on:
            return g, None
        slope += qkv @ p["into"].T
        return g, slope


def _split(rows: Array, texts: int, length: int, parts: int) -> Array:
    """(parts, texts, heads, length, width of a head), a view."""
    width = rows.shape[1] // parts
    return rows.reshape(texts, length, parts, HEADS, width // HEADS).transpose(2, 0, 3, 1, 4)


def _attend(qkv: Array, batch: Batch) -> tuple[Array, list[Array]]:
    out = np.empty((len(qkv), qkv.shape[1] // 3), np.float32)
    kept = []
    for rows, texts, length in batch.groups():
        q, k, v = _split(qkv[rows], texts, length, 3)
        shares = q @ k.transpose(0, 1, 3, 2)
        shares -= shares.max(axis=-1, keepdims=True)
        np.exp(shares, out=shares)
        shares /= shares.sum(axis=-1, keepdims=True)
        out[rows] = (shares @ v).transpose(0, 2, 1, 3).reshape(texts * length, -1)
        kept.append(shares)
    return out, kept


def _attend_back(slope: Array, qkv: Array, kept: list[Array], batch: Batch) -> Array:
    out = np.empty_like(qkv)
    for (rows, texts, length), shares in zip(batch.groups(), kept, strict=True):
        q, k, v = _split(qkv[rows], texts, length, 3)
        (seen,) = _split(slope[rows], texts, length, 1)
        back = _split(out[rows], texts, length, 3)
        back[2] = shares.transpose(0, 1, 3, 2) @ seen
        scores = seen @ v.transpose(0, 1, 3, 2)
        scores -= (scores * shares).sum(axis=-1, keepdims=True)
        scores *= shares
        back[0], back[1] = scores @ k, scores.transpose(0, 1, 3, 2) @ q
    return out


@njit(
    "Tuple((float32[:,::1], float32[:,::1], float32[::1]))(float32[:,::1], float32[:,::1], float32[::1], float32[::1])",
    cache=True,
    fastmath=True,
)
def _normalise(x: Array, more: Array, gain: Array, shift: Array) -> tuple[Array, Array, Array]:
    """Layer normalisation of x + more: what comes out, the standardised sum, and one over its spread."""
    rows, width = x.shape
    out, standard, scales = np.empty_like(x), np.empty_like(x), np.empty(rows, np.float32)
    for row in range(rows):
        mean = np.float32(0)
        for i in range(width):
            standard[row, i] = x[row, i] + more[row, i]
            mean += standard[row, i]
        mean /= np.float32(width)
        spread = np.float32(0)
        for i in range(width):
            spread += (standard[row, i] - mean) ** 2
        scale = np.float32(1 / np.sqrt(spread / width + EPSILON))
        scales[row] = scale
        for i in range(width):
            standard[row, i] = (standard[row, i] - mean) * scale
            out[row, i] = standard[row, i] * gain[i] + shift[i]
    return out, standard, scales


@njit(
    "Tuple((float32[:,::1], float32[::1], float32[::1]))(float32[:,::1], float32[:,::1], float32[::1], float32[::1])",
    cache=True,
    fastmath=True,
)
def _normalise_back(slope: Array, standard: Array, scales: Array, gain: Array) -> tuple[Array, Array, Array]:
    rows, width = slope.shape
    out = np.empty_like(slope)
    gains, shifts = np.zeros(width, np.float32), np.zeros(width, np.float32)
    for row in range(rows):
        mean, along = np.float32(0), np.float32(0)
        for i in range(width):
            gains[i] += slope[row, i] * standard[row, i]
            shifts[i] += slope[row, i]
            one = slope[row, i] * gain[i]
            mean += one
            along += one * standard[row, i]
        mean /= np.float32(width)
        along /= np.float32(width)
        for i in range(width):
            out[row, i] = scales[row] * (slope[row, i] * gain[i] - mean - standard[row, i] * along)
    return out, gains, shifts


_ARITHMETIC = {"reassoc", "nsz", "contract", "arcp"}


@njit("float32[:,::1](float32[:,::1])", cache=True, fastmath=_ARITHMETIC, error_model="numpy")
def _gelu(x: Array) -> Array:
    """As the encoder's: x times the normal distribution's share below it, by Abramowitz and Stegun 7.1.28."""
    out = np.empty_like(x)
    for row in range(x.shape[0]):
        for i in range(x.shape[1]):
            value = x[row, i]
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
            out[row, i] = half * value + abs(value) * (half - half / d)
    return out


@njit("float32[:,::1](float32[:,::1], float32[:,::1])", cache=True, fastmath=_ARITHMETIC, error_model="numpy")
def _gelu_back(slope: Array, x: Array) -> Array:
    """The slope before _gelu, from that after it: the derivative of the same formula."""
    out = np.empty_like(x)
    for row in range(x.shape[0]):
        for i in range(x.shape[1]):
            value = x[row, i]
            z = min(abs(value), np.float32(8)) * np.float32(0.7071067811865476)
            d = np.float32(0.0000430638) * z + np.float32(0.0002765672)
            s = np.float32(6 * 0.0000430638) * z + np.float32(5 * 0.0002765672)
            d = d * z + np.float32(0.0001520143)
            s = s * z + np.float32(4 * 0.0001520143)
            d = d * z + np.float32(0.0092705272)
            s = s * z + np.float32(3 * 0.0092705272)
            d = d * z + np.float32(0.0422820123)
            s = s * z + np.float32(2 * 0.0422820123)
            d = d * z + np.float32(0.0705230784)
            s = s * z + np.float32(0.0705230784)
            d = d * z + np.float32(1)
            power = d * d
            power *= power
            power *= power
            power *= power
            tail = np.float32(0.5) / power
            sign = np.float32(1) if value > 0 else np.float32(-1)
            falls = np.float32(16 * 0.7071067811865476) * tail * s / d
            out[row, i] = slope[row, i] * (np.float32(0.5) + sign * (np.float32(0.5) - tail) + value * falls)
    return out


class Adam:
    """AdamW (Loshchilov and Hutter 2019, https://arxiv.org/abs/1711.05101): decay of matrices alone."""

    def __init__(self, decay: float = 0.01) -> None:
        self._decay = decay
        self._moments: dict[str, tuple[Array, Array]] = {}
        self._steps = 0

    def step(self, parameters: Mapping[str, Array], gradients: Mapping[str, Array], rates: Mapping[str, float]) -> None:
        """Change parameters in place, each at its own rate; all of them at every step."""
        self._steps += 1
        right1, right2 = 1 - 0.9**self._steps, 1 - 0.999**self._steps
        for name, value in parameters.items():
            if name not in self._moments:
                self._moments[name] = np.zeros_like(value), np.zeros_like(value)
            mean, square = self._moments[name]
            rate = rates[name]
            fade = 1 - rate * (self._decay if value.ndim > 1 else 0.0)
            _adam(value.ravel(), gradients[name].ravel(), mean.ravel(), square.ravel(), rate / right1, right2, fade)


@njit("void(float32[::1], float32[::1], float32[::1], float32[::1], float64, float64, float64)", cache=True, fastmath=True)
def _adam(value: Array, slope: Array, mean: Array, square: Array, rate: float, right: float, fade: float) -> None:
    keep1, keep2, one, tiny = np.float32(0.9), np.float32(0.999), np.float32(1), np.float32(1e-8)
    rate32, right32, fade32 = np.float32(rate), np.float32(1 / right), np.float32(fade)
    for i in range(len(value)):
        mean[i] = keep1 * mean[i] + (one - keep1) * slope[i]
        square[i] = keep2 * square[i] + (one - keep2) * slope[i] * slope[i]
        value[i] = fade32 * value[i] - rate32 * mean[i] / (np.sqrt(square[i] * right32) + tiny)
