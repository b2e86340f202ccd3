"""Sums of whole weeks, for a second look at slow rises: what a detector takes once a week, beside the days.

Seven days together have seven times the posts, so that a rise too slow for any single day is seen sooner where counts are low (the weekly
scenarios of Noufaily et al. 2013, Stat Med 32:1206-1222). Weeks do not overlap, and each is tested when it is complete: one more test a
series and week, at the same alpha, beside seven of days.
"""

from __future__ import annotations

from typing import Final, Literal

import numpy as np

from analytics.detect.base import Days, Floats

LENGTH: Final = 7  #: days
WARM_UP: Final = 52  #: weeks before the first verdict, so that the season was seen once
LAST_DAY: Final = {"skdr": 2, "iso": 3}  #: of an epidemiological week: Saturday, Sunday; days are counted from a Thursday, as the epoch was


def week_ends(days: Days, week: Literal["skdr", "iso"]) -> np.ndarray:
    """Positions of the last days of the weeks that lie wholly in `days` (consecutive)."""
    numbers = days.astype("datetime64[D]").astype(np.int64)
    ends = np.flatnonzero(numbers % LENGTH == LAST_DAY[week])
    return ends[ends >= LENGTH - 1]


def weekly_sums(counts: Floats, exposure: Floats, ends: np.ndarray, least: float) -> tuple[Floats, Floats]:
    """Posts and exposure of the weeks that end at these positions, (series, weeks) each.

    counts, exposure: (series, days); NaN counts are days that were not collected: they add nothing, and the week's exposure, the mean of
    its days', says so. A week whose exposure is below `least` is NaN.
    """
    there = ~np.isnan(counts)
    posts, covered = (_sums(np.where(there, array, 0.0), ends) for array in (counts, exposure))
    covered /= LENGTH
    return np.where(covered >= least, posts, np.nan), covered


def _sums(array: Floats, ends: np.ndarray) -> Floats:
    up_to = np.concatenate([np.zeros((len(array), 1)), np.cumsum(array, axis=1)], axis=1)
    return up_to[:, ends + 1] - up_to[:, ends + 1 - LENGTH]
