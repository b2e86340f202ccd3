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
from warehouse.queries.claims import Claim

SHORT: Final = 60  #: letters of a claim on a card


def listed(found: Iterable[Mapping[str, Any]]) -> Component:
    """Claims (title, url, posts) with how many posts speak of each."""
    lines = [html.Li([_named(one["title"], one["url"]), " ", _posts(int(one["posts"]))]) for one in found]
    return html.Ul(lines, className="claims")


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
    short = headline if len(headline) <= SHORT else headline[: SHORT - 1].rstrip() + "…"
    about = _(
        "Repeats or answers a claim that fact-checkers looked at, {probability} sure: {claim}", probability=_sure(claim), claim=headline
    )
    return html.Span([_("Checked claim"), ": ", html.Bdi(short)], className="badge claim", title=about)


def _section(claim: Claim) -> Component:
    told = _("It repeats or answers this claim, {probability} sure; whether it is for or against it is not told.", probability=_sure(claim))
    head = html.Div(html.H3(_("Checked claim")), className="why-head")
    return html.Section([head, html.P(_named(claim.headline, claim.url)), html.P(told, className="quiet small")], className="why-label")


def _named(title: str, url: str | None) -> Component:
    text, address = html.Bdi(i18n.upright(title)), safe_url(url)
    return html.A(text, href=address, target="_blank", rel="noopener noreferrer nofollow") if address else html.Span(text)


def _posts(count: int) -> Component:
    return html.Span(n_("{n} post", "{n} posts", count), className="quiet small")


def _sure(claim: Claim) -> str:
    return i18n.percent(claim.probability)
