"""Posts: what was written, page by page, with a search."""

from __future__ import annotations

from typing import Any, Final

import dash_mantine_components as dmc
from dash import Input, Output, State, ctx, dcc, html, no_update
from dash.development.base_component import Component

from dashboard import filters, i18n, postcard, widgets
from dashboard.exports import to_csv
from dashboard.frames import each
from dashboard.i18n import N_, _, n_
from dashboard.names import EMOTION, INTENT, SENTIMENT, names
from dashboard.site import Page, Site
from dashboard.urlstate import Choice, Field, Whole
from dashboard.widgets import aria
from warehouse.queries import PostPage

TEXT: Final = Field("q")
TONE: Final = Choice("sentiment", "any", ("any", *SENTIMENT))
AIM: Final = Choice("intent", "any", ("any", *INTENT))
FEELING: Final = Choice("emotion", "any", ("any", *EMOTION))
HAND: Final = Choice("hand", "any", ("any", "first"))
NUMBER: Final = Whole("page", 1, 1, 500)
FIELDS: Final[tuple[Field, ...]] = (TEXT, *filters.FILTERS, TONE, AIM, FEELING, HAND, NUMBER)
SIZE: Final = 20  #: posts of one page
EXPORTED: Final = 200  #: posts of one CSV file


def layout(site: Site, values: dict[str, Any]) -> Component:
    search = widgets.text("q", _("Search"), values["q"], _("Every word must be in the post"))
    own = [
        widgets.one(
            "sentiment", _("Sentiment"), {"any": _("Any"), **{key: _(text) for key, text in SENTIMENT.items()}}, values["sentiment"]
        ),
        widgets.one("intent", _("What it is for"), {"any": _("Any"), **{key: _(text) for key, text in INTENT.items()}}, values["intent"]),
        widgets.one("emotion", _("Emotion"), {"any": _("Any"), **{key: _(text) for key, text in EMOTION.items()}}, values["emotion"]),
        widgets.one("hand", _("Who tells"), {"any": _("Anybody"), "first": _("First-hand reports of illness")}, values["hand"]),
    ]
    bar = filters.bar(site, names(site.catalog), values, *own)
    bar.children = [search, *bar.children]
    pager = dmc.Pagination(
        id=widgets.control("page"), total=max(values["page"], 1), value=values["page"], siblings=1, size="sm", withEdges=True
    )
    body = [
        html.Div([html.Span(id="posts-count", className="quiet small num", **aria(live="polite")), pager], className="pager"),
        widgets.waiting(html.Div(id="posts-list"), 480),
    ]
    about = _("Posts as they are stored: names, numbers and addresses of people were taken out before. Labels come from rules and models.")
    return html.Div(
        [bar, widgets.panel(_("Posts"), body, about=about, actions=widgets.csv_button("posts-csv"))], style={"display": "contents"}
    )


def register(site: Site) -> None:
    deciding = [
        Input(widgets.control("q"), "value"),
        *filters.inputs(),
        *[Input(widgets.control(field.key), "value") for field in (TONE, AIM, FEELING, HAND)],
    ]
    states = [State(dependency.component_id, "value") for dependency in deciding]

    @site.callback(
        Output("posts-list", "children"),
        Output("posts-count", "children"),
        Output(widgets.control("page"), "total"),
        Output(widgets.control("page"), "value"),
        *deciding,
        Input(widgets.control("page"), "value"),
    )
    def show(*values: Any) -> tuple[Any, str, Any, Any]:
        *chosen, number = values
        moved = {widgets.control(field.key)["key"] for field in FIELDS if field is not NUMBER}
        triggered = {found["key"] for found in ctx.triggered_prop_ids.values() if isinstance(found, dict)}
        restart = bool(triggered & moved) and len(triggered) < len(FIELDS)
        number = 1 if restart else number or 1
        page = found_posts(site, *chosen, offset=(number - 1) * SIZE, limit=SIZE)
        pages = min(max(1, -(-page.total // SIZE)), NUMBER.most)
        return _cards(site, page, chosen[0]), _count(page), pages, number if restart else no_update

    @site.callback(Output("posts-csv-file", "data"), Input("posts-csv", "n_clicks"), *states, prevent_initial_call=True)
    def download(_clicks: int, *values: Any) -> Any:
        page = found_posts(site, *values, offset=0, limit=EXPORTED)
        return dcc.send_string("\ufeff" + to_csv(page.rows), "kentongan-posts.csv")


def found_posts(site: Site, text: str | None, *values: Any, offset: int, limit: int) -> PostPage:
    *chosen, tone, aim, feeling, hand = values
    return site.catalog.posts(
        filters.selection(site, *chosen),
        (text or "").strip(),
        None if tone in (None, "any") else tone,
        None if aim in (None, "any") else aim,
        None if feeling in (None, "any") else feeling,
        hand == "first",
        offset,
        limit,
    )


def _count(page: PostPage) -> str:
    if page.more:
        return _("more than {n} posts", n=i18n.number(page.total))
    return n_("{n} post", "{n} posts", page.total)


def _cards(site: Site, page: PostPage, text: str | None) -> Any:
    if page.rows.empty:
        return widgets.empty_state(_("No posts for this choice"), _("Choose a longer period, fewer filters, or another word."))
    known = names(site.catalog)
    return [postcard.card(row, known, (text or "").split()) for row in each(page.rows)]


PAGE: Final = Page("/posts", N_("Posts"), N_("What people wrote, without who they are."), "posts", FIELDS, layout, register)
