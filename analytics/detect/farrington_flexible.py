"""Farrington flexible: the improved algorithm of Noufaily and colleagues, as R's surveillance computes it.

A quasi-Poisson regression on all reference values up to `pastWeeksNotIncluded` before the day (references.py, seasonal_glm.py), with a
level for each of `noPeriods` blocks of the year and a linear trend, is fitted, past outbreaks are weighted down, and it is fitted again:

    phi = max(1, sum(W ((y - mu)/mu)^2) / df),         a = 3/2 (y^(2/3) mu^(-1/6) - mu^(1/2)) / sqrt(phi (1 - h)),
    w = gamma a^-2 where a > weightsThreshold, else gamma, with sum(w) = n.

The trend stays where b >= 3, its p-value is below pThresholdTrend and the prediction does not exceed the largest reference value. With the
prediction mu0, its standard error se, z the (1 - alpha) quantile of the standard normal and tau = phi + se^2/mu0:

    delta      U = (mu0^(2/3) + z sqrt(4/9 mu0^(1/3) tau))^(3/2);  with powertrans "1/2" (mu0^(1/2) + z sqrt(tau/4))^2,
               with "none" mu0 + z sqrt(mu0 tau)
    nbPlugin   U = the 1 - alpha quantile of the negative binomial distribution with mean mu0 and variance phi mu0
    muan       the same with mean exp(log mu0 + z se(log mu0))

    alarm where y > U; no bound where the last limit54[1] counts sum up to fewer than limit54[0].

As in R, se takes the weights w in place of the working weights in its dispersion, and `score` is (y - p) / (U - p) with p = mu0 for
delta, log mu0 for the others. Sources: Farrington et al. 1996, J R Stat Soc A 159:547-563; Noufaily et al. 2013, Stat Med 32:1206-1222;
Salmon, Schumacher and Höhle 2016, J Stat Softw 70(10).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Literal

import numpy as np
from scipy.special import ndtr, ndtri, pdtrc, stdtr

from analytics.detect import negbin
from analytics.detect.base import Days, Detection, Floats, Params
from analytics.detect.references import Layout, layouts
from analytics.detect.seasonal_glm import Bools, Problem, SeasonalFit, fit
from analytics.detect.windows import WEEKLY, check_alpha, check_freq, frequency

PowerTransformation = Literal["2/3", "1/2", "none"]
CHUNK = 256  #: problems fitted at once: their arrays stay in the processor's cache
YEARS_FOR_TREND = 3


@dataclass(frozen=True)
class FlexibleParams(Params):
    """b: years back; w: half-width of the window; reweight: weight past outbreaks down, from weightsThreshold standardised residuals on;
    alpha: one-sided level; trend, pThresholdTrend: whether, and at which p-value, a trend is used; limit54: (n, k), no bound where the
    last k counts sum up to fewer than n; powertrans; populationOffset: the exposure is an offset; noPeriods: blocks of a year;
    pastWeeksNotIncluded: latest observations left out (None: w); thresholdMethod; freq: observations a year (None: from the dates);
    calendar: past years by date, not by number of observations (daily data: the default; for weekly data see references.py)."""

    b: int = 5
    w: int = 3
    reweight: bool = True
    weightsThreshold: float = 2.58
    alpha: float = 0.05
    trend: bool = True
    pThresholdTrend: float = 1.0
    limit54: tuple[int, int] = (5, 4)
    powertrans: PowerTransformation = "2/3"
    populationOffset: bool = False
    noPeriods: int = 10
    pastWeeksNotIncluded: int | None = 26
    thresholdMethod: Literal["delta", "nbPlugin", "muan"] = "delta"
    freq: int | None = None
    calendar: bool = True

    def __post_init__(self) -> None:
        if self.b < 1 or self.w < 0 or self.noPeriods < 1:
            raise ValueError(f"b = {self.b}, w = {self.w}, noPeriods = {self.noPeriods}: at least 1, 0 and 1")
        if self.pastWeeksNotIncluded is not None and self.pastWeeksNotIncluded < 0:
            raise ValueError(f"pastWeeksNotIncluded = {self.pastWeeksNotIncluded}: not negative")
        if self.limit54[1] < 1:
            raise ValueError(f"limit54 = {self.limit54}: the number of days must be 1 or more")
        check_alpha(self.alpha)
        check_freq(self.freq)


@dataclass(frozen=True)
class FarringtonDetection(Detection):
    """As Detection; score: exceedance score, phi: dispersion, trend: the slope that was used, 0 without; all (series, days)."""

    score: Floats
    phi: Floats
    trend: Floats


@dataclass(frozen=True)
class Prediction:
    """What the regression says of each problem's day, (rows,): log of the mean, its standard error, dispersion, slope."""

    eta: Floats
    se: Floats
    phi: Floats
    slope: Floats


@dataclass(frozen=True)
class Now:
    """The day itself, (rows,): its time in the fit's origin and its log exposure."""

    t: Floats
    offset: Floats = field(default_factory=lambda: np.zeros(1))


