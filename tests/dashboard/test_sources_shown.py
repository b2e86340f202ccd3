"""Sources: what is usual a day, quiet days, runs that were asked for, and switches with who, when and undo."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest
from flask.testing import FlaskClient
from published_folder import NOW, SOURCES, copied, settings
from test_auth import PASSWORD

from dashboard import dailychart
from dashboard.app import create_app
from dashboard.look import LIGHT
from dashboard.passwords import hash_password
from warehouse.queries import Catalog, Selection
from warehouse.settings import DataFolder, Settings
from warehouse.state import State

Ask = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def own(pristine: DataFolder, tmp_path_factory: pytest.TempPathFactory) -> DataFolder:
    """A folder that the tests of this file may switch."""
    return copied(pristine, tmp_path_factory.mktemp("switched"))


@pytest.fixture
def asked(own: DataFolder, asking: Callable[[Any, FlaskClient], Ask]) -> Ask:
    app = create_app(own, settings(), now=lambda: NOW + timedelta(seconds=12))
    return asking(app, app.server.test_client())


def _press(ask: Ask, source: str, to: str) -> dict[str, Any]:
    pressed = {"switch.n_clicks": [({"source": source, "to": to}, 1)]}
    return ask(
        "sources-asked.children",
        pressed,
        changed=json.dumps({"source": source, "to": to, "type": "switch"}, separators=(",", ":")) + ".n_clicks",
    )


def _list(ask: Ask, only: tuple[str, ...] = ()) -> tuple[str, bool]:
    answer = ask("sources-list.children", {"source.value": list(only)})["response"]
    return json.dumps(answer["sources-list"]["children"]), answer["sources-poll"]["disabled"]


def test_an_administrator_switches_a_source_off_and_undoes_it(asked: Ask, own: DataFolder) -> None:
    assert "Berita kesehatan is switched off." in json.dumps(_press(asked, "news", "off"))
    told, still = _list(asked)
    assert "switched off by loopback, 14 Mar 2026, 14:05 WIB" in told
    assert "the worker follows within seconds" in told
    assert not still
    assert State(own).source_switches()["news"].enabled is False
    _press(asked, "news", "undo")
    assert "as config.toml says again, by loopback" in _list(asked)[0]
    assert State(own).source_switches()["news"].enabled is None
    assert [(entry.what, entry.detail) for entry in State(own).audit_log(2)] == [
        ("switch source undo", "news"),
        ("switch source off", "news"),
    ]


@pytest.mark.parametrize(("source", "to"), [("../etc", "off"), ("import", "on"), ("news", "sideways")])
def test_what_is_no_source_of_the_settings_is_not_switched(asked: Ask, own: DataFolder, source: str, to: str) -> None:
    assert "not known" in json.dumps(_press(asked, source, to)["sideUpdate"])
    assert source == "news" or source not in State(own).source_switches()


@pytest.mark.parametrize("role", ["viewer", "officer", "administrator"])
def test_only_administrators_switch_whatever_their_browser_sends(own: DataFolder, asking: Callable[..., Ask], role: Any) -> None:
    closed = Settings.model_validate({**settings().model_dump(), "web": {"login": "always"}})
    State(own).add_user(f"siti-{role}", hash_password(PASSWORD), role, NOW)
    app = create_app(own, closed, now=lambda: NOW)
    client = app.server.test_client()
    token = client.get("/login").text.split('name="csrf" value="')[1].split('"')[0]
    assert client.post("/login", data={"csrf": token, "login": f"siti-{role}", "password": PASSWORD, "next": "/"}).status_code == 303

    ask = asking(app, client)
    assert ("Switch off" in _list(ask)[0]) == (role == "administrator")
    refused = "it needs the role" in json.dumps(_press(ask, "mastodon", "off"))
    assert refused == (role != "administrator")
    assert ("mastodon" in State(own).source_switches()) == (role == "administrator")


def test_how_far_a_run_is_and_how_it_ended_is_told(asked: Ask, own: DataFolder) -> None:
    state = State(own)
    state.enqueue("collect", {"source": "bluesky"}, who="ani", now=NOW)
    assert "waiting for the worker" in _list(asked)[0]
    request = state.take(NOW)
    assert request is not None
    state.progress(request.id, 1_234, None, "bluesky")
    told, still = _list(asked)
    assert ("collecting: 1,234 posts so far" in told, still) == (True, False)
    state.finish(request.id, "ok", "bluesky: 1,234 new", NOW)
    assert "Run for ani ended 12 s ago: 1,234 posts" in _list(asked)[0]
    state.enqueue("collect", {"source": "bluesky"}, who="ani", now=NOW)
    state.take(NOW)
    state.finish(request.id + 1, "failed", "timed out after 30 s <img>", NOW)
    assert "Run for ani failed 12 s ago: The source did not answer in time." in _list(asked)[0]


def test_the_list_shows_the_chosen_sources_only(asked: Ask) -> None:
    told = _list(asked, ("news",))[0]
    assert ("Berita kesehatan" in told, "Mastodon" in told) == (True, False)


def test_the_band_is_that_of_the_same_weekday_in_the_weeks_before(own: DataFolder) -> None:
    table = Catalog(own).source_days((NOW - timedelta(days=20)).date(), 0.75)
    mine = table[table["source"] == "news"].set_index("day")
    day = pd.Timestamp("2026-03-10")
    counts = Catalog(own).counts(_selection("news"))
    counts = counts[~counts["period"].between("2026-02-03", "2026-02-05")].set_index("period")["posts"]
    earlier = counts[[day - pd.Timedelta(weeks=week) for week in range(1, 9) if day - pd.Timedelta(weeks=week) in counts.index]]
    assert mine.loc[day, "median"] == np.median(earlier)
    assert (mine.loc[day, "low"], mine.loc[day, "high"]) == tuple(np.quantile(earlier, (0.1, 0.9)))


def _selection(source: str) -> Any:
    return Selection(sources=(source,), first=(NOW - timedelta(days=85)).date(), last=NOW.date())


def test_a_quiet_day_is_marked_with_a_triangle_and_names_are_text() -> None:
    days = pd.date_range("2026-03-01", periods=5)
    table = pd.DataFrame({"source": "a", "day": days, "posts": [9, 8, 1, 0, 3], "exposure": [1, 1, 1, 0.0, 0.3], "median": 9.0, "low": 7.0,
                          "high": 12.0, "suspicious": [False, False, True, False, False]})  # fmt: skip
    figure = dailychart.days(table, {"a": "<b>A</b>", "b": "B"}, LIGHT, days[-1])
    go.Figure(figure)
    marks = {trace["marker"]["symbol"]: trace["x"] for trace in figure["data"] if trace.get("mode") == "markers"}
    assert marks == {"circle-open": ["2026-03-05T00:00:00"], "triangle-down": ["2026-03-03T00:00:00"]}
    assert "<b>A" not in str(figure["layout"]["annotations"])
    (gap,) = [trace for trace in figure["data"] if trace["type"] == "bar"]
    assert gap["x"] == ["2026-03-04T00:00:00"]


@pytest.mark.parametrize("button", ["sources-csv", "sources-days-csv", "sources-status-csv"])
def test_every_panel_of_the_sources_can_be_downloaded(asked: Ask, button: str) -> None:
    given = {"back.value": "7d", "source.value": [], f"{button}.n_clicks": 1}
    content = asked(f"{button}-file.data", given)["response"][f"{button}-file"]["data"]["content"]
    assert len(content.splitlines()) > len(SOURCES)


def test_the_charts_are_as_high_as_the_chosen_sources_need(asked: Ask) -> None:
    all_of_them = asked("sources-days.figure", {"source.value": []})["response"]
    one = asked("sources-days.figure", {"source.value": ["news"]})["response"]
    assert all_of_them["sources-days"]["style"] == {"height": f"{dailychart.height(len(SOURCES))}px"}
    assert one["sources-days"]["style"] == {"height": f"{dailychart.height(1)}px"}
    assert one["sources-few"]["children"]


def test_nothing_can_be_switched_where_no_worker_runs(own: DataFolder, asking: Callable[[Any, FlaskClient], Ask]) -> None:
    app = create_app(own, settings(), live=False, now=lambda: NOW)
    ask = asking(app, app.server.test_client())
    assert "Switch off" not in _list(ask)[0]
    assert "No worker runs here" in json.dumps(_press(ask, "news", "off")["sideUpdate"])
