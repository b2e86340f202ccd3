"""What the first weeks of a panel say about all its series: the empirical-Bayes half of gamma_poisson.py.

Series that counted nothing at all say nothing about the others and are left out, so adding any number of them changes no other series.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.special import gammaln

from analytics.detect.base import Floats
from analytics.detect.gamma_poisson_filter import FILTERS
from analytics.detect.gamma_poisson_mixture import GRID, PHIS

WEEKDAY_VARIANCE = 0.02  #: between series, of the log of a weekday's effect, before any is seen
PSEUDO = 8.0  #: series that the prior of a variance counts as
BUSY = 60.0  #: posts in the first weeks from which on a series' own level is known well enough
FLAT = 20.0  #: posts a weekday without any pattern that the panel's are added to
LEVELS = 24  #: of the grid on which quiet series are fitted
SAMPLED = 1_000  #: series that a fit looks at
WIDTHS = (0.05, 0.12, 0.2, 0.3, 0.45, 0.7, 1.0, 1.5, 2.2)  #: standard deviations of the log level that are tried
HASTE = 1.8  #: exponent of a step of expectation and maximisation; 1 is the plain step, below 2 it still climbs
USUAL = np.concatenate([[0.25], np.diff(np.log(PHIS)) / np.log(PHIS[-1]) * 0.75])  #: of PHIS, before any series is seen

Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class PanelPrior:
    """level, level_variance: of the log of a day's mean; weekday: (7,) log effects, mean 0; phi: (quiet and busy, GRID)."""

    level: float
    level_variance: float
    weekday: Floats
    weekday_variance: float
    phi: Floats


def usual_phi() -> Floats:
    """The prior of phi before any series is seen: (quiet and busy, GRID)."""
    return np.tile(USUAL / USUAL.sum(), (2, 1))


def first_prior(counts: Floats, exposure: Floats, weekday: Floats) -> PanelPrior:
    """The prior from the first weeks: counts, exposure (series, days), NaN counts are not there; weekday (days,), negative for weeks."""
    there = ~np.isnan(counts) & (exposure > 0)
    y, e = np.where(there, counts, 0.0), np.where(there, exposure, 0.0)
    y, e = y[y.sum(1) > 0], e[y.sum(1) > 0]
    if not len(y):
        return PanelPrior(np.log(0.05), 4.0, np.zeros(7), WEEKDAY_VARIANCE, usual_phi())
    effects, variance = _weekdays(y, e, weekday)
    shaped = e * (np.exp(effects)[weekday.astype(int)] if weekday[0] >= 0 else 1.0)
    level, spread, phi = _levels(y, shaped)
    return PanelPrior(level, spread, effects, variance, phi)


def _dispersion(y: Floats, e: Floats) -> float:
    """Variance-to-mean ratio within series, pooled (Pearson)."""
    fitted = e * (y.sum(1) / e.sum(1))[:, None]
    freedom = (e > 0).sum() - len(y)
    with np.errstate(invalid="ignore", divide="ignore"):
        pearson = np.where(e > 0, (y - fitted) ** 2 / fitted, 0.0).sum()
    return float(max(pearson / max(freedom, 1), 1.0))


def _weekdays(y: Floats, e: Floats, weekday: Floats) -> tuple[Floats, float]:
    """The panel's log effects of the weekdays, and the variance with which a series departs from them (moments of Pearson's statistic)."""
    if weekday[0] < 0:
        return np.zeros(7), WEEKDAY_VARIANCE
    which = weekday.astype(int)[None, :] == np.arange(7)[:, None]  # (7, days)
    level = y.sum(1) / e.sum(1)
    seen, flat = y @ which.T, (e * level[:, None]) @ which.T  # (series, 7)
    # a weight that no single busy series rules
    heft = 1 / (1 + flat.sum(1, keepdims=True) * 0.02)
    effects = np.log(((heft * seen).sum(0) + FLAT) / ((heft * flat).sum(0) + FLAT))
    effects -= effects.mean()
    fitted = flat * np.exp(effects)
    fitted *= (seen.sum(1) / np.maximum(fitted.sum(1), 1e-12))[:, None]
    ratio = np.exp(effects)[which.argmax(0)]
    phi = _dispersion(y, e * ratio)
    pearson = ((seen - fitted) ** 2 / np.maximum(fitted, 1e-9)).sum(1)
    weight = fitted.sum(1)
    # the expected Pearson statistic of a series is 6 phi + variance * its posts
    per_series = np.clip((pearson - 6 * phi) / weight, -1, 1)
    heft = weight**2 / (2 * 6 * phi**2 + weight**2 * WEEKDAY_VARIANCE**2)
    own = float((heft * per_series).sum())
    mass = float(heft.sum())
    base = PSEUDO / WEEKDAY_VARIANCE**2 * 0.5
    return effects, float(np.clip((own + base * WEEKDAY_VARIANCE) / (mass + base), 0.0005, 0.3))


