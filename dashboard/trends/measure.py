"""The numbers of Trends: counts of each line, as shares, as rates, averaged, and beside the year before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, Final

import numpy as np
import pandas as pd

from dashboard import charts
from dashboard.epiweek import year_before
from dashboard.site import Site
from dashboard.smoothing import averages, reach
from dashboard.trends.view import View, unfinished
from warehouse.queries import MEASURES, Selection
from warehouse.records import ALL

LINES: Final = 6  #: lines when nothing was chosen to compare
PER: Final = 1_000  #: posts of a source that a rate is told for
_STEP: Final = {"day": 1, "week": 7, "month": 31}


def measured(site: Site, wanted: View, measures: Sequence[str] = tuple(MEASURES)) -> pd.DataFrame:
    """`Catalog.counts` of the view (`posts` among its `measures`), with more columns: exposure, share, rate, value, past.

    share: of all posts; for the posts alone it is told only where it is what is drawn, since all posts have to be counted for it.
    value: posts, share or rate as asked, averaged as asked; NaN where nothing was collected. An average does not reach into the period
    that is not over. past: `value` of the year before, NaN where there is none. A row for each period and line, largest line first.
    """
    found = _valued(site, wanted, measures)
    if wanted.past == "year" and len(found):
        found = found.assign(past=_past(site, wanted, found))
    else:
        found = found.assign(past=np.nan)
    order = found.groupby("key")["posts"].sum().sort_values(ascending=False, kind="stable").index
    ranked = found.assign(rank=found["key"].map({key: rank for rank, key in enumerate(order)}))
    return ranked.sort_values(["rank", "period"], kind="stable").drop(columns="rank").reset_index(drop=True)


def _valued(site: Site, wanted: View, measures: Sequence[str] = ("posts",)) -> pd.DataFrame:
    """Counts with exposure, share, rate and value, of the periods of the selection."""
    wider = replace(wanted, selection=_wider(site, wanted))
    counts = _counts(site, wider.selection, wider, measures=measures)
    exposure = site.catalog.exposure(wider.selection)
    counts["exposure"] = charts.period_exposure(counts["period"], exposure, wanted.unit, site.settings.general.week)
    open_period = unfinished(site, wanted.unit)
    gone = charts.with_gaps(counts["posts"], counts["exposure"]).isna() | (counts["period"] < _began(site, wanted))
    unsure = gone | ((counts["period"] == open_period) & wanted.averaged)
    known = counts["posts"].astype(float).mask(unsure)
    asked = wanted.share or len(measures) > 1
    counts["share"] = _ratio(wanted, counts, known, _all_posts(site, wider, counts)) if asked else np.nan
    counts["rate"] = _rates(site, wider, counts, unsure) if wanted.measure == "rate" else np.nan
    values = {"posts": _averaged(wanted, counts, known), "share": counts["share"], "rate": counts["rate"]}
    inside = counts["period"].between(pd.Timestamp(wanted.selection.first), pd.Timestamp(wanted.selection.last))
    first = pd.Timestamp(charts.period_of(wanted.selection.first, wanted.unit, site.settings.general.week))
    return counts.assign(value=values[wanted.measure].mask(gone))[inside | (counts["period"] == first)]


def _wider(site: Site, wanted: View) -> Selection:
    """The selection with the days before and after that an average of its ends reads."""
    behind, ahead = reach(wanted.unit, wanted.mean)
    step = _STEP[wanted.unit]
    chosen = wanted.selection
    return replace(
        chosen,
        first=chosen.first - timedelta(days=behind * step),
        last=min(chosen.last + timedelta(days=ahead * step), max(site.catalog.today(), chosen.last)),
    )


def _began(site: Site, wanted: View) -> pd.Timestamp:
    """The first period that has posts at all: before it nothing is known, which is no zero."""
    first = site.catalog.first_day() or site.catalog.today()
    return pd.Timestamp(charts.period_of(first, wanted.unit, site.settings.general.week))


def _counts(site: Site, selection: Selection, wanted: View, keys: int = LINES, measures: Sequence[str] = ("posts",)) -> pd.DataFrame:
    week = site.settings.general.week
    return site.catalog.counts(selection, wanted.by, wanted.unit, week, keys=keys, measures=measures)  # type: ignore[arg-type]


def _all_posts(site: Site, wanted: View, counts: pd.DataFrame) -> pd.Series:
    """All posts of the period, places, languages and sources of each row, whatever their topic.

    Lines of places, sources or languages about chosen topics are held against all posts of that place, source or language.
    """
    own = bool(wanted.selection.topics) and wanted.by in ("place", "source", "lang")
    whole = _counts(site, replace(wanted.selection, topics=()), wanted if own else replace(wanted, by=None), 10_000)
    if not own:
        return counts["period"].map(whole.set_index("period")["posts"])
    found = whole.set_index(["key", "period"])["posts"].reindex(pd.MultiIndex.from_frame(counts[["key", "period"]]))
    return pd.Series(found.to_numpy(), index=counts.index)


def _averaged(wanted: View, counts: pd.DataFrame, values: pd.Series) -> pd.Series:
    """Each line's values as the moving average that was asked for."""
    if not wanted.averaged:
        return values
    parts = [
        pd.Series(averages(own.to_numpy(np.float64), wanted.unit, wanted.mean), index=own.index)
        for _key, own in values.groupby(counts["key"], sort=False)
    ]
    return pd.concat(parts).reindex(counts.index) if parts else values


