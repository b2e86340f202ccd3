"""Sources: what was collected hour by hour, how many posts a day are usual, what went wrong, and which source runs next."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

import orjson
import pandas as pd
from dash import ALL, Input, Output, State, ctx, dcc, html, no_update
from dash.development.base_component import Component

from dashboard import dailychart, filters, ledgerchart, sourcelist, widgets
from dashboard.answers import to_json
from dashboard.auth import require
from dashboard.exports import to_csv
from dashboard.i18n import N_, _, n_
from dashboard.look import Look
from dashboard.names import names
from dashboard.site import COPY, Page, Site
from dashboard.sourcelist import condition, meaning
from dashboard.urlstate import Choice, Field
from warehouse.errors import InputError

LENGTH: Final = Choice("back", "7d", ("1d", "3d", "7d", "30d"))
FIELDS: Final[tuple[Field, ...]] = (LENGTH, filters.SOURCES)
WEEKS: Final = 8  #: shown of the posts a day
POLL: Final = 1_500  #: milliseconds between two looks while the worker is busy for somebody


def layout(site: Site, values: dict[str, Any]) -> Component:
    spans = {"1d": _("1 day"), "3d": _("3 days"), "7d": _("7 days"), "30d": _("30 days")}
    known = names(site.catalog)
    controls = html.Div(
        [widgets.switch("back", _("Period"), spans, values["back"]), widgets.sources(known, values["source"])], className="controls"
    )
    rows = len(_titles(site, values["source"]))
    parts = [controls, _ledger_panel(rows), html.Div(id="sources-asked", role="status"), _list_panel(), _days_panel(rows)]
    poll = dcc.Interval(id="sources-poll", interval=POLL, disabled=True)
    return html.Div([*parts, poll], style={"display": "contents"})


def _ledger_panel(rows: int) -> Component:
    high = _high(rows)
    return widgets.panel(
        _("What was collected, hour by hour"),
        [html.Div(widgets.waiting(widgets.graph("sources-ledger", height=high), high), className="scroll-x fits"), _legend()],
        about=_(
            "One line a source. Where a source has several parts, an hour counts as collected only when all of them were. Blank: "
            "never looked at."
        ),
        actions=[
            widgets.png_button("sources-ledger", _("What was collected, hour by hour")),
            *widgets.csv_button("sources-csv"),
        ],
    )


def _list_panel() -> Component:
    return widgets.panel(
        _("How each source does"),
        widgets.waiting(html.Div(id="sources-list"), 300),
        about=_(
            "Working: it ran when it was due. Silent: it has not run for three times its interval. In trouble: its last run failed. Off: "
            "config.toml or an administrator has switched it off; the worker follows a switch within seconds."
        ),
        actions=widgets.csv_button("sources-status-csv"),
    )


def _days_panel(rows: int) -> Component:
    high = dailychart.height(rows)
    heading = _("Posts a day, and how many are usual")
    return widgets.panel(
        heading,
        html.Div(widgets.waiting(widgets.graph("sources-days", height=high), high), className="scroll-x fits"),
        about=_(
            "The band runs from the 10% to the 90% quantile of the same weekday in the eight weeks before, as far as these days were "
            "collected. A triangle marks a whole day that was collected and yet had less than half of the lower end, where five "
            "posts or more are usual: look whether the source still gives all it has. Hatched: nothing was collected."
        ),
        actions=[widgets.png_button("sources-days", heading), *widgets.csv_button("sources-days-csv")],
        note=[html.Span(id="sources-few")],
    )


def _high(rows: int) -> int:
    return 60 + 30 * max(2, rows)


def _titles(site: Site, chosen: Sequence[str]) -> dict[str, str]:
    """The chosen sources (none: all) with their names, in the order of every panel."""
    return {code: row["title"] for code, row in names(site.catalog).sources.items() if not chosen or code in chosen}


def _legend() -> Component:
    return html.Div(
        [html.Span([html.Span(className=f"swatch coverage-{status}"), _(title)]) for status, title in ledgerchart.STATUS.items()],
        className="legend",
    )


def register(site: Site) -> None:
    span, chosen = widgets.control("back"), widgets.control("source")
    _register_charts(site, span, chosen)
    _register_list(site, chosen)
    _register_downloads(site, span, chosen)


def _register_charts(site: Site, span: dict[str, str], chosen: dict[str, str]) -> None:
    @site.callback(
        Output("sources-ledger", "figure"),
        Output("sources-ledger", "style"),
        Input(span, "value"),
        Input(chosen, "value"),
        redraw=True,
        shared=COPY,
    )
    def draw(length: str, only: Any, style: Look) -> tuple[Any, dict[str, str]]:
        first, last = hours(site, length)
        titles = _titles(site, only or ())
        ledger = site.catalog.coverage(first, last)
        figure = ledgerchart.coverage(
            ledger[ledger["source"].isin(list(titles))], titles, style, site.settings.zone, (first, last + timedelta(hours=1))
        )
        return figure, {"height": f"{_high(len(titles))}px"}

    @site.callback(
        Output("sources-days", "figure"),
        Output("sources-days", "style"),
        Output("sources-few", "children"),
        Input(chosen, "value"),
        redraw=True,
        shared=COPY,
    )
    def draw_days(only: Any, style: Look) -> tuple[Any, dict[str, str], str]:
        titles = _titles(site, only or ())
        table = daily(site, only or ())
        figure = dailychart.days(table, titles, style, pd.Timestamp(site.catalog.today()))
        return figure, {"height": f"{dailychart.height(len(titles))}px"}, _few(table)


def _register_list(site: Site, chosen: dict[str, str]) -> None:
    @site.callback(
        Output("sources-list", "children"),
        Output("sources-poll", "disabled"),
        Input(chosen, "value"),
        Input("pulse", "n_intervals"),
        Input("sources-poll", "n_intervals"),
        Input("sources-asked", "children"),
        State("sources-list", "children"),
    )
    def status(only: Any, *changes: Any) -> tuple[Any, bool]:
        rows, busy = sourcelist.listed(site, only or ())
        return (no_update if _same(rows, changes[-1]) else rows), not busy

    @site.callback(
        Output("sources-asked", "children"),
        Input({"type": "run", "source": ALL}, "n_clicks"),
        Input({"type": "switch", "source": ALL, "to": ALL}, "n_clicks"),
        prevent_initial_call=True,
        role="officer",
    )
    def act(runs: list[int | None], switches: list[int | None]) -> Any:
        pressed = ctx.triggered_id
        if not pressed or not any([*runs, *switches]):
            return no_update
        return _ask(site, pressed["source"]) if pressed["type"] == "run" else _switch(site, pressed["source"], pressed["to"])


def _same(new: Any, old: Any) -> bool:
    """Whether the rows on the screen say the same: then they stay, for a button that is made anew loses the keyboard's focus."""
    return bool(orjson.loads(to_json(new)) == old)


