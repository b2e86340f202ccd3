"""Comparisons of detectors are fair: the same false-positive rate for all, and outbreaks where they were put."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.detect.comparison import Cell, calibrate, compare
from analytics.detect.scenarios import daily, weekly

SCENARIOS = [scenario for number, scenario in enumerate(weekly(3, replicates=10)) if number in (14, 32)]


def test_an_outbreak_adds_cases_between_its_first_and_its_last_and_nowhere_else() -> None:
    for scenario in SCENARIOS:
        added = scenario.outbreak - scenario.quiet
        assert (added >= 0).all()
        times = np.arange(added.shape[1])
        outside = (times < scenario.first[:, None]) | (times > scenario.last[:, None])
        assert not added[outside].any()
        assert (scenario.first >= scenario.judged.start).all()


def test_the_same_seed_gives_the_same_series() -> None:
    again = next(daily(3, replicates=2, sizes=(5,)))
    first = next(daily(3, replicates=2, sizes=(5,)))
    other = next(daily(4, replicates=2, sizes=(5,)))
    np.testing.assert_array_equal(first.outbreak, again.outbreak)
    assert not np.array_equal(first.outbreak, other.outbreak)


def test_a_higher_rate_of_false_alarms_finds_no_fewer_outbreaks_and_finds_them_no_later() -> None:
    table = compare(SCENARIOS, {"gamma-Poisson": {"warm_up": 52}, "EARS-C1": {}}, seed=1)
    for _, rows in table.sort_values("rate").groupby(["scenario", "method"]):
        assert rows["found"].is_monotonic_increasing
        assert rows["lateness"].is_monotonic_decreasing


def test_a_large_outbreak_in_a_seasonal_series_is_found_more_often_by_the_default_detector_than_by_ears() -> None:
    table = compare(SCENARIOS, {"gamma-Poisson": {"warm_up": 52}, "EARS-C1": {}}, seed=1, rates=(0.01,))
    found = table.groupby("method")["found"].mean()
    assert found["gamma-Poisson"] > found["EARS-C1"]


def test_calibration_tells_of_a_detector_that_knows_nearly_as_much_as_the_truth() -> None:
    (row,) = calibrate([Cell(5, 1, 0, 28)], seed=2, series=400, days=3, alpha=0.01).to_dict("records")
    assert row["ratio"] < 1.5
    assert row["ks"] < 1.63 / np.sqrt(400)  # the 1 % point of the statistic
    assert row["power"] == pytest.approx(row["best"], abs=0.05)
