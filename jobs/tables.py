"""`enrich` and `detect` from file to file, without a warehouse. DuckDB reads and writes CSV, JSON lines and Parquet, gzipped too."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from analytics.detect.base import Detector
from jobs.labelling import Labeller
from jobs.written import written_aside
from warehouse.errors import InputError
from warehouse.records import RAW_SCHEMA

KINDS = {".csv": "csv", ".tsv": "csv", ".json": "json", ".jsonl": "json", ".ndjson": "json", ".parquet": "parquet"}
TEXT_COLUMNS = ("text", "full_text", "content", "body", "message", "tweet", "teks", "isi")
AUTHOR_COLUMNS = ("author", "user", "username", "screen_name", "author_id", "user_id")


def kind(path: Path) -> str:
    """csv, json or parquet, from the name; raises InputError for any other."""
    suffix = Path(path.name.removesuffix(".gz")).suffix.lower()
    if suffix not in KINDS:
        raise InputError(f"{path}: not a kind of table that is known; name it *.csv, *.jsonl or *.parquet (.gz too)")
    return KINDS[suffix]


def _quoted(text: str | Path) -> str:
    return "'" + str(text).replace("'", "''") + "'"


def scan(path: Path) -> str:
    """The table function of DuckDB that reads this file. CSV columns stay text; labels need no types."""
    if not path.is_file():
        raise InputError(f"{path}: no such file")
    if kind(path) == "csv":
        return f"read_csv({_quoted(path)}, header=true, all_varchar=true, null_padding=false, max_line_size=16000000)"
    return f"read_json({_quoted(path)})" if kind(path) == "json" else f"read_parquet({_quoted(path)})"


def _one_line(error: duckdb.Error) -> str:
    return " ".join(str(error).split())[:400]


def write(reader: pa.RecordBatchReader, path: Path) -> None:
    """Write batches as the kind that the file's name says; lists become `a;b` in CSV, because CSV has no lists."""
    kind(path)
    with written_aside(path) as aside, duckdb.connect() as con:
        con.register("labelled", reader)
        columns = ", ".join(_csv_column(field) for field in reader.schema) if kind(path) == "csv" else "*"
        options = {"csv": "FORMAT csv, HEADER", "json": "FORMAT json", "parquet": "FORMAT parquet, COMPRESSION zstd"}[kind(path)]
        gzip = ", COMPRESSION gzip" if path.name.endswith(".gz") and kind(path) != "parquet" else ""
        con.execute(f"COPY (SELECT {columns} FROM labelled) TO {_quoted(aside)} ({options}{gzip})")


def _csv_column(field: pa.Field) -> str:
    name = '"' + field.name.replace('"', '""') + '"'
    if pa.types.is_list(field.type) and pa.types.is_struct(field.type.value_type):
        return f"array_to_string([p.code for p in {name}], ';') AS {name}"
    return f"array_to_string({name}, ';') AS {name}" if pa.types.is_list(field.type) else name


def enrich_file(source: Path, target: Path, labeller: Labeller, *, text_column: str | None, progress: Callable[[int, int], None]) -> int:
    """Label a file of posts; the columns that came with it stay, except the author, who becomes `author_key`.

    A column whose name a label needs is kept as `input_NAME`. Returns the number of posts. Raises InputError.
    """
    with duckdb.connect() as con:
        try:
            total = _scalar(con, f"SELECT count(*) FROM {scan(source)}")
            reader = con.execute(f"SELECT * FROM {scan(source)}").fetch_record_batch(labeller.settings.enrich.batch)
        except duckdb.Error as error:
            raise InputError(f"{source}: cannot be read: {_one_line(error)}") from None
        text = _text_column(source, reader.schema.names, text_column)
        labelled = _labelled_batches(source, reader, text, labeller, total, progress)
        first = next(labelled, None)
        if first is None:
            raise InputError(f"{source}: no rows")
        write(pa.RecordBatchReader.from_batches(first.schema, _chain(first, labelled)), target)
    return total


def _scalar(con: duckdb.DuckDBPyConnection, sql: str) -> int:
    row = con.execute(sql).fetchone()
    assert row is not None
    return int(row[0])


