"""Why there is a signal, on its page: one sentence, the class with its numbers, what sets the posts apart, and posts that differ.

The reason is JSON that the worker wrote from posts of strangers; all of it is shown as text.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from dash import html
from dash.development.base_component import Component

from dashboard import claims, i18n, widgets
from dashboard.i18n import N_, _, n_
from dashboard.names import Names
from dashboard.postcard import safe_url

KIND: Final = {
    "first-hand reports": N_("First-hand reports"),
    "news-driven": N_("Driven by news"),
    "one text copied": N_("One text copied"),
    "campaign": N_("Campaign"),
    "collection artefact": N_("Artefact of collection"),
    "mixed": N_("No single cause"),
}
_EVIDENCE: Final = {
    "source_share": N_("share of one source: {n}"),
    "source_share_before": N_("its share before: {n}"),
    "copies": N_("copies of one text: {n}"),
    "one_account": N_("from one account: {n}"),
    "one_hashtag": N_("with one hashtag: {n}"),
    "one_hashtag_before": N_("with it before: {n}"),
    "news": N_("from news: {n}"),
    "one_link": N_("with one link: {n}"),
    "firsthand": N_("first-hand: {n}"),
}


def kind(signal: Mapping[str, Any]) -> str:
    """The class of a signal in the language of the page; "" while it has none."""
    name = signal.get("kind")
    return _(KIND[name]) if isinstance(name, str) and name in KIND else ""


def read(signal: Mapping[str, Any]) -> dict[str, Any] | None:
    """The reason of a signal; None where there is none, or none that can be read."""
    try:
        found = json.loads(signal.get("reason") or "null")
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def panel(signal: Mapping[str, Any], known: Names) -> Component | None:
    """Everything that is known of why; None for a signal without a reason."""
    why = read(signal)
    if why is None:
        return None
    about = _(
        "Computed from the posts of the signal and earlier posts of the same topic. Terms are those whose share rose most (log-odds with a "
        "prior); a post counts as first-hand when a model says so, as a copy when it repeats another one nearly word for word."
    )
    body = [
        *_said(signal, why),
        widgets.plain_table(
            [_("Measure"), _("Value")], _measures(why, known), numeric=[1], caption=_("Shares of the posts behind the signal")
        ),
        *_lists(why, known),
        *_claims(why),
    ]
    return widgets.panel(_("Why"), [*body, *_examples(why, known)], about=about)


def brief(signal: Mapping[str, Any]) -> list[Component]:
    """In short, for who decides: the sentence, the class with its evidence, and the claims that posts speak of."""
    why = read(signal)
    return [*_said(signal, why), *_claims(why)] if why else []


def _said(signal: Mapping[str, Any], why: Mapping[str, Any]) -> list[Component]:
    return [
        html.P(html.Bdi(i18n.upright(str(why[f"sentence_{i18n.language()}"]))), className="lead"),
        html.P([widgets.badge(kind(signal)), " ", html.Span(_evidence(why), className="quiet small")]),
    ]


def _evidence(why: Mapping[str, Any]) -> str:
    return ", ".join(_(_EVIDENCE[name], n=i18n.percent(value)) for name, value in why["evidence"].items() if name in _EVIDENCE)


def _measures(why: Mapping[str, Any], known: Names) -> list[tuple[str, str]]:
    shift = why["sentiment"]
    rows = [
        (_("Authors"), i18n.number(why["authors"])),
        (_("First-hand"), i18n.percent(why["firsthand"])),
        (_("Copies of one text"), i18n.percent(why["copies"])),
        (_("From one account"), i18n.percent(why["one_account"])),
        (_("With one link"), i18n.percent(why["one_link"])),
    ]
    rows += [(_("From {source}", source=known.source(name)), i18n.percent(share)) for name, share in list(why["sources"].items())[:3]]
    if shift:
        interval = f"{i18n.number(shift['low'], 2)} … {i18n.number(shift['high'], 2)}"
        rows.append((_("Sentiment against before (−2 to 2)"), f"{i18n.number(shift['change'], 2)} ({interval})"))
    return rows


def _lists(why: Mapping[str, Any], known: Names) -> list[Component]:
    told = (
        (_("Terms"), [term["term"] for term in why["terms"]]),
        (_("Hashtags"), [f"#{tag['name']}" for tag in why["hashtags"]]),
        (_("Links"), [link["name"] for link in why["links"]]),
        (_("Places"), [known.place(place["name"]) for place in why["places"]]),
    )
    return [_line(name, found) for name, found in told if found]


def _claims(why: Mapping[str, Any]) -> list[Component]:
    """Claims of fact-checkers that posts speak of; reasons of before there were any have none."""
    found: Sequence[Mapping[str, Any]] = why.get("claims") or ()
    if not found:
        return []
    about = _("Of {n} posts that were held against what fact-checkers looked at:", n=i18n.number(why["claims_sought"]))
    return [
        html.H3(_("Checked claims that posts repeat or answer"), className="small"),
        html.P(about, className="quiet small"),
        claims.listed(found),
    ]


def _line(name: str, found: Sequence[str]) -> Component:
    return html.P([html.Strong(f"{name}: "), *[widgets.badge(html.Bdi(i18n.upright(text))) for text in found]], className="labels")


def _examples(why: Mapping[str, Any], known: Names) -> list[Component]:
    if not why["examples"]:
        return []
    title = n_("{n} post that shows it", "{n} posts that differ", len(why["examples"]))
    return [html.H3(title, className="small"), *[_example(one, known) for one in why["examples"]]]


def _example(one: Mapping[str, Any], known: Names) -> Component:
    url = safe_url(one["url"])
    link = [html.A(_("Open at the source"), href=url, target="_blank", rel="noopener noreferrer nofollow")] if url else []
    meta = html.Div([html.Span(known.source(one["source"])), *link], className="meta num")
    return html.Article([meta, html.Bdi(i18n.upright(one["text"]), className="text", dir="auto")], className="post")
