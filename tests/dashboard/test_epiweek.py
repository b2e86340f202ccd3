"""Epidemiological weeks, moving averages, shares of voice: numbers against hand-made ones and against Python's own calendar."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.epiweek import year_and_week, year_before
from dashboard.smoothing import averages, reach
from dashboard.trends.measure import standardised
from dashboard.trends.view import View
from dashboard.voice import shares
from warehouse.queries import Selection

SOME_DAYS = st.dates(date(2001, 1, 1), date(2060, 12, 31))
VIEW = View(Selection(first=date(2026, 1, 1), last=date(2026, 1, 31)), "day", "topic", measure="rate")


def _days(*days: date) -> pd.Series:
    return pd.Series(pd.to_datetime(list(days)))


@given(SOME_DAYS)
def test_weeks_of_iso_are_those_of_pythons_calendar(day: date) -> None:
    years, weeks = year_and_week(_days(day), "iso")
    assert (years.iloc[0], weeks.iloc[0]) == day.isocalendar()[:2]


@pytest.mark.parametrize(
    ("day", "year", "week"),
    [(date(2026, 1, 3), 2025, 53), (date(2026, 1, 4), 2026, 1), (date(2024, 12, 29), 2025, 1), (date(2020, 12, 27), 2020, 53)],
)
def test_weeks_of_skdr_begin_on_sunday_and_week_one_has_four_days_of_its_year(day: date, year: int, week: int) -> None:
    years, weeks = year_and_week(_days(day), "skdr")
    assert (years.iloc[0], weeks.iloc[0]) == (year, week)


@given(SOME_DAYS, st.sampled_from(["skdr", "iso"]))
def test_the_year_before_has_the_same_week_and_weekday_or_none(day: date, week: str) -> None:
    before = year_before(_days(day), "day", week)
    year, number = (part.iloc[0] for part in year_and_week(_days(day), week))
    if before.isna().iloc[0]:
        assert number == 53
        return
    assert tuple(part.iloc[0] for part in year_and_week(before, week)) == (year - 1, number)
    assert before.dt.day_of_week.iloc[0] == day.weekday()
    assert timedelta(days=357) <= day - before.iloc[0].date() <= timedelta(days=371)


def test_a_month_is_compared_with_the_month_of_the_same_name() -> None:
    assert year_before(_days(date(2024, 2, 1)), "month", "skdr").iloc[0] == pd.Timestamp("2023-02-01")


def test_a_trailing_mean_of_seven_days_is_that_of_the_last_seven() -> None:
    found = averages(np.arange(10.0), "day", "trailing")
    assert np.isnan(found[:6]).all()
    assert found[6:] == pytest.approx([3.0, 4.0, 5.0, 6.0])


def test_a_centred_mean_ends_where_the_days_after_are_not_known() -> None:
    found = averages(np.arange(10.0), "day", "centred")
    assert found[3:7] == pytest.approx([3.0, 4.0, 5.0, 6.0])
    assert np.isnan(found[[0, 1, 2, 7, 8, 9]]).all()


def test_four_weeks_centred_have_half_a_week_at_either_end() -> None:
    found = averages(np.array([8.0, 0, 0, 0, 16.0]), "week", "centred")
    assert found[2] == 8 / 8 + 16 / 8
    assert reach("week", "centred") == (2, 2)
    assert reach("month", "centred") == (0, 0)


def test_a_gap_stays_a_gap_and_is_looked_through_beside_it() -> None:
    values = np.full(20, 5.0)
    values[10] = np.nan
    found = averages(values, "day", "trailing")
    assert np.isnan(found[10])
    assert found[11] == pytest.approx(5.0)
    values[7:11] = np.nan  # four of seven: too little is left to say anything
    assert np.isnan(averages(values, "day", "trailing")[11])


def test_shares_of_voice_add_up_and_a_period_without_posts_has_none() -> None:
    found = shares(pd.DataFrame({"a": [3.0, 0.0, np.nan], "b": [1.0, 0.0, np.nan]}))
    assert found.loc[0].tolist() == [0.75, 0.25]
    assert found.loc[1:].isna().all().all()


def test_a_source_that_grows_louder_does_not_move_a_rate() -> None:
    posts = np.array([[10.0, 10.0], [1.0, 10.0]])
    total = np.array([[100.0, 100.0], [100.0, 1000.0]])  # each source speaks of it as often as before
    rates = standardised(posts, total, VIEW)
    assert rates[0] == pytest.approx(rates[1])
    assert posts.sum(axis=0)[0] / total.sum(axis=0)[0] != pytest.approx(posts.sum(axis=0)[1] / total.sum(axis=0)[1])


def test_a_rate_is_that_of_the_sources_that_have_posts() -> None:
    rates = standardised(
        np.array([[10.0, 10.0, np.nan], [5.0, 0.0, np.nan]]), np.array([[100.0, 100.0, np.nan], [50.0, 0.0, np.nan]]), VIEW
    )
    assert rates[:2].tolist() == [100.0, 100.0]
    assert np.isnan(rates[2])
