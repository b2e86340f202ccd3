"""Corrected labels as a file for training."""

from __future__ import annotations

import csv
import json
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from running import Run

from warehouse.settings import DataFolder
from warehouse.state import Labelled, State

NOW = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A state with three corrections, one of them undone; the id of a post is one that a spreadsheet would run."""
    state = State(DataFolder(tmp_path / "data"))
    post = Labelled("news", "=HYPERLINK(1)", date(2026, 2, 28), -12, "0123456789ab")
    undone = state.correct(post, "emotion", "joy", "fear", who="siti", now=NOW)
    state.correct(post, "intent", "other", "question", who="siti", now=NOW)
    state.correct(post, "topics", ("dengue",), ("dengue", "fever"), who="budi", now=NOW)
    state.undo_correction(undone.correction_id, who="siti", now=NOW)
    return tmp_path / "data"


def test_corrections_that_stand_are_written_with_hash_and_label(kentongan: Run, own: Path, tmp_path: Path) -> None:
    file = tmp_path / "corrections.csv"
    assert "2 corrections" in kentongan("corrections", "export", file, "--data", own).stderr
    rows = list(csv.DictReader(file.read_text("utf-8").splitlines()))
    assert [(row["text_hash"], row["label"], row["value"], row["model_said"]) for row in rows] == [
        ("-12", "intent", "question", "other"),
        ("-12", "topics", '["dengue", "fever"]', '["dengue"]'),
    ]
    assert {row["native_id"] for row in rows} == {"'=HYPERLINK(1)"}


def test_one_label_can_be_asked_for_in_every_form(kentongan: Run, own: Path, tmp_path: Path) -> None:
    for form in ("jsonl", "parquet"):
        kentongan("corrections", "export", tmp_path / f"found.{form}", "--label", "intent", "--data", own)
    assert [json.loads(line)["value"] for line in (tmp_path / "found.jsonl").read_text("utf-8").splitlines()] == ["question"]
    assert pq.read_table(tmp_path / "found.parquet").column("text_hash").to_pylist() == [-12]


@pytest.mark.parametrize(
    ("arguments", "told"), [(("out.xlsx",), "its ending is not one of"), (("out.csv", "--label", "mood"), "not one of sentiment")]
)
def test_what_cannot_be_written_is_said_in_one_line(
    kentongan: Run, own: Path, tmp_path: Path, arguments: tuple[str, ...], told: str
) -> None:
    refused = kentongan("corrections", "export", tmp_path / arguments[0], *arguments[1:], "--data", own)
    assert (refused.returncode, told in refused.stderr) == (2, True)
