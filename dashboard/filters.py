"""The filters that most pages share (topics, places, languages, sources, days) and the Selection that they make."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from dash import Input, State, html
from dash.development.base_component import Component

from dashboard import widgets
from dashboard.i18n import _
from dashboard.names import Names
from dashboard.site import Site
from dashboard.urlstate import DAYS, SPAN, Codes, Field, span_days
from warehouse.queries import Selection

TOPICS: Final = Codes("topic")
PLACES: Final = Codes("place")
TONGUES: Final = Codes("language")
SOURCES: Final = Codes("source")

#: In the order in which `selection` takes their values.
FILTERS: Final[tuple[Field, ...]] = (TOPICS, PLACES, TONGUES, SOURCES, SPAN, DAYS)


def known_days(site: Site) -> tuple[date, date]:
    """The first and the last day that the catalog can have posts on."""
    today = site.catalog.today()
    return min(site.catalog.first_day() or today, today), today


def bar(
    site: Site, names: Names, values: Mapping[str, Any], *more: Component, only: tuple[Field, ...] = FILTERS, folded: bool | None = None
) -> Component:
    """The controls of the shared filters, then the page's own. `folded`: whether a phone, on which many of these would fill the screen,
    begins with its own ones put away; None for few, which stay. assets/style.css does it."""
    build = {
        TOPICS: lambda: [widgets.topics(names, values["topic"])],
        PLACES: lambda: [widgets.places(names, values["place"])],
        TONGUES: lambda: [widgets.languages(names, values["language"])],
        SOURCES: lambda: [widgets.sources(names, values["source"])],
        SPAN: lambda: widgets.span(values["span"], values["days"], *known_days(site)),
    }
    controls = [control for field, make in build.items() if field in only for control in make()]
    fold = [] if folded is None else [html.Details(html.Summary(_("More choices")), className="more-choices", open=not folded)]
    return html.Div([*controls, *fold, *more], className="controls")


def inputs(fields: tuple[Field, ...] = FILTERS) -> list[Input]:
    return [Input(widgets.control(field.key), "value") for field in fields]


def states(fields: tuple[Field, ...] = FILTERS) -> list[State]:
    return [State(widgets.control(field.key), "value") for field in fields]


def selection(site: Site, topic: Any, place: Any, language: Any, source: Any, span: str, days: Any) -> Selection:
    """What the values of FILTERS mean today."""
    first, last = span_days(span or str(SPAN.default), days or (), *known_days(site))
    return Selection(
        topics=tuple(topic or ()),
        places=tuple(place or ()),
        languages=tuple(language or ()),
        sources=tuple(source or ()),
        first=first,
        last=last,
    )
