"""Signals have a life: days join, people decide, and nothing that a person did is lost."""

from __future__ import annotations

import sqlite3
from datetime import date, timedelta
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from warehouse_samples import NOW, TODAY

from warehouse import publish, signals, triage
from warehouse.database import connect, rows, value
from warehouse.errors import InputError
from warehouse.state import NEXT, Episode, State
from warehouse.store import Warehouse

HOUR = timedelta(hours=1)


@pytest.fixture
def state(wh: Warehouse) -> State:
    return State(wh.folder)


def detect(wh: Warehouse, state: State, *days: date, topic: str = "dengue", detector: str = "EARS-C2", tested: int = 60) -> list[Episode]:
    """Signals of one topic in one place on these days and no other, then what the worker does with them."""
    plain = {"level": "province", "observed": 40.0, "expected": 10.0, "upper": 20.0, "pvalue": 0.001, "exposure": 1.0, "rule": "C2 > 3"}
    found = pa.Table.from_pylist([{"day": day, "topic": topic, "place_code": "31"} | plain for day in days], schema=signals.ROWS)
    signals.store(wh.con, found, [TODAY - timedelta(days=back) for back in range(tested)], detector, NOW, "r1")
    triage.follow(wh, state)
    return state.episodes()


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def decide(state: State, episode: Episode, outcome: str, hours: float = 2) -> Episode:
    state.move(episode.episode_id, "verifying", who="siti", now=NOW + HOUR)
    return state.move(episode.episode_id, outcome, who="siti", now=NOW + hours * HOUR, reason="news" if outcome == "discarded" else "")


def test_days_of_one_outbreak_are_one_signal(wh: Warehouse, state: State) -> None:
    (one,) = detect(wh, state, ago(3))
    (same,) = detect(wh, state, ago(3), ago(2), ago(0))
    assert (same.episode_id, same.first_day, same.last_day) == (one.episode_id, ago(3), ago(0))


def test_after_a_quiet_week_another_one_opens(wh: Warehouse, state: State) -> None:
    assert len(detect(wh, state, ago(10), ago(3))) == 1
    assert len(detect(wh, state, ago(11), ago(3))) == 1  # lengthened backwards
    assert len(detect(wh, state, ago(30), ago(3))) == 2


def test_a_day_that_follows_a_closed_signal_opens_another(wh: Warehouse, state: State) -> None:
    (one,) = detect(wh, state, ago(2))
    decide(state, one, "discarded")
    assert len(detect(wh, state, ago(2), ago(1))) == 1
    state.move(one.episode_id, "closed", who="siti", now=NOW)
    found = detect(wh, state, ago(2), ago(1), ago(0))
    assert sorted((each.first_day, each.status) for each in found) == [(ago(2), "closed"), (ago(0), "new")]


def test_what_nobody_touched_goes_when_it_no_longer_stands(wh: Warehouse, state: State) -> None:
    detect(wh, state, ago(3), ago(2))
    (shorter,) = detect(wh, state, ago(3))
    assert shorter.last_day == ago(3)
    assert detect(wh, state) == []


@pytest.mark.parametrize("after", ["recomputed", "withdrawn", "other detector", "deleted"])
def test_what_a_person_did_is_never_lost(wh: Warehouse, state: State, after: str) -> None:
    (one,) = detect(wh, state, ago(1))
    decide(state, one, "verified")
    before = state.episode(one.episode_id), state.reviews(one.episode_id)
    if after == "recomputed":
        detect(wh, state, ago(1))
    elif after == "withdrawn":
        detect(wh, state)
    elif after == "other detector":
        detect(wh, state)
        detect(wh, state, ago(1), detector="farrington")
    else:
        wh.con.execute("DELETE FROM signals")
        triage.follow(wh, state)
    assert (state.episode(one.episode_id), state.reviews(one.episode_id)) == before
    kept = rows(wh.con, "SELECT outcome, days FROM signal_episodes WHERE episode_id = $id", {"id": one.episode_id})
    assert kept == [{"outcome": "verified", "days": 1 if after == "recomputed" else 0}]


def test_each_step_leaves_who_when_and_why(wh: Warehouse, state: State) -> None:
    (one,) = detect(wh, state, TODAY)
    decide(state, one, "discarded")
    state.annotate(one.episode_id, "  rumour <b>only</b> ", who="budi", now=NOW + 3 * HOUR)
    done = state.episode(one.episode_id)
    assert (done.status, done.owner, done.reason, done.outcome) == ("discarded", "siti", "news", "discarded")
    assert (done.verifying_at, done.decided_at, done.closed_at) == (NOW + HOUR, NOW + 2 * HOUR, None)
    steps = state.reviews(one.episode_id)
    assert [(step.who, step.action) for step in steps] == [("siti", "verifying"), ("siti", "discarded"), ("budi", "note")]
    assert steps[-1].note == "rumour <b>only</b>"


def test_undo_goes_back_step_by_step_and_erases_nothing(wh: Warehouse, state: State) -> None:
    (one,) = detect(wh, state, TODAY)
    decide(state, one, "discarded")
    back = state.undo(one.episode_id, who="siti", now=NOW)
    assert (back.status, back.reason, back.outcome, back.decided_at, back.owner) == ("verifying", "", "", None, "siti")
    again = state.undo(one.episode_id, who="siti", now=NOW)
    assert (again.status, again.owner, again.verifying_at) == ("new", "", None)
    assert [step.action for step in state.reviews(one.episode_id)] == ["verifying", "discarded", "undo", "undo"]
    with pytest.raises(InputError, match="nothing was done yet"):
        state.undo(one.episode_id, who="siti", now=NOW)


