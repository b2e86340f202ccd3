"""One step of the gamma–Poisson filter after the other, for many series: the compiled half of gamma_poisson.py.

For one series a bank of log-linear dynamic models (West, Harrison and Migon 1985, JASA 80:73-83) runs side by side; they differ only in
how fast their level may move. The state is (level, seven weekday effects, two annual harmonics), its covariance grows by a fixed variance
each day, and a count updates it through the conjugate gamma distribution of the day's mean: with linear predictor of mean f and variance
q, the mean is Gamma(a, b) with a = 1 / (exp(q) - 1) and a / b = exp(f + q / 2); a count y on a day of exposure e turns it into
Gamma(a + y / phi, b + e / phi), phi being the series' variance-to-mean ratio, and the moments of its logarithm go back to the state.

The series of a vector (vectors.py) go through the days together, so that one instruction serves all of them, and what is known of them
stays in the nearest cache. The mixture of their counts is in gamma_poisson_mixture.py, what only one series at a time can do in
gamma_poisson_far.py. What is compiled is kept by this file's text alone: change it, too, when what it inlines is changed
(last: exp and log in groups of terms).
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numba import njit

from analytics.detect import gamma_poisson_mixture as counts_of
from analytics.detect.base import Floats
from analytics.detect.gamma_poisson_far import finish
from analytics.detect.gamma_poisson_mixture import (
    FILTERS,
    GRID,
    LEARNT,
    PHIS,
    SURPRISED,
    TAIL,
    TINY,
    UPPER,
    WALKED,
    Ints,
    Mixture,
    Y,
    believe,
    prepare,
    temper,
    walk,
    weigh,
)
from analytics.detect.vector_math import exp, expm1, least, log, log1p, most
from analytics.detect.vectors import WIDTH, anywhere, empty, load, spread, store, where

LEVEL_SDS = np.array([0.0007, 0.004, 0.025])  #: a step's standard deviation of the log level, for each filter of the bank
HARMONICS = 2
WEEKDAYS, SEASON = 1, 8  #: where these parts of the state begin; the level is first
SIZE = SEASON + 2 * HARMONICS  #: of the state
PACKED = SIZE * (SIZE + 1) // 2  #: of its covariance, the lower triangle row by row
SHARE = 0.002  #: of belief that goes back to the prior each day, so that a series may change its nature
ENTER, STAY, SHAPE = 0.002, 0.95, 0.15  #: of an outbreak: chance that it begins, that it goes on; its p-values are Beta(SHAPE, 1)
LARGEST = 25.0  #: log of a mean, above which none is believed


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


class Tiles(NamedTuple):
    """The filters of some vectors of series. state: (vectors, FILTERS, SIZE, WIDTH); cov: (vectors, FILTERS, PACKED, WIDTH); belief:
    (vectors, FILTERS, WIDTH); spell: (vectors, 2, WIDTH) chance that yesterday was in an outbreak, and how many days it has lasted;
    likelihood: (vectors, GRID, WIDTH) of phi.

    about: (3, series), of each series, BUSY, SEEN and EXPOSED: 1 or 0, row of the prior; whether it counted anything; exposure up to now.
    The last vector is filled up with series that are not there.
    """

    state: Floats
    cov: Floats
    belief: Floats
    spell: Floats
    likelihood: Floats
    about: Floats


BUSY, SEEN, EXPOSED = range(3)


class Work(NamedTuple):
    """One vector of series on its way through the days. state, cov, belief, spell, likelihood: as those of Tiles, without the first axis,
    and filter by filter. Of each filter, rows of (FILTERS, WIDTH): mean f and variance q of the linear predictor, its covariance
    `gain` with the state (FILTERS * SIZE, WIDTH), mean and squared coefficient of variation `spread` of the day's mean. mixture: of the
    count. one: (5, WIDTH) of the day, COUNT, EXPOSURE and what of it is shown, CENTRE, BOUND, PVALUE."""

    state: Floats
    cov: Floats
    belief: Floats
    spell: Floats
    likelihood: Floats
    gain: Floats
    f: Floats
    q: Floats
    mean: Floats
    spread: Floats
    mixture: Mixture
    one: Floats


COUNT, EXPOSURE, CENTRE, BOUND, PVALUE = range(5)


def scratch() -> Work:
    kept = (empty(FILTERS * SIZE), empty(FILTERS * PACKED), empty(FILTERS), empty(2), empty(GRID))
    return Work(*kept, empty(FILTERS * SIZE), *(empty(FILTERS) for _ in range(4)), counts_of.scratch(), empty(5))  # type: ignore[call-arg, arg-type]


@njit(forceinline=True, error_model="numpy")
def _at(i: int, j: int) -> int:
    """Where (i, j) is in a packed covariance."""
    return i * (i + 1) // 2 + j if i >= j else j * (j + 1) // 2 + i


@njit(forceinline=True, error_model="numpy")
def _evolve(growth: Floats, work: Work) -> None:
    for b in range(FILTERS):
        for j in range(SIZE):
            added = growth[0] * LEVEL_SDS[b] ** 2 if j < WEEKDAYS else growth[1] if j < SEASON else growth[2]
            row = b * PACKED + _at(j, j)
            store(work.cov, row, load(work.cov, row) + added)


@njit(forceinline=True, error_model="numpy")
def _project(weekday: int, season: Floats, work: Work) -> None:
    """Mean and variance of the day's linear predictor, level + weekday + season, and its covariance with the state; weekday -1: none."""
    a, b, c, d = season[0], season[1], season[2], season[3]
    for bank in range(FILTERS):
        state, cov = bank * SIZE, bank * PACKED
        for j in range(SIZE):
            first, second = load(work.cov, cov + _at(8, j)) * a, load(work.cov, cov + _at(9, j)) * b
            third, fourth = load(work.cov, cov + _at(10, j)) * c, load(work.cov, cov + _at(11, j)) * d
            level = load(work.cov, cov + _at(0, j))
            if weekday >= 0:
                level = level + load(work.cov, cov + _at(WEEKDAYS + weekday, j))
            store(work.gain, state + j, level + (first + second) + (third + fourth))
        store(work.f, bank, _sum(work.state, state, weekday, a, b, c, d))
        store(work.q, bank, _sum(work.gain, state, weekday, a, b, c, d))


