"""The filters of all series of a panel, between two days: what gamma_poisson.py carries on and keeps."""

from __future__ import annotations

import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analytics.detect import gamma_poisson_filter as kernel
from analytics.detect.base import Days, Floats
from analytics.detect.gamma_poisson_mixture import GRID, Ints
from analytics.detect.gamma_poisson_prior import PanelPrior, learn_habit, learn_phi

YEAR = 365.2425
WIDTH = 128  #: series of a tile
SEASON_VARIANCE = 0.05  #: of the coefficients of the first harmonic, before anything is seen; the n-th has 1 / n^2 of it
WEEKDAY_DRIFT, SEASON_DRIFT = 1e-6, 1e-6  #: variance that a day adds to a weekday's effect, to a season's coefficient
HABIT = np.array([0.5, 0.35, 0.15])  #: belief in each filter before anything is seen
PATIENCE, LEAST_PATIENCE = 45.0, 6.0  #: days (at least so many steps) after which an outbreak has become the ordinary

TILED = ("state", "cov", "belief", "spell", "likelihood")  #: of a panel, what is kept in tiles

Bools = NDArray[np.bool_]


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

    The first five are kept in tiles, as the compiled half takes them: (tiles, ..., width), the last one filled up.
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

    @classmethod
    def start(cls, busy: Bools, prior: PanelPrior, daily: bool, phi: Floats, habit: Floats) -> Panel:
        """All series as the prior has them."""
        n = len(busy)
        state = np.zeros((1, kernel.FILTERS, kernel.SIZE))
        state[:, :, 0], state[:, :, 1:8] = prior.level, prior.weekday
        cov = _start_cov(prior, daily)[np.tril_indices(kernel.SIZE)]
        each = (state, np.tile(cov, (1, kernel.FILTERS, 1)), habit[None], np.zeros((1, 2)), np.ones((1, GRID)))
        tiled = (to_tiles(np.broadcast_to(array, (n, *array.shape[1:]))) for array in each)
        return cls(*tiled, busy, np.zeros(n, bool), np.zeros(n), phi, habit)  # type: ignore[call-arg, arg-type]

    @staticmethod
    def shapes(n: int) -> Mapping[str, tuple[int, ...]]:
        """Of n series, not in tiles."""
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
        n, more = len(self.busy), len(other.busy)
        kept = {name: getattr(self, name) for name in ("phi", "habit")}
        for name in TILED:
            kept[name] = to_tiles(np.concatenate([from_tiles(getattr(self, name), n), from_tiles(getattr(other, name), more)]))
        for name in ("busy", "seen", "exposed"):
            kept[name] = np.concatenate([getattr(self, name), getattr(other, name)])
        return Panel(**kept)

    def learn(self, first: Floats) -> None:
        """What the panel says of series that were not seen yet, from those that were; first: the prior of phi, (2, GRID)."""
        level = from_tiles(self.state[:, 0, :1], len(self.busy))[:, 0]
        posts = np.where(self.seen, np.exp(level) * self.exposed, 0.0)
        self.phi = learn_phi(self.busy, posts, from_tiles(self.likelihood, len(self.busy)), first)
        self.habit = learn_habit(from_tiles(self.belief, len(self.busy)), self.seen)

    def carry(self, counts: Floats, exposure: Floats, days: Calendar, alpha: float, negligible: float, out: Floats | None) -> None:
        """Carry all series through some days, tile by tile; counts, exposure: (series, days), any type; out: (3, series, days) or None,
        expected, upper bound and p-value."""
        growth = days.step * np.array([1.0, WEEKDAY_DRIFT, SEASON_DRIFT])
        rules = kernel.Rules(alpha, growth, max(PATIENCE / days.step, LEAST_PATIENCE), negligible, self.phi, self.habit)
        tiles, width = len(self.state), self.state.shape[-1]

        def some(which: range) -> None:
            day, verdict = kernel.scratch(width), np.empty((3, counts.shape[1], width))
            for number in which:
                rows = slice(number * width, (number + 1) * width)
                self._tile(
                    number, rows, _by_day(counts[rows], np.nan, width), _by_day(exposure[rows], 0.0, width), days, rules, day, verdict, out
                )

        with ThreadPoolExecutor(os.cpu_count()) as pool:
            for done in pool.map(some, chunks(tiles)):
                assert done is None

    def _tile(
        self, number: int, rows: slice, counts: Floats, exposure: Floats, days: Calendar, rules: kernel.Rules, day: kernel.Day,
        verdict: Floats, out: Floats | None,
    ) -> None:  # fmt: skip
        n, busy = len(self.busy[rows]), np.zeros(counts.shape[1])
        busy[:n] = self.busy[rows]
        kept = (array[number] for array in (self.state, self.cov, self.belief, self.spell, self.likelihood))
        tile = kernel.Tile(*kept, busy, n)  # type: ignore[call-arg]
        kernel.run(counts, exposure, days.weekday, days.season, out is not None, rules, tile, day, verdict)
        for column in exposure[:, :n]:
            self.exposed[rows] += column
        self.seen[rows] |= (np.nan_to_num(counts[:, :n]) > 0).any(0)
        if out is not None:
            out[:, rows] = verdict[:, :, :n].transpose(0, 2, 1)


def _start_cov(prior: PanelPrior, daily: bool) -> Floats:
    start = np.zeros((kernel.SIZE, kernel.SIZE))
    start[0, 0] = prior.level_variance
    if daily:
        start[1:8, 1:8] = prior.weekday_variance * (np.eye(7) - 1 / 7)
    for number in range(2 * kernel.HARMONICS):
        start[8 + number, 8 + number] = SEASON_VARIANCE / (1 + number // 2) ** 2
    return start


def chunks(tiles: int) -> list[range]:
    """Stretches of tiles, a few for each core."""
    size = max(tiles // (4 * (os.cpu_count() or 1)), 1)
    return [range(first, min(first + size, tiles)) for first in range(0, tiles, size)]


def to_tiles(array: Floats) -> Floats:
    """(series, ...) as (tiles, ..., width); the first series fills up the last tile."""
    width = min(-(-max(len(array), 1) // kernel.STRIDE) * kernel.STRIDE, WIDTH)
    tiles = -(-len(array) // width)
    out = np.empty((tiles, *array.shape[1:], width))
    for number in range(tiles):
        part = array[number * width : (number + 1) * width]
        out[number, ..., : len(part)] = np.moveaxis(part, 0, -1)
        out[number, ..., len(part) :] = array[0][..., None]
    return out


def from_tiles(array: Floats, series: int) -> Floats:
    """(tiles, ..., width) as (series, ...)."""
    return np.moveaxis(array, -1, 1).reshape(-1, *array.shape[1:-1])[:series]


def _by_day(array: Floats, fill: float, width: int) -> Floats:
    """(series, days) of any type as (days, width) floats."""
    out = np.full((array.shape[1], width), fill)
    out[:, : len(array)] = array.T
    return out
