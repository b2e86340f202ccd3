"""Detectors compared at the same false-positive rate, and the default detector held against its nominal rate.

For each scenario and method the threshold is the p-value that gives the wanted rate on the series without the current outbreak; ties are
broken at random, so that a method with few possible p-values is neither favoured nor punished. Then on the series with the outbreak:
the share found between its first and its last case, and how late, as a share of its duration (1 where it is missed).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from analytics.detect.base import Detector, Floats, build
from analytics.detect.scenarios import Scenario, counts

RATES = (0.005, 0.01, 0.025)
WEEKLY: Mapping[str, Mapping[str, Any]] = {
    "gamma-Poisson": {"warm_up": 52},
    "farringtonFlexible": {"calendar": False},
    "Farrington": {"calendar": False},
    "EARS-C1": {},
    "EARS-C2": {},
    "EARS-C3": {},
    "epitweetr": {},
    "Bayes": {},
}
DAILY: Mapping[str, Mapping[str, Any]] = {
    "gamma-Poisson": {},
    "farringtonFlexible": {"b": 4, "w": 3, "freq": 364, "calendar": False, "noPeriods": 10, "pastWeeksNotIncluded": 26},
    "EARS-C1": {},
    "EARS-C2": {},
    "EARS-C3": {},
    "epitweetr": {},
    "Bayes": {},
}


@dataclass(frozen=True)
class Cell:
    """Null series of the calibration table."""

    mean: float
    phi: float
    weekday: float
    history: int


def compare(
    scenarios: Iterable[Scenario],
    methods: Mapping[str, Mapping[str, Any]],
    seed: int,
    rates: Sequence[float] = RATES,
    told: Callable[[str], None] = lambda name: None,
) -> pd.DataFrame:
    """One row a scenario, method and rate: nominal (share of p-values below the rate itself), found, lateness.

    `told` is called after each scenario."""
    rows = []
    for scenario in scenarios:
        for method, params in methods.items():
            detector = build(method, params)
            rng = np.random.default_rng(seed)
            quiet = _scores(detector, scenario, scenario.quiet, rng)
            current = _scores(detector, scenario, scenario.outbreak, rng)
            for rate in rates:
                found, late = _found(current, np.quantile(quiet, rate), scenario)
                rows.append((scenario.name, scenario.size, method, rate, float((np.exp(quiet) < rate).mean()), found, late))
        told(scenario.name)
    return pd.DataFrame(rows, columns=["scenario", "size", "method", "rate", "nominal", "found", "lateness"])


def _scores(detector: Detector, scenario: Scenario, observed: Floats, rng: np.random.Generator) -> Floats:
    """Log p-values at the judged times, with a hair's breadth of noise that breaks ties; (series, judged times)."""
    pvalue = detector.detect(observed, scenario.dates).pvalue[:, scenario.judged]
    with np.errstate(divide="ignore"):
        scores = np.log(np.maximum(np.nan_to_num(pvalue, nan=1.0), 1e-300))
    return scores - 1e-9 * rng.random(scores.shape)


def _found(scores: Floats, threshold: float, scenario: Scenario) -> tuple[float, float]:
    times = np.arange(scenario.judged.start, scenario.judged.stop)
    during = (times >= scenario.first[:, None]) & (times <= scenario.last[:, None])
    alarm = (scores <= threshold) & during
    found = alarm.any(1)
    when = times[alarm.argmax(1)] - scenario.first
    length = np.maximum(scenario.last - scenario.first + 1, 1)
    return float(found.mean()), float(np.where(found, when / length, 1.0).mean())


def cells(
    histories: Iterable[int] = (28, 365),
    means: Iterable[float] = (0.05, 0.2, 1, 5, 20, 100),
    phis: Iterable[float] = (1, 2, 5),
    weekdays: Iterable[float] = (0, 0.5),
) -> list[Cell]:
    """Every combination; weekdays: how far the mean swings over a week, as a share of it."""
    return [Cell(mean, phi, weekday, history) for history, mean, phi, weekday in product(histories, means, phis, weekdays)]


def calibrate(cells: Iterable[Cell], seed: int, series: int, days: int, alpha: float) -> pd.DataFrame:
    """The default detector on null series: one row a cell.

    ratio: false alarms over `days` after the history, as a multiple of alpha. ks: Kolmogorov–Smirnov distance between the randomised
    p-values of the last day and the uniform distribution (Brockwell 2007, doi 10.1016/j.spl.2007.02.008). power, best: the share of
    bursts of mean 3 * mean + 3 on the last day that the detector finds, and that the test finds which knows mean, phi and weekday, both
    at a false-positive rate of alpha on the same series.
    """
    detector = build("gamma-Poisson", {"alpha": alpha})
    rows = []
    for number, cell in enumerate(cells):
        rng = np.random.default_rng((seed, number))
        total = cell.history + days
        dates = np.datetime64("2024-01-01") + np.arange(total)
        mean = cell.mean * (1 + cell.weekday * np.sin(2 * np.pi * np.arange(total) / 7))
        observed = counts(rng, mean, cell.phi, series)
        pvalue = detector.detect(observed, dates).pvalue
        ratio = float((pvalue[:, cell.history :] < alpha).mean() / alpha)
        burst, above = observed.copy(), observed.copy()
        burst[:, -1] += rng.poisson(3 * cell.mean + 3, series)
        above[:, -1] += 1
        beyond, found = (detector.detect(changed, dates).pvalue[:, -1] for changed in (above, burst))
        drawn = pvalue[:, -1] - rng.random(series) * (pvalue[:, -1] - beyond)
        ks = float(stats.kstest(np.clip(drawn, 0, 1), "uniform").statistic)
        power = _power(_broken(pvalue[:, -1], rng), _broken(found, rng), alpha)
        known = [_broken(_known_tail(last[:, -1], mean[-1], cell.phi), rng) for last in (observed, burst)]
        best = _power(known[0], known[1], alpha)
        rows.append((cell.history, cell.mean, cell.phi, cell.weekday, ratio, ks, power, best))
    return pd.DataFrame(rows, columns=["history", "mean", "phi", "weekday", "ratio", "ks", "power", "best"])


def _known_tail(y: Floats, mean: float, phi: float) -> Floats:
    """P(Y >= y) by somebody who knows the truth."""
    return stats.poisson.sf(y - 1, mean) if phi == 1 else stats.nbinom.sf(y - 1, mean / (phi - 1), 1 / phi)


def _broken(pvalue: Floats, rng: np.random.Generator) -> Floats:
    """Log p-values whose ties are broken at random."""
    return np.log(np.maximum(pvalue, 1e-300)) - 1e-9 * rng.random(len(pvalue))


def _power(quiet: Floats, burst: Floats, alpha: float) -> float:
    return float((burst <= np.quantile(quiet, alpha)).mean())
