"""Tomorrow's count of a series: a mixture of negative binomials over a grid of phi, the variance-to-mean ratio; a tile of series at once.

A component with mean m and variance v m + m has P(Y = 0) = exp(-m log(1 + v) / v) and P(Y = k + 1) / P(Y = k) = (a + k r) / (k + 1), with
a = m / (1 + v) and r = v / (1 + v). All series of the tile walk from 0 upwards together, for a few steps, which is enough for most; those
that are not at their bound by then go on alone, and where the mean is large, tails are approximated.

Each filter of the bank is a component, too, of weight 0: how well it predicted is compared.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from analytics.detect.base import Floats
from analytics.detect.vector_math import exp, log1p

Ints = NDArray[np.int64]

PHIS = np.array(
    [1.0, 1.12, 1.27, 1.45, 1.68, 1.95, 2.3, 2.7, 3.25, 3.9, 4.7, 5.8, 7.2, 9.2, 12.5, 20.0]
)  #: variance-to-mean ratios that are weighed
GRID = len(PHIS)
THINNEST = 1e-9  #: v / m of a component that is taken for Poisson
FAINT = 1e-8  #: likelihood, relative to the best, below which none falls
SURPRISING = 0.005  #: the smallest count whose tail is below this is learnt instead of any greater one
OUTBREAK = 0.002  #: chance that a day belongs to an outbreak, whose counts say nothing about the ordinary
FILTERS = 3  #: of the bank
LANES = FILTERS + GRID  #: components: one a filter, then one a phi
TOGETHER = 6  #: steps that a tile walks together
WALKED = 96.0  #: expected count above which tails are approximated instead of added up

LOOSE = {"reassoc", "contract", "arcp"}  #: sums may be reordered; NaN and infinity keep their meaning


class Mixture(NamedTuple):
    """The components of n series, (LANES, n). weight: in the mixture; mean; over: v above; nothing: P(Y = 0); base, ratio: a and r above;
    pmf: scratch; at: how likely the learnt count was, up to a factor of the series. used: (LANES,) whether any series gives it weight.

    And of each series, (n,): y, the count; here and below, P(Y = k) and P(Y < k) on the way; tail, P(Y >= y); upper, the smallest u with
    P(Y > u) < alpha; learnt, y or the smallest surprising count; surprising, 1 or 0. The last four are negative as long as
    not known. alone: (5, LANES) of a series that walks alone.
    """

    weight: Floats
    mean: Floats
    over: Floats
    nothing: Floats
    base: Floats
    ratio: Floats
    pmf: Floats
    at: Floats
    used: Ints
    y: Floats
    here: Floats
    below: Floats
    tail: Floats
    upper: Floats
    learnt: Floats
    surprising: Floats
    alone: Floats


def scratch(n: int) -> Mixture:
    components: list[Any] = [np.ones((LANES, n)) for _ in range(8)]
    lines = [np.ones(n) for _ in range(7)]
    mixture = Mixture(*components, np.ones(LANES, np.int64), *lines, np.ones((5, LANES)))  # type: ignore[call-arg, arg-type]
    mixture.weight[:FILTERS] = 0.0
    return mixture


@njit(cache=True, nogil=True, error_model="numpy")
def upper_tail(k: float, mean: float, size: float) -> float:
    """P(Y >= k) of a negative binomial with this mean and size, by Peizer and Pratt's normal approximation (1968, JASA 63:1416-1456)."""
    if k <= 0:
        return 1.0
    s, t, p = size, k, size / (size + mean)  # P(Y <= k - 1) = I_p(size, k) = P(B >= size), B binomial(size + k - 1, p)
    n = s + t - 1.0
    lower, upper = s - 0.5, t - 0.5  # successes below `size`, failures
    d = s - 1.0 / 3.0 - (n + 1.0 / 3.0) * p - 0.02 * (p / s - (1 - p) / t + (p - 0.5) / (n + 1.0))
    x = lower / (n * p)
    z = upper / (n * (1 - p))
    spread = math.sqrt((1.0 + (1 - p) * _pratt(x) + p * _pratt(z)) / ((n + 1.0 / 6.0) * p * (1 - p)))
    return 0.5 * math.erfc(-d * spread / math.sqrt(2.0))


