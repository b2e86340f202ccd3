"""Generalised likelihood ratio charts for Poisson and negative binomial counts.

From `start` on, with the in-control means mu0(t) of a seasonal regression on the days before, variance mu + alpha mu^2, and kappa the
size of the change on the log scale, the statistic is

    GLR(n) = max over k <= n, sup over kappa of  sum over t = k..n of f(t, kappa),
    f(t, kappa) = y kappa - (y + 1/alpha) log((1 + alpha mu0 e^kappa) / (1 + alpha mu0)),     Poisson: y kappa - mu0 (e^kappa - 1),

with kappa > 0 for dir = "inc", kappa < 0 for "dec"; with a known `theta`, kappa = theta and the statistic is the CUSUM of f. Alarm where
GLR(n) >= c_ARL (known theta: >); the statistic then starts anew. As in R, Poisson windows without any count do not take part. A NaN day
changes nothing.

How it is computed: every window keeps its best kappa so far with value V, slope G and curvature H there, to which a new day only adds. As
the log of a window's curvature changes no faster than kappa, V + G + (H - G) log(1 - G/H) cannot be exceeded, so that only windows whose
bound is above the best value are worked out again. Sources: Höhle and Paul 2008, Comput Stat Data Anal 52:4357-4368; Höhle 2006, SFB 386
discussion paper 500.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from analytics.detect.base import Days, Detection, Floats, Params
from analytics.detect.glm import NOTHING, irls, overdispersed, seasonal_design
from analytics.detect.glr_epidemic import EpidemicNegBinWindows, EpidemicWindows
from analytics.detect.glr_windows import KnownChange, NegBinWindows, PoissonWindows, Windows
from analytics.detect.windows import check_freq, frequency


@dataclass(frozen=True)
class InControl:
    """The regression of the in-control mean: S harmonics of the year, a linear trend, and whether it is fitted again after an alarm."""

    S: int = 1
    trend: bool = False
    refit: bool = False


@dataclass(frozen=True)
class GlrParams(Params):
    """c_ARL: limit of the statistic; mu0: regression of the in-control mean, or the means themselves from `start` on (None: one harmonic);
    alpha: overdispersion (0: Poisson, None: estimated); change: of the level ("intercept"), or epidemic ("epi": the mean grows by a share
    of the day before, see glr_epidemic.py); theta: known change on the log scale; dir: look for more or for fewer; Mtilde:
    fewest observations of a window; M: how far back a window may begin (-1: any); ret: what `upper` holds, the statistic ("value") or
    the cases today that would raise an alarm ("cases", up to xMax); start: first evaluated observation, counted from 0 (None: after one
    year); freq: observations a year (None: from the dates)."""

    c_ARL: float = 5.0
    mu0: InControl | tuple[float, ...] | None = None
    alpha: float | None = None
    theta: float | None = None
    dir: Literal["inc", "dec"] = "inc"
    change: Literal["intercept", "epi"] = "intercept"
    Mtilde: int = 1
    M: int = -1
    ret: Literal["value", "cases"] = "value"
    xMax: int = 10_000
    start: int | None = None
    freq: int | None = None

    def __post_init__(self) -> None:
        if not self.c_ARL > 0:
            raise ValueError(f"c_ARL = {self.c_ARL}: above 0")
        if self.alpha is not None and self.alpha < 0:
            raise ValueError(f"alpha = {self.alpha}: 0 (Poisson) or above")
        if self.theta is not None and not self.theta > 0:
            raise ValueError(f"theta = {self.theta}: above 0")
        if self.ret == "cases" and self.dir == "dec":
            raise ValueError("ret = 'cases' asks for more cases, dir = 'dec' looks for fewer: choose ret = 'value'")
        if self.change == "epi" and (self.dir == "dec" or self.ret == "cases" or self.theta is not None):
            raise ValueError("change = 'epi' grows by an unknown share: only with dir = 'inc', ret = 'value' and without theta")
        if self.Mtilde < 1 or self.M == 0 or self.M < -1 or self.xMax < 1:
            raise ValueError(f"Mtilde = {self.Mtilde}, M = {self.M}, xMax = {self.xMax}: at least 1 (M: or -1)")
        if self.start is not None and self.start < 0:
            raise ValueError(f"start = {self.start}: not negative")
        check_freq(self.freq)


@dataclass(frozen=True)
class PoissonParams(GlrParams):
    """As GlrParams, without overdispersion."""

    alpha: float | None = 0.0


class GlrNb:
    """A change in the level of negative binomial counts, of any size, since any day."""

    name: ClassVar[str] = "GLR-NB"
    Params: ClassVar[type[Params]] = GlrParams

    def __init__(self, params: GlrParams) -> None:
        self.params = params

    @property
    def lookback(self) -> int:
        return frequency(np.empty(0, dtype="datetime64[D]"), self.params.freq) if self.params.start is None else self.params.start

    @property
    def rule(self) -> str:
        return f"{self.name}: likelihood ratio above {self.params.c_ARL:g}"

    def detect(self, counts: Floats, dates: Days, exposure: Floats | None = None) -> Detection:
        freq = frequency(dates, self.params.freq)
        start = freq if self.params.start is None else self.params.start
        mean, upper = np.full(counts.shape, np.nan), np.full(counts.shape, np.nan)
        alarm = np.zeros(counts.shape, dtype=bool)
        if len(counts) and counts.shape[1] > start:
            _Chart(self.params, counts, freq, start).walk(mean, upper, alarm)
        return Detection(mean, upper, np.full(counts.shape, np.nan), alarm)


class GlrPoisson(GlrNb):
    """A change in the level of Poisson counts, of any size, since any day."""

    name = "GLR-Poisson"
    Params: ClassVar[type[Params]] = PoissonParams


class _Chart:
    """One pass through the days, all series at once."""

    def __init__(self, params: GlrParams, counts: Floats, freq: int, start: int) -> None:
        self.p, self.counts, self.start = params, counts, start
        self.sign = 1.0 if params.dir == "inc" else -1.0
        model = params.mu0 if isinstance(params.mu0, InControl) else InControl()
        self.refit = model.refit and not isinstance(params.mu0, tuple)
        self.design = seasonal_design(counts.shape[1], freq, harmonics=model.S, trend=model.trend)
        self.mean = np.full(counts.shape, np.nan)
        self.alpha = np.full(len(counts), np.nan if params.alpha is None else params.alpha)
        self._fit(np.arange(len(counts)), start)

    def _fit(self, rows: np.ndarray, day: int) -> None:
        """In-control means from `day` on, of the regression on the days before."""
        if isinstance(self.p.mu0, tuple):
            given = np.array(self.p.mu0[: self.counts.shape[1] - self.start])
            self.mean[:, self.start : self.start + len(given)] = given
            if self.p.alpha is None:
                raise ValueError("mu0 is given as numbers: give alpha as well")
            return
        past, design = self.counts[rows, :day], self.design[:day]
        if self.p.alpha is None:
            coef, self.alpha[rows] = overdispersed(past, design)
        else:
            coef = irls(past, design, self.alpha[rows]).coef
        self.mean[rows, day:] = np.maximum(np.exp(coef @ self.design[day:].T), NOTHING)

    def walk(self, mean: Floats, upper: Floats, alarm: np.ndarray) -> None:
        """Fill the three arrays (series, days) from `start` on."""
        windows = self._windows()
        limit = self.p.c_ARL
        for day in range(self.start, self.counts.shape[1]):
            y, mu = self.counts[:, day], self.mean[:, day]
            usable = ~np.isnan(y + mu)
            if self.p.ret == "cases":
                upper[:, day] = np.where(usable, windows.cases(day, mu, limit, self.p.xMax), np.nan)
            value = windows.add(day, np.where(usable, y, np.nan), mu)
            if self.p.ret == "value":
                upper[:, day] = np.where(usable, value, np.nan)
            raised = usable & ((value > limit) if self._strict else (value >= limit))
            mean[:, day], alarm[:, day] = mu, raised
            if raised.any():
                rows = np.flatnonzero(raised)
                windows.restart(rows, day + 1)
                if self.refit and day + 1 < self.counts.shape[1]:
                    self._fit(rows, day + 1)

    @property
    def _strict(self) -> bool:
        """Whether the statistic must exceed the limit; as in R, which asks some charts to reach it only."""
        return self.p.theta is not None or (self.p.change == "epi" and self.p.alpha == 0)

    def _windows(self) -> Windows:
        if self.p.change == "epi" and self.p.alpha != 0:
            return EpidemicNegBinWindows(self.alpha, self.counts, self.start, self.p.M, self.p.Mtilde)
        if self.p.change == "epi":
            return EpidemicWindows(self.counts, self.start, self.p.M, self.p.Mtilde)
        if self.p.theta is not None:
            return KnownChange(self.alpha, self.sign * self.p.theta)
        kind = PoissonWindows if self.p.alpha == 0 else NegBinWindows
        return kind(self.alpha, self.sign, self.counts.shape[1], self.start, self.p.M, self.p.Mtilde)
