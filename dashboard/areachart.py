"""The map with coloured areas (a choropleth), drawn as filled lines: plotly's own would fetch a base map from outside."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

import pandas as pd

from analytics.geo import Coastline
from analytics.geo.boundaries import Outline, Outlines
from dashboard import i18n
from dashboard.canvas import Canvas, Figure, listed
from dashboard.charts import plain, short
from dashboard.frames import each
from dashboard.look import Look
from dashboard.mapcharts import apart, frame_map, joined, land
from dashboard.measures import ends, hover, scale_mark, shade, short_value, value_of

BASE: Final = 2  #: traces below the areas: coastline and borders; the areas follow in the order of `drawn`
SINGLE: Final = 60  #: up to so many areas are a trace each; more are drawn together by colour, for a browser takes long over each trace
_STEPS: Final = 12  #: colours of areas that are drawn together


def drawn(outlines: Outlines, counts: pd.DataFrame) -> list[str]:
    """The codes of the areas in the order in which they are traces, so that a click on one can be told; none where they share traces."""
    codes = _known(outlines, counts)
    return codes if len(codes) <= SINGLE else []


def _known(outlines: Outlines, counts: pd.DataFrame) -> list[str]:
    known = set(counts["place_code"])
    return [code for code in outlines if code in known]


def areas(counts: pd.DataFrame, outlines: Outlines, coast: Coastline, measure: str, style: Look, peak: float | None = None) -> Figure:
    """Each place with a boundary filled by its measure, hatched where nothing can be said, grey without posts; places with signals get a
    diamond, the largest their name and value.

    counts: as for bubbles. peak: the largest value of all weeks.
    """
    canvas = Canvas(style, hovermode="closest", margin={"l": 0, "r": 0, "t": 0, "b": 0}, dragmode="pan", hoverdistance=24)
    land(canvas, coast, style)
    rows = {row.place_code: row for row in each(counts.rename(columns={"name": "name_"}))}
    codes = _known(outlines, counts)
    values = pd.Series({code: value_of(rows[code], measure) for code in codes}, dtype=float)
    span = ends(values, measure, peak)
    for members, paint in _groups(codes, rows, values, measure, span, style):
        _trace(canvas, [outlines[code] for code in members], paint, rows[members[0]] if len(codes) <= SINGLE else None, style)
    found = counts[counts["place_code"].isin(codes) & counts["lat"].notna()]
    if len(codes) > SINGLE:
        _points(canvas, found, {"size": 8, "opacity": 0, "color": style.ink})
    _points(canvas, found[found["signals"] > 0], {"symbol": "diamond", "size": 11, "color": style.signal,
                                                  "line": {"color": style.paper, "width": 1.5}})  # fmt: skip
    _labels(canvas, found, values, measure, (coast.box[0], coast.box[2]), style)
    canvas.scatter(**scale_mark(measure, span, style))
    frame_map(canvas, coast)
    return canvas.figure()


def _groups(
    codes: list[str], rows: dict[str, Any], values: pd.Series, measure: str, span: tuple[float, float], style: Look
) -> list[tuple[list[str], tuple[str, bool]]]:
    """Which areas make a trace, with their colour and whether they are hatched."""
    single = len(codes) <= SINGLE
    groups: dict[Any, tuple[list[str], tuple[str, bool]]] = {}
    for code in codes:
        value = values[code] if single else _stepped(values[code], span)
        paint = shade(value, *span, measure, style), i18n.is_missing(value) and bool(rows[code].posts)
        groups.setdefault(code if single else paint, ([], paint))[0].append(code)
    return list(groups.values())


def _stepped(value: float, span: tuple[float, float]) -> float:
    """The middle of the step of the scale in which a value lies."""
    if i18n.is_missing(value):
        return value
    wide = (span[1] - span[0]) / _STEPS
    return span[0] + wide * (min(_STEPS - 1, int((value - span[0]) / wide)) + 0.5)


def _trace(canvas: Canvas, members: list[Outline], paint: tuple[str, bool], row: Any, style: Look) -> None:
    """One or more areas of a colour; with `row`, that of the only one, its words stand beside the pointer."""
    x, y = ([value for one in members for value in line(one)[axis]] for axis in (0, 1))
    hatched = {"shape": "/", "fgcolor": style.hatch, "bgcolor": style.grid, "size": 5, "solidity": 0.2} if paint[1] else None
    told: dict[str, Any] = {"hoverinfo": "skip"}
    if row is not None:
        told = {"hoveron": "fills", "text": hover(row), "hoverinfo": "text", "name": plain(row.name_)}
    canvas.scatter(
        x=x, y=y, mode="lines", fill="toself", fillcolor=paint[0], fillpattern=hatched, line={"color": style.paper, "width": 0.6},
        showlegend=False, **told,
    )  # fmt: skip


@lru_cache(maxsize=2_000)
def line(outline: Outline) -> tuple[list[float | None], list[float | None]]:
    """The rings of an area one after the other, as x and y with a hole between each two."""
    x, y = joined([ring for polygon in outline.polygons for ring in polygon])
    return listed(x), listed(y)


def _points(canvas: Canvas, found: pd.DataFrame, marker: dict[str, Any]) -> None:
    """A mark on each place, which tells about it and opens it."""
    if not found.empty:
        canvas.scatter(
            x=found["lon"], y=found["lat"], mode="markers", showlegend=False, customdata=found["place_code"], marker=marker,
            hovertext=[hover(row) for row in each(found.rename(columns={"name": "name_"}))], hovertemplate="%{hovertext}<extra></extra>",
        )  # fmt: skip


def _labels(canvas: Canvas, found: pd.DataFrame, values: pd.Series, measure: str, sides: tuple[float, float], style: Look) -> None:
    """The names of the foremost places with their values."""
    foremost = values.abs() if measure == "balance" else values
    ordered = found.loc[found["place_code"].map(foremost).sort_values(ascending=False, na_position="last").index]
    ordered = ordered[ordered["place_code"].map(values).notna() & (ordered["posts"] > 0)]
    named = apart(ordered, style, (6.5, 1.6))
    for row in each(ordered[ordered.index.isin(named)].rename(columns={"name": "name_"})):
        canvas.annotation(
            x=row.lon, y=row.lat, text=f"{plain(short(row.name_, 18))} {short_value(row, measure)}", showarrow=False, yshift=14,
            font={"size": 12, "color": style.ink}, bgcolor=style.paper, opacity=0.88, borderpad=2,
            xanchor="left" if row.lon < sides[0] + 6 else "right" if row.lon > sides[1] - 6 else "center",
        )  # fmt: skip
