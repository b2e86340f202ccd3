"""Which page an address means, and what is laid out for it: in the first answer of all, and again whenever the address changes."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlsplit

from dash import Input, Output, html
from dash.development.base_component import Component
from flask import Request

from dashboard import widgets
from dashboard.auth import may
from dashboard.i18n import _, language
from dashboard.names import ROLE
from dashboard.site import Page, Site
from dashboard.urlstate import parse, search
from warehouse.errors import NothingPublished, OutdatedCopy

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Opened:
    """A page as it is laid out for an address.

    shown: path and query that were asked for. query: the query with the controls in the page's order, as the browser writes it.
    made: when the copy was published that it shows (ISO 8601); "" where there was none, None where the page shows no posts.
    """

    children: list[Component]
    title: str
    shown: str
    query: str
    made: str | None


def opened(site: Site, pages: Sequence[Page], path: str, query: str) -> Opened:
    """Lay out the page of an address. query: with its question mark. An address that leads nowhere says so."""
    shown = path + query
    page = next((page for page in pages if page.path in (path, path.rstrip("/"))), None)
    if page is None:
        return Opened([_not_found()], f"{_('Not found')} · {site.settings.general.name}", shown, query, "")
    title = f"{_(page.title)} · {site.settings.general.name}"
    bare = [widgets.address((), shown), _head(page)]
    try:
        if not may(page.role):
            return Opened([*bare, _not_for_you(page)], title, shown, query, None)
        values = parse(page.fields, query)
        made = site.catalog.published_at().isoformat() if page.reads_posts else None
        children = [widgets.address(page.fields, shown), _head(page), laid_out(site, page, values)]
        return Opened(children, title, shown, search(page.fields, values, language()), made)
    except NothingPublished as error:
        told = _outdated() if isinstance(error, OutdatedCopy) else _nothing_published()
        return Opened([*bare, told], title, shown, query, "")


def first(site: Site, pages: Sequence[Page], asked: Request) -> Opened | None:
    """The page of the address from which a browser asks for its layout: then it need not ask again for what is on it.

    None where the browser does not say, or where it could not be made: then it asks as for every later page, and is told why.
    """
    here = referrer(asked)
    if here is None:
        return None
    try:
        return opened(site, pages, here.path, f"?{here.query}" if here.query else "")
    except Exception:  # whatever it is, the frame stands and the page is asked for again, where it is told
        log.info("first page not laid out: %s", here.path, exc_info=True)
        return None


def referrer(asked: Request) -> SplitResult | None:
    """The address of the page of this dashboard from which the request comes; None where the browser does not say, or says nonsense."""
    try:
        found = urlsplit(asked.referrer or "")
    except ValueError:
        return None
    return found if found.netloc and found.netloc == asked.host else None


def register(site: Site, pages: Sequence[Page]) -> None:
    """The callback that opens a page when the address changes."""

    @site.callback(
        Output("page", "children"),
        Output("title", "data"),
        Output("shown", "data"),
        Output("notice", "children", allow_duplicate=True),
        Input("route", "data"),
        prevent_initial_call=True,
    )
    def open_page(route: dict[str, str]) -> tuple[Any, str, str | None, None]:
        found = opened(site, pages, route["path"], route["search"])
        return found.children, found.title, found.made, None


def laid_out(site: Site, page: Page, values: dict[str, Any]) -> Any:
    """The page's own layout; worked out once for everybody where it says so."""
    if not page.shared:
        return page.layout(site, values)
    return site.shared(("page", page.path, repr(sorted(values.items())), language()), lambda: page.layout(site, values), page.shared)


def _head(page: Page) -> Any:
    return html.Header([html.H1(_(page.title)), html.P(_(page.about))], className="page-head")


def _not_found() -> Any:
    return widgets.empty_state(_("There is no such page"), widgets.link(_("Go to the overview"), "/"))


def _not_for_you(page: Page) -> Any:
    told = _("Your account may not see this page; it needs the role {role}.", role=_(ROLE[page.role]).lower())
    return widgets.empty_state(told, _("An administrator can give it to you."), widgets.link(_("Go to the overview"), "/"))


def _outdated() -> Any:
    return widgets.empty_state(
        _("What was published is of an older version of the program"),
        [_("The worker of this version publishes anew when it starts; start it:"), " ", html.Code("kentongan serve")],
        _("This page says so as soon as there is something to show."),
    )


def _nothing_published() -> Any:
    return widgets.empty_state(
        _("Nothing has been published yet"),
        [_("Collect posts once:"), " ", html.Code("kentongan collect")],
        [_("Keep collecting, and serve this page:"), " ", html.Code("kentongan serve")],
        [_("Bring your own posts:"), " ", html.Code("kentongan import FILE")],
        _("This page says so as soon as there is something to show."),
    )
