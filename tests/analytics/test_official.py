"""Posts held against official counts: a known lead is found, and what cannot be known is said."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.official import LONGEST, compare, official_events
from warehouse.errors import InputError


def outbreaks(days: int, seed: int) -> np.ndarray:
    """A smooth intensity of several outbreaks a year, (days,)."""
    random = np.random.default_rng(seed)
    at = np.arange(days)
    peaks = np.arange(40, days, 75) + random.integers(-12, 12, len(np.arange(40, days, 75)))
    return 5 + sum(60 * np.exp(-0.5 * ((at - peak) / 7.0) ** 2) for peak in peaks)


def led(lead: int, period: int, seed: int = 1, days: int = 728) -> tuple[np.ndarray, np.ndarray]:
    """Posts that run `lead` days ahead of the cases: (days,) and (periods,)."""
    random = np.random.default_rng(seed)
    intensity = outbreaks(days + 60, seed)
    posts = random.poisson(intensity[30 + lead : 30 + lead + days]).astype(float)
    cases = random.poisson(3 * intensity[30 : 30 + days]).astype(float).reshape(-1, period).sum(axis=1)
    return posts, cases


@pytest.mark.parametrize("period", [1, 7])
@pytest.mark.parametrize("lead", [-10, 0, 5, 14])
def test_a_known_lead_is_found_within_its_interval(lead: int, period: int) -> None:
    posts, cases = led(lead, period)
    found = compare(posts, cases, period, np.zeros(len(posts), bool))
    low, high = found.lead_interval
    assert abs(found.lead_days - lead) <= 2
    assert low - 1 <= lead <= high + 1
    assert low <= found.lead_days <= high
    assert np.nanmax(found.correlation) > 0.8
    assert len(found.lags) == len(found.correlation) == 2 * LONGEST + 1


def test_the_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    inside = []
    for seed in range(20):
        posts, cases = led(6, 7, seed)
        low, high = compare(posts, cases, 7, np.zeros(len(posts), bool)).lead_interval
        inside.append(low <= 6 <= high)
    assert np.mean(inside) >= 0.8


def test_gaps_are_left_out_and_not_taken_for_zeros() -> None:
    posts, cases = led(5, 7)
    posts[100:140] = np.nan
    cases[60:64] = np.nan
    found = compare(posts, cases, 7, np.zeros(len(posts), bool))
    assert abs(found.lead_days - 5) <= 2


def test_signals_are_held_against_official_events() -> None:
    cases = np.full(60, 10.0)
    cases[[20, 21, 40, 41, 42]] = 80
    signals = np.zeros(420, bool)
    signals[[20 * 7 - 4, 20 * 7 + 9]] = True  # four days before the first event; none near the second
    found = compare(np.random.default_rng(0).poisson(5, 420).astype(float), cases, 7, signals)
    assert official_events(cases) == [(20, 21), (40, 42)]
    assert (found.events, found.sensitivity, found.median_delay) == (2, 0.5, -4)


def test_one_signal_is_not_counted_for_two_events() -> None:
    cases = np.full(60, 10.0)
    cases[[20, 23]] = 80
    signals = np.zeros(420, bool)
    signals[20 * 7] = True
    assert compare(np.arange(420.0), cases, 7, signals).sensitivity == 0.5


def test_nothing_is_claimed_where_posts_never_change() -> None:
    found = compare(np.zeros(140), np.arange(20.0), 7, np.zeros(140, bool))
    assert found.best_lag is None
    assert np.isnan(found.lead_days)
    assert np.isnan(found.lead_interval).all()


def test_too_few_periods_are_an_error_that_says_how_many() -> None:
    with pytest.raises(InputError, match="only 5 periods"):
        compare(np.ones(35), np.ones(5), 7, np.zeros(35, bool))
    with pytest.raises(InputError, match="only 0 periods"):
        compare(np.array([]), np.array([]), 7, np.array([], bool))


@settings(max_examples=4, deadline=None)
@given(st.integers(0, 1000), st.integers(-3, 10), st.integers(-3, 10))
def test_scale_does_not_matter(seed: int, of_posts: int, of_cases: int) -> None:
    """Powers of two, because other factors would round equal means of posts apart."""
    posts, cases = led(3, 7, seed, days=140)
    none = np.zeros(140, bool)
    one, other = compare(posts, cases, 7, none), compare(posts * 2.0**of_posts, cases * 2.0**of_cases, 7, none)
    np.testing.assert_array_equal(one.correlation, other.correlation)
    assert one.lead_interval == other.lead_interval
