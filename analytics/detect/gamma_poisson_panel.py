"""The filters of all series of a panel, between two days: what gamma_poisson.py carries on and keeps."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analytics.detect import gamma_poisson_filter as kernel
from analytics.detect.base import Days, Floats
from analytics.detect.gamma_poisson_mixture import GRID, Ints
from analytics.detect.gamma_poisson_prior import PanelPrior, learn_habit, learn_phi
from analytics.detect.vectors import WIDTH

YEAR = 365.2425
TOGETHER = 16  #: vectors of series that are handed to the compiled half at once
SEASON_VARIANCE = 0.05  #: of the coefficients of the first harmonic, before anything is seen; the n-th has 1 / n^2 of it
WEEKDAY_DRIFT, SEASON_DRIFT = 1e-6, 1e-6  #: variance that a day adds to a weekday's effect, to a season's coefficient
HABIT = np.array([0.5, 0.35, 0.15])  #: belief in each filter before anything is seen
PATIENCE, LEAST_PATIENCE = 45.0, 6.0  #: days (at least so many steps) after which an outbreak has become the ordinary

TILED = ("state", "cov", "belief", "spell", "likelihood")  #: of a panel, what is kept in vectors

_OWN = threading.local()

Bools = NDArray[np.bool_]
Order = NDArray[np.intp]


@dataclass(frozen=True)
class Calendar:
    """What the model has to know of dates that are `step` days apart. weekday: (dates,) 0 is Thursday, as the epoch was, -1 where a step is
    no day; season: (dates, terms)."""

    dates: Days
    step: int
    weekday: Ints
    season: Floats

    @classmethod
    def of(cls, dates: Days, step: int | None = None) -> Calendar:
        """step: days from one date to the next; None: the median of what is there, or 1."""
        dates = dates.astype("datetime64[D]")
        numbers = dates.astype(np.int64)
        step = step or (int(np.median(np.diff(numbers))) if len(numbers) > 1 else 1)
        angle = 2 * np.pi * numbers[:, None] / YEAR * np.arange(1, kernel.HARMONICS + 1)
        season = np.stack([np.cos(angle), np.sin(angle)], axis=2).reshape(len(numbers), -1)
        return cls(dates, step, numbers % 7 if step == 1 else np.full(len(numbers), -1), season)

    def part(self, days: slice) -> Calendar:
        return Calendar(self.dates[days], self.step, self.weekday[days], self.season[days])


@dataclass
class Panel:
    """The filters of n series. state: (n, FILTERS, SIZE); cov: (n, FILTERS, PACKED); belief: (n, FILTERS); spell: (n, 2); likelihood: (n,
    GRID); busy, seen: (n,) many posts in the first weeks, any post up to now; exposed: (n,) exposure up to now; phi: (2, GRID), habit:
    (FILTERS,) what the panel says of a series that was not seen yet.

    The first five are kept in vectors, as the compiled half takes them: (vectors, ..., WIDTH), the last one filled up. `order`: the series
    as they stand there, from quiet to busy, because those of a vector wait for each other; nothing else depends on it.
    """

    state: Floats
    cov: Floats
    belief: Floats
    spell: Floats
    likelihood: Floats
    busy: Bools
    seen: Bools
    exposed: Floats
    phi: Floats
    habit: Floats
    order: Order

    @classmethod
    def start(cls, busy: Bools, prior: PanelPrior, daily: bool, phi: Floats, habit: Floats, order: Order) -> Panel:
        """All series as the prior has them."""
        n = len(busy)
        vectors, shapes = -(-n // WIDTH), cls.shapes(n)
        tiled = (np.empty((vectors, *shapes[name][1:], WIDTH)) for name in TILED)
        panel = cls(*tiled, busy, np.zeros(n, bool), np.zeros(n), phi, habit, order)  # type: ignore[call-arg, arg-type]
        panel.restart(prior, daily, phi, habit)
        return panel

    def restart(self, prior: PanelPrior, daily: bool, phi: Floats, habit: Floats) -> None:
        """Back to where all series are as the prior has them, in the memory that is there."""
        self.state[:] = 0.0
        self.state[:, :, 0], self.state[:, :, 1:8] = prior.level, prior.weekday[:, None]
        self.cov[:] = _start_cov(prior, daily)[np.tril_indices(kernel.SIZE)][:, None]
        self.belief[:] = habit[:, None]
        self.spell[:], self.likelihood[:] = 0.0, 1.0
        self.seen[:], self.exposed[:] = False, 0.0
        self.phi, self.habit = phi, habit

    @staticmethod
    def shapes(n: int) -> Mapping[str, tuple[int, ...]]:
        """Of n series, not in vectors, of what is kept."""
        state, cov, belief = (n, kernel.FILTERS, kernel.SIZE), (n, kernel.FILTERS, kernel.PACKED), (n, kernel.FILTERS)
        likelihood, phi, habit = (n, GRID), (2, GRID), (kernel.FILTERS,)
        lines = {"busy": (n,), "seen": (n,), "exposed": (n,)}
        return {
            "state": state,
            "cov": cov,
            "belief": belief,
            "spell": (n, 2),
            "likelihood": likelihood,
            "phi": phi,
            "habit": habit,
            **lines,
        }

    def beside(self, other: Panel) -> Panel:
        """This panel's series, then another's; what this one says of all holds."""
        kept = {name: getattr(self, name) for name in ("phi", "habit")}
        for name in ("busy", "seen", "exposed"):
            kept[name] = np.concatenate([getattr(self, name), getattr(other, name)])
        order = np.concatenate([self.order, len(self.order) + other.order])
        for name in TILED:
            kept[name] = to_tiles(np.concatenate([self.untiled(name), other.untiled(name)]), order)
        return Panel(**kept, order=order)

    def untiled(self, name: str) -> Floats:
        """One of the arrays that are kept in vectors, series by series."""
        return from_tiles(getattr(self, name), self.order)

    def learn(self, first: Floats) -> None:
        """What the panel says of series that were not seen yet, from those that were; first: the prior of phi, (2, GRID)."""
        level = from_tiles(self.state[:, 0, :1], self.order)[:, 0]
        posts = np.where(self.seen, np.exp(level) * self.exposed, 0.0)
        self.phi = learn_phi(self.busy, posts, self.untiled("likelihood"), first)
        self.habit = learn_habit(self.untiled("belief"), self.seen)

    def carry(self, counts: Floats, exposure: Floats, days: Calendar, alpha: float, negligible: float, out: Floats | None) -> None:
        """Carry all series through some days; counts, exposure: (series, days), any type; out: (3, series, days) or None, expected, upper
        bound and p-value."""
        growth = days.step * np.array([1.0, WEEKDAY_DRIFT, SEASON_DRIFT])
        rules = kernel.Rules(alpha, growth, max(PATIENCE / days.step, LEAST_PATIENCE), negligible, self.phi, self.habit)
        vectors = len(self.state)

        def some(which: range) -> None:
            work = _scratch()
            for first in which:
                self._carry(slice(first, min(first + TOGETHER, vectors)), counts, exposure, days, rules, work, out)

        parts = chunks(vectors)
        if len(parts) == 1:  # as for the few series of a chart: to start threads would take longer
            some(parts[0])
            return
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            for done in pool.map(some, parts):
                assert done is None

    def _carry(
        self, part: slice, counts: Floats, exposure: Floats, days: Calendar, rules: kernel.Rules, work: kernel.Work, out: Floats | None
    ) -> None:  # fmt: skip
        """Carry some of the vectors through the days."""
        rows = self.order[part.start * WIDTH : part.stop * WIDTH]
        about = np.stack([self.busy[rows].astype(float), self.seen[rows].astype(float), self.exposed[rows]])
        tiles = kernel.Tiles(*(getattr(self, name)[part] for name in TILED), about)  # type: ignore[call-arg, arg-type]
        seen, covered = np.ascontiguousarray(counts[rows], np.float64), np.ascontiguousarray(exposure[rows], np.float64)
        verdict = np.empty((3, *seen.shape) if out is not None else (3, 0, 0))
        kernel.follow(seen, covered, days.weekday, days.season, out is not None, rules, tiles, work, verdict)
        self.seen[rows], self.exposed[rows] = about[1] > 0, about[2]
        if out is not None:
            out[:, rows] = verdict


def _scratch() -> kernel.Work:
    """The memory that this thread's vectors are worked on in: made once, since a chart's few series are done sooner than it is."""
    if not hasattr(_OWN, "work"):
        _OWN.work = kernel.scratch()
    return _OWN.work  # type: ignore[no-any-return]


def _start_cov(prior: PanelPrior, daily: bool) -> Floats:
    start = np.zeros((kernel.SIZE, kernel.SIZE))
    start[0, 0] = prior.level_variance
    if daily:
        start[1:8, 1:8] = prior.weekday_variance * (np.eye(7) - 1 / 7)
    for number in range(2 * kernel.HARMONICS):
        start[8 + number, 8 + number] = SEASON_VARIANCE / (1 + number // 2) ** 2
    return start


def chunks(vectors: int) -> list[range]:
    """Stretches of vectors, a few for each core; each a range of where TOGETHER of them begin."""
    size = max(vectors // (4 * (os.cpu_count() or 1)) // TOGETHER, 1) * TOGETHER
    return [range(first, min(first + size, vectors), TOGETHER) for first in range(0, vectors, size)]


def to_tiles(array: Floats, order: Order) -> Floats:
    """(series, ...) as (vectors, ..., WIDTH), in this order; the first series fills up the last vector."""
    vectors = -(-len(order) // WIDTH)
    filled = np.concatenate([order, np.full(vectors * WIDTH - len(order), order[0] if len(order) else 0)])
    return np.ascontiguousarray(np.moveaxis(array[filled].reshape(vectors, WIDTH, *array.shape[1:]), 1, -1))


def from_tiles(array: Floats, order: Order) -> Floats:
    """(vectors, ..., WIDTH) as (series, ...)."""
    out = np.empty((len(order), *array.shape[1:-1]))
    out[order] = np.moveaxis(array, -1, 1).reshape(-1, *array.shape[1:-1])[: len(order)]
    return out
