"""Tables on disk: DuckDB reads and writes CSV, JSON lines and Parquet, gzipped too."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow as pa

from jobs.written import written_aside
from warehouse.database import quoted
from warehouse.errors import InputError

KINDS = {".csv": "csv", ".tsv": "csv", ".json": "json", ".jsonl": "json", ".ndjson": "json", ".parquet": "parquet"}


ROW_GROUP = 10 * 2_048  #: rows of a Parquet file that are kept in memory until they are written together; DuckDB counts in 2,048
_PARQUET = f"FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROW_GROUP}"


def kind(path: Path) -> str:
    """csv, json or parquet, from the name; raises InputError for any other."""
    suffix = Path(path.name.removesuffix(".gz")).suffix.lower()
    if suffix not in KINDS:
        raise InputError(f"{path}: not a kind of table that is known; name it *.csv, *.jsonl or *.parquet (.gz too)")
    return KINDS[suffix]


def scan(path: Path) -> str:
    """The table function of DuckDB that reads this file. CSV columns stay text; labels need no types."""
    if not path.is_file():
        raise InputError(f"{path}: no such file")
    if kind(path) == "csv":
        return f"read_csv({quoted(path)}, header=true, all_varchar=true, null_padding=false, max_line_size=16000000)"
    return f"read_json({quoted(path)})" if kind(path) == "json" else f"read_parquet({quoted(path)})"


def one_line(error: Exception) -> str:
    """What a library says, in one line that is not endless."""
    return " ".join(str(error).split())[:400]


def write(reader: pa.RecordBatchReader, path: Path) -> None:
    """Write batches as the kind that the file's name says; lists become `a;b` in CSV, because CSV has no lists."""
    kind(path)
    with written_aside(path) as aside, duckdb.connect() as con:
        con.execute("SET threads TO 1")  # each keeps rows of its own until they are written
        con.register("labelled", reader)
        columns = ", ".join(_csv_column(field) for field in reader.schema) if kind(path) == "csv" else "*"
        options = {"csv": "FORMAT csv, HEADER", "json": "FORMAT json", "parquet": _PARQUET}[kind(path)]
        gzip = ", COMPRESSION gzip" if path.name.endswith(".gz") and kind(path) != "parquet" else ""
        con.execute(f"COPY (SELECT {columns} FROM labelled) TO {quoted(aside)} ({options}{gzip})")


def _csv_column(field: pa.Field) -> str:
    name = '"' + field.name.replace('"', '""') + '"'
    if pa.types.is_list(field.type) and pa.types.is_struct(field.type.value_type):
        return f"array_to_string([p.code for p in {name}], ';') AS {name}"
    return f"array_to_string({name}, ';') AS {name}" if pa.types.is_list(field.type) else name
