"""Products of matrices in bytes, which a processor with AVX512-VNNI multiplies four times as fast as float32.

Weights are rounded to 8 bits a column, activations to 8 bits a row, each with a scale of its own (Dettmers et al. 2022, "LLM.int8()",
https://arxiv.org/abs/2208.07339); products are summed exactly in 32 bits. One instruction, VPDPBUSD, multiplies 64 pairs of bytes and
adds them to 16 sums. It takes one side without a sign, so weights are stored 128 too high and what this adds is taken off again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import llvmlite.binding as llvm
import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic
from numpy.typing import NDArray

Array = NDArray[np.float32]
_ROWS, _LANES, _DEPTH = 12, 16, 4  # a tile is 12 rows by 2 vectors of 16 columns; a vector is 4 bytes deep: 24 registers of sums
_COLUMNS = 2 * _LANES

AVAILABLE = bool(llvm.get_host_cpu_features().get("avx512vnni"))  #: whether this processor has the instruction
llvm.initialize_native_asmparser()  # the instruction is written as assembly


@dataclass(frozen=True)
class ByteMatrix:
    """A matrix (in, out) as tiles (out / 32, in / 4, 32, 4) of bytes 128 too high, and the scale of each column."""

    tiles: NDArray[np.uint8]
    scales: Array

    @classmethod
    def pack(cls, matrix: Array) -> ByteMatrix:
        """Round a matrix whose sides are multiples of 32."""
        depth, columns = matrix.shape
        scales = np.abs(matrix).max(axis=0).clip(1e-12) / 127
        whole = (np.rint(matrix / scales) + 128).astype(np.uint8)
        tiles = whole.reshape(depth // _DEPTH, _DEPTH, columns // _COLUMNS, _COLUMNS).transpose(2, 0, 3, 1)
        return cls(np.ascontiguousarray(tiles), scales.astype(np.float32))

    def multiply(self, x: Array) -> Array:
        """x (rows, in) times the matrix: (rows, out)."""
        whole, scales, sums = _rounded(x, -(-len(x) // _ROWS) * _ROWS)
        return _multiply(whole, scales, sums, self.tiles, self.scales, len(x))  # type: ignore[no-any-return]


@intrinsic  # type: ignore[untyped-decorator]
def _tile(typing: Any, rows: Any, weights: Any, depth: Any, out: Any) -> Any:
    """out[12, 32] = rows[12, 4 depth] of signed bytes times weights[depth, 32, 4] of bytes without sign; all but depth are addresses."""

    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        _emit(builder, *arguments)
        return context.get_dummy_value()

    return types.void(types.uintp, types.uintp, types.intp, types.uintp), emit


def _emit(builder: Any, rows: Any, weights: Any, depth: Any, out: Any) -> None:
    word = ir.IntType(32)
    vector = ir.VectorType(word, _LANES)
    spread = ir.Constant(ir.VectorType(word, _LANES), [0] * _LANES)
    zero = ir.Constant(vector, [0] * _LANES)

    def at(address: Any, offset: Any, kind: Any) -> Any:
        return builder.inttoptr(builder.add(address, offset), kind.as_pointer())

    def number(value: int) -> Any:
        return ir.Constant(rows.type, value)

    sums = [[cgutils.alloca_once(builder, vector) for _ in range(2)] for _ in range(_ROWS)]
    for places in sums:
        for place in places:
            builder.store(zero, place)
    with cgutils.for_range(builder, depth) as loop:
        group = builder.mul(loop.index, number(_COLUMNS * _DEPTH))
        right = [builder.load(at(weights, builder.add(group, number(64 * half)), vector), align=1) for half in range(2)]
        for row, places in enumerate(sums):
            step = builder.mul(builder.add(builder.mul(depth, number(row)), loop.index), number(_DEPTH))
            left = builder.insert_element(zero, builder.load(at(rows, step, word), align=1), ir.Constant(word, 0))
            left = builder.shuffle_vector(left, zero, spread)
            for place, weight in zip(places, right, strict=True):
                kind = ir.FunctionType(vector, [vector, vector, vector])
                builder.store(builder.asm(kind, "vpdpbusd $3, $2, $0", "=v,0,v,v", [builder.load(place), weight, left], False), place)
    for row, places in enumerate(sums):
        for half, place in enumerate(places):
            builder.store(builder.load(place), at(out, number(4 * (row * _COLUMNS + half * _LANES)), vector), align=4)


@njit(cache=True)  # type: ignore[untyped-decorator]
def _multiply(
    whole: NDArray[np.int8], scales: Array, sums: NDArray[np.int32], tiles: NDArray[np.uint8], columns: Array, size: int
) -> Array:
    depth = tiles.shape[1]
    out = np.empty((size, len(columns)), np.float32)
    tile = np.empty((_ROWS, _COLUMNS), np.int32)
    for block in range(tiles.shape[0]):
        first = block * _COLUMNS
        for row in range(0, whole.shape[0], _ROWS):
            left, right = whole.ctypes.data + row * whole.shape[1], tiles.ctypes.data + block * depth * _COLUMNS * _DEPTH
            _tile(left, right, depth, tile.ctypes.data)  # type: ignore[call-arg]
            for i in range(min(_ROWS, size - row)):
                shift, scale = np.int32(128) * sums[row + i], scales[row + i]
                for j in range(_COLUMNS):
                    out[row + i, first + j] = np.float32(np.int32(tile[i, j] - shift)) * (scale * columns[first + j])
    return out


@njit(cache=True, fastmath=True, error_model="numpy")  # type: ignore[untyped-decorator]
def _rounded(x: Array, padded: int) -> tuple[NDArray[np.int8], Array, NDArray[np.int32]]:
    """Rows rounded to bytes and padded with zeros, their scales, and the sums of their bytes."""
    whole = np.zeros((padded, x.shape[1]), np.int8)
    scales = np.zeros(padded, np.float32)
    sums = np.zeros(padded, np.int32)
    for row in range(x.shape[0]):
        largest = np.float32(1e-12)
        for i in range(x.shape[1]):
            largest = max(largest, abs(x[row, i]))
        scales[row] = largest / np.float32(127)
        up = np.float32(127) / largest
        for i in range(x.shape[1]):
            whole[row, i] = np.int8(np.rint(x[row, i] * up))
        total = np.int32(0)
        for i in range(x.shape[1]):
            total += np.int32(whole[row, i])
        sums[row] = total
    return whole, scales, sums
