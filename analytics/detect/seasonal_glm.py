"""Quasi-Poisson regression on seasonal blocks and a linear trend, for thousands of series and days at once.

    log mu(i) = level(block of i) + slope * t(i) + offset(i)

Only the blocks' sums enter the normal equations, which are an arrow: given the slope, every level is a weighted mean. So one step of
iteratively reweighted least squares is one product of the weights with the blocks' indicator, and no matrix is factored. The path (start at
mu = y + 0.1, end where the deviance changes by less than 1e-8) is R's, which decides the value where a block has no count at all.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy.special import xlogy

from analytics.detect.base import Floats
from analytics.detect.glm import EPSILON, ITERATIONS, SHIFT

UNTHREADED = 250_000  #: multiplications
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Problem:
    """counts, there (whether a count counts), offset: (rows, n), offset may be None; t, groups: (n,), shared by all rows."""

    counts: Floats
    there: Floats
    offset: Floats | None
    t: Floats
    groups: npt.NDArray[np.int64]
    levels: int

    def rows(self, which: npt.NDArray[np.intp]) -> Problem:
        offset = None if self.offset is None else self.offset[which]
        return Problem(self.counts[which], self.there[which], offset, self.t, self.groups, self.levels)

    @cached_property
    def indicator(self) -> Floats:
        """(n, levels): 1 where an observation belongs to a block."""
        return (self.groups[:, None] == np.arange(self.levels)).astype(np.float64)

    @cached_property
    def spare(self) -> Floats:
        """Observations less blocks that have any, (rows,): the degrees of freedom without a trend."""
        return self.there.sum(axis=1) - (product(self.there, self.indicator) > 0).sum(axis=1)


@dataclass(frozen=True)
class SeasonalFit:
    """One fit a row. level (rows, levels), slope (rows,), mu and working (rows, n): fitted means, and the weights of the last step, which
    lag one step behind; mass (rows, levels), centre (rows, levels): sums of those weights and weighted mean times of the blocks; spread
    (rows,): the slope's share of the information, infinite without a trend; freedom: residual degrees of freedom; converged."""

    level: Floats
    slope: Floats
    mu: Floats
    working: Floats
    mass: Floats
    centre: Floats
    spread: Floats
    freedom: Floats
    converged: Bools

    def rows(self, which: npt.NDArray[np.intp] | Bools) -> SeasonalFit:
        return SeasonalFit(**{f.name: getattr(self, f.name)[which] for f in fields(self)})

    def leverage(self, block: int | npt.NDArray[np.int64], t: Floats) -> Floats:
        """x' (X'WX)^-1 x of observations in blocks `block` (n,) at times `t` (rows or 1, n); (rows, n)."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.take(1 / self.mass, block, axis=1) + (t - np.take(self.centre, block, axis=1)) ** 2 / self.spread[:, None]


def product(rows: Floats, columns: Floats) -> Floats:
    """rows @ columns, in pieces so small that the linear algebra library starts no threads: they cost more than they bring here."""
    piece = max(1, UNTHREADED // columns.size)
    if len(rows) <= piece:
        return rows @ columns
    out = np.empty((len(rows), columns.shape[1]))
    for start in range(0, len(rows), piece):
        np.matmul(rows[start : start + piece], columns, out=out[start : start + piece])
    return out


def fit(problem: Problem, weights: Floats, *, trend: bool) -> SeasonalFit:
    """Fit every row with the prior weights (rows, n); at most 25 steps."""
    return _Path(problem, weights, trend).walk()


class _Path:
    """The steps of one fit; rows that have converged leave."""

    def __init__(self, problem: Problem, weights: Floats, trend: bool) -> None:
        self.p, self.trend = problem, trend
        self.weights = weights * problem.there
        indicator, t = problem.indicator, problem.t
        self.indicator = indicator
        self.columns = np.concatenate([indicator, indicator * t[:, None], (t**2)[:, None]], axis=1)
        rows, n = problem.counts.shape
        self.constant = (self.weights * (xlogy(problem.counts, problem.counts) - problem.counts)).sum(axis=1)
        self.out = SeasonalFit(
            np.full((rows, problem.levels), np.nan),
            np.zeros(rows),
            np.empty((rows, n)),
            np.empty((rows, n)),
            np.empty((rows, problem.levels)),
            np.empty((rows, problem.levels)),
            np.full(rows, np.inf),
            problem.spare - trend,
            np.zeros(rows, dtype=bool),
        )

    def walk(self) -> SeasonalFit:
        todo = np.arange(len(self.p.counts))
        wy, w, offset, constant = self.weights * self.p.counts, self.weights, self.p.offset, self.constant
        mu = self.p.counts + SHIFT
        eta = np.log(mu)
        deviance = self._deviance(w, mu, wy, eta, constant)
        for _ in range(ITERATIONS):
            working = w * mu
            state = self._step(working, wy + working * ((eta if offset is None else eta - offset) - 1))
            level, slope = state[:2]
            eta = product(level, self.indicator.T)
            if self.trend:
                eta += slope[:, None] * self.p.t
            if offset is not None:
                eta += offset
            mu = np.exp(eta)
            now = self._deviance(w, mu, wy, eta, constant)
            with np.errstate(invalid="ignore"):
                done = np.abs(now - deviance) / (np.abs(now) + 0.1) < EPSILON
            deviance = now
            if done.any():
                self._keep(todo[done], state, mu, working, done)
                go = ~done
                todo = todo[go]
                wy, w, constant, eta, mu, deviance = (a[go] for a in (wy, w, constant, eta, mu, deviance))
                offset = None if offset is None else offset[go]
                if not todo.size:
                    return self.out
                state, working = tuple(part[go] for part in state), working[go]
        self._keep(todo, state, mu, working, np.ones(len(todo), dtype=bool), converged=False)
        return self.out

    @staticmethod
    def _deviance(w: Floats, mu: Floats, wy: Floats, eta: Floats, constant: Floats) -> Floats:
        return 2 * (constant + np.einsum("ij,ij->i", w, mu) - np.einsum("ij,ij->i", wy, eta))

    def _step(self, working: Floats, target: Floats) -> tuple[Floats, ...]:
        """Levels, slope, masses, centres and spread of one weighted least squares; `target` is weights times working response."""
        g = self.p.levels
        sums, right = product(working, self.columns), product(target, self.columns)
        mass = sums[:, :g]
        with np.errstate(divide="ignore", invalid="ignore"):
            centre = np.where(mass > 0, sums[:, g : 2 * g] / mass, 0.0)
            mean = np.where(mass > 0, right[:, :g] / mass, 0.0)
            spread = np.full(len(working), np.inf)
            slope = np.zeros(len(working))
            if self.trend:
                spread = sums[:, 2 * g] - (centre * sums[:, g : 2 * g]).sum(axis=1)
                slope = (right[:, g : 2 * g] - centre * right[:, :g]).sum(axis=1) / spread
        return mean - slope[:, None] * centre, slope, mass, centre, spread

    def _keep(
        self, rows: npt.NDArray[np.intp], state: tuple[Floats, ...], mu: Floats, working: Floats, done: Bools, converged: bool = True
    ) -> None:
        level, slope, mass, centre, spread = (part[done] for part in state)
        out = self.out
        out.level[rows], out.slope[rows], out.mass[rows], out.centre[rows], out.spread[rows] = level, slope, mass, centre, spread
        out.mu[rows], out.working[rows] = mu[done], working[done]
        out.converged[rows] = converged
