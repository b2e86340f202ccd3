"""A small demo, filled once by the real pipeline, and the command line as a person runs it."""

from __future__ import annotations

import subprocess
from datetime import date, timedelta
from pathlib import Path

import pytest
from made_once import Once
from running import Run, called

from jobs.demo import World, fill, write_config
from jobs.options import read_settings
from jobs.pipeline import no_progress
from warehouse.settings import DataFolder

DEMO_DAYS = 75
DEMO_POSTS = 100  #: a day, half of what the waves are stated for: all of them are still found


@pytest.fixture(scope="session")
def demo(once: Once) -> DataFolder:
    """A published demo of a few weeks; tests only read it."""
    return DataFolder(once("demo", _fill) / "data")


def _fill(root: Path) -> None:
    folder = DataFolder(root / "data")
    fill(folder, read_settings(write_config(folder, World(date.today(), DEMO_DAYS, DEMO_POSTS))), no_progress)


@pytest.fixture(scope="session")
def after_the_week() -> date:
    """A day on which the weekly report is on the week of yesterday, in which the demo has signals whatever day of the week it is."""
    yesterday = date.today() - timedelta(days=1)
    return yesterday + timedelta(days=7 - (yesterday.weekday() + 1) % 7)


@pytest.fixture
def kentongan(tmp_path: Path) -> Run:
    """Run the command line in an empty folder; returns its exit code, standard output and standard error."""

    def run(*arguments: str | Path, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        return called(arguments, tmp_path, env or {})

    return run
