"""EARS C1, C2 and C3 of the US Early Aberration Reporting System.

With the mean m and the sample standard deviation s of `baseline` days before day t (C1: the days t-b..t-1; C2 and C3 leave a guard
band of two days: t-b-2..t-3), z the (1 - alpha) quantile of the standard normal and s* = max(s, min_sigma):

    C1, C2:   U(t) = m(t) + z s*(t)                                alarm where y(t) > U(t)
    C3:       U(t) = max(0, y(t) + s*(t) (z - S(t))),   S(t) = sum over i in {t-1, t-2} of max(0, (y(i) - m(i)) / s*(i) - 1)

Sources: Hutwagner et al. 2003, J Urban Health 80(2 Suppl 1):i89-i96; Fricker, Hegler and Dunfee 2008, Stat Med 27:3407-3429. C3 is the
variant of R's surveillance: its alarm depends on the two days before, not on today's count.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy.special import ndtr, ndtri

from analytics.detect.base import Days, Detection, Floats, Params

GUARD = 2  #: days between baseline and today for C2 and C3


@dataclass(frozen=True)
class EarsParams(Params):
    """baseline: days; alpha: nominal false-alarm rate; min_sigma: floor of the standard deviation; min_valid: days of the baseline that
    must have been covered (None: all of them, as in R)."""

    baseline: int = 7
    alpha: float = 0.001
    min_sigma: float = 0.0
    min_valid: int | None = None

    def __post_init__(self) -> None:
        if self.baseline < 2:
            raise ValueError(f"baseline = {self.baseline}: at least 2 days")
        if not 0 < self.alpha < 1:
            raise ValueError(f"alpha = {self.alpha}: between 0 and 1")
        if self.min_sigma < 0:
            raise ValueError(f"min_sigma = {self.min_sigma}: not negative")
        if self.min_valid is not None and not 2 <= self.min_valid <= self.baseline:
            raise ValueError(f"min_valid = {self.min_valid}: between 2 and baseline = {self.baseline}")


@dataclass(frozen=True)
class Ears3Params(EarsParams):
    """As EarsParams; C3's usual alpha is 0.025."""

    alpha: float = 0.025


def baseline_moments(counts: Floats, baseline: int, lag: int, min_valid: int) -> tuple[Floats, Floats]:
    """Mean and sample standard deviation of the `baseline` days that end `lag` days before each day.

    counts: (series, days), NaN where not covered. Returns two arrays (series, days); NaN where fewer than `min_valid` days are there.
    The days are added window position by window position: exact to the last digit, unlike cumulative sums, and as fast.
    """
    series, days = counts.shape
    mean = np.full((series, days), np.nan)
    sd = np.full((series, days), np.nan)
    first = baseline + lag - 1
    if days <= first:
        return mean, sd
    there = ~np.isnan(counts)
    whole = bool(there.all())
    values = counts if whole else np.where(there, counts, 0.0)
    starts = [slice(start, start + days - first) for start in range(baseline)]
    valid = baseline if whole else sum(there[:, window].astype(np.int64) for window in starts)
    count = np.where(np.asarray(valid) >= min_valid, valid, np.nan)
    centre, squares = np.zeros((series, days - first)), np.zeros((series, days - first))
    for window in starts:
        centre += values[:, window]
    centre /= count
    for window in starts:
        off = values[:, window] - centre
        off *= off
        squares += off if whole else np.where(there[:, window], off, 0.0)
    mean[:, first:] = centre
    sd[:, first:] = np.sqrt(squares / (count - 1))
    return mean, sd


class _Ears:
    """What C1, C2 and C3 share."""

    name: ClassVar[str]
    Params: ClassVar[type[Params]] = EarsParams
    lag: ClassVar[int] = 1

    def __init__(self, params: EarsParams) -> None:
        self.params = params

    @property
    def lookback(self) -> int:
        return self.params.baseline + self.lag - 1

    @property
    def rule(self) -> str:
        return f"{self.name}: {self.params.baseline} days, alpha {self.params.alpha:g}"

    def _moments(self, counts: Floats) -> tuple[Floats, Floats]:
        min_valid = self.params.baseline if self.params.min_valid is None else self.params.min_valid
        mean, sd = baseline_moments(counts, self.params.baseline, self.lag, min_valid)
        return mean, np.maximum(sd, self.params.min_sigma)

    def detect(self, counts: Floats, dates: Days, exposure: Floats | None = None) -> Detection:
        mean, sd = self._moments(counts)
        upper = mean - ndtri(self.params.alpha) * sd
        return Detection(mean, upper, ndtr(-standardised(counts, mean, sd)), counts > upper)


class EarsC1(_Ears):
    """The seven days just before today."""

    name = "EARS-C1"


class EarsC2(_Ears):
    """Seven days, with two days left out before today, so that the start of an outbreak does not raise its own bound."""

    name = "EARS-C2"
    lag = 1 + GUARD


class EarsC3(_Ears):
    """The sum of the excesses of C2 on the two days before."""

    name = "EARS-C3"
    Params: ClassVar[type[Params]] = Ears3Params
    lag = 1 + GUARD

    @property
    def lookback(self) -> int:
        return super().lookback + GUARD

    def detect(self, counts: Floats, dates: Days, exposure: Floats | None = None) -> Detection:
        mean, sd = self._moments(counts)
        with np.errstate(invalid="ignore", divide="ignore"):
            excess = np.maximum((counts - mean) / sd - 1, 0)
        lagged = np.full(counts.shape, np.nan)
        lagged[:, GUARD:] = excess[:, 1:-1] + excess[:, :-GUARD]
        with np.errstate(invalid="ignore"):
            upper = np.maximum(counts + sd * (-ndtri(self.params.alpha) - lagged), 0)
        return Detection(mean, upper, np.where(np.isnan(upper), np.nan, ndtr(-lagged)), counts > upper)


def standardised(counts: Floats, mean: Floats, sd: Floats) -> Floats:
    """(y - m) / s; where s is 0, the limit: plus or minus infinity, or 0 where y = m."""
    with np.errstate(invalid="ignore", divide="ignore"):
        score = (counts - mean) / sd
    return np.where((sd == 0) & (counts == mean), 0.0, score)
