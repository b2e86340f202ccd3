"""The hot loops of the space-time scan statistic (scan.py), compiled.

A cylinder is a zone (a place and its k nearest neighbours) times the last w days. Its count is a running sum over neighbours, and its
log-likelihood ratio grows with the count, so that a random panel needs no logarithm: the least count that reaches a wanted ratio is
read for every cylinder from one table, and only the few cylinders that reach it are looked at closely.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

from analytics.detect.base import Floats

Ints = npt.NDArray[np.int64]
LEAST_CASES = 2  #: one post alone is no cluster
HALF = 0.5  #: of a post
NEWTON, EXACT = 50, 1e-8  #: steps at most; share of the count that a step must reach to be followed by another
KNOTS = 16_384  #: of the table of least counts; they lie closer where little is expected
SAFE = 1e-7  #: by which share a least count is lowered before it is rounded up: more than Newton's method leaves


@njit(cache=True, nogil=True)
def log_likelihood_ratio(cases: float, expected: float, total: float) -> float:
    """c log(c / e) + (C - c) log((C - c) / (C - e)) for c > e, else 0 (Kulldorff 1997, equation for an excess)."""
    if cases <= expected or cases < LEAST_CASES:
        return 0.0
    inside = cases * np.log(cases / expected)
    return inside if cases >= total else inside + (total - cases) * np.log((total - cases) / (total - expected))


@njit(cache=True, nogil=True)
def above(cases: float, expected: float, total: float) -> float:
    """No less than the log-likelihood ratio, without a logarithm: d² / (2e) + d² / (C - e) for an excess of d = c - e.

    (1 + x) log(1 + x) - x <= x² / 2 for x >= 0, and (1 - u) log(1 - u) + u <= u² for 0 <= u <= 1.
    """
    excess = cases - expected
    return 0.0 if excess <= 0 else excess * excess * (0.5 / expected + 1.0 / (total - expected)) if total > expected else np.inf


@njit(cache=True, nogil=True)
def zone_expected(order: Ints, sizes: Ints, cumulative: Floats, most: int) -> Floats:
    """Expected counts of all cylinders (places, most, days) from those of single places (places, days), summed back from the last day."""
    places, days = cumulative.shape
    out = np.zeros((places, most, days))
    for centre in range(places):
        for k in range(sizes[centre]):
            for w in range(days):
                out[centre, k, w] = cumulative[order[centre, k], w] + (out[centre, k - 1, w] if k else 0.0)
    return out


@njit(cache=True, nogil=True)
def best_of_each_centre(order: Ints, sizes: Ints, counts: npt.NDArray[np.integer], expected: Floats, total: float) -> Floats:
    """For each centre the greatest ratio, with k - 1 and w - 1 of its cylinder, its count and its expectation: (places, 5)."""
    places, days = counts.shape
    out = np.zeros((places, 5))
    for centre in range(places):
        running = np.zeros(days)
        for k in range(sizes[centre]):
            for w in range(days):
                running[w] += counts[order[centre, k], w]
                if above(running[w], expected[centre, k, w], total) <= out[centre, 0]:
                    continue
                ratio = log_likelihood_ratio(running[w], expected[centre, k, w], total)
                if ratio > out[centre, 0]:
                    out[centre] = np.array([ratio, k, w, running[w], expected[centre, k, w]])
    return out


@njit(cache=True, nogil=True)
def greatest(order: Ints, sizes: Ints, counts: npt.NDArray[np.integer], expected: Floats, total: float) -> float:
    """The greatest ratio of all cylinders."""
    places, days = counts.shape
    best = 0.0
    for centre in range(places):
        running = np.zeros(days)
        for k in range(sizes[centre]):
            for w in range(days):
                running[w] += counts[order[centre, k], w]
                if above(running[w], expected[centre, k, w], total) > best:
                    best = max(best, log_likelihood_ratio(running[w], expected[centre, k, w], total))
    return best


@njit(cache=True, nogil=True)
def least_count(wanted: float, expected: float, total: float) -> float:
    """The least count that reaches the wanted ratio, as a real number; infinite where none does."""
    return max(_reaching(wanted, expected, total), float(LEAST_CASES))


@njit(cache=True, nogil=True)
def _reaching(wanted: float, expected: float, total: float) -> float:
    """The same where one post may be a cluster.

    Newton's method from above: the ratio is convex in the count and grows with it, and it is at least d² / (2 e + 2 d / 3) for an excess of
    d (Bernstein's inequality), from which a start that is great enough follows.
    """
    cases = expected + wanted / 3 + np.sqrt(wanted * wanted / 9 + 2 * wanted * expected)
    if cases >= total - HALF:
        cases = total - HALF
        if cases <= expected or log_likelihood_ratio(cases, expected, total) < wanted:
            return total if log_likelihood_ratio(total, expected, total) >= wanted else np.inf
    for _ in range(NEWTON):
        inside, outside = np.log(cases / expected), np.log((total - cases) / (total - expected))
        step = (cases * inside + (total - cases) * outside - wanted) / (inside - outside)
        cases -= step
        if step < EXACT * cases:
            break
    return cases


@njit(cache=True, nogil=True)
def least_counts(order: Ints, sizes: Ints, expected: Floats, total: float, wanted: float, base: Ints, out: npt.NDArray[np.integer]) -> None:
    """Lower `out` (places, k, days) to the least count of each cylinder that reaches the wanted ratio, less the `base` of its places.

    base: (places, days), summed back like the counts. Least counts are read from a table over what is expected, by straight lines between
    its knots. The ratio is convex in count and expectation together (it is a relative entropy), so that the least count is concave in the
    expectation and no line lies above it: a count may be one too small, and is then looked at in vain, but never too great.
    """
    places, _, days = expected.shape
    most = expected.max()
    knots = np.array([most * (j / KNOTS) ** 2 for j in range(KNOTS + 1)])
    table = np.array([_reaching(wanted, knot, total) if knot > 0 else 0.0 for knot in knots])
    for centre in range(places):
        below = np.zeros(days, np.int64)
        for k in range(sizes[centre]):
            for w in range(days):
                below[w] += base[order[centre, k], w]
                mean = expected[centre, k, w]
                if mean > 0:
                    j = min(int(np.sqrt(mean / most) * KNOTS), KNOTS - 1)
                    count = table[j] + (mean - knots[j]) * (table[j + 1] - table[j]) / (knots[j + 1] - knots[j])
                    if not count < total - 1:  # the line may end where no count is enough
                        count = _reaching(wanted, mean, total)
                    least = max(np.ceil(count * (1 - SAFE)), LEAST_CASES) - below[w]
                    if least < out[centre, k, w]:
                        out[centre, k, w] = least


@njit(cache=True, nogil=True)
def summed_back(panels: npt.NDArray[np.int32], base: Ints, out: npt.NDArray[np.int32]) -> None:
    """Panels (places, days, panels) summed over the last 1, 2, ... days, less `base` (places, days), into the first panels of `out`."""
    places, days, many = panels.shape
    running = np.zeros(many, np.int32)
    for place in range(places):
        running[:] = 0
        for w in range(days):
            less = np.int32(base[place, w])
            for panel in range(many):
                running[panel] += panels[place, days - 1 - w, panel]
                out[place, w, panel] = running[panel] - less


@njit(cache=True, nogil=True)
def maxima(
    order: Ints,
    sizes: Ints,
    counts: npt.NDArray[np.integer],
    least: npt.NDArray[np.integer],
    base: Ints,
    expected: Floats,
    total: float,
    best: Floats,
) -> None:
    """Raise `best` (panels,) to the greatest ratio of each panel, where it is reached; counts (places, days, panels) less `base`.

    The panels lie side by side in narrow numbers, so that the vector unit takes many of them at once.
    """
    _, days, panels = counts.shape
    running, hits, below = np.zeros((days, panels), counts.dtype), np.zeros(panels, counts.dtype), np.zeros(days, np.int64)
    for centre in range(len(order)):
        running[:] = 0
        below[:] = 0
        for k in range(sizes[centre]):
            row, wanted = counts[order[centre, k]], least[centre, k]
            hits[:] = 0
            for w in range(days):
                below[w] += base[order[centre, k], w]
                enough = wanted[w]
                for panel in range(panels):
                    running[w, panel] += row[w, panel]
                    hits[panel] |= running[w, panel] >= enough
            some = 0
            for panel in range(panels):  # unlike hits.any(), it does not stop at the first: a vector at a time is quicker
                some |= hits[panel]
            if some:
                _look_closely(running, hits, wanted, below, expected[centre, k], total, best)


@njit(cache=True, nogil=True)
def _look_closely(
    running: npt.NDArray[np.integer],
    hits: npt.NDArray[np.integer],
    wanted: npt.NDArray[np.integer],
    below: Ints,
    expected: Floats,
    total: float,
    best: Floats,
) -> None:
    """Work out the ratios of one zone in those panels that reach the wanted one on some day."""
    for panel in np.flatnonzero(hits):
        for w in range(len(wanted)):
            if running[w, panel] >= wanted[w]:
                cases = float(running[w, panel] + below[w])
                best[panel] = max(best[panel], log_likelihood_ratio(cases, expected[w], total))
