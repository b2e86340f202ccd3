"""`kentongan evaluate`, as a person runs it."""

from __future__ import annotations

from pathlib import Path

from running import Run

from warehouse.settings import DataFolder


def test_the_demo_tells_how_many_of_its_outbreaks_were_found_and_how_many_signals_are_of_nothing(demo: DataFolder, kentongan: Run) -> None:
    done = kentongan("evaluate", "demo", "--data", demo.root)
    assert done.returncode == 0, done.stderr
    first, *_, last = done.stdout.splitlines()
    found, events = (int(word) for word in first.removeprefix("outbreaks: ").split(" found")[0].split(" of "))
    assert events >= 3
    assert found == events
    assert "signals belong to no event" in last
    assert float(last.split(": ")[1].split(" a week")[0]) < 7


def test_a_folder_that_no_demo_made_has_no_truth(kentongan: Run, tmp_path: Path) -> None:
    done = kentongan("evaluate", "demo", "--data", tmp_path / "data")
    assert done.returncode == 2
    assert "only a folder made by `kentongan demo` has a truth" in done.stderr


def test_the_page_of_detectors_is_not_begun_where_it_cannot_be_written(kentongan: Run) -> None:
    done = kentongan("evaluate", "detectors", "--quick", "--output", "nowhere/detectors.md")
    assert done.returncode == 2
    assert "nowhere" in done.stderr
