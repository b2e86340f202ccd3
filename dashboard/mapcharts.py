"""Bubbles on the coastline and provinces as tiles. Coastlines are plain lines on two axes of equal scale: no base map is fetched."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

import numpy as np
import pandas as pd

from analytics.geo import Coastline, Tile
from dashboard.canvas import Canvas, Figure
from dashboard.charts import plain, short
from dashboard.frames import each
from dashboard.look import Look
from dashboard.measures import ends, hover, ink_on, scale_mark, shade, value_of

_NAMED: Final = 6  #: places that are named on the map
_LARGEST: Final = 44  #: diameter of the largest bubble in pixels
_EDGE: Final = 2.5  #: degrees from the edge within which a name would be cut off
_PHONE: Final = 0.4  #: a phone shows the same degrees on so much of the width


def bubbles(counts: pd.DataFrame, coast: Coastline, measure: str, style: Look, peak: float | None = None) -> Figure:
    """A bubble for each place with posts, its area for the count (or the rate), its colour for the measure; ringed where signals are.

    counts: place_code, name, lat, lon, posts, per_million, expected, ratio, balance, signals. peak: the largest amount of all weeks.
    """
    canvas = Canvas(style, hovermode="closest", margin={"l": 0, "r": 0, "t": 0, "b": 0}, dragmode="pan")
    land(canvas, coast, style)
    found = counts[(counts["posts"] > 0) & counts["lat"].notna()].sort_values("posts", ascending=False)
    if not found.empty:
        _bubble_trace(canvas, found, coast, measure, style, peak)
    frame_map(canvas, coast)
    return canvas.figure()


def frame_map(canvas: Canvas, coast: Coastline) -> None:
    """Two axes of equal scale, without lines or numbers."""
    west, south, east, north = coast.box
    hidden = {"visible": False, "showgrid": False}
    canvas.axis("xaxis", range=[west, east], constrain="domain", **hidden)
    canvas.axis("yaxis", range=[south, north], scaleanchor="x", scaleratio=1, constrain="domain", rangemode="normal", **hidden)


def land(canvas: Canvas, coast: Coastline, style: Look) -> None:
    """Coastline and borders: two traces."""
    quiet: dict[str, Any] = {"mode": "lines", "hoverinfo": "skip", "showlegend": False}
    (x, y), (across, along) = _shore(coast)
    fill = "rgba(120,135,148,0.10)" if style.name == "light" else "rgba(150,165,178,0.10)"
    canvas.scatter(x=x, y=y, line={"color": style.land, "width": 0.8}, fill="toself", fillcolor=fill, **quiet)
    canvas.scatter(x=across, y=along, line={"color": style.land, "width": 0.6, "dash": "dot"}, **quiet)


@lru_cache(maxsize=4)
def _shore(coast: Coastline) -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """Coastline and borders, each as one line; they are the same on every map."""
    return joined(coast.rings), joined(coast.borders)


def joined(lines: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Many lines as one, with a hole between each two."""
    if not lines:
        return np.empty(0), np.empty(0)
    hole = np.full((1, 2), np.nan)
    points = np.concatenate([part for line in lines for part in (line, hole)])
    return points[:, 0].round(3), points[:, 1].round(3)


def _bubble_trace(canvas: Canvas, found: pd.DataFrame, coast: Coastline, measure: str, style: Look, peak: float | None) -> None:
    amount = found["per_million" if measure == "per_million" else "posts"].fillna(0)
    ring = np.where(found["signals"] > 0, _raised(measure, style), style.paper)
    paint: dict[str, Any] = {"color": style.series[0], "opacity": 0.7}
    if measure in ("balance", "ratio"):
        values = pd.Series([value_of(row, measure) for row in each(found)])
        least, most = ends(values, measure)
        known = [shade(value, least, most, measure, style) for value in values]
        paint = {"color": known, "opacity": 0.9}
        canvas.scatter(**scale_mark(measure, (least, most), style))
    named = apart(found.loc[amount.sort_values(ascending=False).index], style)
    largest = _LARGEST * (1.5 * _PHONE if style.narrow else 1)
    canvas.scatter(
        x=found["lon"],
        y=found["lat"],
        mode="markers+text",
        showlegend=False,
        customdata=found["place_code"],
        marker={
            "size": amount, "sizemode": "area", "sizeref": 2 * max(float(amount.max()), peak or 0.0, 1e-9) / largest**2, "sizemin": 4,
            "line": {"color": ring, "width": np.where(found["signals"] > 0, 2.5, 1)}, **paint,
        },
        text=[plain(short(name, 18)) if index in named else "" for index, name in found["name"].items()],
        textposition=_beside(found["lon"], coast, style),
        textfont={"size": 12, "color": style.ink},
        hovertext=[hover(row) for row in each(found.rename(columns={"name": "name_"}))],
        hovertemplate="%{hovertext}<extra></extra>",
    )  # fmt: skip


