"""The numbers of Trends: counts of each line, as shares, as rates, averaged, and beside the year before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from dashboard import charts
from dashboard.epiweek import year_before
from dashboard.site import Site
from dashboard.smoothing import Floats, averages, reach
from dashboard.trends.view import View, unfinished
from warehouse.queries import MEASURES, Selection
from warehouse.records import ALL

LINES: Final = 6  #: lines when nothing was chosen to compare
PER: Final = 1_000  #: posts of a source that a rate is told for
_STEP: Final = {"day": 1, "week": 7, "month": 31}

Days = npt.NDArray[np.datetime64]


@dataclass(frozen=True)
class Grid:
    """What was counted, and what is told of it. keys: the lines, in the order of the alphabet; periods: (periods,) their first days; posts
    and the other counts, share, rate and value: (lines, periods); exposure: (periods,)."""

    keys: list[str]
    periods: Days
    counts: dict[str, npt.NDArray[np.int64]]
    exposure: Floats
    share: Floats
    rate: Floats
    value: Floats

    def cut(self, chosen: npt.NDArray[np.bool_]) -> Grid:
        """These periods alone."""
        counts = {name: values[:, chosen] for name, values in self.counts.items()}
        told = (self.share, self.rate, self.value)
        return Grid(self.keys, self.periods[chosen], counts, self.exposure[chosen], *(values[:, chosen] for values in told))


def measured(site: Site, wanted: View, measures: Sequence[str] = tuple(MEASURES)) -> pd.DataFrame:
    """`Catalog.counts` of the view (`posts` among its `measures`), with more columns: exposure, share, rate, value, past.

    share: of all posts; for the posts alone it is told only where it is what is drawn, since all posts have to be counted for it.
    value: posts, share or rate as asked, averaged as asked; NaN where nothing was collected. An average does not reach into the period
    that is not over. past: `value` of the year before, NaN where there is none. A row for each period and line, largest line first.
    """
    found = _valued(site, wanted, measures)
    past = _past(site, wanted, found) if wanted.past == "year" else np.full(found.value.shape, np.nan)
    largest = np.argsort(-found.counts["posts"].sum(axis=1), kind="stable")
    told = {**found.counts, "exposure": np.broadcast_to(found.exposure, past.shape), "share": found.share, "rate": found.rate}
    rows = {name: values[largest].ravel() for name, values in {**told, "value": found.value, "past": past}.items()}
    keys = pd.array(np.repeat(np.array(found.keys, object)[largest], len(found.periods)), dtype="str")
    return pd.DataFrame({"period": np.tile(found.periods, len(found.keys)), "key": keys, **rows})


def _valued(site: Site, wanted: View, measures: Sequence[str] = ("posts",)) -> Grid:
    """Counts with exposure, share, rate and value, of the periods of the selection."""
    wider = replace(wanted, selection=_wider(site, wanted))
    keys, periods, counts = _counted(site, wider.selection, wider, measures=measures)
    posts = counts["posts"]
    covered = _covered(site, wider, periods)
    gone = ((covered < charts.GAP) & (posts == 0)) | (periods < np.datetime64(_began(site, wanted)))
    unsure = gone | ((periods == np.datetime64(unfinished(site, wanted.unit))) & wanted.averaged)
    known = np.where(unsure, np.nan, posts)
    nothing = np.full(posts.shape, np.nan)
    asked = wanted.share or len(measures) > 1
    share = _ratio(wanted, posts, known, _all_posts(site, wider, keys, periods)) if asked else nothing
    rate = _rates(site, wider, keys, periods, unsure) if wanted.measure == "rate" else nothing
    value = {"posts": _averaged(wanted, known), "share": share, "rate": rate}[wanted.measure]
    found = Grid(keys, periods, counts, covered, share, rate, np.where(gone, np.nan, value))
    chosen = wanted.selection
    first = np.datetime64(charts.period_of(chosen.first, wanted.unit, site.settings.general.week))
    inside = (periods >= np.datetime64(chosen.first)) & (periods <= np.datetime64(chosen.last))
    return found.cut(inside | (periods == first))


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


def _began(site: Site, wanted: View) -> date:
    """The first period that has posts at all: before it nothing is known, which is no zero."""
    first = site.catalog.first_day() or site.catalog.today()
    return charts.period_of(first, wanted.unit, site.settings.general.week)


def _counted(
    site: Site, selection: Selection, wanted: View, keys: int = LINES, measures: Sequence[str] = ("posts",)
) -> tuple[list[str], Days, dict[str, npt.NDArray[np.int64]]]:
    """Keys, periods, and counts as (keys, periods)."""
    week = site.settings.general.week
    found = site.catalog.counts(selection, wanted.by, wanted.unit, week, keys=keys, measures=measures)  # type: ignore[arg-type]
    periods = np.unique(found["period"].to_numpy())
    shape = -1, max(len(periods), 1)  # `Catalog.counts` has each key with each period, key by key
    named = found["key"].to_numpy().reshape(shape)[:, 0].tolist()
    return named, periods, {name: found[name].to_numpy(np.int64).reshape(len(named), len(periods)) for name in measures}


def _covered(site: Site, wanted: View, periods: Days) -> Floats:
    exposure = site.catalog.exposure(wanted.selection)
    return charts.period_exposure(pd.Series(periods), exposure, wanted.unit, site.settings.general.week).to_numpy(np.float64)


def _all_posts(site: Site, wanted: View, keys: list[str], periods: Days) -> Floats:
    """All posts of the period, places, languages and sources of each line, whatever their topic: (keys or one, periods), NaN where there
    are none such.

    Lines of places, sources or languages about chosen topics are held against all posts of that place, source or language.
    """
    own = bool(wanted.selection.topics) and wanted.by in ("place", "source", "lang")
    whole, days, counts = _counted(site, replace(wanted.selection, topics=()), wanted if own else replace(wanted, by=None), 10_000)
    return _looked_up(
        counts["posts"], whole, days, keys if own else whole, np.broadcast_to(periods, (len(keys if own else whole), len(periods)))
    )


def _looked_up(values: npt.NDArray[Any], keys: list[str], periods: Days, wanted: list[str], at: Days) -> Floats:
    """values: (keys, periods). Those of the wanted keys at the periods `at`, (wanted, ...): NaN where there are none."""
    row = pd.Index(keys).get_indexer(pd.Index(wanted)) if keys else np.full(len(wanted), -1)
    column = pd.DatetimeIndex(periods).get_indexer(pd.DatetimeIndex(at.ravel())).reshape(at.shape)
    there = (row[:, None] >= 0) & (column >= 0)
    return np.where(there, values[row[:, None], column] if values.size else np.nan, np.nan)


def _averaged(wanted: View, values: Floats) -> Floats:
    """Each line's values as the moving average that was asked for."""
    return averages(values, wanted.unit, wanted.mean) if wanted.averaged else values


