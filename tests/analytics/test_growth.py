"""What a surveillance officer may rely on when the page says how fast a topic grows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.growth import growth

DATES = np.datetime64("2026-03-02") + np.arange(28)


def curve(rate: float, last: float = 200.0, days: int = 28) -> np.ndarray:
    return last * np.exp(rate * (np.arange(days) - days + 1))


def test_a_count_that_doubles_every_five_days_is_told_so() -> None:
    found = growth(np.round(curve(np.log(2) / 5))[None], DATES)
    assert found.doubling[0] == pytest.approx(5, rel=0.03)
    assert found.doubling_low[0] < 5 < found.doubling_high[0] < 7
    assert found.phase == ("growing",)


def test_a_count_that_halves_is_told_with_its_halving_time() -> None:
    found = growth(np.round(curve(-np.log(2) / 4, last=20))[None], DATES)
    assert found.rate[0] < 0
    assert found.doubling[0] == pytest.approx(4, rel=0.05)
    assert found.phase == ("falling",)


def test_the_interval_holds_the_true_rate_as_often_as_it_says() -> None:
    mean = np.broadcast_to(curve(0.03, last=30), (2000, 28))
    for counts in (np.random.default_rng(1).poisson(mean), np.random.default_rng(2).negative_binomial(mean / 2, 1 / 3)):
        found = growth(counts.astype(float), DATES)
        assert 0.92 < ((found.low < 0.03) & (found.high > 0.03)).mean() < 0.98


@pytest.mark.parametrize(
    ("counts", "phase"),
    [
        (np.r_[np.full(21, 20.0), 30, 45, 70, 100, 150, 220, 330], "starting"),
        (np.r_[np.full(14, 20.0), curve(0.15, 400, 14)], "growing"),
        (np.r_[curve(0.2, 400, 21), np.full(7, 400.0)], "peaking"),
        (np.r_[curve(0.2, 400, 21), curve(-0.3, 60, 7)], "falling"),
        (np.full(28, 20.0), "flat"),
        (np.zeros(28), "unknown"),
        (np.full(28, np.nan), "unknown"),
    ],
)
def test_the_page_says_where_on_the_curve_a_topic_is(counts: np.ndarray, phase: str) -> None:
    assert growth(np.round(counts)[None], DATES).phase == (phase,)


def test_level_counts_are_seldom_said_to_grow() -> None:
    found = growth(np.random.default_rng(3).poisson(15, (1000, 28)).astype(float), DATES)
    assert np.isin(found.phase, ["starting", "growing"]).mean() < 0.1
    assert np.isinf(found.doubling_high).mean() > 0.9


def test_a_weekday_pattern_is_no_growth() -> None:
    counts = np.tile([40.0, 40, 40, 40, 40, 10, 10], 4)
    for shift in range(7):
        found = growth(np.roll(counts, shift)[None], DATES)
        assert abs(found.rate[0]) < 0.02
        assert found.phase == ("flat",)


def test_a_burst_out_of_nothing_has_a_finite_rate_and_a_gap_is_not_zeros() -> None:
    burst = np.zeros((1, 28))
    burst[0, -2:] = 50
    assert 0 < growth(burst, DATES).rate[0] < 2
    gap = np.full((1, 28), 30.0)
    gap[0, 10:20] = np.nan
    assert growth(gap, DATES).rate[0] == pytest.approx(0, abs=0.01)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 6), st.floats(-0.08, 0.08))
def test_half_the_exposure_or_more_of_everything_is_no_growth(seed: int, times: int, rate: float) -> None:
    counts = np.random.default_rng(seed).poisson(curve(rate, 300, 28)[None]).astype(float) + 10
    one = growth(counts, DATES)
    half = growth(counts, DATES, np.full(counts.shape, 0.5))
    assert half.rate == pytest.approx(one.rate, abs=1e-8)
    assert half.phase == one.phase
    more = growth(counts * times, DATES)
    assert more.rate == pytest.approx(one.rate, abs=0.004)


def test_a_source_that_covers_half_of_the_days_of_late_is_no_decline() -> None:
    counts, exposure = np.full((1, 28), 40.0), np.ones((1, 28))
    counts[0, -7:], exposure[0, -7:] = 20, 0.5
    assert growth(counts, DATES, exposure).phase == ("flat",)


@settings(max_examples=20, deadline=None)
@given(st.permutations(range(6)))
def test_series_do_not_disturb_each_other(order: list[int]) -> None:
    counts = np.random.default_rng(4).poisson(np.array([0.1, 1, 5, 20, 100, 1000])[:, None], (6, 28)).astype(float)
    assert growth(counts[order], DATES).rate == pytest.approx(growth(counts, DATES).rate[order], abs=1e-8, nan_ok=True)


def test_what_does_not_fit_together_is_refused() -> None:
    with pytest.raises(ValueError, match="do not fit"):
        growth(np.ones((2, 5)), DATES)
    with pytest.raises(ValueError, match="more than 7"):
        growth(np.ones((2, 28)), DATES, days=7)


def test_no_series_no_growth() -> None:
    assert growth(np.ones((0, 28)), DATES).phase == ()
