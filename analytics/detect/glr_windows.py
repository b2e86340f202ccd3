"""The statistics of the likelihood ratio charts (glr.py), day after day: a known change, and windows with an unknown one."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import numpy.typing as npt

from analytics.detect.base import Floats

Ints = npt.NDArray[np.intp]
EXACT = 1e-8  #: relative slope at which a window's change is found; its value is then exact to the square of this
ROUNDING = 1e-12  #: a bound that exceeds the best value by less than this, relative, is not worth working out


class Windows(Protocol):
    """What a chart asks of its statistic; all arrays (series,)."""

    def add(self, day: int, y: Floats, mu: Floats) -> Floats:
        """Take the day in and return the statistic; NaN in `y` leaves a series as it is."""
        ...

    def cases(self, day: int, mu: Floats, limit: float, most: int) -> Floats:
        """The count that would take the statistic to `limit`; NaN where `most` does not."""
        ...

    def restart(self, rows: Ints, day: int) -> None:
        """Forget everything before `day` in these series."""
        ...


def log_ratio(alpha: Floats, mu: Floats, change: Floats) -> Floats:
    """log((1 + alpha mu e^change) / (1 + alpha mu)) / alpha, in the limit mu (e^change - 1) where alpha is 0."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        growth = mu * np.expm1(change)
        return np.where(alpha == 0, growth, np.log1p(alpha * growth / (1 + alpha * mu)) / alpha)


class KnownChange:
    """max(0, S), S the cumulative sum of the log-likelihood ratio of a change on the log scale."""

    def __init__(self, alpha: Floats, change: float) -> None:
        self.alpha, self.change = alpha, change
        self.total = np.zeros(len(alpha))

    def _parts(self, mu: Floats) -> tuple[Floats, Floats]:
        """The ratio is `gain` times the count less `price`."""
        price = log_ratio(self.alpha, mu, np.full_like(mu, self.change))
        return self.change - self.alpha * price, price

    def add(self, day: int, y: Floats, mu: Floats) -> Floats:
        gain, price = self._parts(mu)
        self.total = np.where(np.isnan(y), self.total, np.maximum(self.total + gain * y - price, 0))
        return self.total

    def cases(self, day: int, mu: Floats, limit: float, most: int) -> Floats:
        gain, price = self._parts(mu)
        return np.maximum((limit - self.total + price) / gain, 0)

    def restart(self, rows: Ints, day: int) -> None:
        self.total[rows] = 0


class _Unknown:
    """What windows with an unknown change share: which of them count, and the search for cases."""

    points_more = 0  #: windows must have Mtilde + points_more observations

    def __init__(self, alpha: Floats, sign: float, days: int, start: int, back: int, least: int) -> None:
        self.alpha, self.sign, self.origin = alpha[:, None], sign, start
        self.back, self.least = back, least + (self.points_more if back > 0 else 0)
        self.first = np.zeros(len(alpha), dtype=np.intp)  #: earliest window of each series, counted from start
        self.y, self.mu = (np.full((len(alpha), days - start), np.nan) for _ in range(2))

    def reach(self, n: int) -> tuple[slice, npt.NDArray[np.bool_]]:
        """The windows that may count on day n, as a slice of beginnings, and which of them do (series, beginnings)."""
        low = max(0, n - self.back) if self.back > 0 else 0
        low = min(max(low, int(self.first.min())), n)
        begin = np.arange(low, n + 1)
        return slice(low, n + 1), (begin >= self.first[:, None]) & (begin <= n + 1 - self.least)

    def restart(self, rows: Ints, day: int) -> None:
        self.first[rows] = day - self.origin

    def trial(self, n: int, y: Floats, mu: Floats, enough: float = np.inf) -> Floats:
        """The statistic, were the count of day n `y`; anything from `enough` on stands for more."""
        raise NotImplementedError

    def cases(self, day: int, mu: Floats, limit: float, most: int) -> Floats:
        """The smallest whole number, 0 where no window counts yet."""
        n = day - self.origin
        low, high = np.full(len(mu), -1.0), np.full(len(mu), float(most))
        never = ~(self.trial(n, high, mu, limit) >= limit)
        low = np.where(never, high - 1, low)
        while np.any(high - low > 1):
            middle = np.where(high - low > 1, np.floor((low + high) / 2), high)
            good = self.trial(n, middle, mu, limit) >= limit
            low, high = np.where(good, low, np.minimum(middle, high - 1)), np.where(good, np.minimum(middle, high), high)
        counted = self.reach(n)[1].any(axis=1)
        return np.where(counted, np.where(never, np.nan, high), 0.0)


