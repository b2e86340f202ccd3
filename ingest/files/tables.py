"""Files that are one table, whatever they are stored as: delimited text, a workbook, Parquet."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import pyarrow.parquet as pq

from ingest.files.base import Rejected
from ingest.files.packed import Packed
from ingest.files.records import delimiter_of, read_rows
from ingest.files.sample import BYTES, PREAMBLE, header_row
from ingest.files.text import opened
from warehouse.errors import InputError

_BATCH = 2_000  #: rows of Parquet that are held at a time
_WIDEST = 5_000  #: columns

Cells = tuple[int, Sequence[Any]]  #: line (text) or row (others, from 1), and the values


@dataclass(frozen=True)
class Table:
    """header: names of the columns as written. begin: index of the first row below it."""

    file: Packed
    encoding: str | None
    header: Sequence[str]
    begin: int
    delimiter: str = ","

    def rows(self, needed: Collection[int] = ()) -> Iterator[Cells | Rejected]:
        """All rows below the header, from the beginning each time it is called; Parquet fills the needed columns alone."""
        if self.file.kind == "parquet":
            return _parquet(self.file, sorted(needed) or range(len(self.header)), len(self.header))
        if self.file.kind == "xlsx":
            return _workbook(self.file, self.begin)
        return islice(_delimited(self.file, self.encoding, self.delimiter), self.begin, None)


def open_table(file: Packed, encoding: str | None, known: Collection[str]) -> Table:
    """Find the header: the row with most of the known column names among the first ones. Raises InputError when there is no table."""
    delimiter = ","
    if file.kind == "parquet":
        return Table(file, None, _parquet_columns(file), 0)
    if file.kind != "xlsx":
        with opened(file, encoding) as stream:
            delimiter = delimiter_of(stream.read(BYTES))
    source = _workbook(file, 0) if file.kind == "xlsx" else _delimited(file, encoding, delimiter)
    head = list(islice(source, PREAMBLE))
    rows = [[] if isinstance(row, Rejected) else ["" if cell is None else cell for cell in row[1]] for row in head]
    if not any(rows):
        raise InputError(f"{file.path}: no rows in it")
    at = header_row(rows, known)
    if len(rows[at]) > _WIDEST:
        raise InputError(f"{file.path}: {len(rows[at]):,} columns; at most {_WIDEST:,} are read")
    return Table(file, encoding, [str(cell)[:200] for cell in rows[at]], at + 1, delimiter)


def _delimited(file: Packed, encoding: str | None, delimiter: str) -> Iterator[Cells | Rejected]:
    with opened(file, encoding) as stream:
        yield from read_rows(stream, delimiter)


def _workbook(file: Packed, begin: int) -> Iterator[Cells | Rejected]:
    """Rows of the first sheet that has any; numbered as in the spreadsheet."""
    import openpyxl  # only spreadsheets need it

    try:
        book = openpyxl.load_workbook(file.path, read_only=True, data_only=True)
        try:
            for sheet in book.worksheets:
                sheet.reset_dimensions()
                rows = enumerate(sheet.iter_rows(values_only=True), start=1)
                filled = ((number, row) for number, row in rows if any(cell is not None for cell in row))
                if (first := next(filled, None)) is not None:
                    yield from islice((row for part in ([first], filled) for row in part), begin, None)
                    return
        finally:
            book.close()
    except (GeneratorExit, InputError):
        raise
    except Exception as error:  # noqa: BLE001 a hostile workbook raises whatever its readers raise
        raise file.broken(error) from None


def _parquet_columns(file: Packed) -> list[str]:
    try:
        return [str(name) for name in pq.read_schema(file.path).names]
    except Exception as error:  # noqa: BLE001 a hostile file raises whatever Arrow's readers raise
        raise file.broken(error) from None


def _parquet(file: Packed, needed: Sequence[int], width: int) -> Iterator[Cells]:
    number = 0
    try:
        with pq.ParquetFile(file.path) as parquet:
            total = max(parquet.metadata.num_rows, 1)
            names = [parquet.schema_arrow.names[position] for position in needed]
            for batch in parquet.iter_batches(_BATCH, columns=names):
                columns = [batch.column(batch.schema.get_field_index(name)).to_pylist() for name in names]
                for values in zip(*columns, strict=True):
                    number += 1
                    cells: list[Any] = [None] * width
                    for position, value in zip(needed, values, strict=True):
                        cells[position] = value
                    yield number, cells
                file.tell(file.size * number // total)
    except (GeneratorExit, InputError):
        raise
    except Exception as error:  # noqa: BLE001 a hostile file raises whatever Arrow's readers raise
        raise file.broken(error) from None
