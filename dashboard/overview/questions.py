"""Questions that wait: asked in the last days, and nobody has answered them as far as their source tells."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any, Final

import pandas as pd
from dash import Input, Output, dcc, html
from dash.development.base_component import Component

from dashboard import i18n, postcard, widgets
from dashboard.exports import to_csv
from dashboard.frames import each
from dashboard.i18n import _, n_
from dashboard.names import Names, names
from dashboard.pages.posts import FIELDS as POSTS
from dashboard.site import Site
from warehouse.queries import Selection

SHOWN: Final = 5
DAYS: Final = 3  #: days back that are looked through
READ: Final = 100  #: newest questions of these days


def waiting(site: Site, today: date) -> pd.DataFrame:
    """The newest questions without an answer: those about a topic of ours first, and the ones that wait longest first."""
    span = Selection(first=today - timedelta(days=DAYS - 1), last=today)
    return unanswered(site.catalog.posts(span, intent="question", limit=READ).rows)


def unanswered(found: pd.DataFrame) -> pd.DataFrame:
    """Of posts with the columns of `Catalog.posts`: those without a reply that are neither copies nor reposts, in the order of the list."""
    answered = found["replies"].fillna(0) > 0
    open_ones = found[~answered & ~found["repost"].fillna(False).astype(bool) & found["duplicate_of"].isna()]
    ours = open_ones["topics"].map(lambda codes: codes is not None and len(codes) > 0)
    return open_ones.assign(ours=ours).sort_values(["ours", "created_at"], ascending=[False, True], kind="stable").drop(columns="ours")


def panel(found: pd.DataFrame, known: Names, now: datetime) -> Component:
    title = _("Questions that wait")
    about = _(
        "Posts of the last {days} days that a model reads as a question on health or health services, and that have no reply as far as "
        "their source tells; copies and reposts are left out. Of the newest {read}; those about a topic come first, the longest waiting "
        "on top.",
        days=DAYS,
        read=READ,
    )
    actions = widgets.csv_button("overview-questions-csv")
    note = widgets.link(_("All questions"), "/posts", POSTS, intent="question", span="7d")
    if found.empty:
        return widgets.panel(title, widgets.empty_state(_("No question waits")), about=about, actions=actions, note=note)
    rows = [_asked(row, known, now) for row in each(found.head(SHOWN))]
    more = len(found) - SHOWN
    rest = [html.Div(n_("and {n} more question", "and {n} more questions", more), className="quiet small")] if more > 0 else []
    return widgets.panel(title, html.Div([*rows, *rest], className="rows"), about=about, actions=actions, note=note)


def _asked(row: Any, known: Names, now: datetime) -> Component:
    codes = list(row.topics) if row.topics is not None else []
    day = row.day.date().isoformat()
    about = i18n.listed([known.topic(code) for code in codes[:2]]) or _("No topic")
    link = widgets.link(about, "/posts", POSTS, intent="question", topic=codes[:1], span="custom", days=[day, day])
    text = html.Bdi(i18n.upright(" ".join((row.text or "").split()))[:160], className="small", dir="auto")
    url = postcard.safe_url(row.url)
    source = (
        html.A(_("Open at the source"), href=url, target="_blank", rel="noopener noreferrer nofollow", className="tiny") if url else None
    )
    body = html.Div([html.Div(text), html.Div([link, " ", source], className="quiet small")], className="grow")
    return html.Div([body, html.Span(i18n.ago(now - row.created_at), className="num small")], className="row")


def register(site: Site) -> None:
    @site.callback(Output("overview-questions-csv-file", "data"), Input("overview-questions-csv", "n_clicks"), prevent_initial_call=True)
    def download(_clicks: int) -> Any:
        today, known = site.catalog.today(), names(site.catalog)
        found = waiting(site, today)
        columns = ["created_at", "source", "native_id", "url", "text", "topics", "places"]
        told = found[columns].assign(source_title=[known.source(code) for code in found["source"]])
        return dcc.send_string("\ufeff" + to_csv(told), f"kentongan-questions-{today}.csv")
