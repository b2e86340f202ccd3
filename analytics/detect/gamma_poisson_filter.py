"""One step of the gamma–Poisson filter after the other, for many series: the compiled half of gamma_poisson.py.

For one series a bank of log-linear dynamic models (West, Harrison and Migon 1985, JASA 80:73-83) runs side by side; they differ only in
how fast their level may move. The state is (level, seven weekday effects, two annual harmonics), its covariance grows by a fixed variance
each day, and a count updates it through the conjugate gamma distribution of the day's mean: with linear predictor of mean f and variance
q, the mean is Gamma(a, b) with a = 1 / (exp(q) - 1) and a / b = exp(f + q / 2); a count y on a day of exposure e turns it into
Gamma(a + y / phi, b + e / phi), phi being the series' variance-to-mean ratio, and the moments of its logarithm go back to the state.

Tomorrow's count is a mixture of negative binomials over a grid of phi. The walk from 0 upwards adds up all components at once, so that a
quiet day costs a few additions.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from analytics.detect.base import Floats

Ints = NDArray[np.int64]

LEVEL_SDS = np.array([0.0007, 0.004, 0.025])  #: a step's standard deviation of the log level, for each filter of the bank
PHIS = np.array(
    [1.0, 1.12, 1.27, 1.45, 1.68, 1.95, 2.3, 2.7, 3.25, 3.9, 4.7, 5.8, 7.2, 9.2, 12.5, 20.0]
)  #: variance-to-mean ratios that are weighed
FILTERS, GRID = len(LEVEL_SDS), len(PHIS)
LANES = FILTERS + GRID  #: negative binomials that a day compares: one a filter, then one a phi
WEIGHT, SIZE, RATIO, PMF, UNDER, AT, CENTRE, ROWS = range(8)  #: rows of the table of lanes: P(Y = k), P(Y < k), likelihood, mean, ...
FAINT = 1e-8  #: likelihood, relative to the best, below which none falls
SHARE = 0.002  #: of belief that goes back to the prior each day, so that a series may change its nature
SURPRISING = 0.005  #: the smallest count whose tail is below this is learnt instead of any greater one
ENTER, STAY, SHAPE = 0.002, 0.95, 0.15  #: of an outbreak: chance that it begins, that it goes on; its p-values are Beta(SHAPE, 1)
OUTBREAK = 0.002  #: chance that a day belongs to an outbreak, whose counts say nothing about the ordinary
WALKED = 96.0  #: expected count above which tails are approximated instead of added up

LOOSE = {"reassoc", "contract", "arcp"}  #: sums may be reordered; NaN and infinity keep their meaning


@njit(cache=True, nogil=True)
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


@njit(cache=True, nogil=True)
def _pratt(x: float) -> float:
    if abs(x - 1.0) < 1e-4:
        return (1.0 - x) / 3.0
    if x <= 0:
        return 1.0
    return (1.0 - x * x + 2.0 * x * math.log(x)) / ((1.0 - x) * (1.0 - x))


@njit(cache=True, nogil=True, fastmath=LOOSE)
def _mixture_tail(k: float, mean: float, used: int, weights: Floats, size: Floats) -> float:
    total = 0.0
    for lane in range(FILTERS, used):
        total += weights[lane] * upper_tail(k, mean, size[lane])
    return total


@njit(cache=True, nogil=True, fastmath=LOOSE)
def _walk(y: float, alpha: float, mean: float, used: int, lanes: Floats) -> tuple[float, float, float]:
    """Add up the mixture from 0 on. Row AT of `lanes` is written: the likelihood of each lane, P(Y = y), or where y is surprising
    P(Y >= cut) and the chance of an outbreak.

    Returns P(Y >= y), the smallest u with P(Y > u) < alpha, and the count that is learnt: y, or the smallest surprising one.
    """
    weights, size, ratio, pmf, under, at = lanes[WEIGHT], lanes[SIZE], lanes[RATIO], lanes[PMF], lanes[UNDER], lanes[AT]
    below, upper, k, tail, learnt = 0.0, -1.0, 0.0, -1.0, -1.0
    while upper < 0 or learnt < 0:
        if tail < 0 and k >= y:
            tail = 1.0 - below
        if learnt < 0 and (k >= y or 1.0 - below < SURPRISING):
            learnt = k
            censored = 1.0 - below < SURPRISING
            for lane in range(used):
                at[lane] = max(1.0 - under[lane], 0.0) + OUTBREAK if censored else pmf[lane]
        here = 0.0
        for lane in range(FILTERS, used):
            here += weights[lane] * pmf[lane]
        below += here
        if upper < 0 and 1.0 - below < alpha:
            upper = k
        for lane in range(used):
            under[lane] += pmf[lane]
            pmf[lane] *= (size[lane] + k) * ratio[lane] / (k + 1.0)
        k += 1.0
    if tail < 0:
        tail = 1.0 - below if k >= y else 0.0
    if tail < 1e-9 and y > 0:
        tail = _mixture_tail(y, mean, used, weights, size)
    return tail, upper, learnt


@njit(cache=True, nogil=True)
def _quantile(alpha: float, mean: float, variance: float, used: int, weights: Floats, size: Floats) -> float:
    """The smallest u with P(Y > u) < alpha of a mixture with a large mean: a secant on the logarithm of the tail."""
    sd, goal = math.sqrt(variance), math.log(alpha)
    near, far = mean + 2.0 * sd, mean + 3.0 * sd
    at_near, at_far = math.log(_mixture_tail(near, mean, used, weights, size)), math.log(_mixture_tail(far, mean, used, weights, size))
    for _ in range(4):
        if abs(at_far - at_near) < 1e-12:
            break
        trial = max(far + (goal - at_far) * (far - near) / (at_far - at_near), mean)
        near, at_near = far, at_far
        far, at_far = trial, math.log(max(_mixture_tail(trial, mean, used, weights, size), 1e-300))
        if abs(far - near) < 0.5:
            break
    return max(math.floor(far), 0.0)


@njit(cache=True, nogil=True)
def _far(y: float, alpha: float, mean: float, variance: float, used: int, lanes: Floats) -> tuple[float, float, float]:
    """What `_walk` gives, for a large mean."""
    weights, size, ratio, at, centre = lanes[WEIGHT], lanes[SIZE], lanes[RATIO], lanes[AT], lanes[CENTRE]
    tail = _mixture_tail(y, mean, used, weights, size)
    upper = _quantile(alpha, mean, variance, used, weights, size)
    upper = min(upper, y - 1.0) if tail < alpha else max(upper, y) if y <= upper + 1.0 else upper
    if tail < SURPRISING:
        learnt = min(y, _quantile(SURPRISING, mean, variance, used, weights, size) + 1.0)
        for lane in range(used):
            at[lane] = upper_tail(learnt, centre[lane], size[lane]) + OUTBREAK
        return tail, upper, learnt
    top = -1e300
    for lane in range(used):
        r = size[lane]
        at[lane] = math.lgamma(y + r) - math.lgamma(r) + y * math.log(ratio[lane]) - r * math.log1p(centre[lane] / r)
        top = max(top, at[lane])
    for lane in range(used):
        at[lane] = math.exp(at[lane] - top)
    return tail, upper, y


@njit(cache=True, nogil=True, fastmath=LOOSE)
def _nothing(used: int, centre: Floats, size: Floats, out: Floats) -> None:
    """P(Y = 0) = exp(-r log(1 + m / r)) of all lanes, from additions, products and roots alone, so that lanes are computed side by side."""
    for lane in range(used):
        root = math.sqrt(math.sqrt(math.sqrt(1.0 + centre[lane] / size[lane])))
        z = (root - 1.0) / (root + 1.0)
        square, total = z * z, 0.0
        for term in range(12, 0, -1):  # atanh(z)
            total = total * square + 1.0 / (2 * term - 1)
        t = size[lane] * 16.0 * z * total / 1024.0
        small = 1.0 - t * (1.0 - t / 2 * (1.0 - t / 3 * (1.0 - t / 4 * (1.0 - t / 5 * (1.0 - t / 6 * (1.0 - t / 7))))))
        for _ in range(10):
            small *= small
        out[lane] = small


@njit(cache=True, nogil=True)
def _conjugate(y: float, exposure: float, phi: float, mean: float, spread: float) -> tuple[float, float]:
    """Mean and variance of the log mean after a count of y at this exposure; before it, `mean` and the squared coefficient of variation."""
    shape = 1.0 / spread
    rate = shape / mean
    shape += y / phi
    rate += exposure / phi
    after = math.log1p(1.0 / shape)
    return math.log(shape / rate) - 0.5 * after, after


@njit(cache=True, nogil=True, fastmath=LOOSE)
def _project(state: Floats, cov: Floats, terms: int, where: Ints, value: Floats, gain: Floats) -> tuple[float, float]:
    """Mean and variance of the day's linear predictor; gain: (p,) written, the covariance of the state with it."""
    f, q = 0.0, 0.0
    for i in range(terms):
        f += value[i] * state[where[i]]
    for j in range(len(gain)):
        gain[j] = 0.0
        for i in range(terms):
            gain[j] += cov[where[i], j] * value[i]
    for i in range(terms):
        q += value[i] * gain[where[i]]
    return f, min(max(q, 1e-9), 12.0)


