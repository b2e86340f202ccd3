"""Share of voice: how the posts of a period fall to the lines that were chosen, stacked to 100 %."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from dashboard import i18n
from dashboard.canvas import Canvas, Figure
from dashboard.charts import Series, period_label, plain, shade_gaps
from dashboard.i18n import _
from dashboard.look import Look

#: Besides the colour: a pattern for each place in the stack.
PATTERNS: Final = ("", "/", ".", "x", "\\", "-", "|", "+")


def shares(values: pd.DataFrame) -> pd.DataFrame:
    """values: periods by lines, posts or averages of them, NaN where nothing was collected. Parts of 1; NaN where there is nothing to
    divide."""
    total = values.sum(axis=1, min_count=1)
    return values.div(total.where(total > 0), axis=0)


def stacked(series: Sequence[Series], style: Look, *, unit: str, covered: pd.Series, unfinished: pd.Timestamp | None) -> Figure:
    """The largest line at the bottom; `series` are counts, `covered` is aligned with their periods. A gap is a hatched hole."""
    canvas = Canvas(style, hovermode="x unified", yaxis={"tickformat": ".0%", "range": [0, 1]}, showlegend=True, margin={"t": 28},
                    barmode="stack", bargap=0.06, xaxis={"type": "date"})  # fmt: skip
    if not series:
        return canvas.figure()
    periods = series[0].periods
    parts = shares(pd.DataFrame({one.key: one.values.to_numpy() for one in series}))
    for index, one in enumerate(series):
        own = parts[one.key]
        told = [_told(share, posts, period, unit, unfinished) for share, posts, period in zip(own, one.values, periods, strict=True)]
        canvas.bar(
            x=_middle(periods, unit), y=own, name=plain(one.name), customdata=told, hovertemplate="%{customdata}",
            marker={
                "color": style.series[index % len(style.series)], "line": {"width": 0},
                "pattern": {"shape": PATTERNS[index % len(PATTERNS)], "fgcolor": style.paper, "size": 7, "solidity": 0.2,
                            "fillmode": "overlay"},
                "opacity": [0.45 if period == unfinished else 1.0 for period in periods],
            },
        )  # fmt: skip
    shade_gaps(canvas, periods, covered, unit, style)
    canvas.axis("xaxis", hoverformat="%a, %-d %b %Y" if unit == "day" else "%-d %b %Y")
    return canvas.figure()


def _middle(periods: pd.Series, unit: str) -> pd.Series:
    """A bar stands over its whole period: its middle day."""
    if unit == "month":
        return periods + pd.to_timedelta((periods.dt.days_in_month - 1) // 2, unit="D")
    return periods + pd.Timedelta(days=3 if unit == "week" else 0)


def _told(share: Any, posts: Any, period: pd.Timestamp, unit: str, unfinished: pd.Timestamp | None) -> str:
    if np.isnan(share):
        return "–"
    days = "" if unit == "day" else f", {period_label(period, unit)}"
    still = " · " + _("not over yet") if period == unfinished else ""
    return f"{i18n.percent(share, 1)} ({i18n.compact(posts)}){days}{still}"
