"""How fast a series grows, and where on its curve it is.

A log-linear quasi-Poisson regression of the last days on time, exposure as offset: log mean = a + r t. The rate r a day has a normal
interval with the dispersion estimated by Pearson's statistic (McCullagh and Nelder 1989, Generalized Linear Models, section 9.2); the
doubling time is log 2 / r (Wallinga and Lipsitch 2007, Proc R Soc B 274:599-604).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

DAYS = 14  #: days that the rate is estimated from
WEEK = 7  #: days that tell where on its curve a series is
LEAST = 5  #: days with counts that an estimate needs
NORMAL = 1.959964  #: of a two-sided 95 % interval
ROUNDS = 25
STEEPEST = 2.0  #: of |r|: a factor of e squared a day
ELEVATED = 2.0  #: times its expected count from which on a series stands above its ordinary level

PHASES = ("starting", "growing", "peaking", "falling", "flat", "unknown")


@dataclass(frozen=True)
class Growth:
    """All (series,). rate: of the log mean a day, with a 95 % interval; phase: one of PHASES. NaN and "unknown" where days are too few."""

    rate: Floats
    low: Floats
    high: Floats
    phase: NDArray[np.str_]

    @property
    def doubling(self) -> tuple[Floats, Floats, Floats]:
        """Days to double: estimate, shortest, longest; negative are days to halve. The longest is infinite where the rate may be 0."""
        with np.errstate(divide="ignore", invalid="ignore"):
            same = self.low * self.high > 0
            ends = np.sort(np.log(2) / np.stack([self.low, self.high]), axis=0)
            return np.log(2) / self.rate, np.where(same, ends[0], np.log(2) / self.high), np.where(same, ends[1], np.inf)


def growth(counts: Floats, exposure: Floats | None = None, expected: Floats | None = None) -> Growth:
    """The growth at the end of each series.

    counts: (series, days), NaN where nothing was collected, the last day last; exposure: the same, share of each day covered; expected: the
    same, what a detector expected. The last `DAYS` days count.
    """
    y = np.asarray(counts, float)[:, -DAYS:]
    e = np.ones_like(y) if exposure is None else np.asarray(exposure, float)[:, -DAYS:]
    there = np.isfinite(y) & (e > 0)
    y, e = np.where(there, y, 0.0), np.where(there, e, 1e-9)
    rate, error = _fit(y, e, there)
    enough = (there.sum(1) >= LEAST) & (y.sum(1) > 0)
    rate, error = np.where(enough, rate, np.nan), np.where(enough, error, np.nan)
    low, high = rate - NORMAL * error, rate + NORMAL * error
    usual = np.full(y.shape, np.nan) if expected is None else np.asarray(expected, float)[:, -DAYS:]
    now, wide = _fit(y[:, -WEEK:], e[:, -WEEK:], there[:, -WEEK:])
    turn = np.where(enough, now, np.nan) + NORMAL * np.stack([-wide, wide])
    return Growth(rate, low, high, _phases(y, np.where(there, usual, np.nan), *turn))


def _fit(y: Floats, e: Floats, there: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Rate and its standard error by iteratively reweighted least squares, all series at once."""
    t = np.arange(y.shape[1]) - (y.shape[1] - 1) / 2
    level = np.log((y.sum(1) + 0.5) / np.where(there, e, 0.0).sum(1).clip(1e-9))
    rate = np.zeros(len(y))
    for _ in range(ROUNDS):
        mean = np.where(there, e * np.exp(np.clip(level[:, None] + rate[:, None] * t, -30, 30)), 0.0)
        weight = mean.sum(1).clip(1e-12)
        centre = (mean * t).sum(1) / weight
        spread = (mean * (t - centre[:, None]) ** 2).sum(1).clip(1e-12)
        off = np.where(there, y - mean, 0.0)
        step = (off * (t - centre[:, None])).sum(1) / spread
        step = np.clip(rate + np.clip(step, -0.5, 0.5), -STEEPEST, STEEPEST) - rate
        rate = rate + step
        level = level + np.clip(off.sum(1) / weight - centre * step, -1.0, 1.0)
    mean = np.where(there, e * np.exp(np.clip(level[:, None] + rate[:, None] * t, -30, 30)), 0.0)
    pearson = np.where(mean > 0, (y - mean) ** 2 / mean.clip(1e-9), 0.0).sum(1)
    dispersion = np.maximum(pearson / np.maximum(there.sum(1) - 2, 1), 1.0)
    centre = (mean * t).sum(1) / mean.sum(1).clip(1e-12)
    return rate, np.sqrt(dispersion / (mean * (t - centre[:, None]) ** 2).sum(1).clip(1e-12))


def _phases(y: Floats, usual: Floats, low: Floats, high: Floats) -> NDArray[np.str_]:
    """By the last week's rate. Starting: rising, and not above the ordinary the week before; peaking: above it, and neither rising nor
    falling for certain."""
    with np.errstate(invalid="ignore"):
        above = y > np.maximum(ELEVATED * usual, usual + 2)
    recent = above[:, -3:].any(1)
    earlier = above[:, :-WEEK].any(1)
    rising, falling = low > 0, high < 0
    phase = np.full(len(y), "flat", dtype="<U8")
    phase[recent] = "peaking"
    phase[falling] = "falling"
    phase[rising] = "growing"
    phase[rising & ~earlier] = "starting"
    phase[np.isnan(low)] = "unknown"
    return phase
