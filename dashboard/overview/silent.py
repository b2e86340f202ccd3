"""Sources that are silent or fail."""

from __future__ import annotations

from typing import Any, Final

import pandas as pd
from dash import Input, Output, dcc, html
from dash.development.base_component import Component

from dashboard import i18n, widgets
from dashboard.exports import to_csv
from dashboard.frames import each
from dashboard.i18n import _, n_
from dashboard.pages import sources as page
from dashboard.site import Site

SHOWN: Final = 8


def troubled(site: Site) -> list[tuple[Any, str, str]]:
    """The enabled sources that do not work: row of `Catalog.source_status`, colour and word of their condition."""
    marked = [(row, *page.condition(site, row)) for row in each(site.catalog.source_status()) if row.enabled]
    return [(row, kind, word) for row, kind, word in marked if kind in ("bad", "warn")]


def panel(site: Site) -> Component:
    title = _("Silent or failing sources")
    actions = widgets.csv_button("overview-sources-csv")
    wrong = troubled(site)
    if not wrong:
        return widgets.panel(title, widgets.empty_state(_("Every source works")), actions=actions)
    rows = [_row(site, row, kind, word) for row, kind, word in wrong[:SHOWN]]
    more = len(wrong) - SHOWN
    note = widgets.link(n_("and {n} more source", "and {n} more sources", more), "/sources") if more > 0 else None
    return widgets.panel(title, html.Div(rows, className="rows"), actions=actions, note=note)


def _row(site: Site, row: Any, kind: str, word: str) -> Component:
    said = page.meaning(row.last_error) if row.last_error else ""
    silent = [] if i18n.is_missing(row.last_posts_at) else [_("last post {when}", when=i18n.ago(site.now() - row.last_posts_at))]
    link = widgets.link(row.title, "/sources", page.FIELDS, back="7d")
    body = html.Div([link, html.Div(" ".join([*([said] if said else []), *silent]), className="quiet small")], className="grow")
    return html.Div([body, html.Span([widgets.dot(kind), word], className="badge")], className="row")


def register(site: Site) -> None:
    @site.callback(Output("overview-sources-csv-file", "data"), Input("overview-sources-csv", "n_clicks"), prevent_initial_call=True)
    def download(_clicks: int) -> Any:
        rows = [(row.source, row.title, word, row.last_error, row.last_ok_at, row.last_posts_at) for row, _kind, word in troubled(site)]
        told = pd.DataFrame(rows, columns=["source", "title", "condition", "error", "last_ok_at", "last_posts_at"])
        return dcc.send_string("\ufeff" + to_csv(told), f"kentongan-silent-sources-{site.catalog.today()}.csv")