@njit(forceinline=True, error_model="numpy")
def _sum(state: Floats, at: int, weekday: int, a: float, b: float, c: float, d: float) -> Any:
    level = load(state, at)
    if weekday >= 0:
        level = level + load(state, at + WEEKDAYS + weekday)
    first, third = load(state, at + SEASON) * a + load(state, at + SEASON + 1) * b, load(state, at + SEASON + 2) * c
    return level + first + (third + load(state, at + SEASON + 3) * d)


@njit(forceinline=True, error_model="numpy")
def _mix(exposure: Any, work: Work) -> tuple[Any, Any]:
    """The day's mean as each filter has it, and the same over all filters: the expected count, and the squared coefficient of variation of
    its mean."""
    total, square = spread(0.0), spread(0.0)
    for b in range(FILTERS):
        q = least(most(load(work.q, b), 1e-9), 12.0)
        mean = exp(most(least(load(work.f, b) + q * 0.5, LARGEST), -600.0))
        varies, belief = expm1(q), load(work.belief, b)
        store(work.q, b, q)
        store(work.mean, b, mean)
        store(work.spread, b, varies)
        total = total + belief * mean
        square = square + belief * mean * mean * (varies + 1.0)
    return most(total * exposure, 1e-9), most(square / (total * total) - 1.0, 0.0)


