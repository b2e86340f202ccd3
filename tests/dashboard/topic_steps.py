"""What somebody does on the page Topics, step by step, as the browser would ask for it."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

Ask = Callable[..., dict[str, Any]]


def answer(given: dict[str, Any], component: str, prop: str = "children") -> Any:
    return given["response"][component][prop]


def listed(ask: Ask, show: str = "all", q: str = "", lang: str = "en") -> dict[str, dict[str, Any]]:
    rows = answer(ask("topics-grid.rowData", {"q.value": q, "show.value": show}, lang=lang), "topics-grid", "rowData")
    return {row["id"]: row for row in rows}


def opened(ask: Ask, code: str, lang: str = "en") -> tuple[dict[str, Any], dict[str, str]]:
    """The answer of the callback that opens a topic, and what its fields hold."""
    given = ask("topic-detail.children", {"topic.data": code}, lang=lang)
    return given, dict(_fields(given["response"]["topic-detail"]["children"]))


def _fields(node: Any) -> Any:
    if isinstance(node, dict):
        known = node.get("props", {}).get("id")
        if isinstance(known, dict) and known.get("type") == "topic-field":
            yield known["name"], node["props"].get("value") or ""
        yield from _fields(node.get("props", {}).get("children"))
    elif isinstance(node, list):
        for child in node:
            yield from _fields(child)


def checked(ask: Ask, of: dict[str, Any], values: dict[str, str], lang: str = "en") -> dict[str, Any]:
    given = {
        "topic-field.value": [({"name": name}, value) for name, value in values.items()],
        "topic-field.id": [({"name": name}, {"type": "topic-field", "name": name}) for name in values],
        "topic-of.data": of,
    }
    return ask("topic-draft.data", given, lang=lang)


def drafted(ask: Ask, topic: str, **changes: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """(draft, of) after somebody opened a topic and typed."""
    given, values = opened(ask, topic)
    of = answer(given, "topic-of", "data")
    return answer(checked(ask, of, values | changes), "topic-draft", "data"), of


def pressed(ask: Ask, button: str, lang: str = "en", **given: Any) -> dict[str, Any]:
    return ask("topics-saved.data", {f"{button}.n_clicks": 1, **given}, lang=lang, changed=f"{button}.n_clicks")


def save(ask: Ask, draft: Any, of: Any, note: str = "", lang: str = "en") -> dict[str, Any]:
    return pressed(ask, "topic-save", lang, **{"topic-draft.data": draft, "topic-of.data": of, "topic-note.value": note})


def previewed(ask: Ask, draft: Any, languages: list[str] | None = None) -> dict[str, Any]:
    given = {"topic-draft.data": draft, "language.value": languages or []}
    return answer(ask("topic-tally.data", given, changed="topic-draft.data"), "topic-tally", "data")


NEW = {
    "code": "hiccups",
    "name_id": "Cegukan",
    "name_en": "Hiccups",
    "group": "syndrome",
    "terms_id": "cegukan",
    "rules": "posyandu AND jadwal",
    "yes": "Cegukan dari pagi\njadwal posyandu kapan",
    "no": "posyandu ramai",
}


def add_hiccups(ask: Ask, **changes: str) -> dict[str, Any]:
    draft, of = drafted(ask, "*new", **{**NEW, **changes})
    return save(ask, draft, of, note="asked for by the clinic")


def nodes(node: Any, kind: str) -> list[dict[str, Any]]:
    if isinstance(node, list):
        return [found for child in node for found in nodes(child, kind)]
    if not isinstance(node, dict):
        return []
    own = [node] if node.get("type") == kind else []
    return own + nodes(node.get("props", {}).get("children"), kind)


def restore(ask: Ask, button: dict[str, Any]) -> dict[str, Any]:
    changed = json.dumps(button, separators=(",", ":"), sort_keys=True) + ".n_clicks"
    match = {key: value for key, value in button.items() if key != "type"}
    return ask("topics-saved.data", {"topic-restore.n_clicks": [(match, 1)]}, changed=changed)


def uploaded(ask: Ask, text: bytes, name: str = "new.toml") -> dict[str, Any]:
    content = "data:application/toml;base64," + base64.b64encode(text).decode()
    given = {"topic-upload.contents": content, "topic-upload.filename": name}
    return ask("topic-import.children", given, changed="topic-upload.contents")
