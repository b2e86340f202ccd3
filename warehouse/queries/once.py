"""Work that several threads want at the same time is done by the first of them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Any


class Once:
    """What is being worked out just now, by key. Safe for threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._under_way: dict[Hashable, Future[Any]] = {}

    def do(self, key: Hashable, work: Callable[[], Any]) -> Any:
        """What `work` returns; who asks for the same key meanwhile waits for it. Whatever it raises is raised for everybody who waits."""
        with self._lock:
            awaited = self._under_way.get(key)
            own = self._under_way[key] = Future() if awaited is None else awaited
        if awaited is not None:
            return awaited.result()
        try:
            made = work()
        except BaseException as error:
            own.set_exception(error)
            raise
        else:
            own.set_result(made)
            return made
        finally:
            with self._lock:
                del self._under_way[key]
