"""Notes in state.sqlite: kept, found by day, topic and place, removed and brought back."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from warehouse.errors import InputError
from warehouse.settings import DataFolder
from warehouse.state import State

NOW = datetime(2026, 3, 14, 7, 5, tzinfo=UTC)
SPAN = (date(2026, 3, 1), date(2026, 3, 31))


@pytest.fixture
def state(tmp_path: Path) -> State:
    return State(DataFolder(tmp_path))


def _texts(state: State, topics: tuple[str, ...] = (), places: tuple[str, ...] = ()) -> list[str]:
    return [note.text for note in state.annotations(*SPAN, topics, places)]


def test_a_note_is_kept_as_one_line_with_its_author_and_its_time(state: State) -> None:
    state.add_annotation(date(2026, 3, 2), "  A\n campaign  began ", who="ana", now=NOW, topic="dengue", place_code="32")
    (note,) = state.annotations(*SPAN)
    assert (note.text, note.author, note.added_at, note.topic, note.place_code) == ("A campaign began", "ana", NOW, "dengue", "32")


def test_a_chart_of_some_topics_shows_their_notes_and_those_about_all(state: State) -> None:
    for text, topic, place in (("all", "", ""), ("dengue", "dengue", ""), ("measles", "measles", ""), ("Bogor", "dengue", "32.71")):
        state.add_annotation(date(2026, 3, 2), text, who="ana", now=NOW, topic=topic, place_code=place)
    assert _texts(state) == ["all", "dengue", "measles", "Bogor"]
    assert _texts(state, ("measles",)) == ["all", "measles"]
    assert _texts(state, ("dengue",), ("31.71",)) == ["all", "dengue"]


def test_notes_of_other_days_are_left_out_and_the_oldest_day_comes_first(state: State) -> None:
    for day in (date(2026, 3, 9), date(2026, 3, 2), date(2026, 4, 1)):
        state.add_annotation(day, day.isoformat(), who="ana", now=NOW)
    assert _texts(state) == ["2026-03-02", "2026-03-09"]


def test_a_removed_note_is_gone_until_it_is_brought_back(state: State) -> None:
    number = state.add_annotation(date(2026, 3, 2), "words", who="ana", now=NOW).annotation_id
    state.remove_annotation(number, who="root", now=NOW)
    assert _texts(state) == []
    assert state.annotation(number).removed_by == "root"
    with pytest.raises(InputError, match="root has removed it already"):
        state.remove_annotation(number, who="ana", now=NOW)
    state.restore_annotation(number)
    assert _texts(state) == ["words"]
    with pytest.raises(InputError, match="was not removed"):
        state.restore_annotation(number)


@pytest.mark.parametrize("text", ["", " \n ", "x" * 501])
def test_a_note_has_words_but_not_too_many(state: State, text: str) -> None:
    with pytest.raises(InputError, match="it needs 1 to 500"):
        state.add_annotation(date(2026, 3, 2), text, who="ana", now=NOW)


def test_a_note_that_is_not_there_is_named(state: State) -> None:
    with pytest.raises(InputError, match="note 7"):
        state.annotation(7)


def test_broken_letters_of_a_note_are_kept_as_question_marks(state: State) -> None:
    assert state.add_annotation(date(2026, 3, 2), "a\udce9b", who="ana", now=NOW).text == "a?b"
