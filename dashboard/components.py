"""Components in a fraction of the time. Dash's constructor looks at every property each time to word the error that it might have to raise;
a page with long tables has a thousand components, and took longer to build than all of its queries."""

from __future__ import annotations

from typing import Any

from dash.development.base_component import Component


def install() -> None:
    """Let the components of this process be made without a look at their properties: for the web process alone, so that the tests look."""
    Component.__init__ = _made  # type: ignore[method-assign]


def _made(self: Component, **properties: Any) -> None:
    for name, value in properties.items():
        setattr(self, name, value)


def like(pattern: Component, children: Any) -> Component:
    """A component as the pattern is, with other children: for the cells of a table."""
    made = object.__new__(type(pattern))
    made.__dict__.update(pattern.__dict__)
    made.children = children
    return made
