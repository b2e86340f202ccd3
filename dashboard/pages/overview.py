"""Overview: the morning brief. What changed since yesterday and last week, open signals by place, growing topics, sentiment on programmes,
questions that wait, checked claims that circulate, silent sources, how complete today is."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Final

import pandas as pd
from dash import Input, Output, dcc, html, no_update
from dash.development.base_component import Component

from dashboard import brief, charts, filters, i18n, widgets
from dashboard.exports import to_csv
from dashboard.frames import each
from dashboard.i18n import N_, _, n_
from dashboard.look import Look
from dashboard.names import Names, names
from dashboard.overview import checked, growing, numbers, programmes, questions, silent, standing
from dashboard.pages import sources as sources_page
from dashboard.pages.posts import FIELDS as POSTS
from dashboard.pages.signals import FIELDS as SIGNALS
from dashboard.pages.trends import FIELDS as TRENDS
from dashboard.site import COPY, MINUTE, Page, Site
from dashboard.urlstate import Field
from dashboard.widgets import aria
from warehouse.queries import Freshness, Selection
from warehouse.records import ALL

WEEK: Final = 7
SHOWN_DAYS: Final = 30
FIELDS: Final[tuple[Field, ...]] = (programmes.FOLLOWED,)


def layout(site: Site, values: dict[str, Any]) -> Component:
    catalog = site.catalog
    day, known = catalog.today(), names(catalog)
    fresh = catalog.freshness(site.now())
    raised, grown, numbered = standing.of_week(site, day), growing.of_day(site, day), numbers.of_day(site, day)
    waiting, claimed = questions.waiting(site, day), checked.of_week(site, day)
    parts = [
        _brief(site, day, raised, grown, numbered, fresh, claimed, known),
        _tiles(site, day, raised, waiting, fresh),
        html.Div([_chart(), standing.panel(site, raised, known), numbers.panel(site, numbered, day)], className="grid-main tall"),
        html.Div([programmes.panel(values, known), growing.panel(grown, known), silent.panel(site)], className="grid-2 tall"),
        html.Div([questions.panel(waiting, known, site.now()), checked.panel(claimed, known)], className="grid-2"),
    ]
    return html.Div(parts, style={"display": "contents"})


def _days(last: date, days: int) -> Selection:
    return Selection(first=last - timedelta(days=days - 1), last=last)


def _brief(
    site: Site,
    day: date,
    raised: pd.DataFrame,
    grown: list[brief.Growth],
    found: list[numbers.Number],
    fresh: Freshness,
    claimed: checked.Checked,
    known: Names,
) -> Component:
    since = day - timedelta(days=1)
    new = raised[raised["day"] >= pd.Timestamp(since)]
    first = [brief.volume(site.catalog.change_of_all(day), day, site.catalog.counted_until(day))]
    by_code = {one.code: one for one in found}
    week = brief.week(by_code["posts"].week, by_code["posts"].week_before)
    sentences: list[Any] = [*first, *([week] if week else []), brief.signals_sentence(new, since)]
    open_now = len(standing.still_open(raised))
    if open_now:
        sentences.append(n_("{n} signal of this week is open.", "{n} signals of this week are open.", open_now))
    up = [one for one in grown if one.change is not None and one.change > 0.1][:3]
    if up:
        told = [f"{known.topic(one.topic)} ({i18n.percent(one.change, signed=True)})" for one in up]
        sentences.append(_("Growing most this week: {topics}.", topics=i18n.listed(told)))
    sentences += [spread] if (spread := checked.sentence(claimed)) else []
    if fresh.sources_trouble:
        sentences.append(n_("{n} source is in trouble or silent.", "{n} sources are in trouble or silent.", fresh.sources_trouble))
    return html.Section([html.P(" ".join(sentences), className="brief")], className="panel", **aria(label=_("In short")))


def _tiles(site: Site, day: date, raised: pd.DataFrame, waiting: pd.DataFrame, fresh: Freshness) -> Component:
    counts = site.catalog.counts(_days(day, WEEK))
    asked, complained = int(counts["questions"].sum()), int(counts["complaints"].sum())
    week, today = {"span": "7d"}, [day.isoformat(), day.isoformat()]
    last = _("newest {when}", when=i18n.ago(site.now() - fresh.last_post_at)) if fresh.last_post_at else _("none yet")
    more = n_("and {n} complaint", "and {n} complaints", complained)
    tiles = [
        widgets.tile(_("Posts today"), i18n.number(fresh.posts_today), widgets.link(last, "/posts", POSTS, span="custom", days=today)),
        widgets.tile(
            _("Open signals, 7 days"),
            i18n.number(len(standing.still_open(raised))),
            widgets.link(_("of {n} raised", n=i18n.number(len(raised))), "/signals", SIGNALS, **week),
            _(
                "Days on which a topic in a place had more posts than the detector's upper bound. Not cases: each must be verified "
                "by a person. Echoes, whose posts are mostly those of a stronger signal, are not counted."
            ),
        ),
        widgets.tile(
            _("Questions, 7 days"),
            i18n.number(asked),
            [
                widgets.link(more, "/posts", POSTS, intent="complaint", **week),
                html.Div(widgets.link(_waits(len(waiting)), "/posts", POSTS, intent="question", **week)),
            ],
            _("Posts that a rule reads as a question or a complaint about health or health services."),
        ),
        _complete(site, day),
        widgets.tile(
            _("Sources working"),
            f"{i18n.number(fresh.sources_ok)} / {i18n.number(fresh.sources_ok + fresh.sources_trouble)}",
            widgets.link(_("See the ledger"), "/sources", sources_page.FIELDS, back="7d"),
        ),
    ]
    return html.Div(tiles, className="tiles")


def _waits(count: int) -> str:
    return n_("{n} waits for an answer", "{n} wait for an answer", count)


def _complete(site: Site, day: date) -> Component:
    covered = site.catalog.exposure(_days(day, 1))["exposure"].iloc[-1]
    local = site.catalog.published_at().astimezone(site.settings.zone)
    passed = (local.hour * 3600 + local.minute * 60 + local.second) / 86_400
    note = widgets.link(_("{share} of the day has passed", share=i18n.percent(passed)), "/sources", sources_page.FIELDS, back="7d")
    about = _("The share of today, from midnight to midnight, that was collected, averaged over the sources.")
    return widgets.tile(_("Today collected"), i18n.percent(None if i18n.is_missing(covered) else min(covered, 1.0)), note, about)


def _chart() -> Component:
    title = _("All posts, 30 days")
    return widgets.panel(
        title,
        [
            widgets.waiting(widgets.graph("overview-posts", height=340), 340),
            widgets.folded(_("The same as a table"), html.Div(id="overview-table"), id="overview-more"),
        ],
        about=_("All posts by day. Hatched: little or nothing was collected, or the day is not over."),
        actions=[
            widgets.link(_("Open in Trends"), "/trends", TRENDS, span="30d"),
            widgets.png_button("overview-posts", title),
            *widgets.csv_button("overview-csv"),
        ],
    )


def _month(site: Site) -> pd.DataFrame:
    """The counts of the last 30 days, with exposure."""
    last = site.catalog.today()
    span = Selection(first=max(last - timedelta(days=SHOWN_DAYS - 1), filters.known_days(site)[0]), last=last)
    counts = site.catalog.counts(span)
    return counts.assign(exposure=charts.period_exposure(counts["period"], site.catalog.exposure(span), "day", "skdr"))


def register(site: Site) -> None:
    for part in (numbers, standing, growing, programmes, questions, checked, silent):
        part.register(site)

    @site.callback(Output("overview-posts", "figure"), Input("overview-posts", "id"), redraw=True, shared=COPY)
    def draw(_id: str, style: Look) -> Any:
        counts = _month(site)
        line = charts.Series(ALL, _("All posts"), counts["period"], charts.with_gaps(counts["posts"], counts["exposure"]))
        today = pd.Timestamp(site.catalog.today())
        return charts.lines([line], style, periods=counts["period"], covered=counts["exposure"], unfinished=today)

    @site.callback(Output("overview-table", "children"), Input("overview-more", "n_clicks"), shared=COPY)
    def table(clicks: int | None) -> Any:
        if not clicks or clicks % 2 == 0:
            return no_update
        rows = [
            (charts.period_label(row.period, "day"), i18n.number(row.posts), i18n.percent(row.exposure)) for row in each(_month(site)[::-1])
        ]
        return widgets.plain_table([_("Day"), _("Posts"), _("Collected")], rows, [1, 2], _("All posts, 30 days"))

    @site.callback(Output("overview-csv-file", "data"), Input("overview-csv", "n_clicks"), prevent_initial_call=True)
    def download(_clicks: int) -> Any:
        counts = _month(site)
        rows = counts.assign(period=counts["period"].dt.date).drop(columns="key")
        return dcc.send_string("\ufeff" + to_csv(rows), f"kentongan-posts-{site.catalog.today()}.csv")


PAGE: Final = Page(
    "/", N_("Overview"), N_("What changed since yesterday and since last week."), "overview", FIELDS, layout, register, shared=MINUTE
)
