"""Steps of the processor that numba has no name for: eight numbers are added to eight sums, and memory is sent for ahead of time.

All take addresses of memory, so whoever calls them answers for the bounds.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

EIGHT = 8


@intrinsic  # type: ignore[untyped-decorator]
def _add_eight(typing: Any, sums: Any, weights: Any) -> Any:
    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        wide, narrow = (ir.VectorType(ir.IntType(bits), EIGHT) for bits in (32, 16))
        to, given = (builder.inttoptr(address, kind.as_pointer()) for address, kind in zip(arguments, (wide, narrow), strict=True))
        total = builder.add(builder.load(to, align=4), builder.sext(builder.load(given, align=2), wide))
        builder.store(total, to, align=4)
        return context.get_dummy_value()

    return types.void(types.uintp, types.uintp), emit


@intrinsic  # type: ignore[untyped-decorator]
def _add_rows(typing: Any, sums: Any, table: Any, width: Any, rows: Any, factors: Any, count: Any) -> Any:
    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        number, single, wide = ir.IntType(64), ir.FloatType(), ir.VectorType(ir.FloatType(), EIGHT)
        kinds = (wide, single, None, number, single, None)
        to, table, width, rows, factors, count = (
            builder.inttoptr(each, kind.as_pointer()) if kind else each for each, kind in zip(arguments, kinds, strict=True)
        )
        total = cgutils.alloca_once_value(builder, builder.load(to, align=4))  # which becomes a register
        with cgutils.for_range(builder, count) as loop:
            row = builder.gep(table, [builder.mul(width, builder.load(builder.gep(rows, [loop.index])))])
            one = builder.insert_element(wide(ir.Undefined), builder.load(builder.gep(factors, [loop.index])), ir.IntType(32)(0))
            factor = builder.shuffle_vector(one, wide(ir.Undefined), ir.VectorType(ir.IntType(32), EIGHT)([0] * EIGHT))
            added = builder.fmul(factor, builder.load(builder.bitcast(row, wide.as_pointer()), align=4))
            builder.store(builder.fadd(builder.load(total), added), total)
        builder.store(builder.load(total), to, align=4)
        return context.get_dummy_value()

    return types.void(*[types.uintp] * 6), emit


@intrinsic  # type: ignore[untyped-decorator]
def _fetch(typing: Any, address: Any) -> Any:
    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        flag, pointer = ir.IntType(32), ir.IntType(8).as_pointer()
        kind = ir.FunctionType(ir.VoidType(), [pointer, flag, flag, flag])
        name = "llvm.prefetch.p0"
        function = builder.module.globals.get(name) or ir.Function(builder.module, kind, name)
        builder.call(function, [builder.inttoptr(arguments[0], pointer), flag(0), flag(3), flag(1)])  # to read, to keep, data
        return context.get_dummy_value()

    return types.void(types.uintp), emit


@njit(cache=True, nogil=True)
def add_eight(sums: np.uintp, weights: np.uintp) -> None:
    """Add eight int16 at the address `weights` to eight int32 at `sums`."""
    _add_eight(sums, weights)  # type: ignore[call-arg]


@njit(cache=True, nogil=True)
def add_rows(sums: np.uintp, table: np.uintp, width: int, rows: np.uintp, factors: np.uintp, count: int) -> None:
    """Add to eight float32 at the address `sums` eight of each of some rows, times its factor, one after the other.

    table: the first of these eight in row 0 of a table of float32 with `width` columns; rows, factors: `count` int64 and float32.
    """
    _add_rows(sums, table, np.uintp(width), rows, factors, np.uintp(count))  # type: ignore[call-arg]


@njit(cache=True, nogil=True)
def fetch(address: np.uintp) -> None:
    """Have what lies at an address brought near; nothing waits for it, and an address of nothing does no harm."""
    _fetch(address)  # type: ignore[call-arg]