@njit(forceinline=True, error_model="numpy")
def _predict(exposure: Any, centre: Any, varies: Any, phi: Any, used: int, work: Work) -> None:
    """The components of the day's count: one a filter, with the series' mean phi, and one a phi, with the mean over the filters."""
    for b in range(FILTERS):
        mean = most(load(work.mean, b) * exposure, 1e-9)
        prepare(b, mean, phi - 1.0 + mean * load(work.spread, b), work.mixture)
    doubt = centre * varies
    for lane in range(FILTERS, used):
        prepare(lane, centre, doubt + (PHIS[work.mixture.which[lane]] - 1.0), work.mixture)


@njit(forceinline=True, error_model="numpy")
def _trust(known: Any, patience: float, work: Work) -> Any:
    """How far a day is to be learnt from, 0 to 1: the chance that it belongs to no outbreak; a long outbreak becomes the ordinary."""
    chance, lasted, tail = load(work.spell, 0), load(work.spell, 1), load(work.mixture.lines, TAIL)
    before = chance * STAY + (1.0 - chance) * ENTER
    ratio = exp(log(most(tail, 1e-12)) * (SHAPE - 1.0)) * SHAPE
    after = before * ratio / (before * ratio + 1.0 - before)
    days = where(after > 0.5, lasted + after, lasted * 0.8)
    lasted = where(known > 0.0, days, lasted)
    store(work.spell, 0, where(known > 0.0, after, chance))
    store(work.spell, 1, lasted)
    long = days * (1.0 / patience)
    return most(1.0 - after, least(long * long, 1.0))


@njit(forceinline=True, error_model="numpy")
def _choose(known: Any, habit: Floats, work: Work) -> None:
    """Believe each filter by how likely it held the count to be; a share goes back to the panel's habit."""
    total = spread(0.0)
    for b in range(FILTERS):
        total = total + load(work.belief, b) * load(work.mixture.at, b)
    scale = 1.0 / total
    for b in range(FILTERS):
        belief = load(work.belief, b)
        share = where(total > 0.0, belief * load(work.mixture.at, b) * scale, habit[b])
        store(work.belief, b, where(known > 0.0, share * (1.0 - SHARE) + SHARE * habit[b], belief))


@njit(forceinline=True, error_model="numpy")
def _learn(known: Any, exposure: Any, trust: Any, phi: Any, work: Work) -> None:
    """The day's count through the gamma distribution, and the step of the state and the shrinkage of its covariance that follow, both in
    units of the gain; nothing changes where nothing was known."""
    learnt, share = load(work.mixture.lines, LEARNT), trust / phi
    for b in range(FILTERS):
        f, q, mean, varies = load(work.f, b), load(work.q, b), load(work.mean, b), load(work.spread, b)
        heard = varies * share
        more = learnt * heard + 1.0
        left, each = log1p(varies / more), known / q
        moved = least(f + q * 0.5, LARGEST) - f + log(more / (exposure * mean * heard + 1.0)) - left * 0.5
        step, shrink = moved * each, (1.0 - left / q) * each
        row = b * PACKED
        for j in range(SIZE):
            gain = load(work.gain, b * SIZE + j)
            weighted = gain * shrink
            store(work.state, b * SIZE + j, load(work.state, b * SIZE + j) + gain * step)
            for i in range(j + 1):
                store(work.cov, row + i, load(work.cov, row + i) - load(work.gain, b * SIZE + i) * weighted)
            row += j + 1


@njit(forceinline=True, error_model="numpy")
def _judge(
    known: Any, centre: Any, varies: Any, phi: Any, series: int, shown: bool, used: int, alpha: float, work: Work
) -> None:  # fmt: skip
    """The tail and the bound of each series' day, and what is learnt from it."""
    mixture = work.mixture
    near = where(centre <= WALKED, 1.0, 0.0)
    walk(alpha, used, near, mixture)
    tiny = (load(mixture.lines, TAIL) < TINY) & (load(mixture.lines, Y) > 0.0)
    if anywhere(tiny | (load(mixture.lines, SURPRISED) > 0.0) | (near < 1.0)):
        store(mixture.left, 0, phi * centre + varies * centre * centre)
        store(mixture.left, 1, known)
        for s in range(series):
            if shown or mixture.left[1, s] > 0:
                finish(s, alpha, mixture.left[0, s], used, mixture)


