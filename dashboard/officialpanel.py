"""The panel under Trends that holds posts against official counts: correlation by lag, lead time, sensitivity, timeliness."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import pandas as pd
from dash import html
from dash.development.base_component import Component

from analytics.official import LONGEST, MADS, REPLICATES, Comparison
from dashboard import i18n, officialchart, widgets
from dashboard.i18n import N_, _, n_
from dashboard.look import Look
from dashboard.names import Names
from dashboard.official import COUNTRY, HIDDEN, SHOWN, Counts, Held, held
from warehouse.errors import InputError
from warehouse.queries import Catalog, Selection
from warehouse.records import ALL

IMPORT = "kentongan official import counts.csv"


def options(catalog: Catalog) -> dict[str, str]:
    """The choices of the control: the topic's own counts, none, or those of one disease."""
    diseases = dict.fromkeys(str(name) for name in catalog.official_series()["disease"])
    return {SHOWN: _("Of the topic"), HIDDEN: _("Hidden"), **{name: i18n.upright(name) for name in diseases}}


def name(series: Counts, known: Names) -> str:
    """The series as a legend names it."""
    return _("Official: {disease}, {place}", disease=i18n.upright(series.disease), place=known.place(series.place_code))


def compared(catalog: Catalog, series: Counts) -> Held | InputError:
    place = ALL if series.place_code == COUNTRY else series.place_code
    return held(catalog, catalog.published_at(), series.disease, series.topic, place)


def content(catalog: Catalog, series: Counts | None, selection: Selection, wanted: str, known: Names, style: Look) -> Component:
    """The panel's body."""
    if series is None:
        return _none(catalog, selection, wanted, known)
    found = compared(catalog, series)
    if isinstance(found, InputError):
        return widgets.empty_state(_("Too little to compare"), str(found))
    span = i18n.days(found.first, found.last)
    kind = n_("{n} week", "{n} weeks", found.periods) if found.period_days == 7 else n_("{n} day", "{n} days", found.periods)
    about = _(
        "{series}: {kind}, {span}; everything that was imported, whatever period is chosen above.",
        series=name(series, known),
        kind=kind,
        span=span,
    )
    table = widgets.plain_table(
        [_("Measure"), _("Value")], measures(found.comparison), numeric=[1], caption=_("Posts beside official counts")
    )
    figure = widgets.graph("official-lags", officialchart.lags(found.comparison, style), 300)
    return html.Div([html.P(about, className="quiet small"), html.Div([figure, table], className="grid-2")], className="stack-small")


_ABOUT: Final = {
    N_("Correlation on the same days"): N_(
        "Spearman's ρ: Pearson's correlation of the ranks of the cases of each period and of the mean posts a day in it. 1: they rise and "
        "fall alike; 0: they do not. (Spearman 1904)"
    ),
    N_("Highest correlation"): N_(
        "The highest ρ when posts are moved by {days} days or less to either side. Being the best of many, it is somewhat too high."
    ),
    N_("Lead time of posts"): N_(
        "The shift with the highest ρ: so many days earlier posts rise than official counts (negative: later). Interval: the middle 95% of "
        "the best shifts in {n} series made of blocks of this one (moving-block bootstrap, Künsch 1989)."
    ),
    N_("Official events"): N_(
        "Stretches of periods with more cases than the median + {mads} × 1.4826 × the median distance from it (robust standard deviations)."
        " One period below does not end a stretch."
    ),
    N_("Sensitivity of the detector"): N_(
        "Official events with at least one signal of this topic and place, from {days} days before the event to its end, divided by all "
        "events. (CDC 2001, MMWR 50 RR-13)"
    ),
    N_("Timeliness of the detector, days"): N_(
        "Median of the days from an event's first day to its first signal; negative: the signal came first. Only events that had a signal. "
        "(CDC 2001, MMWR 50 RR-13)"
    ),
}


def measures(one: Comparison) -> list[tuple[Component, Any]]:
    """What came of it, each with its definition, formula and source."""
    at = dict(zip(one.lags.tolist(), one.correlation.tolist(), strict=True))
    values = (
        i18n.number(at[0], 2),
        i18n.number(at[one.best_lag] if one.best_lag is not None else None, 2),
        _lead(one),
        i18n.number(one.events),
        i18n.percent(one.sensitivity),
        _delay(one.median_delay),
    )
    facts = {"days": i18n.number(LONGEST), "n": i18n.number(REPLICATES), "mads": i18n.number(MADS)}
    titles = [html.Span([_(title), widgets.help_mark(_(about, **facts))], className="with-help") for title, about in _ABOUT.items()]
    return list(zip(titles, values, strict=True))


def _lead(one: Comparison) -> Any:
    if one.best_lag is None:
        return "–"
    low, high = (i18n.number(value) for value in one.lead_interval)
    interval = _("95% interval {low} to {high}", low=low, high=high)
    return [n_("{n} day", "{n} days", one.best_lag), html.Div(interval, className="quiet tiny")]


def _delay(days: float) -> str:
    if i18n.is_missing(days):
        return "–"
    written = i18n.number(days, 1 if days % 1 else 0)
    return f"+{written}" if days > 0 else written


def _none(catalog: Catalog, selection: Selection, wanted: str, known: Names) -> Component:
    """Why there is nothing, and what to do."""
    series = catalog.official_series()
    if series.empty:
        how = [_("Columns: date (or week, 2025-W07), place, disease, count. In a terminal:"), html.Code(IMPORT)]
        return widgets.empty_state(_("No official counts were imported"), *how)
    if wanted == HIDDEN:
        return widgets.empty_state(_("Official counts are hidden"))
    if len(selection.topics) != 1 or len(selection.places) > 1:
        return widgets.empty_state(
            _("Choose one topic, and one place or none"), _("There are counts of: {series}.", series=_listed(series, known))
        )
    own = series[series["topic"].eq(selection.topics[0]) if wanted == SHOWN else series["disease"].eq(wanted)]
    where = known.place(selection.places[0] if selection.places else COUNTRY)
    title = _("No official counts of {topic} for {place}", topic=known.topic(selection.topics[0]), place=where)
    if own.empty:
        return widgets.empty_state(title, _("There are counts of: {series}.", series=_listed(series, known)), html.Code(IMPORT))
    return widgets.empty_state(title, _("There are counts of: {series}.", series=_listed(own, known)))


def _listed(series: pd.DataFrame, known: Names) -> str:
    told = [f"{i18n.upright(str(row['disease']))} ({known.place(row['place_code'])})" for row in series.head(8).to_dict("records")]
    return i18n.listed(told) + (" …" if len(series) > 8 else "")


def table(one: Held) -> pd.DataFrame:
    """Everything of a comparison for a file: measure, lag_days, value, low, high."""
    found = one.comparison
    single: Sequence[tuple[str, Any]] = (
        ("first_day", one.first),
        ("last_day", one.last),
        ("periods", one.periods),
        ("period_days", one.period_days),
        ("official_events", found.events),
        ("sensitivity", found.sensitivity),
        ("median_delay_days", found.median_delay),
    )
    lead = {"measure": "lead_days", "value": found.lead_days, "low": found.lead_interval[0], "high": found.lead_interval[1]}
    by_lag = [
        {"measure": "spearman", "lag_days": int(lag), "value": value}
        for lag, value in zip(found.lags, found.correlation.tolist(), strict=True)
    ]
    rows = [*[{"measure": name, "value": value} for name, value in single], lead, *by_lag]
    return pd.DataFrame(rows, columns=["measure", "lag_days", "value", "low", "high"]).astype({"lag_days": "Int64"})
