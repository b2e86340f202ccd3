"""The SQLite file: how it is made, migrated and opened."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from warehouse.errors import WarehouseError
from warehouse.lock import unwritable
from warehouse.settings import DataFolder
from warehouse.state.migrations import MIGRATIONS

_SCARCE = 1_000_000  #: bytes of free disk with which nothing can be written
_PATIENCE = 10.0  #: seconds that a writer waits for its turn


class StateFile:
    """Opens one connection for each piece of work. Times are stored as ISO 8601 in UTC, which sorts as text."""

    def __init__(self, folder: DataFolder, gate: Callable[[], None] = lambda: None) -> None:
        """`gate` is called before each write and may raise: the dashboard lets nobody write whose role was not asked for."""
        self.folder = folder
        self._gate = gate
        self._path = folder.state
        try:
            if not self._path.exists():
                _make(folder.create().state)
        except OSError as error:
            raise unwritable(folder, error) from None
        self._migrate()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection whose SELECTs need no transaction."""
        with self._told(), closing(_connect(self._path)) as con:
            yield con

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One write transaction: other writers wait, readers do not; rolled back on any exception."""
        self._gate()
        with self._told(), closing(_connect(self._path)) as con, _transaction(con):
            yield con

    @contextmanager
    def _told(self) -> Iterator[None]:
        """What no program can put right (a full disk, a missing right, a damaged file) is told as such. Raises WarehouseError."""
        try:
            yield
        except sqlite3.DatabaseError as error:
            if type(error) not in (sqlite3.OperationalError, sqlite3.DatabaseError):  # a rule of a table that a caller has broken
                raise
            raise WarehouseError(f"{self._path}: cannot be used: {error}; {_advice(self._path, str(error))}") from None

    def stamp(self) -> tuple[int, int, int, int]:
        """Another one as soon as anybody has written: when the file and its log were written last (ns), and their sizes (bytes)."""
        of = [_stat(self._path), _stat(self._path.with_name(f"{self._path.name}-wal"))]
        return of[0][0], of[0][1], of[1][0], of[1][1]

    def one(self, sql: str, params: dict[str, Any] | None = None) -> sqlite3.Row | None:
        """The first row of a SELECT."""
        with self.reading() as con:
            return con.execute(sql, params or {}).fetchone()

    def all(self, sql: str, params: dict[str, Any] | None = None) -> list[sqlite3.Row]:
        """All rows of a SELECT."""
        with self.reading() as con:
            return con.execute(sql, params or {}).fetchall()

    def copy_to(self, target: Path) -> None:
        """Write what the file holds at one moment into a file that is not there yet, of mode 600, while others go on writing."""
        self.check()
        os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        with self.reading() as con, closing(sqlite3.connect(target)) as copy:
            con.backup(copy)

    def check(self) -> None:
        """Read the whole file; raises WarehouseError when it is damaged."""
        found = str(self.one("PRAGMA quick_check(1)")[0])  # type: ignore[index]  # always a row
        if found != "ok":
            told = " ".join(found.removeprefix("*** in database main ***").split())
            raise WarehouseError(f"{self._path}: damaged: {told}; restore a backup or choose another folder with --data")

    def _migrate(self) -> None:
        if not self._path.stat().st_size:  # SQLite would begin anew in it
            raise WarehouseError(f"{self._path}: an empty file; restore a backup, or delete it to begin anew")
        try:
            with closing(_connect(self._path)) as con:
                if _version(con) != len(MIGRATIONS):
                    with _transaction(con):
                        migrate(con, self._path)
        except sqlite3.DatabaseError as error:
            raise WarehouseError(f"{self._path}: cannot be used: {error}; {_advice(self._path, str(error))}") from None


def migrate(con: sqlite3.Connection, path: Path) -> None:
    """Apply what is missing, inside the caller's transaction, and record it there; another process may have been quicker."""
    done = _version(con)
    if done > len(MIGRATIONS):
        raise WarehouseError(f"{path}: made by a newer version (schema {done}, this program knows {len(MIGRATIONS)}); upgrade kentongan")
    for number, statements in enumerate(MIGRATIONS[done:], start=done + 1):
        for statement in statements:
            con.execute(statement)
        con.execute(f"PRAGMA user_version = {number}")


def to_text(moment: datetime) -> str:
    """An aware datetime as UTC text that sorts in time."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def plain(text: str) -> str:
    """Text that SQLite can keep: a file name in a broken encoding holds lone surrogates."""
    return text.encode("utf-8", "replace").decode("utf-8")


def to_time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _advice(path: Path, trouble: str) -> str:
    """What to do about what SQLite says of a file."""
    if "readonly" in trouble or "unable to open" in trouble:
        return "run kentongan as the owner of the folder"
    if "full" in trouble or shutil.disk_usage(path.parent).free < _SCARCE:  # SQLite calls a full disk an I/O error, too
        return "make room on the disk"
    return "try again" if "locked" in trouble else "restore a backup or choose another folder with --data"


def _stat(path: Path) -> tuple[int, int]:
    """When a file was written last and its size; an empty log, which also a reader makes, is none."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return 0, 0
    return (found.st_mtime_ns, found.st_size) if found.st_size else (0, 0)


def _make(path: Path) -> None:
    """Build the file aside and link it into place, so that processes which start together never see half of it."""
    aside = path.with_name(f"{path.name}.{uuid4().hex}")
    os.close(os.open(aside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        with closing(_connect(aside)) as con:
            con.execute("PRAGMA journal_mode = WAL")
            with _transaction(con):
                migrate(con, path)
        try:
            os.link(aside, path)
        except FileExistsError:
            return  # another process was first; its file is as good
    finally:
        aside.unlink()


def _connect(path: Path) -> sqlite3.Connection:
    con = sqlite3.connect(path, timeout=_PATIENCE, isolation_level=None)
    con.row_factory = sqlite3.Row
    con.execute("PRAGMA foreign_keys = ON")
    return con


@contextmanager
def _transaction(con: sqlite3.Connection) -> Iterator[None]:
    # IMMEDIATE takes the turn to write at once: a transaction that only later wants to write fails without waiting.
    con.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        if con.in_transaction:  # SQLite has rolled back by itself when the disk is full
            con.execute("ROLLBACK")
        raise
    con.execute("COMMIT")


def _version(con: sqlite3.Connection) -> int:
    return con.execute("PRAGMA user_version").fetchone()[0]
