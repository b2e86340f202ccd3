"""Answers that are kept while the published copy that gave them is read: the copy never changes, so neither do they."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any, Final

import pyarrow as pa
from cachetools import LRUCache

from warehouse.queries.once import Once

ROOM: Final = 48_000_000  #: bytes of answers that are kept of one copy
MOST: Final = 2_000  #: and so many answers
LARGEST: Final = 4_000_000  #: a larger answer is not kept

Key = tuple[str, str]


class Kept:
    """The answers last asked for, as Arrow tables, which nobody can change. Safe for threads: of two that ask the same at once, as the
    panels of a page do, the second waits for the answer of the first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tables: LRUCache[Key, pa.Table] = LRUCache(ROOM, getsizeof=lambda table: max(table.nbytes, ROOM // MOST))
        self._once = Once()

    def answer(self, sql: str, params: Mapping[str, Any] | None, ask: Callable[[], pa.Table]) -> pa.Table:
        """The answer to a SELECT; asked for where it is not known yet."""
        key = sql, repr(sorted((params or {}).items()))
        with self._lock:
            found = self._tables.get(key)
        return self._once.do(key, lambda: self._asked(key, ask)) if found is None else found

    def _asked(self, key: Key, ask: Callable[[], pa.Table]) -> pa.Table:
        found = ask()
        if found.nbytes <= LARGEST:
            with self._lock:
                self._tables[key] = found
        return found
