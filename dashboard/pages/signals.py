"""Signals: what was out of the ordinary, and one click to the series and the posts behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

import pandas as pd
from dash import Input, Output, State, dcc, html
from dash.development.base_component import Component

from dashboard import charts, claims, cluster, echo, filters, grids, i18n, postcard, reason, review, rule, week, weekchart, widgets
from dashboard.expected import band
from dashboard.exports import to_csv
from dashboard.frames import each
from dashboard.i18n import N_, _
from dashboard.look import Look
from dashboard.names import LEVEL, LEVELS, Names, names
from dashboard.pages.posts import FIELDS as POSTS
from dashboard.pages.trends import FIELDS as TRENDS
from dashboard.site import COPY, Page, Site
from dashboard.urlstate import Choice, Code, Field
from dashboard.widgets import aria
from warehouse.queries import Selection
from warehouse.queries.signals import Told
from warehouse.records import ALL
from warehouse.state import Episode

SCALE: Final = Choice("level", "any", ("any", "all", "country", "province", "regency", "together"))
ORDER: Final = Choice("order", "newest", ("newest", "strongest", "surest"))
CHOSEN: Final = Code("signal")
SHARED: Final[tuple[Field, ...]] = (filters.TOPICS, filters.PLACES, filters.SPAN, filters.DAYS)
FIELDS: Final[tuple[Field, ...]] = (*SHARED, SCALE, ORDER, CHOSEN)
BEFORE: Final = 60  #: days of the series shown before a signal
AFTER: Final = 14
POSTS_SHOWN: Final = 8
MOST: Final = 2_000  #: signals of the file
LISTED: Final = 300  #: rows of the list: nobody reads more of them, and they take long to write
TOGETHER: Final = N_("Places together")


def layout(site: Site, values: dict[str, Any]) -> Component:
    controls = filters.bar(
        site,
        names(site.catalog),
        values,
        widgets.one(
            "level",
            _("Level"),
            _levels(),
            values["level"],
        ),
        widgets.one(
            "order",
            _("Order"),
            {"newest": _("Newest first"), "strongest": _("Strongest first"), "surest": _("Surest first")},
            values["order"],
        ),
        only=SHARED,
    )
    listed = widgets.panel(
        _("Signals"),
        [
            html.Div(id="signals-count", className="quiet small"),
            widgets.waiting(grids.grid("signals-grid", _columns(), rowSelection=_SINGLE), 420),
        ],
        about=_(
            "A day or a week in which a topic in a place had more posts than the upper bound of the detector, or neighbouring places had "
            "too many together. It says that something was written about more than usual; whether anybody is ill is for a person to find "
            "out."
        ),
        actions=widgets.csv_button("signals-csv"),
        note=_("Choose a row to see its series and the posts behind it."),
    )
    chosen = dcc.Store(id=widgets.kept("signal"), data=values["signal"])
    return html.Div(
        [controls, listed, review.heard(), chosen, html.Div(id="signal-detail", **aria(live="polite"))], style={"display": "contents"}
    )


_SINGLE: Final = {"mode": "singleRow", "checkboxes": False, "enableClickSelection": True}


def _levels() -> dict[str, str]:
    names = {"all": LEVEL["all"], **LEVELS, "together": TOGETHER}
    return {"any": _("All levels"), **{key: _(text) for key, text in names.items()}}


def _columns() -> list[dict[str, Any]]:
    return [
        # what and where first: a phone shows two columns, and a laptop all up to the upper bound
        grids.column("topic", _("Topic"), minWidth=165, flex=2.4, tooltipField="topic"),
        grids.column("place", _("Place"), minWidth=160, flex=2, tooltipField="place"),
        grids.column("day", _("Days"), written="day_text", minWidth=165),
        grids.column("status", _("Status"), minWidth=135),
        grids.column("kind", _("Looks like"), minWidth=170, flex=1.5, tooltipField="kind"),
        grids.column("observed", _("Observed"), written="observed_text", numeric=True, minWidth=90),
        grids.column("expected", _("Expected"), written="expected_text", numeric=True, minWidth=95),
        grids.column("upper", _("Upper bound"), written="upper_text", numeric=True, minWidth=110),
        grids.column("level", _("Level"), minWidth=165),
        grids.column("echoes", _("Echoes"), numeric=True, minWidth=90),
        grids.column("pvalue", _("p-value"), written="pvalue_text", numeric=True, minWidth=85),
        grids.column("exposure", _("Collected"), written="exposure_text", numeric=True, minWidth=105),
        grids.column("detector", _("Detector"), minWidth=140),
    ]


def found(site: Site, topic: Any, place: Any, span: str, days: Any, level: str, order: str, *, told: Told) -> pd.DataFrame:
    selection = filters.selection(site, topic, place, (), (), span, days)
    of = "" if level in ("any", None) else level
    return site.catalog.signals(selection, MOST, order, level=of, told=told)  # type: ignore[arg-type]


def _row(row: Any, episodes: Mapping[tuple[str, str], Sequence[Episode]]) -> dict[str, Any]:
    exposure = row.exposure if row.exposure == row.exposure else None
    return {
        "id": row.signal_id,
        "day": row.day.date().isoformat(),
        "day_text": week.span({"day": row.day.date(), "since": row.since, "period_days": row.period_days}),
        "status": _status(row, episodes),
        "topic": row.topic_id if i18n.language() == "id" else row.topic_en,
        "place": _("All places") if row.place_code == ALL else i18n.upright(row.place),
        "level": _level(row),
        "kind": reason.kind({"kind": row.kind}),
        "observed": float(row.observed),
        "observed_text": i18n.number(row.observed),
        "expected": _plain(row.expected),
        "expected_text": i18n.number(row.expected, 1),
        "upper": _plain(row.upper),
        "upper_text": i18n.number(row.upper, 1),
        "pvalue": _plain(row.pvalue),
        "pvalue_text": pvalue(row.pvalue),
        "exposure": exposure,
        "exposure_text": i18n.percent(exposure),
        "detector": row.detector,
    }


def _level(row: Any) -> str:
    if not i18n.is_missing(row.since):
        return _(TOGETHER)
    return _(LEVEL.get(row.level, row.level or "")) if row.level else ""


def _status(row: Any, episodes: Mapping[tuple[str, str], Sequence[Episode]]) -> str:
    """Of the episode to which the day belongs; a day that the worker has not joined to any yet is new."""
    own = review.episode_of(row, episodes)
    return review.status(own) if own else _(review.STATUS["new"])


def _plain(value: float) -> float | None:
    return None if i18n.is_missing(value) else float(value)


def pvalue(value: float | None) -> str:
    """Three digits, and an honest bound where it is smaller than they can say."""
    if i18n.is_missing(value):
        return "–"
    assert value is not None
    return "< " + i18n.number(0.001, 3) if value < 0.001 else i18n.number(value, 3)


def register(site: Site) -> None:
    shared = [*filters.inputs(SHARED), *[Input(widgets.control(field.key), "value") for field in (SCALE, ORDER)]]
    states = [*filters.states(SHARED), *[State(widgets.control(field.key), "value") for field in (SCALE, ORDER)]]

    @site.callback(
        Output("signals-grid", "rowData"),
        Output("signals-grid", "style"),
        Output("signals-count", "children"),
        *shared,
        Input("reviewed", "data"),
        shared=COPY,
    )
    def fill(*values: Any) -> tuple[list[dict[str, Any]], dict[str, str], Any]:
        together = found(site, *values[:-1], told="list")
        signals, echoes = echo.counted(together)
        episodes = review.by_place(site)
        rows = [{**_row(row, episodes), "echoes": echoes.get(row.signal_id)} for row in each(signals.head(LISTED))]
        told = _told(len(signals), sum(echoes.values()), len(together) == MOST) if rows else _no_signals(site)
        return rows, grids.fitted(len(rows), 420), told

    @site.callback(Output(widgets.kept("signal"), "data"), Input("signals-grid", "selectedRows"), prevent_initial_call=True)
    def choose(selected: list[dict[str, Any]] | None) -> Any:
        return selected[0]["id"] if selected else ""

    @site.callback(Output("signal-detail", "children"), Input(widgets.kept("signal"), "data"), redraw=True, shared=COPY)
    def detail(signal_id: str, style: Look) -> Any:
        signal = site.catalog.signal(signal_id) if signal_id else None
        if signal is None:
            return widgets.empty_state(_("This signal is no longer there"), _("Newer data may have withdrawn it.")) if signal_id else None
        return _detail(site, signal, style)

    @site.callback(Output("signals-csv-file", "data"), Input("signals-csv", "n_clicks"), *states, prevent_initial_call=True)
    def download(_clicks: int, *values: Any) -> Any:
        return dcc.send_string("\ufeff" + to_csv(found(site, *values, told="file")), "kentongan-signals.csv")


def _told(signals: int, echoes: int, more: bool) -> str:
    """How many there are (at least, where there are `more` than were read), with their echoes, and how many of them are listed."""
    counted = i18n.n_("At least {n} signal", "At least {n} signals", signals) if more else i18n.n_("{n} signal", "{n} signals", signals)
    if echoes:
        counted += ", " + i18n.n_("{n} echo folded under them", "{n} echoes folded under them", echoes)
    if signals <= LISTED:
        return counted
    listed = _("The first {n} are listed; the file has more, and so have another order or a narrower choice.", n=i18n.number(LISTED))
    return f"{counted}. {listed}"


def _no_signals(site: Site) -> str:
    return _(
        "No signal for this choice. {algorithm} tests every day that was collected well enough.", algorithm=site.settings.detect.algorithm
    )


def _detail(site: Site, signal: dict[str, Any], style: Look) -> Component:
    known = names(site.catalog)
    if cluster.is_cluster(signal):
        shown = cluster.panel(site, signal, style, ("/signals", FIELDS))
    else:
        shown = _of_one_place(site, signal, known, style)
    episode = site.operations.episode_of(signal["topic"], signal["place_code"], signal["detector"], signal["day"])
    why = reason.panel(signal, known) or _behind(site, signal)
    left = html.Div([shown, *([review.panel(site, episode)] if episode else [])], className="stack")
    return html.Div([left, why], className="grid-main top signal-detail")


def _of_one_place(site: Site, signal: dict[str, Any], known: Names, style: Look) -> Component:
    title = _(
        "{topic} in {place}, {day}",
        topic=known.topic(signal["topic"]),
        place=_where(signal["place_code"], known),
        day=week.days(signal),
    )
    around: dict[str, Any] = {"topic": _some(signal["topic"]), "place": _some(signal["place_code"])}
    span = [week.first_day(signal).isoformat(), signal["day"].isoformat()]
    of_week = week.is_week(signal)
    covering = site.catalog.clusters_of_place_signal(signal["signal_id"])
    part = (
        [widgets.link(_("Part of a signal of neighbouring places"), "/signals", FIELDS, span="all", signal=covering[0])] if covering else []
    )
    return widgets.panel(
        title,
        [
            html.P(week.sentence(signal) if of_week else charts.signal_names(signal)),
            html.P(_rule(signal), className="quiet small"),
            *[html.P(link, className="small") for link in part],
            *echo.lines(site.catalog, signal, known, "/signals", FIELDS),
            widgets.graph("signal-figure", _series(site, signal, style), 300),
        ],
        actions=[
            widgets.link(_("Open in Trends"), "/trends", TRENDS, span="1y", **around),
            html.Span(" · ", className="quiet"),
            widgets.link(
                _("All posts of the week") if of_week else _("All posts of the day"), "/posts", POSTS, span="custom", days=span, **around
            ),
        ],
    )  # fmt: skip


def _rule(signal: dict[str, Any]) -> str:
    found = i18n.moment(signal["first_detected_at"])
    return _("Rule: {rule}. First found {when}.", rule=rule.told(signal), when=found)


def _where(code: str, known: Names) -> str:
    return _("all places") if code == ALL else known.place(code)


def _some(code: str) -> list[str]:
    return [] if code == ALL else [code]


def _around(signal: dict[str, Any], first: Any, last: Any) -> Selection:
    return Selection(topics=tuple(_some(signal["topic"])), places=tuple(_some(signal["place_code"])), first=first, last=last)


def _series(site: Site, signal: dict[str, Any], style: Look) -> Any:
    day, name = signal["day"], names(site.catalog).topic(signal["topic"])
    if week.is_week(signal):
        return weekchart.series(site, signal, _around(signal, day, day), name, style)
    last = min(day + timedelta(days=AFTER), site.catalog.today())
    selection = _around(signal, day - timedelta(days=BEFORE), last)
    daily = site.catalog.counts(selection, measures=("posts",))
    covered = charts.period_exposure(daily["period"], site.catalog.exposure(selection), "day", "skdr")
    others = site.catalog.signal_days(selection)
    same = others[(others["topic"] == signal["topic"]) & (others["place_code"] == signal["place_code"]) & others["since"].isna()]
    marks = daily["period"].isin(same.loc[~(same["period_days"] > 1), "day"])
    line = charts.Series(signal["topic"], name, daily["period"], charts.with_gaps(daily["posts"], covered), marks)
    today = pd.Timestamp(site.catalog.today())
    return charts.lines(
        [line], style, periods=daily["period"], covered=covered, unfinished=today, band=band(site.catalog, selection, site.settings.detect)
    )


def _behind(site: Site, signal: dict[str, Any]) -> Component:
    selection = _around(signal, week.first_day(signal), signal["day"])
    if cluster.is_cluster(signal):
        selection = replace(selection, places=tuple(signal["places"]), first=signal["since"])
    page = site.catalog.posts(selection, limit=POSTS_SHOWN)
    known = names(site.catalog)
    claimed = claims.badges(site.catalog, page.rows)
    cards = [postcard.card(row, known, (), claimed.get((row.source, row.native_id), ())) for row in each(page.rows)]
    about = _("The newest posts of these days, topic and place. Read them before you believe the signal.")
    return widgets.panel(
        _("Posts behind it"), html.Div(cards) if cards else widgets.empty_state(_("These posts are no longer there")), about=about
    )


PAGE: Final = Page(
    "/signals",
    N_("Signals"),
    N_("Out of the ordinary, and not yet verified by anybody. A signal is not a case."),
    "signals",
    FIELDS,
    layout,
    register,
)