def _ratio(wanted: View, counts: pd.DataFrame, part: pd.Series, whole: pd.Series) -> pd.Series:
    """Shares; of averages the part and the whole are averaged, not their ratio: a day of few posts then weighs little."""
    total = _averaged(wanted, counts, whole.astype(float).mask(part.isna() & wanted.averaged))
    mean = _averaged(wanted, counts, part) if wanted.averaged else counts["posts"].astype(float)
    return (mean / total.where(total > 0)).astype(float)


def _rates(site: Site, wanted: View, counts: pd.DataFrame, unsure: pd.Series) -> pd.Series:
    """Posts per 1,000 posts of the same source, over several sources as a mean that is standardised directly.

    rate = 1,000 * sum_s w_s y_s / n_s, where y_s are the line's posts of source s, n_s all its posts, and w_s the source's part of all
    posts of the whole span, the same in each period; sources without posts in a period are left out of it. So a source that is new,
    silent or louder than before moves no rate by itself. Source: Last, A Dictionary of Epidemiology, "standardization, direct".
    """
    week = site.settings.general.week
    every = Selection(sources=wanted.selection.sources, first=wanted.selection.first, last=wanted.selection.last)
    whole = site.catalog.counts(every, "source", wanted.unit, week, keys=10_000)  # type: ignore[arg-type]
    parts = site.catalog.counts_by_source(wanted.selection, wanted.by, wanted.unit, week)  # type: ignore[arg-type]
    periods = np.sort(counts["period"].unique())
    sources = list(dict.fromkeys(whole["key"]))
    total = _table(whole, "key", periods, sources)
    cut = _cut(counts, unsure, periods)
    rates: dict[Any, float] = {}
    for key in counts["key"].unique():
        own = [key] if wanted.by == "source" else sources
        at = [sources.index(source) for source in own if source in sources]
        posts = _table(parts[parts["key"] == key], "source", periods, sources)
        rate = standardised(np.where(cut, np.nan, posts)[at], np.where(cut, np.nan, total)[at], wanted)
        rates |= {(key, period): value for period, value in zip(periods, rate, strict=True)}
    return pd.Series([rates[key, period] for key, period in zip(counts["key"], counts["period"].to_numpy(), strict=True)], counts.index)


def _table(rows: pd.DataFrame, column: str, periods: Any, names: list[str]) -> np.ndarray:
    """(names, periods) posts, zero where there is no row."""
    wide = rows.pivot_table(index=column, columns="period", values="posts", aggfunc="sum", fill_value=0) if len(rows) else pd.DataFrame()
    return wide.reindex(index=names, columns=periods, fill_value=0).to_numpy(np.float64)


def _cut(counts: pd.DataFrame, unsure: pd.Series, periods: Any) -> np.ndarray:
    """(periods,) whether nothing was collected in it, or it is left out of averages."""
    return unsure.groupby(counts["period"]).min().reindex(periods, fill_value=False).to_numpy(bool)


def standardised(posts: np.ndarray, total: np.ndarray, wanted: View) -> np.ndarray:
    """(periods,) rate per 1,000; posts, total: (sources, periods), NaN where a period says nothing."""
    if wanted.averaged:
        posts, total = (averages(one, wanted.unit, wanted.mean) for one in (posts, total))
    there = total > 0
    weights = np.where(there, np.nansum(total, axis=1, keepdims=True), 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        return PER * np.where(there, weights * posts / total, 0.0).sum(axis=0) / weights.sum(axis=0)


def _past(site: Site, wanted: View, found: pd.DataFrame) -> pd.Series:
    """`value` of the year before, row by row."""
    before = year_before(found["period"], wanted.unit, site.settings.general.week)
    known = before[before.notna() & (before >= _began(site, wanted))]
    if known.empty:
        return pd.Series(np.nan, index=found.index)
    chosen = _pinned(wanted, list(found["key"].unique()))
    last: date = known.max().date() + timedelta(days=_STEP[wanted.unit] - 1)
    span = replace(chosen, first=known.min().date(), last=min(last, site.catalog.today()))
    past = _valued(site, replace(wanted, selection=span, past="off"))
    values = past.set_index(["key", "period"])["value"]
    return pd.Series(values.reindex(pd.MultiIndex.from_arrays([found["key"], before])).to_numpy(), index=found.index)


def _pinned(wanted: View, keys: list[str]) -> Selection:
    """The selection of exactly these lines: the largest of a year ago may have been others."""
    if wanted.by is None or keys == [ALL]:
        return wanted.selection
    name = {"topic": "topics", "place": "places", "source": "sources", "lang": "languages"}[wanted.by]
    chosen: dict[str, Any] = {name: tuple(keys)}
    return replace(wanted.selection, **chosen)
