"""A plotly figure as plain data. Plotly's own classes check each property, which took longer than the query behind the chart; the tests
let them check every figure instead."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd

from dashboard.look import Look, layout

Figure = dict[str, Any]  #: {"data": [...], "layout": {...}}, as dcc.Graph takes it


MANY: Final = 300  #: so many numbers are no longer copied one by one


class Canvas:
    """Gathers traces, shapes and annotations; `figure` hands them over."""

    def __init__(self, style: Look, **more: Any) -> None:
        self.traces: list[dict[str, Any]] = []
        self.layout = layout(style, **more)

    def scatter(self, **properties: Any) -> None:
        self._add("scatter", properties)

    def bar(self, **properties: Any) -> None:
        self._add("bar", properties)

    def _add(self, kind: str, properties: dict[str, Any]) -> None:
        self.traces.append({"type": kind, **{key: listed(value) for key, value in properties.items() if value is not None}})

    def shape(self, **properties: Any) -> None:
        self.layout.setdefault("shapes", []).append(properties)

    def annotation(self, **properties: Any) -> None:
        self.layout.setdefault("annotations", []).append(properties)

    def axis(self, name: str, **properties: Any) -> None:
        """Change xaxis, yaxis or another one."""
        self.layout[name] = {**self.layout.get(name, {}), **properties}

    def figure(self) -> Figure:
        return {"data": self.traces, "layout": self.layout}


def listed(value: Any) -> Any:
    """Columns as JSON can carry them: times as ISO text without a zone, numbers as a list, NaN and NaT as None. Many numbers stay an array,
    which becomes JSON (NaN as null) without a look at each of them."""
    if isinstance(value, dict):
        return {key: listed(inner) for key, inner in value.items()}
    if isinstance(value, pd.Series):
        value = value.to_numpy()
    if not isinstance(value, np.ndarray):
        return value
    if value.dtype.kind == "M":
        written = np.datetime_as_string(value, unit="s").astype(object)
        written[np.isnat(value)] = None
        return written.tolist()
    if value.dtype.kind in "if" and value.size >= MANY:
        return np.ascontiguousarray(value)
    if value.dtype.kind == "f":
        return [None if item != item else item for item in value.tolist()]
    return value.tolist()
