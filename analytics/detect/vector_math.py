"""Exponential and logarithm of vectors (vectors.py), as plain arithmetic.

The functions of the C library are calls, one number a time; these are inlined and work on all numbers of a vector at once. The argument is
split as Cody and Waite did (1980, Software Manual for the Elementary Functions): a power of two, which goes into the exponent's bits, and a
remainder, for which a short series is exact to the last bits. Its terms are added in groups that do not wait for each other (Estrin 1960).
Arguments are finite and within the stated range; nothing is said of others.
"""

from __future__ import annotations

from typing import Any

from numba import njit

from analytics.detect.vectors import MAGIC, fraction, power, power_of_two, where

LOG2_E = 1.4426950408889634
LN2_HIGH, LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10  #: their sum is log 2; the first has zeros at its end


@njit(forceinline=True, error_model="numpy")
def least(a: Any, b: Any) -> Any:
    return where(a < b, a, b)


@njit(forceinline=True, error_model="numpy")
def most(a: Any, b: Any) -> Any:
    return where(a > b, a, b)


@njit(forceinline=True, error_model="numpy")
def _split(x: Any) -> tuple[Any, Any]:
    """exp(x) = (1 + p) * two: p and two, |x| < 700."""
    shifted = x * LOG2_E + MAGIC
    n = shifted - MAGIC
    r = (x - n * LN2_HIGH) - n * LN2_LOW
    r2 = r * r
    r4 = r2 * r2
    low = (r * (1 / 6) + 1 / 2) + (r * (1 / 120) + 1 / 24) * r2
    middle = (r * (1 / 5040) + 1 / 720) + (r * (1 / 362880) + 1 / 40320) * r2
    high = (r * (1 / 39916800) + 1 / 3628800) + (r * (1 / 6227020800) + 1 / 479001600) * r2
    return ((high * r4 + middle) * r4 + low) * r2 + r, power_of_two(shifted)


@njit(forceinline=True, error_model="numpy")
def exp(x: Any) -> Any:
    """exp(x), |x| < 700."""
    p, two = _split(x)
    return p * two + two


@njit(forceinline=True, error_model="numpy")
def expm1(x: Any) -> Any:
    """exp(x) - 1, exact near 0, too; |x| < 700."""
    p, two = _split(x)
    return p * two + (two - 1.0)


@njit(forceinline=True, error_model="numpy")
def log(x: Any) -> Any:
    """log(x) of a positive normal number: x = m 2^n with m from the root of 1/2 to the root of 2, log m = 2 atanh((m - 1) / (m + 1))."""
    m = fraction(x)
    z = (m - 1.0) / (m + 1.0)
    s = z * z
    s2 = s * s
    s4 = s2 * s2
    low = (s * (1 / 5) + 1 / 3) + (s * (1 / 9) + 1 / 7) * s2
    middle = (s * (1 / 13) + 1 / 11) + (s * (1 / 17) + 1 / 15) * s2
    p = ((s * (1 / 21) + 1 / 19) * s4 + middle) * s4 + low
    n = power(x)
    return n * LN2_HIGH + (2.0 * z + (2.0 * z * s * p + n * LN2_LOW))


@njit(forceinline=True, error_model="numpy")
def log1p(x: Any) -> Any:
    """log(1 + x), exact near 0, too; x > -1 and 1 + x normal (Kahan's correction of what 1 + x rounds off)."""
    above = 1.0 + x
    return log(above) - ((above - 1.0) - x) / above
