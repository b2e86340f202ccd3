"""A backup is a data folder itself, made while the worker stands still or runs, whole or not at all."""

from __future__ import annotations

import errno
import shutil
from pathlib import Path
from typing import Any

import pytest
from running import Run, read_until, started

from jobs.clock import utc_now
from warehouse.settings import DataFolder
from warehouse.state import State
from warehouse.state.file import StateFile

COUNT = ("sql", "select count(*) as n from posts", "--format", "csv", "--data")


@pytest.fixture
def data(kentongan: Run, tmp_path: Path) -> DataFolder:
    """A folder with two posts, an account, and topics of its own."""
    (tmp_path / "posts.csv").write_text("id,text,created_at,author\n1,demam,2026-03-01,siti\n2,batuk,2026-03-02,budi\n")
    assert kentongan("import", "posts.csv").returncode == 0
    folder = DataFolder(tmp_path / "data")
    State(folder).audit("siti", "log in", "", utc_now())
    folder.topics.write_text("[malaria]\nenabled = false\n")
    return folder


def test_a_backup_answers_as_the_folder_did(kentongan: Run, data: DataFolder, tmp_path: Path) -> None:
    done = kentongan("backup", "kept")
    assert done.returncode == 0, done.stderr
    assert "author.key is not in it, keep a copy of it apart" in done.stderr
    kept = DataFolder(tmp_path / "kept")
    assert sorted(path.name for path in kept.root.iterdir()) == ["state.sqlite", "topics.toml", "warehouse.duckdb"]
    assert {path.stat().st_mode & 0o077 for path in (kept.root, kept.state, kept.warehouse)} == {0}
    assert "author.key is missing: put it back before posts are stored" in kentongan("doctor", "--data", kept.root).stdout
    assert [entry.who for entry in State(kept).audit_log()] == ["siti"]
    shutil.copy2(data.author_key, kept.author_key)
    assert kentongan(*COUNT, kept.root).stdout == "n\n2\n"


def test_a_backup_with_the_key_has_it(kentongan: Run, data: DataFolder, tmp_path: Path) -> None:
    assert kentongan("backup", "kept", "--with-key").returncode == 0
    kept = DataFolder(tmp_path / "kept")
    assert kept.author_key.read_bytes() == data.author_key.read_bytes()
    assert kept.author_key.stat().st_mode & 0o077 == 0


def test_a_running_worker_makes_the_backup(kentongan: Run, data: DataFolder, tmp_path: Path) -> None:
    with started(("worker", "--data", data.root), tmp_path) as worker:
        read_until(worker, "collects 0 sources")
        done = kentongan("backup", "kept", "--with-key")
        assert done.returncode == 0, done.stderr
    assert kentongan(*COUNT, tmp_path / "kept").stdout == "n\n2\n"


def test_a_backup_never_goes_into_a_folder_that_is_there(kentongan: Run, data: DataFolder, tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    done = kentongan("backup", "kept")
    assert (done.returncode, done.stderr) == (2, "kentongan: kept: is there already; name a folder that is not there yet\n")
    assert kentongan("backup", "nowhere/kept").returncode == 2


def test_half_a_backup_is_not_left(kentongan: Run, data: DataFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(StateFile, "copy_to", full)
    before = sorted(tmp_path.iterdir())
    done = kentongan("backup", "kept")
    assert (done.returncode, done.stderr) == (2, "kentongan: kept: cannot be written: No space left on device\n")
    assert sorted(tmp_path.iterdir()) == before
