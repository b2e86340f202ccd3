"""Official counts are drawn over the posts of the same topic and place, and held against them."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import pytest
from published_folder import GAP, NOW, copied, settings

from dashboard import official
from dashboard.app import create_app
from warehouse.official import OfficialCount, store
from warehouse.publish import publish
from warehouse.queries import Catalog, Selection
from warehouse.settings import DataFolder
from warehouse.store import Warehouse

Ask = Callable[..., dict[str, Any]]
FIRST = date(2025, 10, 19)  #: a Sunday; posts begin five days earlier
TRENDS = {
    **{f"{name}.value": [] for name in ("topic", "place", "language", "source", "days")},
    "span.value": "all",
    "unit.value": "day",
    "by.value": "auto",
    "show.value": "posts",
    "official.value": "auto",
}
DENGUE = {**TRENDS, "topic.value": ["dengue"]}


def weekly(weeks: int) -> list[OfficialCount]:
    """Weeks of the country, one of them unreported; days of Kota Bogor, where an outbreak begins a day before the first signal."""
    cases = [30 + 3 * (week % 5) for week in range(weeks)]
    told = [OfficialCount(FIRST + timedelta(weeks=week), 7, "ID", "dbd", cases[week]) for week in range(weeks) if week != 6]
    return [*told, *[OfficialCount(FIRST + timedelta(days=day), 1, "32.71", "dbd", 60 if day > 140 else day % 4) for day in range(146)]]


@pytest.fixture(scope="module")
def counted(pristine: DataFolder, tmp_path_factory: pytest.TempPathFactory) -> DataFolder:
    folder = copied(pristine, tmp_path_factory.mktemp("official"))
    with Warehouse.open(folder, settings()) as wh:
        store(wh.con, weekly(20), "dbd.csv", NOW, lambda disease: "dengue")
        publish(wh, NOW)
    return folder


@pytest.fixture
def asked(counted: DataFolder, asking: Any) -> Ask:
    app = create_app(counted, settings(), now=lambda: NOW)
    return asking(app, app.server.test_client())


def drawn(asked: Ask, **given: Any) -> dict[str, Any]:
    figure = asked("trends-posts.figure", {**DENGUE, **given})["response"]["trends-posts"]["figure"]
    go.Figure(figure)
    return figure


def official_line(figure: dict[str, Any]) -> dict[str, Any]:
    return next(trace for trace in figure["data"] if trace.get("yaxis") == "y3")


def texts(tree: Any) -> str:
    if isinstance(tree, dict):
        return " ".join(texts(value) for value in tree.get("props", tree).values())
    if isinstance(tree, list):
        return " ".join(texts(item) for item in tree)
    return tree if isinstance(tree, str) else ""


def test_weekly_counts_stand_over_each_day_of_their_week_on_an_axis_of_their_own(asked: Ask) -> None:
    figure = drawn(asked)
    line = official_line(figure)
    assert line["name"] == "Official: dbd, Indonesia"
    assert figure["layout"]["yaxis3"]["side"] == "right"
    assert figure["layout"]["yaxis3"]["title"]["text"] == "Official cases a week"
    assert figure["layout"]["showlegend"] is True
    assert line["y"][:8] == [30.0] * 7 + [33.0]
    assert line["customdata"][0] == ["30", "19–25 Oct 2025"]


def test_a_week_that_was_not_reported_is_a_hole(asked: Ask) -> None:
    for unit in ("day", "week", "month"):
        line = official_line(drawn(asked, **{"unit.value": unit}))
        hole = line["y"].index(None)
        assert line["x"][hole].startswith("2025-11-30")
        assert line["connectgaps"] is False


def test_daily_counts_are_added_up_to_whole_weeks_and_months(asked: Ask) -> None:
    line = official_line(drawn(asked, **{"place.value": ["32.71"], "unit.value": "week"}))
    assert line["y"][0] == sum(day % 4 for day in range(7))
    months = official_line(drawn(asked, **{"place.value": ["32.71"], "unit.value": "month"}))
    assert months["y"][0] is None  # October was not reported from its first day on
    assert months["y"][1] == sum(day % 4 for day in range(13, 43))


def test_counts_are_hidden_by_the_control_and_with_several_topics_or_places(asked: Ask) -> None:
    for given in ({"official.value": "off"}, {"topic.value": ["dengue", "haze"]}, {"place.value": ["32.71", "33"]}, {"topic.value": []}):
        assert not [trace for trace in drawn(asked, **given)["data"] if trace.get("yaxis") == "y3"]


def test_counts_of_a_disease_that_belongs_to_another_topic_can_be_chosen(asked: Ask) -> None:
    assert not [trace for trace in drawn(asked, **{"topic.value": ["haze"]})["data"] if trace.get("yaxis") == "y3"]
    assert official_line(drawn(asked, **{"topic.value": ["haze"], "official.value": "dbd"}))["y"][0] == 30


def test_lines_of_several_sources_have_a_legend_in_place_of_names_on_the_axis(asked: Ask) -> None:
    layout = drawn(asked, **{"by.value": "source"})["layout"]
    assert "annotations" not in layout
    assert layout["showlegend"] is True


@pytest.mark.parametrize(("lang", "said"), [("en", "Lead time of posts"), ("id", "Waktu unggahan mendahului")])
def test_the_panel_tells_every_measure_with_its_definition(asked: Ask, lang: str, said: str) -> None:
    answer = asked("trends-official.children", {**DENGUE, "place.value": ["32.71"]}, lang=lang, theme="dark")["response"]
    told = texts(answer)
    assert said in told
    assert "Künsch 1989" in json.dumps(answer, ensure_ascii=False)
    assert "100%" in told
    assert "+1" in told


def test_the_panel_says_what_there_is_where_nothing_fits(asked: Ask) -> None:
    told = texts(asked("trends-official.children", {**DENGUE, "place.value": ["31.71"]}))
    assert "No official counts of Dengue for Kota Jakarta Pusat" in told
    assert "dbd (Kota Bogor)" in told
    assert "Choose one topic" in texts(asked("trends-official.children", TRENDS))
    assert "hidden" in texts(asked("trends-official.children", {**DENGUE, "official.value": "off"}))


def test_without_any_counts_the_panel_says_how_to_import_them(ask: Ask) -> None:
    told = texts(ask("trends-official.children", DENGUE))
    assert "No official counts were imported" in told
    assert "kentongan official import" in told


def test_the_comparison_can_be_downloaded_and_says_why_when_not(asked: Ask) -> None:
    given = {**DENGUE, "place.value": ["32.71"], "official-csv.n_clicks": 1}
    content = asked("official-csv-file.data", given)["response"]["official-csv-file"]["data"]["content"]
    rows = pd.read_csv(pd.io.common.StringIO(content.removeprefix("\ufeff")))
    assert (rows["measure"] == "spearman").sum() == 57
    assert rows.loc[rows["measure"] == "sensitivity", "value"].item() == "1.0"
    refused = asked("official-csv-file.data", {**TRENDS, "official-csv.n_clicks": 1})
    assert "no official counts are shown" in json.dumps(refused["sideUpdate"])


def test_years_before_the_first_post_are_not_compared(counted: DataFolder) -> None:
    catalog = Catalog(counted)
    early = [OfficialCount(date(2020, 1, 5) + timedelta(weeks=week), 7, "31", "dbd", 500) for week in range(100)]
    late = [OfficialCount(FIRST + timedelta(weeks=week), 7, "31", "dbd", 5 + week % 3) for week in range(-6, 20)]
    frame = pd.DataFrame([(one.day, one.cases) for one in [*early, *late]], columns=["day", "cases"])
    kept = official._collected(catalog, frame.assign(day=pd.to_datetime(frame["day"])), "dbd", 7)
    assert kept["day"].min() >= pd.Timestamp(catalog.first_day())
    assert kept["cases"].max() < 500
    with pytest.raises(official.InputError, match="posts are from"):
        official._collected(catalog, frame[:100].assign(day=pd.to_datetime(frame["day"][:100])), "dbd", 7)


def test_gaps_in_collection_are_no_zeros_of_posts(counted: DataFolder) -> None:
    posts = official._posts(Catalog(counted), Selection(topics=("dengue",), first=GAP[0] - timedelta(days=2), last=GAP[1]))
    assert pd.isna(posts[2:]).all()
    assert not pd.isna(posts[:2]).any()


def test_a_link_to_a_disease_that_is_gone_shows_the_topics_own(asked: Ask) -> None:
    made = asked("page.children", {"route.data": {"path": "/trends", "search": "?topic=dengue&official=<gone>"}})["response"]
    assert '"value": "<gone>"' not in json.dumps(made["page"]["children"])