@njit(cache=True, nogil=True, error_model="numpy")
def follow(
    counts: Floats, exposure: Floats, weekday: Ints, season: Floats, shown: bool, rules: Rules, tiles: Tiles, work: Work, out: Floats
) -> None:
    """Carry n series through d days.

    counts, exposure: (n, d), NaN counts where nothing was collected. weekday: (d,) 0 to 6, -1 when a step is no day. season: (d, 4) values
    of the annual terms. out: (3, n, d) expected, upper bound and p-value, written where `shown`.
    """
    for number in range(len(tiles.state)):
        first = number * WIDTH
        series = min(len(counts) - first, WIDTH)
        work.one[COUNT], work.one[EXPOSURE] = math.nan, 0.0
        _copy(tiles.state, work.state, number, True)
        _copy(tiles.cov, work.cov, number, True)
        _copy(tiles.belief, work.belief, number, True)
        _copy(tiles.spell, work.spell, number, True)
        _copy(tiles.likelihood, work.likelihood, number, True)
        _carry(first, series, counts, exposure, weekday, season, shown, rules, tiles, work, out)
        _copy(tiles.state, work.state, number, False)
        _copy(tiles.cov, work.cov, number, False)
        _copy(tiles.belief, work.belief, number, False)
        _copy(tiles.spell, work.spell, number, False)
        _copy(tiles.likelihood, work.likelihood, number, False)


@njit(forceinline=True, error_model="numpy")
def _copy(many: Floats, one: Floats, number: int, there: bool) -> None:
    rows = len(one)
    for row in range(rows):
        if there:
            store(one, row, load(many, number * rows + row))
        else:
            store(many, number * rows + row, load(one, row))


@njit(forceinline=True, error_model="numpy")
def _carry(
    first: int, series: int, counts: Floats, exposure: Floats, weekday: Ints, season: Floats, shown: bool, rules: Rules, tiles: Tiles,
    work: Work, out: Floats,
) -> None:  # fmt: skip
    """Carry one vector through the days; `first`: of its series, which are `series`."""
    mixture, one = work.mixture, work.one
    one[BOUND] = 0.0
    for s in range(series):
        one[BOUND, s] = tiles.about[BUSY, first + s]
    busy = load(one, BOUND)
    for t in range(len(weekday)):
        for s in range(series):
            one[COUNT, s], one[EXPOSURE, s] = counts[first + s, t], exposure[first + s, t]
            tiles.about[EXPOSED, first + s] += exposure[first + s, t]
            tiles.about[SEEN, first + s] = max(tiles.about[SEEN, first + s], 1.0 if counts[first + s, t] > 0 else 0.0)
        _evolve(rules.growth, work)
        y, e = load(one, COUNT), load(one, EXPOSURE)
        there = (y == y) & (e > 0.0)
        if not shown and not anywhere(there):
            continue
        known = where(there, 1.0, 0.0)
        store(mixture.lines, Y, where(there, y, 0.0))
        _project(weekday[t], season[t], work)
        centre, varies = _mix(e, work)
        phi, used = weigh(work.likelihood, rules.prior, busy, rules.negligible, mixture)
        _predict(e, centre, varies, phi, used, work)
        _judge(known, centre, varies, phi, series, shown, used, rules.alpha, work)
        trust = _trust(known, rules.patience, work)
        temper(trust, known, used, mixture)
        if shown:
            store(one, CENTRE, centre)
            store(one, BOUND, load(mixture.lines, UPPER))
            store(one, PVALUE, where(there, least(load(mixture.lines, TAIL), 1.0), math.nan))
            for s in range(series):
                out[0, first + s, t], out[1, first + s, t], out[2, first + s, t] = one[CENTRE, s], one[BOUND, s], one[PVALUE, s]
        _choose(known, rules.habit, work)
        believe(known, used, work.likelihood, mixture)
        _learn(known, e, trust, phi, work)
