"""What callbacks answer is the JSON that Dash would write, written faster."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

import dash._callback
import dash_mantine_components as dmc
import numpy as np
import pandas as pd
import pytest
from dash import dcc, html
from dash._utils import to_json as by_dash
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from stillness import apart, drawn

from dashboard import answers
from dashboard.pages import PAGES

_texts = st.text(max_size=8)
_plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats() | _texts | st.dates() | st.datetimes(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_texts, inner, max_size=3) | st.builds(html.Div, inner, className=_texts),
    max_leaves=12,
)


@given(_plain)
def test_it_is_the_value_that_dash_writes(value: Any) -> None:
    assert drawn(apart(json.loads(answers.to_json(value)))) == drawn(json.loads(by_dash(value)))


@pytest.mark.parametrize(
    "value",
    [
        np.array([1.5, np.nan, np.inf]),
        np.arange(10)[::3],
        np.array([[1, 2], [3, 4]]).T,
        np.array(["2026-05-03", "NaT"], dtype="datetime64[D]"),
        np.array(["a", None], dtype=object),
        np.array(["<b>", "é"]),
        np.float64("nan"),
        pd.Series([1.0, np.nan]),
        pd.Timestamp("2026-05-03 07:00"),
        datetime(2026, 5, 3, 7, tzinfo=UTC),
        date(2026, 5, 3),
        (1, "two"),
        dcc.Graph(id="g", figure={"data": [{"x": np.array([1, 2])}]}),
        dmc.Button("Save", leftSection=html.Span("+", **{"aria-hidden": "true", "data-kind": "x"})),  # type: ignore[arg-type]
    ],
    ids=lambda value: type(value).__name__,
)
def test_arrays_times_and_components_too(value: Any) -> None:
    assert drawn(apart(json.loads(answers.to_json({"value": value})))) == drawn(json.loads(by_dash({"value": value})))


def test_a_number_that_dash_refuses_is_written_whole() -> None:
    assert json.loads(answers.to_json([2**70, html.Div("é", id="a"), float("nan")])) == [
        2**70,
        {"props": {"children": "é", "id": "a"}, "type": "Div", "namespace": "dash_html_components"},
        None,
    ]


def test_every_page_is_written_as_dash_would_write_it(client: FlaskClient, ask: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []

    def both(value: Any) -> str:
        written = answers.to_json(value)
        assert drawn(apart(json.loads(written))) == drawn(apart(json.loads(by_dash(value))))
        seen.append(written)
        return written

    monkeypatch.setattr(dash._callback, "to_json", both)
    for page in PAGES:
        assert ask("page.children", {"route.data": {"path": page.path, "search": "?lang=id", "at": 1}})
    assert len(seen) >= len(PAGES)
