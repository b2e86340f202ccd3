"""Tables as people have them: odd delimiters, open quotes, columns of their own names, no dates."""

from __future__ import annotations

import csv
import io
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from import_samples import NOW, parquet_of, workbook_of

from ingest.files import ImportOptions, Rejected, read
from ingest.files.records import read_rows
from warehouse.errors import InputError
from warehouse.records import Post

DENGUE = Path(__file__).parents[4] / "shared/data/dengue_id/train.csv.gz"


def rows(path: Path, *columns: str, notes: list[str] | None = None, **options) -> list[Post | Rejected]:
    told = notes if notes is not None else []
    return list(read(path, source="s", now=NOW, options=ImportOptions.from_options(columns, **options), note=told.append))


def posts(path: Path, *columns: str, **options) -> list[Post]:
    return [row for row in rows(path, *columns, **options) if isinstance(row, Post)]


@pytest.fixture
def file(tmp_path: Path):
    def write(content: str | bytes, name: str = "posts.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_though_the_texts_hold_others(file, delimiter: str) -> None:
    lines = ["id", "text", "created_at"], ["1", "a, b; c | d", "2026-05-01"], ["2", "x; y, z", "2026-05-01"]
    content = "\n".join(delimiter.join(f'"{cell}"' if delimiter in cell else cell for cell in line) for line in lines)
    assert [post.text for post in posts(file(content))] == ["a, b; c | d", "x; y, z"]


def test_the_line_that_excel_writes_first_names_the_delimiter(file) -> None:
    assert [post.text for post in posts(file("sep=;\ntext;created_at\na,b;2026-05-01\n"))] == ["a,b"]


def test_a_list_of_texts_with_commas_is_one_column(file) -> None:
    assert [post.text for post in posts(file("text\nsatu, dua\ntiga\nempat, lima, enam\n"))] == ["satu, dua", "tiga", "empat, lima, enam"]


def test_a_quote_that_is_never_closed_costs_one_row(file) -> None:
    content = 'id,text,created_at\n1,satu,2026-05-01\n2,"dua,2026-05-01\n3,tiga,2026-05-01\n4,"em\npat",2026-05-01\n'
    found = rows(file(content.replace('"em\npat"', "empat")))
    assert [row.native_id for row in found if isinstance(row, Post)] == ["1", "3", "4"]
    assert [(row.line, row.reason) for row in found if isinstance(row, Rejected)] == [(3, "a quote is opened and not closed")]


def test_a_row_with_too_many_values_is_rejected_with_its_line(file) -> None:
    found = rows(file("id,text,created_at\n1,satu,2026-05-01\n2,dua, tiga,2026-05-01\n"))
    assert [(row.line, row.reason) for row in found if isinstance(row, Rejected)] == [(3, "4 values where the header names 3")]


def test_a_line_of_two_million_characters_is_read_past(file) -> None:
    found = rows(file(f"id,text,created_at\n1,{'x' * 2_000_000},2026-05-01\n2,dua,2026-05-01\n"))
    assert [getattr(row, "native_id", row) for row in found[1:]] == ["2"]
    assert isinstance(found[0], Rejected)


def test_columns_of_any_name_can_be_mapped(file) -> None:
    path = file("Nomor;Curhatan;Hari;Siapa\n7;DBD lagi;31/05/2026;warga\n")
    (post,) = posts(path, "text=Curhatan", "created_at=Hari", "id=nomor", "author=Siapa")
    assert (post.native_id, post.text, post.author, post.created_at) == ("7", "DBD lagi", "warga", datetime(2026, 5, 30, 17, tzinfo=UTC))


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (["text=Tidak"], "no such column; the file has Nomor, Curhatan"),
        ([], "no column that holds the text; say --column text=NAME, one of Nomor, Curhatan"),
    ],
)
def test_a_missing_column_is_told_with_those_that_are_there(file, columns: list[str], message: str) -> None:
    with pytest.raises(InputError, match=message):
        rows(file("Nomor;Curhatan\n7;DBD lagi\n"), *columns)


@pytest.mark.parametrize("wrong", ["isi=Teks", "text", "text="])
def test_a_wrong_column_option_is_refused(wrong: str) -> None:
    with pytest.raises(InputError, match="write FIELD=COLUMN"):
        ImportOptions.from_options([wrong])


def test_dates_that_may_be_day_or_month_first_are_asked_for(file) -> None:
    path = file("text,tanggal\na,01/02/2026\nb,03/02/2026\n")
    with pytest.raises(InputError, match="may be day/month or month/day"):
        rows(path)
    assert {post.created_at.astimezone(UTC).month for post in posts(path, "created_at=tanggal:d/m/y")} == {1, 2}
    assert posts(path, "created_at=tanggal:m/d/y")[1].created_at == datetime(2026, 3, 1, 17, tzinfo=UTC)


