"""What charts draw: gaps as gaps, signals as marks, names as text; every figure is one that plotly accepts."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.geo import coastline, tile_grid
from dashboard import charts, ledgerchart, mapcharts
from dashboard.canvas import Figure
from dashboard.exports import guard, to_csv
from dashboard.look import DARK, LIGHT, Look
from dashboard.measures import MEASURES, with_balance, with_ratio

DAYS = pd.Series(pd.date_range("2026-03-01", periods=14))
COVERED = pd.Series([1.0] * 4 + [0.0, 0.0] + [0.5] + [1.0] * 6 + [0.4])
POSTS = pd.Series([3, 4, 2, 0, 0, 0, 1, 5, 6, 4, 3, 40, 5, 2])


def _line(name: str = "Dengue", marks: pd.Series | None = None) -> charts.Series:
    return charts.Series("dengue", name, DAYS, charts.with_gaps(POSTS, COVERED), marks)


def _traces(figure: Figure, name: str) -> list[dict[str, Any]]:
    return [trace for trace in figure["data"] if trace.get("name") == name]


def _checked(figure: Figure) -> Figure:
    go.Figure(figure)  # raises ValueError for a property that plotly does not know
    return figure


def test_a_gap_is_a_hole_in_the_line_and_a_calm_day_is_a_zero() -> None:
    line = _traces(_checked(charts.lines([_line()], LIGHT)), "Dengue")[0]
    assert line["y"][3] == 0
    assert line["y"][4:6] == [None, None]
    assert line["connectgaps"] is False


def test_gaps_thin_days_and_the_unfinished_day_are_hatched_apart() -> None:
    figure = _checked(charts.lines([_line()], LIGHT, periods=DAYS, covered=COVERED, unfinished=DAYS.iloc[-1]))
    hatched = {trace["name"]: (len(trace["x"]), trace["marker"]["pattern"]["shape"]) for trace in figure["data"] if trace["type"] == "bar"}
    assert hatched == {"Nothing was collected": (2, "/"), "Partly collected": (1, "/"), "Not over yet": (1, "\\")}


def test_days_that_the_ledger_does_not_know_are_not_hatched() -> None:
    figure = charts.lines([_line()], LIGHT, periods=DAYS, covered=pd.Series([np.nan] * 14))
    assert not [trace for trace in figure["data"] if trace["type"] == "bar"]


def test_signals_are_marked_on_the_line() -> None:
    marks = pd.Timestamp("2026-03-12") == DAYS
    signal = _traces(charts.lines([_line(marks=marks)], LIGHT), "Signal")[0]
    assert (signal["x"], signal["y"]) == (["2026-03-12T00:00:00"], [40.0])


def test_the_band_breaks_where_nothing_can_be_expected() -> None:
    band = pd.DataFrame({"period": DAYS, "expected": 3.0, "upper": [6.0] * 5 + [np.nan] * 4 + [7.0] * 5})
    area = _checked(charts.lines([_line()], DARK, band=band))["data"][0]
    assert area["fill"] == "toself"
    assert area["x"].count(None) == 2


def test_a_high_band_does_not_press_the_line_flat() -> None:
    band = pd.DataFrame({"period": DAYS, "expected": 3.0, "upper": 10_000.0})
    assert charts.lines([_line()], LIGHT, band=band)["layout"]["yaxis"]["range"][1] < 100


@pytest.mark.parametrize("style", [LIGHT, DARK])
def test_several_lines_are_named_at_their_ends_and_in_a_legend_on_a_phone(style: Look) -> None:
    from dataclasses import replace

    many = [_line(name) for name in ("Dengue", "Measles")]
    wide, narrow = _checked(charts.lines(many, style)), _checked(charts.lines(many, replace(style, narrow=True)))
    assert [note["text"] for note in wide["layout"]["annotations"]] == ["Dengue", "Measles"]
    assert "annotations" not in narrow["layout"]
    assert narrow["layout"]["showlegend"]


def test_a_name_with_markup_is_drawn_as_text() -> None:
    figure = charts.lines([_line('<a href="javascript:1">x</a>'), _line("b")], LIGHT, periods=DAYS, covered=COVERED)
    assert "<a" not in str(figure)
    assert "&lt;a" in str(figure)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_names_at_the_ends_do_not_overlap_and_keep_their_order(heights: list[float]) -> None:
    placed = charts.spread([(height, index) for index, height in enumerate(heights)], 0.075)
    assert sorted(index for _, index in placed) == list(range(len(heights)))
    assert all(upper - lower >= 0.075 - 1e-9 for (lower, _), (upper, _) in pairwise(placed))
    assert placed[-1][0] <= 1.0 + 1e-9


def test_weeks_of_skdr_start_on_sunday() -> None:
    exposure = pd.DataFrame({"day": pd.date_range("2026-03-01", periods=14), "exposure": [1.0] * 7 + [0.5] * 7})
    weeks = pd.Series(pd.to_datetime(["2026-03-01", "2026-03-08"]))
    assert charts.period_exposure(weeks, exposure, "week", "skdr").tolist() == [1.0, 0.5]


def _places() -> pd.DataFrame:
    """Three provinces, as the page of the map counts them."""
    said = pd.DataFrame({"place_code": ["32", "31"], "observed": [90, 25], "expected": [45.0, 0.5]})
    return with_ratio(with_balance(_counted().merge(said, on="place_code", how="left")))


def _counted() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "place_code": ["32", "31", "91"],
            "name": ["Jawa Barat", "<b>DKI</b>", "Papua"],
            "lat": [-6.9, -6.2, -2.5],
            "lon": [107.6, 106.8, 140.7],
            "population": [50_000_000, 10_000_000, None],
            "posts": [100, 25, 0],
            "negative": [60, 0, 0],
            "positive": [20, 0, 0],
            "per_million": [2.0, 2.5, np.nan],
            "signals": [2, 0, 0],
        }
    )


@pytest.mark.parametrize("measure", list(MEASURES))
@pytest.mark.parametrize("style", [LIGHT, DARK])
def test_maps_are_made_of_lines_and_need_nothing_from_outside(measure: str, style: Look) -> None:
    figures = [
        _checked(mapcharts.bubbles(_places(), coastline(), measure, style)),
        _checked(mapcharts.tiles(_places(), tile_grid(), measure, style)),
    ]
    for figure in figures:
        assert {trace["type"] for trace in figure["data"]} <= {"scatter"}
        assert "geo" not in figure["layout"]
        assert "http" not in str(figure)


def test_the_map_keeps_its_proportions() -> None:
    layout = mapcharts.bubbles(_places(), coastline(), "posts", LIGHT)["layout"]
    assert (layout["yaxis"]["scaleanchor"], layout["yaxis"]["scaleratio"]) == ("x", 1)


def test_a_place_without_posts_has_no_bubble_but_a_grey_tile() -> None:
    bubbles = mapcharts.bubbles(_places(), coastline(), "posts", LIGHT)["data"][-1]
    assert bubbles["customdata"] == ["32", "31"]
    shapes = mapcharts.tiles(_places(), tile_grid(), "posts", LIGHT)["layout"]["shapes"]
    assert len(shapes) == 38
    assert sum(shape["fillcolor"] == LIGHT.grid for shape in shapes) == 36


@pytest.mark.parametrize(
    ("measure", "frame"), [("posts", LIGHT.signal), ("per_million", LIGHT.signal), ("ratio", LIGHT.ink), ("balance", LIGHT.ink)]
)
def test_a_frame_of_signals_is_seen_on_every_scale(measure: str, frame: str) -> None:
    """Scales of two sides end in the colour of signals, so a frame in it would be lost there."""
    shapes = mapcharts.tiles(_places(), tile_grid(), measure, LIGHT)["layout"]["shapes"]
    assert [shape["line"]["color"] for shape in shapes if shape["line"]["width"]] == [frame]
    assert mapcharts.bubbles(_places(), coastline(), measure, LIGHT)["data"][-1]["marker"]["line"]["color"] == [frame, LIGHT.paper]


def test_names_at_the_edges_of_the_map_are_turned_inwards() -> None:
    towns = _places().assign(posts=[100, 25, 9], lon=[95.3, 115.0, 140.9])
    assert mapcharts.bubbles(towns, coastline(), "posts", LIGHT)["data"][-1]["textposition"] == ["top right", "top center", "top left"]


def test_balance_is_between_all_negative_and_all_positive() -> None:
    assert _places()["balance"].tolist()[0] == pytest.approx(-0.5)
    assert _places()["balance"].isna().tolist() == [False, True, True]


def _ledger() -> pd.DataFrame:
    hours = pd.date_range("2026-03-14", periods=6, freq="h", tz="UTC")
    rows = [{"source": "a", "query": "q", "hour": hour, "status": "covered", "seconds": 3600, "posts": 2, "error": ""} for hour in hours]
    rows[3] |= {"status": "failed", "seconds": 0, "error": "timed out <img>"}
    rows.append({"source": "a", "query": "q2", "hour": hours[5], "status": "gap", "seconds": 0, "posts": 0, "error": ""})
    return pd.DataFrame(rows)


def test_hours_of_one_status_are_one_bar_and_the_worst_query_decides() -> None:
    found = ledgerchart.runs(_ledger())
    assert found[["status", "hours"]].values.tolist() == [["covered", 3], ["failed", 1], ["covered", 1], ["partly", 1]]
    assert found["share"].tolist() == pytest.approx([1.0, 0.0, 1.0, 0.5])


def test_the_ledger_is_drawn_with_a_pattern_for_each_trouble() -> None:
    span = (datetime(2026, 3, 14, tzinfo=UTC), datetime(2026, 3, 15, tzinfo=UTC))
    figure = _checked(ledgerchart.coverage(_ledger(), {"a": "A <b>"}, LIGHT, UTC, span))
    patterns = {trace["name"]: trace["marker"]["pattern"]["shape"] for trace in figure["data"]}
    assert len(set(patterns.values())) == 4
    assert figure["layout"]["yaxis"]["ticktext"] == ["A &lt;b&gt;"]
    assert "<img" not in str(figure)


def test_an_empty_ledger_is_an_empty_chart() -> None:
    span = (datetime(2026, 3, 14, tzinfo=UTC), datetime(2026, 3, 15, tzinfo=UTC))
    assert _checked(ledgerchart.coverage(_ledger().iloc[:0], {"a": "A"}, LIGHT, UTC, span))


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "\u00a0=cmd|' /C calc'!A0"])
def test_a_cell_that_a_spreadsheet_would_run_gets_an_apostrophe(text: str) -> None:
    assert guard(text) == "'" + text


@given(st.lists(st.one_of(st.none(), st.text(alphabet=" \u00a0\ufeff=+-@\t\r\na\u00e9", max_size=5)), max_size=8))
def test_a_column_of_texts_is_guarded_as_its_cells_are(texts: list[str | None]) -> None:
    column, cells = pd.Series(texts, dtype="str"), pd.Series(texts, dtype=object)
    assert to_csv(pd.DataFrame({"a": column})) == to_csv(pd.DataFrame({"a": cells}))


@given(
    st.lists(
        st.tuples(
            st.one_of(st.none(), st.text(alphabet='a"\n,;é', max_size=4)),
            st.one_of(st.none(), st.integers(-5, 10**12), st.floats(allow_infinity=False)),
            st.one_of(st.none(), st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1))),
        ),
        max_size=6,
    ),
    st.booleans(),
)
def test_cells_that_need_no_guard_are_written_as_pandas_writes_them(rows: list[tuple[Any, ...]], whole: bool) -> None:
    texts, numbers, moments = zip(*rows, strict=True) if rows else ((), (), ())
    times = pd.to_datetime(pd.Series(moments, dtype=object), utc=True).astype("datetime64[us, UTC]")
    frame = pd.DataFrame(
        {
            "text": pd.Series([text and "x" + text for text in texts], dtype="str"),
            "number": pd.Series(numbers, dtype="float64"),
            "whole": pd.Series([None if number is None else 7 for number in numbers], dtype="Int64"),
            "at": times.dt.floor("s") if whole else times,
            "day": times.dt.tz_localize(None).dt.floor("D"),
        }
    )
    assert to_csv(frame) == frame.to_csv(index=False, lineterminator="\r\n")


def test_csv_guards_texts_and_headings_and_leaves_numbers() -> None:
    written = to_csv(pd.DataFrame({"=A": ["=1+1", "plain"], "n": [-5, 2], "tags": [["=x", "y"], []]}))
    assert written.splitlines() == ["'=A,n,tags", "'=1+1,-5,'=x; y", "plain,2,"]
