"""Answers that are the same for everybody are worked out once: at nine, eight people open the same page.

They are kept as JSON, for as long as the published copy and state.sqlite that gave them stay as they are, and those that say what time it
is no longer than a minute. Who asks a second time while the first is being worked out waits for that one.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Final

from cachetools import LRUCache
from dash import no_update

from dashboard.answers import Written, to_json
from warehouse.queries.once import Once

ROOM: Final = 64_000_000  #: bytes of JSON that a process keeps
LARGEST: Final = 8_000_000  #: a larger answer is not kept
_LEAST: Final = 1_000  #: bytes that the smallest is taken to need

Key = tuple[Any, ...]


class Shared:
    """The answers last given. Safe for threads."""

    def __init__(self, room: int = ROOM) -> None:
        self._lock = threading.Lock()
        self._answers: LRUCache[Key, Any] = LRUCache(room, getsizeof=_size)
        self._once = Once()

    def answer(self, key: Key, work: Callable[[], Any], *, still: Callable[[], Key]) -> Any:
        """What `work` returns (one value, or a tuple with one for each output), as JSON that Dash hands on.

        key: everything on which it depends. still: gives the key anew; an answer that was overtaken while it was worked out is not kept.
        Whatever `work` raises is raised for everybody who waits.
        """
        with self._lock:
            if (found := self._answers.get(key)) is not None:
                return found
        return self._once.do(key, lambda: self._made(key, work, still))

    def _made(self, key: Key, work: Callable[[], Any], still: Callable[[], Key]) -> Any:
        made = written(work())
        if _size(made) <= LARGEST and still() == key:
            with self._lock:
                self._answers[key] = made
        return made


def written(answer: Any) -> Any:
    """An answer whose values are JSON already; what is not to be updated stays so."""
    if isinstance(answer, tuple):
        return tuple(written(value) for value in answer)
    return answer if answer is no_update else Written(to_json(answer))


def _size(made: Any) -> int:
    if isinstance(made, tuple):
        return sum(map(_size, made))
    return _LEAST if made is no_update else max(len(made.text), _LEAST)
