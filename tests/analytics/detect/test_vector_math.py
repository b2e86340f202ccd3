"""The functions that loops inline agree with the C library to a few units in the last place."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from analytics.detect import vector_math

NEAR_ZERO = np.concatenate([-(10.0 ** np.arange(-12.0, -1)), 10.0 ** np.arange(-12.0, -1)])


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
    ours: Callable[[float], float], exact: Callable[[np.ndarray], np.ndarray], at: np.ndarray
) -> None:
    found, truth = np.array([ours(x) for x in at]), exact(at)
    assert (np.abs(found - truth) <= 4 * np.spacing(np.abs(truth))).all()
