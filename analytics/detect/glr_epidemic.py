"""The likelihood ratio statistic of an epidemic change: what comes today depends on what came yesterday.

Out of control the mean is mu0(t) + lambda y(t - 1) with lambda > 0, instead of mu0(t) e^kappa. The statistic of a window k..n is

    sup over lambda > 0 of  sum over t = k..n of  y log(m / mu0) - (m - mu0),     m = mu0(t) + lambda y(t - 1).

The log-likelihood is climbed by Newton's method in log(lambda), from window to window beginning later, each from where the last one ended.
In log(lambda) it is not concave, so that a window whose best lambda is far above its neighbour's is not found: the chart is less
sensitive than its formula. We keep this, because the field's reference implementation does and its limits were set with it.

For negative binomial counts, with variance m + alpha m^2, the statistic of a window is

    sum over t = k..n of  y log(m / mu0) - (y + 1/alpha) log((1 + alpha m) / (1 + alpha mu0)),     m = mu0(t) + e^kappa y(t - 1),

at the kappa that is best for a change of the *level*, not of lambda. That this is what the reference implementation computes was read off
its output (every value of the reference case, to 1e-6); it is less sensitive than the supremum, and kept for the same reason.
Source: Höhle and Paul 2008, Comput Stat Data Anal 52:4357-4368, section 3.
"""

from __future__ import annotations

import numpy as np

from analytics.detect.base import Floats
from analytics.detect.glr_windows import FURTHEST, Ints, NegBinWindows, log_ratio

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
        self.before = _day_before(counts, start)
        self.y, self.mu = (np.full_like(self.before, np.nan) for _ in range(2))

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


class EpidemicNegBinWindows(NegBinWindows):
    """Windows of negative binomial counts, whose lambda is told from the change of their level."""

    def __init__(self, alpha: Floats, counts: Floats, start: int, back: int, least: int) -> None:
        """alpha: (series,); counts: (series, days) with NaN gaps; back: how many days a window may begin before its last (-1: any)."""
        super().__init__(alpha, 1.0, counts.shape[1], start, back, least)
        self.before = _day_before(counts, start)

    def add(self, day: int, y: Floats, mu: Floats) -> Floats:
        n = day - self.origin
        begins, counted = self.reach(n)
        state = self._advanced(n, begins, y, mu)
        self.y[:, n], self.mu[:, n] = y, mu
        best = np.zeros(len(y))
        for column, begin in enumerate(range(begins.start, begins.stop)):
            rows = np.flatnonzero(counted[:, column])
            if rows.size:
                solved = self._solve(rows, np.full(len(rows), begin), n, state[0][rows, column])
                for part, found in zip(state, solved, strict=True):
                    part[rows, column] = found
                best[rows] = np.maximum(best[rows], self._value(rows, begin, n, solved[0]))
        for kept, part in zip((self.change, self.value, self.slope, self.curve), state, strict=True):
            kept[:, begins] = part
        return best

    def _value(self, rows: Ints, begin: int, n: int, change: Floats) -> Floats:
        """The log-likelihood ratio at lambda = e^change."""
        y, mu, before = (array[rows, begin : n + 1] for array in (self.y, self.mu, self.before))
        known = ~np.isnan(y + mu + before)
        y, mu, before, alpha = np.where(known, y, 0), np.where(known, mu, 1.0), np.where(known, before, 0), self.alpha[rows]
        growth = np.log1p(np.exp(change)[:, None] * before / mu)
        return np.asarray((y * growth - (1 + alpha * y) * log_ratio(alpha, mu, growth)).sum(axis=1))

    def cases(self, day: int, mu: Floats, limit: float, most: int) -> Floats:
        raise ValueError("ret = 'cases' is not defined for change = 'epi': choose ret = 'value'")


def _day_before(counts: Floats, start: int) -> Floats:
    """The count of the day before each day from `start` on (series, days - start); NaN where there is none."""
    before = np.full((len(counts), counts.shape[1] - start), np.nan)
    before[:, 0 if start else 1 :] = counts[:, max(start - 1, 0) : counts.shape[1] - 1]
    return before


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
