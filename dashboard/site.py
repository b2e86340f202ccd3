"""What every page works with: the published catalog, the state, the settings, and one way to register a callback.

`Site.callback` runs a function in the language and zone of the person's tab, hands it the colours when it draws, and turns an error that
a person can act on into a message on the page; anything else is logged with its traceback and named by a plain sentence.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import wraps
from typing import Any, Protocol

import dash_mantine_components as dmc
from dash import Dash, Input, State, no_update, set_props
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from dashboard.auth import login_needed, require
from dashboard.i18n import _, speaking
from dashboard.look import Look, look
from dashboard.urlstate import Field
from warehouse.errors import KentonganError
from warehouse.queries import Catalog
from warehouse.settings import DataFolder, Settings
from warehouse.state import Role
from warehouse.state import State as Operations

log = logging.getLogger(__name__)


def clock() -> datetime:
    """The one place where the dashboard asks what time it is."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Site:
    """One running dashboard. `live` is False where nothing collects (a folder that is only read): then nothing offers to run a source."""

    app: Dash
    folder: DataFolder
    settings: Settings
    catalog: Catalog
    operations: Operations
    live: bool
    now: Callable[[], datetime] = clock

    @property
    def is_demo(self) -> bool:
        return any(source.collector == "demo" for source in self.settings.sources.values())

    @property
    def needs_login(self) -> bool:
        return login_needed(self.settings)

    def speaking(self, tab: dict[str, Any] | None) -> Any:
        return speaking((tab or {}).get("lang") or self.settings.general.language, self.settings.zone)

    def look(self, tab: dict[str, Any] | None) -> Look:
        return look((tab or {}).get("theme", "light"), bool((tab or {}).get("narrow")))

    def callback(
        self, *dependencies: Any, redraw: bool = False, role: Role | None = None, **options: Any
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Like `Dash.callback`. With `redraw` the function also gets the theme's Look as its last argument and runs when it changes.

        role: the least role that may run it; asked for on the server before anything else. A callback without one is for everybody who
        sees the page, and cannot write. tests/dashboard/test_roles.py walks them all.
        """
        tab_of = (Input if redraw else State)("ui", "data")

        def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
            @wraps(function)
            def run(*arguments: Any) -> Any:
                *values, tab = arguments
                with self.speaking(tab):
                    if redraw:
                        values.append(self.look(tab))
                    return self._guarded(function, values, role)

            run.role = role  # type: ignore[attr-defined]  # for the test that walks all callbacks
            return self.app.callback(*dependencies, tab_of, **options)(run)

        return decorate

    def _guarded(self, function: Callable[..., Any], values: list[Any], role: Role | None) -> Any:
        try:
            if role is not None:
                require(role)
            return function(*values)
        except PreventUpdate:
            raise
        except KentonganError as error:
            set_props("notice", {"children": notice(str(error))})
        except Exception:
            log.exception("callback %s failed", function.__qualname__)
            text = _("This part of the page could not be made. The log of the web process has the reason; reload to try again.")
            set_props("notice", {"children": notice(text)})
        return no_update


def notice(text: str) -> Component:
    """An error as a message that stays until the person closes it."""
    return dmc.Alert(text, title=_("That did not work"), color="red", withCloseButton=True, closeButtonLabel=_("Close"), className="notice")


class PageLayout(Protocol):
    def __call__(self, site: Site, values: dict[str, Any]) -> Component: ...


@dataclass(frozen=True)
class Page:
    """One page: `title` and `about` are msgids; `fields` are its controls in the address; `register` adds its callbacks once.

    role: the least role that sees it, in the navigation and by its address. reads_posts: False opens it also while nothing is published.
    """

    path: str
    title: str
    about: str
    icon: str
    fields: tuple[Field, ...]
    layout: PageLayout
    register: Callable[[Site], None]
    role: Role = "viewer"
    reads_posts: bool = True
