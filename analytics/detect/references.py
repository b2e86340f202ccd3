"""The reference values of Farrington's methods: windows of the same time in past years and, for the flexible one, the blocks between.

In each of b years back lies a reference observation: the same calendar date, for weekly data moved to the nearest same weekday, or without
a calendar i * freq observations back. The window is the w observations around it. The flexible method also uses the observations from one
window to the next, up to the present, and cuts them into periods - 1 blocks of equal length (the first take what is left over), each with
its own level.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analytics.detect.base import Days, Floats
from analytics.detect.windows import WEEKLY

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Layout:
    """Reference values that lie alike for several days: `days` (indices), `lags` (n,) how far back, ascending in time, `groups` (n,) the
    seasonal block of each from 0, `times` (n,) when: in days by calendar, else in observations, centred for the arithmetic; `now` is the
    day itself on that scale, `home` its block, that of the window."""

    days: Ints
    lags: Ints
    groups: Ints
    times: Floats
    now: float
    home: int

    @property
    def levels(self) -> int:
        return self.home + 1


def layouts(
    day_count: int, dates: Days | None, *, freq: int, b: int, w: int, periods: int = 1, skip: int = 0, by_index: bool = False
) -> list[Layout]:
    """The layouts of all days that have every reference value.

    dates: for reference by calendar, None for reference by i * freq observations. periods: blocks a year, the window included; 1 for
    windows alone. skip: the last `skip` observations before a day are not used. by_index: times
    count observations even by calendar.
    """
    if dates is None or by_index:
        clock = np.arange(day_count)
    else:
        clock = (dates.astype("datetime64[D]") - dates.astype("datetime64[D]")[:1]).astype(np.int64)
    even = np.unique(np.diff(clock)).size <= 1
    together: dict[tuple[int, ...], list[int]] = {}
    centres = reference_lags(day_count, dates, freq, b)
    for day in range(day_count):
        lags = tuple(int(lag) for lag in centres[day])
        if lags[-1] + w <= day and all(lag > 0 for lag in lags):
            # where observations are not evenly spaced (months), the days share lags, but not times
            together.setdefault((*lags, 0 if even else day), []).append(day)
    made = (_layout(np.array(days), key[:-1], w, periods, skip, clock) for key, days in together.items())
    return [layout for layout in made if layout is not None]


def reference_lags(day_count: int, dates: Days | None, freq: int, b: int) -> Ints:
    """How many observations back the reference of 1..b years ago lies: (days, b); more than there are where it is before the start."""
    years = np.arange(1, b + 1)
    if dates is None:
        return np.broadcast_to(years * freq, (day_count, b))
    day = dates.astype("datetime64[D]")
    months, offset = dates.astype("datetime64[M]"), day - dates.astype("datetime64[M]").astype("datetime64[D]")
    # the 29th of February plus its 28 days from the 1st is, in other years, the 1st of March
    past = (months[:, None] - 12 * years).astype("datetime64[D]") + offset[:, None]
    if freq == WEEKLY:
        ahead = (day[:, None] - past).astype(np.int64) % 7
        past = past + np.where(ahead <= 3, ahead, ahead - 7)
    found = np.searchsorted(day, past)
    exact = day[np.minimum(found, day_count - 1)] == past
    return np.where(exact, np.arange(day_count)[:, None] - found, day_count + 1)


def _layout(days: Ints, centres: tuple[int, ...], w: int, periods: int, skip: int, clock: Ints) -> Layout | None:
    """Lags and groups from the oldest window to the present."""
    lags, groups = [], []
    home = periods - 1
    for centre, following in zip(centres[::-1], (*centres[-2::-1], 0), strict=True):
        window = np.arange(centre + w, centre - w - 1, -1)
        lags.append(window)
        groups.append(np.full(len(window), home))
        if periods > 1:
            between = np.arange(centre - w - 1, following + w, -1)
            lags.append(between)
            groups.append(blocks(len(between), periods - 1))
    lag, group = np.concatenate(lags), np.concatenate(groups)
    used = lag > skip
    if not used.any():
        return None
    times = clock[days[0] - lag[used]].astype(np.float64)
    middle = (times[0] + times[-1]) / 2
    return Layout(days, lag[used], group[used], times - middle, clock[days[0]] - middle, home)


def blocks(length: int, count: int) -> Ints:
    """0, 0, ... 1, 1, ... for `length` observations in `count` blocks as equal as can be, the longer ones first."""
    sizes = np.full(count, length // count) + (np.arange(count) < length % count)
    return np.repeat(np.arange(count), sizes)
