"""Posts over time: as lines, as small charts, as shares of voice; with signals, gaps, notes, the expected band and the year before."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import pandas as pd
from dash import Input, Output, html
from dash.development.base_component import Component

from dashboard import annotated, charts, multiples, official, officialchart, officialpanel, voice, widgets
from dashboard.expected import bands
from dashboard.i18n import _
from dashboard.look import Look
from dashboard.names import Names, names
from dashboard.site import COPY, Site
from dashboard.trends import notes, tabled
from dashboard.trends.measure import measured
from dashboard.trends.view import View, inputs, line_name, unfinished, view
from warehouse.records import ALL
from warehouse.state import Annotation

HEIGHT: Final = 380


def panel() -> Component:
    return widgets.panel(
        _("Posts over time"),
        [
            widgets.waiting(widgets.graph("trends-posts", height=HEIGHT), HEIGHT),
            html.Div(id="trends-legend", className="legend"),
            widgets.folded(_("The same as a table"), html.Div(id="trends-table"), id="trends-more"),
        ],
        about=_about(),
        actions=[widgets.png_button("trends-posts", _("Posts over time")), *widgets.csv_button("trends-csv")],
    )


def _about() -> str:
    parts = (
        _("Number of posts about the chosen topics and places. A gap in collection is a hole, never a zero. Weeks and months are whole."),
        _("The band runs up to the count above which the detector raises a signal; by day, for each line of its own chart."),
        _("Share of all posts: among all posts of the same days, places, languages and sources."),
        _(
            "Per 1,000 posts of the source: each source's posts on this by 1,000 of all its posts, averaged over the sources with the same "
            "weights throughout (direct standardisation), so that a new or a silent source moves nothing by itself."
        ),
        _(
            "Moving average: 7 days or 4 weeks, the middle one or the last one of which is the day or week shown (4 weeks centred: half a "
            "week at either end). The period that is not over is left out. Months are not averaged."
        ),
        _("The year before: the same weekday of the same epidemiological week; nothing where that was not collected."),
    )
    return " ".join(parts)


def register(site: Site) -> None:
    tabled.register(site)

    @site.callback(
        Output("trends-posts", "figure"),
        Output("trends-legend", "children"),
        Output("trends-posts", "style"),
        *inputs(),
        Input("noted", "data"),
        redraw=True,
        shared=COPY,
    )
    def draw(*values: Any) -> tuple[Any, Any, dict[str, str]]:
        *chosen, _noted, style = values
        wanted = view(site, *chosen)
        found = measured(site, wanted, ("posts",))
        series = _series(site, wanted, found)
        noted = notes.of_view(site, wanted)
        figure = _figure(site, wanted, series, found, noted, style)
        tall = multiples.height(len(series), style.narrow) if wanted.small else HEIGHT
        return figure, _legend(wanted, series, noted), {"height": f"{tall}px"}


def _figure(
    site: Site, wanted: View, series: list[charts.Series], found: pd.DataFrame, noted: Sequence[Annotation], style: Look
) -> charts.Figure:
    exposure = found.loc[found["key"] == found["key"].iloc[0], "exposure"].reset_index(drop=True) if len(found) else pd.Series(dtype=float)
    over = unfinished(site, wanted.unit)
    if wanted.form == "voice":
        return _with_notes(site, wanted, voice.stacked(series, style, unit=wanted.unit, covered=exposure, unfinished=over), noted, style)
    drawn: dict[str, Any] = {
        "unit": wanted.unit,
        "periods": series[0].periods if series else None,
        "covered": exposure if series else None,
        "unfinished": over,
        "share": wanted.share,
        "digits": 1 if wanted.averaged or wanted.measure == "rate" else 0,
    }
    expected = _bands(site, wanted, [one.key for one in series])
    if wanted.small:
        small = [
            multiples.Small(
                one.name,
                _with_notes(
                    site, wanted, charts.lines([one], style, band=expected.get(one.key), **drawn), _own(wanted, one.key, noted), style
                ),
            )
            for one in series
        ]
        return multiples.together(small, style, shared=wanted.form == "small")
    alone = expected.get(series[0].key) if len(series) == 1 else None
    figure = _with_notes(site, wanted, charts.lines(series, style, band=alone, **drawn), noted, style)
    return figure if wanted.official is None else _with_official(site, wanted, wanted.official, names(site.catalog), figure, style)


def _with_notes(site: Site, wanted: View, figure: charts.Figure, noted: Sequence[Annotation], style: Look) -> charts.Figure:
    return annotated.over(figure, noted, style, unit=wanted.unit, week=site.settings.general.week)


def _own(wanted: View, key: str, noted: Sequence[Annotation]) -> list[Annotation]:
    """The notes that a small chart shows: those about its line, and those about everything."""
    if wanted.by == "topic":
        return [note for note in noted if note.topic in ("", key)]
    return [note for note in noted if note.place_code in ("", key)] if wanted.by == "place" else list(noted)


def _with_official(site: Site, wanted: View, counts: official.Counts, known: Names, figure: Any, style: Look) -> Any:
    chosen = wanted.selection
    drawn = official.steps(counts, wanted.unit, site.settings.general.week, chosen.first, chosen.last)
    title = officialchart.axis_title(counts.period_days, wanted.unit)
    stepped = counts.period_days == 7 and wanted.unit == "day"
    return officialchart.over(figure, drawn, officialpanel.name(counts, known), title, style, stepped=stepped)


def _series(site: Site, wanted: View, found: pd.DataFrame) -> list[charts.Series]:
    known = names(site.catalog)
    marked = _signal_periods(site, wanted, site.catalog.signal_days(wanted.selection))
    return [_line(wanted, known, str(key), rows.reset_index(drop=True), marked) for key, rows in found.groupby("key", sort=False)]


def _line(wanted: View, known: Names, key: str, rows: pd.DataFrame, marked: Callable[[str], pd.Series]) -> charts.Series:
    past = rows["past"] if wanted.past == "year" else None
    marks = rows["period"].isin(marked(key))
    return charts.Series(key, line_name(wanted, key, known), rows["period"], rows["value"].astype(float), marks, past)


def _signal_periods(site: Site, wanted: View, raised: pd.DataFrame) -> Callable[[str], pd.Series]:
    """The periods with a signal for a line, by its key; a signal is about one topic and one place, or about all of them."""
    nothing = pd.Series(dtype="datetime64[ns]")
    if wanted.by in ("source", "lang") or wanted.selection.languages or wanted.selection.sources:
        return lambda _key: nothing
    chosen = {"topic": wanted.selection.topics or (ALL,), "place_code": wanted.selection.places or (ALL,)}
    by = {"topic": "topic", "place": "place_code"}.get(wanted.by or "", "")
    own = raised["since"].isna()
    for column, codes in chosen.items():
        if column != by:
            own &= raised[column].isin(codes)
    if wanted.unit == "day":
        own &= ~(raised["period_days"] > 1)  # a week is out of the ordinary, not its last day
    periods = charts.period_start(raised.loc[own, "day"], wanted.unit, site.settings.general.week)
    if not by:
        return lambda _key: periods
    apart = dict(list(periods.groupby(raised.loc[own, by].astype(object), sort=False)))
    return lambda key: apart.get(key, nothing)


def _bands(site: Site, wanted: View, keys: list[str]) -> dict[str, pd.DataFrame]:
    """The expected band of each line whose series the detector looks at: one topic in one place, or all of them, by day as counted."""
    chosen = wanted.selection
    counted = wanted.unit == "day" and wanted.measure == "posts" and not wanted.averaged
    if not counted or chosen.languages or chosen.sources or wanted.by in ("source", "lang") or not (wanted.small or len(keys) == 1):
        return {}
    others = {"topic": chosen.places, "place": chosen.topics}.get(wanted.by or "", (*chosen.topics[1:], *chosen.places[1:]))
    if len(others) > (1 if wanted.by else 0):
        return {}
    return bands(site.catalog, chosen, site.settings.detect, wanted.by, keys)


def _legend(wanted: View, series: list[charts.Series], noted: Sequence[Annotation]) -> list[Component]:
    if not series or not any(one.values.sum() for one in series):
        return [html.Span(_("No posts for this choice: choose a longer period, or fewer filters."))]
    parts: list[list[Any]] = [[html.Span(className="swatch hatch"), _("Nothing or little was collected, or the period is not over")]]
    if wanted.form != "voice":
        parts.append([html.Span("◆", style={"color": "var(--k-bad)"}), _("Signal")])
    if wanted.unit == "day" and wanted.measure == "posts" and not wanted.averaged and (wanted.small or len(series) == 1):
        parts.append([html.Span(className="swatch", style={"background": "var(--k-accent-soft)"}), _("Ordinary up to here")])
    if wanted.past == "year" and wanted.form != "voice":
        parts.append([html.Span(className="swatch line", style={"borderTopStyle": "dotted"}), _past_said(series)])
    if noted:
        parts.append([html.Span("▼"), _("Note")])
    if (said := _average_said(wanted)) is not None:
        parts.append([said])
    if wanted.form == "voice" and len(series) < 2:
        parts.append([_("A share of voice needs two lines or more: choose several topics, places, sources or languages.")])
    return [html.Span(part) for part in parts]


def _past_said(series: list[charts.Series]) -> str:
    there = any(one.past is not None and one.past.notna().any() for one in series)
    return _("The same epidemiological week of the year before") if there else _("No data of the year before")


def _average_said(wanted: View) -> str | None:
    """Which average is drawn, in words."""
    if wanted.mean == "off":
        return None
    if wanted.unit == "month":
        return _("Months are not averaged")
    said = {
        ("day", "centred"): _("Mean of 7 days, three before and three after"),
        ("day", "trailing"): _("Mean of the last 7 days"),
        ("week", "centred"): _("Mean of 4 weeks, centred"),
        ("week", "trailing"): _("Mean of the last 4 weeks"),
    }
    return said[wanted.unit, wanted.mean]