@njit(cache=True, nogil=True, error_model="numpy")
def _pratt(x: float) -> float:
    if abs(x - 1.0) < 1e-4:
        return (1.0 - x) / 3.0
    if x <= 0:
        return 1.0
    return (1.0 - x * x + 2.0 * x * math.log(x)) / ((1.0 - x) * (1.0 - x))


@njit(cache=True, nogil=True, fastmath=LOOSE, error_model="numpy", forceinline=True)
def weigh(likelihood: Floats, prior: Floats, busy: Floats, negligible: float, mixture: Mixture, phi: Floats) -> None:
    """Weights of the phis, 0 up to `negligible` and else summing to 1, and their mean `phi` (n,).

    likelihood: (GRID, n); busy: (n,) 1 or 0."""
    total, kept = mixture.here, mixture.below
    total[:], kept[:], phi[:] = 0.0, 0.0, 0.0
    for g in range(GRID):
        weight, heard, quiet, loud = mixture.weight[FILTERS + g], likelihood[g], prior[0, g], prior[1, g]
        for s in range(len(total)):
            weight[s] = heard[s] * (loud if busy[s] > 0 else quiet)
            total[s] += weight[s]
    for g in range(GRID):
        weight, ratio, most = mixture.weight[FILTERS + g], PHIS[g], 0.0
        for s in range(len(total)):
            weight[s] = weight[s] if weight[s] > negligible * total[s] else 0.0
            kept[s] += weight[s]
            phi[s] += weight[s] * ratio
            most = max(most, weight[s])
        mixture.used[FILTERS + g] = most > 0
    for s in range(len(total)):
        kept[s] = 1.0 / kept[s]
        phi[s] *= kept[s]
    for g in range(GRID):
        weight = mixture.weight[FILTERS + g]
        for s in range(len(total) if mixture.used[FILTERS + g] else 0):
            weight[s] *= kept[s]


@njit(cache=True, nogil=True, fastmath=LOOSE, error_model="numpy", forceinline=True)
def prepare(lane: int, mixture: Mixture) -> None:
    """From mean and over of a component, all that the walk needs."""
    mean, over, nothing = mixture.mean[lane], mixture.over[lane], mixture.nothing[lane]
    base, ratio, pmf = mixture.base[lane], mixture.ratio[lane], mixture.pmf[lane]
    for s in range(len(mean)):
        over[s] = max(over[s], mean[s] * THINNEST)
    for s in range(len(mean)):
        nothing[s] = exp(max(-mean[s] * log1p(over[s]) / over[s], -600.0))
    for s in range(len(mean)):
        base[s] = mean[s] / (1.0 + over[s])
    for s in range(len(mean)):
        ratio[s] = over[s] / (1.0 + over[s])
    for s in range(len(mean)):
        pmf[s] = nothing[s]


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def walk(alpha: float, mixture: Mixture) -> None:
    """Add up the mixtures from 0 on, for some steps; series that are not through keep a negative `upper` or `learnt`.

    `at` is P(Y = learnt) where the count is not surprising.
    """
    y, here, below, tail, upper, learnt = mixture.y, mixture.here, mixture.below, mixture.tail, mixture.upper, mixture.learnt
    below[:], tail[:], upper[:], learnt[:], mixture.surprising[:] = 0.0, -1.0, -1.0, -1.0, 0.0
    most = y.max()
    for step in range(TOGETHER):
        k = float(step)
        _arrive(k, y, below, tail, upper, learnt, mixture.surprising)
        here[:] = 0.0
        for lane in range(LANES):
            if mixture.used[lane]:
                pmf = mixture.pmf[lane]
                if k <= most:
                    _note(k, y, pmf, mixture.at[lane])
                _pass(k, mixture.weight[lane], mixture.base[lane], mixture.ratio[lane], pmf, here)
        _leave(k, alpha, y, here, below, tail, upper, learnt)


