"""Components that are made quickly are those that Dash makes."""

from __future__ import annotations

import inspect
from typing import Any

import dash_mantine_components as dmc
import pytest
from dash import dcc, html
from dash.development.base_component import Component

from dashboard import components
from dashboard.components import like

_MADE: list[tuple[Any, dict[str, Any]]] = [
    *[(kind, {"children": ["text", 1], "className": "num"}) for _name, kind in inspect.getmembers(html, inspect.isclass)],
    (html.Div, {"id": {"type": "why", "index": 1}, "aria-label": "name", "data-x": "1", "style": {"color": "red"}}),
    (dcc.Link, {"children": "text", "href": "/posts", "className": ""}),
    (dcc.Store, {"id": "kept", "data": {"a": [1, None]}}),
    (dmc.Select, {"id": "one", "data": [{"value": "a", "label": "A"}], "value": "a"}),
]


@pytest.mark.parametrize(("kind", "properties"), _MADE)
def test_a_component_is_the_same_without_the_checks(monkeypatch: pytest.MonkeyPatch, kind: Any, properties: dict[str, Any]) -> None:
    usual = kind(**properties).to_plotly_json()
    monkeypatch.setattr(Component, "__init__", Component.__init__)  # put back afterwards
    components.install()
    assert kind(**properties).to_plotly_json() == usual


def test_the_tests_make_components_with_the_checks() -> None:
    with pytest.raises(TypeError, match="unexpected keyword argument"):
        html.Div(colour="red")


def test_a_cell_like_another_has_its_properties_and_leaves_it_alone() -> None:
    pattern = html.Td("old", className="num")
    made = like(pattern, "new")
    assert made.to_plotly_json() == html.Td("new", className="num").to_plotly_json()
    assert pattern.children == "old"