class FarringtonFlexible:
    """Quasi-Poisson regression with seasonal blocks, trend and weights."""

    name: ClassVar[str] = "farringtonFlexible"
    Params: ClassVar[type[Params]] = FlexibleParams
    textbook_error: ClassVar[bool] = False  #: standard errors from phi, as the papers write, not as R has it here
    by_index: ClassVar[bool] = False  #: the trend counts observations even where past years are by calendar

    def __init__(self, params: FlexibleParams) -> None:
        self.params = params

    @property
    def lookback(self) -> int:
        return self.params.b * (self.params.freq or WEEKLY) + self.params.w + 1

    @property
    def rule(self) -> str:
        return f"{self.name}: {self.params.b} years back, half-width {self.params.w}, alpha {self.params.alpha:g}"

    def detect(self, counts: Floats, dates: Days, exposure: Floats | None = None) -> Detection:
        p = self.params
        found = {name: np.full(counts.shape, np.nan) for name in ("eta", "se", "phi", "slope")}
        skip = p.w if p.pastWeeksNotIncluded is None else p.pastWeeksNotIncluded
        by_date = dates if p.calendar else None
        exposure = exposure if p.populationOffset else None
        freq = frequency(dates, p.freq)
        found_layouts = layouts(counts.shape[1], by_date, freq=freq, b=p.b, w=p.w, periods=p.noPeriods, skip=skip, by_index=self.by_index)
        for layout in found_layouts:
            self._predict_layout(counts, exposure, layout, found)
        return self._bounds(counts, Prediction(**found))

    def _predict_layout(self, counts: Floats, exposure: Floats | None, layout: Layout, found: dict[str, Floats]) -> None:
        """Predict all series and days of one layout, in chunks, into `found`."""
        series, day = (a.ravel() for a in np.meshgrid(np.arange(len(counts)), layout.days, indexing="ij"))
        with np.errstate(divide="ignore"):
            logs = None if exposure is None else np.log(exposure)
        for start in range(0, len(series), CHUNK):
            s, d = series[start : start + CHUNK], day[start : start + CHUNK]
            past = d[:, None] - layout.lags
            y = counts[s[:, None], past]
            offset = None if logs is None else logs[s[:, None], past]
            there = ~np.isnan(y) if offset is None else ~np.isnan(y) & np.isfinite(offset)
            rows = np.flatnonzero(there.any(axis=1))
            if not rows.size:
                continue
            problem = Problem(
                np.where(there, y, 0)[rows],
                there[rows].astype(np.float64),
                None if offset is None else np.where(there, offset, 0)[rows],
                layout.times,
                layout.groups,
                layout.levels,
            )
            now = Now(self._time_now(problem, layout), np.zeros(len(rows)) if logs is None else logs[s[rows], d[rows]])
            prediction = self.predict(problem, now, layout.home)
            for name, values in found.items():
                values[s[rows], d[rows]] = getattr(prediction, name)

    def _time_now(self, problem: Problem, layout: Layout) -> Floats:
        """The day's time in the fit's origin. By calendar, R counts it from the first reference value that is there: kept."""
        if not self.params.calendar:
            return np.full(len(problem.counts), layout.now)
        first = problem.there.argmax(axis=1)
        return layout.now - (layout.times[first] - layout.times[0])

    def predict(self, problem: Problem, now: Now, home: int) -> Prediction:
        """Fit with the trend where it is asked for, test it, and fit again without where it goes."""
        if not self.params.trend:
            return self._fitted(problem, now, home, trend=False)[0]
        with_trend, keep = self._fitted(problem, now, home, trend=True)
        if keep.all():
            return with_trend
        drop = np.flatnonzero(~keep)
        without = self._fitted(problem.rows(drop), Now(now.t[drop], now.offset[drop]), home, trend=False)[0]
        for name in ("eta", "se", "phi", "slope"):
            getattr(with_trend, name)[drop] = getattr(without, name)
        return with_trend

    def _fitted(self, problem: Problem, now: Now, home: int, *, trend: bool) -> tuple[Prediction, Bools]:
        """Prediction, and whether its trend may stay; NaN where the first fit does not converge."""
        ones = np.ones_like(problem.counts)
        model, weights = fit(problem, ones, trend=trend), None
        good = model.converged
        if self.params.reweight:
            weights = anscombe_weights(problem, model, self.params.weightsThreshold)
            model = fit(problem, weights, trend=trend)
        raw = dispersion(problem, model, model.working)
        for_test = raw if weights is None or self.textbook_error else dispersion(problem, model, weights * problem.there)
        for_error = np.maximum(raw, 1) if self.textbook_error else for_test
        with np.errstate(invalid="ignore", divide="ignore"):
            eta = model.level[:, home] + model.slope * now.t + now.offset
            se = np.sqrt(for_error * model.leverage(np.array([home]), now.t[:, None])[:, 0])
            eta, se = np.where(good, eta, np.nan), np.where(good, se, np.nan)
            phi = np.where(good, np.maximum(raw, 1), np.nan)
            keep = good
            if trend:
                pvalue = 2 * stdtr(model.freedom, -np.abs(model.slope) / np.sqrt(for_test / model.spread))
                largest = np.where(problem.there > 0, problem.counts, -np.inf).max(axis=1)
                keep = good & (self.params.b >= YEARS_FOR_TREND) & (pvalue < self.params.pThresholdTrend) & (np.exp(eta) <= largest)
        return Prediction(eta, se, phi, model.slope), keep

    def _bounds(self, counts: Floats, found: Prediction) -> FarringtonDetection:
        p = self.params
        z = -ndtri(p.alpha)
        mean = np.exp(found.eta)
        if p.thresholdMethod == "delta":
            centre, spread = spread_of(mean, found.se * mean, found.phi, p.powertrans)
            upper = back(centre + z * spread, p.powertrans)
            pvalue = ndtr((centre - forth(counts, p.powertrans)) / spread)
            predicted = mean
        else:
            with np.errstate(over="ignore"):
                assumed = mean if p.thresholdMethod == "nbPlugin" else np.exp(found.eta + z * found.se)
            upper = quantile(1 - p.alpha, assumed, found.phi)
            pvalue = np.where(np.isfinite(assumed), upper_tail(counts, assumed, found.phi), np.nan)
            predicted = found.eta
        with np.errstate(invalid="ignore", divide="ignore"):
            score = (counts - predicted) / (upper - predicted)
        enough = recent_sum(counts, p.limit54[1]) >= p.limit54[0]
        upper = np.where(enough, upper, np.nan)
        return FarringtonDetection(np.where(np.isnan(upper), np.nan, mean), upper, pvalue, counts > upper, score, found.phi, found.slope)


