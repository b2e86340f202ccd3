"""Posts over time: the lines, their table and their file."""

from __future__ import annotations

from typing import Any, Final

import pandas as pd
from dash import Input, Output, dcc, html, no_update
from dash.development.base_component import Component

from dashboard import charts, i18n, official, officialchart, officialpanel, widgets
from dashboard.expected import band
from dashboard.exports import to_csv
from dashboard.frames import each
from dashboard.i18n import _
from dashboard.look import Look
from dashboard.names import Names, names
from dashboard.site import Site
from dashboard.trends.view import View, counted, covered, file_name, inputs, line_name, states, unfinished, view
from warehouse.records import ALL

ROWS: Final = 400  #: newest rows of the table under the chart


def panel() -> Component:
    return widgets.panel(
        _("Posts over time"),
        [
            widgets.waiting(widgets.graph("trends-posts", height=380), 380),
            html.Div(id="trends-legend", className="legend"),
            widgets.folded(_("The same as a table"), html.Div(id="trends-table"), id="trends-more"),
        ],
        about=_(
            "Number of posts about the chosen topics and places. A gap in collection is a hole, never a zero. The band runs up to the "
            "count above which the detector raises a signal; it is drawn for a single line by day."
        ),
        actions=[widgets.png_button("trends-posts", _("Posts over time")), *widgets.csv_button("trends-csv")],
    )


def register(site: Site) -> None:
    @site.callback(Output("trends-posts", "figure"), Output("trends-legend", "children"), *inputs(), redraw=True)
    def draw(*values: Any) -> tuple[Any, Any]:
        *chosen, style = values
        wanted = view(site, *chosen)
        return _posts(site, wanted, site.catalog.exposure(wanted.selection), style), _legend(wanted)

    @site.callback(Output("trends-table", "children"), Input("trends-more", "n_clicks"), *inputs())
    def table(clicks: int | None, *values: Any) -> Any:
        if not clicks or clicks % 2 == 0:
            return no_update
        wanted = view(site, *values)
        return _table(site, wanted, counted(site, wanted))

    @site.callback(Output("trends-csv-file", "data"), Input("trends-csv", "n_clicks"), *states(), prevent_initial_call=True)
    def download(_clicks: int, *values: Any) -> Any:
        wanted = view(site, *values)
        counts = counted(site, wanted)
        table = counts.assign(
            period=counts["period"].dt.date, exposure=covered(site, wanted, counts, site.catalog.exposure(wanted.selection))
        )
        return dcc.send_string("\ufeff" + to_csv(table), file_name("trends", wanted))


def _posts(site: Site, wanted: View, exposure: pd.DataFrame, style: Look) -> Any:
    counts = counted(site, wanted)
    share = covered(site, wanted, counts, exposure)
    known = names(site.catalog)
    raised = site.catalog.signals(wanted.selection, 10_000)
    series = [_line(site, wanted, known, str(key), rows, share, raised) for key, rows in counts.groupby("key", sort=False)]
    series.sort(key=lambda one: -one.values.sum())
    first = counts[counts["key"] == counts["key"].iloc[0]] if len(counts) else counts
    figure = charts.lines(
        series,
        style,
        unit=wanted.unit,
        periods=first["period"].reset_index(drop=True),
        covered=share.loc[first.index].reset_index(drop=True),
        unfinished=unfinished(site, wanted.unit),
        band=_band(site, wanted, len(series)),
        share=wanted.share,
    )
    return figure if wanted.official is None else _with_official(site, wanted, wanted.official, known, figure, style)


def _with_official(site: Site, wanted: View, counts: official.Counts, known: Names, figure: Any, style: Look) -> Any:
    chosen = wanted.selection
    drawn = official.steps(counts, wanted.unit, site.settings.general.week, chosen.first, chosen.last)
    title = officialchart.axis_title(counts.period_days, wanted.unit)
    stepped = counts.period_days == 7 and wanted.unit == "day"
    return officialchart.over(figure, drawn, officialpanel.name(counts, known), title, style, stepped=stepped)


def _line(site: Site, wanted: View, known: Names, key: str, rows: pd.DataFrame, share: pd.Series, raised: pd.DataFrame) -> charts.Series:
    measured = rows["share"] if wanted.share else rows["posts"]
    values = charts.with_gaps(rows["posts"], share.loc[rows.index])
    values = measured.where(values.notna()).astype(float)
    marks = rows["period"].isin(_signal_periods(site, wanted, key, raised))
    parts = [part.reset_index(drop=True) for part in (rows["period"], values, marks)]
    return charts.Series(key, line_name(wanted, key, known), *parts)


def _signal_periods(site: Site, wanted: View, key: str, raised: pd.DataFrame) -> pd.Series:
    """The periods with a signal for this line; a signal is about one topic and one place, or about all of them."""
    if wanted.by in ("source", "lang") or wanted.selection.languages or wanted.selection.sources:
        return pd.Series(dtype="datetime64[ns]")
    topics = [key] if wanted.by == "topic" else list(wanted.selection.topics) or [ALL]
    places = [key] if wanted.by == "place" else list(wanted.selection.places) or [ALL]
    own = raised["topic"].isin(topics) & raised["place_code"].isin(places) & raised["since"].isna()
    days = raised.loc[own, "day"]
    return charts.period_start(days, wanted.unit, site.settings.general.week)


def _band(site: Site, wanted: View, lines: int) -> pd.DataFrame | None:
    chosen = wanted.selection
    plain = not (chosen.languages or chosen.sources or wanted.share) and len(chosen.topics) < 2 and len(chosen.places) < 2
    if lines != 1 or wanted.unit != "day" or not plain:
        return None
    return band(site.catalog, chosen, site.settings.detect)


def _legend(wanted: View) -> list[Component]:
    parts: list[Component] = [
        html.Span([html.Span(className="swatch hatch"), _("Nothing or little was collected, or the period is not over")]),
        html.Span([html.Span("◆", style={"color": "var(--k-bad)"}), _("Signal")]),
    ]
    if wanted.by is None and wanted.unit == "day" and not wanted.share:
        parts.append(html.Span([html.Span(className="swatch", style={"background": "var(--k-accent-soft)"}), _("Ordinary up to here")]))
    return parts


def _table(site: Site, wanted: View, counts: pd.DataFrame) -> Component:
    if not counts["posts"].sum():
        return widgets.empty_state(_("No posts for this choice"), _("Choose a longer period, or fewer filters."))
    known = names(site.catalog)
    newest = counts.sort_values(["period", "key"], ascending=[False, True]).head(ROWS)
    rows = [
        (
            charts.period_label(row.period, wanted.unit),
            line_name(wanted, row.key, known),
            i18n.number(row.posts),
            i18n.percent(row.share, 1),
            i18n.percent(row.negative / row.posts if row.posts else None),
            i18n.number(row.questions),
            i18n.number(row.complaints),
        )
        for row in each(newest)
    ]
    heads = [_("Period"), _("Line"), _("Posts"), _("Share"), _("Negative"), _("Questions"), _("Complaints")]
    return widgets.plain_table(heads, rows, range(2, 7), _("Posts over time"))
