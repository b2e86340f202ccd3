"""The morning brief: what changed in numbers, open signals, programmes, questions that wait, silent sources; each leads to its page."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import pytest
from plotly.utils import PlotlyJSONEncoder
from published_folder import HOSTILE_TITLE, NOW, OUTBREAK, copied, settings

from dashboard import brief
from dashboard.app import create_app
from dashboard.i18n import speaking
from dashboard.names import Names
from dashboard.overview import checked, questions
from warehouse.settings import DataFolder
from warehouse.state import Episode, State

Ask = Callable[..., dict[str, Any]]
KNOWN = Names({}, {}, {}, ())


def shown(ask: Ask, search: str = "", lang: str = "en") -> str:
    return json.dumps(
        ask("page.children", {"route.data": {"path": "/", "search": search}}, lang=lang)["response"]["page"], ensure_ascii=False
    )


def file(ask: Ask, name: str, **more: Any) -> list[dict[str, str]]:
    data = ask(f"{name}-file.data", {f"{name}.n_clicks": 1, **more})["response"][f"{name}-file"]["data"]
    return list(csv.DictReader(io.StringIO(data["content"].removeprefix("\ufeff"))))


def test_the_week_is_told_in_a_sentence_beside_the_week_before(ask: Ask) -> None:
    made = shown(ask)
    assert "In the last seven whole days there were" in made
    assert "against the seven before" in made
    assert "Dalam tujuh hari penuh terakhir ada" in shown(ask, lang="id")


def test_a_week_that_is_not_known_is_not_told() -> None:
    with speaking("en", NOW.tzinfo):  # type: ignore[arg-type]
        assert brief.week(float("nan"), 3.0) == ""
        assert brief.week(6.0, 3.0).endswith("+100% against the seven before.")
        assert [brief.changed(3.0, 0.0), brief.changed(0.0, 0.0), brief.changed(float("nan"), 1.0)] == ["new", "–", "–"]


def test_the_numbers_are_those_of_whole_days_and_lead_to_their_posts(ask: Ask) -> None:
    rows = {row["measure"]: row for row in file(ask, "overview-numbers-csv")}
    trend = {
        "span.value": "custom",
        "days.value": ["2026-03-12", "2026-03-13"],
        "unit.value": "day",
        "by.value": "none",
        "show.value": "posts",
    }
    counts = file(ask, "trends-csv", **trend)
    assert [float(rows["posts"]["day_before"]), float(rows["posts"]["yesterday"])] == [float(row["posts"]) for row in counts]
    assert set(rows) == {"posts", "negative", "questions", "complaints", "firsthand", "signals"}
    assert "/posts?lang=en&span=custom&days=2026-03-13..2026-03-13&intent=question" in shown(ask)


def test_a_signal_that_was_decided_on_is_no_longer_open(pristine: DataFolder, tmp_path: Path, asking: Any) -> None:
    folder = copied(pristine, tmp_path / "own")
    ask = asking(app := create_app(folder, settings(), now=lambda: NOW + timedelta(seconds=12)), app.server.test_client())
    before = {(row["topic"], row["place_code"]) for row in file(ask, "overview-signals-csv")}
    assert ("dengue", "32.71") in before
    state = State(folder)
    last = OUTBREAK + timedelta(days=1)
    old = Episode("old", "haze", "*", "all", "EARS-C2", date(2026, 1, 2), date(2026, 1, 3), NOW)
    state.follow_episodes([Episode("e1", "dengue", "32.71", "regency", "EARS-C2", OUTBREAK, last, NOW), old], [])
    state.move("e1", "verifying", who="ana", now=NOW)
    assert "2 being verified" in shown(ask)
    state.move("e1", "discarded", who="ana", now=NOW, reason="news")
    after = {(row["topic"], row["place_code"]) for row in file(ask, "overview-signals-csv")}
    assert after == before - {("dengue", "32.71")}
    made = shown(ask)
    assert "2 of the week are decided." in made
    assert "1 older signal waits" in made
    assert "/verification?lang=en&status=new" in made


def test_programmes_are_those_that_one_follows_else_programmes_and_services(ask: Ask) -> None:
    drawn = ask("overview-moods.children", {"follow.value": []})
    names = set(_figure(drawn)["data"][0]["y"])
    assert names == {"Immunisation", "National health insurance"}
    chosen = ask("overview-moods.children", {"follow.value": ["haze", "nonsense"]})
    assert _figure(chosen)["data"][0]["y"] == ["Haze &lt;i&gt;"]
    assert '"value": ["haze"]' in shown(ask, "?follow=haze,nonsense")
    assert {row["topic"] for row in file(ask, "moods-csv", **{"follow.value": ["haze"]})} == {"haze"}


def _figure(tree: Any) -> dict[str, Any]:
    figures = _graphs(tree)
    go.Figure(figures[0])  # raises ValueError for a property that plotly does not know
    return figures[0]


def _graphs(tree: Any) -> list[dict[str, Any]]:
    if isinstance(tree, dict):
        own = [tree["props"]["figure"]] if tree.get("type") == "Graph" else []
        return [*own, *[found for inner in tree.values() for found in _graphs(inner)]]
    return [found for inner in tree for found in _graphs(inner)] if isinstance(tree, list) else []


def test_questions_wait_until_their_source_tells_of_a_reply() -> None:
    day = pd.Timestamp("2026-03-13")
    row = {"topics": ["dengue"], "replies": 0.0, "repost": False, "duplicate_of": None, "day": day, "created_at": NOW}
    rows = pd.DataFrame(
        [
            {**row, "text": "waits"},
            {**row, "text": "answered", "replies": 2.0},
            {**row, "text": "copied", "duplicate_of": "a:1"},
            {**row, "text": "waits longer", "created_at": NOW - timedelta(hours=9), "replies": float("nan")},
            {**row, "text": "about nothing of ours", "topics": [], "created_at": NOW - timedelta(hours=20)},
        ]
    )
    assert list(questions.unanswered(rows)["text"]) == ["waits longer", "waits", "about nothing of ours"]


def test_questions_that_wait_are_listed_with_their_topic_and_how_long(ask: Ask) -> None:
    made = shown(ask)
    assert "Questions that wait" in made
    assert "faskes BPJS bagaimana?" in made
    assert "/posts?lang=en&topic=bpjs&span=custom" in made
    assert {row["source"] for row in file(ask, "overview-questions-csv")}


def test_claims_that_posts_speak_of_are_listed_and_lead_to_their_posts_and_to_the_fact_check(ask: Ask) -> None:
    rows = {row["claim"]: row for row in file(ask, "overview-claims-csv")}
    measles = rows["[SALAH] Vaksin campak membuat anak autis"]
    week = {
        "span.value": "7d",
        "days.value": [],
        "topic.value": ["measles"],
        "unit.value": "day",
        "by.value": "none",
        "show.value": "posts",
    }
    assert int(measles["posts_7_days"]) == sum(int(float(row["posts"])) for row in file(ask, "trends-csv", **week)) > 0
    assert int(measles["posts_7_days_before"]) == 0
    assert measles["fact_check"] == "https://cek.example/1"
    made = shown(ask)
    assert re.search(r"/posts\?lang=en&span=7d&claim=[0-9a-f]{16}", made)
    assert "fact-check of 14 Mar 2026" in made
    assert "https://cek.example/1" in made
    assert "Posts of this week speak of 2 checked claims, most of “" in made
    assert "Unggahan minggu ini menyinggung 2 klaim terperiksa" in shown(ask, lang="id")


def test_a_hostile_claim_is_text_in_the_brief_in_the_panel_and_in_its_file(ask: Ask) -> None:
    made = shown(ask)
    assert "<script>window.hacked=1" in made
    assert "javascript:window.hacked=6" not in made
    assert "\u202e" not in made
    hostile = next(row for row in file(ask, "overview-claims-csv") if "hacked" in row["claim"])
    assert hostile["claim"].startswith("<script>")


def test_where_nothing_was_held_against_claims_it_says_what_that_takes() -> None:
    with speaking("en", NOW.tzinfo):  # type: ignore[arg-type]
        nothing = json.dumps(checked.panel(checked.Checked([], 0), KNOWN), cls=PlotlyJSONEncoder)
        none_found = json.dumps(checked.panel(checked.Checked([], 12), KNOWN), cls=PlotlyJSONEncoder)
        assert checked.sentence(checked.Checked([], 12)) is None
    assert 'kind = \\"factcheck\\"' in nothing
    assert "12 posts were held against the claims." in none_found


def test_silent_sources_are_text_and_lead_to_the_ledger(ask: Ask) -> None:
    made = shown(ask)
    assert json.dumps(HOSTILE_TITLE) in made
    assert "last post 20 min ago" in made
    assert "/sources?lang=en" in made
    assert [row["source"] for row in file(ask, "overview-sources-csv")] == ["bluesky", "telegram"]


@pytest.mark.parametrize("name", ["overview-csv", "overview-growth-csv"])
def test_every_other_panel_has_a_file(ask: Ask, name: str) -> None:
    assert file(ask, name)


def test_the_chart_has_a_table_when_it_is_opened(ask: Ask) -> None:
    assert not ask("overview-table.children", {}).get("response")
    assert "Sat 14 Mar 2026" in json.dumps(ask("overview-table.children", {"overview-more.n_clicks": 1}))
