"""The hashtags of the chosen posts."""

from __future__ import annotations

from typing import Any

from dash import Output, html
from dash.development.base_component import Component

from dashboard import filters, widgets
from dashboard.frames import each
from dashboard.i18n import _, n_
from dashboard.site import Site
from warehouse.queries import Selection


def panel() -> Component:
    return widgets.panel(_("Hashtags"), widgets.waiting(html.Div(id="trends-tags"), 200), about=_("The most used hashtags of these posts."))


def register(site: Site) -> None:
    @site.callback(Output("trends-tags", "children"), *filters.inputs())
    def tags(*values: Any) -> Component:
        return _tags(site, filters.selection(site, *values))


def _tags(site: Site, selection: Selection) -> Component:
    found = site.catalog.hashtags(selection, 9)
    if found.empty:
        return widgets.empty_state(_("No hashtags in these posts"))
    most = int(found["posts"].max())
    rows = [(html.Bdi(f"#{row.hashtag}"), _share_bar(row.posts / most), n_("{n} post", "{n} posts", int(row.posts))) for row in each(found)]
    return widgets.plain_table([_("Hashtag"), "", _("Posts")], rows, [2])


def _share_bar(share: float) -> Component:
    return html.Div(html.Span(style={"width": f"{100 * share:.0f}%"}), className="bar", style={"minWidth": "60px", "marginTop": "8px"})
