"""The band of what would have been ordinary, computed for the one series on the screen by the detector that the worker uses."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import numpy as np
import pandas as pd

from analytics.detect.base import build, history
from warehouse.queries import Catalog, Selection
from warehouse.settings import Detect

LONGEST: Final = 800  #: days for which a band is computed


def band(catalog: Catalog, selection: Selection, detect: Detect) -> pd.DataFrame:
    """period, expected, upper for each day of the selection, whose series is its topic and place (or all); NaN where nothing can be said.

    Days that were covered less than `detect.min_exposure` are no baseline, as in the worker.
    """
    if selection.days() > LONGEST:
        return pd.DataFrame(columns=["period", "expected", "upper"])
    detector = build(detect.algorithm, detect.params)
    wider = Selection(
        topics=selection.topics, places=selection.places, first=selection.first - timedelta(days=history(detector)), last=selection.last
    )
    daily = catalog.counts(wider)
    covered = catalog.exposure(wider)["exposure"].to_numpy(dtype=float)
    posts = daily["posts"].to_numpy(dtype=float)
    began = catalog.first_day() or selection.first
    posts[(covered < detect.min_exposure) | (daily["period"] < pd.Timestamp(began)).to_numpy()] = np.nan
    exposure = np.nan_to_num(covered, nan=1.0)
    found = detector.detect(posts[None, :], daily["period"].to_numpy(dtype="datetime64[D]"), exposure[None, :])
    known = ~np.isnan(posts)  # of a day that was not collected nothing was to be expected
    bounds = {name: np.where(known, getattr(found, name)[0], np.nan) for name in ("expected", "upper")}
    table = pd.DataFrame({"period": daily["period"], **bounds})
    return table[table["period"] >= pd.Timestamp(selection.first)].reset_index(drop=True)
