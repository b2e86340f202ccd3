"""Tomorrow's count of a series: a mixture of negative binomials over a grid of phi, the variance-to-mean ratio; a vector of series at once.

A component with mean m and variance v m + m has P(Y = 0) = exp(-m log(1 + v) / v) and P(Y = k + 1) / P(Y = k) = (a + k r) / (k + 1), with
a = m / (1 + v) and r = v / (1 + v). The series of a vector walk from 0 upwards together, until all are at their bound and their count;
where the mean is large, tails are approximated (gamma_poisson_far.py).

Each filter of the bank is a component, too, of weight 0: how well it predicted is compared.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from analytics.detect.base import Floats
from analytics.detect.vector_math import exp, log, log1p, most
from analytics.detect.vectors import anywhere, empty, load, spread, store, where

Ints = NDArray[np.int64]

PHIS = np.array(
    [1.0, 1.12, 1.27, 1.45, 1.68, 1.95, 2.3, 2.7, 3.25, 3.9, 4.7, 5.8, 7.2, 9.2, 12.5, 20.0]
)  #: variance-to-mean ratios that are weighed
GRID = len(PHIS)
THINNEST = 1e-9  #: v / m of a component that is taken for Poisson
FAINT = 1e-8  #: likelihood, relative to the best, below which none falls
SURPRISING = 0.005  #: the smallest count whose tail is below this is learnt instead of any greater one
FILTERS = 3  #: of the bank
LANES = FILTERS + GRID  #: components at most: one a filter, then one a phi
WALKED = 96.0  #: expected count above which tails are approximated instead of added up
TINY = 1e-9  #: tail below which what was added up is mostly rounding
FAINTEST = 1e-300  #: likelihood that is taken for none


class Mixture(NamedTuple):
    """The components of a vector of series, (LANES, WIDTH): first one a filter, then one for each phi that has any weight, as `which` of
    PHIS; weight: in the mixture; mean; over: v above; nothing: P(Y = 0); base, ratio: a and r above; pmf: scratch; at: how likely
    the learnt count was, up to a factor of the series.

    whole: (GRID, WIDTH) weights of all phis. left, left_far: (GRID, WIDTH) scratch.

    And of each series, a row of `lines`, Y and what follows it: the count; P(Y >= y); the smallest u with P(Y > u) < alpha; what is learnt,
    y or the smallest surprising count; whether it was surprising, 1 or 0.
    """

    weight: Floats
    mean: Floats
    over: Floats
    nothing: Floats
    base: Floats
    ratio: Floats
    pmf: Floats
    at: Floats
    which: Ints
    whole: Floats
    left: Floats
    left_far: Floats
    lines: Floats


Y, TAIL, UPPER, LEARNT, SURPRISED = range(5)


def scratch() -> Mixture:
    mixture = Mixture(*(empty(LANES) for _ in range(8)), np.zeros(LANES, np.int64), *(empty(GRID) for _ in range(3)), empty(5))  # type: ignore[call-arg, arg-type]
    mixture.weight[:FILTERS] = 0.0
    return mixture


@njit(forceinline=True, error_model="numpy")
def weigh(likelihood: Floats, prior: Floats, busy: Any, negligible: float, mixture: Mixture) -> tuple[Any, int]:
    """Weights of the phis, 0 up to `negligible` and else summing to 1; their mean, and how many components there are now.

    likelihood: (GRID, WIDTH); busy: 1 or 0."""
    total = spread(0.0)
    for g in range(GRID):
        weight = load(likelihood, g) * where(busy > 0.0, prior[1, g], prior[0, g])
        store(mixture.whole, g, weight)
        total = total + weight
    limit, kept, phi, used = total * negligible, spread(0.0), spread(0.0), FILTERS
    for g in range(GRID):
        weight = load(mixture.whole, g)
        heavy = weight > limit
        weight = where(heavy, weight, 0.0)
        store(mixture.whole, g, weight)
        kept = kept + weight
        phi = phi + weight * PHIS[g]
        if anywhere(heavy):
            mixture.which[used] = g
            used += 1
    share = 1.0 / kept
    for lane in range(FILTERS, used):
        store(mixture.weight, lane, load(mixture.whole, mixture.which[lane]) * share)
    return phi * share, used


@njit(forceinline=True, error_model="numpy")
def prepare(lane: int, mean: Any, over: Any, mixture: Mixture) -> None:
    """From mean and over of a component, all that the walk needs."""
    over = most(over, mean * THINNEST)
    share = 1.0 / (1.0 + over)
    nothing = exp(most(-(mean * log1p(over)) / over, -600.0))
    store(mixture.mean, lane, mean)
    store(mixture.over, lane, over)
    store(mixture.nothing, lane, nothing)
    store(mixture.pmf, lane, nothing)
    store(mixture.base, lane, mean * share)
    store(mixture.ratio, lane, over * share)


@njit(forceinline=True, error_model="numpy")
def walk(alpha: float, used: int, near: Any, mixture: Mixture) -> None:
    """Add up the mixtures from 0 on, for the series that are `near`, 1 or 0; `at` becomes P(Y = learnt)."""
    y, below, tail, surprised = load(mixture.lines, Y), spread(0.0), spread(-1.0), spread(0.0)
    upper, learnt = where(near > 0.0, -1.0, 0.0), where(near > 0.0, -1.0, 0.0)
    k = 0.0
    while anywhere((upper < 0.0) | (learnt < 0.0)):
        under_way, above = where((upper < 0.0) | (learnt < 0.0), 1.0, 0.0), 1.0 - below
        tail = where((under_way > 0.0) & (tail < 0.0) & (y <= k), above, tail)
        surprise = (learnt < 0.0) & (above < SURPRISING)
        arrived = (learnt < 0.0) & ((y <= k) | (above < SURPRISING))
        surprised, learnt = where(surprise, 1.0, surprised), where(arrived, k, learnt)
        if anywhere(arrived):
            for lane in range(used):
                store(mixture.at, lane, where(arrived, load(mixture.pmf, lane), load(mixture.at, lane)))
        first = 0 if anywhere(learnt < 0.0) else FILTERS  # a filter has no weight, and is asked about the learnt count alone
        below = below + _step(k, first, used, mixture)
        upper = where((upper < 0.0) & (1.0 - below < alpha), k, upper)
        through = (under_way > 0.0) & (upper >= 0.0) & (learnt >= 0.0)
        tail = where(through & (tail < 0.0), where(y <= k + 1.0, 1.0 - below, 0.0), tail)
        k += 1.0
    store(mixture.lines, TAIL, tail)
    store(mixture.lines, UPPER, upper)
    store(mixture.lines, LEARNT, learnt)
    store(mixture.lines, SURPRISED, surprised)


@njit(forceinline=True, error_model="numpy")
def _step(k: float, first: int, used: int, mixture: Mixture) -> Any:
    """P(Y = k) of the mixtures, and on to k + 1."""
    next_k, here = 1.0 / (k + 1.0), spread(0.0)
    for lane in range(first, used):
        pmf = load(mixture.pmf, lane)
        here = here + load(mixture.weight, lane) * pmf
        store(mixture.pmf, lane, pmf * (load(mixture.base, lane) + load(mixture.ratio, lane) * k) * next_k)
    return here


@njit(forceinline=True, error_model="numpy")
def temper(trust: Any, known: Any, used: int, mixture: Mixture) -> None:
    """Let a day say less about filters and phis, as far as it is trusted."""
    doubted = (trust < 0.99) & (known > 0.0)
    if anywhere(doubted):
        for lane in range(used):
            at = load(mixture.at, lane)
            store(mixture.at, lane, where(doubted, exp(trust * log(most(at, FAINTEST))), at))


@njit(forceinline=True, error_model="numpy")
def believe(known: Any, used: int, likelihood: Floats, mixture: Mixture) -> None:
    """Multiply the likelihood of each phi (GRID, WIDTH) by `at`; what has no weight goes with its nearest neighbour that has. known: 1 or
    0, where nothing changes."""
    says, far, lane = spread(1.0), spread(float(GRID)), FILTERS
    for g in range(GRID):
        far = far + 1.0
        if lane < used and mixture.which[lane] == g:
            heavy = load(mixture.weight, lane) > 0.0
            says, far, lane = where(heavy, load(mixture.at, lane), says), where(heavy, 0.0, far), lane + 1
        store(mixture.left, g, says)
        store(mixture.left_far, g, far)
    says, far, best, lane = spread(1.0), spread(float(GRID)), spread(0.0), used - 1
    for step in range(GRID):
        g, far = GRID - 1 - step, far + 1.0
        if lane >= FILTERS and mixture.which[lane] == g:
            heavy = load(mixture.weight, lane) > 0.0
            says, far, lane = where(heavy, load(mixture.at, lane), says), where(heavy, 0.0, far), lane - 1
        said = where(far <= load(mixture.left_far, g), says, load(mixture.left, g))
        heard = load(likelihood, g) * where(known > 0.0, said, 1.0)
        store(likelihood, g, heard)
        best = most(best, heard)
    scale = 1.0 / most(best, FAINTEST)
    for g in range(GRID):
        heard = load(likelihood, g)
        scaled = where(best > FAINTEST, most(heard * scale, FAINT), 1.0)
        store(likelihood, g, where(known > 0.0, scaled, heard))