@njit(cache=True, nogil=True)
def _evolve(cov: Floats, level: float, weekday: float, season: float) -> None:
    cov[0, 0] += level
    for j in range(1, len(cov)):
        cov[j, j] += weekday if j < 8 else season


@njit(cache=True, nogil=True, fastmath=LOOSE)
def _learn(state: Floats, cov: Floats, gain: Floats, f: float, q: float, after: float, left: float) -> None:
    step, shrink = (after - f) / q, (1.0 - left / q) / q
    for j in range(len(gain)):
        state[j] += gain[j] * step
        for i in range(len(gain)):
            cov[j, i] -= gain[j] * gain[i] * shrink


@njit(cache=True, nogil=True, fastmath=LOOSE)
def _weigh(likelihood: Floats, row: Floats, negligible: float, lanes: Floats, index: Ints) -> tuple[int, float]:
    """Put the phis that are still believed in into lanes FILTERS and on, their weights summing to 1; how many lanes, and the mean phi."""
    total, phi = 0.0, 0.0
    for g in range(GRID):
        total += likelihood[g] * row[g]
    used, kept = FILTERS, 0.0
    for g in range(GRID):
        weight = likelihood[g] * row[g] / total
        if weight > negligible:
            lanes[WEIGHT, used], index[used] = weight, g
            kept += weight
            used += 1
    for lane in range(FILTERS, used):
        lanes[WEIGHT, lane] /= kept
        phi += lanes[WEIGHT, lane] * PHIS[index[lane]]
    return used, phi


