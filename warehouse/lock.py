"""One worker at a time for one data folder.

DuckDB's own lock on warehouse.duckdb is a POSIX record lock: it vanishes as soon as *any* handle of that file is closed inside the
owner process, so a stray `open(warehouse).close()` would let a second writer in. The worker therefore holds a lock file of its own
(flock), and nothing in the owner process may open the database file by itself.
"""

from __future__ import annotations

import errno
import os
from pathlib import Path
from types import TracebackType

from filelock import FileLock, Timeout

from warehouse.errors import BusyError, WarehouseError
from warehouse.settings import DataFolder


def _pid_file(folder: DataFolder) -> Path:
    # Beside the lock and not in it: some versions of filelock truncate the lock file when they try to take it.
    return folder.lock.with_suffix(".pid")


def _written_pid(folder: DataFolder) -> int | None:
    try:
        return int(_pid_file(folder).read_text("ascii"))
    except (OSError, ValueError):
        return None


def unwritable(folder: DataFolder, error: OSError) -> WarehouseError:
    """What to tell when nothing can be written into a data folder."""
    what = "make room on the disk" if error.errno in (errno.ENOSPC, errno.EDQUOT) else "run kentongan as the owner of the folder"
    return WarehouseError(f"{folder.root}: cannot be written: {error.strerror}; {what}")


class WorkerLock:
    """Holds a data folder for this process; a context manager.

    Raises BusyError with the pid of the holder, WarehouseError when the folder cannot be written.
    """

    def __init__(self, folder: DataFolder) -> None:
        self.folder = folder
        # thread_local off: the scheduler may close in another thread than the one that opened.
        self._lock = FileLock(folder.lock, mode=0o600, thread_local=False)

    def acquire(self) -> None:
        """Take the lock without waiting; raises BusyError when another process (or this one) has it."""
        self.folder.create()
        if self._lock.is_locked:
            raise BusyError(self._busy())
        try:
            # Not zero: `holder` may be looking for an instant.
            self._lock.acquire(timeout=0.3, poll_interval=0.02)
        except Timeout:
            raise BusyError(self._busy()) from None
        except OSError as error:
            raise unwritable(self.folder, error) from None
        try:
            self._say_who()
        except OSError as error:
            self._lock.release()
            raise unwritable(self.folder, error) from None

    def _say_who(self) -> None:
        pid = _pid_file(self.folder)
        pid.write_text(f"{os.getpid()}\n", "ascii")
        pid.chmod(0o600)

    def release(self) -> None:
        """Give the lock back; harmless when it is not held."""
        if self._lock.is_locked:
            _pid_file(self.folder).unlink(missing_ok=True)
            self._lock.release()

    def _busy(self) -> str:
        pid = _written_pid(self.folder)
        who = f"pid {pid}" if pid is not None else "another process"
        return f"{self.folder.root} is held by {who}; stop it or choose another folder with --data"

    def __enter__(self) -> WorkerLock:
        self.acquire()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.release()


def holder(folder: DataFolder) -> int | None:
    """The pid of the process that holds the folder, or None when nobody does. Takes the lock for an instant to find out."""
    if not folder.lock.exists():
        return None
    lock = FileLock(folder.lock, mode=0o600, thread_local=False)
    try:
        with lock.acquire(timeout=0):
            return None
    except Timeout:
        return _written_pid(folder)
    except OSError:  # the folder of somebody else: what is written there has to do
        pid = _written_pid(folder)
        return pid if pid is not None and _lives(pid) else None


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # of somebody else
        return True
    return True
