"""Shares of sentiment of several topics, as one bar each, told apart by colour and pattern."""

from __future__ import annotations

from typing import Final

import pandas as pd

from dashboard import i18n
from dashboard.canvas import Canvas, Figure
from dashboard.charts import plain, short
from dashboard.frames import each
from dashboard.i18n import _
from dashboard.look import Look
from dashboard.mood import written
from dashboard.names import SENTIMENT

ROW: Final = 34
_PATTERN: Final = {"negative": "/", "neutral": "", "positive": "."}


def height(topics: int) -> int:
    return 76 + ROW * topics


def _inside(share: float, style: Look) -> str:
    """The share as it stands in its part of the bar, where there is room for it; the table below and the pointer tell every one."""
    return i18n.percent(share) if share >= (0.12 if style.narrow else 0.06) else ""


def bars(shares: pd.DataFrame, style: Look) -> Figure:
    """shares: as `mood.of_keys` gives them, with `name`; the first row at the top."""
    canvas = Canvas(style, barmode="stack", showlegend=True, hovermode="closest", bargap=0.35, margin={"t": 28})
    canvas.layout["legend"] = {**canvas.layout["legend"], "traceorder": "normal"}  # as the parts of a bar stand, from left to right
    names = [plain(short(name, 22 if style.narrow else 32)) for name in shares["name"]]
    for name, title in SENTIMENT.items():
        canvas.bar(
            orientation="h", x=shares[name], y=names, name=_(title), text=[_inside(share, style) for share in shares[name]],
            textposition="inside", insidetextanchor="middle", textangle=0, constraintext="none", textfont={"size": 11},
            marker={
                "color": style.sentiment[name], "line": {"width": 0},
                "pattern": {"shape": _PATTERN[name], "fgcolor": style.paper, "size": 6, "solidity": 0.12, "fillmode": "overlay"},
            },
            customdata=[written(row, name) for row in each(shares)], hovertemplate="%{y}: %{customdata}<extra>" + _(title) + "</extra>",
        )  # fmt: skip
    canvas.axis("xaxis", range=[0, 1], tickformat=".0%", showgrid=True)
    canvas.axis("yaxis", autorange="reversed", type="category", rangemode="normal", showgrid=False)
    return canvas.figure()
