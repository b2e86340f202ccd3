"""Official counts come in whole or not at all; what officers and their spreadsheets do to a file is read rightly or named in one line."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from warehouse_samples import NOW

from warehouse import official, publish
from warehouse.database import connect, rows
from warehouse.errors import InputError
from warehouse.official import Choices, OfficialCount, Places
from warehouse.official_dates import first_day
from warehouse.store import Warehouse

NAMES = {
    "31": "DKI Jakarta", "31.71": "Kota Jakarta Pusat", "31.74": "Kota Jakarta Selatan", "32": "Jawa Barat", "32.01": "Kabupaten Bogor",
    "32.10": "Kabupaten Majalengka", "32.71": "Kota Bogor", "99.01": "Kembar", "99.02": "Kembar",
}  # fmt: skip
PLACES = Places(NAMES, {"DKI": "31", "Jaksel": "31.74"}, {"3171": "31.74", "3173": "31.71", "3271": "32.71"})
TODAY = NOW.date()
HEAD = "date,place,disease,count"


def written(folder: Path, *lines: str, head: str = HEAD) -> Path:
    path = folder / "counts.csv"
    path.write_text("\n".join([head, *lines]) + "\n", "utf-8")
    return path


def read(path: Path, today: date = date(2026, 12, 31), **choices: Any) -> list[OfficialCount]:
    return official.read(path, PLACES, today, choices=Choices(**choices))[0]


def import_file(wh: Warehouse, path: Path, **choices: Any) -> str:
    return official.import_file(wh.con, path, NOW, TODAY, lambda disease: disease, choices=Choices(**choices))


def weeks(first: date, cases: list[int], place: str = "31") -> list[str]:
    return [f"{first + timedelta(weeks=week)},{place},dengue,{count}" for week, count in enumerate(cases)]


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
    assert first_day(year, week, "skdr") == skdr
    assert first_day(year, week, "iso") == iso


@given(st.dates(date(1950, 1, 1), date(2090, 12, 31)))
def test_iso_weeks_are_those_of_python(day: date) -> None:
    year, week, weekday = day.isocalendar()
    assert first_day(year, week, "iso") == day - timedelta(days=weekday - 1)


def test_a_year_without_a_week_53_says_so() -> None:
    with pytest.raises(ValueError, match="2026 has no week 53"):
        first_day(2026, 53)


def test_places_come_by_code_or_name_and_weeks_beside_dates(tmp_path: Path) -> None:
    file = written(tmp_path, "2025-W07,31,Dengue,12", "2025-02-16,dki  jakarta,dengue,15", "2025-02-23,31,dengue,9", "2025-W10,32,Campak,3")
    assert read(file) == [
        OfficialCount(date(2025, 2, 9), 7, "31", "dengue", 12),
        OfficialCount(date(2025, 2, 16), 7, "31", "dengue", 15),
        OfficialCount(date(2025, 2, 23), 7, "31", "dengue", 9),
        OfficialCount(date(2025, 3, 2), 7, "32", "campak", 3),
    ]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ("Kab. Bogor", "32.01"), ("KABUPATEN BOGOR", "32.01"), ("kota bogor", "32.71"), ("Prov. Jawa Barat", "32"), ("DKI", "31"),
        ("Kota Adm. Jakarta Selatan", "31.74"), ("jaksel", "31.74"), ("32.1", "32.10"), ("32,1", "32.10"), ("3271", "32.71"),
    ],
)  # fmt: skip
def test_a_place_is_known_by_the_names_that_offices_use(given: str, code: str) -> None:
    assert PLACES.code(given) == code


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("Bogor", "not clear; Kabupaten Bogor (32.01) or Kota Bogor (32.71)? Write the code"),
        ("Kota Bgor", "Kota Bogor (32.71)"),
        ("Kembar", "Kembar (99.01) or Kembar (99.02)"),
        ("Atlantis", "neither the code nor the name of a place"),
        # 31.71 is Jakarta Pusat for the Ministry of Home Affairs, 3171 Jakarta Selatan for the statistics office
        ("3171", "Kota Jakarta Pusat (31.71) or Kota Jakarta Selatan (31.74)"),
    ],
)
def test_a_place_that_is_not_clear_gets_its_likely_readings(given: str, said: str) -> None:
    with pytest.raises(ValueError) as error:
        PLACES.code(given)
    assert said in str(error.value)
    assert repr(given) in str(error.value)


def test_indonesian_headings_semicolons_and_a_mark_of_excel_are_read(tmp_path: Path) -> None:
    file = written(tmp_path, "2026-01-01;Jawa Barat;DBD;4", "2026-01-02;Jawa Barat;DBD;0", head="\ufefftanggal;wilayah;penyakit;kasus")
    assert [(one.place_code, one.period_days, one.cases) for one in read(file)] == [("32", 1, 4), ("32", 1, 0)]


@pytest.mark.parametrize("code", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_any_export_of_a_spreadsheet_is_read(tmp_path: Path, code: str, delimiter: str) -> None:
    lines = [
        "Tanggal,Wilayah,Penyakit,Jumlah Kasus",
        "2026-01-04 00:00:00,Kab. Bogor,Démam,12.0",
        "2026-01-11 00:00:00,Kab. Bogor,Démam,9.0",
    ]
    path = tmp_path / "counts.csv"
    path.write_bytes("\r\n".join([f"sep={delimiter}", *lines]).replace(",", delimiter).encode(code))
    assert [(one.day, one.disease, one.cases) for one in read(path)] == [(date(2026, 1, 4), "démam", 12), (date(2026, 1, 11), "démam", 9)]


@pytest.mark.parametrize(
    ("dates", "first"),
    [
        (("25/01/2026", "01/02/2026"), date(2026, 1, 25)),
        (("1/25/2026", "2/1/2026"), date(2026, 1, 25)),
        (("25-1-2026", "1-2-2026"), date(2026, 1, 25)),
        (("25.01.2026", "01.02.2026"), date(2026, 1, 25)),
        (("2026/01/25", "2026/02/01"), date(2026, 1, 25)),
        (("2026-W04", "2026-W05"), date(2026, 1, 25)),
        (("2026W4", "2026 w5"), date(2026, 1, 25)),
        (("Minggu ke-4 2026", "minggu 5 2026"), date(2026, 1, 25)),
        (("W04-2026", "W05-2026"), date(2026, 1, 25)),
        (("202604", "202630"), date(2026, 1, 25)),
    ],
)
def test_a_date_is_read_as_its_column_writes_it(tmp_path: Path, dates: tuple[str, str], first: date) -> None:
    found = read(written(tmp_path, *[f'"{day}",31,dengue,3' for day in dates]))
    assert found[0].day == first
    assert {one.period_days for one in found} == {7}


def test_week_numbers_beside_a_column_of_years_are_read(tmp_path: Path) -> None:
    file = written(tmp_path, "2025,52,31,dengue,7", "2025,53,31,dengue,8", "2026,1,31,dengue,9", head="tahun,minggu,wilayah,penyakit,kasus")
    assert [one.day for one in read(file)] == [date(2025, 12, 21), date(2025, 12, 28), date(2026, 1, 4)]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (
            "01/02/2025,31,dengue,1",
            "line 3: date '01/02/2025': day or month first? The file does not decide it; write 2025-02-09 or 2025-W07",
        ),
        ("2025-07,31,dengue,1", "line 3: date '2025-07': a month or a week?"),
        ("2025-02-30,31,dengue,1", "line 3: date '2025-02-30': there is no such day"),
        ("Februari,31,dengue,1", "line 3: date 'Februari': neither a day nor a week"),
        ("2025-W60,31,dengue,1", "line 3: 2025 has no week 60"),
        ("2025-01-12,Atlantis,dengue,1", "line 3: place 'Atlantis': neither"),
        ("2025-01-12,31,,1", "line 3: no disease"),
        ("2025-01-12,31,dengue,-1", "line 3: count '-1': not a whole number"),
        ("2025-01-12,31,dengue,1.5", "line 3: count '1.5': not a whole number"),
        ("2025-01-12,31,dengue,1.234", "line 3: count '1.234': thousands, or a decimal? Write 1234 if thousands"),
        ('2025-01-12,31,dengue,"1,234"', "line 3: count '1,234': thousands, or a decimal? Write 1234 if thousands"),
        ("2025-01-12,31,dengue", "line 3: the line ends before the count"),
        ("2030-01-12,31,dengue,1", "line 3: 2030-01-12 lies ahead of today"),
        ("2025-01-05,DKI Jakarta,DENGUE,2", "line 3: 2025-01-05 stands for this place and disease in line 2, too, with 1 there and 2 here"),
        ("2025-01-05,31,dengue,1", "line 3: 2025-01-05 stands for this place and disease in line 2, too, with the same count"),
    ],
)
def test_a_wrong_line_is_named_and_nothing_is_stored(wh: Warehouse, tmp_path: Path, line: str, reason: str) -> None:
    wh.con.execute("UPDATE places SET name = 'DKI Jakarta' WHERE place_code = '31'")
    file = written(tmp_path, "2025-01-05,31,dengue,1", line)
    with pytest.raises(InputError) as error:
        import_file(wh, file, period_days=7)
    assert reason in str(error.value)
    assert "nothing was imported" in str(error.value)
    assert rows(wh.con, "SELECT * FROM official_counts") == []


def test_many_wrong_lines_are_counted_and_the_first_listed(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"(?s)30 lines are wrong.*and 10 more"):
        read(written(tmp_path, *["x,31,dengue,1"] * 30))


@pytest.mark.parametrize(("head", "said"), [("date,place,count", "no column disease"), ("", "no column date")])
def test_a_missing_column_is_named(tmp_path: Path, head: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        read(written(tmp_path, head=head))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"PK\x03\x04 a workbook", "an Excel workbook; save the sheet as CSV"),
        (b"date,place\x81\x8d", "not text; save it as CSV"),
        (b'date,place,disease,count\n2025-01-05,"31,dengue,1\n', "cannot be read"),
        (b"date,place,disease,count\n", "no counts"),
    ],
)
def test_what_cannot_be_read_is_an_error_in_one_line(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "counts.csv").write_bytes(content)
    with pytest.raises(InputError, match=said):
        read(tmp_path / "counts.csv")
    with pytest.raises(InputError, match="cannot be read"):
        read(tmp_path / "none.csv")


def test_an_empty_count_is_a_week_that_was_not_reported_and_no_zero(tmp_path: Path) -> None:
    file = written(tmp_path, "2025-W07,31,dengue,12", "2025-W08,31,dengue,", "2025-W09,31,dengue,-", "2025-W10,31,dengue,0")
    found, notes = official.read(file, PLACES, TODAY)
    assert [one.cases for one in found] == [12, 0]
    assert notes == ["2 lines without a count were left out"]


def test_totals_that_never_fall_are_asked_about(tmp_path: Path) -> None:
    file = written(tmp_path, *weeks(date(2025, 1, 5), [3, 7, 7, 12, 20, 31, 40, 44, 44, 51]))
    with pytest.raises(InputError, match=r"lines 2 to 11 .*never fall, from 3 to 51: running totals\? Say --counts cumulative"):
        read(file)
    assert [one.cases for one in read(file, told="new")] == [3, 7, 7, 12, 20, 31, 40, 44, 44, 51]


def test_totals_are_taken_apart_and_begin_anew_with_the_year(tmp_path: Path) -> None:
    """The first total of a file that begins in a year's midst, and one after a missing week, have no forerunner to be taken from."""
    lines = weeks(date(2025, 12, 7), [100, 110, 125, 130, 4, 9, 30, 31])
    del lines[6]
    found, notes = official.read(written(tmp_path, *lines), PLACES, date(2026, 12, 31), choices=Choices(told="cumulative"))
    assert [(one.day.isoformat(), one.cases) for one in found] == [
        ("2025-12-14", 10), ("2025-12-21", 15), ("2025-12-28", 5), ("2026-01-04", 4), ("2026-01-11", 5),
    ]  # fmt: skip
    assert notes == ["2 periods were left out: the total of the period before is not there"]


