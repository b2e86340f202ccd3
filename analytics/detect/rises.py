"""Days, and weeks beside them: how often the two together alarm when nothing is going on, and how soon they see a slow rise.

A week counts as one with an alarm when any of its days has one, or its sum. For a fair comparison days alone are also given the threshold
at which they alarm in as many weeks as both together.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd

from analytics.detect.base import Days, Detector, Floats, build
from analytics.detect.scenarios import counts
from analytics.detect.weeks import LENGTH, WARM_UP, week_ends, weekly_sums

JUDGED = 52  #: weeks after the history
RISE, GREATEST = 8, 3.0  #: weeks over which the mean grows day by day, up to so many times itself


@dataclass(frozen=True)
class Level:
    """Null series, and the same with a slow rise at their end: mean a day, and variance-to-mean ratio."""

    mean: float
    phi: float


def levels(means: Iterable[float] = (0.05, 0.2, 1, 5, 20), phis: Iterable[float] = (1, 2, 5)) -> list[Level]:
    return [Level(mean, phi) for mean, phi in product(means, phis)]


def beside(levels: Iterable[Level], seed: int, series: int, alpha: float) -> pd.DataFrame:
    """One row a level. days, weeks, both: share of weeks with a false alarm, for alarms of days alone, of weeks alone, of either.

    found, found_fair, found_both: share of rises with an alarm before they end, for days alone, for days alone at the false-alarm rate of
    both, and for both; late, late_fair, late_both: days until then, to the end of the rise where it is missed. A week's alarm comes with
    its last day.
    """
    daily, weekly = build("gamma-Poisson", {"alpha": alpha}), build("gamma-Poisson", {"alpha": alpha, "warm_up": WARM_UP})
    dates = np.datetime64("2024-01-01") + np.arange((WARM_UP + JUDGED) * LENGTH)  # a Monday
    rows = []
    for number, level in enumerate(levels):
        rng = np.random.default_rng((seed, number))
        quiet = counts(rng, np.full(len(dates), level.mean), level.phi, series)
        rising = quiet.copy()
        extra = (GREATEST - 1) * np.arange(1, RISE * LENGTH + 1) / (RISE * LENGTH)
        rising[:, -RISE * LENGTH :] += rng.poisson(level.mean * extra, (series, RISE * LENGTH))
        of_quiet, of_rising = (_scores(daily, weekly, observed, dates, rng) for observed in (quiet, rising))
        limit = np.log(alpha)
        false = [_false(*of_quiet, day, week) for day, week in ((limit, limit), (limit, -np.inf), (-np.inf, limit))]
        fair = float(np.quantile(_least(of_quiet[0]), false[0]))
        told = [_told(*of_rising, day, week) for day, week in ((limit, -np.inf), (fair, -np.inf), (limit, limit))]
        rows.append((level.mean, level.phi, false[1], false[2], false[0], *(number for pair in told for number in pair)))
    names = ["mean", "phi", "days", "weeks", "both", "found", "late", "found_fair", "late_fair", "found_both", "late_both"]
    return pd.DataFrame(rows, columns=names)


def _scores(daily: Detector, weekly: Detector, observed: Floats, dates: Days, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Log p-values of the judged days and weeks, with a hair's breadth of noise that breaks ties."""
    ends = week_ends(dates, "iso")
    sums, covered = weekly_sums(observed, np.ones_like(observed), ends, 1.0)
    pairs = ((daily.detect(observed, dates), JUDGED * LENGTH), (weekly.detect(sums, dates[ends], covered), JUDGED))
    logs = (np.log(np.maximum(found.pvalue[:, -judged:], 1e-300)) for found, judged in pairs)
    day, week = (log - 1e-9 * rng.random(log.shape) for log in logs)
    return day, week


def _least(days: Floats) -> Floats:
    """The least score of the days of each week."""
    return days.reshape(len(days), -1, LENGTH).min(axis=2)


def _false(days: Floats, weeks: Floats, day_limit: float, week_limit: float) -> float:
    return float(((_least(days) < day_limit) | (weeks < week_limit)).mean())


def _told(days: Floats, weeks: Floats, day_limit: float, week_limit: float) -> tuple[float, float]:
    """The share of rises that are seen, and how many days after they began, all of the rise where they are not."""
    alarm = days[:, -RISE * LENGTH :] < day_limit
    alarm[:, LENGTH - 1 :: LENGTH] |= weeks[:, -RISE:] < week_limit
    when = np.where(alarm.any(axis=1), alarm.argmax(axis=1) + 1, RISE * LENGTH)
    return float(alarm.any(axis=1).mean()), float(when.mean())
