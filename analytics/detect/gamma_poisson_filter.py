"""One step of the gamma–Poisson filter after the other, for many series: the compiled half of gamma_poisson.py.

For one series a bank of log-linear dynamic models (West, Harrison and Migon 1985, JASA 80:73-83) runs side by side; they differ only in
how fast their level may move. The state is (level, seven weekday effects, two annual harmonics), its covariance grows by a fixed variance
each day, and a count updates it through the conjugate gamma distribution of the day's mean: with linear predictor of mean f and variance
q, the mean is Gamma(a, b) with a = 1 / (exp(q) - 1) and a / b = exp(f + q / 2); a count y on a day of exposure e turns it into
Gamma(a + y / phi, b + e / phi), phi being the series' variance-to-mean ratio, and the moments of its logarithm go back to the state.

A tile of series goes through the days together: the last axis of all arrays here is the series, so that one instruction serves several.
What only one series at a time can do, adding up its mixture of counts, is in gamma_poisson_mixture.py.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from analytics.detect import gamma_poisson_mixture as counts_of
from analytics.detect.base import Floats
from analytics.detect.gamma_poisson_mixture import (
    FILTERS,
    LANES,
    LOOSE,
    PHIS,
    Ints,
    Mixture,
    believe,
    ends_alone,
    finish,
    prepare,
    temper,
    walk,
    weigh,
)
from analytics.detect.vector_math import exp, expm1, log, log1p

LEVEL_SDS = np.array([0.0007, 0.004, 0.025])  #: a step's standard deviation of the log level, for each filter of the bank
HARMONICS = 2
WEEKDAYS, SEASON = 1, 8  #: where these parts of the state begin; the level is first
SIZE = SEASON + 2 * HARMONICS  #: of the state
PACKED = SIZE * (SIZE + 1) // 2  #: of its covariance, the lower triangle row by row
SHARE = 0.002  #: of belief that goes back to the prior each day, so that a series may change its nature
ENTER, STAY, SHAPE = 0.002, 0.95, 0.15  #: of an outbreak: chance that it begins, that it goes on; its p-values are Beta(SHAPE, 1)
LARGEST = 25.0  #: log of a mean, above which none is believed
STRIDE = 16  #: series; a tile is padded to a multiple, so that each is computed by the same instructions wherever it is


class Rules(NamedTuple):
    """What is the same for all series and days. growth: variance that a step adds to level (in units of LEVEL_SDS squared), weekday,
    season; patience: steps after which an outbreak is the ordinary; negligible: weight up to which a phi is left out of a day; prior:
    (2, GRID) of phi, of quiet and busy series; habit: (FILTERS,) belief in each filter before a series is seen."""

    alpha: float
    growth: Floats
    patience: float
    negligible: float
    prior: Floats
    habit: Floats


class Tile(NamedTuple):
    """The filters of n series, of which the first `series` are there and the others fill up. state: (FILTERS, SIZE, n); cov: (FILTERS,
    PACKED, n); belief: (FILTERS, n); spell: (2, n) chance that yesterday was in an outbreak, and how many days it has lasted; likelihood:
    (GRID, n) of phi; busy: (n,) 1 or 0, row of the prior."""

    state: Floats
    cov: Floats
    belief: Floats
    spell: Floats
    likelihood: Floats
    busy: Floats
    series: int


class Day(NamedTuple):
    """Scratch. Of each filter, (FILTERS, n): mean f and variance q of the linear predictor, its covariance `gain` with the state
    (FILTERS, SIZE, n), mean and squared coefficient of variation `spread` of the day's mean. Of each series, (n,): centre and variation,
    the same over all filters; phi, its mean; known, 1 or 0; trust in the day; weighted, a gain. mixture: of the count."""

    gain: Floats
    f: Floats
    q: Floats
    mean: Floats
    spread: Floats
    centre: Floats
    variation: Floats
    phi: Floats
    known: Floats
    trust: Floats
    weighted: Floats
    mixture: Mixture


def scratch(n: int) -> Day:
    arrays = [np.ones((FILTERS, n)) for _ in range(4)] + [np.ones(n) for _ in range(6)]
    return Day(np.ones((FILTERS, SIZE, n)), *arrays, counts_of.scratch(n))  # type: ignore[call-arg, arg-type]


@njit(cache=True, nogil=True)
def _at(i: int, j: int) -> int:
    """Where (i, j) is in a packed covariance."""
    return i * (i + 1) // 2 + j if i >= j else j * (j + 1) // 2 + i


@njit(cache=True, nogil=True, fastmath=LOOSE, error_model="numpy", forceinline=True)
def _evolve(cov: Floats, growth: Floats) -> None:
    for b in range(FILTERS):
        for j in range(SIZE):
            added = growth[0] * LEVEL_SDS[b] ** 2 if j < WEEKDAYS else growth[1] if j < SEASON else growth[2]
            row = cov[b, _at(j, j)]
            for s in range(len(row)):
                row[s] += added


@njit(cache=True, nogil=True, fastmath=LOOSE, error_model="numpy", forceinline=True)
def _project(tile: Tile, weekday: int, season: Floats, day: Day) -> None:
    """Mean and variance of the day's linear predictor, level + weekday + season, and its covariance with the state; weekday -1: none."""
    there, which = (1.0, WEEKDAYS + weekday) if weekday >= 0 else (0.0, WEEKDAYS)
    for b in range(FILTERS):
        state, cov = tile.state[b], tile.cov[b]
        _sum(state[0], state[which], state[SEASON], state[SEASON + 1], state[SEASON + 2], state[SEASON + 3], there, season, day.f[b])
        for j in range(SIZE):
            level, effect = cov[_at(0, j)], cov[_at(which, j)]
            first, second, third, fourth = cov[_at(8, j)], cov[_at(9, j)], cov[_at(10, j)], cov[_at(11, j)]
            _sum(level, effect, first, second, third, fourth, there, season, day.gain[b, j])
        gain = day.gain[b]
        _sum(gain[0], gain[which], gain[SEASON], gain[SEASON + 1], gain[SEASON + 2], gain[SEASON + 3], there, season, day.q[b])


