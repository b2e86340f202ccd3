"""What stands still on a page travels together, and looks as it would have looked."""

from __future__ import annotations

import json
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html
from dash._utils import to_json as by_dash
from dash.development.base_component import Component
from hypothesis import given
from hypothesis import strategies as st
from stillness import apart, drawn

from dashboard.answers import to_json
from dashboard.still import NAMESPACE

_texts = st.text(max_size=6)
_leaf = st.none() | _texts | st.integers(-9, 9)
_children = st.deferred(lambda: _leaf | _component | st.lists(_leaf | _component, max_size=4))
_component: st.SearchStrategy[Component] = st.one_of(
    st.builds(html.Div, _children, className=_texts),
    st.builds(html.Td, _children, style=st.dictionaries(st.sampled_from(["width", "color"]), _texts)),
    st.builds(html.Span, _children, id=_texts),
    st.builds(html.Button, _children, id=_texts),
    st.builds(dcc.Link, _children, href=st.just("/posts?lang=en")),
    st.builds(dmc.Tooltip, _children, label=_texts),
)


def _written(value: Any) -> Any:
    return json.loads(to_json(value))


@given(_component | st.lists(_component, max_size=3))
def test_every_element_is_there_with_its_properties_in_its_place(value: Any) -> None:
    assert drawn(apart(_written(value))) == drawn(json.loads(by_dash(value)))


def test_a_table_is_one_part() -> None:
    row = html.Tr([html.Td("demam"), html.Td(3), html.Td(dcc.Link("posts", href="/posts"))])
    table = _written(html.Table(html.Tbody([row, row])))
    assert (table["namespace"], table["type"]) == (NAMESPACE, "Still")
    cells = ["tr", {}, ["td", {}, "demam"], ["td", {}, 3], ["td", {}, ["link", {"href": "/posts"}, "posts"]]]
    assert table["props"]["parts"] == [["table", {}, ["tbody", {}, cells, cells]]]


def test_what_has_an_id_stays_on_its_own_and_what_is_beside_it_is_taken_together() -> None:
    page = _written(html.Div([html.H2("Posts"), html.P("Of today."), html.Button("Load", id="load"), html.P("More")]))
    kinds = [child["type"] for child in page["props"]["children"]]
    assert kinds == ["Still", "Button", "Still"]
    assert page["props"]["children"][0]["props"]["parts"] == [["h2", {}, "Posts"], ["p", {}, "Of today."]]


def test_what_can_be_pressed_or_filled_in_is_never_taken_for_still() -> None:
    for alive in (html.Button("x"), html.Form("x"), html.Iframe(), html.Img(), html.Script("x"), dcc.Input(), dmc.Button("x")):
        assert _written(alive)["namespace"] != NAMESPACE
        assert _written(html.Div(alive))["namespace"] != NAMESPACE
