"""False discovery rate over the many series of one day (Benjamini and Hochberg 1995, J R Stat Soc B 57:289-300)."""

from __future__ import annotations

import numpy as np

from analytics.detect.base import Floats


def q_values(pvalues: Floats) -> Floats:
    """Adjusted p-values of each day over all series: (series, days) in, the same out; NaN stays NaN and counts for no test.

    A signal of q <= 0.1 belongs to a set of signals of that day of which at most one in ten is expected to be false.
    """
    tests = (~np.isnan(pvalues)).sum(0)
    order = np.argsort(pvalues, axis=0, kind="stable")  # NaN last
    ordered = np.take_along_axis(pvalues, order, 0)
    rank = np.arange(1, len(pvalues) + 1)[:, None]
    scaled = np.where(np.isnan(ordered), np.inf, ordered * tests / rank)
    least = np.minimum(np.minimum.accumulate(scaled[::-1], axis=0)[::-1], 1.0)
    out = np.empty_like(pvalues)
    np.put_along_axis(out, order, least, 0)
    return np.where(np.isnan(pvalues), np.nan, out)
