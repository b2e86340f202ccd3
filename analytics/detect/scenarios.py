"""Series with outbreaks whose truth is known, on which detectors are compared.

Weekly: the 42 scenarios of Noufaily et al. 2013 (Stat Med 32:1206-1222, doi 10.1002/sim.5595); daily: the seven-day signals of Noufaily et
al. 2019 (Bioinformatics 35:3110-3118). In both a mean of trend and seasons, negative binomial counts of variance phi times the mean, one
outbreak of Poisson size that is spread over a few days or weeks as a lognormal. Numbers are facts from the papers and from the authors'
public script; nothing is tuned on them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analytics.detect.base import Days, Floats

WEEKS, TRAINED, JUDGED = 624, 312, 49  #: of the weekly series: all, before the past outbreaks, judged at the end
YEARS = 7  #: of the daily series
_GROUPS = (  # theta, beta, gamma1, gamma2, phi
    (0.1, 0.0025, 0.6, 0.6, 1.5), (-2, 0.005, 0.1, 0.3, 2), (1.5, 0.003, 0.2, -0.4, 1), (0.5, 0.002, 0.5, 0.5, 5),
    (2.5, 0.001, 1, 0.1, 3), (3.75, 0.001, 0.1, -0.1, 1.1), (5, 0.0001, 0.05, 0.01, 1.2),
)  # fmt: skip
_DAILY = {  # annual harmonics, weekly harmonics, alpha, beta, g1, g2, g3, g4, phi, shift
    "1": (1, 2, 6, 0, 0.2, 0.2, 0.5, 0.4, 2, 29), "3": (1, 2, 0.5, 0, 1.5, 1.4, 0.5, 0.4, 1, -167),
    "4": (0, 2, 5.5, 0, 0, 0, 0.3, 0.25, 1, 1), "5": (0, 2, 2, 0, 0, 0, 0.3, 0.25, 1, 1),
    "14": (1, 2, 2, 0.0005, 0.8, 0.8, 0.8, 0.4, 4, 57), "15": (4, 1, 0.05, 0, 0.01, 0.01, 1.8, 0.1, 1, -85),
    "17": (0, 2, 6, 0, 0, 0, 0.8, 0.4, 4, 1),
}  # fmt: skip


@dataclass(frozen=True)
class Scenario:
    """quiet, outbreak: (series, times) counts without and with the current outbreak; first, last: (series,) times of its
    first and last case.

    judged: the times at which alarms count. size: how large outbreaks are, in standard deviations of a week or day.
    """

    name: str
    dates: Days
    quiet: Floats
    outbreak: Floats
    first: NDArray[np.intp]
    last: NDArray[np.intp]
    judged: slice
    size: float


def weekly(seed: int, replicates: int = 100, past: float = 0.0, sizes: tuple[float, ...] = (2, 5, 10)) -> Iterator[Scenario]:
    """The 42 weekly scenarios; `past` is the size of the four earlier outbreaks (0: none), `sizes` of the current one, taken in turn."""
    t = np.arange(1, WEEKS + 1)
    dates = np.datetime64("2008-01-07") + 7 * np.arange(WEEKS)
    judged = slice(WEEKS - JUDGED, WEEKS)
    for number, (group, trend, harmonics) in enumerate((g, b, m) for g in _GROUPS for b in (0, 1) for m in (0, 1, 2)):
        theta, beta, gamma1, gamma2, phi = group
        angles = 2 * np.pi * np.arange(1, harmonics + 1)[:, None] * t / 52
        log_mean = theta + trend * beta * t + (gamma1 * np.cos(angles) + gamma2 * np.sin(angles)).sum(0)
        rng = np.random.default_rng((seed, number))
        size = sizes[number % len(sizes)]
        quiet = counts(rng, np.exp(log_mean), phi, replicates)
        for _ in range(4 if past else 0):
            quiet = _with_outbreak(rng, quiet, np.exp(log_mean), phi, past, (TRAINED, WEEKS - JUDGED), 1.0)[0]
        outbreak, first, last = _with_outbreak(rng, quiet, np.exp(log_mean), phi, size, (judged.start, WEEKS), 1.0)
        yield Scenario(f"weekly {number + 1}", dates, quiet, outbreak, first, last, judged, size)


def daily(seed: int, replicates: int = 30, sizes: tuple[float, ...] = (2, 3, 5, 10)) -> Iterator[Scenario]:
    """The daily scenarios; outbreaks of `sizes` times seven standard deviations, taken in turn."""
    days = 52 * 7 * YEARS
    dates = np.datetime64("2008-01-07") + np.arange(days)
    judged = slice(days - JUDGED * 7, days)
    for number, (name, (k, k2, alpha, beta, g1, g2, g3, g4, phi, shift)) in enumerate(_DAILY.items()):
        s = np.arange(1, days + 1) + shift
        year, week = (2 * np.pi * np.arange(1, n + 1)[:, None] * s / period for n, period in ((k, 52 * 7), (k2, 7)))
        waves = (g1 * np.cos(year) + g2 * np.sin(year)).sum(0) + (g3 * np.cos(week) + g4 * np.sin(week)).sum(0)
        mean = np.exp(alpha + beta * s + waves)
        for size in sizes:
            rng = np.random.default_rng((seed, number, int(size)))
            quiet = counts(rng, mean, phi, replicates)
            outbreak, first, last = _with_outbreak(rng, quiet, mean, phi, 7 * size, (judged.start, days), 4.0)
            yield Scenario(f"daily {name}", dates, quiet, outbreak, first, last, judged, size)


def counts(rng: np.random.Generator, mean: Floats, phi: float, series: int) -> Floats:
    """Counts (series, times) of this mean (times,) and variance phi times it: Poisson for phi 1, else negative binomial."""
    shape = (series, len(mean))
    return (rng.poisson(mean, shape) if phi == 1 else rng.negative_binomial(mean / (phi - 1), 1 / phi, shape)).astype(float)


def _with_outbreak(
    rng: np.random.Generator, before: Floats, mean: Floats, phi: float, size: float, span: tuple[int, int], unit: float
) -> tuple[Floats, NDArray[np.intp], NDArray[np.intp]]:
    """Add one outbreak a series that starts uniformly in `span`: at least two cases, `unit` steps a lognormal unit; first and last case."""
    out = before.copy()
    series, times = before.shape
    start = np.asarray(rng.integers(*span, size=series), np.int64)
    first, last = np.empty(series, np.intp), np.empty(series, np.intp)
    for row in range(series):
        cases = 0
        while cases < 2:
            cases = int(rng.poisson(size * np.sqrt(phi * mean[start[row]])))
        when = start[row] + np.floor(rng.lognormal(0, 0.5, cases) * unit).astype(int)
        when = when[when < min(times, span[1])]
        when = when if len(when) else np.array([start[row]])
        np.add.at(out[row], when, 1)
        first[row], last[row] = when.min(), when.max()
    return out, first, last
