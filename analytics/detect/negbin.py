"""The negative binomial distribution: tails and exact integer quantiles for arrays.

Y counts the failures before the `size`-th success of probability `prob`: mean size (1 - prob) / prob. Its distribution function is the
regularised incomplete beta function, P(Y <= k) = I(prob; size, k + 1).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from scipy.special import betainc, ndtri, pdtr

from analytics.detect.base import Floats

#: a quantile is not moved by rounding in the distribution function (R's quantile functions allow for as much)
FUZZ = 64 * np.finfo(np.float64).eps
HIGHEST = 1e15  #: beyond this, neighbouring integers are hardly told apart: the normal approximation is the quantile


def cdf(k: Floats, size: Floats, prob: Floats) -> Floats:
    """P(Y <= k); 0 for k < 0."""
    return np.where(k < 0, 0.0, betainc(size, np.maximum(np.floor(k), 0) + 1, prob))


def upper_tail(k: Floats, size: Floats, prob: Floats) -> Floats:
    """P(Y >= k), without cancellation; 1 for k <= 0."""
    with np.errstate(invalid="ignore"):
        return np.where(k <= 0, 1.0, betainc(np.maximum(k, 1), size, 1 - prob))


def quantile(p: float, size: Floats, prob: Floats) -> Floats:
    """The smallest integer k with P(Y <= k) >= p, exactly; NaN where a parameter is NaN or the mean is infinite."""
    size, prob = np.broadcast_arrays(np.asarray(size, float), np.asarray(prob, float))
    distinct, where = np.unique(np.stack([size.ravel(), prob.ravel()], axis=1), axis=0, return_inverse=True)
    size_, prob_ = distinct.T
    with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
        mean, sd = size_ * (1 - prob_) / prob_, np.sqrt(size_ * (1 - prob_)) / prob_
    found = _search(p, mean, sd, lambda k, i: cdf(k, size_[i], prob_[i]))
    return found[where.reshape(-1)].reshape(size.shape)


def poisson_quantile(p: float, mean: Floats) -> Floats:
    """The smallest integer k with P(Y <= k) >= p for Poisson Y; NaN where the mean is NaN or infinite."""
    distinct, where = np.unique(mean.ravel(), return_inverse=True)
    with np.errstate(invalid="ignore"):
        found = _search(p, distinct, np.sqrt(distinct), lambda k, i: pdtr(k, distinct[i]))
    return found[where.reshape(-1)].reshape(mean.shape)


def _search(p: float, mean: Floats, sd: Floats, reached: Callable[[Floats, npt.NDArray[np.intp]], Floats]) -> Floats:
    """Bracket from the normal approximation outwards, then halve. `reached(k, i)` is the distribution function of variables `i` at k."""
    p *= 1 - FUZZ
    with np.errstate(invalid="ignore", over="ignore"):
        guess = np.maximum(np.floor(mean + ndtri(p) * sd), 0)
    out = np.where(np.isfinite(guess), guess, np.nan)
    known = np.flatnonzero(guess < HIGHEST)
    good = reached(guess[known], known) >= p
    low, high = np.where(good, -1.0, guess[known]), np.where(good, guess[known], np.inf)
    step = np.maximum(1.0, np.floor(sd[known] / 8))
    while (todo := np.flatnonzero(np.isinf(high))).size:
        _halve(low, high, low[todo] + step[todo], todo, known, p, reached)
        step[todo] *= 2
    while (todo := np.flatnonzero(high - low > 1)).size:
        _halve(low, high, np.floor((low[todo] + high[todo]) / 2), todo, known, p, reached)
    out[known] = high
    return out


def _halve(
    low: Floats,
    high: Floats,
    trial: Floats,
    todo: npt.NDArray[np.intp],
    known: npt.NDArray[np.intp],
    p: float,
    reached: Callable[[Floats, npt.NDArray[np.intp]], Floats],
) -> None:
    """Move one end of the brackets `todo` to `trial`."""
    good = reached(trial, known[todo]) >= p
    high[todo] = np.where(good, trial, high[todo])
    low[todo] = np.where(good, low[todo], trial)
