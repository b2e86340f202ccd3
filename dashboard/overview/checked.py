"""Claims that fact-checkers looked at and that posts of the last seven days speak of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

import pandas as pd
from dash import Input, Output, dcc, html
from dash.development.base_component import Component

from dashboard import claims, i18n, widgets
from dashboard.exports import to_csv
from dashboard.frames import each
from dashboard.i18n import _, n_
from dashboard.names import Names, names
from dashboard.pages.posts import FIELDS as POSTS
from dashboard.site import Site
from warehouse.queries.claims import CHECKED

SHOWN: Final = 5
WEEK: Final = 7
DAYS: Final = 2 * WEEK  #: as far back as posts are held against claims


@dataclass(frozen=True)
class Circulating:
    """One claim: its key, first line, address and day; posts of each of the last 14 days, today last; and its sources of the last seven,
    that with most posts first."""

    claim: str
    headline: str
    url: str | None
    checked: date
    daily: list[int]
    sources: list[str]

    @property
    def posts(self) -> int:
        """Of the last seven days."""
        return sum(self.daily[-WEEK:])

    @property
    def before(self) -> int:
        """Of the seven days before."""
        return sum(self.daily[:-WEEK])


@dataclass(frozen=True)
class Checked:
    """What circulates, most posts first, and how many posts of the last seven days were held against the claims."""

    circulating: list[Circulating]
    held: int


def of_week(site: Site, today: date) -> Checked:
    found = site.catalog.spoken_of(today - timedelta(days=DAYS - 1), today)
    days = pd.date_range(end=pd.Timestamp(today), periods=DAYS)
    week = found[found["day"] > days[-WEEK - 1]]
    told = week.dropna(subset=["claim"])
    if told.empty:
        return Checked([], int(week["posts"].sum()))
    daily = found.pivot_table("posts", "claim", "day", aggfunc="sum").reindex(columns=days).fillna(0).astype(int)
    each_source = told.groupby(["claim", "source"])["posts"].sum().reset_index().sort_values("posts", ascending=False, kind="stable")
    sources = each_source.groupby("claim")["source"].agg(list)
    circulating = [
        Circulating(row.claim, row.headline, row.url, row.checked.date(), daily.loc[row.claim].tolist(), sources[row.claim])
        for row in each(told.drop_duplicates("claim"))
    ]
    ordered = sorted(circulating, key=lambda one: (-one.posts, one.headline))
    return Checked(ordered, int(week["posts"].sum()))


def sentence(found: Checked) -> str | None:
    """For the brief: how many claims circulate, and the one that most posts speak of."""
    if not found.circulating:
        return None
    most, count = found.circulating[0], len(found.circulating)
    return n_(
        "Posts of this week speak of {n} checked claim: “{claim}” ({posts}).",
        "Posts of this week speak of {n} checked claims, most of “{claim}” ({posts}).",
        count,
        claim=claims.shortened(most.headline),
        posts=i18n.number(most.posts),
    )


def panel(found: Checked, known: Names) -> Component:
    about = _(
        "Posts of the last seven days that repeat or answer a claim that fact-checkers looked at; whether they are for or against it is "
        "not told. Posts of signals, unsure ones and a sample are held against the claims, and their exact copies stand with them: there "
        "may be more. Columns: the last 14 days."
    )
    actions = widgets.csv_button("overview-claims-csv")
    rows = [_row(one, known) for one in found.circulating[:SHOWN]]
    more = len(found.circulating) - SHOWN
    rest = [html.Div(n_("and {n} more claim", "and {n} more claims", more), className="quiet small")] if more > 0 else []
    note = widgets.link(_("All posts that speak of one"), "/posts", POSTS, claim=CHECKED, span="7d") if rows else None
    body = html.Div([*rows, *rest], className="rows") if rows else _none(found.held)
    return widgets.panel(_("Checked claims, 7 days"), body, about=about, actions=actions, note=note)


def _none(held: int) -> Component:
    if held:
        told = n_("{n} post was held against the claims.", "{n} posts were held against the claims.", held)
        return widgets.empty_state(_("No post speaks of a checked claim"), told)
    return widgets.empty_state(
        _("No post was held against a checked claim"),
        _("It takes a source of fact-checks in config.toml, and some minutes:"),
        html.Code('kind = "factcheck"'),
    )


def _row(one: Circulating, known: Names) -> Component:
    name = widgets.link(claims.shortened(one.headline), "/posts", POSTS, claim=one.claim, span="7d")
    sources = i18n.listed([known.source(code) for code in one.sources[:2]]) + (" …" if len(one.sources) > 2 else "")
    check = claims.named(_("fact-check of {day}", day=i18n.day(one.checked)), one.url)
    about = _("{n} in 7 days, before {before}", n=i18n.number(one.posts), before=i18n.number(one.before))
    body = html.Div([html.Div(html.Bdi(name)), html.Div([sources, " · ", check], className="quiet small")], className="grow")
    posts = html.Span(n_("{n} post", "{n} posts", one.posts), className="num small")
    return html.Div([body, widgets.bars(one.daily, about), posts], className="row wraps")


def table(found: Checked, known: Names) -> pd.DataFrame:
    """For a file: every claim that circulates."""
    rows = [
        (one.headline, one.url, one.checked, one.posts, one.before, ", ".join(known.source(code) for code in one.sources))
        for one in found.circulating
    ]
    return pd.DataFrame(rows, columns=["claim", "fact_check", "checked", "posts_7_days", "posts_7_days_before", "sources"])


def register(site: Site) -> None:
    @site.callback(Output("overview-claims-csv-file", "data"), Input("overview-claims-csv", "n_clicks"), prevent_initial_call=True)
    def download(_clicks: int) -> Any:
        today = site.catalog.today()
        told = table(of_week(site, today), names(site.catalog))
        return dcc.send_string("\ufeff" + to_csv(told), f"kentongan-checked-claims-{today}.csv")
