"""Signals are stored once, keep their id, and go when they no longer stand."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pyarrow as pa
import pytest
from warehouse_samples import NOW, TODAY

from warehouse import signals
from warehouse.database import rows
from warehouse.store import Warehouse


def signal(day: date = TODAY, topic: str = "dengue", place: str = "31", **given: Any) -> dict[str, Any]:
    plain = {"level": "province", "observed": 40.0, "expected": 10.0, "upper": 20.0, "pvalue": 0.001, "exposure": 1.0, "rule": "C2 > 3"}
    return {"day": day, "topic": topic, "place_code": place} | plain | given


def store(wh: Warehouse, *found: dict[str, Any], days: tuple[date, ...] = (TODAY,), detector: str = "EARS-C2", **more: Any) -> None:
    rows_found = pa.Table.from_pylist(list(found), schema=signals.ROWS)
    given = {"now": NOW, "run_id": "r1"} | more
    signals.store(wh.con, rows_found, days, detector, **given)


def test_a_signal_is_stored_with_its_numbers(wh: Warehouse) -> None:
    store(wh, signal(), params={"baseline": 7})
    (row,) = rows(wh.con, "SELECT * FROM signals")
    assert (row["observed"], row["upper"], row["params"], row["run_id"]) == (40, 20, '{"baseline": 7}', "r1")
    assert row["first_detected_at"] == row["updated_at"] == NOW


def test_testing_a_day_again_keeps_id_and_first_sight(wh: Warehouse) -> None:
    store(wh, signal())
    (before,) = rows(wh.con, "SELECT * FROM signals")
    store(wh, signal(observed=55.0), now=NOW + timedelta(hours=1), run_id="r2")
    (after,) = rows(wh.con, "SELECT * FROM signals")
    assert (after["signal_id"], after["first_detected_at"]) == (before["signal_id"], NOW)
    assert (after["observed"], after["updated_at"], after["run_id"]) == (55, NOW + timedelta(hours=1), "r2")


def test_a_signal_that_no_longer_stands_goes(wh: Warehouse) -> None:
    store(wh, signal(), signal(place="32"))
    store(wh, signal(place="32"))
    assert [row["place_code"] for row in rows(wh.con, "SELECT place_code FROM signals")] == ["32"]
    store(wh)
    assert rows(wh.con, "SELECT * FROM signals") == []


def test_other_days_and_other_detectors_are_left_alone(wh: Warehouse) -> None:
    yesterday = TODAY - timedelta(days=1)
    store(wh, signal(), signal(yesterday), days=(TODAY, yesterday))
    store(wh, signal(), detector="epitweetr")
    store(wh, days=(TODAY,))
    assert sorted((row["day"], row["detector"]) for row in rows(wh.con, "SELECT day, detector FROM signals")) == [
        (yesterday, "EARS-C2"),
        (TODAY, "epitweetr"),
    ]
    assert len({row["signal_id"] for row in rows(wh.con, "SELECT signal_id FROM signals")}) == 2


def test_what_is_not_a_number_is_null(wh: Warehouse) -> None:
    store(wh, signal(pvalue=float("nan"), upper=float("inf")))
    assert rows(wh.con, "SELECT pvalue, upper, observed FROM signals") == [{"pvalue": None, "upper": None, "observed": 40}]


def test_a_signal_on_a_day_that_was_not_tested_is_a_programming_error(wh: Warehouse) -> None:
    store(wh, signal())
    with pytest.raises(ValueError, match="2026-01-01, which is not one of the evaluated days"):
        store(wh, signal(date(2026, 1, 1)))
    assert len(rows(wh.con, "SELECT * FROM signals")) == 1