def _ratio(wanted: View, posts: npt.NDArray[np.int64], part: Floats, whole: Floats) -> Floats:
    """Shares; of averages the part and the whole are averaged, not their ratio: a day of few posts then weighs little."""
    total = _averaged(wanted, np.where(np.isnan(part) & wanted.averaged, np.nan, whole))
    mean = _averaged(wanted, part) if wanted.averaged else posts
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(total > 0, mean / total, np.nan)


def _rates(site: Site, wanted: View, keys: list[str], periods: Days, unsure: npt.NDArray[np.bool_]) -> Floats:
    """Posts per 1,000 posts of the same source, over several sources as a mean that is standardised directly.

    rate = 1,000 * sum_s w_s y_s / n_s, where y_s are the line's posts of source s, n_s all its posts, and w_s the source's part of all
    posts of the whole span, the same in each period; sources without posts in a period are left out of it. So a source that is new,
    silent or louder than before moves no rate by itself. Source: Last, A Dictionary of Epidemiology, "standardization, direct".
    """
    every = Selection(sources=wanted.selection.sources, first=wanted.selection.first, last=wanted.selection.last)
    sources, days, whole = _counted(site, every, replace(wanted, by="source"), 10_000)
    total = _looked_up(whole["posts"], sources, days, sources, np.broadcast_to(periods, (len(sources), len(periods))))
    parts = _by_source(site, wanted, keys, sources, periods)
    cut = unsure.all(axis=0)
    rates = np.full((len(keys), len(periods)), np.nan)
    for line, key in enumerate(keys):
        at = [sources.index(key)] if wanted.by == "source" and key in sources else [] if wanted.by == "source" else slice(None)
        rates[line] = standardised(np.where(cut, np.nan, parts[line])[at], np.where(cut, np.nan, total)[at], wanted)
    return rates


def _by_source(site: Site, wanted: View, keys: list[str], sources: list[str], periods: Days) -> Floats:
    """(keys, sources, periods) posts, zero where there are none."""
    found = site.catalog.counts_by_source(wanted.selection, wanted.by, wanted.unit, site.settings.general.week)  # type: ignore[arg-type]
    at = [
        pd.Index(keys).get_indexer(pd.Index(found["key"])) if keys else np.full(len(found), -1),
        pd.Index(sources).get_indexer(pd.Index(found["source"])) if sources else np.full(len(found), -1),
        pd.DatetimeIndex(periods).get_indexer(pd.DatetimeIndex(found["period"])),
    ]
    known = np.all([one >= 0 for one in at], axis=0)
    posts = np.zeros((len(keys), len(sources), len(periods)))
    posts[tuple(one[known] for one in at)] = found["posts"].to_numpy(np.float64)[known]
    return posts


def standardised(posts: np.ndarray, total: np.ndarray, wanted: View) -> np.ndarray:
    """(periods,) rate per 1,000; posts, total: (sources, periods), NaN where a period says nothing."""
    if wanted.averaged:
        posts, total = (averages(one, wanted.unit, wanted.mean) for one in (posts, total))
    there = total > 0
    weights = np.where(there, np.nansum(total, axis=1, keepdims=True), 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        return PER * np.where(there, weights * posts / total, 0.0).sum(axis=0) / weights.sum(axis=0)


def _past(site: Site, wanted: View, found: Grid) -> Floats:
    """`value` of the year before, (lines, periods)."""
    before = year_before(pd.Series(found.periods), wanted.unit, site.settings.general.week).to_numpy()
    known = before[~np.isnat(before) & (before >= np.datetime64(_began(site, wanted)))]
    if not len(known) or not found.keys:
        return np.full(found.value.shape, np.nan)
    last: date = pd.Timestamp(known.max()).date() + timedelta(days=_STEP[wanted.unit] - 1)
    first: date = pd.Timestamp(known.min()).date()
    span = replace(_pinned(wanted, found.keys), first=first, last=min(last, site.catalog.today()))
    past = _valued(site, replace(wanted, selection=span, past="off"))
    return _looked_up(past.value, past.keys, past.periods, found.keys, np.broadcast_to(before, found.value.shape))


def _pinned(wanted: View, keys: list[str]) -> Selection:
    """The selection of exactly these lines: the largest of a year ago may have been others."""
    if wanted.by is None or keys == [ALL]:
        return wanted.selection
    name = {"topic": "topics", "place": "places", "source": "sources", "lang": "languages"}[wanted.by]
    chosen: dict[str, Any] = {name: tuple(keys)}
    return replace(wanted.selection, **chosen)