@njit(cache=True, nogil=True, fastmath=LOOSE, error_model="numpy", forceinline=True)
def _arrive(k: float, y: Floats, below: Floats, tail: Floats, upper: Floats, learnt: Floats, surprising: Floats) -> None:
    """At k, before it is added: is it the count, or the smallest surprising one?"""
    for s in range(len(y)):
        under_way = (upper[s] < 0) | (learnt[s] < 0)
        tail[s] = 1.0 - below[s] if under_way & (tail[s] < 0) & (k >= y[s]) else tail[s]
    for s in range(len(y)):
        surprising[s] = 1.0 if (learnt[s] < 0) & (1.0 - below[s] < SURPRISING) else surprising[s]
    for s in range(len(y)):
        learnt[s] = k if (learnt[s] < 0) & ((k >= y[s]) | (1.0 - below[s] < SURPRISING)) else learnt[s]


@njit(cache=True, nogil=True, fastmath=LOOSE, error_model="numpy", forceinline=True)
def _note(k: float, y: Floats, pmf: Floats, at: Floats) -> None:
    """Keep P(Y = k) of a component up to the count."""
    for s in range(len(y)):
        at[s] = pmf[s] if k <= y[s] else at[s]


@njit(cache=True, nogil=True, fastmath=LOOSE, error_model="numpy", forceinline=True)
def _pass(k: float, weight: Floats, base: Floats, ratio: Floats, pmf: Floats, here: Floats) -> None:
    """Add P(Y = k) of a component, and go on to k + 1."""
    next_k = 1.0 / (k + 1.0)
    for s in range(len(here)):
        here[s] += weight[s] * pmf[s]
        pmf[s] *= (base[s] + k * ratio[s]) * next_k


@njit(cache=True, nogil=True, fastmath=LOOSE, error_model="numpy", forceinline=True)
def _leave(k: float, alpha: float, y: Floats, here: Floats, below: Floats, tail: Floats, upper: Floats, learnt: Floats) -> None:
    """After k was added: is it the bound? Who knows both has arrived: a tail that was not met is beyond."""
    for s in range(len(y)):
        under_way = (upper[s] < 0) | (learnt[s] < 0) | (learnt[s] == k)
        below[s] += here[s] if under_way else 0.0
    for s in range(len(y)):
        under_way = (upper[s] < 0) | (learnt[s] == k)
        through = under_way & ((upper[s] >= 0) | (1.0 - below[s] < alpha)) & (learnt[s] >= 0)
        beyond = 1.0 - below[s] if k + 1.0 >= y[s] else 0.0
        tail[s] = beyond if through & (tail[s] < 0) else tail[s]
    for s in range(len(y)):
        upper[s] = k if (upper[s] < 0) & (1.0 - below[s] < alpha) else upper[s]


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def ends_alone(s: int, mixture: Mixture) -> bool:
    """Whether `finish` has anything to do for a series; asked first, because a call costs as much as the whole walk."""
    under_way = mixture.upper[s] < 0 or mixture.learnt[s] < 0 or mixture.surprising[s] > 0
    return under_way or mixture.mean[FILTERS, s] > WALKED or (mixture.tail[s] < 1e-9 and mixture.y[s] > 0)


@njit(cache=True, nogil=True, error_model="numpy")
def finish(s: int, alpha: float, variance: float, mixture: Mixture) -> None:
    """What the tile's walk has not found out about a series: a far bound, a tiny tail, what a surprising count says."""
    near = mixture.mean[FILTERS, s] <= WALKED
    if not near:
        _far(s, alpha, variance, mixture)
    elif mixture.upper[s] < 0 or mixture.learnt[s] < 0:
        _walk_alone(s, alpha, mixture)
    if mixture.tail[s] < 1e-9 and mixture.y[s] > 0:
        mixture.tail[s] = _tail(mixture.y[s], s, mixture)
    if not near:
        _hear_far(s, mixture)
    elif mixture.surprising[s] > 0:
        _hear(s, mixture)


