"""Public sentiment over the chosen posts: shares over time, and by topic."""

from __future__ import annotations

from typing import Any, Final

import pandas as pd
from dash import Input, Output, dcc, html, no_update
from dash.development.base_component import Component

from dashboard import charts, filters, i18n, mood, moodchart, moodpanel, widgets
from dashboard.exports import to_csv
from dashboard.frames import each
from dashboard.i18n import _
from dashboard.look import Look
from dashboard.names import SENTIMENT, names
from dashboard.site import COPY, Site
from dashboard.trends.view import View, file_name, inputs, states, unfinished, view

DAILY: Final = 45  #: days up to which sentiment is drawn by day; beyond, single days say too little


def panel() -> Component:
    return widgets.panel(
        _("Public sentiment"),
        [
            widgets.waiting(widgets.graph("trends-sentiment", height=340), 340),
            widgets.folded(_("The same as a table"), html.Div(id="sentiment-table"), id="sentiment-more"),
            widgets.folded(_("By topic, over the whole period"), html.Div(id="trends-moods"), id="trends-moods-more"),
        ],
        about=f"{mood.about()} {_('Beyond {days} days it is drawn by week, without the one that is not over.', days=DAILY)}",
        actions=[widgets.png_button("trends-sentiment", _("Public sentiment")), *widgets.csv_button("sentiment-csv")],
    )


def register(site: Site) -> None:
    @site.callback(Output("trends-sentiment", "figure"), *inputs(), redraw=True, shared=COPY)
    def draw(*values: Any) -> Any:
        *chosen, style = values
        wanted = view(site, *chosen)
        return _sentiment(site, wanted, site.catalog.exposure(wanted.selection), style)

    @site.callback(Output("sentiment-table", "children"), Input("sentiment-more", "n_clicks"), *inputs(), shared=COPY)
    def periods(clicks: int | None, *values: Any) -> Any:
        if not clicks or clicks % 2 == 0:
            return no_update
        return _table(*_moods(site, view(site, *values)))

    @site.callback(Output("trends-moods", "children"), Input("trends-moods-more", "n_clicks"), *filters.inputs(), shared=COPY)
    def table(clicks: int | None, *values: Any) -> Any:
        if not clicks or clicks % 2 == 0:
            return no_update
        return moodpanel.table(mood.of_keys(site.catalog, filters.selection(site, *values), "topic", moodpanel.SHOWN), names(site.catalog))

    @site.callback(Output("sentiment-csv-file", "data"), Input("sentiment-csv", "n_clicks"), *states(), prevent_initial_call=True)
    def download(_clicks: int, *values: Any) -> Any:
        wanted = view(site, *values)
        _unit, found = _moods(site, wanted)
        table = found.drop(columns=["key", "period"]).round(4)
        table.insert(0, "period", found["period"].dt.date)
        return dcc.send_string("\ufeff" + to_csv(table), file_name("sentiment", wanted))


def _sentiment(site: Site, wanted: View, exposure: pd.DataFrame, style: Look) -> Any:
    unit, found = _moods(site, wanted)
    over = found["period"] != unfinished(site, unit)
    found = found[over].reset_index(drop=True) if over.any() else found
    own = charts.period_exposure(found["period"], exposure, unit, site.settings.general.week)
    return moodchart.mood(found, style, unit=unit, covered=own)


def _table(unit: str, found: pd.DataFrame) -> Component:
    rows = [
        (charts.period_label(row.period, unit), i18n.number(row.posts), *[mood.written(row, name) for name in mood.NAMES])
        for row in each(found.iloc[::-1])
        if row.posts
    ]
    if not rows:
        return widgets.empty_state(_("No posts for this choice"))
    heads = [_("Period"), _("Posts"), *[_(SENTIMENT[name]) for name in mood.NAMES]]
    return widgets.plain_table(heads, rows, range(1, 5), _("Share of posts with its 95% interval"))


def _moods(site: Site, wanted: View) -> tuple[str, pd.DataFrame]:
    """The step in which sentiment is drawn, and its shares."""
    unit = "week" if wanted.unit == "day" and wanted.selection.days() > DAILY else wanted.unit
    return unit, mood.shares(site.catalog, wanted.selection, None, unit, site.settings.general.week)  # type: ignore[arg-type]
