"""Posts beside the counts of an authority."""

from __future__ import annotations

from typing import Any

from dash import Input, Output, State, dcc, html
from dash.development.base_component import Component

from dashboard import filters, official, officialpanel, widgets
from dashboard.exports import to_csv
from dashboard.i18n import _
from dashboard.names import names
from dashboard.site import COPY, Site
from dashboard.trends.view import OFFICIAL
from warehouse.errors import InputError


def panel() -> Component:
    return widgets.panel(
        _("Posts beside official counts"),
        widgets.waiting(html.Div(id="trends-official"), 120),
        about=_("Counts of cases that an authority published, held against the posts and the signals of the same topic and place."),
        actions=[widgets.png_button("official-lags", _("Posts beside official counts")), *widgets.csv_button("official-csv")],
    )


def register(site: Site) -> None:
    @site.callback(
        Output("trends-official", "children"), *filters.inputs(), Input(widgets.control(OFFICIAL.key), "value"), redraw=True, shared=COPY
    )
    def draw(*values: Any) -> Component:
        *chosen, wanted, style = values
        selection = filters.selection(site, *chosen)
        counts = official.chosen(site.catalog, selection, wanted or official.SHOWN)
        return officialpanel.content(site.catalog, counts, selection, wanted, names(site.catalog), style)

    @site.callback(
        Output("official-csv-file", "data"),
        Input("official-csv", "n_clicks"),
        *filters.states(),
        State(widgets.control(OFFICIAL.key), "value"),
        prevent_initial_call=True,
    )
    def download(_clicks: int, *values: Any) -> Any:
        *chosen, wanted = values
        counts = official.chosen(site.catalog, filters.selection(site, *chosen), wanted or official.SHOWN)
        if counts is None:
            raise InputError(_("There is nothing to download: no official counts are shown."))
        found = officialpanel.compared(site.catalog, counts)
        if isinstance(found, InputError):
            raise found
        name = f"kentongan-official-{counts.topic}-{counts.place_code}.csv"
        return dcc.send_string("\ufeff" + to_csv(officialpanel.table(found)), name)
