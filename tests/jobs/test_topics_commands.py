"""Topics from the command line: check, list, import, history, export, restore."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from running import Run

GOOD = """[hiccups]
name_id = "Cegukan"
name_en = "Hiccups"
group = "syndrome"
terms.id = ["cegukan"]
yes = ["cegukan dari pagi"]
no = ["sakit gigi"]

[malaria]
enabled = false
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "mine.toml"
    path.write_text(GOOD, "utf-8")
    return path


def test_a_file_is_checked_with_its_examples(kentongan: Run, file: Path) -> None:
    well = kentongan("topics", "check", file)
    assert (well.returncode, "2 topics, 2 examples: all well" in well.stderr) == (0, True)
    file.write_text(GOOD.replace("sakit gigi", "cegukan lagi"), "utf-8")
    wrong = kentongan("topics", "check", file)
    assert wrong.returncode == 2
    assert "[hiccups] no: 'cegukan lagi': is found (cegukan)" in wrong.stderr
    file.write_text(GOOD + 'rules = ["a NEAR/2"]\n', "utf-8")
    broken = kentongan("topics", "check", file)
    assert (broken.returncode, broken.stderr.count("\n")) == (2, 1)
    assert "mine.toml: [malaria]" in broken.stderr
    assert kentongan("topics", "check", "nowhere.toml").returncode == 2


def test_topics_are_imported_listed_told_exported_and_brought_back(kentongan: Run, file: Path, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    data = ("--data", tmp_path / "data")
    assert "version 2, changed: hiccups, malaria" in kentongan("topics", "import", file, "--note", "agreed", *data).stderr
    listed = list(csv.DictReader(io.StringIO(kentongan("topics", "list", "--format", "csv", *data).stdout)))
    assert {row["topic"]: row["state"] for row in listed if row["topic"] in ("hiccups", "malaria", "dengue")} == {
        "hiccups": "own",
        "malaria": "off",
        "dengue": "shipped",
    }
    assert kentongan("topics", "export", *data).stdout == GOOD
    own = tmp_path / "data" / "topics.toml"
    own.write_text(GOOD + "# by hand\n", "utf-8")
    history = list(csv.DictReader(io.StringIO(kentongan("topics", "history", "--format", "csv", *data).stdout)))
    assert [(row["version"], row["origin"], row["note"]) for row in history] == [
        ("3", "file", ""),
        ("2", "import", "agreed"),
        ("1", "start", ""),
    ]
    assert "+# by hand" in kentongan("topics", "history", "3", *data).stdout
    assert "version 4" in kentongan("topics", "restore", "1", *data).stderr
    assert own.read_text("utf-8") == ""
    assert kentongan("topics", "export", "--version", "2", "--output", tmp_path / "old.toml", *data).returncode == 0
    assert (tmp_path / "old.toml").read_text("utf-8") == GOOD


def test_a_broken_file_is_not_imported(kentongan: Run, file: Path, tmp_path: Path) -> None:
    file.write_text(GOOD.replace("group", "grop", 1), "utf-8")
    refused = kentongan("topics", "import", file, "--data", tmp_path / "data")
    assert refused.returncode == 2
    assert "mine.toml: [hiccups]" in refused.stderr
    assert not (tmp_path / "data" / "topics.toml").exists()


def test_help_shows_examples(kentongan: Run) -> None:
    for command in ("check", "list", "history", "export", "import", "restore"):
        assert f"kentongan topics {command}" in kentongan("topics", command, "--help").stdout
