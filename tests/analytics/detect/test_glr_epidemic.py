"""The chart of an epidemic change: it hears growth from day to day, and skips days of which it knows nothing."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.detect.base import build
from warehouse.errors import SettingsError

DATES = np.datetime64("2024-01-01") + np.arange(160)
OPTIONS = {"start": 100, "freq": 52, "change": "epi", "M": 26}


def chart(counts: np.ndarray, **options: object) -> np.ndarray:
    return build("GLR-Poisson", OPTIONS | options).detect(counts, DATES).alarm


def quiet(series: int = 20, mean: float = 4.0) -> np.ndarray:
    return np.random.default_rng(7).poisson(mean, (series, len(DATES))).astype(float)


def test_counts_that_grow_from_day_to_day_raise_a_signal() -> None:
    counts = quiet()
    counts[:, 120:128] += np.array([2, 4, 7, 12, 20, 33, 54, 90])
    assert chart(counts)[:, 120:128].any(axis=1).all()


def test_quiet_counts_seldom_raise_a_signal() -> None:
    assert chart(quiet(200)).mean() < 0.02


def test_a_gap_in_collection_raises_no_signal_and_hides_none() -> None:
    counts = quiet()
    counts[:, 110:115] = np.nan
    assert not chart(counts)[:, 110:115].any()
    counts[:, 120:128] += np.array([2, 4, 7, 12, 20, 33, 54, 90])
    assert chart(counts)[:, 120:128].any(axis=1).all()


@pytest.mark.parametrize("options", [{"ret": "cases"}, {"theta": 0.5}, {"dir": "dec"}])
def test_what_an_epidemic_change_does_not_offer_is_said(options: dict[str, object]) -> None:
    with pytest.raises(SettingsError, match="epi"):
        build("GLR-NB", {**OPTIONS, "alpha": 0, **options})


def test_growth_is_heard_in_counts_that_spread_more_than_poisson_counts_do_and_a_gap_raises_nothing() -> None:
    rng = np.random.default_rng(8)
    counts = rng.negative_binomial(5, 5 / (5 + 4.0), (30, len(DATES))).astype(float)
    counts[:, 110:115] = np.nan
    quiet_alarms = build("GLR-NB", {**OPTIONS, "alpha": 0.2}).detect(counts, DATES).alarm
    assert not quiet_alarms[:, 110:115].any()
    assert quiet_alarms.mean() < 0.02
    counts[:, 120:128] += np.array([2, 4, 7, 12, 20, 33, 54, 90])
    assert build("GLR-NB", {**OPTIONS, "alpha": 0.2}).detect(counts, DATES).alarm[:, 120:128].any(axis=1).all()
