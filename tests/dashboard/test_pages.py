"""Every page is made, in both languages, from a catalog with a gap, a failing source and posts that want to break it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import plotly.graph_objects as go
import pytest
from flask.testing import FlaskClient
from published_folder import HOSTILE, NOW, SOURCES, settings

from dashboard.app import create_app
from dashboard.pages import PAGES
from dashboard.pages import sources as sources_page
from dashboard.pages import sql as sql_page
from warehouse.settings import DataFolder
from warehouse.state import State

Ask = Callable[..., dict[str, Any]]
SHARED = {"topic.value": [], "place.value": [], "language.value": [], "source.value": [], "span.value": "90d", "days.value": []}
TRENDS = {**SHARED, "unit.value": "day", "by.value": "auto", "show.value": "posts", "official.value": "auto"}


def page(ask: Ask, path: str, search: str = "", lang: str = "en") -> dict[str, Any]:
    return ask("page.children", {"route.data": {"path": path, "search": search}}, lang=lang)["response"]


def texts(tree: Any) -> str:
    """All strings of a component tree, as the browser will show them."""
    if isinstance(tree, dict):
        return " ".join(texts(value) for value in tree.get("props", tree).values())
    if isinstance(tree, list):
        return " ".join(texts(item) for item in tree)
    return tree if isinstance(tree, str) else ""


@pytest.mark.parametrize("lang", ["id", "en"])
@pytest.mark.parametrize("path", [one.path for one in PAGES])
def test_every_page_is_made_in_both_languages(ask: Ask, path: str, lang: str) -> None:
    made = page(ask, path, lang=lang)
    assert made["title"]["data"].endswith("· Kentongan")
    reads_posts = next(one.reads_posts for one in PAGES if one.path == path)
    assert made["shown"]["data"] == (NOW.isoformat() if reads_posts else None)
    other = page(ask, path, lang="en" if lang == "id" else "id")
    assert texts(made["page"]["children"]) != texts(other["page"]["children"])


def test_an_unknown_address_says_so(ask: Ask) -> None:
    assert "There is no such page" in texts(page(ask, "/nowhere"))


def test_before_anything_is_published_every_page_says_what_to_do(tmp_path: Path) -> None:
    app = create_app(DataFolder(tmp_path / "empty").create(), settings(), now=lambda: NOW)
    body = {
        "output": "..page.children...title.data...shown.data...notice.children@",
        "inputs": [{"id": "route", "property": "data", "value": {"path": "/trends", "search": ""}}],
        "state": [{"id": "ui", "property": "data", "value": {"lang": "en", "theme": "light"}}],
        "changedPropIds": ["route.data"],
    }
    key = next(key for key in app.callback_map if key.startswith("..page.children"))
    outputs = [{"id": one.component_id, "property": one.component_property} for one in app.callback_map[key]["output"]]
    answer = app.server.test_client().post("/_dash-update-component", json={**body, "output": key, "outputs": outputs})
    assert "kentongan collect" in texts(answer.get_json())


def test_the_overview_tells_the_day_in_sentences(ask: Ask) -> None:
    told = texts(page(ask, "/"))
    assert "Today until 14:05 there are" in told
    assert "1 signal since 13 Mar; the strongest is Haze <i> in Kota Makassar" in told
    assert "Growing most this week: Dengue (+" in told
    assert "1 source is in trouble or silent." in told


def test_the_overview_in_indonesian_writes_numbers_as_indonesians_do(ask: Ask) -> None:
    told = texts(page(ask, "/", lang="id"))
    assert "Hari ini sampai pukul 14.05 ada" in told
    assert "padahal diperkirakan 0,9" in told


def test_the_address_sets_the_controls(ask: Ask) -> None:
    made = json.dumps(page(ask, "/trends", "?topic=dengue,nonsense&unit=week&place=32.71")["page"]["children"])
    assert '"value": ["dengue"]' in made
    assert '"value": ["32.71"]' in made
    assert '"value": "week"' in made


def test_trends_draw_a_gap_and_mark_the_signals(ask: Ask) -> None:
    drawn = ask("trends-posts.figure", {**TRENDS, "topic.value": ["dengue"]})["response"]["trends-posts"]["figure"]
    go.Figure(drawn)
    by_name = {trace.get("name"): trace for trace in reversed(drawn["data"])}
    assert by_name["Nothing was collected"]["x"] == ["2026-02-03T00:00:00", "2026-02-04T00:00:00", "2026-02-05T00:00:00"]
    gap = by_name["Dengue"]["x"].index("2026-02-04T00:00:00")
    assert by_name["Dengue"]["y"][gap] is None
    assert by_name["Signal"]["x"] == ["2026-03-10T00:00:00", "2026-03-11T00:00:00"]
    assert by_name["Not over yet"]["x"] == ["2026-03-14T00:00:00"]
    assert by_name["Dengue"]["y"][-1] is None  # today is drawn dotted, by a trace of its own
    assert "Expected" in by_name


@pytest.mark.parametrize("by", ["none", "topic", "place", "source", "lang"])
@pytest.mark.parametrize("show", ["posts", "share"])
@pytest.mark.parametrize("unit", ["day", "week", "month"])
def test_trends_can_be_split_every_way(ask: Ask, by: str, show: str, unit: str) -> None:
    given = {**TRENDS, "by.value": by, "show.value": show, "unit.value": unit, "topic.value": ["dengue", "haze"]}
    figure = ask("trends-posts.figure", given, lang="id", theme="dark")["response"]["trends-posts"]["figure"]
    go.Figure(figure)
    lines = [trace for trace in figure["data"] if trace["type"] == "scatter" and trace["mode"].startswith("lines")]
    assert lines
    if show == "share":
        assert all(0 <= value <= 1 for line in lines for value in line["y"] if value is not None)


def test_the_table_under_the_chart_is_made_when_it_is_opened(ask: Ask) -> None:
    assert not ask("trends-table.children", TRENDS).get("response")
    assert "14 Mar 2026" in texts(ask("trends-table.children", {**TRENDS, "trends-more.n_clicks": 1}))


@pytest.mark.parametrize("output", ["trends-csv-file.data", "map-csv-file.data", "signals-csv-file.data", "sources-csv-file.data"])
def test_every_table_can_be_downloaded(ask: Ask, output: str) -> None:
    given = {**TRENDS, "level.value": "province" if "map" in output else "any", "order.value": "newest", "back.value": "7d"}
    data = ask(output, {**given, output.replace("-file.data", ".n_clicks"): 1})["response"]
    assert len(data[output.removesuffix(".data")]["data"]["content"].splitlines()) > 1


@pytest.mark.parametrize("measure", ["posts", "per_million", "balance"])
@pytest.mark.parametrize("level", ["province", "regency", "country"])
def test_the_map_has_bubbles_tiles_and_a_table(ask: Ask, measure: str, level: str) -> None:
    given = {**SHARED, "level.value": level, "measure.value": measure}
    go.Figure(ask("map-bubbles.figure", given)["response"]["map-bubbles"]["figure"])
    tiles = ask("map-tiles.figure", given)["response"]
    assert tiles["map-tiles-box"]["className"] == ("hidden" if level == "country" else "")
    go.Figure(tiles.get("map-tiles", {}).get("figure"))
    named = {"province": "Jawa Barat", "regency": "Kota Bogor", "country": "Indonesia"}[level]
    assert named in texts(ask("map-table.children", given)["response"])


def test_a_signal_opens_its_series_and_the_posts_behind_it(ask: Ask) -> None:
    rows = ask("signals-grid.rowData", {**SHARED, "level.value": "regency", "order.value": "strongest"})["response"]["signals-grid"][
        "rowData"
    ]
    assert rows[0]["place"] == "Kota Bogor"
    assert {row["level"] for row in rows} == {"Regency or city"}
    shown = texts(ask("signal-detail.children", {"signal.data": rows[0]["id"]}))
    assert "44 posts where 0.9 were expected and up to 4.2 would have been ordinary" in shown
    assert "Kota Bogor" in shown
    assert "This signal is no longer there" in texts(ask("signal-detail.children", {"signal.data": "gone"}))


def _posts(ask: Ask, **given: Any) -> dict[str, Any]:
    chosen = {**SHARED, "q.value": "", "sentiment.value": "any", "intent.value": "any", "page.value": 1}
    return ask("posts-list.children", {**chosen, **{f"{key}.value": value for key, value in given.items()}})["response"]


def test_posts_are_paged_and_searched_with_the_matches_marked(ask: Ask) -> None:
    found = _posts(ask, q="TROMBOSIT")
    assert '{"props": {"children": "trombosit"}, "type": "Mark"' in json.dumps(found["posts-list"]["children"])
    first, second = (texts(_posts(ask, page=number)["posts-list"]["children"]) for number in (1, 2))
    assert first != second
    assert "No posts for this choice" in texts(_posts(ask, q="nothing-has-this-word"))


def test_a_hostile_post_is_text_and_its_address_is_no_link(ask: Ask) -> None:
    made = json.dumps(_posts(ask, q="HYPERLINK")["posts-list"]["children"])
    assert '"type": "Bdi"' in made
    assert "javascript:" not in made
    assert "\\u202e" not in made
    assert "<script>window.hacked=1</script>" in made
    assert '"type": "Markdown"' not in made
    assert "dangerously" not in made
    assert HOSTILE.split()[0] in made


def test_sources_say_in_plain_words_what_is_wrong(ask: Ask) -> None:
    told = texts(ask("sources-list.children", {"back.value": "7d"}))
    assert "The source did not answer in time." in told
    assert "In trouble" in told
    assert "Working" in told
    assert "Imported" in told
    assert "next run in 10 min" in told


@pytest.mark.parametrize(
    ("error", "meaning"),
    [
        ("refused: mastodon.social: 403 Forbidden", "does not let us in"),
        ("throttled: 429 for longer than 120 s", "slow down"),
        ("example.org: [Errno -2] Name or service not known", "could not be reached"),
        ("feed cannot be read: not XML", "cannot be read"),
        ("https://x/: 503 after 4 retries", "own server has a fault"),
        ("something new", "Collection failed."),
    ],
)
def test_errors_of_collectors_are_put_in_plain_words(error: str, meaning: str) -> None:
    assert meaning in sources_page.meaning(error)


def test_the_ledger_of_sources_is_drawn(ask: Ask) -> None:
    figure = ask("sources-ledger.figure", {"back.value": "7d"})["response"]["sources-ledger"]["figure"]
    go.Figure(figure)
    assert len(figure["layout"]["yaxis"]["ticktext"]) == len(SOURCES)
    assert not [label for label in figure["layout"]["yaxis"]["ticktext"] if "<b>" in label]


def test_run_now_leaves_a_request_for_the_worker(ask: Ask, folder: DataFolder) -> None:
    pressed = {"run.n_clicks": [({"source": "news"}, 1)]}
    told = texts(ask("sources-asked.children", pressed, changed='{"source":"news","type":"run"}.n_clicks'))
    assert "Asked to collect Berita kesehatan" in told
    waiting = [(request.kind, request.payload) for request in State(folder).waiting()]
    assert ("collect", {"source": "news"}) in waiting
    assert "waiting for the worker" in texts(ask("sources-list.children", {"back.value": "7d"}))


def test_rows_that_say_the_same_stay_so_that_no_button_loses_the_focus(ask: Ask) -> None:
    shown = ask("sources-list.children", {"source.value": []}, as_sent=True)["response"]["sources-list"]["children"]
    again = ask("sources-list.children", {"source.value": [], "sources-list.children": shown}, as_sent=True)["response"]
    assert "sources-list" not in again
    assert "sources-list" in ask("sources-list.children", {"source.value": [], "sources-list.children": {"props": {}}})["response"]


def test_an_unknown_source_is_refused(ask: Ask) -> None:
    pressed = {"run.n_clicks": [({"source": "../etc"}, 1)]}
    answer = ask("sources-asked.children", pressed, changed='{"source":"../etc","type":"run"}.n_clicks')
    assert "not known" in json.dumps(answer["sideUpdate"])


def test_sql_answers_in_a_grid_and_says_what_was_wrong(ask: Ask) -> None:
    asked = {"sql-run.n_clicks": 1, "sql-text.value": "SELECT topic, count(*) AS n FROM post_topics GROUP BY 1 ORDER BY 1"}
    answer = ask("sql-answer.children", asked)["response"]
    assert '"headerName": "n"' in json.dumps(answer)
    assert {"data": asked["sql-text.value"]} in answer.values()
    refused = ask("sql-answer.children", {**asked, "sql-text.value": "DROP TABLE posts"})["response"]
    assert "The query did not run" in texts(refused)


def test_sql_cells_are_what_a_browser_can_hold() -> None:
    assert [sql_page.cell(value) for value in (None, True, 2**60, float("nan"), [1, "a"], b"x")] == [
        None, "true", str(2**60), "nan", '[1, "a"]', "b'x'",
    ]  # fmt: skip


def test_grids_run_no_code_from_data(ask: Ask) -> None:
    for path in ("/signals", "/sql"):
        made = json.dumps(page(ask, path))
        assert '"dangerously_allow_code": true' not in made


def test_the_language_of_the_address_wins_and_is_remembered(client: FlaskClient) -> None:
    answer = client.get("/trends?lang=en")
    assert '<html lang="en"' in answer.text
    assert "kentongan_lang=en" in answer.headers["Set-Cookie"]
    assert '<html lang="en"' in client.get("/trends").text
    assert '<html lang="id"' in client.get("/trends?lang=id").text
    assert '<html lang="id"' in client.get("/trends?lang=xx").text


def test_the_theme_is_in_the_page_before_any_script_runs(client: FlaskClient) -> None:
    client.set_cookie("kentongan_theme", "dark")
    assert 'data-mantine-color-scheme="dark"' in client.get("/").text
    client.set_cookie("kentongan_theme", '"><script>')
    assert 'data-mantine-color-scheme="light"' in client.get("/").text


def test_the_browser_may_fetch_nothing_from_outside(client: FlaskClient) -> None:
    answer = client.get("/")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "connect-src 'self'" in policy
    assert "unsafe-eval" not in policy
    assert "script-src 'self' 'unsafe-inline'" not in policy
    for address in ("https://", "//cdn", "http://"):
        assert f'src="{address}' not in answer.text
        assert f'href="{address}' not in answer.text


@pytest.mark.parametrize(("made", "told"), [(None, "kentongan collect"), ("0010_second_looks", "older version of the program")])
def test_without_a_copy_that_can_be_read_each_page_says_what_to_do(
    asking: Callable[[Any, FlaskClient], Ask], folder: DataFolder, tmp_path: Path, made: str | None, told: str
) -> None:
    own = DataFolder(tmp_path / "own").create()
    if made is not None:
        own.published.mkdir(exist_ok=True)
        shutil.copyfile(folder.catalog, own.catalog)
        with duckdb.connect(str(own.catalog)) as con:
            con.execute("UPDATE meta SET value = ? WHERE key = 'schema_version'", [made])
    app = create_app(own, settings(), now=lambda: NOW)
    ask = asking(app, app.server.test_client())
    for page in PAGES:
        answer = ask("page.children", {"route.data": {"path": page.path, "search": "", "at": 1}})["response"]
        if page.reads_posts:
            assert told in json.dumps(answer), page.path
    assert "nothing published" in texts(ask("fresh-badge.children", {})["response"])


def test_the_badge_says_how_old_the_copy_is(ask: Ask) -> None:
    fresh = ask("fresh-badge.children", {"shown.data": NOW.isoformat()})["response"]
    assert "12 s ago" in texts(fresh)
    assert fresh["fresh-load"]["className"] == "link-button hidden"
    stale = ask("fresh-badge.children", {"shown.data": "2026-03-14T06:00:00+00:00"})["response"]
    assert stale["fresh-load"]["className"] == "link-button"


def test_trouble_in_a_callback_is_a_message_and_not_a_blank_page(ask: Ask) -> None:
    answer = ask("trends-posts.figure", {**TRENDS, "span.value": "custom", "days.value": ["not a day", "x"]})
    assert "That did not work" in json.dumps(answer["sideUpdate"])
