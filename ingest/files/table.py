"""The importer of any table (CSV, TSV, workbook, Parquet), and the base of those whose columns a tool has fixed."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from types import MappingProxyType
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from ingest.files.base import Context, Rejected
from ingest.files.columns import KNOWN, NAMES, chosen, find, same_names, shown
from ingest.files.moments import Clock, has_order, order_of
from ingest.files.packed import Packed
from ingest.files.rows import PostMaker
from ingest.files.sample import Sample
from ingest.files.tables import Table, open_table
from warehouse.errors import InputError
from warehouse.records import Post

_GLANCE = 200  #: dates that tell whether the order of day and month must be asked of the whole column


class TableImporter:
    """A table whose columns are known by name. A subclass says which (`known`) and may mend the values of a row (`values`)."""

    name: ClassVar[str]
    title: ClassVar[str]
    expected: ClassVar[str]
    kinds: ClassVar[Collection[str]] = ("text", "xlsx")
    known: ClassVar[Mapping[str, Sequence[str]]] = KNOWN
    alternatives: ClassVar[bool] = False  #: whether a cell that is empty is looked for in the field's other columns
    zone: ClassVar[str | None] = None  #: zone in which the tool writes times that carry none; None: the configured one

    def sniff(self, sample: Sample) -> float:
        raise NotImplementedError

    def values(self, values: dict[str, Any]) -> dict[str, Any]:
        """A last hand on the values of one row, by field."""
        return values

    def read(self, file: Packed, context: Context) -> Iterator[Post | Rejected]:
        """Judge header and dates now, so that a file that is wrong as a whole is refused before anything is stored; then go row by row."""
        table = open_table(file, context.options.encoding, self.names() | {name.lower() for name in context.options.column_map.values()})
        columns = self._columns(table, context)
        maker = PostMaker(context, self._clock(table, columns, context), time_of_undated(file, columns, context))
        return self._posts(table, columns, maker)

    def names(self) -> frozenset[str]:
        return frozenset(name for names in self.known.values() for name in names)

    def _columns(self, table: Table, context: Context) -> dict[str, tuple[int, ...]]:
        where = str(table.file.path)
        named = chosen(table.header, context.options.column_map, where)
        taken = {at for places in named.values() for at in places}
        known = find(table.header, self.known, all_of_them=self.alternatives)
        columns = {field: free for field, places in known.items() if (free := tuple(at for at in places if at not in taken))} | named
        if not {"text", "title"} & columns.keys():
            raise InputError(f"{where}: no column that holds the text; say --column text=NAME, one of {shown(table.header)}")
        for told in same_names(table.header, {at for places in columns.values() for at in places}):
            context.note(f"{where}: {told}")
        return columns

    def _clock(self, table: Table, columns: Mapping[str, tuple[int, ...]], context: Context) -> Clock:
        form, (at, *_) = context.options.date_format, columns.get("created_at", (None,))
        if form is None and at is not None and any(has_order(value) for value in islice(_dates(table, at), _GLANCE)):
            form = order_of(_dates(table, at), f"{table.file.path}: --column created_at={table.header[at]}")
        return Clock(ZoneInfo(self.zone or context.options.zone), form)

    def _posts(self, table: Table, columns: Mapping[str, tuple[int, ...]], maker: PostMaker) -> Iterator[Post | Rejected]:
        width = len(table.header)
        for row in table.rows({at for places in columns.values() for at in places}):
            if isinstance(row, Rejected):
                yield row
                continue
            line, cells = row
            if width == 1 and len(cells) > 1:
                cells = [table.delimiter.join(str(cell) for cell in cells)]
            if len(cells) > width and any(cells[width:]):
                yield maker.reject(line, f"{len(cells)} values where the header names {width}", cells[width])
                continue
            found = ((field, cells[at]) for field, places in columns.items() for at in reversed(places) if at < len(cells))
            yield maker.make(line, self.values({field: value for field, value in found if value not in (None, "")}))


def _dates(table: Table, at: int) -> Iterator[str]:
    for row in table.rows([at]):
        if not isinstance(row, Rejected) and at < len(row[1]) and isinstance(row[1][at], str):
            yield row[1][at]


def time_of_undated(file: Packed, columns: Collection[str], context: Context) -> datetime | None:
    """The time of posts of a file that has no times at all: the file's own, unless a person said another; told in a note."""
    if "created_at" in columns or context.options.date:
        return context.options.date
    modified = datetime.fromtimestamp(file.path.stat().st_mtime, UTC)
    moment = modified if modified.year >= 1990 and modified <= context.now + timedelta(days=1) else context.now
    context.note(f"{file.path}: no column holds a time; all posts are dated {moment:%Y-%m-%d}, the file's own date; --date sets another")
    return moment


def with_clock(values: dict[str, Any]) -> dict[str, Any]:
    """Join date and time of day where a table has them in two columns (`created_at` and `clock`)."""
    clock, date = values.pop("clock", None), values.get("created_at")
    if clock is None or date is None or ":" in str(date):
        return values
    day = date.date().isoformat() if isinstance(date, datetime) else str(date)
    return values | {"created_at": f"{day} {clock}"}


class AnyTable(TableImporter):
    """A table whose columns are named as people name them, or named by the person who imports it."""

    name = "table"
    title = "CSV, TSV, Excel or Parquet"
    expected = "a table with a header and a column of text"
    kinds = ("text", "xlsx", "parquet")
    known = MappingProxyType({**KNOWN, "clock": ("time", "jam", "pukul")})

    def values(self, values: dict[str, Any]) -> dict[str, Any]:
        return with_clock(values)

    def sniff(self, sample: Sample) -> float:
        if sample.kind == "text" and (sample.keys or not sample.rows):
            return 0.0
        columns = sample.columns(NAMES)
        if columns & set(KNOWN["text"]) | columns & set(KNOWN["title"]):
            return 0.4
        return 0.1 if sample.kind != "text" or len(columns) > 1 else 0.02
