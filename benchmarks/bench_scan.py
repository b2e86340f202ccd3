"""How long the space-time scan of every regency takes, by CPU time: 514 places, 365 days, 999 random panels.

python benchmarks/bench_scan.py
"""

from __future__ import annotations

from time import process_time

import numpy as np

from analytics.detect.scan import scan
from analytics.geo import gazetteer

DAYS, TARGET = 365, 2.0
MEANS = (0.05, 1.0, 5.0, 20.0)  #: posts a place and day; 5 are 2,600 posts a day on one topic


def main() -> None:
    regencies = [place for place in gazetteer().values() if place.level == "regency" and place.lat is not None]
    latitude, longitude = (np.array([getattr(place, axis) for place in regencies], dtype=float) for axis in ("lat", "lon"))
    people = np.array([place.population or 1 for place in regencies], dtype=float)
    for mean in MEANS:
        expected = np.repeat((mean * people / people.mean())[:, None], DAYS, axis=1)
        counts = np.random.default_rng(1).poisson(expected)
        for title, baseline in (("Poisson", expected), ("permutation", None)):
            scan(counts[:, -60:], None if baseline is None else baseline[:, -60:], latitude, longitude, replicates=40)  # compiled, warm
            start = process_time()
            clusters = scan(counts, baseline, latitude, longitude)
            seconds = process_time() - start
            print(
                f"{title:<12} {len(regencies)} places x {DAYS} days x 999, {mean:g} posts a place and day: {seconds:5.2f} s"
                f" (target {TARGET:g} s: {seconds / TARGET:.2f} of it), p of the likeliest {clusters[0].pvalue:.3f}"
            )


if __name__ == "__main__":
    main()
