"""Posts held against official case counts: correlation by lag, lead time with its interval, sensitivity and timeliness of signals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from warehouse.errors import InputError

Floats = NDArray[np.float64]

LONGEST = 28  #: days that posts may lead or trail
LEAST = 8  #: complete periods that a correlation needs
REPLICATES = 999
MADS = 2.0  #: robust standard deviations above the median from which a period is an official event
NORMAL_MAD = 1.4826  #: makes the median absolute deviation a standard deviation, where counts are normal


@dataclass(frozen=True)
class Comparison:
    """lags: (lags,) days by which posts lead, negative where they trail. correlation: (lags,) Spearman's, NaN where too little is known.

    best_lag: the lag of the highest correlation; lead_days: the same as float, with lead_interval its 95 % interval (NaN when nothing
    correlates). events: official events; sensitivity: the share with a signal; median_delay: days from an event's first day to its
    first signal, negative when the signal was earlier (both NaN without events, the delay also without found ones).
    """

    lags: NDArray[np.int64]
    correlation: Floats
    best_lag: int | None
    lead_days: float
    lead_interval: tuple[float, float]
    events: int
    sensitivity: float
    median_delay: float


def compare(
    posts_daily: Floats, official: Floats, period_days: int, signals: NDArray[np.bool_], *, longest: int = LONGEST, seed: int = 0
) -> Comparison:
    """Hold posts against the counts of an authority.

    posts_daily: (days,), NaN where nothing was collected; its first day is the first day of the first period. official: (periods,), NaN
    where nothing was reported; period_days: 1 or 7. signals: (days,) whether a signal was raised. Raises InputError when fewer than LEAST
    periods have both.

    Correlation: Spearman's between the counts of the periods and the posts of windows as long, shifted by each lag of -longest to longest
    days. Interval of the lead: percentiles of the best lag over a moving-block bootstrap of periods, blocks of the cube root of their
    number (Künsch 1989, Ann Stat 17:1217-1241; Hall, Horowitz and Jing 1995, Biometrika 82:561-574).
    """
    official = np.asarray(official, np.float64)
    lags = np.arange(-longest, longest + 1)
    windows = _windows(np.asarray(posts_daily, np.float64), len(official), period_days, lags)
    enough = (np.isfinite(windows) & np.isfinite(official)[:, None]).sum(axis=0)
    if enough.max(initial=0) < LEAST:
        raise InputError(f"only {enough.max(initial=0)} periods have both posts and official counts; a comparison needs {LEAST}")
    every = np.arange(len(official))[None, :]
    correlation = _by_lag(windows, official, every)[0]
    best = _best(correlation[None, :])[0]
    known = best >= 0
    interval = _interval(windows, official, lags, np.random.default_rng(seed)) if known else (np.nan, np.nan)
    found, delays = _timeliness(official, period_days, np.asarray(signals, bool), longest)
    return Comparison(
        lags=lags,
        correlation=correlation,
        best_lag=int(lags[best]) if known else None,
        lead_days=float(lags[best]) if known else np.nan,
        lead_interval=interval,
        events=len(found),
        sensitivity=float(np.mean(found)) if found else np.nan,
        median_delay=float(np.median(delays)) if delays else np.nan,
    )


def _windows(posts: Floats, periods: int, period_days: int, lags: NDArray[np.int64]) -> Floats:
    """(periods, lags) mean posts a day in the window that is the period, `lag` days earlier; NaN where half of it or more is unknown."""
    starts = np.arange(periods)[:, None] * period_days - lags[None, :]
    days = starts[..., None] + np.arange(period_days)
    inside = (days >= 0) & (days < len(posts))
    values = np.where(inside, posts[np.clip(days, 0, len(posts) - 1)], np.nan)
    seen = np.isfinite(values).sum(axis=-1)
    total = np.nansum(values, axis=-1)
    return np.where(2 * seen > period_days, total / np.maximum(seen, 1), np.nan)


def _by_lag(windows: Floats, official: Floats, chosen: NDArray[np.int64]) -> Floats:
    """Spearman's correlation of the chosen periods: chosen (replicates, periods) gives (replicates, lags).

    Ranks are those of the whole series, so that a replicate does not rank its repeated periods anew.
    """
    result = np.full((len(chosen), windows.shape[1]), np.nan)
    for column in range(windows.shape[1]):  # some 57 lags, whatever the length of the series
        both = np.isfinite(windows[:, column]) & np.isfinite(official)
        if both.sum() < LEAST:
            continue
        x, y = np.full(len(official), np.nan), np.full(len(official), np.nan)
        x[both], y[both] = _ranks(_evened(windows[both, column])), _ranks(official[both])
        result[:, column] = _pearson(x[chosen], y[chosen])
    return result


def _ranks(values: Floats) -> Floats:
    """Ranks from 1 on, equal values sharing the mean of theirs; `scipy.stats` takes longer to load than all the rest of a worker."""
    _, places, sizes = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(sizes) - (sizes - 1) / 2)[places]


def _evened(values: Floats) -> Floats:
    """Means that differ by rounding alone become equal, so that ties stay ties on any scale."""
    largest = np.abs(values).max(initial=0.0)
    return np.round(values / largest, 9) if largest > 0 else values


def _pearson(x: Floats, y: Floats) -> Floats:
    """Of each row, over what both know; NaN where one of them is constant."""
    weight = np.isfinite(x).astype(np.float64)
    n = np.maximum(weight.sum(axis=1, keepdims=True), 1)
    dx, dy = (np.where(weight > 0, values - np.nansum(values, axis=1, keepdims=True) / n, 0.0) for values in (x, y))
    spread = np.sqrt((dx * dx).sum(axis=1) * (dy * dy).sum(axis=1))
    return np.divide((dx * dy).sum(axis=1), spread, out=np.full(len(x), np.nan), where=spread > 0)


def _best(correlation: Floats) -> NDArray[np.int64]:
    """Index of the highest correlation of each row; of equal ones the lag nearest to none. -1 where there is none."""
    middle = correlation.shape[1] // 2
    order = np.argsort(np.abs(np.arange(correlation.shape[1]) - middle), kind="stable")
    filled = np.where(np.isfinite(correlation), correlation, -np.inf)[:, order]
    best = order[filled.argmax(axis=1)]
    return np.where(np.isfinite(filled.max(axis=1)), best, -1)


def _interval(windows: Floats, official: Floats, lags: NDArray[np.int64], random: np.random.Generator) -> tuple[float, float]:
    periods = len(official)
    block = max(1, round(periods ** (1 / 3)))
    starts = random.integers(0, periods - block + 1, (REPLICATES, -(-periods // block)))
    chosen = (starts[..., None] + np.arange(block)).reshape(REPLICATES, -1)[:, :periods]
    best = _best(_by_lag(windows, official, chosen))
    low, high = np.percentile(lags[best[best >= 0]], [2.5, 97.5], method="inverted_cdf")
    return float(low), float(high)


def official_events(official: Floats) -> list[tuple[int, int]]:
    """First and last period of each stretch in which counts stood out: MADS robust standard deviations (at least those of a Poisson
    count) above the median. One period below, or unreported, does not end a stretch."""
    if not np.isfinite(official).any():
        return []
    middle = float(np.nanmedian(official))
    spread = max(NORMAL_MAD * float(np.nanmedian(np.abs(official - middle))), np.sqrt(max(middle, 1.0)))
    high = np.flatnonzero(official > middle + MADS * spread)
    if not high.size:
        return []
    stretches = np.split(high, np.flatnonzero(np.diff(high) > 2) + 1)
    return [(int(stretch[0]), int(stretch[-1])) for stretch in stretches]


def _timeliness(official: Floats, period_days: int, signals: NDArray[np.bool_], longest: int) -> tuple[list[bool], list[int]]:
    """Whether each event had a signal, from `longest` days before it (but after the event before) to its end; and the delays."""
    found, delays, free = [], [], 0
    for first, last in official_events(official):
        day, end = first * period_days, (last + 1) * period_days
        raised = np.flatnonzero(signals[max(free, day - longest) : end]) + max(free, day - longest)
        found.append(bool(raised.size))
        delays += [int(raised[0]) - day] if raised.size else []
        free = end
    return found, delays
