"""A week that is out of the ordinary joins the open signal of its days, and the other way round."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import product

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from warehouse_samples import NOW, TODAY

from warehouse import detectors, publish, signals, triage
from warehouse.database import rows, value
from warehouse.detectors import SCAN, WEEKLY
from warehouse.queries import Catalog, Selection
from warehouse.state import Episode, State
from warehouse.store import Warehouse

DAILY = "gamma-Poisson"


@pytest.fixture
def state(wh: Warehouse) -> State:
    return State(wh.folder)


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def detect(wh: Warehouse, state: State, detector: str, *days: date, topic: str = "dengue") -> list[Episode]:
    """A detector's signals on these days and no other, then what the worker does with them."""
    plain = {"level": "province", "observed": 40.0, "expected": 10.0, "upper": 20.0, "pvalue": 0.001, "exposure": 1.0, "rule": "p"}
    found = pa.Table.from_pylist([{"day": day, "topic": topic, "place_code": "31"} | plain for day in days], schema=signals.ROWS)
    tested = [TODAY - timedelta(days=back) for back in range(60)]
    signals.store(wh.con, found, tested, detector, NOW, "r1", period=7 if detector == WEEKLY else 1)
    triage.follow(wh, state)
    return state.episodes()


def test_a_week_joins_the_open_signal_of_a_day(wh: Warehouse, state: State) -> None:
    (one,) = detect(wh, state, DAILY, ago(5))
    (same,) = detect(wh, state, WEEKLY, ago(2))
    assert (same.episode_id, same.detector, same.first_day, same.last_day) == (one.episode_id, DAILY, ago(5), ago(2))
    assert rows(wh.con, "SELECT days FROM signal_episodes") == [{"days": 2}]


def test_a_day_joins_the_open_signal_of_a_week(wh: Warehouse, state: State) -> None:
    (one,) = detect(wh, state, WEEKLY, ago(9))
    (same,) = detect(wh, state, DAILY, ago(4))
    assert (same.episode_id, same.detector) == (one.episode_id, WEEKLY)
    assert state.episode_of("dengue", "31", DAILY, ago(4)) == state.episode_of("dengue", "31", WEEKLY, ago(9)) == same


def test_weeks_in_a_row_are_one_signal(wh: Warehouse, state: State) -> None:
    assert len(detect(wh, state, WEEKLY, ago(16), ago(9), ago(2))) == 1


@pytest.mark.parametrize("other", [SCAN, DAILY])
def test_a_week_opens_a_signal_of_its_own_beside_a_cluster_another_topic_and_a_closed_signal(
    wh: Warehouse, state: State, other: str
) -> None:
    (one,) = detect(wh, state, other, ago(3), topic="dengue" if other == SCAN else "measles")
    assert len(detect(wh, state, WEEKLY, ago(2))) == 2
    if other == DAILY:
        (own,) = [each for each in state.episodes() if each.detector == WEEKLY]
        state.move(own.episode_id, "verifying", who="siti", now=NOW)
        state.move(own.episode_id, "discarded", who="siti", now=NOW, reason="news")
        state.move(own.episode_id, "closed", who="siti", now=NOW)
        assert len(detect(wh, state, DAILY, ago(1))) == 3 - 1  # the signal about measles was withdrawn, and one opened
    assert one.detector == other


@given(st.sampled_from([SCAN, WEEKLY, DAILY, "EARS-C2"]), st.sampled_from([SCAN, WEEKLY, DAILY, "EARS-C2"]))
def test_only_weeks_join_others_and_never_clusters(one: str, other: str) -> None:
    assert detectors.join(one, other) == detectors.join(other, one)
    assert detectors.join(one, other) == (one == other or ({one, other} & {WEEKLY} != set() and SCAN not in (one, other)))


def test_sql_joins_what_python_joins(wh: Warehouse) -> None:
    for one, other in product([SCAN, WEEKLY, DAILY, "EARS-C2"], repeat=2):
        sql = f"SELECT {detectors.JOIN} FROM (SELECT $one AS detector) AS e, (SELECT $other AS detector) AS s"
        assert value(wh.con, sql, {"one": one, "other": other}) == detectors.join(one, other)


def test_analysts_see_how_many_days_a_signal_counts(wh: Warehouse, state: State) -> None:
    detect(wh, state, DAILY, ago(2))
    detect(wh, state, WEEKLY, ago(2))
    publish.publish(wh, NOW)
    found = Catalog(wh.folder).signals(Selection(first=ago(30), last=TODAY))
    assert dict(zip(found["detector"], found["period_days"], strict=True)) == {DAILY: 1, WEEKLY: 7}


def test_a_warehouse_of_before_tells_how_many_days_its_signals_count(wh: Warehouse, state: State) -> None:
    from warehouse.migrations import MIGRATIONS

    detect(wh, state, DAILY, ago(2))
    wh.con.execute("ALTER TABLE signals DROP COLUMN period_days")
    MIGRATIONS["0013_weeks_of_signals"](wh.con)
    assert rows(wh.con, "SELECT period_days FROM signals") == [{"period_days": 1}]
