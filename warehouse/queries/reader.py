"""Opens the published catalog read-only, and opens it anew when the worker has replaced it."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pandas as pd
import pyarrow as pa

from warehouse.database import arrow, quoted
from warehouse.errors import NothingPublished, OutdatedCopy, WarehouseError, damaged_copy
from warehouse.migrations import LATEST
from warehouse.queries.kept import Kept
from warehouse.queries.selection import INSIDE
from warehouse.settings import DataFolder

Stamp = tuple[int, int, int]

#: Pages need little; the machine is shared with the worker.
_LIMITS = {"memory_limit": "1GB", "threads": str(min(4, os.cpu_count() or 1)), "temp_directory": "", "python_enable_replacements": "false"}


@dataclass
class _Opened:
    """One published copy that is open, its facts in `meta`, and how many calls are using it."""

    connection: duckdb.DuckDBPyConnection
    stamp: Stamp
    meta: Mapping[str, str] = field(default_factory=dict)
    files: tuple[tuple[str, date, date], ...] = ()  #: of posts: path, first and last day
    kept: Kept = field(default_factory=Kept)
    idle: list[duckdb.DuckDBPyConnection] = field(default_factory=list)  #: cursors that wait for the next call
    users: int = 0
    replaced: bool = False


class Reader:
    """Lends cursors on the newest published copy. Safe for threads: each call has its own cursor, and a replaced copy is closed
    when its last call ends."""

    def __init__(self, folder: DataFolder) -> None:
        self._path = folder.catalog
        self._lock = threading.Lock()
        self._opened: _Opened | None = None

    def published(self) -> bool:
        """Whether there is anything to read yet."""
        return self._path.exists()

    def close(self) -> None:
        """Close what is open; the next call opens it again."""
        with self._lock:
            self._retire()

    def zone(self) -> ZoneInfo:
        """The zone whose midnight ends a day, as the worker wrote it."""
        return ZoneInfo(self._meta("zone"))

    def copy(self) -> Stamp:
        """Which published copy is read now; another one has another stamp."""
        opened = self._take()
        self._give_back(opened)
        return opened.stamp

    def published_at(self) -> datetime:
        """When the copy that is read now was made (UTC)."""
        return datetime.fromisoformat(self._meta("published_at")).astimezone(UTC)

    def _meta(self, key: str) -> str:
        opened = self._take()
        self._give_back(opened)
        return opened.meta[key]

    def today(self) -> date:
        """The day in `zone` on which the copy was made: the last day that can have posts."""
        return self.published_at().astimezone(self.zone()).date()

    def posts_of(self, first: date, last: date) -> str:
        """For a FROM clause: `posts`, but for those of other days. The view opens every file of every year; this opens the few it needs."""
        opened = self._take()
        self._give_back(opened)
        paths = [quoted(self._path.parent / path) for path, begins, ends in opened.files if begins <= last and ends >= first]
        return f"read_parquet([{', '.join(paths)}])" if paths else "(SELECT * FROM posts WHERE false)"

    def inside(self, places: Sequence[str]) -> list[str]:
        """The codes of these places and of all places in them."""
        return [row["place_code"] for row in self.rows(INSIDE, {"places": list(places)})] if places else []

    def frame(self, sql: str, params: Mapping[str, Any] | None = None) -> pd.DataFrame:
        """Run one SELECT with `$name` parameters."""
        table = self._answer(sql, params)
        frame = table.to_pandas(date_as_object=False)
        for column in table.schema:
            if pa.types.is_list(column.type):
                frame[column.name] = table[column.name].to_pylist()
        return frame

    def rows(self, sql: str, params: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        """Run one SELECT whose answer is small; a row is a dict, instants are aware datetimes in UTC."""
        return self._answer(sql, params).to_pylist()

    def table(self, sql: str, params: Mapping[str, Any] | None = None) -> pa.Table:
        """Run one SELECT; for what goes on with arrays, as a frame takes some milliseconds to make."""
        return self._answer(sql, params)

    def _answer(self, sql: str, params: Mapping[str, Any] | None) -> pa.Table:
        """The answer to a SELECT, as this copy gives it; kept for the next one who asks."""
        opened = self._take()
        try:
            return opened.kept.answer(sql, params, lambda: _ask(opened, sql, params))
        except duckdb.Error as error:
            raise self._damaged(error) or error from None
        finally:
            self._give_back(opened)

    @contextmanager
    def _lend(self) -> Iterator[tuple[duckdb.DuckDBPyConnection, _Opened]]:
        opened = self._take()
        try:
            with _cursor(opened) as cursor:
                yield cursor, opened
        finally:
            self._give_back(opened)

    def _take(self) -> _Opened:
        with self._lock:
            stamp = self._stamp()
            if self._opened is None or self._opened.stamp != stamp:
                fresh = self._open(stamp)
                self._retire()
                self._opened = fresh
            self._opened.users += 1
            return self._opened

    def _give_back(self, opened: _Opened) -> None:
        with self._lock:
            opened.users -= 1
            if opened.replaced and opened.users == 0:
                _close(opened)

    def _retire(self) -> None:
        old, self._opened = self._opened, None
        if old is not None:
            old.replaced = True
            if old.users == 0:
                _close(old)

    def _stamp(self) -> Stamp:
        try:
            found = self._path.stat()
        except FileNotFoundError:
            raise NothingPublished(f"{self._path}: nothing has been published yet; start the worker (kentongan serve)") from None
        return found.st_ino, found.st_mtime_ns, found.st_size

    def _open(self, stamp: Stamp) -> _Opened:
        # An in-memory database that attaches the file: duckdb.connect(path) would hand out the replaced file again for as long as any
        # connection to it lives in this process.
        connection = duckdb.connect(config=dict(_LIMITS))
        try:
            connection.execute(f"ATTACH {quoted(self._path)} AS published (READ_ONLY)")
            # the files of posts are many, and never change
            connection.execute("SET GLOBAL parquet_metadata_cache = true")
            _settle(connection)
            meta = dict(connection.execute("SELECT key, value FROM meta").fetchall())
            self._refuse_older(meta)
            files = tuple(connection.execute("SELECT path, first_day, last_day FROM published_files ORDER BY first_day").fetchall())
        except (duckdb.Error, OutdatedCopy) as error:
            connection.close()
            raise self._damaged(error) or error from None
        return _Opened(connection, stamp, meta, files)

    def _damaged(self, error: Exception) -> WarehouseError | None:
        told = damaged_copy(self._path, str(error))
        return WarehouseError(told) if told else None

    def _refuse_older(self, meta: Mapping[str, str]) -> None:
        """After an update, until the worker has published with it: else each part of a page would fail where it misses a column."""
        if meta.get("schema_version", LATEST) < LATEST:
            raise OutdatedCopy(f"{self._path}: published by an older Kentongan; start the worker of this one (kentongan serve)")


def _close(opened: _Opened) -> None:
    for cursor in opened.idle:
        cursor.close()
    opened.connection.close()


@contextmanager
def _cursor(opened: _Opened) -> Iterator[duckdb.DuckDBPyConnection]:
    """A cursor for one call. To settle one takes as long as a small query, so it is kept, but not after an error."""
    try:
        cursor = opened.idle.pop()  # of a list, which threads share safely
    except IndexError:
        cursor = opened.connection.cursor()
        _settle(cursor)
    try:
        yield cursor
    except BaseException:
        cursor.close()
        raise
    opened.idle.append(cursor)


def _ask(opened: _Opened, sql: str, params: Mapping[str, Any] | None) -> pa.Table:
    with _cursor(opened) as cursor:
        return arrow(cursor, sql, params)


def _settle(cursor: duckdb.DuckDBPyConnection) -> None:
    """A cursor starts with the session defaults, not with those of the connection that it came from."""
    cursor.execute("USE published")
    cursor.execute("SET TimeZone = 'UTC'")
