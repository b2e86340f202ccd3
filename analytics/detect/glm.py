"""Poisson regression of many series at once: iteratively reweighted least squares on stacks of small problems.

Every problem starts at mu = y + 0.1 and ends where the deviance changes by less than 1e-8 of itself, at most after 25 iterations: the path of R's
glm, so that even fits that do not converge agree. Source: McCullagh and Nelder 1989, Generalized Linear Models, section 2.5.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import xlogy

from analytics.detect.base import Floats

EPSILON = 1e-8  #: relative change of the deviance at which a fit has converged
ITERATIONS = 25
SHIFT = 0.1  #: the fit starts at mu = y + 0.1


@dataclass(frozen=True)
class Fit:
    """Fits of many problems: coef (series, terms), mu (series, n), deviance (series,), converged (series,) bool."""

    coef: Floats
    mu: Floats
    deviance: Floats
    converged: npt.NDArray[np.bool_]


def poisson_deviance(y: Floats, mu: Floats, weights: Floats) -> Floats:
    """Sum over the last axis of 2 w (y log(y / mu) - (y - mu)); terms with weight 0 do not count."""
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = 2 * weights * (xlogy(y, y / mu) - (y - mu))
    return np.where(weights > 0, terms, 0).sum(axis=-1)


def irls(counts: Floats, design: Floats, alpha: float = 0.0) -> Fit:
    """Log-linear regression of `counts` (series, n) on one `design` (n, terms), Poisson, or negative binomial with size 1 / alpha.

    NaN counts are left out; a series without any count has NaN coefficients.
    """
    there = ~np.isnan(counts)
    y = np.where(there, counts, 0.0)
    mu = y + (np.where(y == 0, 1 / 6, 0.0) if alpha else SHIFT)
    series, terms = counts.shape[0], design.shape[1]
    coef, deviance = np.full((series, terms), np.nan), deviances(y, mu, there, alpha)
    done = ~there.any(axis=1)
    for _ in range(ITERATIONS):
        todo = np.flatnonzero(~done)
        if not todo.size:
            break
        eta = np.log(mu[todo])
        weights = there[todo] * mu[todo] / (1 + alpha * mu[todo])
        coef[todo] = least_squares(design, weights, eta + (y[todo] - mu[todo]) / mu[todo])
        mu[todo] = np.exp(coef[todo] @ design.T)
        now = deviances(y[todo], mu[todo], there[todo], alpha)
        done[todo] = np.abs(now - deviance[todo]) / (np.abs(now) + 0.1) < EPSILON
        deviance[todo] = now
    return Fit(coef, mu, deviance, done & there.any(axis=1))


def deviances(y: Floats, mu: Floats, there: npt.NDArray[np.bool_], alpha: float) -> Floats:
    """Deviance of each series, Poisson or negative binomial with size 1 / alpha; (series, n) arrays."""
    if alpha == 0:
        return poisson_deviance(y, mu, there.astype(float))
    size = 1 / alpha
    return np.where(there, 2 * (xlogy(y, np.maximum(y, 1) / mu) - (y + size) * np.log((y + size) / (mu + size))), 0).sum(axis=-1)


def least_squares(design: Floats, weights: Floats, z: Floats) -> Floats:
    """Weighted least squares of z (series, n) on one design (n, terms): (series, terms); by QR, for its digits."""
    root = np.sqrt(weights)
    q, r = np.linalg.qr(root[:, :, None] * design)
    right = np.einsum("sni,sn->si", q, root * z)
    singular = np.abs(np.diagonal(r, axis1=1, axis2=2)).min(axis=1) == 0
    r[singular] = np.eye(design.shape[1])
    solved = np.linalg.solve(r, right[:, :, None])[:, :, 0]
    solved[singular] = np.nan
    return solved


def seasonal_design(days: int, freq: int, *, harmonics: int, trend: bool, first: int = 1) -> Floats:
    """Intercept, linear trend and `harmonics` pairs of sine and cosine of the year: (days, terms); time counts first, first + 1, ..."""
    t = np.arange(first, first + days, dtype=np.float64)
    columns = [np.ones(days)] + ([t] if trend else [])
    for s in range(1, harmonics + 1):
        columns += [np.sin(2 * np.pi * s * t / freq), np.cos(2 * np.pi * s * t / freq)]
    return np.stack(columns, axis=1)


def seasonal_mean(past: Floats, past_design: Floats, design: Floats) -> Floats:
    """Means that a Poisson regression on `past` (series, n) predicts for `design` (m, terms): (series, m)."""
    return np.exp(irls(past, past_design).coef @ design.T)
