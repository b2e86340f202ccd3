"""Trends: how often a topic is posted about, in a place, a language, a source, over time."""

from __future__ import annotations

from typing import Any, Final

from dash import html
from dash.development.base_component import Component

from dashboard.i18n import N_
from dashboard.names import names
from dashboard.site import COPY, Page, Site
from dashboard.trends import beside, feeling, notes, volume, words
from dashboard.trends.view import FIELDS, controls


def layout(site: Site, values: dict[str, Any]) -> Component:
    parts = [
        controls(site, names(site.catalog), values),
        volume.panel(),
        notes.panel(),
        beside.panel(),
        html.Div([feeling.panel(), words.panel()], className="grid-main"),
    ]
    return html.Div(parts, style={"display": "contents"})


def register(site: Site) -> None:
    for part in (volume, notes, beside, feeling, words):
        part.register(site)


PAGE: Final = Page(
    "/trends",
    N_("Trends"),
    N_("How often something is posted about, where, and in what tone."),
    "trends",
    FIELDS,
    layout,
    register,
    shared=COPY,
)
__all__ = ["FIELDS", "PAGE"]
