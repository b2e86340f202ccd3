"""What the walk of gamma_poisson_mixture.py does not find out about a series: large means, tiny tails, what a surprising count says."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from analytics.detect.gamma_poisson_mixture import FILTERS, LEARNT, SURPRISED, SURPRISING, TAIL, TINY, UPPER, WALKED, Mixture, Y

OUTBREAK = 0.002  #: chance that a day belongs to an outbreak, whose counts say nothing about the ordinary


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


@njit(cache=True, nogil=True, error_model="numpy")
def finish(s: int, alpha: float, variance: float, used: int, mixture: Mixture) -> None:
    """Of a series whose walk is done: a far bound, a tiny tail, what a surprising count says. used: how many components there are."""
    lines, near = mixture.lines, mixture.mean[FILTERS, s] <= WALKED
    if not near:
        _far(s, alpha, variance, used, mixture)
    if lines[TAIL, s] < TINY and lines[Y, s] > 0:
        lines[TAIL, s] = _tail(lines[Y, s], s, used, mixture)
    if not near:
        _hear_far(s, used, mixture)
    elif lines[SURPRISED, s] > 0:
        _hear(s, used, mixture)


@njit(cache=True, nogil=True, error_model="numpy")
def _hear(s: int, used: int, mixture: Mixture) -> None:
    """Write into `at` what a surprising count says of each component: P(Y >= learnt), and the chance of an outbreak."""
    for lane in range(used):
        if lane >= FILTERS and mixture.weight[lane, s] == 0:
            continue
        pmf, below, k, base, ratio = mixture.nothing[lane, s], 0.0, 0.0, mixture.base[lane, s], mixture.ratio[lane, s]
        while k < mixture.lines[LEARNT, s]:
            below += pmf
            pmf *= (base + k * ratio) / (k + 1.0)
            k += 1.0
        mixture.at[lane, s] = max(1.0 - below, 0.0) + OUTBREAK


@njit(cache=True, nogil=True, error_model="numpy")
def _far(s: int, alpha: float, variance: float, used: int, mixture: Mixture) -> None:
    """What the walk finds out, for a large mean."""
    lines = mixture.lines
    y, upper = lines[Y, s], _quantile(alpha, variance, s, used, mixture)
    tail = _tail(y, s, used, mixture)
    upper = min(upper, y - 1.0) if tail < alpha else max(upper, y) if y <= upper + 1.0 else upper
    lines[TAIL, s], lines[UPPER, s], lines[LEARNT, s], lines[SURPRISED, s] = tail, upper, y, 0.0
    if tail < SURPRISING:
        lines[LEARNT, s], lines[SURPRISED, s] = min(y, _quantile(SURPRISING, variance, s, used, mixture) + 1.0), 1.0


@njit(cache=True, nogil=True, error_model="numpy")
def _hear_far(s: int, used: int, mixture: Mixture) -> None:
    """What `_hear` does, for a large mean; likelihoods are up to a factor."""
    learnt, surprised, top = mixture.lines[LEARNT, s], mixture.lines[SURPRISED, s] > 0, -np.inf
    for lane in range(used):
        if lane >= FILTERS and mixture.weight[lane, s] == 0:
            continue
        mean, r = mixture.mean[lane, s], mixture.mean[lane, s] / mixture.over[lane, s]
        if surprised:
            mixture.at[lane, s] = upper_tail(learnt, mean, r) + OUTBREAK
        else:
            likelihood = math.lgamma(learnt + r) - math.lgamma(r) + learnt * math.log(mixture.ratio[lane, s])
            mixture.at[lane, s] = likelihood - r * math.log1p(mixture.over[lane, s])
            top = max(top, mixture.at[lane, s])
    for lane in range(used):
        if not surprised and (lane < FILTERS or mixture.weight[lane, s] > 0):
            mixture.at[lane, s] = math.exp(mixture.at[lane, s] - top)


@njit(cache=True, nogil=True, error_model="numpy")
def _tail(k: float, s: int, used: int, mixture: Mixture) -> float:
    """P(Y >= k) of a series' mixture."""
    total = 0.0
    for lane in range(FILTERS, used):
        if mixture.weight[lane, s] > 0:
            mean = mixture.mean[lane, s]
            total += mixture.weight[lane, s] * upper_tail(k, mean, mean / mixture.over[lane, s])
    return total


@njit(cache=True, nogil=True, error_model="numpy")
def _quantile(alpha: float, variance: float, s: int, used: int, mixture: Mixture) -> float:
    """The smallest u with P(Y > u) < alpha of a mixture with a large mean: a secant on the logarithm of the tail."""
    mean, sd, goal = mixture.mean[FILTERS, s], math.sqrt(variance), math.log(alpha)
    near, far = mean + 2.0 * sd, mean + 3.0 * sd
    at_near, at_far = math.log(_tail(near, s, used, mixture)), math.log(_tail(far, s, used, mixture))
    for _ in range(4):
        if abs(at_far - at_near) < 1e-12:
            break
        trial = max(far + (goal - at_far) * (far - near) / (at_far - at_near), mean)
        near, at_near = far, at_far
        far, at_far = trial, math.log(max(_tail(trial, s, used, mixture), 1e-300))
        if abs(far - near) < 0.5:
            break
    return max(math.floor(far), 0.0)