class PoissonWindows(_Unknown):
    """Poisson counts: the best change of a window is the log of observed over expected."""

    points_more = 1  # as in R's windowed Poisson chart

    def trial(self, n: int, y: Floats, mu: Floats, enough: float = np.inf) -> Floats:
        begins, counts = self.reach(n)
        seen = np.concatenate([self.y[:, begins.start : n], y[:, None]], axis=1)
        means = np.where(np.isnan(seen), 0, np.concatenate([self.mu[:, begins.start : n], mu[:, None]], axis=1))
        observed = np.cumsum(np.nan_to_num(seen)[:, ::-1], axis=1)[:, ::-1]
        expected = np.cumsum(means[:, ::-1], axis=1)[:, ::-1]
        counts = counts & (observed > 0) & (self.sign * (observed - expected) > 0)
        with np.errstate(divide="ignore", invalid="ignore"):
            value = observed * np.log(observed / expected) - (observed - expected)
        return np.where(counts, value, 0).max(axis=1)

    def add(self, day: int, y: Floats, mu: Floats) -> Floats:
        n = day - self.origin
        value = self.trial(n, y, mu)
        self.y[:, n], self.mu[:, n] = y, mu
        return value


class NegBinWindows(_Unknown):
    """Negative binomial counts: each window keeps its change with value, slope and curvature there."""

    def __init__(self, alpha: Floats, sign: float, days: int, start: int, back: int, least: int) -> None:
        super().__init__(alpha, sign, days, start, back, least)
        self.change, self.value, self.slope, self.curve = (np.zeros((len(alpha), days - start)) for _ in range(4))

    def _advanced(self, n: int, begins: slice, y: Floats, mu: Floats) -> list[Floats]:
        """Change, value, slope and curvature of each window with the count y of day n, at the change that it had."""
        change = self.change[:, begins]
        y, mu = y[:, None], mu[:, None]
        gap = np.isnan(y)
        y = np.nan_to_num(y)
        grown = np.where(gap, 0, mu) * np.exp(change)
        share = 1 / (1 + self.alpha * grown)
        price = log_ratio(self.alpha, np.where(gap, 0, mu), change)
        state = [
            change.copy(),
            self.value[:, begins] + y * change - (1 + self.alpha * y) * price,
            self.slope[:, begins] + (y - grown) * share,
            self.curve[:, begins] + grown * (1 + self.alpha * y) * share**2,
        ]
        self._single(state, y[:, 0], mu[:, 0])
        return state

    def _single(self, state: list[Floats], y: Floats, mu: Floats) -> None:
        """The window of day n alone, the last: its best change is the log of observed over expected."""
        alpha = self.alpha[:, 0]
        with np.errstate(divide="ignore", invalid="ignore"):
            change = np.log(y / mu)
        moved = (self.sign * change > 0) & np.isfinite(change)
        change = np.where(moved, change, 0)
        solved = (change, y * change - (1 + alpha * y) * log_ratio(alpha, mu, change), np.zeros_like(y), y / (1 + alpha * y))
        for part, value in zip(state, solved, strict=True):
            part[moved, -1] = value[moved]

    def _best(self, n: int, y: Floats, mu: Floats, enough: float = np.inf) -> tuple[Floats, list[Floats], slice]:
        """The statistic with the count y of day n (no further than needed where it reaches `enough`), and the windows' state with it."""
        begins, counts = self.reach(n)
        self.y[:, n], self.mu[:, n] = y, mu
        state = self._advanced(n, begins, y, mu)
        bound = np.where(counts, ceiling(self.sign, *state), -np.inf)
        best = np.where(counts, state[1], 0).max(axis=1, initial=0)
        todo = np.arange(len(y))
        while todo.size:
            pick = bound[todo].argmax(axis=1)
            least = best[todo] if np.isinf(enough) else np.maximum(best[todo], enough * (1 - ROUNDING))
            open_ = (bound[todo, pick] > least * (1 + ROUNDING) + ROUNDING) & (best[todo] < enough)
            todo, pick = todo[open_], pick[open_]
            if todo.size:
                guess = stepped(self.sign, *(state[i][todo, pick] for i in (0, 2, 3)))
                for part, found in zip(state, self._solve(todo, pick + begins.start, n, guess), strict=True):
                    part[todo, pick] = found
                bound[todo, pick] = -np.inf
                best[todo] = np.maximum(best[todo], state[1][todo, pick])
        return best, state, begins

    def _solve(self, rows: Ints, begin: Ints, n: int, change: Floats) -> tuple[Floats, Floats, Floats, Floats]:
        """Change, value, slope and curvature at the best change of the windows begin..n of these series, from a first guess.

        The step log(1 + |G| / H) never goes beyond the best, as the curvature grows no faster than e^step.
        """
        low = int(begin.min())
        y, mu, alpha = self.y[rows, low : n + 1], self.mu[rows, low : n + 1], self.alpha[rows]
        inside = (np.arange(low, n + 1) >= begin[:, None]) & ~np.isnan(y)
        y, mu = np.where(inside, y, 0), np.where(inside, mu, 0)
        weight = 1 + alpha * y
        while True:
            grown = mu * np.exp(change)[:, None]
            share = 1 / (1 + alpha * grown)
            shared = grown * share
            slope = np.einsum("ij,ij->i", y, share) - shared.sum(axis=1)
            curve = np.einsum("ij,ij->i", shared, weight * share)
            moved = stepped(self.sign, change, slope, curve)
            if np.array_equal(moved, change):
                break
            change = moved
        value = np.einsum("ij,i->i", y, change) - np.einsum("ij,ij->i", weight, log_ratio(alpha, mu, change[:, None]))
        return change, value, slope, curve

    def trial(self, n: int, y: Floats, mu: Floats, enough: float = np.inf) -> Floats:
        return self._best(n, y, mu, enough)[0]

    def add(self, day: int, y: Floats, mu: Floats) -> Floats:
        n = day - self.origin
        best, state, begins = self._best(n, y, mu)
        for kept, part in zip((self.change, self.value, self.slope, self.curve), state, strict=True):
            kept[:, begins] = part
        return best


FURTHEST = 60.0  #: a change on the log scale is not looked for beyond this


def stepped(sign: float, change: Floats, slope: Floats, curve: Floats) -> Floats:
    """The next change of Newton's method, not beyond the best and on the side of `sign`; the same where it is found."""
    step = np.sign(slope) * np.log1p(np.abs(slope) / np.maximum(curve, np.finfo(float).tiny))
    moved = np.clip(np.where(sign * (change + step) > 0, change + step, 0.0), -FURTHEST, FURTHEST)
    return np.where(np.abs(step) > EXACT, moved, change)


def ceiling(sign: float, change: Floats, value: Floats, slope: Floats, curve: Floats) -> Floats:
    """What the value of a window cannot exceed, whatever the change; at no change and with the slope away from `sign`, its value."""
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.abs(slope) / curve
        gain = np.where(share < 1, np.abs(slope) + (curve - np.abs(slope)) * np.log1p(-np.minimum(share, 1)), np.inf)
    settled = ((change == 0) & (sign * slope <= 0)) | (share <= EXACT)
    return np.where(settled, value, value + gain)
