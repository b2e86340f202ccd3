"""Which past observations a day is compared with: the year in observations, trailing values, and windows in the years before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analytics.detect.base import Days, Floats, Params

YEAR = 365.25  #: days
DAILY, WEEKLY, MONTHLY = 365, 52, 12  #: observations a year


def frequency(dates: Days, freq: int | None = None) -> int:
    """Observations a year: `freq` where given, else from the usual step of the dates (one day: 365, a week: 52, a month: 12)."""
    if freq is not None:
        return freq
    if len(dates) < 2:
        return DAILY
    step = float(np.median(np.diff(dates.astype("datetime64[D]")).astype(np.int64)))
    if step <= 1:
        return DAILY
    if 6 <= step <= 8:
        return WEEKLY
    return MONTHLY if 28 <= step <= 31 else max(1, round(YEAR / step))


def check_freq(freq: int | None) -> None:
    """Raise ValueError where `freq` is not a number of observations a year."""
    if freq is not None and freq < 1:
        raise ValueError(f"freq = {freq}: at least 1 observation a year, or leave it out")


def check_alpha(alpha: float) -> None:
    """Raise ValueError where `alpha` is not a probability between 0 and 1."""
    if not 0 < alpha < 1:
        raise ValueError(f"alpha = {alpha}: between 0 and 1")


@dataclass(frozen=True)
class WindowParams(Params):
    """b: years back; w: half-width of the window in each year, in observations; actY: also the w observations just before;
    freq: observations a year (None: from the dates)."""

    b: int = 0
    w: int = 6
    actY: bool = True
    freq: int | None = None

    def __post_init__(self) -> None:
        if self.b < 0 or self.w < 0 or (self.b == 0 and not (self.actY and self.w > 0)):
            raise ValueError(f"b = {self.b}, w = {self.w}, actY = {self.actY}: no reference value is left")
        check_freq(self.freq)

    def lags(self, dates: Days) -> list[int]:
        """How many observations back each reference value lies: w values before, and 2 w + 1 around the same time of b years."""
        freq = frequency(dates, self.freq)
        recent = list(range(self.w, 0, -1)) if self.actY else []
        return [i * freq + d for i in range(self.b, 0, -1) for d in range(self.w, -self.w - 1, -1)] + recent

    @property
    def lookback(self) -> int:
        """Days of history, for daily data when `freq` is left open."""
        return max(self.w, self.b * (self.freq or DAILY) + self.w)


def lagged(counts: Floats, lags: Sequence[int]) -> tuple[int, Floats]:
    """The values `lags` observations before each day: (first, values), values (lags, series, days - first).

    `first` is the first day that has them all. Lags must be positive.
    """
    if min(lags) < 1:
        raise ValueError(f"a reference value {-min(lags)} observations after the day itself: make w smaller than a year")
    first = max(lags)
    days = counts.shape[1] - first
    if days <= 0:
        return first, np.empty((len(lags), counts.shape[0], 0))
    return first, np.stack([counts[:, first - lag : first - lag + days] for lag in lags])


def placed(values: Floats, first: int, days: int) -> Floats:
    """(series, days - first) moved to its place in (series, days), NaN before."""
    out = np.full((values.shape[0], days), np.nan)
    if days > first:
        out[:, first:] = values
    return out
