"""The prospective space-time scan statistic: which neighbouring places, together and since when, have more posts than expected.

Every place with its nearest neighbours, times the last 1, 2, ... days, is a cylinder with c posts where e were expected, of C in all:
log-likelihood ratio c log(c / e) + (C - c) log((C - c) / (C - e)). The greatest is the most likely cluster; its p-value is its rank
among the greatest ratios of random panels, which takes account of all the cylinders that were tried.

Poisson (expected counts given; they are scaled to add up to C): Kulldorff 2001, JRSS A 164:61-72. Random panels are multinomial.
Permutation (no expected counts): Kulldorff et al. 2005, PLoS Medicine 2:e59. e is the product of the zone's and the window's posts over
C; random panels shuffle the days among the posts. Neither allows for overdispersion: where posts come in bunches, p is too small.

Random panels may stop early (Besag and Clifford 1991, Biometrika 78:301-304): as soon as h of them reached the likeliest cluster's ratio,
after n of them, its p-value is h / n, exact like that of all; what is far from a cluster costs few panels.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from analytics.detect import scan_kernel as kernel
from analytics.detect import scan_panels as panels_of
from analytics.detect.base import Floats

_Number = TypeVar("_Number", np.int64, np.float64)

EARTH_KM = 6371.0088  #: mean radius (IUGG)
PILOTS = 4  #: random panels scanned in full, to know what an ordinary greatest ratio is
ORDINARY = 0.8  #: secondary clusters below this share of the least of these are not worth telling: their p is near 1
FIRST, BATCH = 32, 128  #: random panels at first, and then at a time: 4 MB of counts for 514 places
LANES = 16  #: numbers of 16 bits that a vector unit takes at once: batches are filled up to a multiple of it
ROUNDING = 1e-9  #: ratios that differ by less, relative, are equal


@dataclass(frozen=True)
class Cluster:
    """Places that together have more posts than expected since `first_day` (index into the days).

    places: indices, the centre first, then by distance, with what each has of `observed` and `expected`; radius_km: from the centre to the
    farthest; relative_risk: observed over expected inside, against the same outside (infinite when all posts are inside); pvalue: at
    least 1 / (replicates + 1).
    """

    places: tuple[int, ...]
    place_observed: tuple[int, ...]
    place_expected: tuple[float, ...]
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
    stop: int | None = None,
    seed: int = 0,
) -> list[Cluster]:
    """Find the most likely cluster that is still alive on the last day, and secondary ones that share no place with a likelier one.

    counts: (places, days), NaN where nothing was collected; expected: the same shape, or None for the permutation scan, where a day must
    be missing in all places or in none; latitude, longitude: (places,) degrees. A zone holds at most `max_share` of the places and of
    what is expected (a place alone always counts); windows are at most `max_days` and half of the days long. An empty list means that no
    cylinder has more posts than expected. stop: the random panels end with the one that makes it so many as likely as the likeliest
    cluster. Raises ValueError for shapes that do not fit and for posts where none can be expected.
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
        take = panels_of.shuffles(seen.sum(axis=1), recent.sum(axis=0), rng)
    else:
        posts = rng.binomial(total, min(cells[:, -days:].sum() / total, 1.0), replicates)
        take = panels_of.draws(cells[:, -days:], posts, rng)
    return _clusters(study, distance, _Random(take, replicates, stop or replicates + 1), seen.shape[1])


@dataclass(frozen=True)
class _Random:
    """Random panels of the window; they end when `stop` of them have reached the ratio of the likeliest cluster."""

    take: panels_of.Take
    replicates: int
    stop: int


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