@njit(cache=True, nogil=True, fastmath=LOOSE, error_model="numpy", forceinline=True)
def _sum(
    level: Floats, weekday: Floats, a: Floats, b: Floats, c: Floats, d: Floats, there: float, season: Floats, out: Floats
) -> None:  # fmt: skip
    w, x, y, z = season[0], season[1], season[2], season[3]
    for s in range(len(out)):
        out[s] = level[s] + there * weekday[s] + w * a[s] + x * b[s] + y * c[s] + z * d[s]


@njit(cache=True, nogil=True, fastmath=LOOSE, error_model="numpy", forceinline=True)
def _moments(day: Day) -> None:
    """Mean and squared coefficient of variation of the day's mean, as each filter has it."""
    f, q, mean, spread = day.f.ravel(), day.q.ravel(), day.mean.ravel(), day.spread.ravel()
    for s in range(len(f)):
        q[s] = min(max(q[s], 1e-9), 12.0)
        mean[s] = exp(max(min(f[s] + 0.5 * q[s], LARGEST), -600.0))
        spread[s] = expm1(q[s])


@njit(cache=True, nogil=True, fastmath=LOOSE, error_model="numpy", forceinline=True)
def _mix(belief: Floats, exposure: Floats, day: Day) -> None:
    """The same over all filters: the day's expected count, and the squared coefficient of variation of its mean."""
    mean, spread, centre, variation = day.mean, day.spread, day.centre, day.variation
    for s in range(len(centre)):
        m, square = 0.0, 0.0
        for b in range(FILTERS):
            m += belief[b, s] * mean[b, s]
            square += belief[b, s] * mean[b, s] * mean[b, s] * (1.0 + spread[b, s])
        variation[s] = max(square / (m * m) - 1.0, 0.0)
        centre[s] = max(m * exposure[s], 1e-9)


@njit(cache=True, nogil=True, fastmath=LOOSE, error_model="numpy", forceinline=True)
def _predict(tile: Tile, rules: Rules, exposure: Floats, day: Day) -> None:
    """The components of the day's count: one a filter, with the series' mean phi, and one a phi, with the mean over the filters."""
    mixture = day.mixture
    weigh(tile.likelihood, rules.prior, tile.busy, rules.negligible, mixture, day.phi)
    for lane in range(LANES):
        mean, over, phi = mixture.mean[lane], mixture.over[lane], day.phi
        if lane < FILTERS:
            m, spread = day.mean[lane], day.spread[lane]
            for s in range(len(mean)):
                mean[s] = max(m[s] * exposure[s], 1e-9)
            for s in range(len(mean)):
                over[s] = phi[s] - 1.0 + mean[s] * spread[s]
        else:
            m, spread, more = day.centre, day.variation, PHIS[lane - FILTERS] - 1.0
            for s in range(len(mean)):
                mean[s] = m[s]
                over[s] = more + m[s] * spread[s]
        if mixture.used[lane]:
            prepare(lane, mixture)


@njit(cache=True, nogil=True, fastmath=LOOSE, error_model="numpy", forceinline=True)
def _trust(spell: Floats, known: Floats, tail: Floats, patience: float, trust: Floats) -> None:
    """How far a day is to be learnt from, 0 to 1: the chance that it belongs to no outbreak; a long outbreak becomes the ordinary."""
    chance, lasted = spell[0], spell[1]
    for s in range(len(trust)):
        before = STAY * chance[s] + ENTER * (1.0 - chance[s])
        ratio = SHAPE * exp((SHAPE - 1.0) * log(max(tail[s], 1e-12)))
        after = before * ratio / (before * ratio + 1.0 - before)
        days = lasted[s] + after if after > 0.5 else lasted[s] * 0.8
        chance[s] = after if known[s] > 0 else chance[s]
        lasted[s] = days if known[s] > 0 else lasted[s]
        trust[s] = max(1.0 - after, min(1.0, (days / patience) * (days / patience)))


