"""One worker at a time."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from warehouse.errors import BusyError
from warehouse.lock import WorkerLock, holder
from warehouse.settings import DataFolder, Settings
from warehouse.store import Warehouse

ROOT = Path(__file__).parents[2]

_HOLD = """
import sys
from pathlib import Path
from warehouse.settings import DataFolder, Settings
from warehouse.store import Warehouse
with Warehouse.open(DataFolder(Path(sys.argv[1])), Settings()):
    print("open", flush=True)
    sys.stdin.readline()
"""


def holding_process(folder: DataFolder) -> subprocess.Popen[str]:
    """Another process that has the warehouse open, until its input ends."""
    child = subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(folder.root)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "open\n"
    return child


def test_nobody_holds_a_new_folder(folder: DataFolder) -> None:
    assert holder(folder) is None


def test_the_holder_is_named_while_it_holds_and_not_after(folder: DataFolder) -> None:
    with WorkerLock(folder):
        assert holder(folder) == os.getpid()
    assert holder(folder) is None


def test_a_second_worker_is_told_which_process_holds_the_folder(folder: DataFolder) -> None:
    with holding_process(folder) as child:
        with pytest.raises(BusyError, match=rf"is held by pid {child.pid}; stop it or choose another folder"):
            Warehouse.open(folder, Settings())
        assert holder(folder) == child.pid
        child.communicate("\n")
    assert holder(folder) is None
    Warehouse.open(folder, Settings()).close()


def test_a_second_warehouse_in_the_same_process_is_refused_too(wh: Warehouse) -> None:
    with pytest.raises(BusyError, match=f"pid {os.getpid()}"):
        Warehouse.open(wh.folder, wh.settings)
    assert wh.con.execute("SELECT 1").fetchone() == (1,)


def test_a_killed_worker_leaves_the_folder_free(folder: DataFolder) -> None:
    with holding_process(folder) as child:
        child.send_signal(signal.SIGKILL)
        child.wait()
    assert holder(folder) is None
    with Warehouse.open(folder, Settings()):
        assert holder(folder) == os.getpid()


def test_a_refused_open_does_not_keep_the_lock(folder: DataFolder) -> None:
    folder.warehouse.write_bytes(b"broken" * 5000)
    with pytest.raises(Exception, match="cannot be opened"):
        Warehouse.open(folder, Settings())
    assert holder(folder) is None


def test_lock_and_warehouse_are_for_their_owner_alone(folder: DataFolder) -> None:
    with Warehouse.open(folder, Settings()):
        for file in (folder.lock, folder.lock.with_suffix(".pid"), folder.warehouse):
            assert file.stat().st_mode & 0o077 == 0
