from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from analytics.detect.base import build
from jobs.detect_file import detect_file, read_counts
from warehouse.errors import InputError

DETECTOR = build("EARS-C1", {})


def wide(folder: Path, name: str = "counts.csv") -> Path:
    days = pd.date_range("2026-01-01", periods=30, freq="D")
    table = pd.DataFrame({"date": days.strftime("%Y-%m-%d"), "dengue": [3, 4, 5] * 10, "rabies": [1, 0, 2] * 10})
    table.loc[29, "dengue"] = 60
    path = folder / name
    table.to_csv(path, index=False)
    return path


@pytest.mark.parametrize("ending", [".csv", ".csv.gz", ".jsonl", ".jsonl.gz", ".parquet"])
def test_a_burst_in_a_wide_table_is_an_alarm_in_the_long_one(tmp_path: Path, ending: str) -> None:
    target = tmp_path / f"out{ending}"
    assert detect_file(wide(tmp_path), target, DETECTOR) == 1
    read = {".csv": pd.read_csv, ".jsonl": lambda path: pd.read_json(path, lines=True), ".parquet": pd.read_parquet}
    found = read[ending.removesuffix(".gz")](target)
    assert list(found.columns) == ["series", "date", "observed", "expected", "upper", "pvalue", "alarm"]
    assert len(found) == 60
    (alarm,) = found[found["alarm"]].to_dict("records")
    assert (alarm["series"], alarm["observed"]) == ("dengue", 60)
    assert alarm["upper"] < 60


def test_a_gzipped_wide_table_is_read(tmp_path: Path) -> None:
    assert read_counts(wide(tmp_path, "counts.csv.gz")).shape == (30, 2)


def test_a_long_table_gives_the_same_as_a_wide_one(tmp_path: Path) -> None:
    table = read_counts(wide(tmp_path))
    long = table.reset_index(names="date").melt("date", var_name="series", value_name="count")
    long.to_csv(tmp_path / "long.csv", index=False)
    pd.testing.assert_frame_equal(read_counts(tmp_path / "long.csv")[table.columns], table, check_freq=False)


def test_a_missing_day_is_a_gap_and_not_a_zero(tmp_path: Path) -> None:
    path = tmp_path / "gap.csv"
    path.write_text("date,a\n2026-01-01,1\n2026-01-02,2\n2026-01-04,3\n2026-01-05,3\n", "utf-8")
    counts = read_counts(path)
    assert len(counts) == 5
    assert counts["a"].isna().tolist() == [False, False, True, False, False]


def test_weekly_dates_stay_weekly(tmp_path: Path) -> None:
    path = tmp_path / "weekly.csv"
    path.write_text("week,a\n2026-01-04,1\n2026-01-11,2\n2026-01-18,3\n2026-02-01,4\n", "utf-8")
    assert len(read_counts(path)) == 5


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("date,a\n2026-01-01,1\n2026-13-01,2\n", "line 3: '2026-13-01': not a date"),
        ("date,a\n2026-01-01,1\n2026-01-02,many\n", "column a, date 2026-01-02: 'many': not a count"),
        ("date,a\n2026-01-01,1\n2026-01-02,-4\n", "column a, date 2026-01-02: '-4': not a count"),
        ("when,a\n2026-01-01,1\n", "no column date; it has when, a"),
        ("date,a\n2026-01-01,1\n2026-01-01,2\n", "2026-01-01 stands twice"),
        ("date\n2026-01-01\n", "no counts"),
    ],
)
def test_bad_input_is_told_in_one_line_and_nothing_is_written(tmp_path: Path, text: str, told: str) -> None:
    path, target = tmp_path / "counts.csv", tmp_path / "out.csv"
    path.write_text(text, "utf-8")
    with pytest.raises(InputError) as raised:
        detect_file(path, target, DETECTOR)
    assert told in str(raised.value)
    assert "\n" not in str(raised.value)
    assert [entry.name for entry in tmp_path.iterdir()] == ["counts.csv"]


def test_an_unknown_ending_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"name it \*\.csv"):
        detect_file(wide(tmp_path), tmp_path / "out.xyz", DETECTOR)


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist"):
        detect_file(wide(tmp_path), tmp_path / "nowhere" / "out.csv", DETECTOR)
