"""The two maps and the coverage ledger as figures. Coastlines are plain lines on two axes of equal scale: no base map is fetched."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import numpy as np
import pandas as pd
from plotly.colors import sample_colorscale

from analytics.geo import Coastline, Tile
from dashboard import i18n
from dashboard.canvas import Canvas, Figure
from dashboard.charts import plain, short
from dashboard.frames import each
from dashboard.i18n import N_, _, n_
from dashboard.look import CIVIDIS, DIVERGING, Look

MEASURES: Final = {"posts": N_("Posts"), "per_million": N_("Per million people"), "balance": N_("Sentiment")}
STATUS: Final = {
    "covered": N_("Collected"),
    "partly": N_("Partly collected"),
    "failed": N_("Failed"),
    "gap": N_("Nothing was collected"),
}
_PATTERN: Final = {"covered": "", "partly": "/", "failed": "x", "gap": "."}
_NAMED: Final = 6  #: bubbles that are named on the map
_LARGEST: Final = 44  #: diameter of the largest bubble in pixels


def with_balance(counts: pd.DataFrame) -> pd.DataFrame:
    """Adds `balance`, from -1 (all negative) to 1 (all positive): (positive - negative) / (positive + negative); missing without either."""
    said = counts["positive"] + counts["negative"]
    return counts.assign(balance=((counts["positive"] - counts["negative"]) / said.where(said > 0)).astype(float))


def hover(row: Any) -> str:
    """What stands beside the pointer for one place."""
    lines = [f"<b>{plain(row.name_)}</b>", n_("{n} post", "{n} posts", int(row.posts))]
    if not i18n.is_missing(row.per_million):
        lines.append(_("{rate} per million people", rate=i18n.compact(row.per_million)))
    if not i18n.is_missing(row.balance):
        lines.append(_("sentiment {balance}", balance=i18n.number(row.balance, 2)))
    if row.signals:
        lines.append(n_("{n} signal", "{n} signals", int(row.signals)))
    return "<br>".join(lines)


def colours(measure: str, style: Look) -> list[list[Any]]:
    """The colour scale of a measure: cividis from little to much against the paper, or vermillion to blue around neutral."""
    if measure == "balance":
        return DIVERGING
    return (
        CIVIDIS if style.name == "dark" else [[at, colour] for (at, _dark), (_at, colour) in zip(CIVIDIS, reversed(CIVIDIS), strict=True)]
    )


def span(values: pd.Series, measure: str) -> tuple[float, float]:
    """The values at the ends of the colour scale."""
    if measure == "balance":
        return -1.0, 1.0
    return 0.0, float(values.max()) if values.notna().any() and values.max() > 0 else 1.0


def colour_bar(measure: str, style: Look) -> dict[str, Any]:
    ticks = {"tickformat": ".1f"} if measure == "balance" else {"nticks": 4, "tickformat": ",.3~g" if measure == "per_million" else ",d"}
    return {
        "orientation": "h", "x": 0, "xanchor": "left", "y": 0, "yanchor": "bottom", "len": 0.24, "thickness": 8, "outlinewidth": 0,
        "title": {"text": _(MEASURES[measure]), "side": "top", "font": {"size": 12, "color": style.quiet}},
        "tickfont": {"size": 12, "color": style.quiet}, **ticks,
    }  # fmt: skip


def bubbles(counts: pd.DataFrame, coast: Coastline, measure: str, style: Look) -> Figure:
    """A bubble for each place with posts, its area for the count (or the rate), its colour for the measure; ringed where signals are open.

    counts: place_code, name, lat, lon, posts, per_million, negative, positive, signals.
    """
    canvas = Canvas(style, hovermode="closest", margin={"l": 0, "r": 0, "t": 0, "b": 0}, dragmode="pan")
    _land(canvas, coast, style)
    found = with_balance(counts)
    found = found[(found["posts"] > 0) & found["lat"].notna()].sort_values("posts", ascending=False)
    if not found.empty:
        _bubble_trace(canvas, found, measure, style)
    west, south, east, north = coast.box
    hidden = {"visible": False, "showgrid": False}
    canvas.axis("xaxis", range=[west, east], constrain="domain", **hidden)
    canvas.axis("yaxis", range=[south, north], scaleanchor="x", scaleratio=1, constrain="domain", rangemode="normal", **hidden)
    return canvas.figure()


def _land(canvas: Canvas, coast: Coastline, style: Look) -> None:
    quiet: dict[str, Any] = {"mode": "lines", "hoverinfo": "skip", "showlegend": False}
    x, y = _joined(coast.rings)
    fill = "rgba(120,135,148,0.10)" if style.name == "light" else "rgba(150,165,178,0.10)"
    canvas.scatter(x=x, y=y, line={"color": style.land, "width": 0.8}, fill="toself", fillcolor=fill, **quiet)
    x, y = _joined(coast.borders)
    canvas.scatter(x=x, y=y, line={"color": style.land, "width": 0.6, "dash": "dot"}, **quiet)


def _joined(lines: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Many lines as one, with a hole between each two."""
    if not lines:
        return np.empty(0), np.empty(0)
    hole = np.full((1, 2), np.nan)
    points = np.concatenate([part for line in lines for part in (line, hole)])
    return points[:, 0].round(3), points[:, 1].round(3)


