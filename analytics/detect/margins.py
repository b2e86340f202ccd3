"""What is expected of each place on each day when places differ, days differ, and nothing else does."""

from __future__ import annotations

import numpy as np

from analytics.detect.base import Floats

STEPS = 200  #: of the fitting, which needs a handful where few cells are missing
CLOSE = 1e-9  #: change of a place's factor, relative, that is no longer worth a step


def expected_by_margins(counts: Floats) -> Floats:
    """Quasi-independence: a_i b_j on the collected cells, with the sums over places and over days of the counts.

    counts: (places, days), NaN where nothing was collected; the same shape and the same gaps come back. Iterative proportional fitting
    (Goodman 1968, JASA 63:1091-1131); without gaps it is the product of the sums over the total, which the permutation scan expects.
    """
    there = ~np.isnan(counts)
    seen = np.where(there, counts, 0.0)
    a_place, a_day = seen.sum(axis=1), seen.sum(axis=0)
    place, day = np.ones(len(a_place)), np.ones(len(a_day))
    for _ in range(STEPS):
        day = _share(a_day, place @ there)
        before, place = place, _share(a_place, there @ day)
        if np.abs(place - before).max(initial=0.0) <= CLOSE * np.abs(place).max(initial=0.0):
            break
    return np.where(there, np.outer(place, day), np.nan)


def _share(counted: Floats, reached: Floats) -> Floats:
    """counted / reached, 0 where nothing can be reached."""
    return np.divide(counted, reached, out=np.zeros_like(counted), where=reached > 0)
