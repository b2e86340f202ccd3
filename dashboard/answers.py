"""Answers of callbacks as JSON. Dash walks every list, component and number in Python before it writes them, which took longer than all
queries of a page with a long table; orjson walks them itself and asks only about what it does not know."""

from __future__ import annotations

import json
from typing import Any, Final

import dash._callback
import numpy as np
import orjson
from dash._utils import to_json as by_dash
from dash.development.base_component import Component
from plotly.io.json import to_json_plotly

from dashboard import still

_OPTIONS: Final = orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS


class Written:
    """A value that is JSON already. (No dataclass: orjson would write one by its fields.)"""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text

    def to_plotly_json(self) -> Any:
        """For Dash's own way of writing."""
        return json.loads(self.text)


def to_json(value: Any) -> str:
    """The same JSON value as `dash._utils.to_json` writes, for anything that a callback may return, but for parts that stand still
    (see still.py)."""
    try:
        return orjson.dumps(value, _plain, _OPTIONS).decode()
    except orjson.JSONEncodeError:  # such as a whole number of more than 64 bits
        return str(to_json_plotly(value, engine="json"))


def _plain(value: Any) -> Any:
    if isinstance(value, Written):
        return orjson.Fragment(value.text)
    if isinstance(value, Component):
        return still.written(value)
    if isinstance(value, np.ndarray):  # of text, times, or with strides
        return value.tolist() if value.dtype.kind in "biufO" else json.loads(by_dash(value))
    return json.loads(by_dash(value))


def install() -> None:
    """Let the callbacks of this process answer so. Dash has no setting for it; tests hold both ways against each other on every page."""
    dash._callback.to_json = to_json
