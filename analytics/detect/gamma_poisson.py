"""Kentongan's own detector: a dynamic gamma–Poisson model of each series that borrows strength from its panel.

For series s on day t, with exposure e, level x, weekday effects w, annual terms a:

    y(s,t) ~ negative binomial, mean m = e exp(x + w[weekday] + a(t)), variance phi m
    x(s,t) = x(s,t-1) + noise; w, a: almost constant; priors of x, w and phi from the panel's first weeks (empirical Bayes)

The state is updated once a day in closed form (see gamma_poisson_filter.py); three filters, from slow to quick, are weighed by how well
they predicted, and so is a grid of phi. The p-value of a day is P(Y >= y) under the predictive mixture, which carries what is not known
of level, weekday, season and phi. A surprising count is cut before it is learnt, so that an outbreak does not become the normal; a day that
was not covered is not learnt from; exposure is an offset, so a source that comes or goes raises nothing.

Sources: West, Harrison and Migon 1985 (dynamic generalised linear models), JASA 80:73-83; Heisterkamp, Dekkers and Heijne 2006
(automated detection by hierarchical time series), Stat Med 25:4179-4196; Robbins 1956 (empirical Bayes).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from analytics.detect import gamma_poisson_filter as kernel
from analytics.detect.base import Days, Detection, Floats, Params
from analytics.detect.gamma_poisson_prior import BUSY, PanelPrior, first_prior, learn_habit, learn_phi

YEAR = 365.2425
HARMONICS = 2
AT_A_TIME = 512  #: series that a thread takes at once
SEASON_VARIANCE = 0.05  #: of the coefficients of the first harmonic, before anything is seen; the n-th has 1 / n^2 of it
WEEKDAY_DRIFT, SEASON_DRIFT = 1e-6, 1e-6  #: variance that a day adds to a weekday's effect, to a season's coefficient
HABIT = np.array([0.5, 0.35, 0.15])  #: belief in each filter before anything is seen
PATIENCE, LEAST_PATIENCE = 45.0, 6.0  #: days (at least so many steps) after which an outbreak has become the ordinary
NEGLIGIBLE = 3e-4  #: weight of a phi up to which a day does without it


@dataclass(frozen=True)
class GammaPoissonParams(Params):
    """alpha: nominal false-alarm rate a day; warm_up: days (weeks for weekly counts) before the first verdict."""

    alpha: float = 0.001
    warm_up: int = 28

    def __post_init__(self) -> None:
        if not 0 < self.alpha < 0.5:
            raise ValueError(f"alpha = {self.alpha}: between 0 and 0.5")
        if self.warm_up < 7:
            raise ValueError(f"warm_up = {self.warm_up}: at least 7")


@dataclass(frozen=True)
class _Calendar:
    """step: days between two dates; weekday: (dates,) 0 is Thursday, as the epoch was, -1 where a step is no day; season: (dates,
    terms)."""

    step: int
    weekday: Floats
    season: Floats

    def part(self, days: slice) -> _Calendar:
        return _Calendar(self.step, self.weekday[days], self.season[days])


class _Panel:
    """The filters of all series, between two days."""

    def __init__(self, busy: NDArray[np.bool_], prior: PanelPrior, daily: bool, before: _Panel | None = None) -> None:
        series, size = len(busy), 8 + 2 * HARMONICS
        self.busy = busy
        self.state = np.zeros((series, kernel.FILTERS, size))
        self.state[:, :, 0] = prior.level
        self.state[:, :, 1:8] = prior.weekday
        start = np.zeros((size, size))
        start[0, 0] = prior.level_variance
        if daily:
            start[1:8, 1:8] = prior.weekday_variance * (np.eye(7) - 1 / 7)
        for number in range(2 * HARMONICS):
            start[8 + number, 8 + number] = SEASON_VARIANCE / (1 + number // 2) ** 2
        self.cov = np.tile(start, (series, kernel.FILTERS, 1, 1))
        self.likelihood = np.ones((series, kernel.GRID))
        self.phi: Floats = before.phi if before else prior.phi
        self.habit: Floats = before.habit if before else HABIT
        self.spell = np.zeros((series, 2))
        self.belief = np.tile(self.habit, (series, 1))


class GammaPoisson:
    """The default detector."""

    name: ClassVar[str] = "gamma-Poisson"
    Params: ClassVar[type[Params]] = GammaPoissonParams

    def __init__(self, params: GammaPoissonParams) -> None:
        self.params = params

    @property
    def lookback(self) -> int:
        return self.params.warm_up

    @property
    def history(self) -> int:
        """Two years, so that the season is known."""
        return 2 * 365

    @property
    def rule(self) -> str:
        return f"{self.name}: p < {self.params.alpha:g}"

    def detect(self, counts: Floats, dates: Days, exposure: Floats | None = None) -> Detection:
        expected, upper, pvalue = (np.full(counts.shape, np.nan) for _ in range(3))
        if counts.shape[1] > self.params.warm_up and len(counts):
            exposure = np.ones(counts.shape) if exposure is None else exposure
            self._run(np.asarray(counts, float), exposure, calendar(dates), (expected, upper, pvalue))
        with np.errstate(invalid="ignore"):
            return Detection(expected, upper, pvalue, pvalue < self.params.alpha)

    def _run(self, counts: Floats, exposure: Floats, days: _Calendar, out: tuple[Floats, Floats, Floats]) -> None:
        """The first weeks twice, so that they are read with what the panel says of all of them; then on in ever longer stretches."""
        warm = self.params.warm_up
        prior = first_prior(counts[:, :warm], exposure[:, :warm], days.weekday[:warm])
        busy = np.nansum(counts[:, :warm], axis=1) > BUSY
        panel = _Panel(busy, prior, days.step == 1)
        seen = np.zeros(len(counts), bool)
        for first, last in ((0, warm), *segments(warm, counts.shape[1])):
            if last == warm and seen.any():
                panel = _Panel(busy, prior, days.step == 1, panel)
            part = slice(first, last)
            shown = 0 if first else warm
            self._carry(panel, *_contiguous(counts, exposure, part), days.part(part), shown, tuple(verdict[:, part] for verdict in out))  # type: ignore[arg-type]
            seen |= np.nansum(counts[:, part], axis=1) > 0
            posts = np.where(seen, np.exp(panel.state[:, 0, 0]) * exposure[:, :last].sum(1), 0.0)
            panel.phi = learn_phi(busy, posts, panel.likelihood, prior.phi)
            panel.habit = learn_habit(panel.belief, seen)

    def _carry(
        self, panel: _Panel, counts: Floats, exposure: Floats, days: _Calendar, shown: int, out: tuple[Floats, Floats, Floats]
    ) -> None:
        """Carry the panel through some days, a block of series a thread; verdicts go to `out` from day `shown` on."""
        negligible = NEGLIGIBLE if shown == 0 else 0.0  # the first weeks tell which phis there are
        growth = days.step * np.array([1.0, WEEKDAY_DRIFT, SEASON_DRIFT])
        patience = max(PATIENCE / days.step, LEAST_PATIENCE)

        def block(first: int) -> None:
            rows = slice(first, first + AT_A_TIME)
            kernel.run(
                counts[rows], exposure[rows], days.weekday, days.season, growth, shown, self.params.alpha,
                panel.busy[rows].astype(np.int64), panel.phi, negligible, panel.habit, patience,
                panel.spell[rows], panel.state[rows], panel.cov[rows], panel.belief[rows],
                panel.likelihood[rows], *(verdict[rows] for verdict in out),
            )  # fmt: skip

        with ThreadPoolExecutor(os.cpu_count()) as pool:
            for done in pool.map(block, range(0, len(counts), AT_A_TIME)):
                assert done is None


def calendar(dates: Days) -> _Calendar:
    """What the model has to know of dates that are a fixed step apart."""
    numbers = dates.astype("datetime64[D]").astype(np.int64)
    step = int(np.median(np.diff(numbers))) if len(numbers) > 1 else 1
    weekday = (numbers % 7).astype(float) if step == 1 else np.full(len(numbers), -1.0)
    angle = 2 * np.pi * numbers[:, None] / YEAR * np.arange(1, HARMONICS + 1)
    season = np.stack([np.cos(angle), np.sin(angle)], axis=2).reshape(len(numbers), -1)
    return _Calendar(step, weekday, season)


def _contiguous(counts: Floats, exposure: Floats, part: slice) -> tuple[Floats, Floats]:
    return np.ascontiguousarray(counts[:, part]), np.ascontiguousarray(exposure[:, part], dtype=float)


def segments(first: int, days: int) -> Iterator[tuple[int, int]]:
    """Stretches of days after each of which the panel's prior of phi is learnt anew: up to `first`, then each half as long again."""
    start, end = 0, first
    while start < days:
        yield start, min(end, days)
        start, end = end, max(end + 1, end * 3 // 2)
