"""The warehouse file, opened by its only writer."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType

import duckdb

from warehouse import migrations, rollups
from warehouse.database import Connection, connect, exclusive, forget, in_transaction, quoted, transaction, value
from warehouse.days import local_day
from warehouse.errors import BusyError, WarehouseError
from warehouse.lock import WorkerLock
from warehouse.settings import DataFolder, Settings

#: Both DuckDB 1.5 and 2.0 open it: whoever tries 2.0 can go back.
STORAGE_VERSION = "v1.5.0"


class Warehouse:
    """The open warehouse of one data folder: `con` (DuckDB), `folder`, `settings`. Use `Warehouse.open`.

    `con` has UTC as its time zone. Threads may share it as long as every write stands in `transaction()`. What is not committed when
    the process dies is gone as a whole: DuckDB replays only committed transactions from its log.
    """

    def __init__(self, folder: DataFolder, settings: Settings, con: Connection, lock: WorkerLock) -> None:
        self.folder = folder
        self.settings = settings
        self.con = con
        self._lock = lock

    @classmethod
    def open(cls, folder: DataFolder, settings: Settings) -> Warehouse:
        """Take the lock, open warehouse.duckdb (made when missing) and migrate it.

        Raises BusyError when another process holds the folder, WarehouseError when the file is damaged or newer than the program.
        """
        lock = WorkerLock(folder)
        lock.acquire()
        try:
            con = _connect(folder)
            try:
                migrations.migrate(con, str(folder.warehouse))
                _follow_zone(con, settings)
            except BaseException:
                con.close()
                raise
        except BaseException:
            lock.release()
            raise
        return cls(folder, settings, con, lock)

    def transaction(self) -> AbstractContextManager[Connection]:
        """All or nothing; see `warehouse.database.transaction`."""
        return transaction(self.con)

    def compact(self) -> None:
        """Write the file anew with nothing but what it holds now, and put it in the place of the old one.

        DuckDB frees the space of changed rows without overwriting it: an erased text stays in the file until then. Takes as long as a
        copy, and as much space beside it. Raises BusyError inside a transaction.
        """
        file = self.folder.warehouse
        aside = file.with_suffix(".compact")
        with exclusive(self.con) as con:
            if in_transaction(con):
                raise BusyError(f"{file}: a transaction is open; it cannot be compacted now")
            _copy_to(con, aside)
            con.execute("USE memory")
            try:
                con.execute("DETACH warehouse")
                if file.with_name(file.name + ".wal").exists():
                    raise WarehouseError(f"{file}: changes were left beside it; not compacted")
                aside.chmod(0o600)
                os.replace(aside, file)
            finally:
                _attach(con, file)

    def copy_to(self, target: Path) -> None:
        """Write what the warehouse holds now into a file that is not there yet, of mode 600; nobody else may write as long as that takes.

        Raises BusyError inside a transaction.
        """
        with exclusive(self.con) as con:
            if in_transaction(con):
                raise BusyError(f"{self.folder.warehouse}: a transaction is open; it cannot be copied now")
            _copy_to(con, target)
        target.chmod(0o600)

    def close(self) -> None:
        """Write everything into the file, close it and give the lock back; harmless when called twice."""
        try:
            self.con.close()
        finally:
            forget(self.con)
            self._lock.release()

    def __enter__(self) -> Warehouse:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def _copy_to(con: Connection, aside: Path) -> None:
    """A copy of the current database in a file of its own; a leftover of a crash is overwritten."""
    for leftover in (aside, aside.with_name(aside.name + ".wal")):
        leftover.unlink(missing_ok=True)
    con.execute("CHECKPOINT warehouse")
    con.execute(f"ATTACH {quoted(aside)} AS compacted (STORAGE_VERSION '{STORAGE_VERSION}')")
    try:
        con.execute("COPY FROM DATABASE warehouse TO compacted")
    finally:
        con.execute("DETACH compacted")


def _attach(con: Connection, file: Path) -> None:
    """Make warehouse.duckdb the connection's current database, as `warehouse`.

    Attached and not connected to, so that compaction can change the file under a connection that others hold.
    """
    fresh = not file.exists()
    form = f" (STORAGE_VERSION '{STORAGE_VERSION}')" if fresh else ""
    con.execute(f"ATTACH {quoted(file)} AS warehouse{form}")
    con.execute("USE warehouse")
    if fresh:
        file.chmod(0o600)  # chmod takes no handle of the file, so DuckDB's lock stays


def _connect(folder: DataFolder) -> Connection:
    _refuse_empty(folder)
    con = connect(":memory:")
    try:
        _attach(con, folder.warehouse)
    except duckdb.Error as error:
        con.close()
        raise _unopened(folder, error) from None
    return con


def check(folder: DataFolder) -> None:
    """Open the warehouse without changing it, while nobody else has it open. Raises WarehouseError where `Warehouse.open` would."""
    _refuse_empty(folder)
    con = connect(":memory:")
    try:
        con.execute(f"ATTACH {quoted(folder.warehouse)} AS warehouse (READ_ONLY)")
        con.execute("USE warehouse")
        migrations.refuse(con, str(folder.warehouse), migrations.MIGRATIONS)
    except duckdb.Error as error:
        raise _unopened(folder, error) from None
    finally:
        con.close()


def _refuse_empty(folder: DataFolder) -> None:
    if folder.warehouse.is_file() and not folder.warehouse.stat().st_size:  # DuckDB would begin anew in it
        raise WarehouseError(f"{folder.warehouse}: an empty file; restore a backup, or delete it to begin anew")


def _unopened(folder: DataFolder, error: duckdb.Error) -> WarehouseError:
    reason = str(error).splitlines()[0]
    return WarehouseError(f"{folder.warehouse}: cannot be opened: {reason}; restore a backup or choose another folder with --data")


def get_meta(con: Connection, key: str) -> str | None:
    """One fact about the warehouse, or None; see the `meta` table."""
    found: str | None = value(con, "SELECT value FROM meta WHERE key = ?", [key])
    return found


def set_meta(con: Connection, key: str, text: str) -> None:
    """Note one fact about the warehouse, such as topics_version."""
    with transaction(con):
        con.execute("DELETE FROM meta WHERE key = ?", [key])
        con.execute("INSERT INTO meta VALUES (?, ?)", [key, text])


def _follow_zone(con: Connection, settings: Settings) -> None:
    """Days are days of general.zone: when the setting has changed, every post gets its new day and the counts are made again."""
    zone, stored = settings.general.zone, get_meta(con, "zone")
    if zone == stored:
        return
    with transaction(con):
        if stored is not None:
            rollups.mark_all_changed(con)
            con.execute(f"UPDATE posts SET day = {local_day('created_at', zone)}")
            rollups.mark_all_changed(con)
            rollups.rebuild(con)
        set_meta(con, "zone", zone)
