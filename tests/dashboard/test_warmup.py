"""What the pages show when they are opened is worked out before anybody asks."""

from __future__ import annotations

import gc
import importlib
import logging
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from conftest import Ask
from dash import Input, Output, State
from flask import Flask, g
from published_folder import NOW, settings

from dashboard.answers import to_json
from dashboard.app import create_app
from dashboard.warmup import LOOKED_THROUGH, Opening, settle, warm
from warehouse.settings import DataFolder


def test_a_control_has_its_value_and_anything_else_has_none() -> None:
    opening = Opening(
        print,
        (
            Output("chart", "figure"),
            Input({"type": "control", "key": "topic"}, "value"),
            Input("noted", "data"),
            State({"type": "kept", "key": "week"}, "data"),
            Input({"type": "control", "key": "topic"}, "error"),
        ),
    )
    assert opening.arguments({"topic": ["dengue"], "week": ""}) == [["dengue"], None, "", None]


def test_what_fails_is_told_and_the_rest_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    def fail(_tab: Any) -> None:
        raise ValueError("the disk is full")

    seen: list[Any] = []
    with caplog.at_level(logging.INFO):
        assert warm(Flask("x"), [(Opening(fail, ()), {}), (Opening(seen.append, ()), {})], {"lang": "id"}, open_here=True) == 1
    assert seen == [{"lang": "id"}]
    assert "the disk is full" in caplog.text


def test_every_page_is_prepared_and_what_a_person_then_asks_is_there(
    folder: DataFolder, asking: Callable[..., Ask], monkeypatch: pytest.MonkeyPatch
) -> None:
    app = create_app(folder, settings(), now=lambda: NOW + timedelta(seconds=12))
    assert app.prepare() == len(app.openings) > 12
    monkeypatch.setattr("dashboard.pages.overview._month", lambda _site: pytest.fail("worked out again"))
    drawn = asking(app, app.server.test_client())(
        "overview-posts.figure", {"overview-posts.id": "overview-posts"}, lang=settings().general.language
    )
    assert drawn["response"]["overview-posts"]["figure"]["data"]


def test_what_is_kept_longer_than_a_minute_does_not_tell_the_time(folder: DataFolder) -> None:
    def told(hours: int) -> dict[str, Any]:
        """What each timeless callback answers on its page, so many hours after the copy was made."""
        app = create_app(folder, settings(), now=lambda: NOW + timedelta(hours=hours, seconds=12))
        answers: dict[str, Any] = {}
        for opening, values in app.openings:
            if opening.timeless:
                with app.server.test_request_context("/"):
                    g.open_here = True
                    run = opening.run(*opening.arguments(values), {"lang": "en", "theme": "light", "narrow": False})
                    answers[opening.run.__qualname__ + str(len(answers))] = orjson.loads(to_json(run))
        return answers

    soon, late = told(0), told(50)
    assert len(soon) > 12
    for name, answer in soon.items():
        assert answer == late[name], name


def test_the_web_process_has_gathered_its_scripts_before_anybody_can_ask(
    folder: DataFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config, begun, settled = tmp_path / "config.toml", list[Any](), list[Any]()
    config.write_text("", encoding="utf-8")
    monkeypatch.setenv("KENTONGAN_CONFIG", str(config))
    monkeypatch.setenv("KENTONGAN_DATA", str(folder.root))
    monkeypatch.setattr("dashboard.warmup.later", begun.append)
    monkeypatch.setattr("dashboard.warmup.settle", lambda: settled.append(gc.isenabled()))
    monkeypatch.delitem(sys.modules, "dashboard.wsgi", raising=False)
    served = importlib.import_module("dashboard.wsgi")
    assert any("deps/react" in path for path in served.app.registered_paths["dash"])
    assert settled == [True]
    monkeypatch.setattr(served, "app", Flask("x"))
    served.app.prepare = lambda: settled.append("prepared")
    (later,) = begun
    later()
    assert settled == [True, "prepared", True]


def test_what_stays_as_long_as_the_process_is_not_gone_through_for_garbage_again() -> None:
    before = gc.get_threshold()
    kept = [[] for _ in range(1_000)]
    try:
        settle()
        assert gc.get_freeze_count() >= len(kept)
        assert gc.get_threshold() == LOOKED_THROUGH
        assert gc.isenabled()
    finally:
        gc.unfreeze()
        gc.set_threshold(*before)
