"""Several doubles that are worked on by one instruction: the type `Vector` in compiled code, of WIDTH numbers of as many series.

A loop over an array is turned into vector instructions only where LLVM can prove that nothing overlaps, and each such loop reads its
operands from memory and writes its result back. With a type for the vector itself a series' day is one long piece of arithmetic in
registers, the same instructions for each of the numbers wherever it stands, and what is carried from day to day stays in the nearest cache.

In compiled code: `load(array, row)`, `store(array, row, v)` (rows of the last axis, counted through all the others), + - * / and unary -
with vectors and numbers, comparisons (< <= > >= ==) that give a `Mask`, & and | of masks, `where(mask, a, b)`, `anywhere(mask)`,
`spread(number)`. A product and a sum may be contracted to one rounding; their order is kept.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic, models, overload, register_model

from analytics.detect.base import Floats

WIDTH = 8  #: numbers of a vector: two registers of AVX2, so that one is worked on while the other waits
ALIGNED = 64  #: bytes, of a cache line
FLAGS = ("contract",)
INLINE: Any = {"forceinline": True}

DOUBLES, LONGS = ir.VectorType(ir.DoubleType(), WIDTH), ir.VectorType(ir.IntType(64), WIDTH)
BOOLS, MANTISSA = ir.VectorType(ir.IntType(1), WIDTH), 52
ONE, BIAS = 1023 << MANTISSA, 1023  #: bits of 1.0; what is added to an exponent
ROOT_HALF = 0x3FE6A09E667F3BCD  #: bits of the square root of 1/2
MAGIC = 6755399441055744.0  #: 1.5 * 2^52: added to a small number, it leaves its nearest integer in the low bits
MAGIC_BITS = int(np.float64(MAGIC).view(np.uint64))


class VectorType(types.Type):
    def __init__(self) -> None:
        super().__init__(name=f"Vector{WIDTH}")


class MaskType(types.Type):
    def __init__(self) -> None:
        super().__init__(name=f"Mask{WIDTH}")


Vector, Mask = VectorType(), MaskType()


@register_model(VectorType)
class _VectorModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, DOUBLES)


@register_model(MaskType)
class _MaskModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, BOOLS)


def empty(*shape: int) -> Floats:
    """An array (..., WIDTH) whose rows begin at a cache line, filled with 1."""
    size = int(np.prod(shape)) * WIDTH
    whole = np.ones(size + ALIGNED // 8)
    first = -(whole.ctypes.data // 8) % (ALIGNED // 8)
    return whole[first : first + size].reshape(*shape, WIDTH)


def _constant(kind: ir.VectorType, number: float) -> ir.Constant:
    return ir.Constant(kind, [number] * WIDTH)


def _wide(context: Any, builder: Any, value: Any, kind: Any) -> Any:
    """A vector as it is; a number WIDTH times."""
    if kind == Vector:
        return value
    number = context.cast(builder, value, kind, types.float64)
    one = builder.insert_element(ir.Constant(DOUBLES, ir.Undefined), number, ir.Constant(ir.IntType(32), 0))
    zeros = ir.Constant(ir.VectorType(ir.IntType(32), WIDTH), [0] * WIDTH)
    return builder.shuffle_vector(one, ir.Constant(DOUBLES, ir.Undefined), zeros)


def _address(context: Any, builder: Any, array: Any, kind: Any, row: Any, row_kind: Any) -> Any:
    data = context.make_array(kind)(context, builder, array).data
    first = builder.mul(context.cast(builder, row, row_kind, types.int64), ir.Constant(ir.IntType(64), WIDTH))
    return builder.bitcast(builder.gep(data, [first]), DOUBLES.as_pointer())


def _compact(array: Any) -> bool:
    return isinstance(array, types.Array) and array.layout == "C" and array.dtype == types.float64


@intrinsic
def _load(_context: Any, array: Any, row: Any) -> Any:
    def lower(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        found = builder.load(_address(context, builder, args[0], signature.args[0], args[1], signature.args[1]))
        found.align = 8
        return found

    return (Vector(array, row), lower) if _compact(array) else None


@intrinsic
def _store(_context: Any, array: Any, row: Any, value: Any) -> Any:
    def lower(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        where_to = _address(context, builder, args[0], signature.args[0], args[1], signature.args[1])
        builder.store(_wide(context, builder, args[2], signature.args[2]), where_to, align=8)
        return context.get_dummy_value()

    return (types.void(array, row, value), lower) if _compact(array) else None


def _arithmetic(name: str) -> Any:
    @intrinsic
    def work(_context: Any, a: Any, b: Any) -> Any:
        def lower(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            one, other = (_wide(context, builder, value, kind) for value, kind in zip(args, signature.args, strict=True))
            return getattr(builder, name)(one, other, flags=FLAGS)

        return Vector(a, b), lower

    return work


def _comparison(sign: str) -> Any:
    @intrinsic
    def work(_context: Any, a: Any, b: Any) -> Any:
        def lower(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            one, other = (_wide(context, builder, value, kind) for value, kind in zip(args, signature.args, strict=True))
            return builder.fcmp_ordered(sign, one, other)

        return Mask(a, b), lower

    return work


def _logic(name: str) -> Any:
    @intrinsic
    def work(_context: Any, a: Any, b: Any) -> Any:
        return Mask(a, b), lambda _, builder, __, args: getattr(builder, name)(*args)

    return work


def _operator(function: Callable[..., Any], work: Any, kind: Any) -> None:
    @overload(function, strict=False, jit_options=INLINE)
    def typed(a: Any, b: Any) -> Any:
        return (lambda a, b: work(a, b)) if kind in (a, b) else None


for _function, _name in ((operator.add, "fadd"), (operator.sub, "fsub"), (operator.mul, "fmul"), (operator.truediv, "fdiv")):
    _operator(_function, _arithmetic(_name), Vector)
for _function, _name in ((operator.lt, "<"), (operator.le, "<="), (operator.gt, ">"), (operator.ge, ">="), (operator.eq, "==")):
    _operator(_function, _comparison(_name), Vector)
for _function, _name in ((operator.and_, "and_"), (operator.or_, "or_")):
    _operator(_function, _logic(_name), Mask)


@overload(operator.neg, strict=False, jit_options=INLINE)
def _negative(a: Any) -> Any:
    return (lambda a: 0.0 - a) if a == Vector else None


@intrinsic
def _where(_context: Any, mask: Any, a: Any, b: Any) -> Any:
    def lower(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        one, other = (_wide(context, builder, value, kind) for value, kind in zip(args[1:], signature.args[1:], strict=True))
        return builder.select(args[0], one, other)

    return Vector(mask, a, b), lower


@intrinsic
def _anywhere(_context: Any, mask: Any) -> Any:
    def lower(_: Any, builder: Any, __: Any, args: Any) -> Any:
        return cgutils.is_not_null(builder, builder.bitcast(args[0], ir.IntType(WIDTH)))

    return types.boolean(mask), lower


@intrinsic
def _spread(_context: Any, number: Any) -> Any:
    return Vector(number), lambda context, builder, signature, args: _wide(context, builder, args[0], signature.args[0])


@intrinsic
def _power_of_two(_context: Any, shifted: Any) -> Any:
    """2^n of a vector n + MAGIC."""

    def lower(_: Any, builder: Any, __: Any, args: Any) -> Any:
        n = builder.sub(builder.bitcast(args[0], LONGS), _constant(LONGS, MAGIC_BITS - BIAS))
        return builder.bitcast(builder.shl(n, _constant(LONGS, MANTISSA)), DOUBLES)

    return Vector(shifted), lower


def _exponent(builder: Any, x: Any) -> tuple[Any, Any]:
    """The bits of x, and n + BIAS, where x = m 2^n with m from the root of 1/2 to the root of 2."""
    bits = builder.bitcast(x, LONGS)
    near = builder.add(builder.sub(bits, _constant(LONGS, ROOT_HALF)), _constant(LONGS, ONE))
    return bits, builder.lshr(near, _constant(LONGS, MANTISSA))


@intrinsic
def _power(_context: Any, x: Any) -> Any:
    """n, as a number."""

    def lower(_: Any, builder: Any, __: Any, args: Any) -> Any:
        _, n = _exponent(builder, args[0])
        number = builder.bitcast(builder.add(n, _constant(LONGS, MAGIC_BITS - BIAS)), DOUBLES)
        return builder.fsub(number, _constant(DOUBLES, MAGIC))

    return Vector(x), lower


@intrinsic
def _fraction(_context: Any, x: Any) -> Any:
    """m."""

    def lower(_: Any, builder: Any, __: Any, args: Any) -> Any:
        bits, n = _exponent(builder, args[0])
        power = builder.shl(builder.sub(n, _constant(LONGS, BIAS)), _constant(LONGS, MANTISSA))
        return builder.bitcast(builder.sub(bits, power), DOUBLES)

    return Vector(x), lower


#: intrinsics are called without their context
load: Any = _load
store: Any = _store
where: Any = _where
anywhere: Any = _anywhere
spread: Any = _spread
power_of_two: Any = _power_of_two
power: Any = _power
fraction: Any = _fraction