@njit(cache=True, nogil=True, error_model="numpy")
def _walk_alone(s: int, alpha: float, mixture: Mixture) -> None:
    """The rest of the walk of one series, from where the tile has left it."""
    weight, base, ratio, pmf, lanes = mixture.alone
    used = 0
    for lane in range(LANES):
        if lane < FILTERS or mixture.weight[lane, s] > 0:
            weight[used], pmf[used], lanes[used] = mixture.weight[lane, s], mixture.pmf[lane, s], lane
            base[used], ratio[used] = mixture.base[lane, s], mixture.ratio[lane, s]
            used += 1
    y, k, below, tail, upper, learnt = mixture.y[s], float(TOGETHER), mixture.below[s], mixture.tail[s], mixture.upper[s], mixture.learnt[s]
    while upper < 0 or learnt < 0:
        if tail < 0 and k >= y:
            tail = 1.0 - below
        if learnt < 0 and (k >= y or 1.0 - below < SURPRISING):
            learnt, mixture.surprising[s] = k, 1.0 if 1.0 - below < SURPRISING else 0.0
            for lane in range(used):
                mixture.at[int(lanes[lane]), s] = pmf[lane]
        next_k = 1.0 / (k + 1.0)
        for lane in range(used):
            below += weight[lane] * pmf[lane]
            pmf[lane] *= (base[lane] + k * ratio[lane]) * next_k
        if upper < 0 and 1.0 - below < alpha:
            upper = k
        k += 1.0
    mixture.upper[s], mixture.learnt[s] = upper, learnt
    mixture.tail[s] = tail if tail >= 0 else 1.0 - below if k >= y else 0.0


@njit(cache=True, nogil=True, error_model="numpy")
def _hear(s: int, mixture: Mixture) -> None:
    """Write into `at` what a surprising count says of each component: P(Y >= learnt), and the chance of an outbreak."""
    for lane in range(LANES):
        if lane >= FILTERS and mixture.weight[lane, s] == 0:
            continue
        pmf, below, k, base, ratio = mixture.nothing[lane, s], 0.0, 0.0, mixture.base[lane, s], mixture.ratio[lane, s]
        while k < mixture.learnt[s]:
            below += pmf
            pmf *= (base + k * ratio) / (k + 1.0)
            k += 1.0
        mixture.at[lane, s] = max(1.0 - below, 0.0) + OUTBREAK


@njit(cache=True, nogil=True, error_model="numpy")
def _far(s: int, alpha: float, variance: float, mixture: Mixture) -> None:
    """What the walk finds out, for a large mean."""
    y, tail, upper = mixture.y[s], _tail(mixture.y[s], s, mixture), _quantile(alpha, variance, s, mixture)
    upper = min(upper, y - 1.0) if tail < alpha else max(upper, y) if y <= upper + 1.0 else upper
    mixture.tail[s], mixture.upper[s], mixture.learnt[s], mixture.surprising[s] = tail, upper, y, 0.0
    if tail < SURPRISING:
        mixture.learnt[s], mixture.surprising[s] = min(y, _quantile(SURPRISING, variance, s, mixture) + 1.0), 1.0


@njit(cache=True, nogil=True, error_model="numpy")
def _hear_far(s: int, mixture: Mixture) -> None:
    """What `_hear` does, for a large mean; likelihoods are up to a factor."""
    learnt, top = mixture.learnt[s], -np.inf
    for lane in range(LANES):
        if lane >= FILTERS and mixture.weight[lane, s] == 0:
            continue
        mean, r = mixture.mean[lane, s], mixture.mean[lane, s] / mixture.over[lane, s]
        if mixture.surprising[s] > 0:
            mixture.at[lane, s] = upper_tail(learnt, mean, r) + OUTBREAK
        else:
            likelihood = math.lgamma(learnt + r) - math.lgamma(r) + learnt * math.log(mixture.ratio[lane, s])
            mixture.at[lane, s] = likelihood - r * math.log1p(mixture.over[lane, s])
            top = max(top, mixture.at[lane, s])
    for lane in range(LANES):
        if mixture.surprising[s] == 0 and (lane < FILTERS or mixture.weight[lane, s] > 0):
            mixture.at[lane, s] = math.exp(mixture.at[lane, s] - top)


@njit(cache=True, nogil=True, error_model="numpy")
def _tail(k: float, s: int, mixture: Mixture) -> float:
    """P(Y >= k) of a series' mixture."""
    total = 0.0
    for lane in range(FILTERS, LANES):
        if mixture.weight[lane, s] > 0:
            mean = mixture.mean[lane, s]
            total += mixture.weight[lane, s] * upper_tail(k, mean, mean / mixture.over[lane, s])
    return total


