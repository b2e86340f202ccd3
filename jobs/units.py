"""The places of a scan: regencies, and provinces with the posts that name no regency of theirs, as one panel of a topic."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analytics.detect.scan import Cluster
from analytics.geo import Place
from warehouse.series import Panel


@dataclass(frozen=True)
class Units:
    """places, levels: (n,) str; latitude, longitude: (n,) degrees; days: (days,) datetime64[D]; counts, exposure: (n, days).

    Counts are NaN where too little was collected. Places without a post are left out: they can neither be in excess nor tell where others
    are.
    """

    places: NDArray[np.object_]
    levels: NDArray[np.object_]
    latitude: NDArray[np.float64]
    longitude: NDArray[np.float64]
    days: NDArray[np.datetime64]
    counts: NDArray[np.float64]
    exposure: NDArray[np.float64]

    def until(self, day: date, history: int, window: int, raised: Iterable[tuple[str, date]] = ()) -> NDArray[np.float64]:
        """Counts of the last `history` days up to a day: (n, at most history).

        raised: places and days with a signal; before the last `window` days they are NaN, because an outbreak of the past is no baseline.
        """
        end = self._column(day) + 1
        counts = self.counts.copy()
        rows = {place: row for row, place in enumerate(self.places)}
        for place, then in raised:
            column = self._column(then)
            if place in rows and 0 <= column < end - window:
                counts[rows[place], column] = np.nan
        return counts[:, max(0, end - history) : end]

    def day(self, day: date, cluster: Cluster, history: int) -> date:
        """First day of a cluster that was found in `until(day, history)`."""
        looked_at = min(self._column(day) + 1, history)
        return day - timedelta(days=looked_at - 1 - cluster.first_day)

    def named(self, cluster: Cluster) -> list[str]:
        """Codes of a cluster's places that have a post, greatest excess first."""
        told = [
            (observed - expected, str(self.places[place]))
            for place, observed, expected in zip(cluster.places, cluster.place_observed, cluster.place_expected, strict=True)
            if observed
        ]
        return [code for _, code in sorted(told, key=lambda pair: (-pair[0], pair[1]))]

    def signal(self, topic: str, day: date, cluster: Cluster, anchor: str, history: int) -> dict[str, Any]:
        """The row of a cluster, less its q-value and rule; see `warehouse.signals.CLUSTERS`."""
        since = self.day(day, cluster, history)
        columns = slice(self._column(since), self._column(day) + 1)
        return {
            "day": day, "topic": topic, "place_code": anchor, "level": "regency" if "." in anchor else "province",
            "observed": float(cluster.observed), "expected": cluster.expected, "upper": None, "pvalue": cluster.pvalue,
            "exposure": float(self.exposure[list(cluster.places), columns].mean()), "since": since,
            "relative_risk": cluster.relative_risk if np.isfinite(cluster.relative_risk) else None, "radius_km": cluster.radius_km,
        }  # fmt: skip

    def rows(self, topic: str, day: date, cluster: Cluster, anchor: str) -> list[dict[str, Any]]:
        """The places of a cluster; see `warehouse.signals.PLACES`."""
        told = zip(cluster.places, cluster.place_observed, cluster.place_expected, strict=True)
        return [
            {
                "day": day, "topic": topic, "signal_place": anchor, "place_code": str(self.places[place]),
                "observed": float(observed), "expected": expected,
            }
            for place, observed, expected in told
        ]  # fmt: skip

    def together(self, codes: Sequence[str]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Counts and exposure of places added up, as one series: (1, days) each; NaN where one of them is missing."""
        rows = np.isin(self.places, list(codes))
        return self.counts[rows].sum(axis=0, keepdims=True), self.exposure[rows].mean(axis=0, keepdims=True)

    def _column(self, day: date) -> int:
        return int((np.datetime64(day) - self.days[0]) / np.timedelta64(1, "D"))


def units_of(panel: Panel, topic: str, known: Mapping[str, Place], min_exposure: float) -> Units:
    """One topic of a panel of provinces and regencies.

    A province keeps the posts that none of its regencies has; a post that names two regencies counts in both, so that of few posts it may
    keep none. Days that were covered less than `min_exposure` are NaN. Places without a point on the map are left out.
    """
    rows = np.flatnonzero(panel.topics == topic)
    counts = {str(panel.places[row]): panel.counts[row] for row in rows}
    own = {code: _left(code, seen, counts) for code, seen in counts.items()}
    chosen = [row for row in rows if own[str(panel.places[row])].any() and _placed(known.get(str(panel.places[row])))]
    codes = [str(panel.places[row]) for row in chosen]
    exposure = panel.exposure[chosen]
    seen = np.reshape([own[code] for code in codes], exposure.shape)
    return Units(
        np.array(codes, dtype=object),
        np.asarray(panel.levels, dtype=object)[chosen],
        np.array([known[code].lat for code in codes], dtype=float),
        np.array([known[code].lon for code in codes], dtype=float),
        panel.days,
        np.where(exposure >= min_exposure, seen, np.nan),
        exposure,
    )


def _left(code: str, seen: NDArray[np.float64], counts: Mapping[str, NDArray[np.float64]]) -> NDArray[np.float64]:
    """A regency's posts, or those of a province that none of its regencies has."""
    inside: Iterable[NDArray[np.float64]] = (row for other, row in counts.items() if other.startswith(f"{code}."))
    return np.maximum(seen - np.sum([np.zeros_like(seen), *inside], axis=0), 0.0)


def _placed(place: Place | None) -> bool:
    return place is not None and place.lat is not None and place.lon is not None