def _levels(y: Floats, e: Floats) -> tuple[float, float, Floats]:
    """Mean and variance of the log of the series' daily means, and the prior of phi of quiet and busy series; no series is all 0.

    Busy series speak for themselves. For the others, lognormal levels and a mixture of phi are fitted to the likelihood of their counts
    given that they are not all 0 (maximum marginal likelihood; Laird 1978, JASA 73:805-811, for the mixture), so that what looks like a
    busier series and what looks like a burst are told apart by the whole panel.
    """
    totals, exposures = y.sum(1), e.sum(1)
    logs, heft = np.log(totals / exposures), np.ones(len(y))
    variances = -_dispersion(y, e) / totals  # what chance alone adds
    prior = usual_phi()
    low = np.flatnonzero(totals <= BUSY)
    if len(low):
        chosen = _sample(y, low)
        centre, sd, share = _fit_low(y[chosen], e[chosen])
        keep = np.ones(len(y), bool)
        keep[low] = False
        logs, variances, heft = np.append(logs[keep], centre), np.append(variances[keep], sd**2), np.append(heft[keep], len(low))
        prior[0] = (share * len(chosen) + PSEUDO * prior[0]) / (len(chosen) + PSEUDO)
    centre = float(np.average(logs, weights=heft))
    spread = max(np.average(variances + (logs - centre) ** 2, weights=heft), 0.0)
    return centre, float(spread + heft.sum() ** -1.5), prior


def _sample(y: Floats, low: np.ndarray) -> np.ndarray:
    """At most `SAMPLED` of the series `low`, evenly over their totals; which ones does not depend on their order."""
    if len(low) <= SAMPLED:
        return low
    some = y[low]
    order = np.lexsort((some @ np.arange(some.shape[1]), (some**2).sum(1), some.sum(1)))
    return low[order[np.linspace(0, len(low) - 1, SAMPLED).astype(int)]]


def _grid_likelihood(y: Floats, e: Floats, levels: Floats) -> tuple[Floats, Floats]:
    """Log likelihood of each series' counts (series, levels, GRID), and of counting nothing at all, of the mean exposure (levels, GRID)."""
    row, column = np.nonzero(y)
    # equal counts of equal exposure are computed once
    pairs, which = np.unique(np.stack([y[row, column], e[row, column]]), axis=1, return_inverse=True)
    seen, mean = pairs[0][:, None], pairs[1][:, None] * levels  # (pairs, levels)
    out = np.empty((len(y), len(levels), GRID))
    nothing = np.empty((len(levels), GRID))
    starts = np.searchsorted(row, np.arange(len(y)))
    for number, phi in enumerate(PHIS):
        if phi == 1:
            per_zero, cells = levels, seen * np.log(mean) - gammaln(seen + 1)
        else:
            size = mean / (phi - 1)
            per_zero = levels * np.log(phi) / (phi - 1)
            cells = gammaln(seen + size) - gammaln(size) - gammaln(seen + 1) + seen * np.log((phi - 1) / phi)
        out[:, :, number] = np.add.reduceat(cells[which.ravel()], starts, axis=0) - e.sum(1)[:, None] * per_zero
        nothing[:, number] = -e.sum(1).mean() * per_zero
    return out, nothing