@njit(cache=True, nogil=True, fastmath=LOOSE, error_model="numpy", forceinline=True)
def _choose(belief: Floats, known: Floats, habit: Floats, at: Floats) -> None:
    """Believe each filter by how likely it held the count to be; a share goes back to the panel's habit."""
    for s in range(len(known)):
        total = 0.0
        for b in range(FILTERS):
            total += belief[b, s] * at[b, s]
        for b in range(FILTERS):
            share = belief[b, s] * at[b, s] / total if total > 0 else habit[b]
            belief[b, s] = (1 - SHARE) * share + SHARE * habit[b] if known[s] > 0 else belief[b, s]


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def _judge(tile: Tile, rules: Rules, shown: bool, day: Day) -> None:
    """The tail and the bound of each series' day; where it is known, belief in filters and phis is updated, and trust in the day."""
    mixture = day.mixture
    walk(rules.alpha, mixture)
    for s in range(tile.series):
        if (shown or day.known[s] > 0) and ends_alone(s, mixture):
            finish(s, rules.alpha, day.phi[s] * day.centre[s] + day.variation[s] * day.centre[s] ** 2, mixture)
    _trust(tile.spell, day.known, mixture.tail, rules.patience, day.trust)
    for s in range(tile.series):
        if day.trust[s] < 0.99 and day.known[s] > 0:
            temper(s, day.trust[s], mixture)


@njit(cache=True, nogil=True, fastmath=LOOSE, error_model="numpy", forceinline=True)
def _conjugate(exposure: Floats, day: Day) -> None:
    """The day's count through the gamma distribution: f and q become the step of the state and the shrinkage of its covariance, both in
    units of the gain; 0 where nothing was known."""
    known, learnt, trust, phi = day.known, day.mixture.learnt, day.trust, day.phi
    for b in range(FILTERS):
        f, q, mean, spread = day.f[b], day.q[b], day.mean[b], day.spread[b]
        for s in range(len(known)):
            heard = spread[s] * trust[s] / phi[s]
            more = 1.0 + learnt[s] * heard
            left = log1p(spread[s] / more)
            moved = min(f[s] + 0.5 * q[s], LARGEST) - f[s] + log(more / (1.0 + exposure[s] * mean[s] * heard)) - 0.5 * left
            f[s], q[s] = known[s] * moved / q[s], known[s] * (1.0 - left / q[s]) / q[s]


@njit(cache=True, nogil=True, fastmath=LOOSE, error_model="numpy", forceinline=True)
def _learn(tile: Tile, day: Day) -> None:
    for b in range(FILTERS):
        step, shrink = day.f[b], day.q[b]
        for j in range(SIZE):
            gain, state, weighted = day.gain[b, j], tile.state[b, j], day.weighted
            for s in range(len(gain)):
                state[s] += gain[s] * step[s]
                weighted[s] = gain[s] * shrink[s]
            for i in range(j + 1):
                row, other = tile.cov[b, _at(j, i)], day.gain[b, i]
                for s in range(len(row)):
                    row[s] -= other[s] * weighted[s]


@njit(cache=True, nogil=True, error_model="numpy")
def run(
    counts: Floats, exposure: Floats, weekday: Ints, season: Floats, shown: bool, rules: Rules, tile: Tile, day: Day, out: Floats
) -> None:
    """Carry a tile of n series through d days.

    counts, exposure: (d, n), NaN counts where nothing was collected or no series is. weekday: (d,) 0 to 6, -1 when a step is no day.
    season: (d, 4) values of the annual terms. out: (3, d, n) expected, upper bound and p-value, written where `shown`.
    """
    mixture = day.mixture
    for t in range(len(counts)):
        e, known = exposure[t], 0.0
        _evolve(tile.cov, rules.growth)
        for s in range(len(e)):
            there = counts[t, s] == counts[t, s] and e[s] > 0
            day.known[s], mixture.y[s] = (1.0, counts[t, s]) if there else (0.0, 0.0)
            known += day.known[s]
        if known == 0 and not shown:
            continue
        _project(tile, weekday[t], season[t], day)
        _moments(day)
        _mix(tile.belief, e, day)
        _predict(tile, rules, e, day)
        _judge(tile, rules, shown, day)
        if shown:
            _show(t, day, out)
        _choose(tile.belief, day.known, rules.habit, mixture.at)
        believe(day.known, tile.likelihood, mixture)
        _conjugate(e, day)
        _learn(tile, day)


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def _show(t: int, day: Day, out: Floats) -> None:
    for s in range(len(day.centre)):
        out[0, t, s], out[1, t, s] = day.centre[s], day.mixture.upper[s]
        out[2, t, s] = min(day.mixture.tail[s], 1.0) if day.known[s] > 0 else math.nan
