"""Epidemiological weeks: their number, and the period that stands at the same place of the year before. Arrays in, arrays out.

Week 1 is the first with at least four days in its year, so it holds 4 January; weeks start on Sunday (skdr: SKDR, the MMWR week of the US
CDC) or Monday (iso: ISO 8601). A year has 52 weeks or 53.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

import pandas as pd

DAY: Final = pd.Timedelta(days=1)


def week_start(days: pd.Series, week: str) -> pd.Series:
    """The first day of the week of each day."""
    since = (days.dt.day_of_week + 1) % 7 if week == "skdr" else days.dt.day_of_week
    return days - pd.to_timedelta(since, unit="D")


def week_of(day: date, week: str) -> date:
    """The first day of the week of one day."""
    return day - timedelta(days=day.isoweekday() % 7 if week == "skdr" else day.weekday())


def first_week(years: pd.Series, week: str) -> pd.Series:
    """The first day of week 1 of each year."""
    fourth = (years.to_numpy(int) - 1970).astype("datetime64[Y]").astype("datetime64[D]") + 3  # of January
    return week_start(pd.Series(fourth.astype("datetime64[s]"), years.index), week)


def year_and_week(days: pd.Series, week: str) -> tuple[pd.Series, pd.Series]:
    """The year that a day's week belongs to, and the week's number in it."""
    start = week_start(days, week)
    years = (start + 3 * DAY).dt.year
    return years, (start - first_week(years, week)).dt.days // 7 + 1


def year_before(periods: pd.Series, unit: str, week: str) -> pd.Series:
    """The period of the year before that each period (its first day) is compared with; NaT where that year has no such week.

    A day is compared with the same weekday of the same epidemiological week, a week with the week of the same number, a month with the
    month of the same name.
    """
    if unit == "month":
        return periods - pd.DateOffset(years=1)
    start = week_start(periods, week)
    years, numbers = year_and_week(periods, week)
    before = first_week(years - 1, week) + pd.to_timedelta(7 * (numbers - 1), unit="D")
    return (before + (periods - start)).where(before < first_week(years, week))