def _fit_low(y: Floats, e: Floats) -> tuple[float, float, Floats]:
    """Mean and standard deviation of the log level, and the shares of phi, that make quiet series likeliest given that none is all 0.

    Levels are lognormal and independent of phi. Of all widths that the data hardly tell apart (one unit of log likelihood), the smallest.
    """
    longest = e.sum(1).max()
    grid = np.linspace(np.log(0.02 / longest), np.log(1.5 * BUSY / longest), LEVELS)
    centre, sd = float(np.mean(np.log(y.sum(1) / e.sum(1)))), 1.5
    for reach in (None, 4.0):
        if reach:
            grid = np.linspace(centre - reach * max(sd, 0.12), centre + reach * max(sd, 0.12), LEVELS)
        loglik, nothing = _grid_likelihood(y, e, np.exp(grid))
        loglik -= loglik.max(axis=(1, 2), keepdims=True)
        weight, something = np.exp(loglik), -np.expm1(nothing)
        fits = []
        for width in WIDTHS:
            for middle in grid[2:-2:2]:
                level = np.exp(-0.5 * ((grid - middle) / max(width, 0.3 * (grid[1] - grid[0]))) ** 2)
                level /= level.sum()
                fits.append((*_fit_phi(np.tensordot(weight, level, (1, 0)), level @ something), width, middle))
        best = max(fit[0] for fit in fits)
        _, shares, sd, centre = min((fit for fit in fits if fit[0] > best - 1), key=lambda fit: (fit[2], -fit[0]))
    return float(centre), float(sd), shares


def _fit_phi(weight: Floats, something: Floats) -> tuple[float, Floats]:
    """Log likelihood and shares of phi, given the likelihood of each series (series, GRID) and of counting anything (GRID,)."""
    start = USUAL * something / (USUAL @ something)
    scaled = weight / something
    seen = _mixing(scaled, start, 25)
    shares = seen / something
    return float(np.log(scaled @ seen).sum()), shares / shares.sum()


def learn_phi(busy: Bools, posts: Floats, likelihood: Floats, first: Floats, rounds: int = 200) -> Floats:
    """The prior of phi of quiet and of busy series by expectation and maximisation over those seen: (2, GRID).

    busy: (series,); posts: (series,) expected up to now from each series' level, 0 where nothing was counted yet; likelihood: (series,
    GRID). A series is only here because it counted something, which is the likelier the smaller phi is; that is divided out.
    """
    rate = np.append(1.0, np.log(PHIS[1:]) / (PHIS[1:] - 1))
    prior = first.copy()
    for kind in (0, 1):
        own = np.flatnonzero((busy == kind) & (posts > 0))
        if len(own) > SAMPLED:
            order = np.lexsort((likelihood[own] @ np.arange(GRID), posts[own]))
            own = own[order[np.linspace(0, len(own) - 1, SAMPLED).astype(int)]]
        if len(own):
            prior[kind] = _mixing(likelihood[own] / -np.expm1(-posts[own][:, None] * rate), first[kind], rounds)
    return prior


def learn_habit(belief: Floats, seen: np.ndarray) -> Floats:
    """How much each filter is believed before a series is seen: one step of expectation and maximisation over the panel: (FILTERS,)."""
    return (belief[seen].sum(0) + PSEUDO / FILTERS) / (seen.sum() + PSEUDO)


@njit(cache=True, nogil=True, error_model="numpy")
def _mixing(likelihood: Floats, start: Floats, rounds: int) -> Floats:
    """The distribution over the grid that makes the series likeliest, begun at and held to `start`.

    Compiled: the rounds are many and a chart's panel is one series, so that calls of numpy would take longer than the arithmetic.
    """
    row, part = start.copy(), np.empty_like(start)
    series, size = likelihood.shape
    for _ in range(rounds):
        part[:] = 0.0
        for one in range(series):
            whole = 0.0
            for k in range(size):
                whole += likelihood[one, k] * row[k]
            for k in range(size):
                part[k] += likelihood[one, k] / whole
        total = 0.0
        for k in range(size):
            row[k] *= ((part[k] * row[k] + PSEUDO * start[k]) / (series + PSEUDO) / row[k]) ** HASTE
            total += row[k]
        row /= total
    return row
