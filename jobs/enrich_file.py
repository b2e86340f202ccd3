"""`kentongan enrich`: label a file of posts, without a warehouse."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import duckdb
import pyarrow as pa

from jobs.labelling import Labeller, Without
from jobs.stories import Stories, key_of
from jobs.tables import kind, not_the_same, one_line, scan, unreadable, write
from warehouse.database import batches, value
from warehouse.errors import InputError
from warehouse.records import RAW_SCHEMA

TEXT_COLUMNS = ("text", "full_text", "content", "body", "message", "tweet", "teks", "isi")
_USUAL_TIME = re.compile(r"(?:19|20)\d\d-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:Z|[+-]\d\d:\d\d)?)?", re.ASCII)
AUTHOR_COLUMNS = ("author", "user", "username", "screen_name", "author_id", "user_id")


def enrich_file(
    source: Path, target: Path, labeller: Labeller, *, text_column: str | None, progress: Callable[[int, int], None]
) -> tuple[int, str]:
    """Label a file of posts; the columns that came with it stay, except the author, who becomes `author_key`.

    A column whose name a label needs is kept as `input_NAME`. Returns the number of posts, and the version of the models that labelled
    them. Raises InputError.
    """
    kind(target)
    not_the_same(source, target)
    with duckdb.connect(config={"threads": 1}) as con:  # each thread keeps what it read; labelling takes a hundred times as long
        try:
            rows = scan(source)
            total = int(value(con, f"SELECT count(*) FROM {rows}"))
            reader = batches(con, f"SELECT * FROM {rows}", labeller.settings.enrich.batch)
        except duckdb.Error as error:
            raise unreadable(source, error) from None
        text = _text_column(source, reader.schema.names, text_column)
        labelled = _labelled_batches(source, reader, text, labeller, total, progress)
        first = next(labelled, None)
        if first is None:
            raise InputError(f"{source}: no rows")
        write(pa.RecordBatchReader.from_batches(first.schema, _chain(first, labelled)), target)
    return total, str(first.column("model_version")[0])


def _chain(first: pa.RecordBatch, rest: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    yield first
    yield from rest


def _text_column(source: Path, names: Sequence[str], wanted: str | None) -> str:
    candidates = (wanted,) if wanted else TEXT_COLUMNS
    for name in names:
        if name.lower() in [candidate.lower() for candidate in candidates]:
            return name
    if len(names) == 1 and any(sign in names[0] for sign in ",;\t|"):
        raise InputError(
            f"{source}: no columns can be told apart: its rows have different numbers of cells; the first line is {names[0]!r}"
        )
    raise InputError(f"{source}: no column {' or '.join(candidates)}; it has {', '.join(names)}; name it with --text-column")


def _labelled_batches(
    source: Path, reader: pa.RecordBatchReader, text: str, labeller: Labeller, total: int, progress: Callable[[int, int], None]
) -> Iterator[pa.RecordBatch]:
    done, stories = 0, Stories()
    seen: dict[int, str] = {}
    try:
        for batch, (labels,) in labeller.map(iter(reader), lambda batch: [_raw(batch, text)]):
            names = _ids(labels, done)
            seen |= {key_of(name): name for name in names}
            told, _ = stories.assign(pa.Table.from_batches([labels]), names, partial(_named, seen))
            done += batch.num_rows
            progress(done, total)
            yield _beside(batch, told.combine_chunks().to_batches()[0], text)
    except (duckdb.Error, pa.ArrowInvalid, OSError) as error:
        raise InputError(f"{source}: row {done + 1} or after: {one_line(error)}") from None


def _named(seen: dict[int, str], keys: Collection[int]) -> dict[int, str]:
    return {key: seen[key] for key in keys}


def _ids(labels: pa.RecordBatch, before: int) -> list[str]:
    """The posts' own ids, or where the file has none the number of the row, from 1; `story` refers to them."""
    own = zip(labels.column("source").to_pylist(), labels.column("native_id").to_pylist(), strict=True)
    return [str(row) if number is None else f"{source or ''}:{number}".lstrip(":") for row, (source, number) in enumerate(own, before + 1)]


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
            return pa.array(_moments(column.to_pylist()), kind_of_column)
        return column.cast(kind_of_column)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):  # a column of the same name that means something else is no hint to us
        return pa.nulls(len(column), kind_of_column)


def _moments(written: list[str | None]) -> list[datetime | None]:
    """Times as files write them; what is none becomes None. Most are read without pandas, which takes half a second and 60 MB to load."""
    if all(map(_USUAL_TIME.fullmatch, filter(None, written))):
        with suppress(ValueError):  # there is no 31 February
            read = (datetime.fromisoformat(text) if text else None for text in written)
            return [moment and (moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)) for moment in read]
    with Without.nothing():
        import pandas as pd

        moments = pd.to_datetime(pd.Series(written, dtype=object), utc=True, errors="coerce", format="ISO8601")
    return [None if moment is pd.NaT else moment.floor("us").to_pydatetime() for moment in moments]


def _beside(batch: pa.RecordBatch, labels: pa.RecordBatch, text: str) -> pa.RecordBatch:
    """The input's own columns, then the labels; what could name a person stays behind."""
    people = [name for name in batch.schema.names if name.lower() in AUTHOR_COLUMNS]
    given = [name for name in labels.schema.names if name not in RAW_SCHEMA.names or name == "text"]
    if not people:
        given.remove("author_key")
    kept = [name for name in batch.schema.names if name != text and name not in people]
    names = [f"input_{name}" if name in given else name for name in kept]
    return pa.RecordBatch.from_arrays([*map(batch.column, kept), *map(labels.column, given)], names=[*names, *given])
