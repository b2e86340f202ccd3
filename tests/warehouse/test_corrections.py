"""Corrections of labels in state.sqlite: only ever added, the last that stands counts."""

from __future__ import annotations

import sqlite3
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse.errors import InputError
from warehouse.settings import DataFolder
from warehouse.state import CORRECTABLE, Labelled, State

NOW = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
POST = Labelled("news", "1", date(2026, 2, 28), -(2**63), "0123456789ab")


@pytest.fixture
def state(tmp_path: Path) -> State:
    return State(DataFolder(tmp_path / "data"))


def correct(state: State, label: str, old: Any, new: Any, post: Labelled = POST) -> int:
    return state.correct(post, label, old, new, who="siti", now=NOW).correction_id


def test_a_correction_keeps_who_when_old_new_hash_and_model(state: State) -> None:
    correct(state, "intent", "other", "question")
    (found,) = state.corrections()
    assert (found.post, found.old, found.new, found.who, found.at, found.undoes) == (POST, "other", "question", "siti", NOW, None)


def test_lists_are_kept_without_order_and_doubles(state: State) -> None:
    correct(state, "topics", ("dengue",), ["measles", "dengue", "dengue"])
    assert state.corrections()[0].new == ("dengue", "measles")
    with pytest.raises(InputError, match="that is what it is already"):
        correct(state, "topics", ("dengue",), ["dengue", "measles"])


def test_the_last_correction_that_stands_counts(state: State) -> None:
    correct(state, "sentiment", "neutral", "negative")
    second = correct(state, "sentiment", "neutral", "positive")
    assert state.corrections_of([("news", "1")])["news", "1"]["sentiment"].new == "positive"
    state.undo_correction(second, who="budi", now=NOW)
    assert state.corrections_of([("news", "1")])["news", "1"]["sentiment"].new == "negative"
    assert [step.who for step in state.correction_steps("news", "1")] == ["siti", "siti", "budi"]
    with pytest.raises(InputError, match="does not stand any more"):
        state.undo_correction(second, who="budi", now=NOW)


def test_an_undo_cannot_be_undone_and_a_number_that_is_none_is_refused(state: State) -> None:
    first = correct(state, "sentiment", "neutral", "negative")
    undone = state.undo_correction(first, who="siti", now=NOW)
    for number in (undone.correction_id, 99):
        with pytest.raises(InputError, match=f"correction {number}"):
            state.undo_correction(number, who="siti", now=NOW)
    assert state.corrections() == []


@pytest.mark.parametrize("statement", ["UPDATE label_corrections SET new = '\"x\"'", "DELETE FROM label_corrections"])
def test_no_correction_can_be_changed_or_removed(state: State, statement: str) -> None:
    correct(state, "sentiment", "neutral", "negative")
    with pytest.raises(sqlite3.IntegrityError, match="only ever added"), state.writing() as con:
        con.execute(statement)
    assert state.corrections()[0].new == "negative"


def test_posts_and_labels_do_not_touch_each_other(state: State) -> None:
    other = Labelled("news", "2", POST.day, None, "")
    correct(state, "sentiment", "neutral", "negative")
    correct(state, "emotion", "", "fear")
    correct(state, "sentiment", "neutral", "positive", other)
    found = state.corrections_of([("news", "1"), ("news", "2"), ("news", "3")])
    assert {post: sorted(labels) for post, labels in found.items()} == {
        ("news", "1"): ["emotion", "sentiment"],
        ("news", "2"): ["sentiment"],
    }
    assert len(state.corrections()) == 3


@given(label=st.sampled_from([*CORRECTABLE, "text"]), value=st.text(max_size=200) | st.lists(st.text(max_size=20), max_size=40))
def test_whatever_is_sent_is_a_value_of_the_label_or_refused(tmp_path_factory: pytest.TempPathFactory, label: str, value: Any) -> None:
    state = State(DataFolder(tmp_path_factory.mktemp("any")))
    try:
        found = correct(state, label, "" if isinstance(value, str) else [], value)
    except InputError:
        assert state.corrections() == []
        return
    kept = state.corrections()[0]
    assert kept.correction_id == found
    assert isinstance(kept.new, tuple) == (label in ("topics", "places"))
    assert not CORRECTABLE[label] or kept.new in CORRECTABLE[label]
