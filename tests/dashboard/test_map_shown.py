"""The map: areas where boundaries are there, posts against what was expected, and the weeks of the period."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest
from published_folder import NOW

from analytics.geo import boundaries, coastline, geojson
from analytics.geo.matching import match
from dashboard import areachart, maptime
from dashboard.look import DARK, LIGHT
from dashboard.measures import MEASURES, with_balance, with_ratio
from warehouse.queries import Catalog, Selection
from warehouse.settings import DataFolder

sys.path.insert(0, str(Path(__file__).parents[1] / "analytics"))
from drawn_areas import provinces, square

Ask = Callable[..., dict[str, Any]]
GIVEN = {"topic.value": [], "language.value": [], "source.value": [], "span.value": "90d", "days.value": [], "level.value": "province",
         "measure.value": "posts", "drawn.value": "areas", "week.data": ""}  # fmt: skip


@pytest.fixture
def outlined(folder: DataFolder, tmp_path: Path) -> Iterator[None]:
    """All provinces have a boundary, for one test."""
    shapes, _without = geojson.read(provinces(tmp_path / "all.geojson"))
    areas = {code: found[0].polygons for code, found in match(shapes).found.items()}
    boundaries.add(folder.boundaries, "province", areas, "<b>all</b>.geojson", NOW)
    yield
    boundaries.remove(folder.boundaries, "province")


def _draw(ask: Ask, **given: Any) -> dict[str, Any]:
    return ask("map-bubbles.figure", {**GIVEN, **given})["response"]


def _areas(drawn: dict[str, Any]) -> list[dict[str, Any]]:
    return [trace for trace in drawn["map-bubbles"]["figure"]["data"] if trace.get("hoveron") == "fills"]


def test_without_boundaries_there_are_bubbles_and_the_note_says_how_to_have_areas(ask: Ask) -> None:
    drawn = _draw(ask)
    assert _areas(drawn) == []
    assert "kentongan geo import FILE.geojson" in str(drawn["map-note"]["children"])
    assert drawn["map-drawn"]["className"] == "hidden"


@pytest.mark.usefixtures("outlined")
def test_with_boundaries_each_province_is_an_area_of_lines_and_nothing_is_fetched(ask: Ask) -> None:
    drawn = _draw(ask)
    figure = drawn["map-bubbles"]["figure"]
    go.Figure(figure)
    assert len(_areas(drawn)) == 38
    assert {trace["type"] for trace in figure["data"]} == {"scatter"}
    assert "geo" not in figure["layout"]
    assert "<b>all</b>.geojson" in str(drawn["map-note"]["children"])
    assert _areas(_draw(ask, **{"drawn.value": "bubbles"})) == []


@pytest.mark.usefixtures("outlined")
def test_a_click_on_an_area_opens_its_trend(ask: Ask) -> None:
    point = {"points": [{"curveNumber": areachart.BASE}]}
    answer = ask("url.href", {**GIVEN, "map-bubbles.clickData": point}, changed="map-bubbles.clickData")["response"]
    assert "place=11" in str(answer)


def test_a_week_of_the_period_is_shown_with_its_days(ask: Ask) -> None:
    chosen = {"week.data": "2026-03-08"}
    whole, week = _draw(ask), _draw(ask, **chosen)
    posts = [sum(trace["marker"]["size"]) for trace in (one["map-bubbles"]["figure"]["data"][-1] for one in (whole, week))]
    assert 0 < posts[1] < posts[0]
    assert "days=2026-03-08..2026-03-14" in str(ask("map-table.children", {**GIVEN, **chosen}))


def test_weeks_are_those_of_the_period_and_a_week_outside_means_all_of_it() -> None:
    first, last = date(2026, 3, 3), date(2026, 3, 14)
    assert maptime.weeks(first, last, "skdr") == [date(2026, 3, 1), date(2026, 3, 8)]
    assert maptime.weeks(first, last, "iso") == [date(2026, 3, 2), date(2026, 3, 9)]
    assert maptime.shown("2026-03-01", first, last, "skdr") == (first, date(2026, 3, 7))
    assert maptime.shown("2026-02-22", first, last, "skdr") is None
    assert [maptime.WEEK.read(raw) for raw in ("2026-03-01", "nonsense", "")] == ["2026-03-01", "", ""]


def test_expected_is_the_mean_of_the_same_weekdays_before_without_the_gap_and_the_day_that_is_not_over(folder: DataFolder) -> None:
    catalog = Catalog(folder)
    chosen = Selection(topics=("dengue",), first=date(2026, 3, 8), last=date(2026, 3, 14))
    found = catalog.map_counts(chosen, "regency", 0.75).set_index("place_code").loc["32.71"]
    daily = catalog.counts(Selection(topics=("dengue",), places=("32.71",), first=date(2026, 1, 11), last=date(2026, 3, 13)))
    daily = daily[~daily["period"].between("2026-02-03", "2026-02-05")]
    before, shown = daily[daily["period"] < "2026-03-08"], daily[daily["period"] >= "2026-03-08"]
    usual = before.groupby(before["period"].dt.day_of_week)["posts"].mean()
    assert found["observed"] == shown["posts"].sum()
    assert found["expected"] == pytest.approx(sum(usual[day] for day in shown["period"].dt.day_of_week))


def test_before_there_is_a_baseline_nothing_is_expected(folder: DataFolder) -> None:
    catalog = Catalog(folder)
    first = catalog.first_day()
    assert first is not None
    found = catalog.map_counts(Selection(first=first, last=first), "province", 0.75)
    assert found[["observed", "expected"]].isna().all().all()


def test_a_ratio_needs_at_least_one_expected_post() -> None:
    counts = pd.DataFrame({"place_code": ["31", "32", "33"], "observed": [9, 3, np.nan], "expected": [3.0, 0.5, np.nan]})
    assert with_ratio(counts)["ratio"].tolist() == pytest.approx([3.0, np.nan, np.nan], nan_ok=True)


@pytest.mark.parametrize("measure", list(MEASURES))
@pytest.mark.parametrize("many", [3, 80])
def test_areas_are_coloured_hatched_or_grey_and_hostile_names_are_text(tmp_path: Path, measure: str, many: int) -> None:
    codes = [code for code in boundaries.gazetteer() if len(code) == 5][:many]
    areas = {code: (tuple(np.array(ring) for ring in square(code)),) for code in codes}
    outlines = boundaries.add(tmp_path, "regency", areas, "x", NOW)
    frame = pd.DataFrame({"place_code": codes, "name": "<img src=x>", "lat": -6.0, "lon": 107.0, "posts": range(many), "negative": 1,
                          "positive": 2, "per_million": np.nan, "signals": 1, "observed": 5.0, "expected": 2.0})  # fmt: skip
    frame.loc[:1, ["observed", "expected"]] = np.nan
    counts = with_ratio(with_balance(frame))
    for style in (LIGHT, DARK):
        figure = areachart.areas(counts, outlines, coastline(), measure, style)
        go.Figure(figure)
        assert "<img" not in str(figure)
        assert len(figure["data"]) < 24
    hatched = [trace for trace in figure["data"] if trace.get("fillpattern")]
    assert bool(hatched) == (measure in ("ratio", "per_million"))


@pytest.mark.parametrize("button", ["map-csv", "map-tiles-csv", "map-weeks-csv"])
def test_every_panel_of_the_map_can_be_downloaded(ask: Ask, button: str) -> None:
    data = ask(f"{button}-file.data", {**GIVEN, f"{button}.n_clicks": 1})["response"][f"{button}-file"]["data"]
    assert len(data["content"].splitlines()) > 10
