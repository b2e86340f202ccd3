"""Switches of sources: the last one holds, each can be undone once, and config.toml stays the default."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from warehouse.errors import InputError
from warehouse.settings import DataFolder
from warehouse.state import State

NOW = datetime(2026, 3, 14, 7, 5, tzinfo=UTC)


@pytest.fixture
def state(tmp_path: Path) -> State:
    return State(DataFolder(tmp_path))


def test_the_last_switch_of_each_source_holds_with_who_and_when(state: State) -> None:
    state.switch_source("news", False, "ani", NOW)
    state.switch_source("blog", False, "ani", NOW)
    state.switch_source("news", True, "budi", NOW + timedelta(minutes=1))
    found = state.source_switches()
    assert {name: one.enabled for name, one in found.items()} == {"news": True, "blog": False}
    assert (found["news"].who, found["news"].at, found["news"].before) == ("budi", NOW + timedelta(minutes=1), False)


def test_undoing_puts_back_what_held_before_and_is_not_undone_itself(state: State) -> None:
    state.switch_source("news", False, "ani", NOW)
    assert state.undo_switch("news", "budi", NOW).enabled is None
    assert state.source_switches()["news"].who == "budi"
    with pytest.raises(InputError, match="no switch to undo"):
        state.undo_switch("news", "budi", NOW)
    with pytest.raises(InputError, match="no switch to undo"):
        state.undo_switch("never", "budi", NOW)


def test_finished_requests_are_found_again_newest_first(state: State) -> None:
    for number in range(3):
        state.enqueue("collect", {"source": str(number)}, who="ani", now=NOW)
        taken = state.take(NOW)
        assert taken is not None
        state.finish(taken.id, "ok", "", NOW + timedelta(minutes=number))
    found = state.last_finished("collect", NOW + timedelta(minutes=1))
    assert [one.payload["source"] for one in found] == ["2", "1"]
    assert state.last_finished("import", NOW) == []
