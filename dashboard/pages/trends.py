"""Trends: how often a topic is posted about, in a place, a language, a source, over time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

import pandas as pd
from dash import Input, Output, State, dcc, html, no_update
from dash.development.base_component import Component

from dashboard import charts, filters, i18n, mood, moodchart, moodpanel, official, officialchart, officialpanel, widgets
from dashboard.expected import band
from dashboard.exports import to_csv
from dashboard.frames import each
from dashboard.i18n import N_, _, n_
from dashboard.look import Look
from dashboard.names import Names, names
from dashboard.site import Page, Site
from dashboard.urlstate import Choice, Field
from warehouse.errors import InputError
from warehouse.queries import Selection
from warehouse.records import ALL

UNIT: Final = Choice("unit", "day", ("day", "week", "month"))
SPLIT: Final = Choice("by", "auto", ("auto", "none", "topic", "place", "source", "lang"))
MEASURE: Final = Choice("show", "posts", ("posts", "share"))
OFFICIAL: Final = Field("official", official.SHOWN)
FIELDS: Final[tuple[Field, ...]] = (*filters.FILTERS, UNIT, SPLIT, MEASURE, OFFICIAL)
LINES: Final = 6  #: lines when nothing was chosen to compare
DAILY: Final = 45  #: days up to which sentiment is drawn by day; beyond, single days say too little
ROWS: Final = 400  #: newest rows of the table under the chart


@dataclass(frozen=True)
class View:
    """What the controls ask for."""

    selection: Selection
    unit: str
    by: str | None
    share: bool
    official: official.Counts | None = None


def layout(site: Site, values: dict[str, Any]) -> Component:
    known = names(site.catalog)
    controls = filters.bar(
        site,
        known,
        values,
        widgets.switch("unit", _("Step"), {"day": _("Day"), "week": _("Week"), "month": _("Month")}, values["unit"]),
        widgets.one("by", _("Lines"), _splits(), values["by"]),
        widgets.switch("show", _("Show"), {"posts": _("Posts"), "share": _("Share of all posts")}, values["show"]),
        _official_control(site, values["official"]),
    )
    posts = widgets.panel(
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
    compared = widgets.panel(
        _("Posts beside official counts"),
        widgets.waiting(html.Div(id="trends-official"), 120),
        about=_("Counts of cases that an authority published, held against the posts and the signals of the same topic and place."),
        actions=[widgets.png_button("official-lags", _("Posts beside official counts")), *widgets.csv_button("official-csv")],
    )
    sentiment = widgets.panel(
        _("Public sentiment"),
        [
            widgets.waiting(widgets.graph("trends-sentiment", height=340), 340),
            widgets.folded(_("By topic, over the whole period"), html.Div(id="trends-moods"), id="trends-moods-more"),
        ],
        about=f"{mood.about()} {_('Beyond {days} days it is drawn by week, without the one that is not over.', days=DAILY)}",
        actions=[widgets.png_button("trends-sentiment", _("Public sentiment")), *widgets.csv_button("sentiment-csv")],
    )
    tags = widgets.panel(_("Hashtags"), widgets.waiting(html.Div(id="trends-tags"), 200), about=_("The most used hashtags of these posts."))
    return html.Div([controls, posts, compared, html.Div([sentiment, tags], className="grid-main")], style={"display": "contents"})


def _official_control(site: Site, value: str) -> Component:
    known = officialpanel.options(site.catalog)
    return widgets.one("official", _("Official counts"), known, value if value in known else official.SHOWN)


def _splits() -> dict[str, str]:
    return {
        "auto": _("As chosen"),
        "none": _("One line"),
        "topic": _("By topic"),
        "place": _("By place"),
        "source": _("By source"),
        "lang": _("By language"),
    }


def view(site: Site, *values: Any) -> View:
    *chosen, unit, by, show, wanted = values
    selection = filters.selection(site, *chosen)
    counts = official.chosen(site.catalog, selection, wanted or official.SHOWN)
    return View(selection, unit, _split(selection, by), show == "share", counts)


def _split(selection: Selection, by: str) -> str | None:
    if by != "auto":
        return None if by == "none" else by
    if len(selection.topics) > 1:
        return "topic"
    return "place" if len(selection.places) > 1 else None


def register(site: Site) -> None:
    own = [Input(widgets.control(field.key), "value") for field in (UNIT, SPLIT, MEASURE, OFFICIAL)]

    @site.callback(
        Output("trends-posts", "figure"),
        Output("trends-legend", "children"),
        *filters.inputs(),
        *own,
        redraw=True,
    )
    def draw(*values: Any) -> tuple[Any, Any]:
        *chosen, style = values
        wanted = view(site, *chosen)
        return _posts(site, wanted, site.catalog.exposure(wanted.selection), style), _legend(wanted)

    @site.callback(Output("trends-sentiment", "figure"), *filters.inputs(), *own, redraw=True)
    def feel(*values: Any) -> Any:
        *chosen, style = values
        wanted = view(site, *chosen)
        return _sentiment(site, wanted, site.catalog.exposure(wanted.selection), style)

    @site.callback(Output("trends-table", "children"), Input("trends-more", "n_clicks"), *filters.inputs(), *own)
    def table(clicks: int | None, *values: Any) -> Any:
        if not clicks or clicks % 2 == 0:
            return no_update
        wanted = view(site, *values)
        return _table(site, wanted, counted(site, wanted))

    @site.callback(Output("trends-moods", "children"), Input("trends-moods-more", "n_clicks"), *filters.inputs())
    def moods(clicks: int | None, *values: Any) -> Any:
        if not clicks or clicks % 2 == 0:
            return no_update
        return moodpanel.table(mood.of_keys(site.catalog, filters.selection(site, *values), "topic", moodpanel.SHOWN), names(site.catalog))

    @site.callback(
        Output("sentiment-csv-file", "data"),
        Input("sentiment-csv", "n_clicks"),
        *filters.states(),
        *[State(widgets.control(field.key), "value") for field in (UNIT, SPLIT, MEASURE, OFFICIAL)],
        prevent_initial_call=True,
    )
    def download_sentiment(_clicks: int, *values: Any) -> Any:
        wanted = view(site, *values)
        _unit, found = _moods(site, wanted)
        table = found.drop(columns=["key", "period"]).round(4)
        table.insert(0, "period", found["period"].dt.date)
        return dcc.send_string("\ufeff" + to_csv(table), f"kentongan-sentiment-{wanted.selection.first}-{wanted.selection.last}.csv")

    @site.callback(Output("trends-official", "children"), *filters.inputs(), Input(widgets.control(OFFICIAL.key), "value"), redraw=True)
    def beside(*values: Any) -> Component:
        *chosen, wanted, style = values
        selection = filters.selection(site, *chosen)
        counts = official.chosen(site.catalog, selection, wanted or official.SHOWN)
        return officialpanel.content(site.catalog, counts, selection, wanted, names(site.catalog), style)

    @site.callback(
        Output("official-csv-file", "data"),
        Input("official-csv", "n_clicks"),
        *filters.states(),
        State(widgets.control(OFFICIAL.key), "value"),
        prevent_initial_call=True,
    )
    def download_comparison(_clicks: int, *values: Any) -> Any:
        *chosen, wanted = values
        counts = official.chosen(site.catalog, filters.selection(site, *chosen), wanted or official.SHOWN)
        if counts is None:
            raise InputError(_("There is nothing to download: no official counts are shown."))
        found = officialpanel.compared(site.catalog, counts)
        if isinstance(found, InputError):
            raise found
        name = f"kentongan-official-{counts.topic}-{counts.place_code}.csv"
        return dcc.send_string("\ufeff" + to_csv(officialpanel.table(found)), name)

    @site.callback(Output("trends-tags", "children"), *filters.inputs())
    def tags(*values: Any) -> Component:
        return _tags(site, filters.selection(site, *values))

    @site.callback(
        Output("trends-csv-file", "data"),
        Input("trends-csv", "n_clicks"),
        *filters.states(),
        *[State(widgets.control(field.key), "value") for field in (UNIT, SPLIT, MEASURE, OFFICIAL)],
        prevent_initial_call=True,
    )
    def download(_clicks: int, *values: Any) -> Any:
        wanted = view(site, *values)
        counts = counted(site, wanted)
        table = counts.assign(
            period=counts["period"].dt.date, exposure=covered(site, wanted, counts, site.catalog.exposure(wanted.selection))
        )
        return dcc.send_string("\ufeff" + to_csv(table), f"kentongan-trends-{wanted.selection.first}-{wanted.selection.last}.csv")


def counted(site: Site, wanted: View) -> pd.DataFrame:
    """The counts of the view, with `share`: a line's posts among all posts of the same period, places, languages and sources.

    Lines of places, sources or languages about chosen topics are shares of all posts of that place, source or language.
    """
    counts = _counts(site, wanted.selection, wanted)
    own = bool(wanted.selection.topics) and wanted.by in ("place", "source", "lang")
    whole = _counts(site, replace(wanted.selection, topics=()), wanted if own else replace(wanted, by=None), 10_000)
    keys = ["period", "key"] if own else ["period"]
    total = counts.merge(whole[[*keys, "posts"]], on=keys, how="left", suffixes=("", "_all"))["posts_all"]
    return counts.assign(share=(counts["posts"] / total.where(total > 0)).astype(float))


def _counts(site: Site, selection: Selection, wanted: View, keys: int = LINES) -> pd.DataFrame:
    return site.catalog.counts(selection, wanted.by, wanted.unit, site.settings.general.week, keys=keys)  # type: ignore[arg-type]


def covered(site: Site, wanted: View, counts: pd.DataFrame, exposure: pd.DataFrame) -> pd.Series:
    return charts.period_exposure(counts["period"], exposure, wanted.unit, site.settings.general.week)


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
    name = known.of(wanted.by, key) if wanted.by else _one_name(wanted.selection, known)
    parts = [part.reset_index(drop=True) for part in (rows["period"], values, marks)]
    return charts.Series(key, name, *parts)


def _one_name(selection: Selection, known: Names) -> str:
    return i18n.listed([known.topic(code) for code in selection.topics]) or _("All posts")


def _signal_periods(site: Site, wanted: View, key: str, raised: pd.DataFrame) -> pd.Series:
    """The periods with a signal for this line; a signal is about one topic and one place, or about all of them."""
    if wanted.by in ("source", "lang") or wanted.selection.languages or wanted.selection.sources:
        return pd.Series(dtype="datetime64[ns]")
    topics = [key] if wanted.by == "topic" else list(wanted.selection.topics) or [ALL]
    places = [key] if wanted.by == "place" else list(wanted.selection.places) or [ALL]
    own = raised["topic"].isin(topics) & raised["place_code"].isin(places) & raised["since"].isna()
    days = raised.loc[own, "day"]
    return charts.period_start(days, wanted.unit, site.settings.general.week)


def unfinished(site: Site, unit: str) -> pd.Timestamp:
    """The first day of the period that today falls in."""
    today = pd.Series([pd.Timestamp(site.catalog.today())])
    return charts.period_start(today, unit, site.settings.general.week).iloc[0]


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
            known.of(wanted.by, row.key) if wanted.by else _one_name(wanted.selection, known),
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


def _sentiment(site: Site, wanted: View, exposure: pd.DataFrame, style: Look) -> Any:
    unit, found = _moods(site, wanted)
    over = found["period"] != unfinished(site, unit)
    found = found[over].reset_index(drop=True) if over.any() else found
    own = charts.period_exposure(found["period"], exposure, unit, site.settings.general.week)
    return moodchart.mood(found, style, unit=unit, covered=own)


def _moods(site: Site, wanted: View) -> tuple[str, pd.DataFrame]:
    """The step in which sentiment is drawn, and its shares."""
    unit = "week" if wanted.unit == "day" and wanted.selection.days() > DAILY else wanted.unit
    return unit, mood.shares(site.catalog, wanted.selection, None, unit, site.settings.general.week)  # type: ignore[arg-type]


def _tags(site: Site, selection: Selection) -> Component:
    found = site.catalog.hashtags(selection, 9)
    if found.empty:
        return widgets.empty_state(_("No hashtags in these posts"))
    most = int(found["posts"].max())
    rows = [(html.Bdi(f"#{row.hashtag}"), _share_bar(row.posts / most), n_("{n} post", "{n} posts", int(row.posts))) for row in each(found)]
    return widgets.plain_table([_("Hashtag"), "", _("Posts")], rows, [2])


def _share_bar(share: float) -> Component:
    return html.Div(html.Span(style={"width": f"{100 * share:.0f}%"}), className="bar", style={"minWidth": "60px", "marginTop": "8px"})


PAGE: Final = Page(
    "/trends", N_("Trends"), N_("How often something is posted about, where, and in what tone."), "trends", FIELDS, layout, register
)
