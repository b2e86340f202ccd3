"""Open signals by place: raised in the last seven days, or earlier, and not yet decided on by anybody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final

import pandas as pd
from dash import Input, Output, dcc, html
from dash.development.base_component import Component

from dashboard import cluster, echo, i18n, review, widgets
from dashboard.exports import to_csv
from dashboard.frames import each
from dashboard.i18n import _, n_
from dashboard.names import LEVEL, Names, names
from dashboard.pages.signals import FIELDS as SIGNALS
from dashboard.pages.signals import TOGETHER
from dashboard.pages.verify import FIELDS as VERIFICATION
from dashboard.site import Site
from warehouse.queries import Selection
from warehouse.records import ALL
from warehouse.state import Episode

SHOWN: Final = 8
WEEK: Final = 7
OPEN: Final = ("new", "verifying")


def of_week(site: Site, today: date) -> pd.DataFrame:
    """The signals of the last seven days that stand for themselves, with `status`: that of their episode, new where none has them yet."""
    week = Selection(first=today - timedelta(days=WEEK - 1), last=today)
    raised, _echoes = echo.fold(site.catalog.signals(week, 2_000, told="list"))
    episodes = review.by_place(site)
    return raised.assign(status=[_status(row, episodes) for row in each(raised)])


def _status(row: Any, episodes: Mapping[tuple[str, str], Sequence[Episode]]) -> str:
    own = review.episode_of(row, episodes)
    return own.status if own else "new"


def still_open(raised: pd.DataFrame) -> pd.DataFrame:
    return raised[raised["status"].isin(OPEN)]


def panel(site: Site, raised: pd.DataFrame, known: Names) -> Component:
    title = _("Open signals by place, 7 days")
    about = _("Signals of the last seven days that nobody has verified, discarded or closed yet; echoes are folded under their signal.")
    actions = widgets.csv_button("overview-signals-csv")
    found = still_open(raised)
    note = _note(site, raised, found)
    if found.empty:
        return widgets.panel(title, widgets.empty_state(_("No open signals in these 7 days")), about=about, actions=actions, note=note)
    grouped = found.assign(topic_name=found["topic_id" if i18n.language() == "id" else "topic_en"]).groupby(
        [found["place_code"], found["since"].notna()], sort=False
    )
    ordered = sorted(grouped, key=lambda pair: -len(pair[1]))
    rows = [_place(str(code), own, known) for (code, _together), own in ordered[:SHOWN]]
    more = len(ordered) - SHOWN
    rest = [html.Div(n_("and {n} more place", "and {n} more places", more), className="quiet small")] if more > 0 else []
    return widgets.panel(title, html.Div([*rows, *rest], className="rows"), about=about, actions=actions, note=note)


def _note(site: Site, raised: pd.DataFrame, found: pd.DataFrame) -> Component:
    """How many of the week are decided, and how many older ones wait."""
    decided = len(raised) - len(found)
    begun = site.catalog.today() - timedelta(days=WEEK - 1)
    older = sum(one.status in OPEN and one.last_day < begun for one in review.episodes(site))
    parts: list[Any] = [n_("{n} of the week is decided.", "{n} of the week are decided.", decided)] if decided else []
    if older:
        text = n_("{n} older signal waits", "{n} older signals wait", older)
        parts += [" " if parts else "", widgets.link(text, "/verification", VERIFICATION, status="new"), "."]
    return html.Span(parts)


def _place(code: str, found: pd.DataFrame, known: Names) -> Component:
    """One place, or several together, with its open signals, their topics and how far they are."""
    topics = list(dict.fromkeys(found["topic_name"]))
    told = i18n.listed(topics[:3]) + (" …" if len(topics) > 3 else "")
    newest = found.iloc[0]
    several = cluster.is_cluster(newest)
    level = html.Span(" " + _(TOGETHER if several else LEVEL.get(newest["level"], "")), className="quiet tiny")
    text = i18n.upright(newest["place"]) if several else known.place(code)
    name = widgets.link(text, "/signals", SIGNALS, span="7d", place=[] if code == ALL else [code], level="together" if several else "any")
    body = html.Div([html.Div([name, level]), html.Div(told, className="quiet small")], className="grow")
    verifying = int((found["status"] == "verifying").sum())
    far = [html.Div(_("{n} being verified", n=i18n.number(verifying)), className="quiet tiny")] if verifying else []
    return html.Div([body, html.Div([n_("{n} signal", "{n} signals", len(found)), *far], className="num small")], className="row")


def table(found: pd.DataFrame, known: Names) -> pd.DataFrame:
    """For a file: day, topic, place, status and the numbers of each open signal."""
    columns = ["day", "topic", "place_code", "place", "level", "observed", "expected", "upper", "pvalue", "period_days", "detector"]
    told = found[columns].assign(
        day=found["day"].dt.date, topic_name=[known.topic(code) for code in found["topic"]],
        status=[_(review.STATUS[code]) for code in found["status"]],
    )  # fmt: skip
    return told.reset_index(drop=True)


def register(site: Site) -> None:
    @site.callback(Output("overview-signals-csv-file", "data"), Input("overview-signals-csv", "n_clicks"), prevent_initial_call=True)
    def download(_clicks: int) -> Any:
        today = site.catalog.today()
        found = still_open(of_week(site, today))
        return dcc.send_string("\ufeff" + to_csv(table(found, names(site.catalog))), f"kentongan-open-signals-{today}.csv")
