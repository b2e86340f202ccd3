"""The reweighted EARS of epitweetr, in the compatible mode, with its known flaw.

On the n values h before day t (the days t-1..t-n, or the same weekday of n weeks), with a fit under weights w scaled to sum n

    m = mean(w h),   s = sqrt(sum(w (h - m)^2) / (n - 1)),   U = m + t(1 - alpha; n - 1) s sqrt(1 + 1/n),

the unweighted fit gives studentised residuals r(i) = (h(i) - m0) / (s(-i) sqrt(1 - 1/n)), where s(-i) is the standard deviation without
the i-th value; past outliers r(i) > c = t(1 - alpha_outlier; n - 2) get the weight (c / r(i))^k; the alarm is y(t) > U of the weighted fit.

The flaw, kept so that results compare: a constant history gives 0/0, the bound is NaN and no alarm is raised, whatever comes
after. Source: Espinosa et al. 2022, Euro Surveill 27(39):2200177.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy.special import stdtr, stdtrit

from analytics.detect.base import Days, Detection, Floats, Params
from analytics.detect.ears import standardised


@dataclass(frozen=True)
class EpitweetrParams(Params):
    """alpha: nominal false-alarm rate; alpha_outlier: when a past value is an outlier; k_decay: how fast its weight falls;
    no_historic: number of past values; same_weekday_baseline: compare with the same weekday only."""

    alpha: float = 0.025
    alpha_outlier: float = 0.05
    k_decay: float = 4.0
    no_historic: int = 7
    same_weekday_baseline: bool = False

    def __post_init__(self) -> None:
        if self.no_historic < 3:
            raise ValueError(f"no_historic = {self.no_historic}: at least 3")
        for key in ("alpha", "alpha_outlier"):
            if not 0 < getattr(self, key) < 1:
                raise ValueError(f"{key} = {getattr(self, key)}: between 0 and 1")


class Epitweetr:
    """EARS with past outliers weighted down."""

    name: ClassVar[str] = "epitweetr"
    Params: ClassVar[type[Params]] = EpitweetrParams

    def __init__(self, params: EpitweetrParams) -> None:
        self.params = params

    @property
    def step(self) -> int:
        return 7 if self.params.same_weekday_baseline else 1

    @property
    def lookback(self) -> int:
        return self.params.no_historic * self.step

    @property
    def rule(self) -> str:
        days = "same weekday of" if self.params.same_weekday_baseline else "days"
        return f"{self.name}: {days} {self.params.no_historic}, alpha {self.params.alpha:g}"

    def detect(self, counts: Floats, dates: Days, exposure: Floats | None = None) -> Detection:
        mean, spread = (np.full(counts.shape, np.nan) for _ in range(2))
        if counts.shape[1] > self.lookback:
            history = self._history(counts)
            mean[:, self.lookback :], spread[:, self.lookback :] = weighted_fit(history, self._weights(history))
        freedom = self.params.no_historic - 1
        upper = mean - stdtrit(freedom, self.params.alpha) * spread
        return Detection(mean, upper, stdtr(freedom, -standardised(counts, mean, spread)), counts > upper)

    def _history(self, counts: Floats) -> Floats:
        """The past values of each evaluated day: (no_historic, series, days - lookback), the most recent first."""
        days = counts.shape[1] - self.lookback
        starts = (self.lookback - lag * self.step for lag in range(1, self.params.no_historic + 1))
        return np.stack([counts[:, start : start + days] for start in starts])

    def _weights(self, history: Floats) -> Floats:
        n = len(history)
        centre = history.mean(axis=0)
        squares = (history - centre) ** 2
        # leaving out value i takes n/(n-1) of its squared deviation from the sum of squares
        without = (squares.sum(axis=0) - squares * n / (n - 1)) / (n - 2)
        tied = np.abs(without) <= 1e-12 * np.maximum(1.0, centre**2)
        without[tied] = 0.0
        with np.errstate(invalid="ignore", divide="ignore"):
            residual = (history - centre) / (np.sqrt(np.maximum(without, 0)) * np.sqrt(1 - 1 / n))
            limit = -stdtrit(n - 2, self.params.alpha_outlier)
            return np.where(np.isnan(residual), np.nan, np.where(residual > limit, (limit / residual) ** self.params.k_decay, 1.0))


def weighted_fit(history: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Mean and predictive standard deviation s sqrt(1 + 1/n) of (n, series, days) values under weights scaled to sum n."""
    n = len(history)
    with np.errstate(invalid="ignore", divide="ignore"):
        weights = weights * n / weights.sum(axis=0)
    mean = (weights * history).mean(axis=0)
    variance = (weights * (history - mean) ** 2).sum(axis=0) / (n - 1)
    return mean, np.sqrt(variance) * np.sqrt(1 + 1 / n)
