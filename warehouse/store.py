"""The warehouse file, opened by its only writer."""

from __future__ import annotations

from contextlib import AbstractContextManager
from types import TracebackType

import duckdb

from warehouse import migrations, rollups
from warehouse.database import Connection, connect, forget, transaction
from warehouse.errors import WarehouseError
from warehouse.lock import WorkerLock
from warehouse.settings import DataFolder, Settings


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


def _connect(folder: DataFolder) -> Connection:
    fresh = not folder.warehouse.exists()
    try:
        con = connect(folder.warehouse)
    except duckdb.Error as error:
        reason = str(error).splitlines()[0]
        raise WarehouseError(
            f"{folder.warehouse}: cannot be opened: {reason}; restore a backup or choose another folder with --data"
        ) from None
    if fresh:
        folder.warehouse.chmod(0o600)  # chmod takes no handle of the file, so DuckDB's lock stays
    return con


def get_meta(con: Connection, key: str) -> str | None:
    """One fact about the warehouse, or None; see the `meta` table."""
    found = con.execute("SELECT value FROM meta WHERE key = ?", [key]).fetchone()
    return found[0] if found else None


def set_meta(con: Connection, key: str, value: str) -> None:
    """Note one fact about the warehouse, such as topics_version."""
    with transaction(con):
        con.execute("DELETE FROM meta WHERE key = ?", [key])
        con.execute("INSERT INTO meta VALUES (?, ?)", [key, value])


def _follow_zone(con: Connection, settings: Settings) -> None:
    """Days are days of general.zone: when the setting has changed, every post gets its new day and the counts are made again."""
    zone, stored = settings.general.zone, get_meta(con, "zone")
    if zone == stored:
        return
    with transaction(con):
        if stored is not None:
            rollups.mark_all_changed(con)
            con.execute("UPDATE posts SET day = CAST(created_at AT TIME ZONE ? AS DATE)", [zone])
            rollups.mark_all_changed(con)
            rollups.rebuild(con)
        set_meta(con, "zone", zone)