def test_one_clear_date_at_the_end_decides_for_all(file) -> None:
    body = "".join(f"post {number},0{number % 9 + 1}/02/2026\n" for number in range(3_000))
    first, *_, last = posts(file(f"text,tanggal\n{body}akhir,2/25/2026\n"))
    assert first.created_at == datetime(2026, 1, 1, 17, tzinfo=UTC)
    assert last.created_at == datetime(2026, 2, 24, 17, tzinfo=UTC)


def test_date_and_time_of_day_in_two_columns_are_joined(file) -> None:
    (post,) = posts(file("teks,tanggal,jam\nDBD,25/02/2026,13.45\n"))
    assert post.created_at == datetime(2026, 2, 25, 6, 45, tzinfo=UTC)


def test_a_table_of_texts_alone_takes_the_date_of_the_file_and_says_so(file) -> None:
    path, notes = file("text,label\nDBD naik,1\nDBD naik,1\n"), []
    os.utime(path, (1_770_000_000, 1_770_000_000))
    found = rows(path, notes=notes)
    assert {row.created_at for row in found if isinstance(row, Post)} == {datetime.fromtimestamp(1_770_000_000, UTC)}
    assert len({row.native_id for row in found if isinstance(row, Post)}) == 2
    assert "no column holds a time" in notes[0]
    ids = [row.native_id for row in found if isinstance(row, Post)]
    os.utime(path, (1_780_000_000, 1_780_000_000))
    assert [post.native_id for post in posts(path)] == ids
    assert posts(path, date="2026-01-31")[0].created_at == datetime(2026, 1, 30, 17, tzinfo=UTC)


def test_an_empty_date_takes_the_one_that_was_given_and_is_rejected_without(file) -> None:
    path = file("text,date\nDBD,\ncampak,2026-05-01\n")
    assert [row.reason for row in rows(path) if isinstance(row, Rejected)] == ["created_at: no date"]
    assert len(posts(path, date="2026-05-05T00:00+07:00")) == 2


def test_posts_of_the_future_are_rejected(file) -> None:
    found = rows(file("text,date\nDBD,2036-05-01\n"))
    assert [(row.line, row.reason) for row in found if isinstance(row, Rejected)] == [(2, "created_at: before 1990 or in the future")]


def test_ids_that_a_spreadsheet_has_rounded_are_not_taken_for_ids(file) -> None:
    found = posts(file("id,text,date\n1.23457E+18,satu,2026-05-01\n1.23457E+18,dua,2026-05-01\n"))
    assert len({post.native_id for post in found}) == 2


def test_html_and_entities_become_plain_text_and_a_lesser_sign_stays(file) -> None:
    path = file("text,date\n<p>DBD <b>naik</b><br>hati&amp;hati</p><script>x()</script>,2026-05-01\n1 < 2 &gt; 0 <3,2026-05-01\n")
    assert [post.text for post in posts(path)] == ["DBD naik\nhati&hati", "1 < 2 > 0 <3"]


def test_the_second_sheet_is_read_when_the_first_is_empty_and_formulas_are_not_run(file) -> None:
    (post,) = posts(file(workbook_of([["text", "date"], ["=1+1", datetime(2026, 5, 1)], ["DBD", datetime(2026, 5, 1)]]), "a.xlsx"))
    assert post.text == "DBD"


def test_parquet_with_times_of_any_unit_and_ids_of_any_kind(file) -> None:
    moments = pa.array([1_777_000_000_000], pa.timestamp("ms"))
    (post,) = posts(file(parquet_of(pa.table({"content": ["DBD"], "timestamp": moments, "post_id": [2**62]})), "a.parquet"))
    assert post.native_id == str(2**62)
    assert post.created_at == datetime.fromtimestamp(1_777_000_000, UTC) - timedelta(hours=7)


def test_options_survive_the_way_through_the_queue_of_requests() -> None:
    options = ImportOptions.from_options(
        ["text=Isi", "created_at=Tgl:%d.%m.%Y"], form="table", date="2026-01-31", encoding="cp1252", zone="Asia/Makassar"
    )
    assert ImportOptions.from_payload(options.to_payload()) == options
    assert options.date_format == "%d.%m.%Y"
    with pytest.raises(InputError, match="--date 'besok': not a time"):
        ImportOptions.from_options(date="besok")


@pytest.mark.skipif(not DENGUE.exists(), reason=f"{DENGUE} is not here")
def test_the_labelled_indonesian_posts_on_dengue_come_in_whole() -> None:
    notes: list[str] = []
    found = rows(DENGUE, notes=notes)
    assert len(found) > 500
    assert all(isinstance(row, Post) for row in found)
    assert len(notes) == 1


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\x00\r"), max_size=30), min_size=1, max_size=20))
def test_rows_that_a_writer_of_csv_wrote_come_back(cells: list[str]) -> None:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerows([["x", cell] for cell in cells])
    found = [row for row in read_rows(io.StringIO(out.getvalue(), newline=""), ",") if not isinstance(row, Rejected)]
    assert [row[1][1] for row in found] == cells
