"""Answers that are kept while the published copy that gave them is read: the copy never changes, so neither do they."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any, Final

import pyarrow as pa

ROOM: Final = 48_000_000  #: bytes of answers that are kept of one copy
MOST: Final = 2_000  #: and so many answers
LARGEST: Final = 4_000_000  #: a larger answer is not kept

Key = tuple[str, str]


class Kept:
    """The answers last asked for, as Arrow tables, which nobody can change. Safe for threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tables: OrderedDict[Key, pa.Table] = OrderedDict()
        self._bytes = 0

    def answer(self, sql: str, params: Mapping[str, Any] | None, ask: Callable[[], pa.Table]) -> pa.Table:
        """The answer to a SELECT; asked for where it is not known yet."""
        key = sql, repr(sorted((params or {}).items()))
        with self._lock:
            if key in self._tables:
                self._tables.move_to_end(key)
                return self._tables[key]
        table = ask()
        if table.nbytes <= LARGEST:
            self._keep(key, table)
        return table

    def _keep(self, key: Key, table: pa.Table) -> None:
        with self._lock:
            if key not in self._tables:
                self._tables[key] = table
                self._bytes += table.nbytes
            while self._bytes > ROOM or len(self._tables) > MOST:
                _key, gone = self._tables.popitem(last=False)
                self._bytes -= gone.nbytes
