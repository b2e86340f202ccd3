"""Vectors compute what numbers would: arithmetic, choices, and functions that agree with the C library to a few units in the last place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numba import njit

from analytics.detect import vector_math
from analytics.detect.vectors import ALIGNED, WIDTH, anywhere, empty, load, store, where

NEAR_ZERO = np.concatenate([-(10.0 ** np.arange(-12.0, -1)), 10.0 ** np.arange(-12.0, -1)])


def each(function: Callable[..., Any], at: np.ndarray) -> np.ndarray:
    """A compiled function of a vector, at numbers of any count."""
    rows = -(-len(at) // WIDTH)
    given, out = empty(rows), empty(rows)
    given.reshape(-1)[: len(at)] = at

    @njit(error_model="numpy")
    def go(given: np.ndarray, out: np.ndarray) -> None:
        for row in range(len(given)):
            store(out, row, function(load(given, row)))

    go(given, out)
    return out.reshape(-1)[: len(at)]


@pytest.mark.parametrize(
    ("ours", "exact", "at"),
    [
        (vector_math.exp, np.exp, np.linspace(-690, 690, 4001)),
        (vector_math.expm1, np.expm1, np.append(np.linspace(-30, 30, 4001), NEAR_ZERO)),
        (vector_math.log, np.log, np.append(np.exp(np.linspace(-690, 690, 4001)), 1 + NEAR_ZERO)),
        (vector_math.log1p, np.log1p, np.append(np.exp(np.linspace(-30, 30, 4001)), NEAR_ZERO)),
    ],
)
def test_inlined_functions_are_exact_to_four_units_in_the_last_place(
    ours: Callable[..., Any], exact: Callable[[np.ndarray], np.ndarray], at: np.ndarray
) -> None:
    found, truth = each(ours, at), exact(at)
    assert (np.abs(found - truth) <= 4 * np.spacing(np.abs(truth))).all()


@njit(error_model="numpy")
def told(x: Any) -> Any:
    """Something of everything that may be done with a vector."""
    inside = (x > -2.0) & (x <= 3.0) | (x >= 9.0)
    return where(inside, (2 - x) / 4.0 * x, -vector_math.least(vector_math.most(x, -5.0), 1.0)) + where(x == 7.0, x, 0)


def test_arithmetic_and_choices_are_made_for_each_number_alone() -> None:
    at = np.linspace(-10, 10, 81)
    inside = ((at > -2) & (at <= 3)) | (at >= 9)
    truth = np.where(inside, (2 - at) / 4 * at, -np.clip(at, -5, 1)) + np.where(at == 7, at, 0)
    np.testing.assert_allclose(each(told, at), truth, rtol=1e-15, atol=1e-15)


def test_one_number_of_many_is_found_anywhere_in_a_vector() -> None:
    @njit(error_model="numpy")
    def any_negative(given: np.ndarray) -> bool:
        return anywhere(load(given, 0) < 0.0)

    row = empty(1)
    assert not any_negative(row)
    for place in range(WIDTH):
        row = empty(1)
        row[0, place] = -1.0
        assert any_negative(row)


def test_rows_begin_at_a_cache_line() -> None:
    assert {empty(rows).ctypes.data % ALIGNED for rows in range(1, 40)} == {0}