@njit(cache=True, nogil=True, error_model="numpy")
def _quantile(alpha: float, variance: float, s: int, mixture: Mixture) -> float:
    """The smallest u with P(Y > u) < alpha of a mixture with a large mean: a secant on the logarithm of the tail."""
    mean, sd, goal = mixture.mean[FILTERS, s], math.sqrt(variance), math.log(alpha)
    near, far = mean + 2.0 * sd, mean + 3.0 * sd
    at_near, at_far = math.log(_tail(near, s, mixture)), math.log(_tail(far, s, mixture))
    for _ in range(4):
        if abs(at_far - at_near) < 1e-12:
            break
        trial = max(far + (goal - at_far) * (far - near) / (at_far - at_near), mean)
        near, at_near = far, at_far
        far, at_far = trial, math.log(max(_tail(trial, s, mixture), 1e-300))
        if abs(far - near) < 0.5:
            break
    return max(math.floor(far), 0.0)


@njit(cache=True, nogil=True, error_model="numpy")
def temper(s: int, trust: float, mixture: Mixture) -> None:
    """Let the series' day say less about filters and phis, as far as it is trusted."""
    for lane in range(LANES):
        if lane < FILTERS or mixture.weight[lane, s] > 0:
            mixture.at[lane, s] = mixture.at[lane, s] ** trust


@njit(cache=True, nogil=True, fastmath=LOOSE, error_model="numpy", forceinline=True)
def believe(known: Floats, likelihood: Floats, mixture: Mixture) -> None:
    """Multiply the likelihood of each phi (GRID, n) by `at`; what has no weight goes with its nearest neighbour that has. known: (n,) 1 or
    0, where nothing changes. Overwrites all but weights, `at` and `learnt`."""
    left, left_far, right, right_far, best = mixture.pmf, mixture.base, mixture.nothing, mixture.ratio, mixture.here
    left_far[0], right_far[LANES - 1], best[:] = GRID, GRID, 0.0
    for g in range(GRID):
        _neighbour(mixture.weight[FILTERS + g], mixture.at[FILTERS + g], left[g], left_far[g], left[g + 1], left_far[g + 1])
    for lane in range(LANES - 1, FILTERS - 1, -1):
        here, far = right[lane - 1], right_far[lane - 1]
        _neighbour(mixture.weight[lane], mixture.at[lane], right[lane], right_far[lane], here, far)
        _multiply(known, left[lane - FILTERS + 1], left_far[lane - FILTERS + 1], here, far, likelihood[lane - FILTERS], best)
    for g in range(GRID):
        _floor(known, likelihood[g], best)


@njit(cache=True, nogil=True, fastmath=LOOSE, error_model="numpy", forceinline=True)
def _neighbour(weight: Floats, at: Floats, before: Floats, before_far: Floats, says: Floats, far: Floats) -> None:
    """What the nearest on one side says, and how far it is: itself, or the neighbour's."""
    for s in range(len(says)):
        says[s] = at[s] if weight[s] > 0 else before[s]
    for s in range(len(says)):
        far[s] = 0.0 if weight[s] > 0 else before_far[s] + 1.0


@njit(cache=True, nogil=True, fastmath=LOOSE, error_model="numpy", forceinline=True)
def _multiply(known: Floats, left: Floats, left_far: Floats, right: Floats, right_far: Floats, likelihood: Floats, best: Floats) -> None:
    for s in range(len(best)):
        said = right[s] if right_far[s] <= left_far[s] else left[s]
        likelihood[s] *= said if known[s] > 0 else 1.0
    for s in range(len(best)):
        best[s] = max(best[s], likelihood[s])


@njit(cache=True, nogil=True, fastmath=LOOSE, error_model="numpy", forceinline=True)
def _floor(known: Floats, likelihood: Floats, best: Floats) -> None:
    for s in range(len(best)):
        scaled = max(likelihood[s] / best[s], FAINT) if best[s] > 1e-300 else 1.0
        likelihood[s] = scaled if known[s] > 0 else likelihood[s]
