"""Small mistakes in files, settings and names are told where they were passed over."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from running import Run

from jobs.bench import fill
from warehouse.settings import DataFolder

HEAD = "id,text,created_at"
POST = "1,demam,2026-03-01"


def test_two_columns_of_one_name_are_told(kentongan: Run, tmp_path: Path) -> None:
    (tmp_path / "posts.csv").write_text(f"{HEAD},Text,note,note\n{POST},batuk,a,b\n")
    said = kentongan("import", "posts.csv", "--dry-run").stderr
    assert "posts.csv: 2 columns are called 'text'; the first of them is read, column 2\n" in said
    assert "note" not in said


@pytest.mark.parametrize("text", ["\u200b", "\u200b \u200d\ufeff", "\u2060\u00ad\ufe0f"])
def test_a_text_that_nobody_can_see_is_no_text(kentongan: Run, tmp_path: Path, text: str) -> None:
    (tmp_path / "posts.csv").write_text(f"{HEAD}\n{POST}\n2,{text},2026-03-01\n3,👨\u200d👩\u200d👧,2026-03-01\n")
    said = kentongan("import", "posts.csv", "--dry-run").stderr
    assert "line 3: no text" in said
    assert "posts: 2 posts would be taken, 1 rejected" in said


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("[web]\nport = true\n", "[web] port = True: not a whole number"),
        ("[scan]\nalpha = true\n", "[scan] alpha = True: not a number"),
        (
            '[retention]\nposts = "0 days"\n',
            "[retention] posts = '0 days': not longer than nothing: no text would be kept; write e.g. \"365 days\", "
            "or leave it out to keep all",
        ),
    ],
)
def test_settings_that_mean_nothing_are_one_line(kentongan: Run, tmp_path: Path, written: str, told: str) -> None:
    (tmp_path / "config.toml").write_text(written)
    done = kentongan("topics", "list")
    assert (done.returncode, done.stderr) == (2, f"kentongan: config.toml: {told}\n")


@pytest.mark.parametrize("there", [False, True])
def test_a_bench_that_is_interrupted_leaves_no_half_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, there: bool) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(fill, "raise_signals", interrupted)
    root = tmp_path / "bench"
    if there:
        root.mkdir()
    with pytest.raises(KeyboardInterrupt):
        fill.generate(root, fill.Size(1_000, 30, date(2026, 3, 14), 1), lambda *_: None)
    assert list(tmp_path.rglob("*")) == ([root] if there else [])


def test_an_unknown_topic_is_told_with_those_that_are_near(kentongan: Run, demo: DataFolder) -> None:
    done = kentongan("official", "compare", "--disease", "dengue", "--topic", "dengeu", "--place", "31", "--data", demo.root)
    assert done.returncode == 2
    assert done.stderr.startswith("kentongan: no topic 'dengeu'; dengue")
    assert " perhaps? `kentongan sql " in done.stderr
