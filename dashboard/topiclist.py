"""The list of topics: what there is, where each comes from, and how many posts carry it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

import dash_mantine_components as dmc
from dash import html
from dash.development.base_component import Component

from dashboard import grids, i18n, topicpreview, widgets
from dashboard.auth import may
from dashboard.i18n import N_, _
from dashboard.names import group
from dashboard.site import Site
from dashboard.topicbook import Book
from dashboard.widgets import aria

KINDS: Final = {"shipped": N_("Shipped"), "changed": N_("Shipped, changed here"), "own": N_("Own"), "off": N_("Off")}
_SINGLE: Final = {"mode": "singleRow", "checkboxes": False, "enableClickSelection": True}


def panel(values: dict[str, Any]) -> Component:
    kinds = {"all": _("All"), "own": _("Own and changed"), "off": _("Off")}
    new = dmc.Button(_("New topic"), id="topic-new", size="sm", className="" if may("analyst") else "hidden")
    controls = [
        widgets.text("q", _("Search"), values["q"], _("Name, code or term")),
        widgets.switch("show", _("Which"), kinds, values["show"]),
        html.Span(className="spring"),
        new,
    ]
    return widgets.panel(
        _("Topics"),
        [
            html.Div(controls, className="controls end"),
            html.Div(id="topics-count", className="quiet small num", **aria(live="polite")),
            widgets.waiting(grids.grid("topics-grid", _columns(), rowSelection=_SINGLE), 300),
        ],
        about=_(
            "A topic is a set of terms and rules; a post has it when one of them holds. Shipped topics come with the program; yours add to "
            "them or take their place. Posts: those of the last 7 days with this label, from the daily counts."
        ),
    )


def _columns() -> list[dict[str, Any]]:
    return [
        grids.column("name", _("Topic"), minWidth=190, flex=2, tooltipField="name"),
        grids.column("group", _("Group"), minWidth=150, flex=1),
        grids.column("kind", _("Where from"), minWidth=140, flex=1),
        grids.column("code", _("Code"), minWidth=130, flex=1, tooltipField="code"),
        grids.column("posts", _("Posts, 7 days"), written="posts_said", numeric=True, minWidth=120),
    ]


def rows(site: Site, found: Book, search: str | None, kind: str | None) -> list[dict[str, Any]]:
    """The rows of the list."""
    today = site.catalog.today()
    counts = site.catalog.posts_by_topic(today - timedelta(days=topicpreview.DAYS - 1), today)
    wanted = (search or "").strip().lower()
    found_rows = []
    for code, entry in found.entries.items():
        its = found.kind(code)
        if (kind == "own" and its == "shipped") or (kind == "off" and its != "off"):
            continue
        name = i18n.upright(entry.name_en if i18n.language() == "en" else entry.name_id)
        searched = " ".join((code, entry.name_id, entry.name_en, *(word for words in entry.terms.values() for word in words)))
        if wanted not in searched.lower():
            continue
        posts = counts.get(code, 0)
        found_rows.append({"id": code, "code": code, "name": name, "group": group(entry.group), "kind": _(KINDS[its]), "posts": posts,
                     "posts_said": i18n.number(posts)})  # fmt: skip
    return sorted(found_rows, key=lambda row: row["name"].lower())
