"""`kentongan import --dry-run` says what an import would do with a file, and leaves nothing behind."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

from running import Run

from warehouse.lock import WorkerLock
from warehouse.settings import DataFolder

ROWS = f"""id,text,created_at
1,demam,2016-03-01
2,batuk,{datetime.now(UTC):%Y-%m-%d}
2,batuk lagi,{datetime.now(UTC):%Y-%m-%d}
3,,{datetime.now(UTC):%Y-%m-%d}
"""
FORECAST = (
    "posts: 2 posts would be taken, 1 counted without their text, older than retention.posts, "
    "1 twice in the file, of which the last counts, 1 rejected; nothing was stored"
)


def written(tmp_path: Path, rows: str = ROWS) -> None:
    (tmp_path / "config.toml").write_text('[retention]\nposts = "30 days"\n')
    (tmp_path / "posts.csv").write_text(rows)


def test_a_file_that_is_tried_is_told_and_nothing_is_written(kentongan: Run, tmp_path: Path) -> None:
    written(tmp_path)
    done = kentongan("import", "posts.csv", "--dry-run")
    assert done.returncode == 0
    assert "  line 5: no text: ''\n" in done.stderr
    assert f"{FORECAST}\n" in done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["config.toml", "posts.csv"]


def test_a_file_is_tried_beside_a_worker_that_runs(kentongan: Run, tmp_path: Path) -> None:
    written(tmp_path)
    folder = DataFolder(tmp_path / "data")
    with WorkerLock(folder):
        done = kentongan("import", "posts.csv", "--dry-run")
        assert (done.returncode, FORECAST in done.stderr) == (0, True)
        assert not folder.state.exists()


def test_what_is_told_of_a_file_is_what_its_import_does(kentongan: Run, tmp_path: Path) -> None:
    written(tmp_path)
    tried, done = (kentongan("import", "posts.csv", *more) for more in (["--dry-run"], []))
    taken, new = (re.search(r"posts: (\d+) ", said.stderr) for said in (tried, done))
    assert taken is not None
    assert new is not None
    assert taken[1] == new[1]
    assert re.findall(r"  line .*", tried.stderr) == re.findall(r"  line .*", done.stderr)


def test_a_file_that_would_be_refused_is_refused_when_it_is_tried(kentongan: Run, tmp_path: Path) -> None:
    written(tmp_path, "a,b\n1,2\n")
    tried, done = (kentongan("import", "posts.csv", *more) for more in (["--dry-run"], []))
    assert (tried.returncode, tried.stderr) == (done.returncode, done.stderr)
    assert tried.returncode == 2
