"""What a person does to the topics, and what the page says afterwards. Each deed asks for the role again, on the server."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import dash_mantine_components as dmc
from dash import html
from dash.development.base_component import Component

from analytics.text.topic_file import TopicEntry
from dashboard import i18n, topicbook, topichistory
from dashboard.auth import require
from dashboard.i18n import _
from dashboard.site import Site
from dashboard.topicpreview import drafted
from warehouse.errors import InputError
from warehouse.state import TopicsChanged, TopicVersion

Of = Mapping[str, Any]  #: the topic that is open: code, mark, new


def save(site: Site, draft: Mapping[str, Any] | None, of: Of, note: str | None, mark: str | None = None) -> TopicVersion:
    """Save what is in the form; with `mark` over a change of somebody else that the person has seen."""
    require("analyst")
    if draft is None:
        raise InputError(_("Put right what is marked red first."))
    topic = drafted(draft)
    return topicbook.save(site, topic.code, topic.entry, mark or of["mark"], note or "")


def switch(site: Site, of: Of) -> TopicVersion:
    """Switch the topic off or on again."""
    require("analyst")
    entry: TopicEntry = topicbook.book(site).entries[of["code"]]
    turned = entry.model_copy(update={"enabled": not entry.enabled})
    return topicbook.save(site, of["code"], turned, of["mark"], _("switched off") if entry.enabled else _("switched on"))


def remove(site: Site, of: Of) -> TopicVersion:
    """Take one's own version of the topic out of the file."""
    return topicbook.save(site, of["code"], None, of["mark"], _("taken out of the file"))


def restore(site: Site, button: Mapping[str, Any]) -> TopicVersion:
    require("analyst")
    text, note = topichistory.restored(site, button["kind"], int(button["version"]))
    return topicbook.replace(site, text, int(button["seen"]), "restore", note)


def put(site: Site, button: Mapping[str, Any], upload: Mapping[str, Any] | None) -> TopicVersion:
    require("analyst")
    if not upload:
        raise InputError(_("Upload the file again."))
    return topicbook.replace(site, str(upload["text"]), int(button["seen"]), "import", str(upload["name"]))


def outcome(act: Callable[[], TopicVersion], site: Site, of: Of | None) -> tuple[Component, TopicVersion | None]:
    """What the page says after a deed, and the version that it made; None when somebody else was quicker."""
    before = site.operations.latest_topics()
    try:
        done = act()
    except TopicsChanged as conflict:
        return _quicker(site, conflict, of), None
    if before is not None and done.version == before.version:
        return _said(_("Nothing differs from the file; nothing was saved.")), done
    head = _("Saved as version {version}.", version=i18n.number(done.version))
    return _said(head, _("A running worker takes it up within seconds; new posts carry it from then on.")), done


def _said(*lines: str) -> Component:
    first, *rest = lines
    return html.Div([html.Strong(first), *[html.Span(line) for line in rest]], className="topic-note")


def _quicker(site: Site, conflict: TopicsChanged, of: Of | None) -> Component:
    by = conflict.by
    if by is None:
        said = _("The file was changed in this very moment; try again.")
    elif by.who:
        said = _("{who} changed this at {when} (version {version}), after you opened it. Nothing was overwritten.",
                 who=i18n.upright(by.who), when=i18n.moment(by.at), version=i18n.number(by.version))  # fmt: skip
    else:
        said = _("This was changed in the file at {when} (version {version}), after you opened it. Nothing was overwritten.",
                 when=i18n.moment(by.at), version=i18n.number(by.version))  # fmt: skip
    buttons: list[Any] = []
    if by is not None:
        buttons.append(dmc.Button(_("See that change"), id={"type": "topic-version", "version": by.version}, variant="default", size="sm"))
    if by is not None and of:
        mark = topicbook.book(site).mark(str(of["code"]))
        buttons.append(dmc.Button(_("Save mine over it"), id={"type": "topic-over", "mark": mark}, variant="default", size="sm"))
    kept = html.Span(_("What you wrote is still in the form.")) if of else None
    return html.Div(
        [html.Strong(said), kept, html.Div(buttons, className="controls middle")], className="topic-note bad-note", role="alert"
    )