def _clusters(study: _Study, distance: Floats, random: _Random, days: int) -> list[Cluster]:
    """Scan what was observed, then the random panels, and rank the one among the others."""
    expected = kernel.zone_expected(study.order, study.sizes, study.expected, int(study.sizes.max()))
    found = kernel.best_of_each_centre(study.order, study.sizes, study.counts, expected, study.total)
    if not found[:, 0].any():
        return []
    pilots = _pilots(study, expected, random)
    floor = min(ORDINARY * min(pilots, default=0.0), float(found[:, 0].max()))
    chosen = _apart(found, study, floor)
    wanted = max(min(found[centre, 0] for centre in chosen) * (1 - ROUNDING), ROUNDING)
    ratios = _until(pilots, _greatest(study, expected, random, wanted), float(found[:, 0].max()), random)
    return [
        _cluster(found[centre], study.order[centre], distance[centre], _p_value(ratios, found[centre, 0], random), study, days)
        for centre in chosen
    ]


def _pilots(study: _Study, expected: Floats, random: _Random) -> Floats:
    """The greatest ratio of each of the first random panels."""
    panels = random.take(min(PILOTS, random.replicates))
    width = study.counts.shape[1]
    each = [_back(panels[:, :, number].astype(np.int64), width) for number in range(panels.shape[2])]
    return np.array([kernel.greatest(study.order, study.sizes, counts, expected, study.total) for counts in each])


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


def _until(pilots: Floats, batches: Iterator[Floats], likeliest: float, random: _Random) -> Floats:
    """The greatest ratios of random panels up to the one with which `stop` of them have reached the likeliest cluster's, or of all."""
    ratios = np.zeros(0)
    for batch in chain([pilots], batches):
        ratios = np.concatenate([ratios, batch])
        reached = np.flatnonzero(ratios >= likeliest * (1 - ROUNDING))
        if len(reached) >= random.stop:
            return ratios[: reached[random.stop - 1] + 1]
    return ratios


def _p_value(ratios: Floats, llr: float, random: _Random) -> float:
    reached = int((ratios >= llr * (1 - ROUNDING)).sum())
    return reached / len(ratios) if reached >= random.stop else (1 + reached) / (len(ratios) + 1)


def _greatest(study: _Study, expected: Floats, random: _Random, wanted: float) -> Iterator[Floats]:
    """The greatest ratio of each random panel after the pilots, exact where it is `wanted` or more, else less; a batch at a time.

    Counts are held less what is about expected of their place (`base`), so that they fit into narrow numbers however many posts there are.
    """
    base = np.rint(study.expected).astype(np.int64)
    least: dict[type, npt.NDArray[np.integer]] = {}
    left, some = random.replicates - PILOTS, FIRST
    while left > 0:
        number = min(some, left)
        batch = np.zeros((*base.shape, -(-number // LANES) * LANES), np.int32)
        kernel.summed_back(random.take(number), base, batch)
        dtype: type[np.int16] | type[np.int32] = np.int16 if np.abs(batch).sum(axis=0).max() < np.iinfo(np.int16).max else np.int32
        if dtype not in least:
            least[dtype] = np.full(expected.shape, np.iinfo(dtype).max, dtype=dtype)
            kernel.least_counts(study.order, study.sizes, expected, float(study.total), wanted, base, least[dtype])
        best = np.zeros(batch.shape[2])
        kernel.maxima(study.order, study.sizes, batch.astype(dtype), least[dtype], base, expected, float(study.total), best)
        yield best[:number]
        left, some = left - number, BATCH


def _cluster(found: Floats, order: npt.NDArray[np.int64], distance: Floats, pvalue: float, study: _Study, days: int) -> Cluster:
    llr, k, w, observed, expected = found
    places = order[: int(k) + 1]
    rest = study.total - observed
    risk = (observed / expected) / (rest / (study.total - expected)) if rest else np.inf
    return Cluster(
        places=tuple(int(place) for place in places),
        place_observed=tuple(int(count) for count in study.counts[places, int(w)]),
        place_expected=tuple(float(mean) for mean in study.expected[places, int(w)]),
        first_day=days - 1 - int(w),
        observed=int(observed),
        expected=float(expected),
        relative_risk=float(risk),
        llr=float(llr),
        pvalue=pvalue,
        radius_km=float(distance[places].max()),
    )