def _bubble_trace(canvas: Canvas, found: pd.DataFrame, measure: str, style: Look) -> None:
    amount = found["per_million" if measure == "per_million" else "posts"].fillna(0)
    ring = np.where(found["signals"] > 0, style.signal, style.paper)
    paint: dict[str, Any] = {"color": style.series[0], "opacity": 0.7}
    if measure == "balance":
        least, most = span(found[measure], measure)
        paint = {"color": found[measure].fillna(0), "colorscale": colours(measure, style), "cmin": least, "cmax": most, "opacity": 0.9,
                 "showscale": True, "colorbar": colour_bar(measure, style)}  # fmt: skip
    named = apart(found.loc[amount.sort_values(ascending=False).index])
    canvas.scatter(
        x=found["lon"],
        y=found["lat"],
        mode="markers+text",
        showlegend=False,
        customdata=found["place_code"],
        marker={
            "size": amount, "sizemode": "area", "sizeref": 2 * max(float(amount.max()), 1e-9) / _LARGEST**2, "sizemin": 4,
            "line": {"color": ring, "width": np.where(found["signals"] > 0, 2.5, 1)}, **paint,
        },
        text=[plain(short(name, 18)) if index in named else "" for index, name in found["name"].items()],
        textposition="top center",
        textfont={"size": 12, "color": style.ink},
        hovertext=[hover(row) for row in each(found.rename(columns={"name": "name_"}))],
        hovertemplate="%{hovertext}<extra></extra>",
    )  # fmt: skip


def apart(ordered: pd.DataFrame) -> set[Any]:
    """The index of the first places, in this order, whose names fit on the map without lying on one another."""
    kept: list[Any] = []
    for row in each(ordered.head(3 * _NAMED)):
        if all(abs(row.lon - other.lon) > 4.5 or abs(row.lat - other.lat) > 1.2 for other in kept) and len(kept) < _NAMED:
            kept.append(row)
    return {row.Index for row in kept}


def tiles(counts: pd.DataFrame, grid: Sequence[Tile], measure: str, style: Look) -> Figure:
    """The 38 provinces as equal tiles, so that a small province weighs as much as a large one. A tile with a signal has a frame; one
    without posts is grey."""
    canvas = Canvas(style, hovermode="closest", margin={"l": 0, "r": 0, "t": 0, "b": 0})
    known = {row.place_code: row for row in each(with_balance(counts).rename(columns={"name": "name_"}))}
    values = pd.Series({tile.place_code: _value(known.get(tile.place_code), measure) for tile in grid}, dtype=float)
    least, most = span(values, measure)
    shades = [_shade(values[tile.place_code], least, most, measure, style) for tile in grid]
    for tile, shade in zip(grid, shades, strict=True):
        _draw_tile(canvas, tile, shade, known.get(tile.place_code), style)
    canvas.scatter(
        x=[tile.column for tile in grid], y=[tile.row for tile in grid], mode="text", text=[tile.label for tile in grid],
        textfont={"size": 12, "color": [_ink_on(shade) for shade in shades]}, customdata=[tile.place_code for tile in grid],
        hovertext=[hover(known[tile.place_code]) if tile.place_code in known else tile.label for tile in grid],
        hovertemplate="%{hovertext}<extra></extra>", showlegend=False, cliponaxis=False,
    )  # fmt: skip
    _scale_of_tiles(canvas, measure, (least, most), style)
    edge = {"visible": False, "fixedrange": True, "constrain": "domain"}
    canvas.axis("xaxis", range=[-0.6, max(tile.column for tile in grid) + 0.6], **edge)
    canvas.axis("yaxis", range=[max(tile.row for tile in grid) + 0.6, -0.6], rangemode="normal", scaleanchor="x", scaleratio=0.72, **edge)
    return canvas.figure()


def _value(row: Any, measure: str) -> float:
    return float("nan") if row is None or not row.posts or i18n.is_missing(getattr(row, measure)) else float(getattr(row, measure))


def _shade(value: float, least: float, most: float, measure: str, style: Look) -> str:
    if i18n.is_missing(value):
        return style.grid
    rgb = sample_colorscale(colours(measure, style), [min(1.0, max(0.0, (value - least) / (most - least)))], colortype="tuple")[0]
    return "#" + "".join(f"{round(part * 255):02x}" for part in rgb)


