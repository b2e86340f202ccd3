"""Signals and official counts from the command line, on a demo of a few weeks."""

from __future__ import annotations

import csv
import io
import shutil
from datetime import date, timedelta
from pathlib import Path

import pytest
from running import Run

from warehouse.settings import DataFolder
from warehouse.state import State


@pytest.fixture
def own(demo: DataFolder, tmp_path: Path) -> Path:
    """A copy of the demo that a test may change."""
    return Path(shutil.copytree(demo.root, tmp_path / "data"))


def test_a_signal_is_worked_through_from_the_command_line(kentongan: Run, own: Path) -> None:
    listed = list(csv.DictReader(io.StringIO(kentongan("signals", "list", "--format", "csv", "--data", own).stdout)))
    assert {row["status"] for row in listed} == {"new"}
    first = listed[0]["episode_id"]
    assert "looks after it" in kentongan("signals", "set", first, "verifying", "--data", own).stderr
    refused = kentongan("signals", "set", first, "discarded", "--data", own)
    assert (refused.returncode, "for a reason" in refused.stderr) == (2, True)
    kentongan("signals", "set", first, "discarded", "--reason", "news", "--note", "an old story", "--data", own)
    assert "an old story" in kentongan("signals", "show", first, "--data", own).stdout
    kentongan("signals", "undo", first, "--data", own)
    state = State(DataFolder(own))
    assert state.episode(first).status == "verifying"
    assert [step.action for step in state.reviews(first)] == ["verifying", "discarded", "undo"]


def test_official_counts_are_imported_and_held_against_posts(kentongan: Run, own: Path, tmp_path: Path) -> None:
    days = [date.today() - timedelta(days=back) for back in range(70, 0, -1)]
    good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
    lines = [f"{day},ID,dengue,{5 + (30 if 30 < at < 45 else at % 3)}" for at, day in enumerate(days)]
    good.write_text("\n".join(["date,place,disease,count", *lines]) + "\n")
    bad.write_text("date,place,disease,count\n2026-01-01,Atlantis,dengue,1\n")
    refused = kentongan("official", "import", bad, "--data", own)
    assert (refused.returncode, "line 2: place 'Atlantis'" in refused.stderr) == (2, True)
    assert "70 new, 0 replaced" in kentongan("official", "import", good, "--data", own).stderr
    listed = kentongan("official", "list", "--data", own).stdout
    assert "dengue" in listed
    assert "T00:00" not in listed, "days, not moments"
    told = kentongan("official", "compare", "--disease", "dengue", "--topic", "dengue", "--place", "*", "--format", "csv", "--data", own)
    measures = dict(csv.reader(io.StringIO(told.stdout)))
    assert measures["periods"].startswith("70 of 1 days")
    assert measures["official events"] == "1"
    assert "95 % interval" in measures["lead time of posts, days"]
    missing = kentongan("official", "compare", "--disease", "polio", "--topic", "dengue", "--place", "31", "--data", own)
    assert (missing.returncode, "no official counts of 'polio' in '31'; there are: dengue in ID" in missing.stderr) == (2, True)
