"""The band of what would have been ordinary, computed for the series on the screen by the detector that the worker uses."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from threading import Condition
from typing import Any, Final

import numpy as np
import pandas as pd
from cachetools import LRUCache, cached

from analytics.detect.base import build, history
from warehouse.queries import Catalog, Selection
from warehouse.queries.reader import Stamp
from warehouse.queries.selection import By
from warehouse.records import ALL
from warehouse.settings import Detect

_KEPT: Final[LRUCache[Any, dict[str, pd.DataFrame]]] = LRUCache(64)
LONGEST: Final = 800  #: days for which a band is computed


def band(catalog: Catalog, selection: Selection, detect: Detect) -> pd.DataFrame:
    """period, expected, upper for each day of the selection, whose series is its topic and place (or all); NaN where nothing can be said.

    Days that were covered less than `detect.min_exposure` are no baseline, as in the worker.
    """
    return bands(catalog, selection, detect, None, [ALL]).get(ALL, pd.DataFrame(columns=["period", "expected", "upper"]))


def bands(catalog: Catalog, selection: Selection, detect: Detect, by: By | str | None, keys: list[str]) -> dict[str, pd.DataFrame]:
    """`band` of several series at once, by key: the topics or places `keys` of the selection. None for a span that is too long."""
    if selection.days() > LONGEST or not keys:
        return {}
    return _bands(catalog, catalog.copy(), selection, detect, by, tuple(keys))


def _asked(catalog: Catalog, copy: Stamp, selection: Selection, detect: Detect, by: By | str | None, keys: tuple[str, ...]) -> Any:
    return catalog, copy, selection, detect.model_dump_json(), by, keys


@cached(_KEPT, _asked, condition=Condition())
def _bands(
    catalog: Catalog, _copy: Stamp, selection: Selection, detect: Detect, by: By | str | None, keys: tuple[str, ...]
) -> dict[str, pd.DataFrame]:
    """The detector reads a year before the first day: what it says of a published copy is kept, and nobody may change it."""
    detector = build(detect.algorithm, detect.params)
    chosen: dict[str, Any] = {"topic": {"topics": keys}, "place": {"places": keys}}.get(by or "", {})
    wider = replace(selection, first=selection.first - timedelta(days=history(detector)), **chosen)
    counts = catalog.counts(wider, by, measures=("posts",))  # type: ignore[arg-type]
    days = pd.DatetimeIndex(np.unique(counts["period"].to_numpy()))
    counted = counts["posts"].to_numpy(float).reshape(-1, max(len(days), 1))  # each key with each day, key by key
    at = pd.Index(counts["key"].to_numpy()[:: max(len(days), 1)]).get_indexer(pd.Index(keys))
    posts = np.where(at[:, None] >= 0, counted[at], np.nan)
    covered = catalog.exposure(wider)["exposure"].to_numpy(dtype=float)
    began = catalog.first_day() or selection.first
    posts[:, (covered < detect.min_exposure) | (days < pd.Timestamp(began))] = np.nan
    exposure = np.broadcast_to(np.nan_to_num(covered, nan=1.0), posts.shape)
    found = detector.detect(posts, days.to_numpy(dtype="datetime64[D]"), exposure)
    known = ~np.isnan(posts)  # of a day that was not collected nothing was to be expected
    expected, upper = (np.where(known, getattr(found, name), np.nan) for name in ("expected", "upper"))
    shown = days >= pd.Timestamp(selection.first)
    return {
        key: pd.DataFrame({"period": days[shown], "expected": expected[row][shown], "upper": upper[row][shown]})
        for row, key in enumerate(keys)
    }
