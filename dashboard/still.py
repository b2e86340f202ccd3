"""Parts of a page that stand still: text, tables, lists and links, which no callback reads or changes.

Dash keeps every component of a page in its store and asks each at every change whether it is concerned: a page of two thousand cells took
seconds to appear. So an element without an id, with nothing but such elements in it, travels as `[tag, properties, child, ...]`, and
assets/still.js hands it to React at once; neighbours travel together. What the browser shows is the same, element by element.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from dash.development.base_component import Component

NAMESPACE: Final = "kentongan_parts"  #: as in assets/still.js
LINK: Final = "link"  #: `dcc.Link`, which changes the address without loading the page anew
_NAMES: Final = """A Abbr Article B Bdi Blockquote Br Caption Code Col Colgroup Dd Del Details Div Dl Dt Em Figcaption Figure Footer
    H1 H2 H3 H4 H5 H6 Header Hr I Ins Kbd Li Mark Ol P Pre Q S Section Small Span Strong Sub Summary Sup Table Tbody Td Tfoot Th Thead
    Time Tr U Ul"""
#: Elements as React names them, by the type of the component. No form, no control, nothing that is pressed or fetches something.
TAGS: Final = {("dash_html_components", name): name.lower() for name in _NAMES.split()} | {("dash_core_components", "Link"): LINK}
_ABOUT: Final = frozenset({"available_properties", "available_wildcard_properties"})  #: what a component keeps beside its properties

Part = tuple[Any, ...]  #: (tag, properties, child, ...)


def written(component: Component) -> dict[str, Any]:
    """The component as Dash's browser side reads it, with what stands still in it taken together."""
    shaped = _shaped(component)
    return _still([shaped]) if isinstance(shaped, tuple) else shaped


def _shaped(component: Component) -> Part | dict[str, Any]:
    properties = {name: own for name, own in vars(component).items() if name[0] != "_" and name not in _ABOUT}
    kind = component._namespace, component._type
    given = properties.get("children")
    several = isinstance(given, list | tuple)
    children = [_shaped(one) if isinstance(one, Component) else one for one in (given if several else [given])]  # type: ignore[union-attr]
    tag = TAGS.get(kind)
    if tag is not None and "id" not in properties and all(map(_stands_still, children)):
        properties.pop("children", None)
        return tag, properties, *(one for one in children if one is not None)
    if "children" in properties:
        together = _together(children)
        properties["children"] = together if several else together[0]
    return {"props": properties, "type": kind[1], "namespace": kind[0]}


def _stands_still(child: Any) -> bool:
    return child is None or isinstance(child, tuple | str | int | float)


def _together(children: Iterable[Any]) -> list[Any]:
    """Children with neighbours that stand still in one component; text stays text where it stands alone."""
    found: list[Any] = []
    run: list[Part] = []
    for child in children:
        if isinstance(child, tuple):
            run.append(child)
            continue
        if run:
            found.append(_still(run))
            run = []
        found.append(child)
    return [*found, _still(run)] if run else found


def _still(parts: list[Any]) -> dict[str, Any]:
    return {"props": {"parts": parts}, "type": "Still", "namespace": NAMESPACE}
