"""A small demo, filled once by the real pipeline, and the command line as a person runs it."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from running import Run, clean_environment

from jobs.demo import World, fill, write_config
from jobs.options import read_settings
from jobs.pipeline import no_progress
from warehouse.settings import DataFolder

DEMO_DAYS = 75


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> DataFolder:
    """A published demo of a few weeks; tests only read it."""
    folder = DataFolder(tmp_path_factory.mktemp("demo") / "data")
    config = write_config(folder, World(date.today(), DEMO_DAYS, 200))
    fill(folder, read_settings(config), no_progress)
    return folder


@pytest.fixture
def kentongan(tmp_path: Path) -> Run:
    """Run the command line in an empty folder; returns its exit code, standard output and standard error."""

    def run(*arguments: str | Path, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "jobs.cli", *map(str, arguments)]
        return subprocess.run(
            command, cwd=tmp_path, env=clean_environment() | (env or {}), capture_output=True, text=True, timeout=120, check=False
        )

    return run