@njit(cache=True, nogil=True)
def _believe(likelihood: Floats, lanes: Floats, used: int, index: Ints) -> None:
    best, lane = 0.0, FILTERS
    for g in range(GRID):  # what was left out of the day goes with its nearest neighbour that was not
        while lane + 1 < used and abs(index[lane + 1] - g) <= abs(index[lane] - g):
            lane += 1
        likelihood[g] *= lanes[AT, lane]
        best = max(best, likelihood[g])
    for g in range(GRID):
        likelihood[g] = max(likelihood[g] / best, FAINT) if best > 1e-300 else 1.0


@njit(cache=True, nogil=True)
def _choose(belief: Floats, habit: Floats, lanes: Floats) -> None:
    """Believe each filter by how likely it held the count to be; a share goes back to the panel's habit."""
    total = 0.0
    for b in range(FILTERS):
        belief[b] *= lanes[AT, b]
        total += belief[b]
    for b in range(FILTERS):
        belief[b] = (1 - SHARE) * (belief[b] / total if total > 0 else habit[b]) + SHARE * habit[b]


@njit(cache=True, nogil=True)
def _believable(spell: Floats, tail: float, patience: float) -> float:
    """How far a day is to be learnt from, 0 to 1: the chance that it belongs to no outbreak; a long outbreak becomes the ordinary.

    spell: (2,) chance that yesterday was in an outbreak and how many days it has lasted; both are carried on.
    """
    before = STAY * spell[0] + ENTER * (1.0 - spell[0])
    ratio = SHAPE * max(tail, 1e-12) ** (SHAPE - 1.0)
    spell[0] = before * ratio / (before * ratio + 1.0 - before)
    spell[1] = spell[1] + spell[0] if spell[0] > 0.5 else spell[1] * 0.8
    return max(1.0 - spell[0], min(1.0, (spell[1] / patience) ** 2))


@njit(cache=True, nogil=True)
def _terms(weekday: float, season: Floats, where: Ints, value: Floats) -> int:
    """Which parts of the state a day's linear predictor adds up, and their factors; returns how many."""
    where[0], value[0], terms = 0, 1.0, 1
    if weekday >= 0:
        where[1], value[1], terms = 1 + int(weekday), 1.0, 2
    for j in range(len(season)):
        where[terms], value[terms] = 8 + j, season[j]
        terms += 1
    return terms


