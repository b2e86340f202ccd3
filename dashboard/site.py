"""What every page works with: the published catalog, the state, the settings, and one way to register a callback.

`Site.callback` runs a function in the language and zone of the person's tab, hands it the colours when it draws, and turns an error that
a person can act on into a message on the page; anything else is logged with its traceback and named by a plain sentence.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import Any, Final, Literal, Protocol

import dash_mantine_components as dmc
from dash import Dash, Input, State, no_update, set_props
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from dashboard.auth import for_everybody, login_needed, may, require
from dashboard.i18n import _, speaking
from dashboard.look import Look, look
from dashboard.shared import Shared
from dashboard.urlstate import Field
from dashboard.warmup import Opening
from warehouse.errors import KentonganError
from warehouse.queries import Catalog
from warehouse.settings import DataFolder, Settings
from warehouse.state import ROLES, Role
from warehouse.state import State as Operations

log = logging.getLogger(__name__)

Sharing = Literal["", "copy", "minute"]
COPY: Final[Sharing] = "copy"  #: the same for everybody of a role, for as long as nothing is written
MINUTE: Final[Sharing] = "minute"  #: and no longer than a minute, for it says what time it is or how long ago something was


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
    answers: Shared = field(default_factory=Shared)
    openings: list[Opening] = field(default_factory=list)

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
        self, *dependencies: Any, redraw: bool = False, role: Role | None = None, shared: Sharing = "", **options: Any
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Like `Dash.callback`. With `redraw` the function also gets the theme's Look as its last argument and runs when it changes.

        role: the least role that may run it; asked for on the server before anything else. A callback without one is for everybody who
        sees the page, and cannot write. tests/dashboard/test_roles.py walks them all.

        shared: COPY, where what it answers depends on its arguments, the tab, the role, the published copy, state.sqlite and the imported
        boundaries alone; MINUTE, where it depends on the time too. Then it is kept (see shared.py). Such a function may not ask who it is
        or what was pressed.
        """
        tab_of = (Input if redraw else State)("ui", "data")

        def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
            @wraps(function)
            def run(*arguments: Any) -> Any:
                *values, tab = arguments
                drawn = [self.look(tab)] if redraw else []

                def work() -> Any:
                    return function(*values, *drawn)

                def once() -> Any:
                    seen = (tab or {}).get("theme"), bool((tab or {}).get("narrow"))
                    said = function.__module__, function.__qualname__, json.dumps(values), (tab or {}).get("lang")
                    return self.shared((*said, *(seen if redraw else ())), work, shared)

                with self.speaking(tab):
                    return self._guarded(once if shared else work, function.__qualname__, role)

            if shared:
                asked = tuple(part for one in dependencies for part in (one if isinstance(one, list) else [one]))
                self.openings.append(Opening(run, asked, shared == COPY))
            run.role = role  # type: ignore[attr-defined]  # for the test that walks all callbacks
            return self.app.callback(*dependencies, tab_of, **options)(run)

        return decorate

    def shared(self, key: tuple[Any, ...], work: Callable[[], Any], sharing: Sharing) -> Any:
        """What `work` answers, worked out once for everybody of the same role who asks with the same key (see shared.py)."""

        def stamped() -> tuple[Any, ...]:
            rank = sum(may(role) for role in ROLES)
            minute = self.now().replace(second=0, microsecond=0) if sharing == MINUTE else None
            return *key, rank, self.catalog.copy(), self.operations.stamp(), _written(self.folder.boundaries), minute

        with for_everybody():
            return self.answers.answer(stamped(), work, still=stamped)

    def _guarded(self, work: Callable[[], Any], name: str, role: Role | None) -> Any:
        try:
            if role is not None:
                require(role)
            return work()
        except PreventUpdate:
            raise
        except KentonganError as error:
            set_props("notice", {"children": notice(str(error))})
        except Exception:
            log.exception("callback %s failed", name)
            text = _("This part of the page could not be made. The log of the web process has the reason; reload to try again.")
            set_props("notice", {"children": notice(text)})
        return no_update


def _written(folder: Path) -> int:
    """When a file was last put into a folder or taken out (ns); 0 without the folder."""
    return folder.stat().st_mtime_ns if folder.exists() else 0


def notice(text: str) -> Component:
    """An error as a message that stays until the person closes it."""
    return dmc.Alert(text, title=_("That did not work"), color="red", withCloseButton=True, closeButtonLabel=_("Close"), className="notice")


class PageLayout(Protocol):
    def __call__(self, site: Site, values: dict[str, Any]) -> Component: ...


@dataclass(frozen=True)
class Page:
    """One page: `title` and `about` are msgids; `fields` are its controls in the address; `register` adds its callbacks once.

    role: the least role that sees it, in the navigation and by its address. reads_posts: False opens it also while nothing is published.
    shared: whether its layout is the same for everybody of a role, as in `Site.callback`.
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
    shared: Sharing = ""
