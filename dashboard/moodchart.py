"""Shares of sentiment over time: a line each, with the band of its interval."""

from __future__ import annotations

from typing import Any

import pandas as pd

from dashboard import i18n
from dashboard.canvas import Canvas, Figure
from dashboard.charts import outlines, period_label, shade_gaps
from dashboard.frames import each
from dashboard.i18n import _, n_
from dashboard.look import Look
from dashboard.mood import written
from dashboard.names import SENTIMENT

_DASH = {"negative": "solid", "neutral": "dot", "positive": "dash"}
_SYMBOL = {"negative": "circle", "neutral": "square", "positive": "diamond"}


def mood(shares: pd.DataFrame, style: Look, *, unit: str, covered: pd.Series) -> Figure:
    """shares: as `mood.shares` gives them, one key; covered: aligned with its rows."""
    canvas = Canvas(
        style, hovermode="x unified", yaxis={"tickformat": ".0%", "range": [0, 1]}, showlegend=True, margin={"t": 28},
        xaxis={"type": "date"},
    )  # fmt: skip
    shade_gaps(canvas, shares["period"], covered, unit, style)
    for name in SENTIMENT:
        x, y = outlines(shares["period"], shares[f"{name}_low"], shares[f"{name}_high"])
        canvas.scatter(
            x=x, y=y, mode="lines", line={"width": 0}, fill="toself", fillcolor=_faint(style.sentiment[name]), hoverinfo="skip",
            showlegend=False, connectgaps=False,
        )  # fmt: skip
    for name, title in SENTIMENT.items():
        told = [_told(row, name, unit) for row in each(shares)]
        canvas.scatter(
            x=shares["period"], y=shares[name], name=_(title), mode="lines+markers" if len(shares) < 20 else "lines", connectgaps=False,
            line={"color": style.sentiment[name], "width": 2, "dash": _DASH[name]}, marker={"size": 6, "symbol": _SYMBOL[name]},
            customdata=told, hovertemplate="%{customdata}",
        )  # fmt: skip
    return canvas.figure()


def _told(row: Any, name: str, unit: str) -> str:
    """The share with its interval, the share as the models told it, and of how many posts."""
    posts = n_("{n} post", "{n} posts", int(row.posts))
    told = _("as told {share} of {posts}", share=i18n.percent(getattr(row, f"{name}_told")), posts=posts)
    days = "" if unit == "day" else f", {period_label(row.period, unit)}"
    return f"{written(row, name)}, {told}{days}"


def _faint(colour: str) -> str:
    """The colour of a line as that of its band."""
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.16)"
