"""What a surveillance officer may rely on in the default detector."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import nbinom, poisson

from analytics.detect.base import build
from analytics.detect.gamma_poisson import GammaPoisson
from analytics.detect.gamma_poisson_far import upper_tail

MONDAY = np.datetime64("2024-01-01")
DETECTOR = build("gamma-Poisson", {})


def dates(days: int, step: int = 1) -> np.ndarray:
    return MONDAY + step * np.arange(days)


def simulated(seed: int, series: int, days: int, mean: float, phi: float, weekday: float = 0.0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    mu = np.broadcast_to(mean * (1 + weekday * np.sin(2 * np.pi * np.arange(days) / 7)), (series, days))
    return (rng.poisson(mu) if phi == 1 else rng.negative_binomial(mu / (phi - 1), 1 / phi)).astype(float)


@pytest.mark.parametrize("mean", [0.05, 0.2, 1, 5, 20, 100])
@pytest.mark.parametrize("phi", [1, 2, 5])
def test_of_a_hundred_ordinary_days_about_one_is_called_unusual_at_any_level_after_four_weeks(mean: float, phi: float) -> None:
    counts = simulated(int(mean * 100) + phi, 600, 28 + 14, mean, phi, weekday=0.5)
    rate = np.nanmean(DETECTOR.detect(counts, dates(42)).pvalue[:, 28:] < 0.01)
    assert rate < 0.016  # 1.2 alpha and three standard errors of 8,400 days
    assert rate > 0.002 or mean < 1  # counts of 0, 1 and 2 cannot reach 1 %


def test_a_burst_is_found_about_as_often_as_by_who_knows_the_true_level() -> None:
    counts = simulated(3, 500, 29, 5, 1)
    alone = DETECTOR.detect(counts, dates(29)).pvalue[:, 28]
    burst = counts.copy()
    burst[:, 28] += np.random.default_rng(1).poisson(18, 500)
    found = (DETECTOR.detect(burst, dates(29)).pvalue[:, 28] < 0.01).mean()
    assert (alone < 0.01).mean() < 0.03
    assert found >= 0.95 * (poisson.sf(burst[:, 28] - 1, 5) < 0.01).mean()


@pytest.mark.parametrize("zeros", [30, 700])
def test_after_many_days_of_silence_a_few_posts_raise_a_signal(zeros: int) -> None:
    counts = np.zeros((1, zeros + 1))
    counts[0, -1] = 4
    assert DETECTOR.detect(counts, dates(zeros + 1)).pvalue[0, -1] < 1e-4


def test_a_gap_is_not_taken_for_zeros() -> None:
    counts = simulated(5, 10, 120, 10, 1)
    counts[:, 60:90] = np.nan
    found = DETECTOR.detect(counts, dates(120))
    assert np.isnan(found.pvalue[:, 60:90]).all()
    assert not found.alarm[:, 60:90].any()
    assert (found.expected[:, 90] > 6).all()


def test_an_outbreak_of_a_month_is_signalled_to_its_end_and_does_not_become_the_normal() -> None:
    counts = simulated(6, 20, 150, 10, 1)
    counts[0, 100:121] = simulated(7, 1, 21, 50, 1)
    found = DETECTOR.detect(counts, dates(150))
    assert found.alarm[0, 100:121].all()
    assert found.expected[0, 121] < 20


def test_a_new_level_that_stays_stops_raising_signals_within_two_months() -> None:
    counts = simulated(8, 20, 250, 10, 1)
    counts[0, 100:] = simulated(9, 1, 150, 30, 1)
    found = DETECTOR.detect(counts, dates(250))
    assert found.alarm[0, 100:110].sum() >= 8
    assert found.alarm[0, 160:].mean() < 0.05


def test_a_source_that_is_lost_and_comes_back_raises_nothing() -> None:
    exposure = np.ones((30, 160))
    exposure[:, 80:120] = 0.5
    counts = np.random.default_rng(10).poisson(20 * exposure).astype(float)
    assert DETECTOR.detect(counts, dates(160), exposure).alarm[:, 80:].mean() < 0.015


def test_weekly_counts_with_a_season_are_expected_as_they_come() -> None:
    weeks = np.arange(52 * 6)
    mean = 10 * np.exp(0.8 * np.sin(2 * np.pi * weeks * 7 / 365.25))
    counts = np.random.default_rng(11).poisson(mean, (5, len(weeks))).astype(float)
    found = DETECTOR.detect(counts, dates(len(weeks), 7))
    last = slice(52 * 4, None)
    assert np.abs(np.log(found.expected[:, last] / mean[last])).mean() < 0.15
    assert found.alarm[:, last].mean() < 0.02


@given(st.integers(0, 2**31), st.sampled_from([0.3, 3.0, 60.0]))
@settings(max_examples=10, deadline=None)
def test_a_day_is_an_alarm_exactly_where_its_count_is_above_the_bound(seed: int, mean: float) -> None:
    found = DETECTOR.detect(counts := simulated(seed, 5, 60, mean, 2), dates(60))
    tested = ~np.isnan(found.pvalue)
    assert np.array_equal(found.alarm[tested], (counts > found.upper)[tested])


@pytest.mark.parametrize(("mean", "phi"), [(100, 1.001), (100, 2), (500, 3), (2000, 20)])
def test_tails_of_large_counts_are_within_one_percent_of_the_exact(mean: float, phi: float) -> None:
    size = mean / (phi - 1)
    for z in (-1, 0, 1, 2, 3):
        k = round(mean + z * np.sqrt(phi * mean))
        assert upper_tail(float(k), float(mean), size) == pytest.approx(nbinom.sf(k - 1, size, 1 / phi), rel=0.01)


def test_parameters_out_of_range_are_refused_in_one_line() -> None:
    with pytest.raises(ValueError, match=r"alpha = 2: between 0 and 0\.5"):
        GammaPoisson(GammaPoisson.Params(alpha=2))
