"""The cumulative sum of standardised counts.

    S(t) = max(0, S(t-1) + x(t) - k),   S = 0 before the first evaluated day,   alarm where S(t) > h,

with x(t) the count, standardised by the in-control mean m and one of the transformations

    standard      (y - m) / sqrt(m)
    rossi         (y - 3 m + 2 sqrt(m y)) / (2 sqrt(m))
    anscombe      3/2 (y^(2/3) - m^(2/3)) / m^(1/6)
    anscombe2nd   (y^(2/3) - m^(2/3) + m^(-1/3) / 9) / (2/3 m^(1/6))
    pearsonNegBin (y - m) / sqrt(m + a m^2)
    anscombeNegBin 3/2 (((1 + a y)^(2/3) - (1 + a m)^(2/3)) / a + y^(2/3) - m^(2/3)) / (a m^2 + m)^(1/6)
    none          y

The bound is the count that takes S(t) to h. Two oddities of R's surveillance are kept: with anscombe2nd it has m^(1/3)/9 in place of
m^(-1/3)/9, and with none it is what is missing after today's count, h - S(t). After an alarm nothing restarts. A day that is NaN leaves S
as it was. A p-value does not belong to the method and is NaN. Sources: Rossi, Lampugnani and Marchi 1999, Stat Med 18:2111-2122; Pierce and
Schafer 1986, J Am Stat Assoc 81:977-986; Hilbe 2007, Negative Binomial Regression.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from analytics.detect.base import Days, Detection, Floats, Params
from analytics.detect.glm import seasonal_design, seasonal_mean
from analytics.detect.windows import check_freq, frequency

Transformation = Literal["standard", "rossi", "anscombe", "anscombe2nd", "pearsonNegBin", "anscombeNegBin", "none"]
HALVINGS = 80  #: steps of the numerical inverse of anscombeNegBin


@dataclass(frozen=True)
class CusumParams(Params):
    """k: allowance; h: decision limit; trans: transformation (None: none); m: in-control mean (a number; None: the mean of the days before
    `start`; "glm": a seasonal Poisson regression on them); alpha: overdispersion a of the two NegBin transformations; start: first
    evaluated observation, counted from 0 (None: after one year); freq: observations a year (None: from the dates)."""

    k: float = 1.04
    h: float = 2.26
    trans: Transformation | None = "standard"
    m: float | Literal["glm"] | None = None
    alpha: float = 0.1
    start: int | None = None
    freq: int | None = None

    def __post_init__(self) -> None:
        if isinstance(self.m, float) and not self.m > 0:
            raise ValueError(f"m = {self.m}: above 0")
        if self.start is not None and self.start < (0 if isinstance(self.m, float) else 1):
            raise ValueError(f"start = {self.start}: at least one observation before it, or give m")
        if not self.alpha > 0:
            raise ValueError(f"alpha = {self.alpha}: above 0")
        if not self.h > 0:
            raise ValueError(f"h = {self.h}: above 0")
        check_freq(self.freq)


@dataclass(frozen=True)
class CusumDetection(Detection):
    """As Detection; statistic: S(t) (series, days), NaN before the first evaluated day."""

    statistic: Floats


class Cusum:
    """Small shifts that last add up."""

    name: ClassVar[str] = "CUSUM"
    Params: ClassVar[type[Params]] = CusumParams

    def __init__(self, params: CusumParams) -> None:
        self.params = params

    @property
    def lookback(self) -> int:
        return frequency(np.empty(0, dtype="datetime64[D]"), self.params.freq) if self.params.start is None else self.params.start

    @property
    def rule(self) -> str:
        return f"{self.name}: {self.params.trans or 'none'}, k {self.params.k:g}, h {self.params.h:g}"

    def detect(self, counts: Floats, dates: Days, exposure: Floats | None = None) -> Detection:
        freq = frequency(dates, self.params.freq)
        start = freq if self.params.start is None else self.params.start
        blank = np.full(counts.shape, np.nan)
        if counts.shape[1] <= start:
            return CusumDetection(blank, blank.copy(), blank.copy(), np.zeros(counts.shape, bool), blank.copy())
        mean = blank.copy()
        mean[:, start:] = self._mean(counts, start, freq)
        with np.errstate(invalid="ignore", divide="ignore"):
            scores = self._scores(counts, mean)
            total = accumulate(scores - self.params.k, start)
            before = np.concatenate([np.zeros((len(counts), 1)), np.nan_to_num(total[:, :-1])], axis=1)
            upper = np.where(np.isnan(counts), np.nan, self._bound(self.params.h + self.params.k - before, mean, total))
        return CusumDetection(mean, upper, blank, (total > self.params.h) & ~np.isnan(counts), total)

    def _mean(self, counts: Floats, start: int, freq: int) -> Floats:
        """In-control means of the evaluated days, (series, days - start)."""
        shape = (counts.shape[0], counts.shape[1] - start)
        if self.params.m == "glm":
            design = seasonal_design(counts.shape[1], freq, harmonics=1, trend=False)
            return seasonal_mean(counts[:, :start], design[:start], design[start:])
        if self.params.m is not None:
            return np.full(shape, float(self.params.m))
        past = counts[:, :start]
        valid = (~np.isnan(past)).sum(axis=1, keepdims=True)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.broadcast_to(np.nansum(past, axis=1, keepdims=True) / valid, shape)

    def _scores(self, y: Floats, m: Floats) -> Floats:
        return transform(self.params.trans, self.params.alpha)(y, m)

    def _bound(self, need: Floats, m: Floats, total: Floats) -> Floats:
        """The count whose score is `need`, floored at 0."""
        a = self.params.alpha
        match self.params.trans:
            case "standard":
                bound = np.ceil(m + np.sqrt(m) * need)
            case "rossi":
                # need = ((sqrt(y) + sqrt(m))^2 - 4 m) / (2 sqrt(m)); as in R, also the root that has sqrt(y) < 0 counts
                square = 2 * np.sqrt(m) * need + 4 * m
                bound = np.where(square < 0, 0, (np.sqrt(np.maximum(square, 0)) - np.sqrt(m)) ** 2)
            case "anscombe":
                bound = np.maximum(m ** (2 / 3) + 2 / 3 * m ** (1 / 6) * need, 0) ** 1.5
            case "anscombe2nd":
                bound = np.maximum(m ** (2 / 3) - m ** (1 / 3) / 9 + 2 / 3 * m ** (1 / 6) * need, 0) ** 1.5
            case "pearsonNegBin":
                bound = m + np.sqrt(m + a * m**2) * need
            case "anscombeNegBin":
                bound = inverse(transform("anscombeNegBin", a), need, m)
            case _:
                bound = self.params.h - total
        return np.where(np.isnan(total), np.nan, np.maximum(bound, 0))


def transform(name: Transformation | None, a: float) -> Callable[[Floats, Floats], Floats]:
    """The transformation (count, in-control mean) -> score; `a` is the overdispersion of the NegBin ones."""
    return {
        "standard": lambda y, m: (y - m) / np.sqrt(m),
        "rossi": lambda y, m: (y - 3 * m + 2 * np.sqrt(m * y)) / (2 * np.sqrt(m)),
        "anscombe": lambda y, m: 1.5 * (y ** (2 / 3) - m ** (2 / 3)) / m ** (1 / 6),
        "anscombe2nd": lambda y, m: (y ** (2 / 3) - (m ** (2 / 3) - m ** (-1 / 3) / 9)) / (2 / 3 * m ** (1 / 6)),
        "pearsonNegBin": lambda y, m: (y - m) / np.sqrt(m + a * m**2),
        "anscombeNegBin": lambda y, m: (
            (3 / a * ((1 + a * y) ** (2 / 3) - (1 + a * m) ** (2 / 3)) + 3 * (y ** (2 / 3) - m ** (2 / 3)))
            / (2 * (a * m**2 + m) ** (1 / 6))
        ),
        "none": lambda y, m: y + 0 * m,
    }[name or "none"]


def inverse(score: Callable[[Floats, Floats], Floats], need: Floats, m: Floats) -> Floats:
    """The count y >= 0 whose increasing `score(y, m)` is `need`, by halving; 0 where even 0 is too much."""
    low, high = np.zeros_like(m), np.maximum(m, 1.0)
    while np.any(short := score(high, m) < need):
        high = np.where(short, 2 * high, high)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        above = score(middle, m) >= need
        low, high = np.where(above, low, middle), np.where(above, middle, high)
    return high


def accumulate(steps: Floats, start: int) -> Floats:
    """S(t) = max(0, S(t-1) + step(t)) from day `start` on, (series, days); NaN steps leave S as it was."""
    out = np.full(steps.shape, np.nan)
    total = np.zeros(len(steps))
    for t in range(start, steps.shape[1]):
        total = np.maximum(0, total + np.where(np.isnan(steps[:, t]), 0, steps[:, t]))
        out[:, t] = total
    return out
