"""Official counts come in whole or not at all, and wrong lines are named."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from warehouse_samples import NOW

from warehouse import official, publish
from warehouse.database import connect, rows
from warehouse.errors import InputError
from warehouse.store import Warehouse

PLACES = {"31": "DKI Jakarta", "32": "Jawa Barat", "32.01": "Bogor", "99.01": "Kembar", "99.02": "Kembar"}


def written(folder: Path, *lines: str, head: str = "date,place,disease,count") -> Path:
    path = folder / "counts.csv"
    path.write_text("\n".join([head, *lines]) + "\n", "utf-8")
    return path


@pytest.mark.parametrize(
    ("year", "week", "skdr", "iso"),
    [
        (2025, 7, date(2025, 2, 9), date(2025, 2, 10)),
        (2025, 1, date(2024, 12, 29), date(2024, 12, 30)),
        (2026, 1, date(2026, 1, 4), date(2025, 12, 29)),  # CDC: MMWR week 1 of 2026 ends on 10 January
        (2020, 53, date(2020, 12, 27), date(2020, 12, 28)),
    ],
)
def test_epidemiological_weeks_begin_as_published(year: int, week: int, skdr: date, iso: date) -> None:
    assert official.first_day(year, week, "skdr") == skdr
    assert official.first_day(year, week, "iso") == iso


@given(st.dates(date(1950, 1, 1), date(2090, 12, 31)))
def test_iso_weeks_are_those_of_python(day: date) -> None:
    year, week, weekday = day.isocalendar()
    assert official.first_day(year, week, "iso") == day - timedelta(days=weekday - 1)


def test_a_year_without_a_week_53_says_so() -> None:
    with pytest.raises(ValueError, match="2026 has no week 53"):
        official.first_day(2026, 53)


def test_places_come_by_code_or_name_and_weeks_beside_dates(tmp_path: Path) -> None:
    file = written(
        tmp_path, "2025-W07,31,Dengue,12", "2025-02-16,dki  jakarta,dengue,15", "2025-02-23,31,dengue,9", "2025-03-02,32,Campak,3"
    )
    assert official.read(file, PLACES) == [
        official.OfficialCount(date(2025, 2, 9), 7, "31", "dengue", 12),
        official.OfficialCount(date(2025, 2, 16), 7, "31", "dengue", 15),
        official.OfficialCount(date(2025, 2, 23), 7, "31", "dengue", 9),
        official.OfficialCount(date(2025, 3, 2), 1, "32", "campak", 3),
    ]


def test_indonesian_headings_semicolons_and_a_mark_of_excel_are_read(tmp_path: Path) -> None:
    file = written(tmp_path, "2026-01-01;Jawa Barat;DBD;4", "2026-01-02;Jawa Barat;DBD;0", head="\ufefftanggal;wilayah;penyakit;kasus")
    assert [(one.place_code, one.period_days, one.cases) for one in official.read(file, PLACES)] == [("32", 1, 4), ("32", 1, 0)]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("01/02/2025,31,dengue,1", "line 3: date '01/02/2025': neither 2025-02-09 nor 2025-W07"),
        ("2025-W60,31,dengue,1", "line 3: 2025 has no week 60"),
        ("2025-01-12,Atlantis,dengue,1", "line 3: place 'Atlantis': neither"),
        ("2025-01-12,Kembar,dengue,1", "line 3: place 'Kembar': neither"),
        ("2025-01-12,31,,1", "line 3: no disease"),
        ("2025-01-12,31,dengue,-1", "line 3: count '-1': not a whole number"),
        ("2025-01-12,31,dengue,1.5", "line 3: count '1.5': not a whole number"),
        ("2025-01-12,31,dengue", "line 3: count '': not a whole number"),
        ("2025-01-05,DKI Jakarta,DENGUE,2", "line 3: 2025-01-05 stands for this place and disease in line 2, too"),
    ],
)
def test_a_wrong_line_is_named_and_nothing_is_stored(wh: Warehouse, tmp_path: Path, line: str, reason: str) -> None:
    wh.con.execute("UPDATE places SET name = 'DKI Jakarta' WHERE place_code = '31'")
    file = written(tmp_path, "2025-01-05,31,dengue,1", line)
    with pytest.raises(InputError) as error:
        official.import_file(wh.con, file, NOW)
    assert reason in str(error.value)
    assert "nothing was imported" in str(error.value)
    assert rows(wh.con, "SELECT * FROM official_counts") == []


def test_many_wrong_lines_are_counted_and_the_first_listed(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"(?s)30 lines are wrong.*and 10 more"):
        official.read(written(tmp_path, *["x,31,dengue,1"] * 30), PLACES)


@pytest.mark.parametrize(("head", "said"), [("date,place,count", "no column disease"), ("", "no column date")])
def test_a_missing_column_is_named(tmp_path: Path, head: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        official.read(written(tmp_path, head=head), PLACES)


def test_what_cannot_be_read_is_an_error_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "counts.csv").write_bytes(b"date,place\xff\xfe")
    for path in (tmp_path / "counts.csv", tmp_path / "none.csv"):
        with pytest.raises(InputError, match="cannot be read"):
            official.read(path, PLACES)


def test_a_correction_replaces_and_is_published(wh: Warehouse, tmp_path: Path) -> None:
    official.import_file(wh.con, written(tmp_path, "2025-W07,31,dengue,12", "2025-W08,31,dengue,15"), NOW)
    said = official.import_file(wh.con, written(tmp_path, "2025-W08,31,dengue,17", "2025-W09,31,dengue,20"), NOW)
    assert "1 new, 1 replaced" in said
    publish.publish(wh, NOW)
    con = connect(wh.folder.catalog, read_only=True)
    try:
        assert [row["cases"] for row in rows(con, "SELECT cases FROM official_counts ORDER BY day")] == [12, 17, 20]
        assert {row["file"] for row in rows(con, "SELECT DISTINCT file FROM official_counts")} == {"counts.csv"}
    finally:
        con.close()
