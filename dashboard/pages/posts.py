"""Posts: what was written, page by page, with a search; why each has its labels; and what may leave as a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

from dash import Input, Output, State, ctx, dcc, html, no_update
from dash.development.base_component import Component

from dashboard import claims, corrections, extract, filters, i18n, postcard, postwhy, widgets
from dashboard.auth import may, require
from dashboard.frames import each
from dashboard.i18n import N_, _, n_
from dashboard.names import EMOTION, INTENT, SENTIMENT, Names, names, tongue
from dashboard.site import Page, Site
from dashboard.urlstate import Choice, Code, Field, Whole
from dashboard.widgets import aria
from warehouse.queries import PostPage, Selection, Wanted
from warehouse.state import Correction

TEXT: Final = Field("q")
TONE: Final = Choice("sentiment", "any", ("any", *SENTIMENT))
AIM: Final = Choice("intent", "any", ("any", *INTENT))
FEELING: Final = Choice("emotion", "any", ("any", *EMOTION))
HAND: Final = Choice("hand", "any", ("any", "first"))
CLAIM: Final = Code("claim", "any")  #: any post, `claims.CHECKED`, or the key of one claim
LABELS: Final = (TONE, AIM, FEELING, HAND, CLAIM)
NUMBER: Final = Whole("page", 1, 1, 500)
FIELDS: Final[tuple[Field, ...]] = (TEXT, *filters.FILTERS, *LABELS, NUMBER, postwhy.POST)
SIZE: Final = 20  #: posts of one page


def layout(site: Site, values: dict[str, Any]) -> Component:
    search = widgets.text("q", _("Search"), values["q"], _("Every word must be in the post"))
    own = [
        widgets.one(
            "sentiment", _("Sentiment"), {"any": _("Any"), **{key: _(text) for key, text in SENTIMENT.items()}}, values["sentiment"]
        ),
        widgets.one("intent", _("What it is for"), {"any": _("Any"), **{key: _(text) for key, text in INTENT.items()}}, values["intent"]),
        widgets.one("emotion", _("Emotion"), {"any": _("Any"), **{key: _(text) for key, text in EMOTION.items()}}, values["emotion"]),
        widgets.one("hand", _("Who tells"), {"any": _("Anybody"), "first": _("First-hand reports of illness")}, values["hand"]),
        widgets.one("claim", _("Checked claims"), claims.choices(site.catalog, values["claim"]), values["claim"]),
    ]
    bar = filters.bar(site, names(site.catalog), values, *own, folded=all(values[field.key] == field.default for field in LABELS))
    bar.children = [search, *bar.children]
    pager = widgets.pager("page", values["page"])
    body = [
        html.Div([html.Span(id="posts-count", className="quiet small num", **aria(live="polite")), pager], className="pager"),
        widgets.waiting(html.Div(id="posts-list"), 480),
    ]
    about = _("Posts as they are stored: names, numbers and addresses of people were taken out before. Labels come from rules and models.")
    panel = widgets.panel(_("Posts"), body, about=about, actions=_file_buttons() if may("analyst") else ())
    return html.Div([bar, panel, *postwhy.window(values["post"])], style={"display": "contents"})


def _file_buttons() -> list[Component]:
    title = _("Download at most {n} of these posts, without what leads to a person", n=i18n.number(extract.MOST))

    def button(form: str, name: str) -> Component:
        return html.Button([widgets.icon("download"), name], id=f"posts-{form}", className="icon-button", type="button", title=title)

    return [button("csv", "CSV"), button("parquet", "Parquet"), dcc.Download(id="posts-file")]


def register(site: Site) -> None:
    postwhy.register(site)
    deciding = [
        Input(widgets.control("q"), "value"),
        *filters.inputs(),
        *[Input(widgets.control(field.key), "value") for field in LABELS],
    ]
    states = [State(dependency.component_id, "value") for dependency in deciding]

    @site.callback(
        Output("posts-list", "children"),
        Output("posts-count", "children"),
        Output(widgets.control("page"), "total"),
        Output(widgets.control("page"), "value"),
        *deciding,
        Input(widgets.control("page"), "value"),
        Input("corrected", "data"),
    )
    def show(*values: Any) -> tuple[Any, str, Any, Any]:
        *chosen, number, _corrected = values
        triggered = {found["key"] for found in ctx.triggered_prop_ids.values() if isinstance(found, dict)}
        restart = bool(triggered) and NUMBER.key not in triggered
        number = 1 if restart else number or 1
        page = found_posts(site, *chosen, offset=(number - 1) * SIZE, limit=SIZE)
        pages = min(max(1, -(-page.total // SIZE)), NUMBER.most)
        return _cards(site, page, chosen[0]), _count(page), pages, number if restart else no_update

    @site.callback(
        Output("posts-file", "data"),
        Input("posts-csv", "n_clicks"),
        Input("posts-parquet", "n_clicks"),
        *states,
        prevent_initial_call=True,
        role="analyst",
    )
    def download(csv: int | None, parquet: int | None, *values: Any) -> Any:
        if not csv and not parquet:
            return no_update
        form = "parquet" if ctx.triggered_id == "posts-parquet" else "csv"
        return dcc.send_bytes(_file(site, form, *values), f"{extract.NAME}-{form}.zip")


def _file(site: Site, form: str, text: str | None, *values: Any) -> bytes:
    """The posts of the choice as a zip, noted in the audit log."""
    person, known = require("analyst"), names(site.catalog)
    chosen, labels = values[: -len(LABELS)], values[-len(LABELS) :]
    selection = filters.selection(site, *chosen)
    page = site.catalog.extract(selection, _wanted(site, text, *labels), extract.MOST)
    rows, coarsened = extract.suppressed(page.rows, known)
    told = _choice(selection, known, text, *labels[:-1]) + claims.told(site.catalog, labels[-1])
    sources = [known.source(code) for code in sorted(set(rows["source"]))]
    notes = extract.notes(site.settings.general.name, told, len(rows), page.more or page.total > len(rows), coarsened, sources, site.now())
    site.operations.audit(person, "export posts", f"{len(rows)} posts as {form}: {'; '.join(told)}", site.now())
    return extract.pack(rows, form, notes)


def _choice(selection: Selection, known: Names, text: str | None, *labels: Any) -> list[str]:
    """The choice in words."""
    listed = {
        _("Topics"): [known.topic(code) for code in selection.topics],
        _("Places"): [known.place(code) for code in selection.places],
        _("Languages"): [tongue(code) for code in selection.languages],
        _("Sources"): [known.source(code) for code in selection.sources],
    }
    told = [i18n.days(selection.first, selection.last)]
    told += [f"{name}: {', '.join(values)}" for name, values in listed.items() if values]
    told += [_("Search") + ": " + i18n.upright(text.strip())[:200]] if text and text.strip() else []
    known_labels = (SENTIMENT, INTENT, EMOTION, {"first": N_("First-hand reports of illness")})
    return told + [_(names_of[label]) for names_of, label in zip(known_labels, labels, strict=True) if label in names_of]


def _wanted(
    site: Site, text: str | None, tone: str | None, aim: str | None, feeling: str | None, hand: str | None, claim: str | None
) -> Wanted:
    sentiment, intent, emotion = (None if label == "any" else label or None for label in (tone, aim, feeling))
    texts = site.catalog.texts_of_claim(claim) if claim and claim != CLAIM.default else None
    return Wanted((text or "").strip(), sentiment, intent, emotion, hand == "first", texts)


def found_posts(site: Site, text: str | None, *values: Any, offset: int, limit: int) -> PostPage:
    chosen, labels = values[: -len(LABELS)], values[-len(LABELS) :]
    return site.catalog.posts(filters.selection(site, *chosen), **asdict(_wanted(site, text, *labels)), offset=offset, limit=limit)


def _count(page: PostPage) -> str:
    if page.more:
        return _("more than {n} posts", n=i18n.number(page.total))
    return n_("{n} post", "{n} posts", page.total)


def _cards(site: Site, page: PostPage, text: str | None) -> Any:
    if page.rows.empty:
        return widgets.empty_state(_("No posts for this choice"), _("Choose a longer period, fewer filters, or another word."))
    known = names(site.catalog)
    corrected = site.operations.corrections_of([(row.source, row.native_id) for row in each(page.rows)])
    claimed = claims.badges(site.catalog, page.rows)
    words = (text or "").split()
    return [
        postcard.card(row, known, words, [*claimed.get(key, []), *_more(row, corrected.get(key, {}), known)])
        for row in each(page.rows)
        for key in [(row.source, row.native_id)]
    ]


def _more(row: Any, corrected: Mapping[str, Correction], known: Names) -> list[Component]:
    """What was corrected, and the way to the reasons."""
    key = corrections.key_of(row.source, row.native_id, row.day.date())
    return [*corrections.badges(corrected, row.text_hash, known), postwhy.button(key)]


PAGE: Final = Page("/posts", N_("Posts"), N_("What people wrote, without who they are."), "posts", FIELDS, layout, register)
