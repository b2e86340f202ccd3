"""A signal of neighbouring places together, on its page: one sentence, its posts by day, and its places."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

import pandas as pd
from dash import html
from dash.development.base_component import Component

from analytics.reason_sentences import NAMED, places_in_words
from dashboard import charts, i18n, widgets
from dashboard.expected import band
from dashboard.frames import each
from dashboard.i18n import _, n_
from dashboard.look import Look
from dashboard.names import Names, names
from dashboard.pages.posts import FIELDS as POSTS
from dashboard.pages.trends import FIELDS as TRENDS
from dashboard.site import Site
from dashboard.urlstate import Field
from warehouse.queries import Selection

BEFORE: Final = 60  #: days of the series shown before a cluster
AFTER: Final = 14


def is_cluster(signal: Any) -> bool:
    """Whether a signal (a row of `Catalog.signals`) is of several places together."""
    return not i18n.is_missing(signal["since"])


def together(codes: list[str], known: Names, named: int = NAMED) -> str:
    """The names of a cluster's places, the first few of them."""
    return places_in_words([known.place(code) for code in codes], i18n.language(), named)


def sentence(signal: dict[str, Any]) -> str:
    """What was observed and expected in all places, how that compares with elsewhere, and how improbable it was."""
    told = n_(
        "{observed} posts in {n} place since {since}, where {expected} were expected",
        "{observed} posts in {n} places together since {since}, where {expected} were expected",
        len(signal["places"]),
        observed=i18n.number(signal["observed"]),
        since=i18n.day(signal["since"]),
        expected=i18n.number(signal["expected"], 1),
    )
    risk = signal["relative_risk"]
    if i18n.is_missing(risk):
        return told + "; " + _("nowhere else was any.")
    return told + "; " + _("relative risk {risk}, p-value {p}.", risk=i18n.number(risk, 1), p=i18n.number(signal["pvalue"], 3))


def panel(site: Site, signal: dict[str, Any], style: Look, signals: tuple[str, tuple[Field, ...]]) -> Component:
    """The panel of a cluster; signals: address and fields of the page of signals, for links to its places' own."""
    known = names(site.catalog)
    codes, first, last = list(signal["places"]), signal["since"], signal["day"]
    title = _("{topic} in {place}, {day}", topic=known.topic(signal["topic"]), place=together(codes, known, 1), day=i18n.days(first, last))
    around: dict[str, Any] = {"topic": [signal["topic"]], "place": codes}
    whole = [known.place(code) for code in codes if "." not in code]
    note = _("In the chart and in lists, {places} has all its posts.", places=i18n.listed(whole)) if whole else None
    return widgets.panel(
        title,
        [
            html.P(sentence(signal)),
            html.P(_found(signal), className="quiet small"),
            widgets.graph("signal-figure", _series(site, signal, codes, style), 300),
            _table(site, signal, known, signals),
        ],
        about=_(
            "Neighbouring places that have more posts together, from some day up to this one, than in any of the random panels (space-time "
            "scan statistic). What is expected is how much the topic is talked of there, and how much on that day in the country. A "
            "province stands for the posts that name no regency of it."
        ),
        actions=[
            widgets.link(_("Open in Trends"), "/trends", TRENDS, span="1y", **around),
            html.Span(" · ", className="quiet"),
            widgets.link(
                _("All posts of these days"), "/posts", POSTS, span="custom", days=[first.isoformat(), last.isoformat()], **around
            ),
        ],
        note=note,
    )


def _found(signal: dict[str, Any]) -> str:
    return _(
        "Found by the space-time scan; the places lie within {km} km of its centre. First found {when}.",
        km=i18n.number(signal["radius_km"]),
        when=i18n.moment(signal["first_detected_at"]),
    )


def _series(site: Site, signal: dict[str, Any], codes: list[str], style: Look) -> Any:
    """All places together by day; the days of the cluster are marked."""
    first, day = signal["since"], signal["day"]
    last = min(day + timedelta(days=AFTER), site.catalog.today())
    selection = Selection(topics=(signal["topic"],), places=tuple(codes), first=first - timedelta(days=BEFORE), last=last)
    daily = site.catalog.counts(selection, measures=("posts",))
    covered = charts.period_exposure(daily["period"], site.catalog.exposure(selection), "day", "skdr")
    marks = daily["period"].between(pd.Timestamp(first), pd.Timestamp(day)) & (daily["posts"] > 0)
    name = names(site.catalog).topic(signal["topic"])
    line = charts.Series(signal["topic"], name, daily["period"], charts.with_gaps(daily["posts"], covered), marks)
    today = pd.Timestamp(site.catalog.today())
    shown = band(site.catalog, selection, site.settings.detect)
    return charts.lines([line], style, periods=daily["period"], covered=covered, unfinished=today, band=shown)


def _table(site: Site, signal: dict[str, Any], known: Names, signals: tuple[str, tuple[Field, ...]]) -> Component:
    rows = [_place(row, known, signals) for row in each(site.catalog.cluster_places(signal["signal_id"]))]
    headings = [_("Place"), _("Observed"), _("Expected"), _("Signals of its own")]
    return widgets.plain_table(headings, rows, range(1, 3), _("The places of this signal"))


def _place(row: Any, known: Names, signals: tuple[str, tuple[Field, ...]]) -> list[Any]:
    name = known.place(row.place_code)
    if row.level == "province":
        name = _("{place}, no regency named", place=name)
    own: Any = "–"
    if row.signals:
        own = widgets.link(n_("{n} day", "{n} days", int(row.signals)), *signals, span="all", signal=row.signal)
    return [name, i18n.number(row.observed), i18n.number(row.expected, 1), own]
