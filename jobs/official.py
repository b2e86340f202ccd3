"""Hold the posts of a published warehouse against the counts of an authority."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analytics.official import LONGEST, Comparison, compare
from dashboard.charts import with_gaps
from warehouse.errors import InputError
from warehouse.queries import Catalog, Selection
from warehouse.records import ALL


@dataclass(frozen=True)
class Held:
    """A comparison with the span that it covers and the days of a period."""

    first: date
    last: date
    periods: int
    period_days: int
    comparison: Comparison


def hold_against(catalog: Catalog, disease: str, topic: str, place: str) -> Held:
    """Compare posts of a topic in a place with the counts of a disease there; signals of all detectors count.

    place: a code, or '*' for posts wherever they are (held against the counts of the country). Raises InputError when there are no such
    counts, or too few.
    """
    found = catalog.official_counts(disease, "ID" if place == ALL else place)
    if found.empty:
        known = sorted({f"{row.disease} in {row.place_code}" for row in catalog.official_series().itertuples()})
        raise InputError(f"no official counts of {disease!r} in {place!r}; there are: {', '.join(known[:20]) or 'none'}")
    period = int(found["period_days"].mode().iloc[0])
    first, official = _regular(found[found["period_days"] == period], period)
    last = first + timedelta(days=len(official) * period - 1)
    chosen = Selection(topics=(topic,), places=() if place == ALL else (place,), first=first, last=last)
    comparison = compare(_posts(catalog, chosen), official, period, _signals(catalog, chosen, place))
    return Held(first, last, len(official), period, comparison)


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


def _on_days(days: pd.DatetimeIndex, chosen: Selection) -> NDArray[np.int64]:
    return (days - pd.Timestamp(chosen.first)).days.to_numpy()


def _posts(catalog: Catalog, chosen: Selection) -> NDArray[np.float64]:
    """(days,) posts, NaN where nothing was collected and after the day of the publication."""
    counts = catalog.counts(chosen)
    covered = catalog.exposure(chosen).set_index("day")["exposure"].reindex(counts["period"]).reset_index(drop=True)
    posts = np.full(chosen.days(), np.nan)
    posts[_on_days(pd.DatetimeIndex(counts["period"]), chosen)] = with_gaps(counts["posts"].reset_index(drop=True), covered)
    return posts


def _signals(catalog: Catalog, chosen: Selection, place: str) -> NDArray[np.bool_]:
    found = catalog.signals(chosen, 10_000)
    own = found[(found["place_code"] == place) & found["since"].isna()]
    raised = np.zeros(chosen.days(), bool)
    raised[_on_days(pd.DatetimeIndex(own["day"]), chosen)] = True
    return raised


def lines(held: Held) -> list[tuple[str, str]]:
    """What came of it, as (measure, value) for a table."""
    one = held.comparison
    low, high = one.lead_interval
    at = dict(zip(one.lags.tolist(), one.correlation.tolist(), strict=True))
    return [
        ("periods", f"{held.periods} of {held.period_days} days, {held.first} to {held.last}"),
        ("correlation, same days (Spearman)", _number(at[0], 2)),
        ("highest correlation", "–" if one.best_lag is None else f"{at[one.best_lag]:.2f}"),
        (
            "lead time of posts, days",
            "–" if one.best_lag is None else f"{one.lead_days:.0f} (95 % interval {low:.0f} to {high:.0f}; looked at up to {LONGEST})",
        ),
        ("official events", str(one.events)),
        ("sensitivity: events with a signal", "–" if np.isnan(one.sensitivity) else f"{100 * one.sensitivity:.0f} %"),
        ("median delay of the first signal, days", _number(one.median_delay, 1)),
    ]


def _number(value: float, digits: int) -> str:
    return "–" if np.isnan(value) else f"{value:.{digits}f}"
