"""Tables on disk: DuckDB reads and writes CSV, JSON lines and Parquet, gzipped too."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import duckdb
import pyarrow as pa

from ingest.files.jsons import TOO_DEEP, too_deep
from ingest.files.packed import Packed
from ingest.files.text import encoding_of
from jobs.written import written_aside
from warehouse.database import quoted
from warehouse.errors import InputError

KINDS = {".csv": "csv", ".tsv": "csv", ".json": "json", ".jsonl": "json", ".ndjson": "json", ".parquet": "parquet"}

_COLUMNS_DEEP = 32  #: levels of JSON that become columns of columns; what lies deeper stays text, for Arrow takes 64 of them at most
ROW_GROUP = 10 * 2_048  #: rows of a Parquet file that are kept in memory until they are written together; DuckDB counts in 2,048
_PARQUET = f"FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROW_GROUP}"


def kind(path: Path) -> str:
    """csv, json or parquet, from the name; raises InputError for any other."""
    suffix = Path(path.name.removesuffix(".gz")).suffix.lower()
    if suffix not in KINDS:
        raise InputError(f"{path}: not a kind of table that is known; name it *.csv, *.jsonl or *.parquet (.gz too)")
    return KINDS[suffix]


def scan(path: Path) -> str:
    """The table function of DuckDB that reads this file. CSV columns stay text; labels need no types.

    Raises InputError for what is no file, for an empty one, and for one whose packing is broken.
    """
    if path.is_dir():
        raise InputError(f"{path}: a folder, not a file")
    if kind(path) == "parquet":
        return f"read_parquet({quoted(Packed(path).path)})"
    encoding = _encoding(path)
    if kind(path) == "csv":
        options = f"header=true, all_varchar=true, null_padding=false, max_line_size=16000000, encoding='{encoding}'"
        return f"read_csv({quoted(path)}, {options})"
    if encoding != "utf-8":
        raise InputError(f"{path}: JSON in {encoding}; save it as UTF-8")
    with Packed(path).unpacked() as stream:
        if too_deep(iter(partial(stream.read, 1 << 20), b"")):
            raise InputError(f"{path}: {TOO_DEEP}; not a file of posts")
    return f"read_json({quoted(path)}, maximum_depth={_COLUMNS_DEEP})"


def _encoding(path: Path) -> str:
    """utf-8 or utf-16, as DuckDB calls them; a packed file is unpacked to its end, because DuckDB takes a torn one for a short one."""
    packed = Packed(path)
    with packed.unpacked() as stream:
        found = encoding_of(stream.read(1 << 16))
        while packed.kind != "plain" and stream.read(1 << 20):
            pass
    return "utf-16" if found.startswith("utf-16") else "utf-8"


def unreadable(path: Path, error: duckdb.Error) -> InputError:
    """What to tell a person when DuckDB could not read the file."""
    if "not utf-8 encoded" in str(error):
        return InputError(f"{path}: not in UTF-8; save it as UTF-8, or import it: `kentongan import` finds the encoding out")
    return InputError(f"{path}: cannot be read: {one_line(error)}")


def not_the_same(source: Path, target: Path) -> None:
    """Raise InputError where what is written would replace what is read."""
    if source.exists() and target.exists() and target.samefile(source):
        raise InputError(f"{target}: is the input, which would be lost; name another file with --output")


def one_line(error: Exception) -> str:
    """What a library says, in one line that is not endless."""
    return " ".join(str(error).split())[:400]


def write(reader: pa.RecordBatchReader, path: Path) -> None:
    """Write batches as the kind that the file's name says; lists become `a;b` in CSV, because CSV has no lists.

    Raises InputError when the name tells no kind, or the file cannot be written.
    """
    kind(path)
    with written_aside(path) as aside, duckdb.connect() as con:
        con.execute("SET threads TO 1")  # each keeps rows of its own until they are written
        con.register("labelled", reader)
        columns = ", ".join(_csv_column(field) for field in reader.schema) if kind(path) == "csv" else "*"
        options = {"csv": "FORMAT csv, HEADER", "json": "FORMAT json", "parquet": _PARQUET}[kind(path)]
        gzip = ", COMPRESSION gzip" if path.name.endswith(".gz") and kind(path) != "parquet" else ""
        try:
            con.execute(f"COPY (SELECT {columns} FROM labelled) TO {quoted(aside)} ({options}{gzip})")
        except duckdb.IOException as error:  # the disk is full, most of the time
            raise InputError(f"{path}: cannot be written: {one_line(error)}") from None


def _csv_column(field: pa.Field) -> str:
    name = '"' + field.name.replace('"', '""') + '"'
    if not pa.types.is_list(field.type):
        return name
    return f"array_to_string({_elements(name, field.type.value_type)}, ';') AS {name}"


def _elements(name: str, element: pa.DataType) -> str:
    """What of each element is written: of a place its code, of any other structure its values (`3 orang died`)."""
    if not pa.types.is_struct(element):
        return name
    parts = [child.name for child in element]
    if "code" in parts:
        return f"[p.code for p in {name}]"
    return f"[concat_ws(' ', {', '.join(f'p.{part}' for part in parts)}) for p in {name}]"
