"""Corrections of labels on the page: what a post was labelled, what a person said instead, and the deed itself.

A correction changes no count: it is kept as training data of one's own (`kentongan corrections export`) and shown beside the label.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Final

import dash_mantine_components as dmc
from dash import html
from dash.development.base_component import Component

from dashboard import i18n, widgets
from dashboard.auth import require
from dashboard.i18n import N_, _
from dashboard.names import EMOTION, INTENT, SENTIMENT, Names, names, tongue
from dashboard.site import Site
from warehouse.errors import InputError
from warehouse.records import FIRSTHAND
from warehouse.state import Correction, Labelled
from warehouse.state.corrections import LISTS, Value

LABEL: Final = {
    "topics": N_("Topics"),
    "places": N_("Places"),
    "sentiment": N_("Sentiment"),
    "emotion": N_("Emotion"),
    "intent": N_("What it is for"),
    "firsthand": N_("First-hand report of illness"),
    "lang": N_("Language"),
}
YES_NO: Final = {"yes": N_("Yes"), "no": N_("No")}
_NAMES: Final[dict[str, Mapping[str, str]]] = {"sentiment": SENTIMENT, "emotion": EMOTION, "intent": INTENT, "firsthand": YES_NO}


def key_of(source: str, native_id: str, day: date) -> str:
    """A post in one word, for ids and the address; its parts come from strangers."""
    return base64.urlsafe_b64encode(json.dumps([source, native_id, day.isoformat()]).encode()).decode().rstrip("=")


def post_of(key: Any) -> tuple[str, str, date] | None:
    """What `key_of` made; None for what somebody else made."""
    try:
        source, native_id, day = json.loads(base64.urlsafe_b64decode(f"{key}{'=' * (-len(str(key)) % 4)}"))
        return str(source), str(native_id), date.fromisoformat(day)
    except (ValueError, TypeError, binascii.Error):
        return None


def said(post: Mapping[str, Any], label: str) -> Value:
    """The label that the models gave a post (one of `Catalog.post`)."""
    if label in LISTS:
        return tuple(sorted(post[label] or ()))
    if label == "firsthand":
        chance = post["firsthand_p"]
        return "yes" if not i18n.is_missing(chance) and chance >= FIRSTHAND else "no"
    return post[label] if isinstance(post[label], str) else ""


def spoken(label: str, value: Value, known: Names) -> str:
    """A value in words: the names of topics, places and languages."""
    if not isinstance(value, str):
        name = known.topic if label == "topics" else known.place
        return ", ".join(name(code) for code in value) or _("none")
    if label == "lang":
        return tongue(value)
    return _(_NAMES[label][value]) if value in _NAMES[label] else value or _("none")


def find(site: Site, key: Any) -> dict[str, Any]:
    """The post of a key. Raises InputError when it is there no more, or was deleted at its source."""
    parts = post_of(key)
    found = site.catalog.post(*parts) if parts else None
    if found is None or found["deleted_at"] is not None:
        raise InputError(_("This post is no longer there; its source may have deleted it."))
    return found


def correct(site: Site, key: Any, label: str, new: Any) -> Correction:
    """Say that a label is wrong. Raises NotAllowed below the role analyst, InputError when nothing would change."""
    person = require("analyst")
    post, value = find(site, key), _value(site, label, new)
    standing = site.operations.corrections_of([(post["source"], post["native_id"])])
    old = said(post, label)
    before = standing.get((post["source"], post["native_id"]), {}).get(label)
    if (before.new if before else old) == value:
        raise InputError(_("It is labelled so already; choose another value."))
    labelled = Labelled(post["source"], post["native_id"], post["day"], post["text_hash"], post["model_version"] or "")
    found = site.operations.correct(labelled, label, old, value, who=person, now=site.now())
    site.operations.audit(person, "correct label", _deed(found), site.now())
    return found


def undo(site: Site, correction_id: Any) -> Correction:
    """Take a correction back. Raises NotAllowed below the role analyst, InputError when it does not stand any more."""
    person = require("analyst")
    found = site.operations.undo_correction(int(correction_id), who=person, now=site.now())
    site.operations.audit(person, "undo correction", _deed(found), site.now())
    return found


def _value(site: Site, label: str, new: Any) -> Value:
    """What the browser sent, checked against what there is to choose."""
    if label in LISTS:
        codes = tuple(sorted({str(code) for code in new or ()}))
        vocabulary = names(site.catalog)
        known = vocabulary.topics.keys() if label == "topics" else vocabulary.places.keys()
        if unknown := set(codes) - known:
            raise InputError(f"{label}: {sorted(unknown)[0][:60]!r} is not known; reload the page")
        return codes
    if not new or not isinstance(new, str):
        raise InputError(_("Choose a value first."))
    return new


def _deed(found: Correction) -> str:
    old, new = (value if isinstance(value, str) else ", ".join(value) for value in (found.old, found.new))
    return f"{found.post.source} {found.post.native_id}: {found.label} {old or '–'} → {new or '–'}"


def badges(found: Mapping[str, Correction], text_hash: Any, known: Names) -> list[Component]:
    """The corrections of a post that stand, as labels beside the others; those of a text that was edited since are left out."""
    return [_badge(one, known) for one in found.values() if one.post.text_hash == text_hash]


def _badge(one: Correction, known: Names) -> Component:
    old, new = spoken(one.label, one.old, known), spoken(one.label, one.new, known)
    told = _("{label}: corrected by {who}, {when}", label=_(LABEL[one.label]), who=i18n.upright(one.who), when=i18n.moment(one.at))
    return html.Span([widgets.icon("verify"), html.Del(old), " ", html.Ins(new)], className="badge corrected", title=told)


def editor(label: str, value: Value, known: Names) -> Component:
    """The control for the right value, and its button."""
    id = {"type": "correct-value", "label": label}
    shared: Any = {"id": id, "label": _("What it should be"), "size": "sm", "className": "wide", "searchable": True}
    shared["comboboxProps"] = {"shadow": "md", "withinPortal": True, "zIndex": 400}
    if label in LISTS:
        options = widgets.topic_options(known) if label == "topics" else widgets.place_options(known)
        control = dmc.MultiSelect(data=options, value=list(value), clearable=True, limit=80, maxValues=30, **shared)
    else:
        choices = {code: tongue(code) for code in known.languages} if label == "lang" else {c: _(t) for c, t in _NAMES[label].items()}
        control = dmc.Select(data=_options(choices), value=value, allowDeselect=False, **shared)
    button = dmc.Button(_("Correct"), id={"type": "correct", "label": label}, size="sm", variant="default")
    return html.Div([control, button], className="controls correcting")


def _options(choices: Mapping[str, str]) -> list[Any]:
    return [{"value": code, "label": text} for code, text in choices.items()]


def history(steps: Iterable[Correction], known: Names, may_undo: bool) -> Component | None:
    """All that was said of a post, the newest first; what stands can be taken back."""
    every = list(steps)
    if not every:
        return None
    undone = {one.undoes for one in every}
    newest = {one.label: one.correction_id for one in every if one.undoes is None and one.correction_id not in undone}
    rows = [
        _step(one, known, one.correction_id in undone, may_undo and newest.get(one.label) == one.correction_id) for one in reversed(every)
    ]
    headings = [_("When"), _("Who"), _("Label"), _("Correction"), ""]
    return widgets.plain_table(headings, rows, caption=_("Corrections, the newest first"))


def _step(one: Correction, known: Names, undone: bool, undoable: bool) -> list[Any]:
    change: Any = f"{spoken(one.label, one.old, known)} → {spoken(one.label, one.new, known)}"
    if one.undoes is not None:
        change = _("took the correction back")
    elif undone:
        change = html.Del(change, title=_("undone later"))
    button = html.Button(_("Undo"), id={"type": "undo", "correction": one.correction_id}, type="button", className="link-button")
    return [i18n.moment(one.at), i18n.upright(one.who), _(LABEL[one.label]), change, button if undoable else None]
