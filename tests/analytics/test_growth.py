"""How fast something grows, as a person would read it off the curve."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.growth import DAYS, growth


def curve(rate: float, level: float = 50.0, series: int = 1, seed: int = 1) -> np.ndarray:
    mean = level * np.exp(rate * np.arange(-DAYS + 1, 1))
    return np.random.default_rng(seed).poisson(np.broadcast_to(mean, (series, DAYS))).astype(float)


@pytest.mark.parametrize("rate", [-0.3, -0.1, 0.0, 0.1, 0.3])
def test_the_interval_holds_the_true_rate_about_nineteen_times_in_twenty(rate: float) -> None:
    found = growth(curve(rate, level=200, series=600))
    held = ((found.low <= rate) & (rate <= found.high)).mean()
    assert 0.92 < held <= 0.99


def test_what_doubles_each_three_days_is_said_to() -> None:
    found = growth(np.round(1000 * 2 ** (np.arange(-DAYS + 1, 1) / 3))[None, :])
    days, shortest, longest = found.doubling
    assert days[0] == pytest.approx(3, rel=0.01)
    assert shortest[0] <= days[0] <= longest[0]


def test_where_the_rate_may_be_zero_the_doubling_time_may_be_endless() -> None:
    assert growth(curve(0.0)).doubling[2][0] == np.inf


@settings(max_examples=25)
@given(st.floats(0.2, 1.0), st.integers(0, 1000))
def test_half_the_exposure_and_half_the_posts_grow_as_fast(share: float, seed: int) -> None:
    counts = curve(0.15, level=5000, seed=seed)
    rate = growth(counts).rate
    assert growth(counts * share, np.full(counts.shape, share)).rate == pytest.approx(rate, abs=1e-6)


def test_the_order_of_series_does_not_matter() -> None:
    counts = np.vstack([curve(0.2, seed=1), curve(-0.2, seed=2), curve(0.0, seed=3)])
    np.testing.assert_allclose(growth(counts).rate[::-1], growth(counts[::-1]).rate)


def test_days_that_were_not_collected_do_not_bend_the_curve() -> None:
    counts = np.round(1000 * np.exp(0.2 * np.arange(-DAYS + 1, 1)))[None, :]
    holed = counts.copy()
    holed[0, 4:7] = np.nan
    assert growth(holed).rate[0] == pytest.approx(growth(counts).rate[0], abs=0.003)


@pytest.mark.parametrize(
    ("counts", "phase"),
    [
        ([2, 1, 2, 1, 2, 1, 2, 2, 2, 3, 6, 12, 25, 50], "starting"),
        ([2, 3, 9, 14, 20, 26, 33, 41, 50, 62, 75, 90, 120, 150], "growing"),
        ([2, 9, 20, 35, 48, 55, 58, 60, 57, 62, 59, 61, 57, 60], "peaking"),
        ([90, 95, 80, 70, 66, 50, 44, 36, 30, 21, 15, 11, 8, 5], "falling"),
        ([2, 1, 2, 3, 2, 1, 2, 2, 3, 2, 1, 2, 2, 2], "flat"),
        ([0] * 14, "unknown"),
        ([np.nan] * 12 + [3, 4], "unknown"),
    ],
)
def test_the_phase_is_what_the_curve_shows(counts: list[float], phase: str) -> None:
    assert growth(np.array([counts], float), expected=np.full((1, 14), 2.0)).phase[0] == phase
