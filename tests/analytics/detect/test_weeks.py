"""Weeks beside days: what is added up, and what it gains."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.detect.rises import Level, beside
from analytics.detect.weeks import LENGTH, week_ends, weekly_sums

SUNDAY = date(2026, 11, 1)


@given(first=st.dates(date(1999, 1, 1), date(2040, 1, 1)), days=st.integers(0, 60))
def test_weeks_end_on_saturday_for_skdr_and_on_sunday_for_iso_and_lie_wholly_in_the_days(first: date, days: int) -> None:
    dates = np.datetime64(first, "D") + np.arange(days)
    for week, weekday in (("skdr", 5), ("iso", 6)):
        ends = week_ends(dates, week)  # type: ignore[arg-type]
        whole = [n for n in range(days) if n >= LENGTH - 1 and (first + timedelta(days=n)).weekday() == weekday]
        assert ends.tolist() == whole


@given(st.integers(0, 2**31), st.integers(LENGTH, 50), st.floats(0, 1))
def test_a_week_is_the_sum_of_its_collected_days_and_says_how_much_of_it_was_collected(seed: int, days: int, least: float) -> None:
    rng = np.random.default_rng(seed)
    counts, exposure = rng.poisson(3, (3, days)).astype(float), rng.uniform(0, 1, (3, days))
    counts[rng.random((3, days)) < 0.2] = np.nan
    ends = week_ends(np.datetime64(SUNDAY) + np.arange(days), "skdr")
    sums, covered = weekly_sums(counts, exposure, ends, least)
    for n, end in enumerate(ends):
        week = slice(end - LENGTH + 1, end + 1)
        share = np.where(np.isnan(counts[:, week]), 0, exposure[:, week]).sum(axis=1) / LENGTH
        assert covered[:, n] == pytest.approx(share, abs=1e-12)
        kept = share >= least + 1e-9
        assert sums[kept, n] == pytest.approx(np.nansum(counts[kept, week], axis=1))
        assert np.isnan(sums[share < least - 1e-9, n]).all()


def test_weeks_beside_days_see_a_slow_rise_sooner_at_the_same_rate_of_false_alarms() -> None:
    (row,) = beside([Level(5, 2)], seed=4, series=200, alpha=0.001).to_dict("records")
    assert row["found_both"] > row["found_fair"] + 0.3
    assert row["late_both"] < row["late_fair"] - 7
    assert max(row["days"], row["weeks"]) <= row["both"] <= row["days"] + row["weeks"]
    assert row["both"] < 0.015
