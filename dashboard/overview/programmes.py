"""What the public feels about the programmes that one follows: this week beside the week before."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Final

import dash_mantine_components as dmc
import pandas as pd
from dash import Input, Output, State, dcc, html
from dash.development.base_component import Component

from dashboard import i18n, mood, moodbars, widgets
from dashboard.exports import to_csv
from dashboard.frames import each
from dashboard.i18n import _
from dashboard.look import Look
from dashboard.names import SENTIMENT, Names, names
from dashboard.pages.trends import FIELDS as TRENDS
from dashboard.site import COPY, Site
from dashboard.urlstate import Codes
from warehouse.queries import Selection

FOLLOWED: Final = Codes("follow")
GROUPS: Final = ("programme", "service")  #: whose topics are followed when none were chosen
MOST: Final = 12
WEEK: Final = 7


def panel(values: dict[str, Any], known: Names) -> Component:
    data = sorted(({"value": code, "label": known.topic(code)} for code in known.topics), key=lambda item: item["label"])
    select = dmc.MultiSelect(
        id=widgets.control(FOLLOWED.key),
        label=_("Programmes followed"),
        data=data,
        value=[code for code in values["follow"] if code in known.topics],
        placeholder="" if values["follow"] else _("Programmes and health services"),
        searchable=True,
        clearable=True,
        hidePickedOptions=True,
        nothingFoundMessage=_("Nothing found"),
        limit=80,
        maxValues=MOST,
        comboboxProps={"shadow": "md", "withinPortal": True},
        clearButtonProps={"aria-label": _("Clear")},
        size="sm",
    )
    title = _("Public sentiment on programmes, 7 days")
    more = _("Choose any topics to follow; the address keeps them, so that a bookmark opens your own brief.")
    body = [select, widgets.waiting(html.Div(id="overview-moods"), 220)]
    return widgets.panel(
        title,
        body,
        about=f"{more} {mood.about()}",
        actions=[widgets.png_button("overview-programmes", title), *widgets.csv_button("moods-csv")],
    )


def followed(chosen: list[str] | None, known: Names) -> list[str]:
    """The topics that were chosen, else those of programmes and services."""
    wanted = [code for code in chosen or () if code in known.topics]
    return wanted or [code for code, row in known.topics.items() if row["grp"] in GROUPS]


def of_week(site: Site, topics: list[str], today: date) -> pd.DataFrame:
    """`mood.of_keys` of the last seven days, with `negative_before`, `negative_before_low`, `negative_before_high` of the seven before."""
    last = Selection(topics=tuple(topics), first=today - timedelta(days=WEEK - 1), last=today)
    before = Selection(topics=tuple(topics), first=last.first - timedelta(days=WEEK), last=last.first - timedelta(days=1))
    found = mood.of_keys(site.catalog, last, "topic", MOST)
    past = mood.of_keys(site.catalog, before, "topic", MOST).set_index("key")
    for name in ("negative", "negative_low", "negative_high"):
        found[name.replace("negative", "negative_before")] = found["key"].map(past[name])
    return found[found["posts"] > 0].reset_index(drop=True)


def register(site: Site) -> None:
    @site.callback(Output("overview-moods", "children"), Input(widgets.control(FOLLOWED.key), "value"), redraw=True, shared=COPY)
    def draw(chosen: list[str] | None, style: Look) -> Component:
        known = names(site.catalog)
        topics = followed(chosen, known)
        found = of_week(site, topics, site.catalog.today()) if topics else pd.DataFrame()
        if found.empty:
            return widgets.empty_state(_("No posts on these programmes in 7 days"), _("Choose other topics to follow."))
        figure = moodbars.bars(found.assign(name=[known.topic(code) for code in found["key"]]), style)
        graph = widgets.graph("overview-programmes", figure, moodbars.height(len(found)))
        return html.Div([graph, widgets.folded(_("The same as a table"), _table(found, known))], className="stack-small")

    @site.callback(
        Output("moods-csv-file", "data"), Input("moods-csv", "n_clicks"), State(widgets.control(FOLLOWED.key), "value"),
        prevent_initial_call=True,
    )  # fmt: skip
    def download(_clicks: int, chosen: list[str] | None) -> Any:
        known, today = names(site.catalog), site.catalog.today()
        found = of_week(site, followed(chosen, known), today)
        table = found.drop(columns="period").rename(columns={"key": "topic"}).round(4)
        table.insert(1, "name", [known.topic(code) for code in found["key"]])
        return dcc.send_string("\ufeff" + to_csv(table), f"kentongan-programmes-{today}.csv")


def _table(found: pd.DataFrame, known: Names) -> Component:
    rows = [
        (
            widgets.link(known.topic(row.key), "/trends", TRENDS, topic=[row.key], span="30d"),
            i18n.number(row.posts),
            *[mood.written(row, name) for name in mood.NAMES],
            _before(row),
        )
        for row in each(found)
    ]
    heads = [_("Topic"), _("Posts"), *[_(SENTIMENT[name]) for name in mood.NAMES], _("Negative, 7 days before")]
    return widgets.plain_table(heads, rows, range(1, 6), _("Share of posts with its 95% interval"))


def _before(row: Any) -> str:
    """The negative share of the week before, and which way it went when the intervals lie apart."""
    if i18n.is_missing(row.negative_before):
        return "–"
    sure = row.negative_low > row.negative_before_high or row.negative_high < row.negative_before_low
    arrow = (" ↑" if row.negative > row.negative_before else " ↓") if sure else ""
    low, high = i18n.number(100 * row.negative_before_low), i18n.percent(row.negative_before_high)
    return f"{i18n.percent(row.negative_before)} ({low}–{high}){arrow}"
