"""The file behind the page: download it, put another one in its place, and whether the worker has taken up what was saved."""

from __future__ import annotations

import base64
import binascii
from typing import Any, Final

import dash_mantine_components as dmc
from dash import dcc, html
from dash.development.base_component import Component

from analytics.text.topic_file import topics_with
from dashboard import i18n
from dashboard.auth import may, require
from dashboard.i18n import _, n_
from dashboard.site import Site
from dashboard.topicbook import book, path
from dashboard.topichistory import CODES
from warehouse.errors import InputError, KentonganError
from warehouse.state import TopicsInUse
from warehouse.state.topics import differing, digest

LARGEST: Final = 2_000_000  #: bytes of a file that is uploaded; larger ones go by `kentongan topics import`


def controls(site: Site) -> Component:
    """Download and upload."""
    parts: list[Any] = [
        dmc.Button(_("Download the file"), id="topic-export", variant="default", size="sm"),
        dcc.Download(id="topic-export-file"),
    ]
    if may("analyst"):
        label = html.Button(_("Upload a file…"), type="button", className="link-button", tabIndex=0)
        parts.append(dcc.Upload(label, id="topic-upload", accept=".toml", max_size=LARGEST, className="topic-upload"))
    return html.Div(parts, className="controls middle")


def where(site: Site) -> list[Any]:
    """Which file it is."""
    return [_("Your topics stand in"), " ", html.Code(str(path(site))), ". ", _("Edit them here or there: both are the same.")]


def uploaded(site: Site, content: str | None, name: str | None) -> Component:
    """What putting this file in place would change, and the button that does it; or what is wrong with it."""
    require("analyst")
    try:
        text = decoded(content)
        topics_with(text, path(site))
    except KentonganError as error:
        return html.Div(
            [html.Strong(_("This file cannot be used")), html.Span(i18n.upright(str(error)))], className="topic-note bad-note", role="alert"
        )
    changed = differing(book(site).text, text)
    latest = site.operations.latest_topics()
    said = n_("{n} topic would change: {codes}", "{n} topics would change: {codes}", len(changed), codes=_codes(changed))
    go = dmc.Button(_("Put it in place of the file"), id={"type": "topic-import", "seen": latest.version if latest else 0}, size="sm")
    body: list[Any] = [html.Strong(i18n.upright(name or "")), html.Span(said if changed else _("It changes no topic."))]
    if changed:
        body.append(html.Div(go))
    return html.Div(
        [*body, dcc.Store(id={"type": "topic-upload-text", "of": "it"}, data={"text": text, "name": name or ""})], className="topic-note"
    )


def _codes(codes: tuple[str, ...]) -> str:
    return ", ".join(codes[:CODES]) + ("…" if len(codes) > CODES else "")


def decoded(content: str | None) -> str:
    """The text of an upload; raises InputError when it is too large or no text."""
    try:
        raw = base64.b64decode((content or "").partition(",")[2], validate=True)
    except binascii.Error:
        raise InputError(_("The upload was cut short; try again.")) from None
    if len(raw) > LARGEST:
        raise InputError(_("The file is larger than {size} MB; use kentongan topics import.", size=i18n.number(LARGEST / 1e6)))
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(_("The file is no text in UTF-8.")) from None


# ------------------------------------------------------------------------------------------------------------------ the worker


def worker(site: Site) -> tuple[Component, bool]:
    """Whether the worker labels with what the file says, how far relabelling is, and whether anything is still going on."""
    text = book(site).text
    used = site.operations.topics_in_use()
    running = next((one for one in site.operations.waiting() if one.kind == "relabel"), None)
    parts: list[Any] = [html.P(_used(site, used, text))]
    if running is not None:
        parts.append(_progress(running.done, running.total))
    elif site.live and may("officer"):
        button = dmc.Button(_("Relabel old posts now"), id={"type": "topic-relabel", "of": "all"}, variant="default", size="sm")
        parts.append(html.Div(button))
    pace = site.settings.enrich.relabel_at_a_time
    parts.insert(1, html.P(_background(pace), className="quiet small"))
    waits = site.live and used is not None and used.digest != digest(text)
    return html.Div(parts, className="stack-small"), running is not None or waits


def _used(site: Site, used: TopicsInUse | None, text: str) -> list[Any]:
    if used is None:
        return [_("No worker has read the topics yet; it does so when it starts: "), html.Code("kentongan serve")]
    if used.trouble:
        return [
            html.Span(_("The worker goes on with the topics that it had: "), className="bad"),
            html.Code(i18n.upright(used.trouble[:500])),
        ]
    if used.digest != digest(text):
        return [_("The worker has not read this version yet.")]
    return [_("The worker labels new posts with this version since {when}.", when=i18n.moment(used.at))]


def _background(pace: int) -> str:
    if not pace:
        return _("Old posts keep their labels until somebody has them relabelled.")
    return n_("Old posts follow in the background, {n} a minute.", "Old posts follow in the background, {n} a minute.", pace)


def _progress(done: int, total: int | None) -> Component:
    said = (
        _("Relabelling: {done} of {total} posts", done=i18n.number(done), total=i18n.number(total)) if total else _("Relabelling begins…")
    )
    bar = dmc.Progress(value=round(100 * done / total, 1) if total else 0, size="md", **{"aria-label": said})
    return html.Div([html.Span(said, className="small num"), bar], role="status")


def relabel(site: Site) -> None:
    """Ask the worker to relabel all old posts. Raises NotAllowed below the role officer, InputError where no worker runs."""
    person = require("officer")
    if not site.live:
        raise InputError(_("No worker runs here, so nothing can be relabelled; start it with: kentongan serve"))
    if not any(one.kind == "relabel" for one in site.operations.waiting()):
        site.operations.enqueue("relabel", {}, who=person, now=site.now())
        site.operations.audit(person, "relabel", "all posts", site.now())