def test_a_total_that_falls_within_a_year_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"line 4: the total falls from 9 on 2025-02-09 to 8; correct the totals"):
        read(written(tmp_path, *weeks(date(2025, 2, 2), [5, 9, 8])), told="cumulative")


@given(st.lists(st.integers(0, 500), min_size=2, max_size=60))
def test_totals_of_new_cases_give_the_new_cases_back(tmp_path_factory: pytest.TempPathFactory, cases: list[int]) -> None:
    totals = [sum(cases[: week + 1]) for week in range(min(len(cases), 52))]
    file = written(tmp_path_factory.mktemp("totals"), *weeks(date(2024, 12, 29), totals))  # week 1 of 2025, which has 53
    assert [one.cases for one in read(file, told="cumulative")] == cases[:52]


def test_weeks_that_are_dated_by_their_last_day_are_asked_about(tmp_path: Path) -> None:
    file = written(tmp_path, *weeks(date(2025, 2, 8), [5, 3]))
    with pytest.raises(InputError, match="all Saturdays, the last day of a week here; say --dates last"):
        read(file)
    assert [one.day for one in read(file, dates="last")] == [date(2025, 2, 2), date(2025, 2, 9)]
    assert [one.day for one in read(file, dates="first")] == [date(2025, 2, 8), date(2025, 2, 15)]


