"""A command loads what it needs and no more: `kentongan sql` does not wait for detectors, nor a worker for what draws reports."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("pandas", "scipy", "numba", "matplotlib", "duckdb", "dash", "openpyxl", "httpx")


@pytest.mark.parametrize(
    ("module", "without"),
    [
        ("jobs.cli", HEAVY),
        ("jobs.labelling", ("pandas", "scipy.special", "matplotlib", "duckdb", "dash", "openpyxl", "httpx", "analytics.text.encoder")),
        ("jobs.worker", ("pandas", "scipy.stats", "matplotlib", "dash", "openpyxl", "analytics.text.encoder")),
    ],
)
def test_what_is_not_needed_is_not_loaded(module: str, without: tuple[str, ...]) -> None:
    told = f"import sys, {module}; print(*sorted(set(sys.argv[1:]) & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", told, *without], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