def dispersion(problem: Problem, model: SeasonalFit, weights: Floats) -> Floats:
    """sum(weights ((y - mu) / mu)^2) / df of each row."""
    with np.errstate(divide="ignore", invalid="ignore"):
        residual = (problem.counts - model.mu) / model.mu
        return np.einsum("ij,ij->i", weights, residual**2) / model.freedom


def anscombe_weights(problem: Problem, model: SeasonalFit, threshold: float) -> Floats:
    """Weights of the second fit from the standardised Anscombe residuals of the first, (rows, n), with sum n over the counts there."""
    with np.errstate(divide="ignore", invalid="ignore"):
        phi = np.maximum(dispersion(problem, model, model.working), 1)
        hat = model.working * model.leverage(problem.groups, problem.t[None, :])
        y, mu = problem.counts, model.mu
        residual = 1.5 * (np.cbrt(y) ** 2 / np.sqrt(np.cbrt(mu)) - np.sqrt(mu)) / np.sqrt(phi[:, None] * (1 - hat))
        raw = problem.there * np.where(residual > threshold, 1 / residual**2, 1.0)
        return raw * (problem.there.sum(axis=1) / raw.sum(axis=1))[:, None]


def recent_sum(counts: Floats, days: int) -> Floats:
    """Sum of each day and the days - 1 before it; NaN at the start and where one of them is."""
    out = np.full(counts.shape, np.nan)
    if counts.shape[1] >= days:
        out[:, days - 1 :] = np.lib.stride_tricks.sliding_window_view(counts, days, axis=1).sum(axis=2)
    return out


def forth(y: Floats, power: PowerTransformation) -> Floats:
    """The power transformation."""
    return {"2/3": lambda: np.cbrt(y) ** 2, "1/2": lambda: np.sqrt(y), "none": lambda: y}[power]()


def back(value: Floats, power: PowerTransformation) -> Floats:
    """The inverse of the power transformation."""
    if power == "none":
        return value
    with np.errstate(invalid="ignore"):
        return value**1.5 if power == "2/3" else value**2


def spread_of(mean: Floats, se: Floats, phi: Floats, power: PowerTransformation) -> tuple[Floats, Floats]:
    """Transformed mean and the standard deviation of a transformed new count about it, by the delta method."""
    with np.errstate(divide="ignore", invalid="ignore"):
        tau = phi + se**2 / mean
        variance = {"2/3": lambda: 4 / 9 * np.cbrt(mean) * tau, "1/2": lambda: tau / 4, "none": lambda: mean * tau}[power]()
    return forth(mean, power), np.sqrt(variance)


def quantile(p: float, mean: Floats, phi: Floats) -> Floats:
    """The p quantile of a count with this mean and variance phi * mean; at phi = 1 of the Poisson distribution."""
    with np.errstate(divide="ignore", invalid="ignore"):
        wide = negbin.quantile(p, mean / (phi - 1), 1 / phi)
    return np.where(phi > 1, wide, negbin.poisson_quantile(p, np.where(phi > 1, np.nan, mean)))


def upper_tail(counts: Floats, mean: Floats, phi: Floats) -> Floats:
    """P(Y >= counts) for a count with this mean and variance phi * mean."""
    with np.errstate(divide="ignore", invalid="ignore"):
        poisson = np.where(counts > 0, pdtrc(np.maximum(counts, 1) - 1, mean), 1.0)
        wide = negbin.upper_tail(counts, mean / (phi - 1), 1 / phi)
    return np.where(np.isnan(mean + counts), np.nan, np.where(phi > 1, wide, poisson))