def test_steps_cannot_be_changed_or_deleted_even_by_hand(wh: Warehouse, state: State) -> None:
    (one,) = detect(wh, state, TODAY)
    decide(state, one, "verified")
    for sql in ("DELETE FROM signal_reviews", "UPDATE signal_reviews SET who = 'eve'", "DELETE FROM signal_episodes"):
        with state.writing() as con, pytest.raises(sqlite3.IntegrityError):
            con.execute(sql)
    assert len(state.reviews()) == 2


def test_steps_out_of_order_are_refused(wh: Warehouse, state: State) -> None:
    (one,) = detect(wh, state, TODAY)
    with pytest.raises(InputError, match="new cannot become 'verified'; possible: verifying"):
        state.move(one.episode_id, "verified", who="siti", now=NOW)
    state.move(one.episode_id, "verifying", who="siti", now=NOW)
    with pytest.raises(InputError, match="for a reason"):
        state.move(one.episode_id, "discarded", who="siti", now=NOW)
    with pytest.raises(InputError, match="none of this id"):
        state.undo("nothing", who="siti", now=NOW)
    assert [step.action for step in state.reviews()] == ["verifying"]


def test_of_two_people_at_once_the_second_is_told(wh: Warehouse, state: State) -> None:
    (one,) = detect(wh, state, TODAY)
    state.move(one.episode_id, "verifying", who="siti", now=NOW, seen=one.last_step)
    with pytest.raises(InputError, match="somebody changed it meanwhile"):
        state.move(one.episode_id, "verifying", who="budi", now=NOW, seen=one.last_step)
    assert state.episode(one.episode_id).owner == "siti"


def test_outcomes_give_the_positive_predictive_value(wh: Warehouse, state: State) -> None:
    for back, outcome in ((50, "verified"), (35, "discarded"), (20, "verified"), (1, "")):
        episodes = detect(wh, state, *(ago(day) for day in (50, 35, 20, 1) if day >= back))
        if outcome:
            decide(state, episodes[0], outcome, hours=back)
    triage.follow(wh, state)
    (row,) = rows(wh.con, "SELECT * FROM signal_quality WHERE topic = 'dengue'")
    assert (row["episodes"], row["verified"], row["discarded"], row["undecided"]) == (4, 2, 1, 1)
    assert row["ppv"] == pytest.approx(2 / 3)
    assert (row["ppv_low"], row["ppv_high"]) == pytest.approx((0.2077, 0.9385), abs=1e-4)  # R: prop.test(2, 3, correct = FALSE)
    assert (row["hours_to_verified"], row["hours_to_decided"]) == (35, 35)
    assert row["false_alarms_per_week"] == pytest.approx(1 / row["weeks"])
    assert row["weeks"] == pytest.approx(50 / 7)
    assert value(wh.con, "SELECT count(*) FROM signal_quality WHERE topic = '*'") == 1


def test_analysts_see_the_steps_but_not_the_notes(wh: Warehouse, state: State) -> None:
    (one,) = detect(wh, state, TODAY)
    state.annotate(one.episode_id, "call Ibu Ani", who="siti", now=NOW)
    triage.follow(wh, state)
    publish.publish(wh, NOW)
    con = connect(wh.folder.catalog, read_only=True)
    try:
        (step,) = rows(con, "SELECT * FROM signal_reviews")
        assert rows(con, "SELECT episodes FROM signal_quality WHERE topic = '*'") == [{"episodes": 1}]
        assert value(con, "SELECT comment FROM duckdb_views() WHERE view_name = 'signal_quality'")
    finally:
        con.close()
    assert (step["who"], step["action"], step["has_note"]) == ("siti", "note", True)
    assert "note" not in step


@given(st.lists(st.integers(0, 60), min_size=1, unique=True), st.lists(st.integers(0, 60), unique=True))
def test_however_days_arrive_each_belongs_to_exactly_one_episode(first: list[int], later: list[int]) -> None:
    known: list[Episode] = []
    for arrived in (first, later):
        covered = {day for one in known for day in range((ago(0) - one.last_day).days, (ago(0) - one.first_day).days + 1)}
        changed = triage.joined(known, [_row(back) for back in sorted(arrived, reverse=True) if back not in covered])
        known = [*({one.episode_id: one for one in known} | {one.episode_id: one for one in changed}).values()]
    for back in {*first, *later}:
        assert sum(one.first_day <= ago(back) <= one.last_day for one in known) == 1


def _row(back: int) -> dict[str, Any]:
    key = {"topic": "dengue", "place_code": "31", "level": "province", "detector": "d"}
    return {"signal_id": str(back), "day": ago(back), "first_detected_at": NOW} | key


def test_every_status_can_be_reached_and_only_closed_is_an_end() -> None:
    assert {status for after in NEXT.values() for status in after} == set(NEXT) - {"new"}
    assert [status for status, after in NEXT.items() if not after] == ["closed"]