def _beside(lon: pd.Series, coast: Coastline, style: Look) -> list[str]:
    """Where the name of a place stands: above it, but turned inwards at the edges of the map."""
    edge = _EDGE / (_PHONE if style.narrow else 1)
    west, _south, east, _north = coast.box
    return ["top right" if at < west + edge else "top left" if at > east - edge else "top center" for at in lon.tolist()]


def apart(ordered: pd.DataFrame, style: Look, step: tuple[float, float] = (4.5, 1.2)) -> set[Any]:
    """The index of the first places, in this order, whose names fit on the map without lying on one another. step: degrees of a name."""
    kept: list[Any] = []
    wide, tall = (part / _PHONE if style.narrow else part for part in step)
    most = _NAMED // 2 if style.narrow else _NAMED
    for row in each(ordered.head(3 * most)):
        if all(abs(row.lon - other.lon) > wide or abs(row.lat - other.lat) > tall for other in kept) and len(kept) < most:
            kept.append(row)
    return {row.Index for row in kept}


def tiles(counts: pd.DataFrame, grid: Sequence[Tile], measure: str, style: Look, peak: float | None = None) -> Figure:
    """The 38 provinces as equal tiles, so that a small province weighs as much as a large one. A tile with a signal has a frame; one
    without a value is grey."""
    canvas = Canvas(style, hovermode="closest", margin={"l": 0, "r": 0, "t": 0, "b": 0})
    known = {row.place_code: row for row in each(counts.rename(columns={"name": "name_"}))}
    values = pd.Series({tile.place_code: value_of(known.get(tile.place_code), measure) for tile in grid}, dtype=float)
    least, most = ends(values, measure, peak)
    shades = [shade(values[tile.place_code], least, most, measure, style) for tile in grid]
    for tile, colour in zip(grid, shades, strict=True):
        _draw_tile(canvas, tile, colour, known.get(tile.place_code), _raised(measure, style))
    canvas.scatter(
        x=[tile.column for tile in grid], y=[tile.row for tile in grid], mode="text", text=[tile.label for tile in grid],
        textfont={"size": 12, "color": [ink_on(colour) for colour in shades]}, customdata=[tile.place_code for tile in grid],
        hovertext=[hover(known[tile.place_code]) if tile.place_code in known else tile.label for tile in grid],
        hovertemplate="%{hovertext}<extra></extra>", showlegend=False, cliponaxis=False,
    )  # fmt: skip
    canvas.scatter(**scale_mark(measure, (least, most), style))
    edge = {"visible": False, "fixedrange": True, "constrain": "domain"}
    canvas.axis("xaxis", range=[-0.6, max(tile.column for tile in grid) + 0.6], **edge)
    below = 2.2 if style.narrow else 0.6  # on a phone no sea is left for the colour scale
    canvas.axis("yaxis", range=[max(tile.row for tile in grid) + below, -0.6], rangemode="normal", scaleanchor="x", scaleratio=0.72, **edge)
    return canvas.figure()


def _raised(measure: str, style: Look) -> str:
    """The colour of the ring or frame of a place with signals: that of signals, but for scales that end in it."""
    return style.ink if measure in ("balance", "ratio") else style.signal


def _draw_tile(canvas: Canvas, tile: Tile, colour: str, row: Any, frame: str) -> None:
    raised = row is not None and row.signals > 0
    canvas.shape(
        type="rect", x0=tile.column - 0.46, x1=tile.column + 0.46, y0=tile.row - 0.45, y1=tile.row + 0.45, layer="below", fillcolor=colour,
        line={"color": frame if raised else colour, "width": 3 if raised else 0},
    )  # fmt: skip
