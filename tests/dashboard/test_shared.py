"""What is the same for everybody is worked out once, and anew as soon as anything under it has changed."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import orjson
import pytest
from dash import html, no_update

from dashboard.answers import to_json
from dashboard.auth import for_everybody, who
from dashboard.shared import Shared, written


def _plain(answer: Any) -> Any:
    return orjson.loads(to_json(answer))


def test_who_asks_again_gets_the_same_without_work() -> None:
    shared, done = Shared(), []

    def work() -> tuple[Any, Any]:
        done.append(1)
        return html.B("7"), {"x": [1, None]}

    first = shared.answer(("a",), work, still=lambda: ("a",))
    again = shared.answer(("a",), work, still=lambda: ("a",))
    assert len(done) == 1
    assert _plain(first) == _plain(again) == _plain((html.B("7"), {"x": [1, None]}))


def test_another_question_is_worked_out_for_itself() -> None:
    shared = Shared()
    assert _plain(shared.answer(("a",), lambda: 1, still=lambda: ("a",))) == 1
    assert _plain(shared.answer(("b",), lambda: 2, still=lambda: ("b",))) == 2


def test_an_answer_that_was_overtaken_is_given_once_and_not_kept() -> None:
    shared = Shared()
    assert _plain(shared.answer(("old",), lambda: 1, still=lambda: ("new",))) == 1
    assert _plain(shared.answer(("old",), lambda: 2, still=lambda: ("old",))) == 2


def test_who_asks_meanwhile_waits_for_the_one_who_was_first() -> None:
    shared, begun, go_on, done = Shared(), threading.Event(), threading.Event(), []

    def work() -> int:
        done.append(1)
        begun.set()
        assert go_on.wait(30)
        return 7

    with ThreadPoolExecutor(2) as people:
        first = people.submit(shared.answer, ("a",), work, still=lambda: ("a",))
        assert begun.wait(30)
        second = people.submit(shared.answer, ("a",), work, still=lambda: ("a",))
        go_on.set()
        assert [_plain(one.result(30)) for one in (first, second)] == [7, 7]
    assert len(done) == 1


def test_an_error_is_told_and_the_next_one_tries_again() -> None:
    shared = Shared()

    def fail() -> int:
        raise ValueError("the disk is full")

    with pytest.raises(ValueError, match="the disk is full"):
        shared.answer(("a",), fail, still=lambda: ("a",))
    assert _plain(shared.answer(("a",), lambda: 3, still=lambda: ("a",))) == 3


def test_what_is_not_to_be_updated_stays_so() -> None:
    assert written(no_update) is no_update
    kept, told = written((no_update, "x"))
    assert kept is no_update
    assert _plain(told) == "x"


def test_old_answers_make_room_for_new_ones() -> None:
    shared, done = Shared(room=10_000), []
    for number in (*range(20), 0):
        shared.answer((number,), lambda number=number: done.append(number) or number, still=lambda number=number: (number,))  # type: ignore[misc]
    assert done.count(0) == 2


def test_a_shared_answer_may_not_ask_who_it_is_for(app: Any) -> None:
    with app.server.test_request_context("/"), for_everybody(), pytest.raises(RuntimeError, match="may not depend on who asks"):
        who()
