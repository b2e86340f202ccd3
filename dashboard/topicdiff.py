"""What one version of the topics changed, line by line."""

from __future__ import annotations

from difflib import unified_diff
from typing import Final

from dash import html
from dash.development.base_component import Component

from dashboard import i18n
from dashboard.i18n import _
from dashboard.widgets import aria

MOST: Final = 400  #: lines that are shown
COMPARED: Final = 20_000  #: lines that are compared; two larger files are only said to differ
LONGEST: Final = 500  #: letters of a line that are shown


def lines(before: str, after: str) -> list[str]:
    """A unified diff without its file names; empty where nothing changed."""
    one, two = before.splitlines(), after.splitlines()
    if len(one) + len(two) > COMPARED:
        return [f"@@ {len(one):,} -> {len(two):,} @@"]
    return list(unified_diff(one, two, n=2, lineterm=""))[2:]


def shown(before: str, after: str) -> Component:
    """The diff on the page: a sign and a colour for what came and what went, words for those who see neither."""
    found = lines(before, after)
    rows = [_line(line) for line in found[:MOST]]
    if len(found) > MOST:
        rows.append(html.Div(i18n.n_("{n} more line", "{n} more lines", len(found) - MOST), className="quiet"))
    return html.Div(rows or _("Nothing differs."), className="topic-diff", tabIndex=0, role="region", **aria(label=_("What changed")))


def _line(line: str) -> Component:
    kind = {"+": "added", "-": "removed", "@": "place"}.get(line[:1], "")
    said = {"added": _("added"), "removed": _("removed")}.get(kind)
    text = i18n.upright(line[:LONGEST])
    return html.Div([*([html.Span(said + ": ", className="only-screen-reader")] if said else []), text], className=f"line {kind}".strip())
