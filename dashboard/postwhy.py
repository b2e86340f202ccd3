"""Why a post got its labels, in a window over the list: the terms, the place words, the probabilities; and where they can be corrected."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import dash_mantine_components as dmc
from dash import ALL, Input, Output, State, ctx, dcc, html, no_update
from dash.development.base_component import Component

from dashboard import claims, corrections, i18n, widgets
from dashboard.auth import may
from dashboard.i18n import N_, _
from dashboard.names import Names, names
from dashboard.postcard import highlighted
from dashboard.site import Site
from dashboard.urlstate import Field
from dashboard.why import Chances, NamedPlace, Why, models
from dashboard.widgets import aria
from warehouse.records import FIRSTHAND
from warehouse.state import Correction

POST: Final = Field("post")
EVIDENCE: Final = {
    "admin": N_("a word such as Kota, Kabupaten or Provinsi before it"),
    "of": N_("a word such as RSUD or Dinkes before it"),
    "in": N_("a word such as di or ke before it"),
    "sure": N_("a name that is hardly anything else"),
    "hashtag": N_("a hashtag"),
    "title": N_("written with capitals, as in a headline"),
    "capital": N_("written with a capital"),
    "start": N_("written with a capital, at the start of a sentence"),
    "companion": N_("another place beside it"),
    "event": N_("what befalls a place after it, such as banjir or gempa"),
    "hint": N_("the place that the source names"),
}


def button(key: str) -> Component:
    """Opens the window of one post."""
    return html.Button(
        _("Why?"), id={"type": "why", "post": key}, type="button", className="link-button why", **aria(label=_("Why these labels?"))
    )


def window(key: str) -> list[Component]:
    """The window, open on the post of the address; `register` must have been called once."""
    body = dcc.Loading(html.Div(id="why-body", className="stack-small"), custom_spinner=widgets.skeleton(240), delay_show=300)
    modal = dmc.Modal(
        [html.Div(id="why-told", role="status"), body],
        id="why",
        title=_("Why these labels?"),
        opened=bool(key),
        size="xl",
        closeButtonProps={"aria-label": _("Close")},
    )
    return [modal, dcc.Store(id=widgets.kept(POST.key), data=key), dcc.Store(id="corrected")]


def register(site: Site) -> None:
    @site.callback(
        Output("why", "opened"),
        Output(widgets.kept(POST.key), "data"),
        Input({"type": "why", "post": ALL}, "n_clicks"),
        Input("why", "opened"),
        State(widgets.kept(POST.key), "data"),
        prevent_initial_call=True,
    )
    def choose(clicks: list[int | None], opened: bool, key: str | None) -> Any:
        if isinstance(ctx.triggered_id, dict) and any(clicks):
            return True, ctx.triggered_id["post"]
        # A list that was made anew may come in one request with the window's being closed, and is then named first: what stands counts.
        return (no_update, "") if key and not opened else (no_update, no_update)

    @site.callback(Output("why-body", "children"), Input(widgets.kept(POST.key), "data"), Input("corrected", "data"))
    def show(key: str | None, _corrected: Any) -> Any:
        return _body(site, key) if key else None

    @site.callback(
        Output("corrected", "data"),
        Output("why-told", "children"),
        Input({"type": "correct", "label": ALL}, "n_clicks"),
        Input({"type": "undo", "correction": ALL}, "n_clicks"),
        State({"type": "correct-value", "label": ALL}, "value"),
        State({"type": "correct-value", "label": ALL}, "id"),
        State(widgets.kept(POST.key), "data"),
        prevent_initial_call=True,
        role="analyst",
    )
    def correct(clicks: list[int | None], undone: list[int | None], values: list[Any], ids: list[Any], key: str | None) -> Any:
        pressed = ctx.triggered_id
        if not isinstance(pressed, dict) or not any([*clicks, *undone]):
            return no_update, no_update
        if pressed["type"] == "undo":
            done = corrections.undo(site, pressed["correction"])
            told = _("The correction was taken back.")
        else:
            value = next(value for value, id in zip(values, ids, strict=True) if id["label"] == pressed["label"])
            done = corrections.correct(site, key, pressed["label"], value)
            told = _("Noted, for the next training. Counts keep the label of the models.")
        return done.correction_id, dmc.Alert(told, color="green", className="told-box")


def _body(site: Site, key: str) -> list[Any]:
    post, known = corrections.find(site, key), names(site.catalog)
    text = i18n.upright(post["text"] or "")
    why = models(site.settings.enrich.topics_file).explain(post["text"] or "")
    which = (post["source"], post["native_id"])
    standing = site.operations.corrections_of([which]).get(which, {})
    marked = [term for found in why.topics if found.matched for term in found.terms]
    marked += [place.words for place in why.places if place.evidence]
    steps = site.operations.correction_steps(*which)
    return [
        html.Bdi(highlighted(text, marked), className="text", dir="auto"),
        *claims.of_post(site.catalog, post),
        *[_label(label, post, standing.get(label), _reasons(label, why, known), known) for label in corrections.LABEL],
        *([html.H3(_("Corrections")), found] if (found := corrections.history(steps, known, may("analyst"))) else []),
        html.P(_about(post), className="quiet small"),
    ]


def _about(post: dict[str, Any]) -> str:
    told = _("Labelled by models {version}; the reasons are those of the models that run now.", version=post["model_version"] or "–")
    if post["second_look"] is True:
        told += " " + _("Sentiment, emotion, intent and first-hand are of the larger model, which read this post a second time.")
    return told


def _label(label: str, post: dict[str, Any], corrected: Correction | None, reasons: list[Any], known: Names) -> Component:
    value = corrections.said(post, label)
    standing = corrected if corrected and corrected.post.text_hash == post["text_hash"] else None
    shown: list[Any] = [html.Span(corrections.spoken(label, value, known), className="badge")]
    if standing:
        shown += corrections.badges({label: standing}, post["text_hash"], known)
    parts = [html.Div([html.H3(_(corrections.LABEL[label])), *shown], className="why-head"), *reasons]
    if may("analyst"):
        parts.append(widgets.folded(_("Correct this label"), corrections.editor(label, standing.new if standing else value, known)))
    return html.Section(parts, className="why-label")


def _reasons(label: str, why: Why, known: Names) -> list[Any]:
    if label == "topics":
        return _topics(why, known)
    if label == "places":
        return _places(why.places, known)
    if label == "firsthand":
        told = _("Counts as first-hand from {least} on.", least=i18n.percent(FIRSTHAND))
        return [_bars((("yes", why.firsthand),), label, known), html.P(told, className="quiet small")]
    chances: Chances = getattr(why, label)
    return [_bars(chances, label, known)] if chances else [html.P(_("Not told in this language."), className="quiet small")]


def _topics(why: Why, known: Names) -> list[Any]:
    lines = []
    for found in why.topics:
        by = [*found.terms, *found.rules]
        if found.matched:
            lines.append(html.Li([html.Strong(known.topic(found.topic)), ": ", *_codes(by)]))
        elif found.excluded_by or found.guarded:
            told = _("not {topic}, because of", topic=known.topic(found.topic))
            lines.append(html.Li([told, " ", *_codes([*found.guarded, *found.excluded_by])], className="quiet"))
    return [html.Ul(lines)] if lines else [html.P(_("No term of a topic stands in it."), className="quiet small")]


def _places(found: Iterable[NamedPlace], known: Names) -> list[Any]:
    lines = [html.Li(_place(place, known), className="" if place.evidence else "quiet") for place in found]
    return [html.Ul(lines)] if lines else [html.P(_("No name of a place stands in it."), className="quiet small")]


def _place(place: NamedPlace, known: Names) -> list[Any]:
    word = html.Code(i18n.upright(place.words))
    if not place.evidence:
        return [word, " ", _("not taken for a place: nothing beside it says so")]
    because = _(EVIDENCE[place.evidence]) if place.evidence in EVIDENCE else place.evidence
    return [word, " → ", html.Strong(", ".join(known.place(code) for code in place.codes)), f" ({because})"]


def _codes(words: Iterable[str]) -> list[Any]:
    parts: list[Any] = []
    for word in words:
        parts += [html.Code(i18n.upright(word)), " "]
    return parts


def _bars(chances: Chances, label: str, known: Names) -> Component:
    """Each probability as a bar with its number beside it."""
    rows = [
        html.Div(
            [
                html.Span(corrections.spoken(label, code, known), className="name"),
                html.Span(html.Span(style={"width": f"{100 * chance:.1f}%"}), className="bar", **aria(hidden="true")),
                html.Span(i18n.percent(chance), className="num"),
            ],
            className="chance",
        )
        for code, chance in chances
    ]
    return html.Div(rows, className="chances")