def _chain(first: pa.RecordBatch, rest: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    yield first
    yield from rest


def _text_column(source: Path, names: Sequence[str], wanted: str | None) -> str:
    candidates = (wanted,) if wanted else TEXT_COLUMNS
    for name in names:
        if name.lower() in [candidate.lower() for candidate in candidates]:
            return name
    raise InputError(f"{source}: no column {' or '.join(candidates)}; it has {', '.join(names)}; name it with --text-column")


def _labelled_batches(
    source: Path, reader: pa.RecordBatchReader, text: str, labeller: Labeller, total: int, progress: Callable[[int, int], None]
) -> Iterator[pa.RecordBatch]:
    done = 0
    try:
        for batch, (labels,) in labeller.map(iter(reader), lambda batch: [_raw(batch, text)]):
            done += batch.num_rows
            progress(done, total)
            yield _beside(batch, labels, text)
    except (duckdb.Error, pa.ArrowInvalid, OSError) as error:
        raise InputError(f"{source}: row {done + 1} or after: {' '.join(str(error).split())[:400]}") from None


def _raw(batch: pa.RecordBatch, text: str) -> pa.RecordBatch:
    """The input as RAW_SCHEMA: its text, and whichever other columns are there under our names and can be read."""
    by_name = {name.lower(): batch.column(name) for name in batch.schema.names}
    by_name["author"] = next((by_name[name] for name in AUTHOR_COLUMNS if name in by_name), None)
    columns = []
    for field in RAW_SCHEMA:
        column = batch.column(text) if field.name == "text" else by_name.get(field.name)
        columns.append(pa.nulls(batch.num_rows, field.type) if column is None else _cast(column, field.type))
    return pa.RecordBatch.from_arrays(columns, schema=RAW_SCHEMA)


def _cast(column: pa.Array, kind_of_column: pa.DataType) -> pa.Array:
    try:
        if pa.types.is_timestamp(kind_of_column) and pa.types.is_string(column.type):
            moments = pd.to_datetime(column.to_pandas(), utc=True, errors="coerce", format="ISO8601")
            return pa.Array.from_pandas(moments, type=kind_of_column)
        return column.cast(kind_of_column)
    except pa.ArrowInvalid:  # a column of the same name that means something else is no hint to us
        return pa.nulls(len(column), kind_of_column)


def _beside(batch: pa.RecordBatch, labels: pa.RecordBatch, text: str) -> pa.RecordBatch:
    """The input's own columns, then the labels; what could name a person stays behind."""
    people = [name for name in batch.schema.names if name.lower() in AUTHOR_COLUMNS]
    given = [name for name in labels.schema.names if name not in RAW_SCHEMA.names or name == "text"]
    if not people:
        given.remove("author_key")
    kept = [name for name in batch.schema.names if name != text and name not in people]
    names = [f"input_{name}" if name in given else name for name in kept]
    return pa.RecordBatch.from_arrays([*map(batch.column, kept), *map(labels.column, given)], names=[*names, *given])


def detect_file(source: Path, target: Path, detector: Detector) -> int:
    """Run a detector over a wide table (a date column, one column a series) or a long one (date, series, count).

    Writes series, date, observed, expected, upper, pvalue, alarm, one row a series and date. Missing dates are gaps, not zeros.
    Returns the number of alarms. Raises InputError naming line, column and value.
    """
    counts = read_counts(source)
    dates = counts.index.to_numpy().astype("datetime64[D]")
    observed = counts.to_numpy(np.float64).T
    found = detector.detect(observed, dates)
    days = len(dates)
    long = pa.table(
        {
            "series": np.repeat(counts.columns.to_numpy(object), days),
            "date": pa.array(np.tile(dates, len(counts.columns)), pa.date32()),
            "observed": _plain(observed),
            "expected": _plain(found.expected),
            "upper": _plain(found.upper),
            "pvalue": _plain(found.pvalue),
            "alarm": found.alarm.ravel(),
        }
    )
    write(long.to_reader(), target)
    return int(pc.sum(long["alarm"]).as_py() or 0)


def _plain(values: np.ndarray) -> pa.Array:
    return pa.array(values.ravel(), from_pandas=True)


def read_counts(source: Path) -> pd.DataFrame:
    """A table of counts as (dates, series), regular in time, NaN where a date is missing. Raises InputError."""
    with duckdb.connect() as con:
        try:
            table = con.execute(f"SELECT * FROM {scan(source)}").df()
        except duckdb.Error as error:
            raise InputError(f"{source}: cannot be read: {_one_line(error)}") from None
    names = {str(name).lower(): name for name in table.columns}
    date = next((names[name] for name in ("date", "day", "tanggal", "week", "minggu") if name in names), None)
    if date is None:
        raise InputError(f"{source}: no column date; it has {', '.join(map(str, table.columns))}")
    table.index = pd.DatetimeIndex(_dates(source, table.pop(date)), name="date")
    value = next((names[name] for name in ("count", "observed", "posts", "cases") if name in names), None)
    if "series" in names and value is not None:
        table = table.pivot_table(index=table.index, columns=names["series"], values=value, aggfunc="first", sort=False)
    if table.index.has_duplicates:
        raise InputError(f"{source}: {table.index[table.index.duplicated()][0]:%Y-%m-%d} stands twice in column {date}")
    if table.empty:
        raise InputError(f"{source}: no counts")
    return _regular(pd.DataFrame({str(name): _numbers(source, table[name]) for name in table.columns}, index=table.index).sort_index())


def _dates(source: Path, column: pd.Series) -> pd.Series:
    dates = pd.to_datetime(column, errors="coerce", format="ISO8601").dt.tz_localize(None).dt.normalize()
    if dates.isna().any():
        row = int(dates.isna().to_numpy().argmax())
        raise InputError(f"{source}: line {row + 2}: {column.iloc[row]!r}: not a date; write e.g. 2026-01-31")
    return dates


def _numbers(source: Path, column: pd.Series) -> pd.Series:
    numbers = pd.to_numeric(column, errors="coerce")
    wrong = (numbers.isna() & column.notna() & (column.astype(str).str.strip() != "")) | (numbers < 0) | np.isinf(numbers)
    if wrong.any():
        row = int(wrong.to_numpy().argmax())
        raise InputError(f"{source}: column {column.name}, date {column.index[row]:%Y-%m-%d}: {column.iloc[row]!r}: not a count")
    return numbers.astype(float)


def _regular(counts: pd.DataFrame) -> pd.DataFrame:
    """Fill missing dates with NaN rows; the step is the usual one between two dates (a day, a week)."""
    if len(counts) < 3:
        return counts
    step = counts.index.to_series().diff().mode().iloc[0]
    grid = pd.date_range(counts.index[0], counts.index[-1], freq=step)
    return counts.reindex(grid) if counts.index.isin(grid).all() else counts
