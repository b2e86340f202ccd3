"""Over a day's panel, q-values keep the share of false signals."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from analytics.detect.fdr import q_values

panels = arrays(float, st.tuples(st.integers(1, 12), st.integers(1, 3)), elements=st.one_of(st.floats(0, 1), st.just(np.nan)))


def by_hand(column: np.ndarray) -> np.ndarray:
    """The definition: the least m p(j) / j over all j from the own rank on."""
    known = np.sort(column[~np.isnan(column)])
    out = np.full(len(column), np.nan)
    for i, p in enumerate(column):
        if not np.isnan(p):
            out[i] = min(1.0, min(len(known) * q / (j + 1) for j, q in enumerate(known) if q >= p))
    return out


@given(panels)
def test_q_values_are_those_of_benjamini_and_hochberg_day_by_day(pvalues: np.ndarray) -> None:
    expected = np.stack([by_hand(column) for column in pvalues.T], axis=1)
    np.testing.assert_allclose(q_values(pvalues), expected, rtol=1e-12)


@given(panels)
def test_a_q_value_is_never_below_its_p_value_and_days_that_were_not_tested_stay_unknown(pvalues: np.ndarray) -> None:
    q = q_values(pvalues)
    assert np.array_equal(np.isnan(q), np.isnan(pvalues))
    assert (q[~np.isnan(q)] >= pvalues[~np.isnan(q)] - 1e-12).all()


def test_of_null_series_hardly_a_day_has_a_signal_at_q_of_a_tenth() -> None:
    pvalues = np.random.default_rng(4).random((500, 200))
    assert (q_values(pvalues) <= 0.1).any(0).mean() < 0.15
