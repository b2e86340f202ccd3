"""After a start, what a page shows when it is opened is worked out once before anybody asks: the first use of a process loads the detector,
the words of the languages and the published copy, which takes a second or two that a person would wait."""

from __future__ import annotations

import gc
import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from dash.dependencies import DashDependency, Output
from flask import Flask, g

from dashboard.i18n import LANGUAGES

log = logging.getLogger(__name__)

AFTER: Final = 4.0  #: seconds after the start, when the first page is likely to stand on the screen
LOOKED_THROUGH: Final = (10_000, 20, 20)  #: a page makes some ten thousand objects, most of which are gone without the collector
_VALUED: Final = {"control": "value", "kept": "data"}


@dataclass(frozen=True)
class Opening:
    """A callback that answers the same for everybody, and what a browser sends it when a page has just been opened."""

    run: Callable[..., Any]
    dependencies: tuple[DashDependency, ...]
    timeless: bool = False  #: what it answers does not depend on the time of day

    def arguments(self, values: Mapping[str, Any]) -> list[Any]:
        """One for each Input and State: the value of the control that it names or the id of what it names, None for anything else."""
        return [_value(one, values) for one in self.dependencies if not isinstance(one, Output)]


def _value(dependency: DashDependency, values: Mapping[str, Any]) -> Any:
    named = dependency.component_id
    if dependency.component_property == "id":
        return named
    if isinstance(named, dict) and _VALUED.get(named.get("type", "")) == dependency.component_property:
        return values.get(named["key"])
    return None


def warm(server: Flask, openings: Sequence[tuple[Opening, Mapping[str, Any]]], tab: dict[str, Any], *, open_here: bool) -> int:
    """Ask them all once, in the language of the tab; returns how many answered. What fails is told to the log: a person will meet it."""
    assert tab["lang"] in LANGUAGES
    answered = 0
    for opening, values in openings:
        with server.test_request_context("/"):
            g.open_here = open_here
            try:
                opening.run(*opening.arguments(values), tab)
                answered += 1
            except Exception:  # whatever it is, the start goes on without it
                log.info("not prepared: %s", opening.run.__qualname__, exc_info=True)
    return answered


def settle() -> None:
    """What is there now stays as long as the process, so the collector of garbage need not go through it again: with all modules and
    models that took a quarter of a second each time, in the middle of whatever was being answered."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*LOOKED_THROUGH)


def later(work: Callable[[], Any], seconds: float = AFTER) -> threading.Timer:
    """Run it in a thread of its own after so many seconds, unless the process has ended by then."""
    timer = threading.Timer(seconds, work)
    timer.daemon = True
    timer.start()
    return timer
