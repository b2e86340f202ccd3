"""What every registered detector keeps, whoever wrote it."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.detect.base import Detection, Detector, build, detectors

#: parameters that let the methods which need years of history work on a short panel
SHORT = {
    "Bayes": {"b": 1, "w": 3, "freq": 26},
    "RKI": {"b": 1, "w": 3, "freq": 26},
    "CDC": {"b": 2, "freq": 26},
    "CUSUM": {"start": 30},
    "GLR-NB": {"start": 40, "alpha": 0.2, "freq": 26},
    "GLR-Poisson": {"start": 40, "freq": 26},
    "Farrington": {"b": 3, "freq": 26, "calendar": False},
    "farringtonFlexible": {"b": 3, "freq": 26, "calendar": False, "noPeriods": 4, "pastWeeksNotIncluded": 5},
}
DAYS = 110
MONDAY = np.datetime64("2019-01-07")
FIELDS = ("expected", "upper", "pvalue", "alarm")
EVERY = pytest.mark.parametrize("name", sorted(detectors()))

panels = st.builds(
    lambda seed, series, mean: np.random.default_rng(seed).negative_binomial(3, 3 / (3 + mean), (series, DAYS)).astype(float),
    st.integers(0, 2**31),
    st.integers(2, 4),
    st.sampled_from([0.3, 3.0, 30.0]),
)
few = settings(max_examples=8, deadline=None)


@cache
def detector(name: str) -> Detector:
    return build(name, SHORT.get(name, {}))


def detect(name: str, counts: np.ndarray, first: np.datetime64 = MONDAY, step: int = 1) -> Detection:
    return detector(name).detect(counts, first + step * np.arange(counts.shape[1]), np.ones_like(counts))


def assert_same(one: Detection, other: Detection, rows: object = slice(None), days: object = slice(None)) -> None:
    for field in FIELDS:
        ours, theirs = getattr(one, field)[rows][:, days], getattr(other, field)[:, days]
        if ours.dtype == bool:
            np.testing.assert_array_equal(ours, theirs, err_msg=field)
        else:
            np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-9, err_msg=field)


@EVERY
def test_detector_evaluates_days_after_its_lookback_and_says_its_rule(name: str) -> None:
    counts = np.random.default_rng(1).poisson(20, (2, DAYS)).astype(float)
    found = detect(name, counts)
    assert all(getattr(found, field).shape == counts.shape for field in FIELDS)
    assert 0 <= detector(name).lookback < DAYS
    assert not np.isnan(found.expected[:, -1]).any()
    assert detector(name).rule.startswith(name)


@EVERY
@given(counts=panels, data=st.data())
@few
def test_order_of_series_does_not_matter(name: str, counts: np.ndarray, data: st.DataObject) -> None:
    order = np.array(data.draw(st.permutations(range(len(counts)))))
    assert_same(detect(name, counts), detect(name, counts[order]), order)


@EVERY
@given(counts=panels)
@few
def test_a_series_of_zeros_changes_nothing_for_the_others(name: str, counts: np.ndarray) -> None:
    with_zeros = np.concatenate([np.zeros((1, DAYS)), counts, np.zeros((2, DAYS))])
    assert_same(detect(name, with_zeros), detect(name, counts), slice(1, 1 + len(counts)))


@EVERY
@given(counts=panels, turns=st.integers(-1, 2))
@few
def test_dates_moved_by_whole_weeks_and_years_change_nothing(name: str, counts: np.ndarray, turns: int) -> None:
    # after 28 years the calendar comes round: the same weekdays and the same leap years
    assert_same(detect(name, counts), detect(name, counts, MONDAY + turns * 1461 * 7))


@EVERY
@given(counts=panels, known=st.integers(60, DAYS - 1))
@few
def test_a_future_day_does_not_change_the_past(name: str, counts: np.ndarray, known: int) -> None:
    changed = counts.copy()
    changed[:, known:] = 10 * counts[:, known:] + 7
    assert_same(detect(name, counts), detect(name, changed), days=slice(0, known))
    cut = detect(name, counts[:, :known])
    whole = detect(name, counts)
    for field in FIELDS:
        np.testing.assert_allclose(
            getattr(whole, field)[:, :known].astype(float), getattr(cut, field).astype(float), rtol=1e-9, atol=1e-9, err_msg=field
        )


@EVERY
@given(counts=panels, data=st.data())
@few
def test_a_day_that_was_not_collected_never_alarms(name: str, counts: np.ndarray, data: st.DataObject) -> None:
    gaps = data.draw(st.lists(st.integers(0, DAYS - 1), min_size=1, max_size=6, unique=True))
    counts[0, gaps] = np.nan
    assert not detect(name, counts).alarm[0, gaps].any()


@EVERY
def test_a_panel_without_series_or_without_history_raises_nothing(name: str) -> None:
    assert detect(name, np.empty((0, DAYS))).alarm.shape == (0, DAYS)
    assert not detect(name, np.ones((2, 1))).alarm.any()
    assert not detect(name, np.full((2, DAYS), np.nan)).alarm.any()


@pytest.mark.parametrize("name", ["Farrington", "farringtonFlexible"])
def test_past_years_follow_the_calendar_for_weekly_data(name: str) -> None:
    counts = np.random.default_rng(2).poisson(20, (2, 420)).astype(float)
    weekly = build(name, {"b": 3}).detect(counts, MONDAY + 7 * np.arange(420))
    later = build(name, {"b": 3}).detect(counts, MONDAY + 1461 * 7 + 7 * np.arange(420))
    assert not np.isnan(weekly.upper[:, -1]).any()
    assert_same(weekly, later)
