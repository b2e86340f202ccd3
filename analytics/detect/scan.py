"""The prospective space-time scan statistic: which neighbouring places, together and since when, have more posts than expected.

Every place with its nearest neighbours, times the last 1, 2, ... days, is a cylinder with c posts where e were expected, of C in all:
log-likelihood ratio c log(c / e) + (C - c) log((C - c) / (C - e)). The greatest is the most likely cluster; its p-value is its rank
among the greatest ratios of random panels, which takes account of all the cylinders that were tried.

Poisson (expected counts given; they are scaled to add up to C): Kulldorff 2001, JRSS A 164:61-72. Random panels are multinomial.
Permutation (no expected counts): Kulldorff et al. 2005, PLoS Medicine 2:e59. e is the product of the zone's and the window's posts over
C; random panels shuffle the days among the posts. Neither allows for overdispersion: where posts come in bunches, p is too small.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from analytics.detect import scan_kernel as kernel
from analytics.detect.base import Floats

_Number = TypeVar("_Number", np.int64, np.float64)

EARTH_KM = 6371.0088  #: mean radius (IUGG)
PILOTS = 4  #: random panels scanned in full, to know what an ordinary greatest ratio is
ORDINARY = 0.8  #: secondary clusters below this share of the least of these are not worth telling: their p is near 1
BATCH = 32  #: random panels at a time: 1 MB of counts for 514 places
MANY = 20_000  #: posts in the window from which on panels are drawn cell by cell, not post by post
ROUNDING = 1e-9  #: ratios that differ by less, relative, are equal
LANES = 16  #: days are padded to a multiple of this, for the vector unit


@dataclass(frozen=True)
class Cluster:
    """Places that together have more posts than expected since `first_day` (index into the days).

    places: indices, the centre first, then by distance; radius_km: from the centre to the farthest; relative_risk: observed over expected
    inside, against the same outside (infinite when all posts are inside); pvalue: at least 1 / (replicates + 1).
    """

    places: tuple[int, ...]
    first_day: int
    observed: int
    expected: float
    relative_risk: float
    llr: float
    pvalue: float
    radius_km: float


@dataclass(frozen=True)
class _Study:
    """What is scanned: counts and expectations of places summed back from the last day (places, days), and the zones."""

    order: npt.NDArray[np.int64]
    sizes: npt.NDArray[np.int64]
    counts: npt.NDArray[np.int64]
    expected: Floats
    total: int


def scan(
    counts: npt.ArrayLike,
    expected: npt.ArrayLike | None,
    latitude: npt.ArrayLike,
    longitude: npt.ArrayLike,
    *,
    max_days: int = 28,
    max_share: float = 0.5,
    replicates: int = 999,
    seed: int = 0,
) -> list[Cluster]:
    """Find the most likely cluster that is still alive on the last day, and secondary ones that share no place with a likelier one.

    counts: (places, days), NaN where nothing was collected; expected: the same shape, or None for the permutation scan, where a day must
    be missing in all places or in none; latitude, longitude: (places,) degrees. A zone holds at most `max_share` of the places and of
    what is expected (a place alone always counts); windows are at most `max_days` and half of the days long. An empty list means that no
    cylinder has more posts than expected. Raises ValueError for shapes that do not fit and for posts where none can be expected.
    """
    seen, mean = _checked(counts, expected)
    if not seen.sum() or (mean is None and seen.shape[1] < 2):
        return []
    days = min(max_days, max(seen.shape[1] // 2, 1))
    distance = distances(np.asarray(latitude, float), np.asarray(longitude, float))
    if distance.shape[0] != seen.shape[0]:
        raise ValueError(f"{distance.shape[0]} centroids for {seen.shape[0]} places")
    share = seen.sum(axis=1) / seen.sum() if mean is None else mean.sum(axis=1) / mean.sum()
    order, sizes = zones(distance, share, max_share)
    total = int(seen.sum())
    cells = np.outer(share, seen.sum(axis=0)) if mean is None else mean * (total / mean.sum())
    study = _Study(order, sizes, _back(seen, days), _back(cells, days), total)
    rng = np.random.default_rng(seed)
    recent = seen[:, -days:]
    if mean is None:
        return _clusters(study, distance, _shuffles(seen, recent, replicates, rng), replicates, int(recent.sum()), seen.shape[1])
    posts = rng.binomial(total, min(cells[:, -days:].sum() / total, 1.0), replicates)
    return _clusters(study, distance, _draws(cells[:, -days:], posts, rng), replicates, int(posts.max(initial=0)), seen.shape[1])


def distances(latitude: Floats, longitude: Floats) -> Floats:
    """Great-circle distances in km between points in degrees, (places, places), by the haversine formula."""
    lat, lon = np.radians(latitude), np.radians(longitude)
    half = np.sin((lat[:, None] - lat) / 2) ** 2 + np.cos(lat[:, None]) * np.cos(lat) * np.sin((lon[:, None] - lon) / 2) ** 2
    return 2 * EARTH_KM * np.arcsin(np.sqrt(np.minimum(half, 1)))


def zones(distance: Floats, share: Floats, max_share: float) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """The places by distance from each centre (places, places), and how many of them its greatest zone holds (places,)."""
    order = np.argsort(distance + np.diag(np.full(len(distance), -1.0)), axis=1, kind="stable")
    held = np.cumsum(share[order], axis=1) <= max_share * (1 + ROUNDING)
    few = np.arange(1, len(distance) + 1) <= max_share * len(distance)
    return order, np.maximum((held & few).sum(axis=1), 1)


def _checked(counts: npt.ArrayLike, expected: npt.ArrayLike | None) -> tuple[npt.NDArray[np.int64], Floats | None]:
    """Counts and expectations with zeros in gaps, so that a gap is no part of the study."""
    seen = np.asarray(counts, dtype=float)
    if seen.ndim != 2:
        raise ValueError(f"counts must be (places, days), not of shape {seen.shape}")
    if np.nanmin(seen, initial=0) < 0:
        raise ValueError("counts must not be negative")
    gap = np.isnan(seen)
    if expected is None:
        if (gap.any(axis=0) != gap.all(axis=0)).any():
            raise ValueError("a permutation scan needs every day in all places or in none; give expected counts for gaps in some places")
        return np.where(gap, 0, seen).astype(np.int64), None
    mean = np.asarray(expected, dtype=float)
    if mean.shape != seen.shape:
        raise ValueError(f"expected has shape {mean.shape}, counts {seen.shape}")
    gap |= np.isnan(mean)
    seen, mean = np.where(gap, 0, seen), np.where(gap, 0, mean)
    if ((mean <= 0) & (seen > 0)).any() or (mean < 0).any():
        raise ValueError("expected must be positive wherever there are posts, and never negative")
    return seen.astype(np.int64), mean


def _back(cells: npt.NDArray[_Number], days: int) -> npt.NDArray[_Number]:
    """Sums over the last 1, 2, ... `days` days, along the last axis."""
    return np.ascontiguousarray(np.cumsum(cells[..., : -days - 1 : -1], axis=-1))


def _draws(cells: Floats, posts: npt.NDArray[np.int64], rng: np.random.Generator) -> Iterator[npt.NDArray[np.int64]]:
    """Panels of the window with so many posts each, thrown on the cells by what is expected there: (places, days) each."""
    chances = cells.ravel() / cells.sum()
    edges = np.cumsum(chances)
    edges[np.flatnonzero(chances)[-1] :] = 1.0
    guide = np.searchsorted(edges, np.arange(chances.size) / chances.size, side="right")
    for many in posts:
        if many > MANY:
            yield rng.multinomial(many, chances).reshape(cells.shape)
        else:
            yield kernel.thrown(edges, guide, rng.random(many)).reshape(cells.shape)


def _shuffles(
    seen: npt.NDArray[np.int64], recent: npt.NDArray[np.int64], replicates: int, rng: np.random.Generator
) -> Iterator[npt.NDArray[np.int64]]:
    """Panels of the window with the posts of each place and of each day as they were: (places, days) each."""
    a_place, a_day = seen.sum(axis=1), recent.sum(axis=0)
    if a_day.sum() <= MANY:
        labels = np.repeat(np.arange(len(seen), dtype=np.int32), a_place)
        for _ in range(replicates):
            panel = np.zeros(recent.shape, dtype=np.int64)
            kernel.shuffled(labels, rng.random(int(a_day.sum())), a_day, panel)
            yield panel
        return
    for _ in range(replicates):
        panel, left = np.empty(recent.shape, dtype=np.int64), a_place.copy()
        for day, posts in enumerate(a_day):
            panel[:, day] = rng.multivariate_hypergeometric(left, posts, method="marginals")
            left -= panel[:, day]
        yield panel


def _clusters(
    study: _Study, distance: Floats, panels: Iterator[npt.NDArray[np.int64]], replicates: int, largest: int, days: int
) -> list[Cluster]:
    """Scan what was observed, then the random panels, of `largest` posts at most, and rank the one among the others."""
    expected = kernel.zone_expected(study.order, study.sizes, study.expected, int(study.sizes.max()))
    found = kernel.best_of_each_centre(study.order, study.sizes, study.counts, expected, study.total)
    if not found[:, 0].any():
        return []
    width = study.counts.shape[1]
    pilots = [_back(panel, width) for panel in islice(panels, PILOTS)]
    best = [float(kernel.best_of_each_centre(study.order, study.sizes, pilot, expected, study.total)[:, 0].max()) for pilot in pilots]
    floor = min(ORDINARY * min(best, default=0.0), float(found[:, 0].max()))
    chosen = _apart(found, study, floor)
    wanted = max(min(found[centre, 0] for centre in chosen) * (1 - ROUNDING), ROUNDING)
    ratios = np.concatenate([np.asarray(best), *_greatest(study, expected, panels, wanted, largest)])
    return [_cluster(found[centre], study.order[centre], distance[centre], ratios, study, days) for centre in chosen]


def _apart(found: Floats, study: _Study, floor: float) -> list[int]:
    """Centres of the clusters to tell, likeliest first, none sharing a place with a likelier one."""
    taken = np.zeros(len(found), dtype=bool)
    chosen = []
    for centre in np.argsort(-found[:, 0], kind="stable"):
        if found[centre, 0] <= 0 or found[centre, 0] < floor:
            break
        places = study.order[centre, : int(found[centre, 1]) + 1]
        if not taken[places].any():
            taken[places] = True
            chosen.append(int(centre))
    return chosen


def _greatest(study: _Study, expected: Floats, panels: Iterator[npt.NDArray[np.int64]], wanted: float, largest: int) -> Iterator[Floats]:
    """The greatest ratio of each random panel, exact where it is `wanted` or more, else 0; a batch at a time."""
    width = study.counts.shape[1]
    padded = -(-width // LANES) * LANES
    dtype = next(kind for kind in (np.int16, np.int32, np.int64) if largest < np.iinfo(kind).max)  # narrow numbers: more at a time
    least = np.full((*expected.shape[:2], padded), np.iinfo(dtype).max, dtype=dtype)
    kernel.least_counts(expected, study.sizes, _reach(wanted, study.total)[: largest + 1], least)
    batch: npt.NDArray[np.integer] = np.zeros((BATCH, len(study.counts), padded), dtype=dtype)
    while True:
        filled = 0
        for panel in islice(panels, BATCH):
            batch[filled, :, :width] = _back(panel, width)
            filled += 1
        if not filled:
            return
        best = np.zeros(filled)
        kernel.maxima(study.order, study.sizes, batch[:filled], least, expected, float(study.total), best)
        yield best


def _reach(wanted: float, total: int) -> Floats:
    """For c = 0, 1, ... posts the greatest expectation at which they reach the wanted ratio, by halving; it grows with c.

    Posts too few for a cluster reach nothing.
    """
    cases = np.arange(kernel.LEAST_CASES, total + 1, dtype=float)
    low, high = np.zeros(len(cases)), cases.copy()
    with np.errstate(divide="ignore", invalid="ignore"):
        for _ in range(80):
            middle = (low + high) / 2
            outside = np.where(cases < total, (total - cases) * np.log((total - cases) / (total - middle)), 0.0)
            good = cases * np.log(cases / middle) + outside >= wanted
            low, high = np.where(good, middle, low), np.where(good, high, middle)
    return np.concatenate([np.full(kernel.LEAST_CASES, -1.0), low])


def _cluster(found: Floats, order: npt.NDArray[np.int64], distance: Floats, ratios: Floats, study: _Study, days: int) -> Cluster:
    llr, k, w, observed, expected = found
    places = order[: int(k) + 1]
    rest = study.total - observed
    risk = (observed / expected) / (rest / (study.total - expected)) if rest else np.inf
    exceeded = int((ratios >= llr * (1 - ROUNDING)).sum())
    return Cluster(
        places=tuple(int(place) for place in places),
        first_day=days - 1 - int(w),
        observed=int(observed),
        expected=float(expected),
        relative_risk=float(risk),
        llr=float(llr),
        pvalue=(1 + exceeded) / (len(ratios) + 1),
        radius_km=float(distance[places].max()),
    )
