"""Overview: the morning brief. What changed since yesterday, signals by place, growing topics, silent sources, how complete today is."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Final

import pandas as pd
from dash import Input, Output, html
from dash.development.base_component import Component

from dashboard import brief, charts, cluster, echo, filters, i18n, mood, moodpanel, widgets
from dashboard.frames import each
from dashboard.i18n import N_, _, n_
from dashboard.look import Look
from dashboard.names import LEVEL, Names, names
from dashboard.pages import sources as sources_page
from dashboard.pages.posts import FIELDS as POSTS
from dashboard.pages.signals import FIELDS as SIGNALS
from dashboard.pages.signals import TOGETHER
from dashboard.pages.trends import FIELDS as TRENDS
from dashboard.site import Page, Site
from dashboard.widgets import aria
from warehouse.queries import Freshness, Selection
from warehouse.records import ALL

WEEK: Final = 7
SHOWN: Final = 8  #: rows of a short list


def layout(site: Site, values: dict[str, Any]) -> Component:
    catalog = site.catalog
    day, known = catalog.today(), names(catalog)
    fresh = catalog.freshness(site.now())
    week = _days(day, WEEK)
    raised, _echoes = echo.fold(catalog.signals(week, 2_000))
    grown = _growth(site, day)
    parts = [
        _brief(site, day, raised, grown, fresh, known),
        _tiles(site, day, raised, fresh),
        html.Div([_chart(), _signals(raised, known)], className="grid-main"),
        html.Div([_growing(grown, known), _moods(site, week, known)], className="grid-2"),
        _sources(site),
    ]
    return html.Div(parts, style={"display": "contents"})


def _days(last: date, days: int) -> Selection:
    return Selection(first=last - timedelta(days=days - 1), last=last)


def _growth(site: Site, day: date) -> list[brief.Growth]:
    """Whole days only: today is still growing by itself."""
    span = _days(day, 15)
    counts = site.catalog.counts(span, "topic")
    return brief.growth(counts, site.catalog.exposure(span), day - timedelta(days=1), site.settings.detect.min_exposure)


def _brief(site: Site, day: date, raised: pd.DataFrame, grown: list[brief.Growth], fresh: Freshness, known: Names) -> Component:
    since = day - timedelta(days=1)
    new = raised[raised["day"] >= pd.Timestamp(since)]
    sentences: list[Any] = [
        brief.volume(brief.whole(site.catalog.changes(day)), day, site.catalog.counted_until(day)),
        brief.signals_sentence(new, since),
    ]
    up = [one for one in grown if one.change is not None and one.change > 0.1][:3]
    if up:
        told = [f"{known.topic(one.topic)} ({i18n.percent(one.change, signed=True)})" for one in up]
        sentences.append(_("Growing most this week: {topics}.", topics=i18n.listed(told)))
    if fresh.sources_trouble:
        sentences.append(n_("{n} source is in trouble or silent.", "{n} sources are in trouble or silent.", fresh.sources_trouble))
    return html.Section([html.P(" ".join(sentences), className="brief")], className="panel", **aria(label=_("In short")))


def _tiles(site: Site, day: date, raised: pd.DataFrame, fresh: Freshness) -> Component:
    counts = site.catalog.counts(_days(day, WEEK))
    asked, complained = int(counts["questions"].sum()), int(counts["complaints"].sum())
    week = {"span": "7d"}
    last = _("newest {when}", when=i18n.ago(site.now() - fresh.last_post_at)) if fresh.last_post_at else _("none yet")
    tiles = [
        widgets.tile(_("Posts today"), i18n.number(fresh.posts_today), last),
        widgets.tile(
            _("Signals, 7 days"),
            i18n.number(len(raised)),
            widgets.link(_("See all"), "/signals", SIGNALS, **week),
            _(
                "Days on which a topic in a place had more posts than the detector's upper bound. Not cases: each must be verified "
                "by a person. Echoes, whose posts are mostly those of a stronger signal, are not counted."
            ),
        ),
        widgets.tile(
            _("Questions, 7 days"),
            i18n.number(asked),
            widgets.link(n_("and {n} complaint", "and {n} complaints", complained), "/posts", POSTS, intent="question", **week),
            _("Posts that a rule reads as a question or a complaint about health or health services."),
        ),
        _complete(site, day),
        widgets.tile(
            _("Sources working"),
            f"{i18n.number(fresh.sources_ok)} / {i18n.number(fresh.sources_ok + fresh.sources_trouble)}",
            widgets.link(_("See the ledger"), "/sources"),
        ),
    ]
    return html.Div(tiles, className="tiles")


def _complete(site: Site, day: date) -> Component:
    covered = site.catalog.exposure(_days(day, 1))["exposure"].iloc[-1]
    local = site.catalog.published_at().astimezone(site.settings.zone)
    passed = (local.hour * 3600 + local.minute * 60 + local.second) / 86_400
    note = _("{share} of the day has passed", share=i18n.percent(passed))
    about = _("The share of today, from midnight to midnight, that was collected, averaged over the sources.")
    return widgets.tile(_("Today collected"), i18n.percent(None if i18n.is_missing(covered) else min(covered, 1.0)), note, about)


def _chart() -> Component:
    return widgets.panel(
        _("All posts, 30 days"),
        widgets.waiting(widgets.graph("overview-posts", height=340), 340),
        about=_("All posts by day. Hatched: little or nothing was collected, or the day is not over."),
        actions=[widgets.link(_("Open in Trends"), "/trends", TRENDS, span="30d")],
    )


def _signals(raised: pd.DataFrame, known: Names) -> Component:
    title = _("Signals by place, 7 days")
    if raised.empty:
        return widgets.panel(title, widgets.empty_state(_("No signals in these 7 days")))
    grouped = raised.assign(topic_name=raised["topic_id" if i18n.language() == "id" else "topic_en"]).groupby(
        [raised["place_code"], raised["since"].notna()], sort=False
    )
    ordered = sorted(grouped, key=lambda pair: -len(pair[1]))
    rows = [_place(str(code), found, known) for (code, _together), found in ordered[:SHOWN]]
    more = len(ordered) - SHOWN
    note = n_("and {n} more place", "and {n} more places", more) if more > 0 else None
    return widgets.panel(title, html.Div(rows, className="rows"), note=note)


def _place(code: str, found: pd.DataFrame, known: Names) -> Component:
    """One place, or several together, with its signals and their topics."""
    topics = list(dict.fromkeys(found["topic_name"]))
    told = i18n.listed(topics[:3]) + (" …" if len(topics) > 3 else "")
    newest = found.iloc[0]
    several = cluster.is_cluster(newest)
    level = html.Span(" " + _(TOGETHER if several else LEVEL.get(newest["level"], "")), className="quiet tiny")
    text = i18n.upright(newest["place"]) if several else known.place(code)
    name = widgets.link(text, "/signals", SIGNALS, span="7d", place=[] if code == ALL else [code], level="together" if several else "any")
    body = html.Div([html.Div([name, level]), html.Div(told, className="quiet small")], className="grow")
    return html.Div([body, html.Span(n_("{n} signal", "{n} signals", len(found)), className="num small")], className="row")


def _growing(grown: list[brief.Growth], known: Names) -> Component:
    about = _("Mean posts a day of the last seven whole days beside the seven days before; days with a gap in collection are left out.")
    up = [one for one in grown if one.recent > one.before][:SHOWN]
    if not up:
        return widgets.panel(_("Growing topics"), widgets.empty_state(_("No topic grows")), about=about)
    rows = [_grown(one, known) for one in up]
    return widgets.panel(_("Growing topics"), html.Div(rows, className="rows"), about=about)


def _grown(one: brief.Growth, known: Names) -> Component:
    daily = _("{rate} posts a day, before {before}", rate=i18n.number(one.recent, 1), before=i18n.number(one.before, 1))
    change = i18n.percent(one.change, signed=True) if one.change is not None else _("new")
    name = widgets.link(known.topic(one.topic), "/trends", TRENDS, topic=[one.topic], span="90d")
    body = html.Div([name, html.Div(daily, className="quiet small num")], className="grow")
    return html.Div([body, widgets.bars(one.daily, daily), html.Span(change, className="num change")], className="row")


def _moods(site: Site, week: Selection, known: Names) -> Component:
    """The sentiment of the topics with the most posts."""
    found = mood.of_keys(site.catalog, week, "topic", SHOWN)
    return widgets.panel(_("Public sentiment, 7 days"), moodpanel.table(found, known), about=mood.about())


def _sources(site: Site) -> Component:
    status = site.catalog.source_status()
    marked = [(row, *sources_page.condition(site, row)) for row in each(status) if row.enabled]
    wrong = [(row, kind, word) for row, kind, word in marked if kind in ("bad", "warn")]
    title = _("Silent or failing sources")
    if not wrong:
        return widgets.panel(title, widgets.empty_state(_("Every source works")))
    rows = []
    for row, kind, word in wrong[:SHOWN]:
        said = sources_page.meaning(row.last_error) if row.last_error else ""
        body = html.Div([widgets.link(row.title, "/sources"), html.Div(said, className="quiet small")], className="grow")
        rows.append(html.Div([body, html.Span([widgets.dot(kind), word], className="badge")], className="row"))
    return widgets.panel(title, html.Div(rows, className="rows"))


def register(site: Site) -> None:
    @site.callback(Output("overview-posts", "figure"), Input("overview-posts", "id"), redraw=True)
    def draw(_id: str, style: Look) -> Any:
        span = Selection(first=max(site.catalog.today() - timedelta(days=29), filters.known_days(site)[0]), last=site.catalog.today())
        counts = site.catalog.counts(span)
        covered = charts.period_exposure(counts["period"], site.catalog.exposure(span), "day", "skdr")
        line = charts.Series(ALL, _("All posts"), counts["period"], charts.with_gaps(counts["posts"], covered))
        return charts.lines([line], style, periods=counts["period"], covered=covered, unfinished=pd.Timestamp(site.catalog.today()))


PAGE: Final = Page("/", N_("Overview"), N_("What changed since yesterday."), "overview", (), layout, register)