def test_weeks_that_begin_anew_on_the_first_of_january_are_named(tmp_path: Path) -> None:
    lines = [*weeks(date(2024, 12, 4), [5, 3, 6, 2]), *weeks(date(2025, 1, 1), [5, 3, 4]), *weeks(date(2025, 1, 24), [5, 3])]
    with pytest.raises(InputError, match="weeks, but 2025-01-24 is 9 days after 2025-01-15; write weeks as 2025-W07"):
        read(written(tmp_path, *lines))


def test_months_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="months"):
        read(written(tmp_path, "2025-01-01,31,dengue,5", "2025-02-01,31,dengue,6", "2025-03-01,31,dengue,4"))


def test_a_correction_of_one_week_is_a_week_and_one_date_alone_is_asked_about(wh: Warehouse, tmp_path: Path) -> None:
    one = written(tmp_path, "2025-02-16,31,dengue,17")
    with pytest.raises(InputError, match="one date alone does not tell"):
        import_file(wh, one)
    import_file(wh, written(tmp_path, "2025-W07,31,dengue,12", "2025-W08,31,dengue,15"))
    assert "0 new, 1 replaced" in import_file(wh, written(tmp_path, "2025-02-16,31,dengue,17"))
    assert rows(wh.con, "SELECT period_days, cases FROM official_counts ORDER BY day")[1] == {"period_days": 7, "cases": 17}


