"""`kentongan evaluate`, as a person runs it."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

from running import Run

from warehouse.settings import DataFolder


def test_the_demo_tells_how_many_of_its_outbreaks_were_found_and_how_many_signals_are_of_nothing(demo: DataFolder, kentongan: Run) -> None:
    done = kentongan("evaluate", "demo", "--data", demo.root)
    assert done.returncode == 0, done.stderr
    first, *others = done.stdout.splitlines()
    last = next(line for line in others if "signals belong to no event" in line)
    found, events = (int(word) for word in first.removeprefix("outbreaks: ").split(" found")[0].split(" of "))
    assert events >= 3
    assert found == events
    stray, signals = (int(word) for word in last.split(" signals belong to no event")[0].split(" of "))
    assert stray < signals / 2  # the rate varies with the day and hour of the demo; that most signals are of an event does not


def test_stray_signals_that_echo_another_are_told_apart(demo: DataFolder, kentongan: Run) -> None:
    told = kentongan("evaluate", "demo", "--data", demo.root).stdout.splitlines()[-3:]
    stray, of_events, of_others, left = (
        int(re.search(pattern, line)[1])  # type: ignore[index]
        for pattern, line in (
            (r"^(\d+) of \d+ signals belong to no event", told[0]),
            (r"echoes: (\d+) of a signal that belongs to an event", told[1]),
            (r"event, (\d+) of another$", told[1]),
            (r"^(\d+) stray signals stand for themselves", told[2]),
        )
    )
    assert stray == of_events + of_others + left


def test_a_folder_that_no_demo_made_has_no_truth(kentongan: Run, tmp_path: Path) -> None:
    done = kentongan("evaluate", "demo", "--data", tmp_path / "data")
    assert done.returncode == 2
    assert "only a folder made by `kentongan demo` has a truth" in done.stderr


def test_the_page_of_detectors_is_not_begun_where_it_cannot_be_written(kentongan: Run) -> None:
    done = kentongan("evaluate", "detectors", "--quick", "--output", "nowhere/detectors.md")
    assert done.returncode == 2
    assert "nowhere" in done.stderr


def labelled(folder: Path, name: str, rows: str, part: str = "dev") -> Path:
    (folder / name).mkdir(parents=True)
    (folder / name / f"{part}.csv.gz").write_bytes(gzip.compress(rows.encode()))
    return folder


def test_labels_are_measured_where_the_folder_has_their_sets_and_the_others_are_named(kentongan: Run, tmp_path: Path) -> None:
    folder = labelled(tmp_path / "sets", "other", "text,label\nhalo,x\n")
    done = kentongan("evaluate", "text", folder, "--output", "text.md")
    assert done.returncode == 0, done.stderr
    assert "numbers" in done.stdout
    assert "no labelled set" in done.stderr
    assert "intent" in done.stderr
    assert "| numbers | precision |" in (tmp_path / "text.md").read_text("utf-8")


def test_a_folder_that_is_not_there_a_part_and_a_label_that_are_not_known_are_told(kentongan: Run, tmp_path: Path) -> None:
    assert "no such folder" in kentongan("evaluate", "text", tmp_path / "nowhere").stderr
    assert "one of train, dev, test" in kentongan("evaluate", "text", tmp_path, "--part", "all").stderr
    assert "numbers" in kentongan("evaluate", "text", tmp_path, "--label", "colour").stderr


def test_a_broken_set_is_named_and_nothing_is_written(kentongan: Run, tmp_path: Path) -> None:
    folder = labelled(tmp_path / "sets", "dengue_id", "kalimat,label\nhalo,x\n")
    done = kentongan("evaluate", "text", folder, "--output", "text.md")
    assert done.returncode == 2
    assert "dev.csv.gz" in done.stderr
    assert not (tmp_path / "text.md").exists()
