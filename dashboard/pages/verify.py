"""Verification: signals as people work through them, and how good they turned out to be."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Final

import pandas as pd
from dash import Input, Output, State, dcc, html
from dash.development.base_component import Component

from dashboard import cluster, grids, i18n, reason, review, widgets
from dashboard.exports import to_csv
from dashboard.frames import each
from dashboard.i18n import N_, _
from dashboard.names import LEVEL, Names, names
from dashboard.pages.signals import FIELDS as SIGNALS
from dashboard.pages.signals import TOGETHER
from dashboard.site import COPY, Page, Site
from dashboard.urlstate import Choice, Code, Field
from dashboard.widgets import aria
from warehouse.errors import InputError
from warehouse.records import ALL, SCAN
from warehouse.state import STATUSES, Episode

STATE: Final = Choice("status", "open", ("open", "all", *STATUSES))
CHOSEN: Final = Code("episode")
FIELDS: Final[tuple[Field, ...]] = (STATE, CHOSEN)
MOST: Final = 2_000
_SINGLE: Final = {"mode": "singleRow", "checkboxes": False, "enableClickSelection": True}


def layout(site: Site, values: dict[str, Any]) -> Component:
    options = {"open": _("Not closed"), "all": _("All"), **{code: _(text) for code, text in review.STATUS.items()}}
    listed = widgets.panel(
        _("Signals to verify"),
        [
            html.Div(widgets.one("status", _("Status"), options, values["status"]), className="controls"),
            html.Div(id="episodes-count", className="quiet small"),
            widgets.waiting(grids.grid("episodes-grid", _columns(), rowSelection=_SINGLE), 420),
        ],
        about=_(
            "One row a topic, place (or places together) and detector: further days, and weeks beside them, join the signal until somebody "
            "closes it; a cluster also when its places change, as long as one is shared."
        ),
        actions=widgets.csv_button("episodes-csv"),
        note=_("Choose a row to see its steps and take the next one."),
    )
    good = widgets.panel(
        _("How good the signals were"),
        html.Div(id="quality"),
        about=_(
            "Positive predictive value: the share of decided signals that were verified, with its 95% interval. "
            "False alarms: discarded signals a week."
        ),
    )
    chosen = dcc.Store(id=widgets.kept("episode"), data=values["episode"])
    detail = html.Div(id="episode-detail", **aria(live="polite"))
    return html.Div([listed, review.heard(), chosen, detail, good], style={"display": "contents"})


def _columns() -> list[dict[str, Any]]:
    return [
        grids.column("topic", _("Topic"), minWidth=165, flex=2, tooltipField="topic"),
        grids.column("place", _("Place"), minWidth=140, flex=2, tooltipField="place"),
        grids.column("status", _("Status"), minWidth=165),
        grids.column("level", _("Level"), minWidth=165),
        grids.column("last_day", _("Days"), written="days", minWidth=150),
        grids.column("owner", _("Owner"), minWidth=150, tooltipField="owner"),
        grids.column("detector", _("Detector"), minWidth=140),
    ]


def found(site: Site, status: str | None) -> list[Episode]:
    wanted = status if status in STATE.options else "open"
    return [one for one in review.episodes(site) if wanted in ("all", one.status) or (wanted == "open" and one.open)]


def _row(one: Episode, known: Names, together: list[str] | None) -> dict[str, Any]:
    return {
        "id": one.episode_id,
        "status": review.status(one),
        "topic": known.topic(one.topic),
        "place": _place(one, known, together),
        "level": _(TOGETHER) if one.detector == SCAN else _(LEVEL.get(one.level, one.level)) if one.level else "",
        "last_day": one.last_day.isoformat(),
        "days": i18n.days(one.first_day, one.last_day),
        "owner": i18n.upright(one.owner),
        "detector": one.detector,
    }


def _place(one: Episode, known: Names, together: list[str] | None) -> str:
    if together:
        return cluster.together(together, known)
    return _("All places") if one.place_code == ALL else known.place(one.place_code)


def register(site: Site) -> None:
    review.register(site)

    @site.callback(
        Output("episodes-grid", "rowData"),
        Output("episodes-grid", "style"),
        Output("episodes-count", "children"),
        Output("quality", "children"),
        Input(widgets.control("status"), "value"),
        Input("reviewed", "data"),
        shared=COPY,
    )
    def fill(status: str, _reviewed: Any) -> Any:
        known, together = names(site.catalog), site.catalog.places_of_episodes()
        rows = [_row(one, known, together.get(one.episode_id)) for one in found(site, status)]
        count = i18n.n_("{n} signal", "{n} signals", len(rows)) if rows else _("No signal has this status.")
        return rows[:MOST], grids.fitted(min(len(rows), MOST), 420), count, _quality(site, known)

    @site.callback(Output(widgets.kept("episode"), "data"), Input("episodes-grid", "selectedRows"), prevent_initial_call=True)
    def choose(selected: list[dict[str, Any]] | None) -> Any:
        return selected[0]["id"] if selected else ""

    @site.callback(Output("episode-detail", "children"), Input(widgets.kept("episode"), "data"))
    def detail(episode_id: str) -> Any:
        return _detail(site, episode_id) if episode_id else None

    @site.callback(
        Output("episodes-csv-file", "data"),
        Input("episodes-csv", "n_clicks"),
        State(widgets.control("status"), "value"),
        prevent_initial_call=True,
    )
    def download(_clicks: int, status: str) -> Any:
        return dcc.send_string("\ufeff" + to_csv(_exported(found(site, status))), "kentongan-verification.csv")


def _exported(episodes: list[Episode]) -> pd.DataFrame:
    columns = [name for name in Episode.__dataclass_fields__ if name != "last_step"]
    return pd.DataFrame([asdict(one) for one in episodes], columns=columns)


def _detail(site: Site, episode_id: str) -> Component:
    try:
        one = site.operations.episode(episode_id)
    except InputError:
        return widgets.empty_state(_("This signal is no longer there"), _("Newer data may have withdrawn it."))
    known = names(site.catalog)
    together = site.catalog.places_of_episodes().get(episode_id)
    place = _("all places") if one.place_code == ALL else _place(one, known, together)
    signal_id = site.catalog.signal_of_episode(episode_id)
    signal = site.catalog.signal(signal_id) if signal_id else None
    link = widgets.link(_("Open its series and posts"), "/signals", SIGNALS, signal=signal_id, span="all") if signal_id else _no_longer()
    head = html.H2(_("{topic} in {place}, {day}", topic=known.topic(one.topic), place=place, day=i18n.days(one.first_day, one.last_day)))
    why = reason.brief(signal) if signal else []
    return html.Div([html.Div([head, *why, link], className="panel"), review.panel(site, one)], className="stack")


def _no_longer() -> Component:
    return html.Span(_("Newer data have withdrawn its days; what people did stays."), className="quiet small")


def _quality(site: Site, known: Names) -> Component:
    table = site.catalog.signal_quality()
    if table.empty or not (table["verified"] + table["discarded"]).any():
        return widgets.empty_state(_("Nothing was verified or discarded yet"), _("The first decision gives the first figure."))
    headings = [
        _("Topic"),
        _("Detector"),
        _("Signals"),
        _("Verified"),
        _("Discarded"),
        _("Predictive value"),
        _("95% interval"),
        _("Hours to verification"),
        _("False alarms a week"),
    ]
    rows = [_quality_row(row, known) for row in each(table)]
    return widgets.plain_table(headings, rows, numeric=range(2, 9), caption=_("How good the signals were"))


def _quality_row(row: Any, known: Names) -> list[str]:
    bounds = "–" if i18n.is_missing(row.ppv) else f"{i18n.percent(row.ppv_low)} – {i18n.percent(row.ppv_high)}"
    counts = [i18n.number(count) for count in (row.episodes, row.verified, row.discarded)]
    hours, alarms = i18n.compact(row.hours_to_verified), i18n.compact(row.false_alarms_per_week)
    topic = _("All topics") if row.topic == ALL else known.topic(row.topic)
    return [topic, row.detector, *counts, i18n.percent(row.ppv), bounds, hours, alarms]


PAGE: Final = Page(
    "/verification",
    N_("Verification"),
    N_("Which signals are new, who looks after which, and what came of them."),
    "verify",
    FIELDS,
    layout,
    register,
)
