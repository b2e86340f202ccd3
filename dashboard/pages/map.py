"""Map: where posts are about, as bubbles on the coastline, as 38 equal tiles, and as a table."""

from __future__ import annotations

from typing import Any, Final

import pandas as pd
from dash import Input, Output, State, dcc, html
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from analytics.geo import coastline, tile_grid
from dashboard import filters, i18n, mapcharts, widgets
from dashboard.exports import to_csv
from dashboard.frames import each
from dashboard.i18n import N_, _
from dashboard.look import Look
from dashboard.names import LEVELS, names
from dashboard.pages.trends import FIELDS as TRENDS
from dashboard.site import Page, Site
from dashboard.urlstate import Choice, Field
from warehouse.queries import Selection

LEVEL: Final = Choice("level", "province", ("province", "regency", "country"))
MEASURE: Final = Choice("measure", "posts", tuple(mapcharts.MEASURES))
SHARED: Final[tuple[Field, ...]] = tuple(field for field in filters.FILTERS if field is not filters.PLACES)
FIELDS: Final[tuple[Field, ...]] = (*SHARED, LEVEL, MEASURE)
ROWS: Final = 60


def layout(site: Site, values: dict[str, Any]) -> Component:
    controls = filters.bar(
        site,
        names(site.catalog),
        values,
        widgets.one("level", _("Places"), {level: _(LEVELS[level]) for level in LEVEL.options}, values["level"]),
        widgets.switch("measure", _("Show"), {key: _(text) for key, text in mapcharts.MEASURES.items()}, values["measure"]),
        only=SHARED,
    )
    about = _(
        "Posts that name a place, by place; a post about a regency also counts for its province. Per million people uses the population in "
        "the table of places. Sentiment runs from −1, all negative, to 1, all positive. A ring or frame marks a place with a signal."
    )
    bubbles = widgets.panel(
        _("Bubbles"), html.Div(widgets.waiting(widgets.graph("map-bubbles", height=360), 360), className="scroll-x"), about=about,
        note=_("Coastline: Natural Earth, public domain. Drag to move, scroll is left to the page."),
    )  # fmt: skip
    tiles = widgets.panel(
        _("Provinces as equal tiles"),
        html.Div(widgets.waiting(widgets.graph("map-tiles", height=360), 360), className="scroll-x tiles-map"),
        about=_("Each province has the same size, so that small ones can be seen; the arrangement follows the map."),
    )
    table = widgets.panel(
        _("As a table"), widgets.waiting(html.Div(id="map-table"), 200), about=about, actions=widgets.csv_button("map-csv")
    )
    return html.Div([controls, html.Div([bubbles, table], className="grid-main"), tiles], style={"display": "contents"})


def register(site: Site) -> None:
    own = [widgets.control(field.key) for field in (LEVEL, MEASURE)]

    @site.callback(
        Output("map-bubbles", "figure"),
        Output("map-tiles", "figure"),
        Output("map-table", "children"),
        *filters.inputs(SHARED),
        *[Input(id, "value") for id in own],
        redraw=True,
    )
    def draw(*values: Any) -> tuple[Any, Any, Any]:
        *chosen, level, measure, style = values
        counts = counted(site, level, *chosen)
        provinces = counts if level == "province" else counted(site, "province", *chosen)
        return (
            _bubbles(counts, level, measure, style),
            mapcharts.tiles(provinces, tile_grid(), measure, style),
            _table(site, counts, chosen),
        )

    @site.callback(
        Output("map-csv-file", "data"),
        Input("map-csv", "n_clicks"),
        *filters.states(SHARED),
        State(own[0], "value"),
        prevent_initial_call=True,
    )
    def download(_clicks: int, *values: Any) -> Any:
        *chosen, level = values
        table = mapcharts.with_balance(counted(site, level, *chosen))
        return dcc.send_string("\ufeff" + to_csv(table), f"kentongan-map-{level}.csv")

    @site.callback(
        Output("url", "href", allow_duplicate=True), Input("map-tiles", "clickData"), *filters.states(SHARED), prevent_initial_call=True
    )
    def open_place(clicked: Any, *values: Any) -> Any:
        if not clicked:
            raise PreventUpdate
        keys = [field.key for field in SHARED]
        code = clicked["points"][0].get("customdata")
        return widgets.href("/trends", TRENDS, place=[code], **dict(zip(keys, values, strict=True)))


def selected(site: Site, topic: Any, language: Any, source: Any, span: str, days: Any) -> Selection:
    return filters.selection(site, topic, (), language, source, span, days)


def counted(site: Site, level: str, *chosen: Any) -> pd.DataFrame:
    return site.catalog.map_counts(selected(site, *chosen), level)  # type: ignore[arg-type]


def _bubbles(counts: pd.DataFrame, level: str, measure: str, style: Look) -> Any:
    return mapcharts.bubbles(counts, coastline("world" if level == "country" else "indonesia"), measure, style)


def _table(site: Site, counts: pd.DataFrame, chosen: list[Any]) -> Component:
    found = mapcharts.with_balance(counts)
    found = found[found["posts"] > 0].sort_values(["posts", "name"], ascending=[False, True]).head(ROWS)
    if found.empty:
        return widgets.empty_state(_("No post of this choice names a place"), _("Choose a longer period, or fewer filters."))
    keep = dict(zip([field.key for field in SHARED], chosen, strict=True))
    rows = [
        (
            widgets.link(row.name_, "/trends", TRENDS, place=[row.place_code], **keep),
            i18n.number(row.posts),
            i18n.compact(row.per_million),
            i18n.number(row.balance, 2),
            i18n.number(row.signals) if row.signals else "",
        )
        for row in each(found.rename(columns={"name": "name_"}))
    ]
    heads = [_("Place"), _("Posts"), _("Per million"), _("Sentiment"), _("Signals")]
    return widgets.plain_table(heads, rows, range(1, 5), _("Posts by place"))


PAGE: Final = Page("/map", N_("Map"), N_("Which places people write about, as far as their posts say."), "map", FIELDS, layout, register)
