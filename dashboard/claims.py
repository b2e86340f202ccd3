"""Claims that fact-checkers looked at, as pages show them. Post and claim were written by strangers: both are shown as text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import pandas as pd
from dash import html
from dash.development.base_component import Component

from dashboard import i18n
from dashboard.i18n import _, n_
from dashboard.postcard import safe_url
from warehouse.queries import Catalog
from warehouse.queries.claims import CHECKED, Claim

SHORT: Final = 60  #: letters of a claim on a card


def listed(found: Iterable[Mapping[str, Any]]) -> Component:
    """Claims (title, url, posts) with how many posts speak of each."""
    lines = [html.Li([named(one["title"], one["url"]), " ", _posts(int(one["posts"]))]) for one in found]
    return html.Ul(lines, className="claims")


def choices(catalog: Catalog, chosen: str) -> dict[str, str]:
    """What posts may be narrowed to: any post, those that speak of any claim, or of one; with the chosen one where it is there no more."""
    known = {key: shortened(headline) for key, headline in catalog.claims().items()}
    options = {"any": _("Any"), CHECKED: _("Speaks of one"), **known}
    return options if chosen in options else {**options, chosen: _("A claim that is no longer there")}


def told(catalog: Catalog, chosen: str | None) -> list[str]:
    """The choice in words, for the notes of a file."""
    if not chosen or chosen == "any":
        return []
    return [f"{_('Checked claims')}: {choices(catalog, chosen)[chosen]}"]


def shortened(headline: str) -> str:
    """The beginning of a claim, for a line."""
    text = i18n.upright(headline)
    return text if len(text) <= SHORT else text[: SHORT - 1].rstrip() + "…"


def badges(catalog: Catalog, rows: pd.DataFrame) -> Mapping[tuple[str, str], list[Component]]:
    """What the cards of posts (rows of `Catalog.posts`) say of claims, by (source, native_id)."""
    keys = zip(rows["source"], rows["native_id"], rows["text_hash"], strict=True)
    return {key: [_badge(claim)] for key, claim in catalog.claims_of(keys).items()}


def of_post(catalog: Catalog, post: Mapping[str, Any]) -> list[Component]:
    """In the window on a post (one of `Catalog.post`): the claim that it speaks of, if any."""
    found = catalog.claims_of([(post["source"], post["native_id"], post["text_hash"])])
    return [_section(claim) for claim in found.values()]


def _badge(claim: Claim) -> Component:
    """On the card of a post; the whole headline and how sure it is stand in its title."""
    headline = i18n.upright(claim.headline)
    about = _(
        "Repeats or answers a claim that fact-checkers looked at, {probability} sure: {claim}", probability=_sure(claim), claim=headline
    )
    return html.Span([_("Checked claim"), ": ", html.Bdi(shortened(claim.headline))], className="badge claim", title=about)


def _section(claim: Claim) -> Component:
    told = _("It repeats or answers this claim, {probability} sure; whether it is for or against it is not told.", probability=_sure(claim))
    head = html.Div(html.H3(_("Checked claim")), className="why-head")
    return html.Section([head, html.P(named(claim.headline, claim.url)), html.P(told, className="quiet small")], className="why-label")


def named(title: str, url: str | None) -> Component:
    text, address = html.Bdi(i18n.upright(title)), safe_url(url)
    return html.A(text, href=address, target="_blank", rel="noopener noreferrer nofollow") if address else html.Span(text)


def _posts(count: int) -> Component:
    return html.Span(n_("{n} post", "{n} posts", count), className="quiet small")


def _sure(claim: Claim) -> str:
    return i18n.percent(claim.probability)
