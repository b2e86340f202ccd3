"""Official counts over a chart of posts, on an axis of their own; and the correlation of the two by lag."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from analytics.official import Comparison
from dashboard import i18n
from dashboard.canvas import Canvas, Figure, listed
from dashboard.charts import plain
from dashboard.i18n import _
from dashboard.look import Look


def axis_title(period_days: int, unit: str) -> str:
    """What the right axis counts: cases of a day, a week or a month."""
    if period_days == 7 or unit == "week":
        return _("Official cases a week")
    return _("Official cases a month") if unit == "month" else _("Official cases a day")


def over(figure: Figure, steps: pd.DataFrame, name: str, title: str, style: Look, *, stepped: bool) -> Figure:
    """The figure with the counts (period, cases, label) as a dashed line in the colour of the text, read on the right axis.

    Names at the ends of the lines would stand on that axis, so a legend takes their place. stepped: a period is a level, not a point.
    """
    written = [i18n.number(cases) for cases in steps["cases"]]
    trace: dict[str, Any] = {
        "type": "scatter", "x": steps["period"], "y": steps["cases"], "name": plain(name), "yaxis": "y3", "mode": "lines",
        "line": {"color": style.ink, "width": 1.6, "dash": "dash", "shape": "hv" if stepped else "linear"}, "connectgaps": False,
        "customdata": np.column_stack([written, steps["label"]]) if len(steps) else None,
        "hovertemplate": "%{customdata[0]} (%{customdata[1]})", "showlegend": True,
    }  # fmt: skip
    if not stepped:
        trace |= {"mode": "lines+markers", "marker": {"symbol": "square", "size": 5, "color": style.ink}}
    figure["data"].append({key: listed(value) for key, value in trace.items() if value is not None})
    layout = figure["layout"]
    layout.pop("annotations", None)
    highest = steps["cases"].max()
    top = 1.08 * float(highest) if highest > 0 else 1.0
    axis = {
        **layout["yaxis"],
        "overlaying": "y",
        "side": "right",
        "showgrid": False,
        "range": [0, top],
        "tickformat": "",
        "tickmode": "auto",
    }
    layout["yaxis3"] = {**axis, "title": {"text": title, "font": {"size": 12, "color": style.quiet}}}
    layout |= {"showlegend": True, "margin": {**layout["margin"], "t": 28, "r": 8}}
    return figure


def lags(comparison: Comparison, style: Look) -> Figure:
    """Spearman's correlation by the days that posts lead; the best lag is marked, the interval of the lead shaded."""
    canvas = Canvas(style, hovermode="x unified")
    low, high = comparison.lead_interval
    if low == low:
        canvas.shape(type="rect", xref="x", yref="paper", x0=low - 0.5, x1=high + 0.5, y0=0, y1=1, fillcolor=style.band, line={"width": 0},
                     layer="below")  # fmt: skip
    written = [i18n.number(value, 2) for value in comparison.correlation]
    canvas.scatter(
        x=comparison.lags, y=comparison.correlation, mode="lines", line={"color": style.series[0], "width": 2}, connectgaps=False,
        customdata=written, hovertemplate="%{customdata}", name=_("Correlation"),
    )  # fmt: skip
    if comparison.best_lag is not None:
        best = comparison.lags == comparison.best_lag
        canvas.scatter(x=comparison.lags[best], y=comparison.correlation[best], mode="markers", name=_("Highest"), hoverinfo="skip",
                       marker={"color": style.signal, "size": 10, "symbol": "diamond"})  # fmt: skip
    canvas.axis("xaxis", title={"text": _("Days by which posts are ahead"), "font": {"size": 12, "color": style.quiet}}, zeroline=True,
                zerolinecolor=style.hatch, tickformat="+d", dtick=7)  # fmt: skip
    lowest = np.nanmin(comparison.correlation, initial=0.0)
    canvas.axis("yaxis", range=[min(0.0, 1.1 * float(lowest)), 1.0], rangemode="normal", zeroline=True, zerolinecolor=style.hatch)
    return canvas.figure()
