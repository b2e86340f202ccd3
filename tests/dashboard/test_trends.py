"""What Trends shows: small charts, shares of voice, averages, rates, the year before, notes; and who may note something."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import plotly.graph_objects as go
import pytest
from published_folder import NOW, build, copied, settings

from dashboard.app import create_app
from dashboard.passwords import hash_password
from warehouse.settings import DataFolder
from warehouse.state import State

Ask = Callable[..., dict[str, Any]]
HOSTILE = '<img src=x onerror="window.hacked=7"> =HYPERLINK(1) ‮evil'
GIVEN = {
    "topic.value": [], "place.value": [], "language.value": [], "source.value": [], "span.value": "90d", "days.value": [],
    "unit.value": "day", "by.value": "auto", "show.value": "posts", "form.value": "over", "mean.value": "off", "past.value": "off",
    "official.value": "auto",
}  # fmt: skip


def given(**values: Any) -> dict[str, Any]:
    return {**GIVEN, **{f"{key}.value": value for key, value in values.items()}}


def drawn(ask: Ask, **values: Any) -> dict[str, Any]:
    figure = ask("trends-posts.figure", given(**values))["response"]["trends-posts"]["figure"]
    go.Figure(figure)  # raises ValueError for a property that plotly does not know
    return figure


def said(ask: Ask, **values: Any) -> str:
    return json.dumps(ask("trends-posts.figure", given(**values))["response"]["trends-legend"]["children"])


def file(ask: Ask, output: str, **values: Any) -> list[dict[str, str]]:
    answer = ask(f"{output}-file.data", {**given(**values), f"{output}.n_clicks": 1})["response"]
    content = answer[f"{output}-file"]["data"]["content"]
    return list(csv.DictReader(io.StringIO(content.removeprefix("\ufeff"))))


def traces(figure: dict[str, Any], name: str) -> list[dict[str, Any]]:
    return [trace for trace in figure["data"] if trace.get("name") == name]


def test_small_charts_stand_side_by_side_each_with_its_band_its_gap_and_its_signals(ask: Ask) -> None:
    figure = drawn(ask, topic=["dengue", "measles", "haze"], form="small")
    assert [note["text"] for note in figure["layout"]["annotations"]] == ["<b>Dengue</b>", "<b>Measles</b>", "<b>Haze &lt;i&gt;</b>"]
    assert [trace["xaxis"] for trace in traces(figure, "Expected")] == ["x", "x2", "x3"]
    assert [trace["xaxis"] for trace in traces(figure, "Nothing was collected")] == ["x", "x2", "x3"]
    assert [trace["xaxis"] for trace in traces(figure, "Signal")] == ["x"]
    assert figure["layout"]["xaxis3"]["matches"] == "x"


def test_small_charts_share_one_scale_or_have_their_own(ask: Ask) -> None:
    chosen = {"topic": ["dengue", "measles"]}
    one = drawn(ask, **chosen, form="small")["layout"]
    own = drawn(ask, **chosen, form="free")["layout"]
    assert one["yaxis"]["range"] == one["yaxis3"]["range"]
    assert own["yaxis"]["range"][1] > own["yaxis3"]["range"][1]


def test_small_charts_grow_with_their_number(ask: Ask) -> None:
    def tall(**values: Any) -> int:
        return int(ask("trends-posts.figure", given(**values))["response"]["trends-posts"]["style"]["height"].removesuffix("px"))

    assert tall(form="small", topic=["dengue", "measles"]) < tall(form="small")
    assert tall() == 380


def test_shares_of_voice_are_stacked_to_the_whole_and_a_gap_is_empty(ask: Ask) -> None:
    figure = drawn(ask, topic=["dengue", "measles"], form="voice", unit="week")
    bars = [trace for trace in figure["data"] if trace["type"] == "bar" and trace.get("yaxis") is None]
    assert {trace["name"] for trace in bars} == {"Dengue", "Measles"}
    for parts in zip(*(trace["y"] for trace in bars), strict=True):
        assert sum(parts) == pytest.approx(1.0)
    daily = drawn(ask, topic=["dengue", "measles"], form="voice")
    gap = daily["data"][0]["x"].index("2026-02-04T00:00:00")
    assert daily["data"][0]["y"][gap] is None
    assert "two lines or more" in said(ask, topic=["dengue"], place=["32.71"], by="place", form="voice")


def test_a_moving_average_says_what_it_is_and_ends_with_the_last_whole_day(ask: Ask) -> None:
    rows = file(ask, "trends-csv", topic=["dengue"], mean="trailing")
    counts = {row["period"]: float(row["posts"]) for row in rows}
    means = {row["period"]: row["drawn_posts"] for row in rows}
    week = [counts[f"2026-03-{day:02d}"] for day in range(7, 14)]
    assert float(means["2026-03-13"]) == pytest.approx(sum(week) / 7)
    assert means["2026-03-14"] == ""  # today is not over
    assert means["2026-02-04"] == ""  # nothing was collected
    assert "Mean of the last 7 days" in said(ask, mean="trailing")
    assert "Mean of 4 weeks, centred" in said(ask, mean="centred", unit="week")
    assert "Months are not averaged" in said(ask, mean="centred", unit="month")


def test_an_average_at_the_left_end_reads_the_days_before_the_chosen_ones(ask: Ask) -> None:
    rows = file(ask, "trends-csv", mean="trailing", span="custom", days=["2026-03-01", "2026-03-10"])
    assert rows[0]["period"] == "2026-03-01"
    assert rows[0]["drawn_posts"]


def test_a_rate_is_per_thousand_posts_of_the_same_source(ask: Ask) -> None:
    whole = {row["key"]: int(row["posts"]) for row in file(ask, "trends-csv", by="source", unit="month") if row["period"] == "2026-02-01"}
    rows = file(ask, "trends-csv", topic=["dengue"], by="source", unit="month", show="rate")
    for row in rows:
        if row["period"] == "2026-02-01":
            assert float(row["rate_per_1000"]) == pytest.approx(1000 * int(row["posts"]) / whole[row["key"]])


def test_weeks_are_whole_however_the_days_were_chosen(ask: Ask) -> None:
    cut = file(ask, "trends-csv", unit="week", span="custom", days=["2026-02-18", "2026-02-24"])
    whole = file(ask, "trends-csv", unit="week", span="custom", days=["2026-02-01", "2026-03-07"])
    assert [row["period"] for row in cut] == ["2026-02-15", "2026-02-22"]
    posts = {row["period"]: row["posts"] for row in whole}
    assert [row["posts"] for row in cut] == [posts["2026-02-15"], posts["2026-02-22"]]


def test_without_data_of_the_year_before_there_is_no_line_and_the_legend_says_so(ask: Ask) -> None:
    figure = drawn(ask, topic=["dengue"], past="year")
    assert not traces(figure, "Dengue, the year before")
    assert "No data of the year before" in said(ask, topic=["dengue"], past="year")


@pytest.fixture
def two_years(tmp_path: Path, asking: Any) -> Ask:
    app = create_app(build(tmp_path / "two", days=400), settings(), now=lambda: NOW + timedelta(seconds=12))
    return asking(app, app.server.test_client())


def test_the_year_before_is_dotted_and_begins_where_there_is_data(two_years: Ask) -> None:
    rows = file(two_years, "trends-csv", topic=["dengue"], unit="week", span="all", past="year")
    posts = {row["period"]: row["posts"] for row in rows}
    week_9 = next(row["drawn_year_before"] for row in rows if row["period"] == "2026-03-01")
    assert float(week_9) == float(posts["2025-02-23"])  # week 9 of 2025, a year of 53 weeks: not the week 52 weeks before
    assert next(row["drawn_year_before"] for row in rows if row["period"] == "2025-06-01") == ""
    line = traces(drawn(two_years, topic=["dengue"], unit="week", past="year"), "Dengue, the year before")[0]
    assert line["line"]["dash"] == "dot"


@pytest.fixture
def noted(folder: DataFolder) -> Iterator[State]:
    """The state, with its notes taken away afterwards."""
    state = State(folder)
    yield state
    for note in state.annotations(date(2000, 1, 1), date(2100, 1, 1)):
        state.remove_annotation(note.annotation_id, who="test", now=NOW)


def _note(ask: Ask, text: str, day: str = "2026-03-02", topic: str | None = None) -> dict[str, Any]:
    fields = {"note-day.value": day, "note-text.value": text, "note-topic.value": topic, "note-place.value": None}
    return ask("note-text.value", {"note-add.n_clicks": 1, **fields}, changed="note-add.n_clicks")


def _press(ask: Ask, what: str, number: int, done: dict[str, Any] | None = None) -> dict[str, Any]:
    """Press the button `what` of a note."""
    changed = json.dumps({"id": number, "type": what}, separators=(",", ":")) + ".n_clicks"
    return ask("noted.data", {f"{what}.n_clicks": [({"id": number}, 1)], "noted.data": done}, changed=changed)


def test_a_note_is_drawn_listed_in_the_file_and_its_words_are_only_words(ask: Ask, noted: State) -> None:
    _note(ask, HOSTILE, topic="dengue")
    mark = traces(drawn(ask, topic=["dengue"]), "Note")[0]
    assert mark["x"] == ["2026-03-02T00:00:00"]
    assert mark["customdata"][0].startswith('&lt;img src=x onerror="window.hacked=7"&gt;')
    assert "\u202e" not in mark["customdata"][0]
    listed = json.dumps(ask("notes-list.children", given(topic=["dengue"])))
    assert "\\u202e" not in listed
    assert "Dengue, all places" in listed
    assert "loopback" in listed
    row = next(row for row in file(ask, "trends-csv", topic=["dengue"]) if row["period"] == "2026-03-02")
    assert row["notes"].startswith("2026-03-02: <img")
    assert file(ask, "notes-csv", topic=["dengue"])[0]["author"] == "loopback"
    assert not traces(drawn(ask, topic=["measles"]), "Note")  # it is about dengue


def test_small_charts_show_the_notes_about_their_topic_and_about_all(ask: Ask, noted: State) -> None:
    _note(ask, "Fogging everywhere", topic="dengue")
    _note(ask, "A holiday")
    figure = drawn(ask, topic=["dengue", "measles"], form="free")
    assert {trace["xaxis"]: len(trace["x"]) for trace in traces(figure, "Note")} == {"x": 2, "x2": 1}


def test_a_note_is_removed_and_brought_back_and_each_deed_is_in_the_log(ask: Ask, noted: State) -> None:
    number = _note(ask, "A campaign began")["response"]["noted"]["data"]["id"]
    done = _press(ask, "note-remove", number)["response"]["noted"]["data"]
    assert (done["did"], done["id"]) == ("removed", number)
    assert not noted.annotations(date(2026, 3, 2), date(2026, 3, 2))
    assert "Undo" in json.dumps(ask("notes-list.children", {**given(), "noted.data": done}))
    _press(ask, "note-undo", number, done)
    assert [note.text for note in noted.annotations(date(2026, 3, 2), date(2026, 3, 2))] == ["A campaign began"]
    assert [entry.what for entry in noted.audit_log(3)] == ["restore note", "remove note", "add note"]


def test_the_form_of_a_note_is_made_once_when_it_is_opened_and_is_about_what_is_shown(ask: Ask) -> None:
    made = ask("note-form.children", {**given(topic=["dengue"]), "note-more.n_clicks": 1})["response"]["note-form"]["children"]
    chosen = {part["id"]: part["value"] for part in _parts(made) if str(part.get("id", "")).startswith("note-") and "value" in part}
    assert (chosen["note-topic"], chosen["note-place"], chosen["note-text"]) == ("dengue", None, "")
    again = ask("note-form.children", {**given(), "note-more.n_clicks": 3, "note-form.children": made})
    assert not again.get("response")  # what was written stays


@pytest.mark.parametrize("text", ["", "   ", "x" * 501])
def test_a_note_without_words_or_with_too_many_is_refused(ask: Ask, text: str) -> None:
    assert "That did not work" in json.dumps(_note(ask, text)["sideUpdate"])


def test_a_note_on_no_day_is_refused(ask: Ask) -> None:
    assert "Choose the day" in json.dumps(_note(ask, "words", day="yesterday")["sideUpdate"])


@pytest.fixture
def protected(pristine: DataFolder, tmp_path: Path) -> tuple[Any, State]:
    """A dashboard where people log in: a viewer, two analysts, an administrator."""
    folder = copied(pristine, tmp_path / "own")
    state = State(folder)
    for login, role in (("vera", "viewer"), ("ana", "analyst"), ("budi", "analyst"), ("root", "administrator")):
        state.add_user(login, hash_password("a long enough password"), role, NOW)  # type: ignore[arg-type]
    known = settings()
    behind = known.model_copy(update={"web": known.web.model_copy(update={"login": "always"})})
    return create_app(folder, behind, now=lambda: NOW), state


def _as(protected: tuple[Any, State], asking: Any, login: str) -> Ask:
    client = protected[0].server.test_client()
    page = client.get("/login").text
    csrf = page.split('name="csrf" value="')[1].split('"')[0]
    assert client.post("/login", data={"login": login, "password": "a long enough password", "csrf": csrf}).status_code == 303
    return asking(protected[0], client)


def test_viewers_add_no_notes_and_only_the_author_or_an_administrator_removes_one(protected: Any, asking: Any) -> None:
    refused = _note(_as(protected, asking, "vera"), "words")
    assert "needs the role analyst" in json.dumps(refused["sideUpdate"])
    ana = _as(protected, asking, "ana")
    number = _note(ana, "words")["response"]["noted"]["data"]["id"]
    refused = _press(_as(protected, asking, "budi"), "note-remove", number)
    assert "Only its author or an administrator" in json.dumps(refused["sideUpdate"])
    assert [note.author for note in protected[1].annotations(date(2026, 3, 2), date(2026, 3, 2))] == ["ana"]
    _press(_as(protected, asking, "root"), "note-remove", number)
    assert not protected[1].annotations(date(2026, 3, 2), date(2026, 3, 2))


def test_what_is_new_in_the_wording_is_read_when_it_is_opened_and_leads_to_its_posts(ask: Ask) -> None:
    burst = {"span": "custom", "days": ["2026-03-10", "2026-03-11"]}
    assert not ask("trends-words.children", given(**burst)).get("response")
    shown = ask("trends-words.children", {**given(**burst), "words-more.n_clicks": 1})
    made = json.dumps(shown)
    figure = next(part for part in _parts(shown) if part.get("id") == "trends-terms")["figure"]
    go.Figure(figure)
    assert "#dbd" in figure["data"][1]["y"]  # the outbreak of dengue brought its hashtag
    assert "#campak" not in figure["data"][1]["y"]
    assert "/posts?lang=en" in made
    assert "days=2026-03-10..2026-03-11" in made
    rows = file(ask, "words-csv", **burst)
    tag = next(row for row in rows if row["term"] == "dbd")
    assert float(tag["z"]) > 1.96
    assert (tag["first_day"], tag["baseline_last_day"]) == ("2026-03-10", "2026-03-09")


def test_the_hashtags_of_a_long_choice_say_in_which_days_they_were_counted(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "newest days" not in json.dumps(ask("trends-tags.children", given(span="all", language=["id"])))
    monkeypatch.setattr("warehouse.queries.posts.STRIDE", 50)
    monkeypatch.setattr("warehouse.queries.posts.TAGGED", 1)
    assert "Counted in the newest days" in json.dumps(ask("trends-tags.children", given(span="year", language=["id"])))


def test_days_before_which_there_is_nothing_have_nothing_to_compare_with(ask: Ask) -> None:
    shown = json.dumps(ask("trends-words.children", {**given(span="all"), "words-more.n_clicks": 1}))
    assert "no posts of the days before" in shown


def test_a_hostile_hashtag_is_text_in_the_table_and_the_file(ask: Ask) -> None:
    made = json.dumps(ask("trends-tags.children", given(span="7d")))
    assert '"type": "Bdi"' in made
    assert not [row for row in file(ask, "words-csv", span="7d") if row["term"].startswith(("=", "+", "@"))]


def test_sentiment_has_a_table_by_period_with_intervals(ask: Ask) -> None:
    assert not ask("sentiment-table.children", given()).get("response")
    table = json.dumps(ask("sentiment-table.children", {**given(unit="month"), "sentiment-more.n_clicks": 1}))
    assert "February 2026" in table
    assert "%)" in table


def _parts(tree: Any) -> Iterator[dict[str, Any]]:
    """The properties of every component of a tree."""
    if isinstance(tree, dict):
        if "props" in tree:
            yield tree["props"]
        for inner in tree.values():
            yield from _parts(inner)
    elif isinstance(tree, list):
        for inner in tree:
            yield from _parts(inner)
