"""Farrington: the original algorithm of 1996.

As the flexible one (farrington_flexible.py), but with the windows of past years alone, no seasonal blocks, past outbreaks weighted down
from a standardised residual of 1 on, a trend only where p < 0.05, and a two-sided bound:

    U = (mu0^(2/3) + z(1 - alpha/2) sqrt(4/9 mu0^(1/3) (phi + se^2/mu0)))^(3/2),     alarm where y > U.

Where the last limit54[1] counts sum up to fewer than limit54[0], the bound is 0, as in R, and there is no alarm. Source: Farrington,
Andrews, Beale and Catchpole 1996, J R Stat Soc A 159:547-563.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from analytics.detect.base import Days, Detection, Floats, Params
from analytics.detect.farrington_flexible import FarringtonFlexible, FlexibleParams, PowerTransformation, recent_sum


@dataclass(frozen=True)
class FarringtonParams(Params):
    """b: years back; w: half-width of the window; reweight: weight past outbreaks down; alpha: two-sided level; trend: whether a trend
    may be used; limit54: (n, k), no alarm where the last k counts sum up to fewer than n; powertrans; freq: observations a year (None: from
    the dates); calendar: past years by date, not by number of observations."""

    b: int = 5
    w: int = 3
    reweight: bool = True
    alpha: float = 0.05
    trend: bool = True
    limit54: tuple[int, int] = (5, 4)
    powertrans: PowerTransformation = "2/3"
    freq: int | None = None
    calendar: bool = True

    def __post_init__(self) -> None:
        self.flexible()

    def flexible(self) -> FlexibleParams:
        """The flexible algorithm that computes the same."""
        return FlexibleParams(
            b=self.b,
            w=self.w,
            reweight=self.reweight,
            weightsThreshold=1.0,
            alpha=self.alpha / 2,
            trend=self.trend,
            pThresholdTrend=0.05,
            limit54=self.limit54,
            powertrans=self.powertrans,
            noPeriods=1,
            pastWeeksNotIncluded=0,
            freq=self.freq,
            calendar=self.calendar,
        )


class _WithTextbookError(FarringtonFlexible):
    textbook_error = True
    by_index = True


class Farrington:
    """Quasi-Poisson regression on the same weeks of past years."""

    name: ClassVar[str] = "Farrington"
    Params: ClassVar[type[Params]] = FarringtonParams

    def __init__(self, params: FarringtonParams) -> None:
        self.params = params

    @property
    def lookback(self) -> int:
        return FarringtonFlexible(self.params.flexible()).lookback

    @property
    def rule(self) -> str:
        return f"{self.name}: {self.params.b} years back, half-width {self.params.w}, alpha {self.params.alpha:g}"

    def detect(self, counts: Floats, dates: Days, exposure: Floats | None = None) -> Detection:
        found = _WithTextbookError(self.params.flexible()).detect(counts, dates, None)
        needed, last = self.params.limit54
        few = (recent_sum(counts, last) < needed) & ~np.isnan(found.pvalue)
        return replace(found, upper=np.where(few, 0.0, found.upper))
