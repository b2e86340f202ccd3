"""The likelihood ratio statistic of an epidemic change of Poisson counts: what comes today depends on what came yesterday.

Out of control the mean is mu0(t) + lambda y(t - 1) with lambda > 0, instead of mu0(t) e^kappa. The statistic of a window k..n is

    sup over lambda > 0 of  sum over t = k..n of  y log(m / mu0) - (m - mu0),     m = mu0(t) + lambda y(t - 1).

The log-likelihood is climbed by Newton's method in log(lambda), from window to window beginning later, each from where the last one ended.
In log(lambda) it is not concave, so that a window whose best lambda is far above its neighbour's is not found: the chart is less
sensitive than its formula. We keep this, because the field's reference implementation does and its limits were set with it.
Source: Höhle and Paul 2008, Comput Stat Data Anal 52:4357-4368, section 3.
"""

from __future__ import annotations

import numpy as np

from analytics.detect.base import Floats
from analytics.detect.glr_windows import FURTHEST, Ints

BEGINNING = 0.5  #: lambda from which the first window of a day is climbed
NEAR = 1e-6  #: a step that moves lambda by less is the last one of its window
NOTHING = float(np.sqrt(np.finfo(float).eps))  #: a lambda this small is taken for none, and is not moved any more
MOST_STEPS = 500  #: Newton's steps in one window; a few dozen are usual


class EpidemicWindows:
    """Windows with an unknown lambda; see `analytics.detect.glr_windows.Windows`."""

    def __init__(self, counts: Floats, start: int, back: int, least: int) -> None:
        """counts: (series, days) with NaN gaps; back: how many days a window may begin before its last (-1: any)."""
        self.start, self.back, self.least = start, back, least
        self.first = np.zeros(len(counts), dtype=np.intp)
        days = counts.shape[1] - start
        self.before = np.full((len(counts), days), np.nan)
        self.before[:, 0 if start else 1 :] = counts[:, max(start - 1, 0) : counts.shape[1] - 1]
        self.y, self.mu = (np.full((len(counts), days), np.nan) for _ in range(2))

    def add(self, day: int, y: Floats, mu: Floats) -> Floats:
        n = day - self.start
        self.y[:, n], self.mu[:, n] = y, mu
        theta = np.full(len(y), np.log(BEGINNING))
        best = np.zeros(len(y))
        earliest = max(0, n - self.back) if self.back > 0 else 0
        for begin in range(max(earliest, int(self.first.min(initial=n))), n + 2 - self.least):
            rows = np.flatnonzero(self.first <= begin)
            window = _Window(self, rows, begin, n)
            theta[rows] = window.climbed(theta[rows])
            best[rows] = np.maximum(best[rows], window.value(theta[rows]))
        return best

    def cases(self, day: int, mu: Floats, limit: float, most: int) -> Floats:
        raise ValueError("ret = 'cases' is not defined for change = 'epi': choose ret = 'value'")

    def restart(self, rows: Ints, day: int) -> None:
        self.first[rows] = day - self.start


class _Window:
    """The days begin..n of some series; a day that is unknown, or follows an unknown one, adds nothing."""

    def __init__(self, chart: EpidemicWindows, rows: Ints, begin: int, n: int) -> None:
        y, mu, before = (array[rows, begin : n + 1] for array in (chart.y, chart.mu, chart.before))
        known = ~np.isnan(y + mu + before)
        self.y, self.before = np.where(known, y, 0), np.where(known, before, 0)
        self.mu = np.where(known, mu, 1.0)

    def value(self, theta: Floats) -> Floats:
        """The log-likelihood ratio at lambda = e^theta."""
        added = np.exp(theta)[:, None] * self.before
        return (self.y * np.log1p(added / self.mu) - added).sum(axis=1)

    def climbed(self, theta: Floats) -> Floats:
        """theta after Newton's steps, which end where lambda hardly moves, or has become nothing."""
        theta = theta.copy()
        todo = np.flatnonzero(np.exp(theta) > NOTHING)
        for _ in range(MOST_STEPS):
            if not todo.size:
                break
            slope, curve = self._derivatives(theta[todo], todo)
            with np.errstate(divide="ignore", invalid="ignore"):
                moved = np.where(curve == 0, theta[todo], theta[todo] - slope / curve)
            moved = np.clip(moved, -FURTHEST, FURTHEST)
            far = np.abs(np.exp(moved) - np.exp(theta[todo])) >= NEAR
            theta[todo] = moved
            todo = todo[far & (np.exp(moved) > NOTHING)]
        return theta

    def _derivatives(self, theta: Floats, rows: Ints) -> tuple[Floats, Floats]:
        """First and second derivative of the log-likelihood in theta."""
        y, added = self.y[rows], np.exp(theta)[:, None] * self.before[rows]
        share = added / (self.mu[rows] + added)
        slope = y * share - added
        return slope.sum(axis=1), (y * share * (1 - share) - added).sum(axis=1)