def _ink_on(shade: str) -> str:
    """Black or white, whichever has the higher contrast (WCAG 2 relative luminance)."""
    parts = [int(shade[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "#000000" if (luminance + 0.05) ** 2 > 0.0525 else "#ffffff"


def _draw_tile(canvas: Canvas, tile: Tile, shade: str, row: Any, style: Look) -> None:
    raised = row is not None and row.signals > 0
    canvas.shape(
        type="rect", x0=tile.column - 0.46, x1=tile.column + 0.46, y0=tile.row - 0.45, y1=tile.row + 0.45, layer="below", fillcolor=shade,
        line={"color": style.signal if raised else shade, "width": 3 if raised else 0},
    )  # fmt: skip


def _scale_of_tiles(canvas: Canvas, measure: str, ends: tuple[float, float], style: Look) -> None:
    """A marker that nobody sees carries the colour scale."""
    canvas.scatter(
        x=[None], y=[None], mode="markers", showlegend=False, hoverinfo="skip",
        marker={"color": [ends[0]], "cmin": ends[0], "cmax": ends[1], "colorscale": colours(measure, style), "showscale": True,
                "colorbar": colour_bar(measure, style)},
    )  # fmt: skip


def runs(ledger: pd.DataFrame) -> pd.DataFrame:
    """Hours of the same status put together: source, status, start, hours, share covered, posts, error.

    ledger: source, query, hour, status, seconds, posts, error; the queries of a source make one row by their worst status.
    """
    if ledger.empty:
        return pd.DataFrame(columns=["source", "status", "start", "hours", "share", "posts", "error"])
    rank = {"failed": 0, "gap": 1, "partly": 2, "covered": 3}
    hours = ledger.assign(rank=ledger["status"].map(rank)).groupby(["source", "hour"], as_index=False).agg(
        worst=("rank", "min"), best=("rank", "max"), seconds=("seconds", "mean"), posts=("posts", "sum"), error=("error", "max")
    )  # fmt: skip
    mixed = (hours["worst"] != hours["best"]) & (hours["worst"] > 0)
    hours["status"] = hours["worst"].map({value: key for key, value in rank.items()}).mask(mixed, "partly")
    hours = hours.sort_values(["source", "hour"])
    new = (hours["source"] != hours["source"].shift()) | (hours["status"] != hours["status"].shift())
    new |= (hours["error"] != hours["error"].shift()) | (hours["hour"].diff() != pd.Timedelta(hours=1))
    return hours.assign(run=new.cumsum()).groupby("run", as_index=False).agg(
        source=("source", "first"), status=("status", "first"), start=("hour", "first"), hours=("hour", "size"),
        share=("seconds", lambda seconds: seconds.mean() / 3600), posts=("posts", "sum"), error=("error", "first"),
    ).drop(columns="run")  # fmt: skip


def coverage(ledger: pd.DataFrame, titles: dict[str, str], style: Look, zone: Any, span: tuple[datetime, datetime]) -> Figure:
    """What was collected hour by hour: one bar a source, coloured and patterned by status. Hours without an entry stay empty.

    span: the first and the last moment of the axis (UTC), which is drawn in `zone`.
    """
    canvas = Canvas(style, barmode="overlay", bargap=0.35, hovermode="closest", margin={"t": 8, "l": 8})
    found = runs(ledger)
    for status, title in STATUS.items():
        part = found[found["status"] == status]
        start = part["start"].dt.tz_convert(zone).dt.tz_localize(None) if not part.empty else part["start"]
        canvas.bar(
            orientation="h", base=start, x=part["hours"] * 3_600_000, y=part["source"],
            name=_(title), showlegend=False,
            marker={"color": style.coverage[status], "line": {"width": 0},
                    "pattern": {"shape": _PATTERN[status], "fgcolor": style.paper, "size": 6, "solidity": 0.3}},
            customdata=[_run_hover(row, title) for row in each(part)], hovertemplate="%{customdata}<extra></extra>",
        )  # fmt: skip
    ends = [moment.astimezone(zone).replace(tzinfo=None).isoformat() for moment in span]
    canvas.axis("xaxis", type="date", showgrid=True, side="top", range=ends)
    codes = list(reversed(titles))
    canvas.axis("yaxis", type="category", categoryorder="array", categoryarray=codes, tickvals=codes, range=[-0.5, len(codes) - 0.5],
                        ticktext=[plain(short(titles[code], 24)) for code in codes], rangemode="normal",
                tickfont={"color": style.ink, "size": 12}, fixedrange=True, showgrid=False)  # fmt: skip
    return canvas.figure()


def _run_hover(row: Any, title: str) -> str:
    end = row.start + pd.Timedelta(hours=row.hours)
    lines = [f"<b>{_(title)}</b>", f"{i18n.moment(row.start.to_pydatetime())} – {i18n.moment(end.to_pydatetime(), 'short')}"]
    lines.append(_("{share} of the time, {posts}", share=i18n.percent(row.share), posts=n_("{n} post", "{n} posts", int(row.posts))))
    return "<br>".join([*lines, *([plain(row.error[:160])] if row.error else [])])
