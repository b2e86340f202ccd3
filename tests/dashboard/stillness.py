"""JSON of a page element by element, so that what dashboard/still.py wrote can be read, and be held against what Dash writes."""

from __future__ import annotations

from typing import Any

from dashboard.still import NAMESPACE, TAGS

_KINDS = {tag: kind for kind, tag in TAGS.items()}


def apart(value: Any) -> Any:
    """The same JSON with every element on its own, as Dash writes it."""
    if isinstance(value, list):
        return [element for one in value for element in _elements(one)]
    if not isinstance(value, dict):
        return value
    if value.get("namespace") == NAMESPACE:
        return _alone(_elements(value))
    return {name: apart(own) for name, own in value.items()}


def _elements(value: Any) -> list[Any]:
    still = isinstance(value, dict) and value.get("namespace") == NAMESPACE
    return [_element(part) for part in value["props"]["parts"]] if still else [apart(value)]


def _element(part: Any) -> Any:
    if not isinstance(part, list):
        return part
    namespace, kind = _KINDS[part[0]]
    children = {"children": _alone([_element(child) for child in part[2:]])} if len(part) > 2 else {}
    return {"props": apart(part[1]) | children, "type": kind, "namespace": namespace}


def _alone(elements: list[Any]) -> Any:
    return elements[0] if len(elements) == 1 else elements


def drawn(value: Any) -> Any:
    """The same JSON with children as a list of what is drawn: one child, a list of one and a list with nothing beside it look the same."""
    if isinstance(value, list):
        return [drawn(one) for one in value]
    if not isinstance(value, dict):
        return value
    made = {name: drawn(own) for name, own in value.items()}
    if "namespace" in made:
        children = made["props"].get("children")
        made["props"]["children"] = [one for one in (children if isinstance(children, list) else [children]) if one is not None]
    return made
