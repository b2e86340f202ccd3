"""Detectors compared at the same false-positive rate, and the default detector held against its nominal rate.

For each scenario and method the threshold is the p-value that gives the wanted rate on the series without the current outbreak; ties are
broken at random, so that a method with few possible p-values is neither favoured nor punished. Then on the series with the outbreak:
the share found between its first and its last case, and how late, as a share of its duration (1 where it is missed).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

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
    scenarios: Iterable[Scenario], methods: Mapping[str, Mapping[str, Any]], seed: int, rates: Sequence[float] = RATES
) -> pd.DataFrame:
    """One row a scenario, method and rate: nominal (share of p-values below the rate itself), found, lateness."""
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


def calibrate(cells: Iterable[Cell], seed: int, series: int, days: int, params: Mapping[str, Any]) -> pd.DataFrame:
    """False alarms of the default detector on null series, over `days` after each history, as multiples of alpha."""
    detector = build("gamma-Poisson", params)
    alpha = float(params["alpha"])
    rows = []
    for number, cell in enumerate(cells):
        total = cell.history + days
        mean = cell.mean * (1 + cell.weekday * np.sin(2 * np.pi * np.arange(total) / 7))
        observed = counts(np.random.default_rng((seed, number)), mean, cell.phi, series)
        pvalue = detector.detect(observed, np.datetime64("2024-01-01") + np.arange(total)).pvalue[:, cell.history :]
        rows.append((cell.history, cell.mean, cell.phi, cell.weekday, float((pvalue < alpha).mean() / alpha)))
    return pd.DataFrame(rows, columns=["history", "mean", "phi", "weekday", "ratio"])