def _register_downloads(site: Site, span: dict[str, str], chosen: dict[str, str]) -> None:
    @site.callback(Output("sources-csv-file", "data"), Input("sources-csv", "n_clicks"), State(span, "value"), prevent_initial_call=True)
    def download(_clicks: int, length: str) -> Any:
        return _csv(site.catalog.coverage(*hours(site, length)), "kentongan-coverage.csv")

    @site.callback(
        Output("sources-days-csv-file", "data"), Input("sources-days-csv", "n_clicks"), State(chosen, "value"), prevent_initial_call=True
    )
    def download_days(_clicks: int, only: Any) -> Any:
        return _csv(daily(site, only or ()), "kentongan-posts-a-day.csv")

    @site.callback(Output("sources-status-csv-file", "data"), Input("sources-status-csv", "n_clicks"), prevent_initial_call=True)
    def download_status(_clicks: int) -> Any:
        return _csv(sourcelist.status_table(site), "kentongan-sources.csv")


def _csv(table: pd.DataFrame, name: str) -> Any:
    return dcc.send_string("\ufeff" + to_csv(table), name)


def daily(site: Site, chosen: Sequence[str]) -> pd.DataFrame:
    """Posts a day of the chosen sources in the last eight weeks, with what is usual."""
    first = site.catalog.today() - timedelta(days=7 * WEEKS - 1)
    table = site.catalog.source_days(first, site.settings.detect.min_exposure)
    return table[table["source"].isin(list(chosen))] if chosen else table


def _few(table: pd.DataFrame) -> str:
    """The marked days in a sentence, so that they need not be looked for."""
    found = int(table["suspicious"].sum())
    return n_("{n} suspiciously quiet day.", "{n} suspiciously quiet days.", found) if found else _("No suspiciously quiet day.")


def hours(site: Site, length: str) -> tuple[Any, Any]:
    """The first and the last hour shown (UTC)."""
    last = site.catalog.published_at().replace(minute=0, second=0, microsecond=0)
    return last - timedelta(days=int(length.removesuffix("d"))) + timedelta(hours=1), last


def _ask(site: Site, source: str) -> Component:
    if source not in names(site.catalog).sources:
        raise InputError(f"source {source!r}: not known; reload the page")
    person = require("officer")
    if not site.live:
        raise InputError(_("No worker runs here, so nothing can be collected; start it with: kentongan serve"))
    site.operations.enqueue("collect", {"source": source}, who=person, now=site.now())
    site.operations.audit(person, "run source", source, site.now())
    return html.P(
        _("Asked to collect {source}. The worker takes it up within seconds.", source=names(site.catalog).source(source)), className="good"
    )


def _switch(site: Site, source: str, to: str) -> Component:
    """Switch a source on or off, or take the last switch back; the worker follows by itself."""
    if source not in site.settings.sources or to not in ("on", "off", "undo"):
        raise InputError(f"source {source!r}: not known; reload the page")
    person = require("administrator")
    if not site.live:
        raise InputError(_("No worker runs here, so nothing can be collected; start it with: kentongan serve"))
    if to == "undo":
        site.operations.undo_switch(source, person, site.now())
        told = _("The switch of {source} is undone.")
    else:
        site.operations.switch_source(source, to == "on", person, site.now())
        told = _("{source} is switched on.") if to == "on" else _("{source} is switched off.")
    site.operations.audit(person, f"switch source {to}", source, site.now())
    return html.P(told.format(source=names(site.catalog).source(source)), className="good")


PAGE: Final = Page(
    "/sources",
    N_("Sources"),
    N_("Where posts come from, and what was missed: a gap is not a calm day."),
    "sources",
    FIELDS,
    layout,
    register,
)

__all__ = ["PAGE", "condition", "meaning"]
