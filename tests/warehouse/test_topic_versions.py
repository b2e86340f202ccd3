"""The file with one's own topics and its history: nothing is half-written, overwritten unseen, or forgotten."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from warehouse.errors import InputError
from warehouse.settings import DataFolder
from warehouse.state import State, TopicsChanged
from warehouse.state import topics as state_topics

NOW = datetime(2026, 3, 14, 7, 5, tzinfo=UTC)
ONE, TWO = '[a]\nname_id = "1"\n', '[a]\nname_id = "2"\n[b]\nname_id = "1"\n'


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    return DataFolder(tmp_path).create()


@pytest.fixture
def state(folder: DataFolder) -> State:
    return State(folder)


def put(text: str) -> Callable[[str], str]:
    return lambda _before: text


def test_a_change_is_written_and_kept_with_who_when_and_why(state: State, folder: DataFolder) -> None:
    done = state.change_topics(folder.topics, put(ONE), who="siti", origin="page", note="first", now=NOW)
    assert folder.topics.read_text("utf-8") == ONE
    assert (done.version, done.who, done.origin, done.note, done.at, done.changed) == (2, "siti", "page", "first", NOW, ("a",))
    start = state.topic_versions()[-1]
    assert (start.version, start.origin, start.changed) == (1, "start", ())
    assert state.topic_version(2)[1:] == ("", ONE)


def test_a_change_that_changes_nothing_is_no_version(state: State, folder: DataFolder) -> None:
    state.change_topics(folder.topics, put(ONE), who="siti", origin="page", now=NOW)
    assert state.change_topics(folder.topics, put(ONE), who="budi", origin="page", now=NOW).who == "siti"
    assert len(state.topic_versions()) == 2


def test_an_edit_by_hand_is_noted_once_and_tells_which_topics(state: State, folder: DataFolder) -> None:
    state.change_topics(folder.topics, put(ONE), who="siti", origin="page", now=NOW)
    folder.topics.write_text(TWO, "utf-8")
    assert state.topics_text(folder.topics, NOW) == TWO
    assert state.topics_text(folder.topics, NOW) == TWO
    latest = state.topic_versions()[0]
    assert (latest.version, latest.origin, latest.who, latest.changed) == (3, "file", "", ("a", "b"))
    assert state.last_change_of("a") == latest


def test_an_edit_by_hand_before_a_change_is_kept_in_the_history(state: State, folder: DataFolder) -> None:
    state.topics_text(folder.topics, NOW)
    folder.topics.write_text(ONE, "utf-8")
    state.change_topics(folder.topics, lambda before: before + "# more\n", who="siti", origin="page", now=NOW)
    assert [one.origin for one in state.topic_versions()] == ["page", "file", "start"]
    assert folder.topics.read_text("utf-8") == ONE + "# more\n"


def test_a_refused_change_leaves_file_and_history_alone(state: State, folder: DataFolder) -> None:
    state.change_topics(folder.topics, put(ONE), who="siti", origin="page", now=NOW)

    def refuse(_before: str) -> str:
        raise InputError("no")

    with pytest.raises(InputError, match="no"):
        state.change_topics(folder.topics, refuse, who="budi", origin="page", now=NOW)
    assert folder.topics.read_text("utf-8") == ONE
    assert len(state.topic_versions()) == 2
    assert [path.name for path in folder.root.iterdir() if path.name.startswith(".topics")] == []


def test_an_editor_that_saves_while_the_page_does_is_not_overwritten(state: State, folder: DataFolder) -> None:
    state.change_topics(folder.topics, put(ONE), who="siti", origin="page", now=NOW)

    def editor_is_quicker(_before: str) -> str:
        folder.topics.write_text(TWO, "utf-8")
        return "[c]\n"

    with pytest.raises(TopicsChanged, match="changed meanwhile"):
        state.change_topics(folder.topics, editor_is_quicker, who="budi", origin="page", now=NOW)
    assert folder.topics.read_text("utf-8") == TWO
    assert state.topic_versions()[0].who == "siti"


def test_a_crash_while_writing_leaves_the_old_file(state: State, folder: DataFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    state.change_topics(folder.topics, put(ONE), who="siti", origin="page", now=NOW)

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(state_topics.os, "fsync", full)
    with pytest.raises(InputError, match=r"topics\.toml: cannot be written: No space left on device"):
        state.change_topics(folder.topics, put(TWO), who="budi", origin="page", now=NOW)
    assert folder.topics.read_text("utf-8") == ONE
    assert len(state.topic_versions()) == 2


def test_changes_made_at_once_all_arrive(state: State, folder: DataFolder) -> None:
    def append(number: int) -> None:
        State(folder).change_topics(folder.topics, lambda before: f"{before}[t{number}]\n", who=str(number), origin="page", now=NOW)

    threads = [threading.Thread(target=append, args=[number]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    text = folder.topics.read_text("utf-8")
    assert sorted(text.split()) == sorted(f"[t{number}]" for number in range(8))
    assert len(state.topic_versions()) == 9


def test_a_link_stays_a_link_and_rights_stay_as_they_are(state: State, folder: DataFolder, tmp_path: Path) -> None:
    real = tmp_path / "real.toml"
    real.write_text(ONE, "utf-8")
    real.chmod(0o640)
    folder.topics.symlink_to(real)
    state.change_topics(folder.topics, put(TWO), who="siti", origin="page", now=NOW)
    assert folder.topics.is_symlink()
    assert real.read_text("utf-8") == TWO
    assert real.stat().st_mode & 0o777 == 0o640


def test_what_is_no_text_is_told(state: State, folder: DataFolder) -> None:
    folder.topics.write_bytes(b"\xff")
    with pytest.raises(InputError, match="not UTF-8"):
        state.topics_text(folder.topics, NOW)
    with pytest.raises(InputError, match="version 7 of the topics: there is none"):
        state.topic_version(7)


def test_versions_can_be_neither_changed_nor_removed(state: State, folder: DataFolder) -> None:
    state.topics_text(folder.topics, NOW)
    for sql in ("UPDATE topic_versions SET note = 'x'", "DELETE FROM topic_versions"):
        with pytest.raises(Exception, match="only ever added"), state.writing() as con:
            con.execute(sql)


def test_the_worker_says_what_it_uses(state: State) -> None:
    assert state.topics_in_use() is None
    state.note_topics_in_use(ONE, "", NOW)
    state.note_topics_in_use(TWO, "a mistake", NOW)
    used = state.topics_in_use()
    assert used is not None
    assert (used.digest, used.trouble) == (state_topics.digest(TWO), "a mistake")
