"""Map: where posts are about, as areas or bubbles on the coastline, as 38 equal tiles, and as a table; week by week or all at once."""

from __future__ import annotations

from datetime import date
from threading import Condition
from typing import Any, Final

import pandas as pd
from cachetools import LRUCache, cached
from dash import Input, Output, State, dcc, html, no_update
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from analytics.geo import boundaries, coastline, tile_grid
from analytics.geo.matching import Level
from dashboard import areachart, filters, i18n, mapcharts, maptime, widgets
from dashboard.exports import to_csv
from dashboard.frames import each
from dashboard.i18n import N_, _, n_
from dashboard.look import Look
from dashboard.measures import MEASURES, times, with_balance, with_ratio
from dashboard.names import LEVELS, names
from dashboard.pages.trends import FIELDS as TRENDS
from dashboard.site import COPY, Page, Site
from dashboard.urlstate import Choice, Field
from warehouse.queries import Catalog, Selection
from warehouse.queries.reader import Stamp

LEVEL: Final = Choice("level", "province", ("province", "regency", "country"))
MEASURE: Final = Choice("measure", "posts", tuple(MEASURES))
DRAWN: Final = Choice("drawn", "areas", ("areas", "bubbles"))
SHARED: Final[tuple[Field, ...]] = tuple(field for field in filters.FILTERS if field is not filters.PLACES)
FIELDS: Final[tuple[Field, ...]] = (*SHARED, LEVEL, MEASURE, DRAWN, maptime.WEEK)
ROWS: Final = 60
HEIGHT: Final = 460  #: pixels of the map before its width is known (assets/map.css)


def layout(site: Site, values: dict[str, Any]) -> Component:
    drawn = widgets.switch("drawn", _("Drawn as"), {"areas": _("Areas"), "bubbles": _("Bubbles")}, values["drawn"])
    controls = filters.bar(
        site,
        names(site.catalog),
        values,
        widgets.one("level", _("Places"), {level: _(LEVELS[level]) for level in LEVEL.options}, values["level"]),
        widgets.switch("measure", _("Show"), {key: _(text) for key, text in MEASURES.items()}, values["measure"]),
        html.Div(drawn, id="map-drawn", className="" if _outlined(site, values["level"]) else "hidden"),
        only=SHARED,
    )
    about = _about()
    picture = widgets.panel(
        _("Map"),
        html.Div(widgets.waiting(widgets.graph("map-bubbles", height=HEIGHT), HEIGHT), className="scroll-x fits"),
        about=about,
        actions=[widgets.png_button("map-bubbles", _("Map")), *widgets.csv_button("map-weeks-csv")],
        note=[html.Span(id="map-note")],  # a list, for an empty component counts as none
    )
    tiles = widgets.panel(
        _("Provinces as equal tiles"),
        html.Div(widgets.waiting(widgets.graph("map-tiles", height=360), 360), className="scroll-x fits tiles-map"),
        about=_("Each province has the same size, so that small ones can be seen; the arrangement follows the map."),
        actions=[widgets.png_button("map-tiles", _("Provinces as equal tiles")), *widgets.csv_button("map-tiles-csv")],
    )
    table = widgets.panel(
        _("As a table"), widgets.waiting(html.Div(id="map-table"), 200), about=about, actions=widgets.csv_button("map-csv")
    )
    boxes = [html.Div(tiles, id="map-tiles-box"), table]
    return html.Div([controls, maptime.controls(site, values), picture, *boxes], style={"display": "contents"})


def _about() -> str:
    return " ".join(
        [
            _(
                "Posts that name a place, by place; a post about a regency also counts for its province. Per million people uses the "
                "population in the table of places. Sentiment runs from −1, all negative, to 1, all positive. A ring, frame or diamond "
                "marks a place with a signal."
            ),
            _(
                "Against expected: posts over the posts that were to be expected, which is for each day the mean of the same weekday in "
                "the eight weeks before the first day shown. Days that were hardly collected and the day that is not over count on neither "
                "side; where less than one post was expected no ratio is given."
            ),
        ]
    )


def register(site: Site) -> None:
    maptime.register(site)
    own = [widgets.control(field.key) for field in (LEVEL, MEASURE, DRAWN)]
    week = widgets.kept("week")
    _register_map(site, own, week)
    _register_downloads(site, own[0], week)
    _register_way_out(site, own[0])


