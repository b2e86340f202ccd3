"""Poisson regression of many series at once: iteratively reweighted least squares on stacks of small problems.

Every problem starts at mu = y + 0.1 and ends where the deviance changes by less than 1e-8 of itself, at most after 25 iterations: the
path of R's glm, so that even fits that do not converge agree. Source: McCullagh and Nelder 1989, Generalized Linear Models, section 2.5.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import psi, xlogy, zeta

from analytics.detect.base import Floats

EPSILON = 1e-8  #: relative change of the deviance at which a fit has converged
NOTHING = float(np.finfo(float).eps)  #: least mean, as in R's inverse of the log link: a series of zeros has no mean of its own
ITERATIONS = 25
SHIFT = 0.1  #: the fit starts at mu = y + 0.1
ROUNDS = 50  #: of regression and overdispersion in turn, and of Newton's method for the latter
LEAST = 1e-6  #: overdispersion, and its inverse, are looked for between this and its inverse


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


def irls(counts: Floats, design: Floats, alpha: float | Floats = 0.0, start: Floats | None = None) -> Fit:
    """Log-linear regression of `counts` (series, n) on one `design` (n, terms), with variance mu + alpha mu^2; alpha may be (series,),
    start: means to start from, (series, n).

    NaN counts are left out; a series without any count has NaN coefficients.
    """
    there = ~np.isnan(counts)
    y = np.where(there, counts, 0.0)
    alpha = np.broadcast_to(np.asarray(alpha, float), counts.shape[:1])[:, None]
    mu = y + np.where(alpha > 0, np.where(y == 0, 1 / 6, 0.0), SHIFT) if start is None else start.copy()
    series, terms = counts.shape[0], design.shape[1]
    coef, deviance = np.full((series, terms), np.nan), deviances(y, mu, there, alpha)
    done: npt.NDArray[np.bool_] = np.logical_not(there.any(axis=1))
    for _ in range(ITERATIONS):
        todo = np.flatnonzero(~done)
        if not todo.size:
            break
        eta = np.log(mu[todo])
        weights = there[todo] * mu[todo] / (1 + alpha[todo] * mu[todo])
        coef[todo] = least_squares(design, weights, eta + (y[todo] - mu[todo]) / mu[todo])
        mu[todo] = np.maximum(np.exp(coef[todo] @ design.T), NOTHING)
        now = deviances(y[todo], mu[todo], there[todo], alpha[todo])
        done[todo] = np.abs(now - deviance[todo]) / (np.abs(now) + 0.1) < EPSILON
        deviance[todo] = now
    return Fit(coef, mu, deviance, done & there.any(axis=1))


def deviances(y: Floats, mu: Floats, there: npt.NDArray[np.bool_], alpha: Floats) -> Floats:
    """Deviance of each series under variance mu + alpha mu^2; (series, n) arrays, alpha (series, 1)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        wide = 2 * (xlogy(y, np.maximum(y, 1) / mu) - (y + 1 / alpha) * np.log((1 + alpha * y) / (1 + alpha * mu)))
    return np.where(alpha[:, 0] > 0, np.where(there, wide, 0).sum(axis=-1), poisson_deviance(y, mu, there.astype(float)))


def overdispersed(counts: Floats, design: Floats) -> tuple[Floats, Floats]:
    """Regression with variance mu + alpha mu^2 by maximum likelihood: coefficients (series, terms) and alpha (series,).

    Coefficients and alpha are found in turn until both stand; alpha is 1e-6 where the counts vary no more than Poisson ones.
    """
    there = ~np.isnan(counts)
    y = np.where(there, counts, 0.0)
    fit = irls(counts, design)
    alpha = np.zeros(len(counts))
    for _ in range(ROUNDS):
        new = size_of(y, fit.mu, there) ** -1.0
        still = np.abs(new - alpha) <= 1e-12 * new
        alpha = new
        fit = irls(counts, design, alpha, start=fit.mu)
        if still.all():
            break
    return fit.coef, alpha


def size_of(y: Floats, mu: Floats, there: npt.NDArray[np.bool_]) -> Floats:
    """Maximum likelihood size 1 / alpha of negative binomial counts with known means, by Newton's method on log size; (series,)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        size = there.sum(axis=1) / np.where(there, (y / mu - 1) ** 2, 0).sum(axis=1)
    size = np.clip(np.nan_to_num(size, nan=1 / LEAST, posinf=1 / LEAST), LEAST, 1 / LEAST)
    for _ in range(ROUNDS):
        s = size[:, None]
        score = np.where(there, psi(s + y) - psi(s) + np.log(s / (s + mu)) + 1 - (s + y) / (s + mu), 0).sum(axis=1)
        info = -np.where(there, zeta(2, s + y) - zeta(2, s) + 1 / s - 2 / (s + mu) + (s + y) / (s + mu) ** 2, 0).sum(axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            curve = size * info - score
            step = np.where(curve > 0, score / curve, np.sign(score))
        moved = np.clip(size * np.exp(np.clip(step, -2, 2)), LEAST, 1 / LEAST)
        done = np.abs(moved - size) <= 1e-12 * size
        size = moved
        if done.all():
            break
    return size


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
    return np.maximum(np.exp(irls(past, past_design).coef @ design.T), NOTHING)
