"""What people noted, drawn on a chart over time: a thin line on the day with a mark at the top, whose words come at the pointer."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap
from typing import Any, Final

import pandas as pd

from dashboard import i18n
from dashboard.canvas import Figure, listed
from dashboard.charts import period_start, plain
from dashboard.i18n import _
from dashboard.look import Look
from warehouse.state import Annotation

_WIDE: Final = 46  #: letters of a line at the pointer
_LINES: Final = 6


def over(figure: Figure, notes: Sequence[Annotation], style: Look, *, unit: str, week: str) -> Figure:
    """The figure with the notes, each in the period of its day, over all that is drawn."""
    if not notes:
        return figure
    periods = period_start(pd.Series(pd.to_datetime([note.day for note in notes])), unit, week)
    figure["layout"].setdefault("yaxis2", {"overlaying": "y", "range": [0, 1], "visible": False, "fixedrange": True})
    lines: list[Any] = [end for period in periods for end in (period, period, None)]
    drawn: tuple[dict[str, Any], ...] = (
        {"x": [None if end is None else end.isoformat() for end in lines], "y": [0, 1, None] * len(notes), "mode": "lines",
         "line": {"color": style.quiet, "width": 1, "dash": "dash"}, "hoverinfo": "skip"},
        {"x": periods, "y": [0.97] * len(notes), "mode": "markers", "name": _("Note"), "customdata": [told(note) for note in notes],
         "marker": {"symbol": "star-triangle-down", "size": 11, "color": style.ink, "line": {"color": style.paper, "width": 1}},
         "hovertemplate": "%{customdata}<extra></extra>"},
    )  # fmt: skip
    for trace in drawn:
        figure["data"].append(
            {key: listed(value) for key, value in trace.items()} | {"type": "scatter", "yaxis": "y2", "showlegend": False}
        )
    return figure


def told(note: Annotation) -> str:
    """The words of a note at the pointer, in lines that fit."""
    text = wrap(i18n.upright(note.text), _WIDE)
    shown = [*text[:_LINES], *(["…"] if len(text) > _LINES else [])]
    return "<br>".join([*[plain(line) for line in shown], plain(f"{note.author}, {i18n.day(note.day)}")])
