"""From the counts of a topic to its clusters of places on one day: the space-time scan, and which of its clusters are worth a signal.

What is expected is what places and days alone explain: how much the topic is talked of here, and how much on that day in the country.
Seasons, weekdays, news for all and gaps of a source in all places cancel out; only what happens here and not elsewhere is left.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
from scipy.special import gammainc

from analytics.detect.base import Floats
from analytics.detect.margins import expected_by_margins
from analytics.detect.scan import Cluster, scan

LEAST_DAYS = 28  #: collected days without which nobody knows what is usual
RECENT = 3  #: a cluster that had no post in its last days is over


@dataclass(frozen=True)
class Rules:
    """When a cluster is told; see `[scan]` and `[detect]` of the settings."""

    alpha: float
    replicates: int
    max_days: int
    max_share: float
    min_posts: int
    min_observed: int


@dataclass(frozen=True)
class Known:
    """A cluster of an earlier day, or of this one as it was before: its place, and all its places."""

    day: date
    anchor: str
    places: frozenset[str]


def clusters_of_day(counts: Floats, latitude: Floats, longitude: Floats, rules: Rules, seed: str) -> tuple[list[Cluster], float]:
    """Clusters that are still alive on the last day, the likeliest first, and the p-value of the likeliest (NaN where nothing was tested).

    counts: (places, days), NaN where nothing was collected; seed: any text; the same gives the same p-values. Where all places have the
    same gaps, the permutation scan; else the Poisson scan with what places and days alone explain.
    """
    there = ~np.isnan(counts)
    window = counts[:, -rules.max_days :]
    if not there[:, -1].any() or there.any(axis=0).sum() < LEAST_DAYS or np.nansum(window) < rules.min_posts:
        return [], np.nan
    whole = bool((there.any(axis=0) == there.all(axis=0)).all())
    found = scan(
        counts,
        None if whole else expected_by_margins(counts),
        latitude,
        longitude,
        max_days=rules.max_days,
        max_share=rules.max_share,
        replicates=rules.replicates,
        stop=int(rules.alpha * (rules.replicates + 1) * (1 + 1e-9)),
        seed=zlib.crc32(seed.encode()),
    )
    likely = [one for one in found if one.pvalue <= rules.alpha and one.observed >= rules.min_observed]
    alive = [one for one in likely if np.nansum(counts[list(one.places), -RECENT:]) > 0]
    return alive, found[0].pvalue if found else 1.0


def adds_something(cluster: Cluster, has_signal: npt.NDArray[np.bool_], rules: Rules) -> bool:
    """Whether a cluster says more than the signals that its places have themselves within its days; has_signal: (places of the scan,).

    The places without a signal of their own must have at least `min_observed` posts together, and even without the one with the greatest
    excess so many that chance gives as many (Poisson) with a probability of at most alpha. So one place alone is left to the detector of
    series, which knows how bunched its posts are, and a cluster all of whose places have signals adds nothing.
    """
    rest = [number for number, place in enumerate(cluster.places) if not has_signal[place]]
    rest.sort(key=lambda n: cluster.place_expected[n] - cluster.place_observed[n])
    if sum(cluster.place_observed[n] for n in rest) < rules.min_observed:
        return False
    observed, expected = (sum(counts[n] for n in rest[1:]) for counts in (cluster.place_observed, cluster.place_expected))
    return observed > 0 and bool(gammainc(observed, expected) <= rules.alpha)


def anchors(found: Sequence[Sequence[str]], known: Iterable[Known]) -> list[str]:
    """The place that each cluster of a day is known by: that of an earlier cluster that shares a place with it, else its first place.

    found: places of each cluster, greatest excess first, the likeliest cluster first; no two share a place. Of several earlier ones the
    newest counts, then the one that shares most; each gives its place to one cluster alone, and to none where another one has it now.
    """
    earlier = sorted(known, key=lambda one: one.anchor)
    given: list[str] = []
    for places in found:
        here = frozenset(places)
        taken = {place for cluster in found if cluster is not places for place in cluster}.union(given)
        mine = [one for one in earlier if one.anchor not in taken and one.places & here]
        best = max(mine, key=lambda one: (one.day, len(one.places & here)), default=None)
        given.append(best.anchor if best else places[0])
    return given
