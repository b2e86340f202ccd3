"""Exponential and logarithm as plain arithmetic, so that a compiled loop over an array works on several numbers at once.

The functions of the C library are calls, one number a time; these are inlined, and LLVM turns the loop around them into vector
instructions (about four times as fast). The argument is split as Cody and Waite did (1980, Software Manual for the Elementary Functions):
a power of two, which goes into the exponent's bits, and a remainder, for which a short
series is exact to the last bits. Arguments are finite and within the stated range; nothing is said of others.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

LOG2_E = 1.4426950408889634
LN2_HIGH, LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10  #: their sum is log 2; the first has zeros at its end
MAGIC = 6755399441055744.0  #: 1.5 * 2^52: added to a small number, it leaves its nearest integer in the low bits
MANTISSA = np.uint64(52)  #: bits
BIAS = np.uint64(1023)  #: of an exponent
BIASED_ONE = np.uint64(1023 << 52)
MAGIC_BITS = np.uint64(int(np.float64(MAGIC).view(np.uint64)) - 1023)
ROOT_HALF = np.uint64(0x3FE6A09E667F3BCD)  #: bits of the square root of 1/2

EXACT = {"contract"}  #: the order of operations is kept: `x + MAGIC - MAGIC` is not x


@intrinsic
def _of_float(_context: Any, x: Any) -> Any:
    """The 64 bits of a float as an unsigned integer."""
    return types.uint64(types.float64), lambda _, builder, __, args: builder.bitcast(args[0], ir.IntType(64))


@intrinsic
def _of_bits(_context: Any, bits: Any) -> Any:
    """The float that has these 64 bits."""
    return types.float64(types.uint64), lambda _, builder, __, args: builder.bitcast(args[0], ir.DoubleType())


#: an intrinsic is called without its context
_bits: Any = _of_float
_float: Any = _of_bits


@njit(fastmath=EXACT, forceinline=True, error_model="numpy")
def _split(x: float) -> tuple[float, float]:
    """exp(x) = (1 + p) * two: p and two, |x| < 700."""
    shifted = x * LOG2_E + MAGIC
    n = shifted - MAGIC
    r = (x - n * LN2_HIGH) - n * LN2_LOW
    p = 1 / 6227020800
    p = p * r + 1 / 479001600
    p = p * r + 1 / 39916800
    p = p * r + 1 / 3628800
    p = p * r + 1 / 362880
    p = p * r + 1 / 40320
    p = p * r + 1 / 5040
    p = p * r + 1 / 720
    p = p * r + 1 / 120
    p = p * r + 1 / 24
    p = p * r + 1 / 6
    p = p * r + 1 / 2
    return p * r * r + r, _float((_bits(shifted) - MAGIC_BITS) << MANTISSA)


@njit(fastmath=EXACT, forceinline=True, error_model="numpy")
def exp(x: float) -> float:
    """exp(x), |x| < 700."""
    p, two = _split(x)
    return p * two + two


@njit(fastmath=EXACT, forceinline=True, error_model="numpy")
def expm1(x: float) -> float:
    """exp(x) - 1, exact near 0, too; |x| < 700."""
    p, two = _split(x)
    return p * two + (two - 1.0)


@njit(fastmath=EXACT, forceinline=True, error_model="numpy")
def log(x: float) -> float:
    """log(x) of a positive normal number: x = m 2^n with m from the root of 1/2 to the root of 2, log m = 2 atanh((m - 1) / (m + 1))."""
    bits = _bits(x)
    n = ((bits - ROOT_HALF) + BIASED_ONE) >> MANTISSA
    m = _float(bits - ((n - BIAS) << MANTISSA))
    z = (m - 1.0) / (m + 1.0)
    s = z * z
    p = 1 / 21
    p = p * s + 1 / 19
    p = p * s + 1 / 17
    p = p * s + 1 / 15
    p = p * s + 1 / 13
    p = p * s + 1 / 11
    p = p * s + 1 / 9
    p = p * s + 1 / 7
    p = p * s + 1 / 5
    p = p * s + 1 / 3
    power = _float(n + MAGIC_BITS) - MAGIC
    return power * LN2_HIGH + (2.0 * z + (2.0 * z * s * p + power * LN2_LOW))


@njit(fastmath=EXACT, forceinline=True, error_model="numpy")
def log1p(x: float) -> float:
    """log(1 + x), exact near 0, too; x > -1 and 1 + x normal (Kahan's correction of what 1 + x rounds off)."""
    above = 1.0 + x
    return log(above) - ((above - 1.0) - x) / above
