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


def cluster(topic: str = "dengue", place: str = "31", **given: Any) -> dict[str, Any]:
    return signal(topic=topic, place=place, upper=None, since=TODAY - timedelta(days=5), relative_risk=3.0, radius_km=40.0, **given)


def parts(*codes: str, topic: str = "dengue", place: str = "31") -> list[dict[str, Any]]:
    key = {"day": TODAY, "topic": topic, "signal_place": place}
    return [key | {"place_code": code, "observed": float(number), "expected": 0.5} for number, code in enumerate(codes)]


def store_clusters(wh: Warehouse, found: list[dict[str, Any]], places: list[dict[str, Any]], **more: Any) -> None:
    table = pa.Table.from_pylist(found, schema=signals.CLUSTERS)
    given = {"now": NOW, "run_id": "r1", "places": pa.Table.from_pylist(places, schema=signals.PLACES)} | more
    signals.store(wh.con, table, (TODAY,), "space-time scan", **given)


def where(wh: Warehouse) -> list[tuple[str, str]]:
    return [tuple(row.values()) for row in rows(wh.con, _WHERE)]  # type: ignore[misc]


_WHERE = "SELECT s.topic, p.place_code FROM signals AS s JOIN signal_places AS p USING (signal_id) ORDER BY ALL"


def test_a_cluster_is_stored_with_its_places_and_those_without_a_post_are_not_where_it_is(wh: Warehouse) -> None:
    store_clusters(wh, [cluster()], parts("32", "31", "33"))
    assert where(wh) == [("dengue", "31"), ("dengue", "33")]
    (row,) = rows(wh.con, "SELECT * FROM signals")
    assert (row["since"], row["relative_risk"], row["radius_km"], row["upper"]) == (TODAY - timedelta(days=5), 3, 40, None)


def test_testing_again_replaces_the_places_and_takes_those_of_a_cluster_that_is_gone(wh: Warehouse) -> None:
    store_clusters(wh, [cluster(), cluster("flu", "51")], [*parts("32", "31"), *parts("32", "51", topic="flu", place="51")])
    store_clusters(wh, [cluster()], parts("32", "33", "34"))
    assert where(wh) == [("dengue", "33"), ("dengue", "34")]
    assert len(rows(wh.con, "SELECT * FROM cluster_places")) == 3


def test_topics_that_were_not_scanned_keep_their_clusters(wh: Warehouse) -> None:
    store_clusters(wh, [cluster(), cluster("flu", "51")], [*parts("32", "31"), *parts("32", "51", topic="flu", place="51")])
    store_clusters(wh, [], [], topics=["dengue"])
    assert where(wh) == [("flu", "51")]
    with pytest.raises(ValueError, match="about flu, which is not one of the evaluated topics"):
        store_clusters(wh, [cluster("flu", "51")], [], topics=["dengue"])


def test_the_signal_of_a_place_within_a_cluster_is_linked_with_it(wh: Warehouse) -> None:
    store(
        wh, signal(place="33"), signal(place="51"), signal(TODAY - timedelta(days=9), place="33"), days=(TODAY, TODAY - timedelta(days=9))
    )
    store_clusters(wh, [cluster()], parts("32", "31", "33"))
    (link,) = rows(wh.con, "SELECT place_code, place_day FROM signal_links")
    assert link == {"place_code": "33", "place_day": TODAY}


def test_a_reason_stays_while_the_cluster_is_the_same(wh: Warehouse) -> None:
    store_clusters(wh, [cluster()], parts("32", "31"))
    (one,) = rows(wh.con, "SELECT signal_id FROM signals")
    signals.explain(wh.con, pa.table({"signal_id": [one["signal_id"]], "kind": ["mixed"], "reason": ["{}"]}))
    store_clusters(wh, [cluster()], parts("32", "31"))
    assert rows(wh.con, "SELECT kind FROM signals") == [{"kind": "mixed"}]
    store_clusters(wh, [cluster() | {"radius_km": 90.0}], parts("32", "31", "33"))
    assert rows(wh.con, "SELECT kind FROM signals") == [{"kind": None}]
    (waiting,) = signals.unexplained_clusters(wh.con)
    assert waiting["places"] == ["33", "31"]
