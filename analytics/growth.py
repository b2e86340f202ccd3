"""How fast a count grows: rate a day with its interval, time to double or halve, and where on the curve it is.

Counts of the last days are log-linear in time, with a weekday pattern and exposure as offset: log E[y] = log exposure + a + b t + weekday.
Overdispersed Poisson counts (quasi-Poisson, variance phi mu, phi >= 1): McCullagh and Nelder 1989, Generalized Linear Models, chapters 6
and 9. Normal priors, centred on no growth and no pattern, keep a burst out of nothing finite; the mode and the curvature there are the
posterior (Laplace). For the curve the line has a bend RECENT days before the end, so that growth now and growth before are two numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri

from analytics.detect.base import Days, Floats

Phase = Literal["starting", "growing", "peaking", "falling", "flat", "unknown"]

RECENT: Final = 7  #: days that are "now": each weekday once
SURE: Final = 0.9  #: posterior probability from which growth or decline is called so
RATE_SD: Final = 0.5  #: of the prior of a rate a day: a count rarely doubles more than once a day for days on end
WEEKDAY_SD: Final = 0.5  #: of the prior of a weekday's log effect: rarely more than a factor of 2.7 either way
LEAST_DAYS: Final = 4  #: fewer collected days, or no posts at all, say nothing about growth
STEPS: Final = 60  #: of Newton's method, which needs about 8
FLAT: Final = 0.02  #: with ample counts a change of less than this a day is still called flat; it doubles in five weeks


@dataclass(frozen=True)
class Growth:
    """All arrays (series,), NaN where there was too little to say.

    rate, low, high: log growth a day with its interval; doubling, doubling_low, doubling_high: days to double (rate above 0) or to halve
    (rate below 0), infinite where the interval of the rate holds 0 (`doubling_high`) or the rate is 0; phase: where on the curve.
    """

    rate: Floats
    low: Floats
    high: Floats
    doubling: Floats
    doubling_low: Floats
    doubling_high: Floats
    phase: tuple[Phase, ...]


def growth(counts: Floats, dates: Days, exposure: Floats | None = None, *, days: int = 21, level: float = 0.95) -> Growth:
    """Growth of each series over the last `days` days.

    counts: (series, days), NaN where nothing was collected; dates: (days,) consecutive days; exposure: (series, days), share of each day
    that was covered, 1 when None; a day with exposure 0 is a gap. Raises ValueError for shapes that do not fit or fewer than 8 days asked.
    """
    if counts.ndim != 2 or counts.shape[1] != len(dates) or (exposure is not None and exposure.shape != counts.shape):
        raise ValueError(f"counts {counts.shape}, {len(dates)} dates and exposure do not fit together")
    if days <= RECENT:
        raise ValueError(f"days = {days}: growth before now needs more than {RECENT}")
    y = counts[:, -days:].astype(np.float64)
    share = np.ones_like(y) if exposure is None else exposure[:, -days:].astype(np.float64)
    y = np.where(share > 0, y, np.nan)
    known = ((~np.isnan(y)).sum(axis=1) >= LEAST_DAYS) & (np.nansum(y, axis=1) > 0)
    time = np.arange(y.shape[1], dtype=np.float64) - (y.shape[1] - 1)
    weekday = _weekday(dates[-days:])
    precision = np.full(weekday.shape[1], WEEKDAY_SD**-2)
    line = _fit(y[known], share[known], np.column_stack([np.ones_like(time), time, weekday]), np.r_[0, RATE_SD**-2, precision])
    before, now = np.minimum(time + RECENT, 0.0), np.maximum(time + RECENT, 0.0)
    bent = np.column_stack([np.ones_like(time), before, now, weekday])
    bend = _fit(y[known], share[known], bent, np.r_[0, RATE_SD**-2, RATE_SD**-2, precision])
    return _told(known, line, bend, level)


def _weekday(dates: Days) -> Floats:
    """Effects that add up to zero over a week: (days, 7) less their mean, a ridge prior makes them identifiable."""
    day = dates.astype("datetime64[D]").astype(np.int64) % 7
    return np.eye(7)[day] - 1 / 7


@dataclass(frozen=True)
class _Posterior:
    """Mode (series, terms) and standard deviations (series, terms)."""

    mode: Floats
    sd: Floats


def _fit(y: Floats, share: Floats, design: Floats, precision: Floats) -> _Posterior:
    """Posterior of each series: once as Poisson for the dispersion, then with the likelihood divided by it."""
    there = ~np.isnan(y)
    y, share = np.where(there, y, 0.0), np.where(there, share, 0.0)
    phi = np.ones(len(y))
    mode, inverse = _newton(y, share, design, precision, phi)
    mean = share * np.exp(mode @ design.T)
    with np.errstate(divide="ignore", invalid="ignore"):
        pearson = np.where(there & (mean > 0), (y - mean) ** 2 / mean, 0.0).sum(axis=1)
    weights = np.einsum("nt,sn,nu->stu", design, mean, design)
    freedom = there.sum(axis=1) - np.einsum("stu,sut->s", weights, inverse)
    phi = np.maximum(1.0, pearson / np.maximum(freedom, 1.0))
    mode, inverse = _newton(y, share, design, precision, phi)
    return _Posterior(mode, np.sqrt(np.diagonal(inverse, axis1=1, axis2=2)))


def _newton(y: Floats, share: Floats, design: Floats, precision: Floats, phi: Floats) -> tuple[Floats, Floats]:
    """Mode (series, terms) of the penalised likelihood and the inverse of its curvature there (series, terms, terms)."""
    mode = np.zeros((len(y), design.shape[1]))
    with np.errstate(divide="ignore"):
        mode[:, 0] = np.log(y.sum(axis=1)) - np.log(share.sum(axis=1))
    curve = np.empty((0, design.shape[1], design.shape[1]))
    for _ in range(STEPS):
        mean = share * np.exp(np.minimum(mode @ design.T, 50.0))
        score = ((y - mean) @ design) / phi[:, None] - precision * mode
        curve = np.einsum("nt,sn,nu->stu", design, mean / phi[:, None], design) + np.diag(precision)
        step = np.linalg.solve(curve, score[:, :, None])[:, :, 0]
        step *= np.minimum(1.0, 1.0 / np.maximum(np.abs(step @ design.T).max(axis=1, initial=1e-300), 1e-300))[:, None]
        mode = mode + step
        if not step.size or np.abs(step).max() < 1e-10:
            break
    return mode, np.asarray(np.linalg.inv(curve), dtype=np.float64)


def _told(known: npt.NDArray[np.bool_], line: _Posterior, bend: _Posterior, level: float) -> Growth:
    """Put the answers of the known series in their places."""
    wide = ndtri((1 + level) / 2)
    rate, low, high = (np.full(known.shape, np.nan) for _ in range(3))
    rate[known] = line.mode[:, 1]
    low[known], high[known] = line.mode[:, 1] - wide * line.sd[:, 1], line.mode[:, 1] + wide * line.sd[:, 1]
    steep, shallow = np.maximum(np.abs(low), np.abs(high)), np.minimum(np.abs(low), np.abs(high))
    fastest = np.where(low * high > 0, steep, np.where(rate >= 0, high, -low))
    with np.errstate(divide="ignore"):
        doubling, soonest = np.log(2) / np.abs(rate), np.log(2) / fastest
        latest = np.where(low * high > 0, np.log(2) / shallow, np.where(np.isnan(rate), np.nan, np.inf))
    phase = np.full(known.shape, "unknown", dtype=object)
    phase[known] = phases(bend.mode[:, 1], bend.sd[:, 1], bend.mode[:, 2], bend.sd[:, 2])
    return Growth(rate, low, high, doubling, soonest, latest, tuple(phase))


def phases(before: Floats, before_sd: Floats, now: Floats, now_sd: Floats) -> npt.NDArray[np.object_]:
    """Where on the curve, from the rates a day before and now with their standard deviations, all (series,).

    A rate is up when it is above FLAT with probability SURE, down when it is below -FLAT. starting: up now, not before; growing: up now
    and before; peaking: up before, neither up nor down now; falling: down now; flat: the rest.
    """
    was_up = ndtr((before - FLAT) / before_sd) >= SURE
    is_up = ndtr((now - FLAT) / now_sd) >= SURE
    is_down = ndtr((-FLAT - now) / now_sd) >= SURE
    told = np.select([is_down, is_up & was_up, is_up, was_up], ["falling", "growing", "starting", "peaking"], default="flat")
    return told.astype(object)
