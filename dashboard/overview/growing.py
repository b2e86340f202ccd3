"""Topics that grow."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Final

import pandas as pd
from dash import Input, Output, dcc, html
from dash.development.base_component import Component

from dashboard import brief, i18n, widgets
from dashboard.exports import to_csv
from dashboard.i18n import _
from dashboard.names import Names, names
from dashboard.pages.trends import FIELDS as TRENDS
from dashboard.site import Site
from warehouse.queries import Selection

SHOWN: Final = 8


def of_day(site: Site, today: date) -> list[brief.Growth]:
    """Whole days only: today is still growing by itself."""
    span = Selection(first=today - timedelta(days=14), last=today)
    counts = site.catalog.counts(span, "topic", measures=("posts",))
    return brief.growth(counts, site.catalog.exposure(span), today - timedelta(days=1), site.settings.detect.min_exposure)


def panel(grown: list[brief.Growth], known: Names) -> Component:
    about = _("Mean posts a day of the last seven whole days beside the seven days before; days with a gap in collection are left out.")
    up = [one for one in grown if one.recent > one.before][:SHOWN]
    body = html.Div([_grown(one, known) for one in up], className="rows") if up else widgets.empty_state(_("No topic grows"))
    return widgets.panel(_("Growing topics"), body, about=about, actions=widgets.csv_button("overview-growth-csv"))


def _grown(one: brief.Growth, known: Names) -> Component:
    daily = _("{rate} posts a day, before {before}", rate=i18n.number(one.recent, 1), before=i18n.number(one.before, 1))
    change = i18n.percent(one.change, signed=True) if one.change is not None else _("new")
    name = widgets.link(known.topic(one.topic), "/trends", TRENDS, topic=[one.topic], span="90d")
    body = html.Div([name, html.Div(daily, className="quiet small num")], className="grow")
    return html.Div([body, widgets.bars(one.daily, daily), html.Span(change, className="num change")], className="row")


def table(grown: list[brief.Growth], known: Names) -> pd.DataFrame:
    """For a file: every topic that has posts enough, the fastest growing first."""
    rows = [(one.topic, known.topic(one.topic), one.recent, one.before, one.change) for one in grown]
    return pd.DataFrame(rows, columns=["topic", "name", "mean_7_days", "mean_7_days_before", "change"]).round(4)


def register(site: Site) -> None:
    @site.callback(Output("overview-growth-csv-file", "data"), Input("overview-growth-csv", "n_clicks"), prevent_initial_call=True)
    def download(_clicks: int) -> Any:
        today = site.catalog.today()
        return dcc.send_string("\ufeff" + to_csv(table(of_day(site, today), names(site.catalog))), f"kentongan-growth-{today}.csv")
