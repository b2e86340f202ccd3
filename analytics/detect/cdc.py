"""The method of the US Centers for Disease Control for months of four weeks.

The count of a quasi-month is x(t) = y(t) + y(t-1) + y(t-2) + y(t-3). Its reference values are the quasi-months of the same time in b
years and the m before and after, each 4 observations apart: n = b (2 m + 1) values with mean M and sample standard deviation S,

    U(t) = M + z(1 - alpha/2) S sqrt(1 + 1/n),     alarm where x(t) > U(t).

`expected` and `upper` are of the quasi-month, not of the week. Source: Stroup et al. 1989, Stat Med 8:323-329.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy.special import ndtr, ndtri

from analytics.detect.base import Days, Detection, Floats, Params
from analytics.detect.ears import standardised
from analytics.detect.windows import WEEKLY, check_alpha, check_freq, frequency, lagged, placed

MONTH = 4  #: observations in a quasi-month


@dataclass(frozen=True)
class CdcParams(Params):
    """b: years back; m: quasi-months before and after; alpha: two-sided level; freq: observations a year (None: from the dates)."""

    b: int = 5
    m: int = 1
    alpha: float = 0.025
    freq: int | None = None

    def __post_init__(self) -> None:
        if self.b < 1 or self.m < 0 or self.b * (2 * self.m + 1) < 2:
            raise ValueError(f"b = {self.b}, m = {self.m}: at least two reference values, from at least one year")
        check_alpha(self.alpha)
        check_freq(self.freq)


def quasi_months(counts: Floats) -> Floats:
    """Sum of each observation and the three before it: (series, days), NaN for the first three and where one of the four is."""
    out = np.full(counts.shape, np.nan)
    if counts.shape[1] >= MONTH:
        out[:, MONTH - 1 :] = np.lib.stride_tricks.sliding_window_view(counts, MONTH, axis=1).sum(axis=2)
    return out


class Cdc:
    """Months of four weeks against the same months of the years before."""

    name: ClassVar[str] = "CDC"
    Params: ClassVar[type[Params]] = CdcParams

    def __init__(self, params: CdcParams) -> None:
        self.params = params

    @property
    def lookback(self) -> int:
        return self.params.b * (self.params.freq or WEEKLY) + self.params.m * MONTH + MONTH - 1

    @property
    def rule(self) -> str:
        return f"{self.name}: four weeks against {self.params.b} years, alpha {self.params.alpha:g}"

    def detect(self, counts: Floats, dates: Days, exposure: Floats | None = None) -> Detection:
        freq, m = frequency(dates, self.params.freq), self.params.m
        months = quasi_months(counts)
        lags = [i * freq + j * MONTH for i in range(1, self.params.b + 1) for j in range(-m, m + 1)]
        first, history = lagged(months, lags)
        n = len(history)
        mean = placed(history.mean(axis=0), first, counts.shape[1])
        spread = placed(history.std(axis=0, ddof=1), first, counts.shape[1]) * np.sqrt(1 + 1 / n)
        upper = mean - ndtri(self.params.alpha / 2) * spread
        pvalue = np.minimum(1.0, 2 * ndtr(-standardised(months, mean, spread)))
        return Detection(mean, upper, pvalue, months > upper)
