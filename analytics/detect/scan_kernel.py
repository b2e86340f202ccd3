"""The hot loops of the space-time scan statistic (scan.py), compiled.

A cylinder is a zone (a place and its k nearest neighbours) times the last w days. Its count is a running sum over neighbours, and its
log-likelihood ratio grows with the count, so that a random panel needs no logarithm: the least count that reaches a wanted ratio is
worked out once for every cylinder, and only the few cylinders that reach it are looked at closely.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

from analytics.detect.base import Floats

Ints = npt.NDArray[np.int64]
LEAST_CASES = 2  #: one post alone is no cluster


@njit(cache=True)
def log_likelihood_ratio(cases: float, expected: float, total: float) -> float:
    """c log(c / e) + (C - c) log((C - c) / (C - e)) for c > e, else 0 (Kulldorff 1997, equation for an excess)."""
    if cases <= expected or cases < LEAST_CASES:
        return 0.0
    inside = cases * np.log(cases / expected)
    return inside if cases >= total else inside + (total - cases) * np.log((total - cases) / (total - expected))


@njit(cache=True)
def zone_expected(order: Ints, sizes: Ints, cumulative: Floats, most: int) -> Floats:
    """Expected counts of all cylinders (places, most, days) from those of single places (places, days), summed back from the last day."""
    places, days = cumulative.shape
    out = np.zeros((places, most, days))
    for centre in range(places):
        for k in range(sizes[centre]):
            for w in range(days):
                out[centre, k, w] = cumulative[order[centre, k], w] + (out[centre, k - 1, w] if k else 0.0)
    return out


@njit(cache=True)
def best_of_each_centre(order: Ints, sizes: Ints, counts: npt.NDArray[np.integer], expected: Floats, total: float) -> Floats:
    """For each centre the greatest ratio, with k - 1 and w - 1 of its cylinder, its count and its expectation: (places, 5)."""
    places, days = counts.shape
    out = np.zeros((places, 5))
    for centre in range(places):
        running = np.zeros(days)
        for k in range(sizes[centre]):
            for w in range(days):
                running[w] += counts[order[centre, k], w]
                ratio = log_likelihood_ratio(running[w], expected[centre, k, w], total)
                if ratio > out[centre, 0]:
                    out[centre] = np.array([ratio, k, w, running[w], expected[centre, k, w]])
    return out


@njit(cache=True)
def least_counts(expected: Floats, sizes: Ints, reach: Floats, out: npt.NDArray[np.integer]) -> None:
    """Fill `out` (places, k, days padded) with the least count of each cylinder that reaches the wanted ratio.

    `reach[c]` is the greatest expectation for which c posts reach it; `out` holds the greatest number of its type where none does.
    """
    places, _, days = expected.shape
    for centre in range(places):
        for k in range(sizes[centre]):
            c = 0
            for w in range(days):
                while c < len(reach) and reach[c] < expected[centre, k, w]:
                    c += 1
                if c == len(reach):
                    break
                out[centre, k, w] = c


@njit(cache=True)
def maxima(
    order: Ints,
    sizes: Ints,
    counts: npt.NDArray[np.integer],
    least: npt.NDArray[np.integer],
    expected: Floats,
    total: float,
    best: Floats,
) -> None:
    """Raise `best` (panels,) to the greatest ratio of each panel, where it is reached; counts (panels, places, days padded).

    Centres are the outer loop, so that the least counts of one centre stay in the nearest cache while the panels go by.
    """
    panels, places, padded = counts.shape
    days = expected.shape[2]
    running = np.zeros(padded, counts.dtype)
    for centre in range(places):
        for panel in range(panels):
            running[:] = 0
            for k in range(sizes[centre]):
                row, wanted = counts[panel, order[centre, k]], least[centre, k]
                hits = 0
                for w in range(padded):
                    running[w] += row[w]
                    hits += running[w] >= wanted[w]
                if hits:
                    for w in range(days):
                        if running[w] >= wanted[w]:
                            best[panel] = max(best[panel], log_likelihood_ratio(running[w], expected[centre, k, w], total))


@njit(cache=True)
def shuffled(labels: npt.NDArray[np.int32], draws: Floats, a_day: Ints, out: npt.NDArray[np.int64]) -> None:
    """Add to `out` (places, days) a draw without replacement: `a_day[d]` of the posts, each known by its place, fall on day d.

    The first steps of a Fisher-Yates shuffle; `draws` are uniform on [0, 1). `labels` stays shuffled, which does no harm.
    """
    i = 0
    for day in range(len(a_day)):
        for _ in range(a_day[day]):
            j = i + int(draws[i] * (len(labels) - i))
            labels[i], labels[j] = labels[j], labels[i]
            out[labels[i], day] += 1
            i += 1


@njit(cache=True)
def thrown(edges: Floats, guide: Ints, draws: Floats) -> Ints:
    """How many of `draws`, uniform on [0, 1), fall in each cell: cell i ends below edges[i]; guide[j] is the cell of j / cells."""
    out = np.zeros(len(edges), np.int64)
    for draw in draws:
        cell = guide[int(draw * len(guide))]
        while edges[cell] <= draw:
            cell += 1
        out[cell] += 1
    return out