def test_a_correction_replaces_and_is_published_with_its_topic(wh: Warehouse, tmp_path: Path) -> None:
    import_file(wh, written(tmp_path, "2025-W07,31,dengue,12", "2025-W08,31,dengue,15"))
    said = import_file(wh, written(tmp_path, "2025-W08,31,dengue,17", "2025-W09,31,dengue,20"))
    assert "1 new, 1 replaced" in said
    assert "weekly, 2025-02-16 to 2025-02-23" in said
    assert "dengue: shown with the topic dengue" in said
    publish.publish(wh, NOW)
    con = connect(wh.folder.catalog, read_only=True)
    try:
        assert [row["cases"] for row in rows(con, "SELECT cases FROM official_counts ORDER BY day")] == [12, 17, 20]
        assert rows(con, "SELECT DISTINCT file, topic FROM official_counts") == [{"file": "counts.csv", "topic": "dengue"}]
    finally:
        con.close()


def test_a_disease_without_a_topic_is_kept_and_told(wh: Warehouse, tmp_path: Path) -> None:
    file = written(tmp_path, "2025-W07,31,AFP,1")
    said = official.import_file(wh.con, file, NOW, TODAY, lambda disease: None)
    assert "afp: no topic bears that name; say --topic CODE" in said
    assert rows(wh.con, "SELECT topic FROM official_counts") == [{"topic": None}]
