"""The weeks of the map: a slider over those of the chosen period, with buttons to step and to play.

Position 0 is the whole period, then the weeks, the oldest first. The address keeps the first day of the week, which stays what it is
when the period moves on; the browser alone moves the slider (assets/map.js).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

import dash_mantine_components as dmc
from dash import ClientsideFunction, Input, Output, State, dcc, html
from dash.development.base_component import Component

from dashboard import filters, i18n, widgets
from dashboard.epiweek import week_of
from dashboard.i18n import _
from dashboard.site import Site
from dashboard.urlstate import DAYS, SPAN, Field, span_days
from dashboard.widgets import aria

STEP: Final = 1_800  #: milliseconds between two weeks that play


@dataclass(frozen=True)
class Day(Field):
    """One day, as ISO 8601, or none."""

    def read(self, raw: str) -> str:
        try:
            return date.fromisoformat(raw).isoformat()
        except ValueError:
            return ""


WEEK: Final = Day("week")


def weeks(first: date, last: date, kind: str) -> list[date]:
    """The first days of the weeks that have a day from `first` to `last`. kind: "skdr" or "iso"."""
    start = week_of(first, kind)
    return [start + timedelta(weeks=number) for number in range((last - start).days // 7 + 1)] if last >= first else []


def shown(week: str | None, first: date, last: date, kind: str) -> tuple[date, date] | None:
    """The days of the chosen week inside the period; None where the whole period is meant."""
    starts = {one.isoformat(): one for one in weeks(first, last, kind)}
    start = starts.get(week or "")
    return None if start is None else (max(first, start), min(last, start + timedelta(days=6)))


def told(site: Site, week: str | None, first: date, last: date) -> str:
    """What is on the map now, in words."""
    days = shown(week, first, last, site.settings.general.week)
    if days is None:
        return _("Whole period: {days}", days=i18n.days(first, last))
    text = _("Week of {days}", days=i18n.days(*days))
    return f"{text} · {_('not over yet')}" if days[1] == site.catalog.today() else text


def controls(site: Site, values: dict[str, Any]) -> Component:
    """The slider with its buttons; what it shows is told beside it."""
    first, last = span_days(values["span"] or str(SPAN.default), values["days"], *filters.known_days(site))
    starts = weeks(first, last, site.settings.general.week)
    at = _position(values["week"], starts)
    slider = dmc.Slider(
        id="map-slider", min=0, max=len(starts), value=at, step=1, marks=_marks(starts), thumbLabel=_("Week shown on the map"),
        label=None, updatemode="mouseup", size="sm",
    )  # fmt: skip
    return html.Div(
        [
            html.Div(
                [_button("map-back", "left", _("Week before")), _button("map-play", "play", _("Play the weeks")),
                 _button("map-next", "right", _("Week after"))],
                className="time-buttons",
            ),
            html.Div(slider, className="time-line"),
            html.Div(told(site, values["week"], first, last), id="map-told", className="time-told num", role="status"),
            dcc.Store(id=widgets.kept("week"), data=values["week"] if at else ""),
            dcc.Store(id="map-weeks", data=[start.isoformat() for start in starts]),
            dcc.Interval(id="map-clock", interval=STEP, disabled=True),
        ],
        className="time panel", role="group", **aria(label=_("Weeks")),
    )  # fmt: skip


def _button(id: str, icon: str, label: str) -> Component:
    return html.Button(widgets.icon(icon), id=id, className="icon-button", type="button", title=label, **aria(label=label))


def _position(week: str, starts: Sequence[date]) -> int:
    found = [number for number, start in enumerate(starts, start=1) if start.isoformat() == week]
    return found[0] if found else 0


def _marks(starts: Sequence[date]) -> list[dict[str, Any]]:
    """The whole period, and a few weeks by their first day."""
    step = max(1, -(-len(starts) // 5))
    named = [number for number in range(1, len(starts) + 1) if (len(starts) - number) % step == 0]
    apart = [number for number in named if number > len(starts) / 8]
    return [{"value": 0, "label": _("All")}, *({"value": at, "label": i18n.day(starts[at - 1], "short")} for at in apart)]


def register(site: Site) -> None:
    """The callbacks of the slider; the page draws when the store of the week changes."""
    span, days = (Input(widgets.control(field.key), "value") for field in (SPAN, DAYS))

    @site.callback(
        Output("map-slider", "max"),
        Output("map-slider", "marks"),
        Output("map-slider", "value", allow_duplicate=True),
        Output("map-weeks", "data"),
        span,
        days,
        State(widgets.kept("week"), "data"),
        prevent_initial_call=True,
    )
    def fit(chosen: str, custom: Any, week: str) -> tuple[int, Any, int, list[str]]:
        starts = weeks(*span_days(chosen, custom or (), *filters.known_days(site)), site.settings.general.week)
        return len(starts), _marks(starts), _position(week, starts), [start.isoformat() for start in starts]

    @site.callback(Output("map-told", "children"), Input(widgets.kept("week"), "data"), span, days, prevent_initial_call=True)
    def tell(week: str, chosen: str, custom: Any) -> str:
        return told(site, week, *span_days(chosen, custom or (), *filters.known_days(site)))

    def browser(name: str, *dependencies: Any) -> None:
        site.app.clientside_callback(ClientsideFunction("kentongan_map", name), *dependencies, prevent_initial_call=True)

    browser("keep", Output(widgets.kept("week"), "data"), Input("map-slider", "value"), Input("map-weeks", "data"))
    browser(
        "step",
        Output("map-slider", "value", allow_duplicate=True),
        Output("map-clock", "disabled"),
        Output("map-play", "children"),
        Input("map-back", "n_clicks"),
        Input("map-next", "n_clicks"),
        Input("map-play", "n_clicks"),
        Input("map-clock", "n_intervals"),
        State("map-slider", "value"),
        State("map-slider", "max"),
        State("map-clock", "disabled"),
    )
