"""A small demo, filled once by the real pipeline, and the command line as a person runs it."""

from __future__ import annotations

import fcntl
import subprocess
from datetime import date
from pathlib import Path

import pytest
from running import Run, called

from jobs.demo import World, fill, write_config
from jobs.options import read_settings
from jobs.pipeline import no_progress
from warehouse.settings import DataFolder

DEMO_DAYS = 75


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> DataFolder:
    """A published demo of a few weeks; tests only read it. The processes of one run share it: whoever comes first fills it."""
    base = tmp_path_factory.getbasetemp()
    shared = base if worker_id == "master" else base.parent
    folder = DataFolder(shared / "demo" / "data")
    done = shared / "demo.filled"
    with (shared / "demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            folder.root.parent.mkdir()
            config = write_config(folder, World(date.today(), DEMO_DAYS, 200))
            fill(folder, read_settings(config), no_progress)
            done.touch()
    return folder


@pytest.fixture
def kentongan(tmp_path: Path) -> Run:
    """Run the command line in an empty folder; returns its exit code, standard output and standard error."""

    def run(*arguments: str | Path, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        return called(arguments, tmp_path, env or {})

    return run
