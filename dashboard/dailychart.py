"""Posts a day of each source, one row each, with the band of what is usual for it; suspiciously quiet days are marked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import pandas as pd

from dashboard import i18n
from dashboard.canvas import Canvas, Figure
from dashboard.charts import GAP, plain, short
from dashboard.frames import each
from dashboard.i18n import _, n_
from dashboard.look import Look

ROW: Final = 92  #: pixels of a source
_HEAD: Final = 0.3  #: share of a row that its name takes


def height(sources: int) -> int:
    """Pixels of the chart."""
    return 32 + ROW * max(1, sources)


def days(table: pd.DataFrame, titles: Mapping[str, str], style: Look, today: pd.Timestamp) -> Figure:
    """Line, band and marks of each source in the order of `titles`.

    table: source, day, posts, exposure, median, low, high, suspicious (`Catalog.source_days`). today: the day that is not over, drawn open.
    """
    canvas = Canvas(style, hovermode="closest", margin={"t": 4, "l": 8, "b": 8}, bargap=0)
    for number, (code, title) in enumerate(titles.items()):
        axis = "y" if number == 0 else f"y{number + 1}"
        bottom, top = 1 - (number + 1) / len(titles), 1 - (number + _HEAD) / len(titles)
        canvas.axis(f"yaxis{axis[1:]}", domain=[max(0.0, bottom), top], rangemode="tozero", nticks=3, fixedrange=True, gridcolor=style.grid,
                    zeroline=False, automargin=True, tickfont={"size": 12, "color": style.quiet})  # fmt: skip
        canvas.annotation(text=plain(short(title, 40)), x=0, xref="paper", xanchor="left", y=top, yref="paper", yanchor="bottom",
                          showarrow=False, font={"size": 12, "color": style.ink})  # fmt: skip
        part = table[table["source"] == code]
        if not part.empty:
            _row(canvas, part, axis, style, today)
    last = "y" if len(titles) < 2 else f"y{len(titles)}"
    canvas.axis("xaxis", type="date", anchor=last, showgrid=False)
    return canvas.figure()


def _row(canvas: Canvas, part: pd.DataFrame, axis: str, style: Look, today: pd.Timestamp) -> None:
    gone = part["exposure"] < GAP
    gaps = part[gone]
    top = float(max(part["posts"].max(), part["high"].fillna(0).max(), 1))
    shared: dict[str, Any] = {"yaxis": axis, "showlegend": False}
    if not gaps.empty:
        canvas.bar(
            x=gaps["day"], y=[top] * len(gaps), name=_("Nothing was collected"), hovertemplate="%{x}<extra>%{fullData.name}</extra>",
            marker={"color": "rgba(0,0,0,0)", "line": {"width": 0}, "pattern": {"shape": "/", "fgcolor": style.hatch, "size": 5,
                    "solidity": 0.2}}, **shared,
        )  # fmt: skip
    canvas.scatter(x=part["day"], y=part["low"], mode="lines", line={"width": 0}, hoverinfo="skip", connectgaps=False, **shared)
    canvas.scatter(x=part["day"], y=part["high"], mode="lines", line={"width": 0}, fill="tonexty", fillcolor=style.band, hoverinfo="skip",
                   connectgaps=False, name=_("Usual"), **shared)  # fmt: skip
    over = part["day"] < today
    canvas.scatter(
        x=part["day"], y=part["posts"].astype(float).where(~gone & over), mode="lines", line={"color": style.series[0], "width": 1.6},
        customdata=[_told(row) for row in each(part)], hovertemplate="%{customdata}<extra></extra>", connectgaps=False, **shared,
    )  # fmt: skip
    for rows, symbol, colour in ((part[~over], "circle-open", style.series[0]), (part[part["suspicious"]], "triangle-down", style.signal)):
        if not rows.empty:
            canvas.scatter(
                x=rows["day"], y=rows["posts"], mode="markers", marker={"symbol": symbol, "size": 9, "color": colour},
                cliponaxis=False,
                customdata=[_told(row, today) for row in each(rows)], hovertemplate="%{customdata}<extra></extra>", **shared,
            )  # fmt: skip


def _told(row: Any, today: pd.Timestamp | None = None) -> str:
    lines = [f"<b>{i18n.day(row.day.date(), 'EEE d MMM y')}</b>", n_("{n} post", "{n} posts", int(row.posts))]
    if not i18n.is_missing(row.low):
        lines.append(_("usual: {low} to {high}", low=i18n.number(round(row.low)), high=i18n.number(round(row.high))))
    if row.suspicious:
        lines.append(_("suspiciously few"))
    if today is not None and row.day >= today:
        lines.append(_("not over yet"))
    return "<br>".join(lines)