def _register_map(site: Site, own: list[dict[str, str]], week: dict[str, str]) -> None:
    """Map, tiles and table at once: they are drawn from the same numbers, which take longer to count than to draw."""

    @site.callback(
        Output("map-bubbles", "figure"),
        Output("map-note", "children"),
        Output("map-drawn", "className"),
        Output("map-tiles", "figure"),
        Output("map-tiles-box", "className"),
        Output("map-table", "children"),
        *filters.inputs(SHARED),
        *[Input(id, "value") for id in own],
        Input(week, "data"),
        redraw=True,
        shared=COPY,
    )
    def draw(*values: Any) -> tuple[Any, ...]:
        *chosen, level, measure, drawn, at, style = values
        counts, outlined = counted(site, level, at, *chosen), _outlined(site, level)
        picture = _picture(site, counts, level, measure, drawn, _peak(site, level, measure, at, chosen), style)
        table = _table(counts, chosen, at, site)
        return picture, _note(site, level, outlined), "" if outlined else "hidden", *_tiles(site, level, measure, at, chosen, style), table


def _tiles(site: Site, level: Level, measure: str, at: str | None, chosen: list[Any], style: Look) -> tuple[Any, str]:
    """Provinces as tiles, and the class of their panel, which the countries of the world do without."""
    if level == "country":
        return no_update, "hidden"
    counts, peak = counted(site, "province", at, *chosen), _peak(site, "province", measure, at, chosen)
    return mapcharts.tiles(counts, tile_grid(style.narrow), measure, style, peak), ""


def _register_way_out(site: Site, level_id: dict[str, str]) -> None:
    """A press on a place opens its trend."""

    @site.callback(
        Output("url", "href", allow_duplicate=True),
        Input("map-tiles", "clickData"),
        Input("map-bubbles", "clickData"),
        *filters.states(SHARED),
        State(level_id, "value"),
        prevent_initial_call=True,
    )
    def open_place(tile: Any, place: Any, *values: Any) -> Any:
        *chosen, level = values
        code = _clicked(site, tile or place, level)
        if code is None:
            raise PreventUpdate
        keys = [field.key for field in SHARED]
        return widgets.href("/trends", TRENDS, place=[code], **dict(zip(keys, chosen, strict=True)))


def _register_downloads(site: Site, level_id: dict[str, str], week: dict[str, str]) -> None:
    """The tables of the three panels; that of the map has a row for each week and place."""

    @site.callback(
        Output("map-csv-file", "data"),
        Input("map-csv", "n_clicks"),
        *filters.states(SHARED),
        State(level_id, "value"),
        State(week, "data"),
        prevent_initial_call=True,
    )
    def download(_clicks: int, *values: Any) -> Any:
        *chosen, level, at = values
        return _csv(counted(site, level, at, *chosen), f"kentongan-map-{level}.csv")

    @site.callback(
        Output("map-tiles-csv-file", "data"),
        Input("map-tiles-csv", "n_clicks"),
        *filters.states(SHARED),
        State(week, "data"),
        prevent_initial_call=True,
    )
    def download_tiles(_clicks: int, *values: Any) -> Any:
        *chosen, at = values
        return _csv(counted(site, "province", at, *chosen), "kentongan-map-tiles.csv")

    @site.callback(
        Output("map-weeks-csv-file", "data"),
        Input("map-weeks-csv", "n_clicks"),
        *filters.states(SHARED),
        State(level_id, "value"),
        prevent_initial_call=True,
    )
    def download_weeks(_clicks: int, *values: Any) -> Any:
        *chosen, level = values
        weekly = site.catalog.map_weeks(selected(site, *chosen), level, site.settings.general.week)
        return _csv(with_balance(weekly), f"kentongan-map-{level}-weeks.csv")


def _csv(table: pd.DataFrame, name: str) -> Any:
    return dcc.send_string("\ufeff" + to_csv(table), name)


def _clicked(site: Site, clicked: Any, level: Level) -> str | None:
    """The place that was clicked: a mark says its code, an area only which trace it is."""
    point = clicked["points"][0] if clicked else {}
    if point.get("customdata") is not None or not point:
        return point.get("customdata")
    outlines = boundaries.read(site.folder.boundaries, level)
    codes = areachart.drawn(outlines, names_of(site, level))
    at = point.get("curveNumber", -1) - areachart.BASE
    return codes[at] if 0 <= at < len(codes) else None


def names_of(site: Site, level: Level) -> pd.DataFrame:
    """The places of a level: place_code."""
    places = site.catalog.places()
    return places[places["level"] == level]


def selected(site: Site, topic: Any, language: Any, source: Any, span: str, days: Any) -> Selection:
    return filters.selection(site, topic, (), language, source, span, days)


