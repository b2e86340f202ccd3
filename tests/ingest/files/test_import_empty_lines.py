"""A file that goes on and on with nothing in it is refused by what it yields, before it takes time."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingest.files import ImportOptions, Rejected, read, text
from warehouse.errors import InputError
from warehouse.records import Post

NOW = datetime(2026, 3, 1, tzinfo=UTC)
HEAD = "id,text,created_at\n"
POST = "1,demam,2026-02-01\n"


@pytest.fixture(autouse=True)
def _few_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "MOST_EMPTY", 1_000)


def rows_of(tmp_path: Path, written: str, form: str | None = None) -> list[Post | Rejected]:
    path = tmp_path / "posts.csv.gz"
    path.write_bytes(gzip.compress(written.encode()))
    return list(read(path, source="posts", now=NOW, options=ImportOptions(format=form)))


@pytest.mark.parametrize("form", ["table", "jsonl", "whatsapp"])
@pytest.mark.parametrize("line", ["\n", "   \r\n", ",,,\n", '"",""\n'])
def test_a_file_of_empty_lines_is_refused_after_some_of_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str, line: str) -> None:
    looked_at: list[str] = []
    judge = text.nothing_in

    def judged(seen: str) -> bool:
        looked_at.append(seen)
        return judge(seen)

    monkeypatch.setattr(text, "nothing_in", judged)
    with pytest.raises(InputError, match=r"posts.csv.gz: (more than 1,000 lines with nothing in them|no .*|not .*)"):
        rows_of(tmp_path, line * 100_000, form)
    assert len(looked_at) < 10_000


def test_what_stands_before_endless_empty_lines_is_kept_and_the_break_is_told(tmp_path: Path) -> None:
    *posts, broken = rows_of(tmp_path, HEAD + POST * 500 + "\n" * 5_000 + POST)
    assert len(posts) == 500
    assert isinstance(broken, Rejected)
    assert "more than 1,000 lines with nothing in them" in broken.reason


def test_a_sheet_with_some_empty_rows_and_one_with_a_gap_after_each_post_are_read_whole(tmp_path: Path) -> None:
    assert len(rows_of(tmp_path, HEAD + POST + ",,\n" * 900 + POST)) == 2
    assert len(rows_of(tmp_path, HEAD + (POST + "\n") * 2_000)) == 2_000
