"""From file to file: times are read as pandas reads them, and no more is held in memory than has to be."""

from __future__ import annotations

import gzip
import subprocess
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import given
from hypothesis import strategies as st
from running import Run

from jobs.enrich_file import _moments
from jobs.tables import ROW_GROUP, write

TIMES = (
    None, "", "gestern", "2026", "2026-01", "2026-01-02", "2026-1-2", "2026-02-31", "20260102", "2026-W01-1", "2026/01/02", "1899-01-01",
    "2026-01-02T03", "2026-01-02T03:04", "2026-01-02 03:04:05", "2026-01-02T03:04:05Z", "2026-01-02T03:04:05.123Z", "2026-01-02T24:00",
    "2026-01-02T03:04:05.1234567Z", "2026-01-02T03:04:05+07:00", "2026-01-02T03:04:05+0700", "2026-01-02 03:04:05 +07:00",
    "2026-01-02T03:04:60", "2026-01-02T03:04:05+25:00", "٢٠٢٦-01-02", " 2026-01-02",
)  # fmt: skip


@given(st.lists(st.sampled_from(TIMES), min_size=1, max_size=4))
def test_times_are_those_that_pandas_reads(written: list[str | None]) -> None:
    read = pd.to_datetime(pd.Series(written, dtype=object), utc=True, errors="coerce", format="ISO8601").dt.floor("us")
    assert _moments(written) == [None if moment is pd.NaT else moment.to_pydatetime() for moment in read]


def test_rows_are_written_as_they_come_and_in_their_order(tmp_path: Path) -> None:
    schema, rows = pa.schema([("row", pa.int64())]), 3 * ROW_GROUP
    batches = (pa.record_batch([pa.array(range(first, first + 1_000))], schema) for first in range(0, rows - 999, 1_000))
    write(pa.RecordBatchReader.from_batches(schema, batches), tmp_path / "rows.parquet")
    file = pq.ParquetFile(tmp_path / "rows.parquet")
    assert file.metadata.row_group(0).num_rows < 2 * ROW_GROUP
    assert file.num_row_groups >= 2
    assert file.read()["row"].to_pylist() == list(range(rows // 1_000 * 1_000))


def enriched(kentongan: Run, source: str, target: str) -> subprocess.CompletedProcess[str]:
    return kentongan("enrich", "--input", source, "--output", target)


def test_labels_go_into_a_csv_with_lists_as_text(kentongan: Run, tmp_path: Path) -> None:
    (tmp_path / "posts.csv").write_text("id,text\n1,Di Bandung 3 orang meninggal karena demam berdarah\n2,selamat pagi\n")
    for name in ("labels.csv", "labels.csv.gz"):
        done = enriched(kentongan, "posts.csv", name)
        assert done.returncode == 0, done.stderr
    first, second = pd.read_csv(tmp_path / "labels.csv.gz", dtype=str).itertuples()
    assert (first.topics, first.places, first.numbers) == ("dengue", "32.73", "3.0 person meninggal")
    assert pd.isna(second.topics)


def test_the_input_is_not_written_over(kentongan: Run, tmp_path: Path) -> None:
    written = "date,a\n2026-01-01,1\n2026-01-02,1\n"
    (tmp_path / "posts.csv").write_text(f"text\n{written}")
    (tmp_path / "counts.csv").write_text(written)
    done = enriched(kentongan, "posts.csv", "./posts.csv")
    assert (done.returncode, done.stderr) == (
        2,
        "kentongan: posts.csv: is the input, which would be lost; name another file with --output\n",
    )
    done = kentongan("detect", "--input", "counts.csv", "--output", "counts.csv")
    assert done.returncode == 2
    assert (tmp_path / "counts.csv").read_text() == written


def test_a_torn_gzip_is_not_taken_for_a_short_one(kentongan: Run, tmp_path: Path) -> None:
    whole = gzip.compress("".join(["text\n", *(f"batuk {number}\n" for number in range(3_000))]).encode())
    (tmp_path / "posts.csv.gz").write_bytes(whole[: len(whole) // 2])
    done = enriched(kentongan, "posts.csv.gz", "labels.parquet")
    assert done.returncode == 2
    assert done.stderr.startswith("kentongan: posts.csv.gz: broken gzip file: ")
    assert not (tmp_path / "labels.parquet").exists()


def test_utf16_is_read_and_another_encoding_is_told(kentongan: Run, tmp_path: Path) -> None:
    (tmp_path / "wide.csv").write_bytes("text\ndemam di Jakarta\n".encode("utf-16"))
    (tmp_path / "old.csv").write_bytes("text\ncafé\n".encode("cp1252"))
    assert enriched(kentongan, "wide.csv", "labels.csv").returncode == 0
    assert "demam di Jakarta" in (tmp_path / "labels.csv").read_text()
    done = enriched(kentongan, "old.csv", "labels.csv")
    assert (done.returncode, done.stderr.split(";")[0]) == (2, "kentongan: old.csv: not in UTF-8")


def test_a_column_that_means_something_else_is_no_hint_to_us(kentongan: Run, tmp_path: Path) -> None:
    pq.write_table(pa.table({"text": ["demam"], "created_at": pa.array([5], pa.int32())}), tmp_path / "posts.parquet")
    assert enriched(kentongan, "posts.parquet", "labels.csv").returncode == 0


def test_rows_of_different_lengths_are_told_as_such(kentongan: Run, tmp_path: Path) -> None:
    (tmp_path / "posts.csv").write_text("id,text\n1,demam,more\n2\n3,batuk\n")
    assert "rows have different numbers of cells; the first line is 'id,text'" in enriched(kentongan, "posts.csv", "labels.csv").stderr
