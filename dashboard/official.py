"""Counts of an authority beside the posts: which series belongs to what is on the screen, and how posts compare with it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from difflib import get_close_matches
from functools import lru_cache
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analytics.official import Comparison, compare
from dashboard import charts
from warehouse.errors import InputError
from warehouse.queries import Catalog, Selection
from warehouse.records import ALL

COUNTRY: Final = "ID"  #: posts wherever they are stand beside the counts of the country
SHOWN: Final = "auto"  #: the counts of the topic on the screen
HIDDEN: Final = "off"


@dataclass(frozen=True)
class Counts:
    """One series of an authority. counts: day (first of the period), cases, the oldest first. topic: whose posts it is held against."""

    disease: str
    topic: str
    place_code: str
    period_days: int
    counts: pd.DataFrame


@dataclass(frozen=True)
class Held:
    """A comparison with the span that it covers and the days of a period."""

    first: date
    last: date
    periods: int
    period_days: int
    comparison: Comparison


def chosen(catalog: Catalog, selection: Selection, wanted: str) -> Counts | None:
    """The counts for one topic in one place (or in all of them): those of the longest series of the topic, or of the disease `wanted`.

    None where they are hidden, there are none, or the selection is of several topics or places.
    """
    if wanted == HIDDEN or len(selection.topics) != 1 or len(selection.places) > 1:
        return None
    place, topic = selection.places[0] if selection.places else COUNTRY, selection.topics[0]
    series = catalog.official_series()
    own = series[(series["place_code"] == place) & (series["topic"] == topic if wanted == SHOWN else series["disease"] == wanted)]
    if own.empty:
        return None
    row = own.sort_values(["periods", "disease"], ascending=[False, True]).iloc[0]
    counts = catalog.official_counts(str(row["disease"]), place)
    same = counts[counts["period_days"] == row["period_days"]]
    return Counts(str(row["disease"]), topic, place, int(row["period_days"]), same[["day", "cases"]].reset_index(drop=True))


def steps(series: Counts, unit: str, week: str, first: date, last: date) -> pd.DataFrame:
    """period, cases, label of what is drawn from `first` to `last`: NaN where a period was not reported, or not all days of it.

    A week is drawn over its days where the step is the day. Daily counts are added up to weeks and months.
    """
    days = _spread(series.counts, series.period_days) if unit == "day" or series.period_days == 1 else series.counts.assign(start=None)
    days = days[(days["day"] >= pd.Timestamp(first)) & (days["day"] <= pd.Timestamp(last))]
    if series.period_days == 1 and unit != "day":
        return _added(days, unit, week)
    length = 1 if unit == "day" else series.period_days
    table = _with_holes(days, length)
    own = pd.to_datetime(table["start"]).fillna(table["day"])
    kind = "week" if series.period_days == 7 else "day"
    return pd.DataFrame({"period": table["day"], "cases": table["cases"], "label": [charts.period_label(day, kind) for day in own]})


def _spread(counts: pd.DataFrame, length: int) -> pd.DataFrame:
    """Each period on each of its days; start: its first day."""
    days = counts.loc[counts.index.repeat(length)].reset_index(drop=True)
    shift = pd.to_timedelta(np.tile(np.arange(length), len(counts)), unit="D")
    return days.assign(start=days["day"], day=days["day"] + shift)


def _with_holes(days: pd.DataFrame, length: int) -> pd.DataFrame:
    """A row without a count after each period that no other follows at once."""
    after = days["day"] + pd.Timedelta(days=length)
    gone = after[:-1][(after[:-1].to_numpy() != days["day"][1:].to_numpy())]
    holes = pd.DataFrame({"day": gone, "cases": np.nan, "start": gone})
    return (
        pd.concat([days.astype({"cases": float}), holes]).sort_values("day", kind="stable") if len(holes) else days.astype({"cases": float})
    )


def _added(days: pd.DataFrame, unit: str, week: str) -> pd.DataFrame:
    start = charts.period_start(days["day"], unit, week)
    grouped = days.groupby(start)["cases"].agg(["sum", "count"])
    grouped = grouped.reindex(pd.date_range(start.min(), start.max(), freq=_frequency(start, unit))) if len(grouped) else grouped
    full = 7 if unit == "week" else pd.DatetimeIndex(grouped.index).days_in_month
    cases = grouped["sum"].where(grouped["count"] == full).astype(float)
    labels = [charts.period_label(day, unit) for day in grouped.index]
    return pd.DataFrame({"period": grouped.index, "cases": cases.to_numpy(), "label": labels})


def _frequency(start: pd.Series, unit: str) -> str:
    return "MS" if unit == "month" else f"W-{start.iloc[0]:%a}".upper()


def hold_against(catalog: Catalog, disease: str, topic: str, place: str) -> Held:
    """Compare posts of a topic in a place with the counts of a disease there; signals of all detectors count.

    place: a code, or '*' for posts wherever they are (held against the counts of the country). Periods before the first post and those
    that are not over are left out. Raises InputError when there is no such topic, are no such counts, or too few.
    """
    if topic not in (topics := list(catalog.topics()["topic"])):
        near = get_close_matches(topic.lower(), topics, 3, 0.5)
        meant = f"{' or '.join(near)} perhaps? " if near else ""
        raise InputError(f'no topic {topic!r}; {meant}`kentongan sql "select topic, name_en from topics"` lists them')
    found = catalog.official_counts(disease, COUNTRY if place == ALL else place)
    if found.empty:
        known = sorted({f"{row.disease} in {row.place_code}" for row in catalog.official_series().itertuples()})
        raise InputError(f"no official counts of {disease!r} in {place!r}; there are: {', '.join(known[:20]) or 'none'}")
    period = int(found["period_days"].mode().iloc[0])
    first, official = _regular(_collected(catalog, found[found["period_days"] == period], disease, period), period)
    last = first + timedelta(days=len(official) * period - 1)
    selection = Selection(topics=(topic,), places=() if place == ALL else (place,), first=first, last=last)
    comparison = compare(_posts(catalog, selection), official, period, _signals(catalog, selection, place))
    return Held(first, last, len(official), period, comparison)


@lru_cache(maxsize=32)
def held(catalog: Catalog, published_at: Any, disease: str, topic: str, place: str) -> Held | InputError:
    """`hold_against`, once for each published copy; its error where there is one."""
    try:
        return hold_against(catalog, disease, topic, place)
    except InputError as error:
        return error


def _collected(catalog: Catalog, found: pd.DataFrame, disease: str, period: int) -> pd.DataFrame:
    """The periods in which posts were collected: an event of earlier years could have had no signal."""
    began, ends = catalog.first_day() or catalog.today(), catalog.today()
    inside = (found["day"] >= pd.Timestamp(began)) & (found["day"] + pd.Timedelta(days=period) <= pd.Timestamp(ends))
    if not inside.any():
        spans = f"from {found['day'].min():%Y-%m-%d} to {found['day'].max():%Y-%m-%d}"
        raise InputError(f"official counts of {disease!r} are {spans}; posts are from {began} to {ends}")
    return found[inside]


def _regular(found: pd.DataFrame, period: int) -> tuple[date, NDArray[np.float64]]:
    """First day, and the cases of each period, NaN where none was reported. Raises InputError when periods overlap."""
    days = pd.to_datetime(found["day"])
    at = (days - days.iloc[0]).dt.days.to_numpy()
    if (at % period).any():
        wrong = days.iloc[int((at % period).argmax())]
        raise InputError(f"official counts: the period that begins on {wrong:%Y-%m-%d} does not follow those from {days.iloc[0]:%Y-%m-%d}")
    official = np.full(at[-1] // period + 1, np.nan)
    official[at // period] = found["cases"].to_numpy(np.float64)
    return days.iloc[0].date(), official


def _on_days(days: pd.DatetimeIndex, selection: Selection) -> NDArray[np.int64]:
    return (days - pd.Timestamp(selection.first)).days.to_numpy()


def _posts(catalog: Catalog, selection: Selection) -> NDArray[np.float64]:
    """(days,) posts, NaN where nothing was collected and after the day of the publication."""
    counts = catalog.counts(selection, measures=("posts",))
    covered = catalog.exposure(selection).set_index("day")["exposure"].reindex(counts["period"]).reset_index(drop=True)
    posts = np.full(selection.days(), np.nan)
    posts[_on_days(pd.DatetimeIndex(counts["period"]), selection)] = charts.with_gaps(counts["posts"].reset_index(drop=True), covered)
    return posts


def _signals(catalog: Catalog, selection: Selection, place: str) -> NDArray[np.bool_]:
    found = catalog.signal_days(selection)
    own = found[(found["place_code"] == place) & found["since"].isna()]
    raised = np.zeros(selection.days(), bool)
    raised[_on_days(pd.DatetimeIndex(own["day"]), selection)] = True
    return raised