@njit(cache=True, nogil=True)
def _compare(exposure: float, phi: float, spread: float, mean: float, moments: Floats, used: int, lanes: Floats, index: Ints) -> None:
    """Mean, size and ratio of each lane's negative binomial; moments: (2, FILTERS) mean and squared coefficient of variation."""
    for lane in range(used):
        if lane < FILTERS:
            mu = max(moments[0, lane] * exposure, 1e-9)
            over = (phi - 1.0) / mu + moments[1, lane]
        else:
            mu = mean
            over = (PHIS[index[lane]] - 1.0) / mean + spread
        size = 1.0 / max(over, 1e-9)
        lanes[CENTRE, lane], lanes[SIZE, lane], lanes[RATIO, lane], lanes[UNDER, lane] = mu, size, mu / (mu + size), 0.0


@njit(cache=True, nogil=True)
def _mixed(belief: Floats, moments: Floats) -> tuple[float, float]:
    """Mean and squared coefficient of variation of the day's mean over all filters, at full exposure."""
    mean, square = 0.0, 0.0
    for b in range(FILTERS):
        mean += belief[b] * moments[0, b]
        square += belief[b] * moments[0, b] ** 2 * (1.0 + moments[1, b])
    return mean, max(square / (mean * mean) - 1.0, 0.0)


@njit(cache=True, nogil=True)
def run(
    counts: Floats, exposure: Floats, weekday: Floats, season: Floats, growth: Floats, first_shown: int, alpha: float, busy: Ints,
    prior: Floats, negligible: float, habit: Floats, patience: float, spell: Floats, state: Floats, cov: Floats, belief: Floats,
    likelihood: Floats, expected: Floats, upper: Floats, pvalue: Floats,
) -> None:  # fmt: skip
    """Carry series through days. All arrays are of a block of n series and d days.

    counts, exposure: (n, d), NaN counts where nothing was learnt. weekday: (d,) 0..6 as floats, negative when a step is no day.
    season: (d, h) values of the annual terms. growth: variance that a step adds to level (in units of LEVEL_SDS squared), weekday,
    season. busy: (n,) row of prior; prior: (2, GRID) of phi; negligible: weight up to which a phi is left out of a day; habit:
    (FILTERS,). patience: steps after which an outbreak is the ordinary. Carried on: spell (n, 2); state (n, FILTERS, p) and cov
    (n, FILTERS, p, p), p = 1 + 7 + h; belief (n, FILTERS); likelihood (n, GRID). Written from day `first_shown` on: expected, upper,
    pvalue (n, d).
    """
    n, days = counts.shape
    where, value = np.zeros(2 + season.shape[1], np.int64), np.zeros(2 + season.shape[1])
    gain, moments = np.zeros((FILTERS, state.shape[2])), np.zeros((2, FILTERS))
    f, q = np.zeros(FILTERS), np.zeros(FILTERS)
    lanes, index = np.zeros((ROWS, LANES)), np.zeros(LANES, np.int64)
    for s in range(n):
        for t in range(days):
            terms, e = _terms(weekday[t], season[t], where, value), exposure[s, t]
            known = not math.isnan(counts[s, t]) and e > 0
            for b in range(FILTERS):
                _evolve(cov[s, b], growth[0] * LEVEL_SDS[b] ** 2, growth[1], growth[2])
                if known or t >= first_shown:
                    f[b], q[b] = _project(state[s, b], cov[s, b], terms, where, value, gain[b])
                    moments[0, b], moments[1, b] = math.exp(min(f[b] + 0.5 * q[b], 25.0)), math.expm1(q[b])
            if not known and t < first_shown:
                continue
            mean, spread = _mixed(belief[s], moments)
            mean = max(mean * e, 1e-9)
            used, phi = _weigh(likelihood[s], prior[busy[s]], negligible, lanes, index)
            _compare(e, phi, spread, mean, moments, used, lanes, index)
            y = counts[s, t] if known else 0.0
            if mean <= WALKED:
                _nothing(used, lanes[CENTRE], lanes[SIZE], lanes[PMF])
                tail, bound, learnt = _walk(y, alpha, mean, used, lanes)
            else:
                tail, bound, learnt = _far(y, alpha, mean, phi * mean + spread * mean * mean, used, lanes)
            if t >= first_shown:
                expected[s, t], upper[s, t], pvalue[s, t] = mean, bound, min(tail, 1.0) if known else math.nan
            if not known:
                continue
            trust = _believable(spell[s], tail, patience)
            if trust < 0.99:
                for lane in range(used):
                    lanes[AT, lane] = lanes[AT, lane] ** trust
            _believe(likelihood[s], lanes, used, index)
            _choose(belief[s], habit, lanes)
            for b in range(FILTERS):
                after, left = _conjugate(learnt, e, phi / trust, moments[0, b], moments[1, b])
                _learn(state[s, b], cov[s, b], gain[b], f[b], q[b], after, left)
