"""The negative binomial distribution: tails and exact integer quantiles for arrays.

Y counts the failures before the `size`-th success of probability `prob`: mean size (1 - prob) / prob. Its distribution function is the
regularised incomplete beta function, P(Y <= k) = I(prob; size, k + 1).
"""

from __future__ import annotations

import numpy as np
from scipy.special import betainc, ndtri

from analytics.detect.base import Floats

#: a quantile is not moved by rounding in the distribution function (R's quantile functions allow for as much)
FUZZ = 64 * np.finfo(np.float64).eps
HIGHEST = 1e15  #: beyond this, neighbouring integers are hardly told apart: the quantile is NaN


def cdf(k: Floats, size: Floats, prob: Floats) -> Floats:
    """P(Y <= k); 0 for k < 0."""
    return np.where(k < 0, 0.0, betainc(size, np.maximum(np.floor(k), 0) + 1, prob))


def upper_tail(k: Floats, size: Floats, prob: Floats) -> Floats:
    """P(Y >= k), without cancellation; 1 for k <= 0."""
    with np.errstate(invalid="ignore"):
        return np.where(k <= 0, 1.0, betainc(np.maximum(k, 1), size, 1 - prob))


def quantile(p: float, size: Floats, prob: Floats) -> Floats:
    """The smallest integer k with P(Y <= k) >= p, exactly; NaN where a parameter is NaN or the answer is above `HIGHEST`."""
    size, prob = np.broadcast_arrays(np.asarray(size, float), np.asarray(prob, float))
    flat = np.stack([size.ravel(), prob.ravel()], axis=1)
    distinct, where = np.unique(flat, axis=0, return_inverse=True)
    return _search(p * (1 - FUZZ), distinct[:, 0], distinct[:, 1])[where.reshape(-1)].reshape(size.shape)


def _search(p: float, size: Floats, prob: Floats) -> Floats:
    """Bracket from the normal approximation outwards, then halve."""
    out = np.full(size.shape, np.nan)
    with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
        guess = np.floor(size * (1 - prob) / prob + ndtri(p) * np.sqrt(size * (1 - prob)) / prob)
    known = np.flatnonzero((guess < HIGHEST) & (size > 0) & (prob > 0) & (prob <= 1))
    size, prob, guess = size[known], prob[known], np.maximum(guess[known], 0)
    reaches = cdf(guess, size, prob) >= p
    low, high = np.where(reaches, -1.0, guess), np.where(reaches, guess, np.inf)
    step = np.maximum(1.0, np.floor(np.sqrt(size * (1 - prob)) / prob / 8))
    while (open_ := np.flatnonzero(np.isinf(high))).size:
        trial = low[open_] + step[open_]
        good = cdf(trial, size[open_], prob[open_]) >= p
        high[open_] = np.where(good, trial, np.inf)
        low[open_] = np.where(good, low[open_], trial)
        step[open_] *= 2
    while (open_ := np.flatnonzero(high - low > 1)).size:
        middle = np.floor((low[open_] + high[open_]) / 2)
        good = cdf(middle, size[open_], prob[open_]) >= p
        high[open_] = np.where(good, middle, high[open_])
        low[open_] = np.where(good, low[open_], middle)
    out[known] = high
    return out
