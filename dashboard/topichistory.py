"""The versions of one's own topics on the page: who changed what, when and why, line by line, and the way back."""

from __future__ import annotations

from typing import Any, Final

import dash_mantine_components as dmc
from dash import html
from dash.development.base_component import Component

from dashboard import i18n, topicdiff, widgets
from dashboard.auth import may
from dashboard.i18n import N_, _
from dashboard.site import Site
from dashboard.topicbook import book
from dashboard.widgets import aria
from warehouse.errors import InputError
from warehouse.state import TopicVersion

LISTED: Final = 50
CODES: Final = 6  #: topics of one version that are named
ORIGIN: Final = {
    "start": N_("what was there first"),
    "file": N_("changed in the file"),
    "page": N_("on this page"),
    "import": N_("by import"),
    "restore": N_("went back"),
}


def who(one: TopicVersion) -> str:
    """Who made a version, or that it was made in the file."""
    return i18n.upright(one.who) if one.who else _(ORIGIN[one.origin])


def table(site: Site, chosen: int) -> Component:
    """The versions, the newest first."""
    book(site)  # notes a change by hand
    found = site.operations.topic_versions(LISTED + 1)
    if not found or (len(found) == 1 and found[0].origin == "start" and not found[0].changed):
        return widgets.empty_state(_("Nothing was changed yet"), _("Each change will be listed here, with a way back."))
    headings = [_("Version"), _("When"), _("Who"), _("How"), _("Topics"), _("Note")]
    listed = widgets.plain_table(headings, [_row(one, chosen) for one in found[:LISTED]], caption=_("Versions, the newest first"))
    if len(found) <= LISTED:
        return listed
    return html.Div([listed, html.P([_("Older ones:"), " ", html.Code("kentongan topics history")], className="quiet small")])


def _row(one: TopicVersion, chosen: int) -> list[Any]:
    number = html.Button(
        i18n.number(one.version),
        id={"type": "topic-version", "version": one.version},
        type="button",
        className="link-button num",
        title=_("What changed"),
        **aria(label=_("What changed in version {version}", version=i18n.number(one.version)), pressed=str(one.version == chosen).lower()),
    )
    codes = ", ".join(one.changed[:CODES]) + ("…" if len(one.changed) > CODES else "")
    note = html.Span(i18n.upright(one.note), style={"whiteSpace": "pre-wrap", "overflowWrap": "anywhere"})
    return [number, i18n.moment(one.at), i18n.upright(one.who) or "–", _(ORIGIN[one.origin]), codes or "–", note]


def detail(site: Site, version: int) -> Any:
    """One version: its lines, and the buttons that go back."""
    if not version:
        return None
    try:
        one, before, after = site.operations.topic_version(version)
    except InputError:
        return widgets.empty_state(_("There is no version of this number"), _("Choose one in the table."))
    latest = site.operations.latest_topics()
    newest = latest is not None and latest.version == version
    head = html.H3(_("Version {version}, {when}, {who}", version=i18n.number(version), when=i18n.moment(one.at), who=who(one)))
    buttons: list[Any] = []
    if may("analyst"):
        if newest and version > 1:
            buttons.append(_button("undo", _("Undo this change"), version, latest))
        elif not newest:
            buttons.append(_button("back", _("Go back to this version"), version, latest))
    close = html.Button(_("Close"), id={"type": "topic-version", "version": 0}, type="button", className="link-button")
    return html.Div(
        [head, topicdiff.shown(before, after), html.Div([*buttons, close], className="controls middle")], className="stack-small"
    )


def _button(kind: str, label: str, version: int, latest: TopicVersion | None) -> Component:
    seen = latest.version if latest else 0
    return dmc.Button(label, id={"type": "topic-restore", "kind": kind, "version": version, "seen": seen}, variant="default", size="sm")


def restored(site: Site, kind: str, version: int) -> tuple[str, str]:
    """The text to go back to, and the note for the history."""
    _one, before, after = site.operations.topic_version(version)
    if kind == "undo":
        return before, _("undid version {version}", version=i18n.number(version))
    return after, _("back to version {version}", version=i18n.number(version))
