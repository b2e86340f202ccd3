"""From file to file: times are read as pandas reads them, and no more is held in memory than has to be."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import given
from hypothesis import strategies as st

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