def _in_week(site: Site, at: str | None, selection: Selection) -> Selection:
    """The chosen week of a selection, or all of it."""
    days = maptime.shown(at, selection.first, selection.last, site.settings.general.week)
    first, last = days or (selection.first, selection.last)
    return Selection(topics=selection.topics, languages=selection.languages, sources=selection.sources, first=first, last=last)


def counted(site: Site, level: Level, at: str | None, *chosen: Any) -> pd.DataFrame:
    """The places of a level with counts, sentiment and what was expected, in the week that begins on `at` or in the whole period."""
    shown = _in_week(site, at, selected(site, *chosen))
    return _counted(site.catalog, site.catalog.copy(), level, shown, site.settings.detect.min_exposure)


@cached(LRUCache(64), condition=Condition())
def _counted(catalog: Catalog, _copy: Stamp, level: Level, shown: Selection, least: float) -> pd.DataFrame:
    """Map, tiles and table are drawn apart from the same numbers, which nobody may change."""
    return with_ratio(with_balance(catalog.map_counts(shown, level, least)))


def _peak(site: Site, level: Level, measure: str, at: str | None, chosen: list[Any]) -> float | None:
    """While a week is shown, the largest value of any week, so that colours and sizes can be compared between weeks."""
    selection = selected(site, *chosen)
    week = site.settings.general.week
    if measure not in ("posts", "per_million") or maptime.shown(at, selection.first, selection.last, week) is None:
        return None
    return site.catalog.map_peaks(selection, level, week)[measure]


def _outlined(site: Site, level: Level) -> int:
    """How many places of the level have a boundary."""
    return len(boundaries.read(site.folder.boundaries, level))


def _picture(site: Site, counts: pd.DataFrame, level: Level, measure: str, drawn: str, peak: float | None, style: Look) -> Any:
    coast = coastline("world" if level == "country" else "indonesia")
    outlines = boundaries.read(site.folder.boundaries, level)
    if outlines and drawn == "areas":
        return areachart.areas(counts, outlines, coast, measure, style, peak)
    return mapcharts.bubbles(counts, coast, measure, style, peak)


def _note(site: Site, level: Level, outlined: int) -> list[Any]:
    """Where the lines come from, and how to have areas."""
    coast = _("Coastline: Natural Earth, public domain. Drag to move, scroll is left to the page.")
    if not outlined:
        return [coast, " ", _("To colour areas, import boundaries:"), " ", html.Code("kentongan geo import FILE.geojson")]
    files = sorted({one.file for one in boundaries.read(site.folder.boundaries, level).values()})
    known = _("Boundaries: {files}.", files=i18n.upright(", ".join(files[:3]) + ("…" if len(files) > 3 else "")))
    missing = len(names_of(site, level)) - outlined
    if not missing or level == "country":
        return [coast, " ", known]
    return [coast, " ", known, " ", n_("{n} place has no boundary.", "{n} places have no boundary.", missing)]


def _table(counts: pd.DataFrame, chosen: list[Any], at: str | None, site: Site) -> Component:
    found = counts[(counts["posts"] > 0) | (counts["signals"] > 0)].sort_values(["posts", "name"], ascending=[False, True]).head(ROWS)
    if found.empty:
        return widgets.empty_state(_("No post of this choice names a place"), _("Choose a longer period, or fewer filters."))
    keep = dict(zip([field.key for field in SHARED], chosen, strict=True)) | _days_of(site, at, chosen)
    rows = [
        (
            widgets.link(row.name_, "/trends", TRENDS, place=[row.place_code], **keep),
            i18n.number(row.posts),
            i18n.compact(row.expected),
            times(row.ratio),
            i18n.compact(row.per_million),
            i18n.number(row.balance, 2),
            i18n.number(row.signals) if row.signals else "",
        )
        for row in each(found.rename(columns={"name": "name_"}))
    ]
    heads = [_("Place"), _("Posts"), _("Expected"), _("Against expected"), _("Per million"), _("Sentiment"), _("Signals")]
    return widgets.plain_table(heads, rows, range(1, 7), _("Posts by place"))


def _days_of(site: Site, at: str | None, chosen: list[Any]) -> dict[str, Any]:
    """The week that is shown as days of one's own, for links to other pages."""
    selection = selected(site, *chosen)
    days: tuple[date, date] | None = maptime.shown(at, selection.first, selection.last, site.settings.general.week)
    return {} if days is None else {"span": "custom", "days": [day.isoformat() for day in days]}


PAGE: Final = Page(
    "/map", N_("Map"), N_("Which places people write about, as far as their posts say."), "map", FIELDS, layout, register, shared=COPY
)
