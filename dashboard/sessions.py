"""Sessions as a table: where somebody is logged in, since when, until when."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, Final

from dash import html
from dash.development.base_component import Component

from dashboard import i18n, widgets
from dashboard.i18n import _
from warehouse.state import Session

#: Names in a browser's own description, the most telling first: Edge also calls itself Chrome, and Chrome Safari.
_BROWSERS: Final = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"), ("curl", "curl"))
_SYSTEMS: Final = (("Android", "Android"), ("iPhone|iPad", "iOS"), ("Windows", "Windows"), ("Mac OS", "macOS"), ("Linux", "Linux"))


def table(found: Sequence[Session], own: str | None, ending: Callable[[Session], Component] | None = None) -> Component:
    """One row a session; `own` is the hash of the token that asks, `ending` makes a button for those that may be ended."""
    headings = [_("Where"), _("Address"), _("Logged in"), _("Ends"), *([""] if ending else [])]
    rows = [_row(one, own is not None and own.startswith(one.session_id), ending) for one in found]
    return widgets.plain_table(headings, rows, caption=_("Sessions"))


def _row(one: Session, mine: bool, ending: Callable[[Session], Component] | None) -> list[Any]:
    where: list[Any] = [html.Span(browser(one.browser), title=i18n.upright(one.browser))]
    if mine:
        where += [" ", widgets.badge(_("this one"), "good")]
    last = [] if ending is None else [None if mine else ending(one)]
    return [html.Span(where), i18n.upright(one.address) or "–", i18n.moment(one.started_at), i18n.moment(one.expires_at), *last]


def browser(agent: str) -> str:
    """ "Firefox, Android" from what a browser says of itself."""
    names = [next((name for pattern, name in known if re.search(pattern, agent)), "") for known in (_BROWSERS, _SYSTEMS)]
    return ", ".join(filter(None, names)) or _("Unknown browser")
