"""The beginning of a file, looked at once for all importers to judge."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import pyarrow.parquet as pq

from ingest.files.jsons import TOO_DEEP, too_deep
from ingest.files.packed import Packed
from ingest.files.records import delimiter_of
from ingest.files.text import decode_errors, encoding_of, known_encoding
from warehouse.errors import InputError

BYTES = 1 << 18
FURTHER = 8_000_000  #: bytes more that are looked at where the first JSON object does not end sooner
_BEFORE_JSON = b"\xef\xbb\xbf \t\r\n"
PREAMBLE = 25  #: rows before the header that are looked through


@dataclass(frozen=True, slots=True)
class Sample:
    """kind: text, xlsx or parquet. text: the first characters. rows: the first rows as a table. objects: the first JSON objects, where
    lines (or a list) hold such; keys: names of their keys, or of all keys seen where not even the first object fits the sample."""

    kind: str
    text: str = ""
    rows: Sequence[Sequence[str]] = ()
    objects: Sequence[dict[str, Any]] = ()
    keys: frozenset[str] = field(default_factory=frozenset)

    def columns(self, known: Collection[str]) -> frozenset[str]:
        """Names of the columns, lower-cased: the row with most names of `known` among the first ones."""
        return frozenset(plain(cell) for cell in self.rows[header_row(self.rows, known)]) if self.rows else frozenset()


def plain(name: object) -> str:
    """A column's name as it is compared: lower case, one space between words."""
    return " ".join(str(name or "").replace("\ufeff", "").lower().split())


def header_row(rows: Sequence[Sequence[object]], known: Iterable[str]) -> int:
    """Index of the row that has most of the known (plain) column names; the first of equals."""
    names = set(known)
    scores = [sum(plain(cell) in names for cell in row) for row in rows]
    return scores.index(max(scores, default=0)) if scores else 0


def take(file: Packed, encoding: str | None) -> Sample:
    """Look at the beginning of a file. Raises InputError when nothing can be made of it."""
    if file.kind == "parquet":
        return Sample("parquet", rows=[_parquet_columns(file)])
    if file.kind == "xlsx":
        return Sample("xlsx", rows=_workbook_rows(file))
    with file.unpacked() as stream:
        head = stream.read(BYTES)
        is_json = head.lstrip(_BEFORE_JSON)[:1] in (b"{", b"[")
        further = stream.read(FURTHER) if is_json else b""
    if head.startswith((b"PK\x03\x04", b"PAR1")):
        raise InputError(f"{file.path}: a workbook, zip or Parquet file packed once more; unpack it first")
    name = known_encoding(encoding) if encoding else encoding_of(head)
    text = head.decode(name, decode_errors(name)).replace("\x00", "").removeprefix("\ufeff")
    whole = len(head) < BYTES
    objects = _objects(text, whole) or (_objects((head + further).decode(name, decode_errors(name)), whole) if further else [])
    if is_json and not objects and too_deep([head, further]):
        raise InputError(f"{file.path}: {TOO_DEEP}; not a file of posts")
    keys = frozenset(key for found in objects for key in found) or frozenset(re.findall(r'"([A-Za-z_]\w{0,60})"\s*:', text))
    return Sample("text", text, _text_rows(text), objects, keys if text.lstrip()[:1] in ("{", "[") else frozenset())


def _text_rows(text: str) -> list[list[str]]:
    lines = islice(io.StringIO(text, newline=""), PREAMBLE * 20)
    rows: list[list[str]] = []
    for row in csv.reader(lines, delimiter=delimiter_of(text)):
        rows += [row] if any(row) else []
        if len(rows) >= PREAMBLE:
            break
    return rows


def _objects(text: str, whole: bool) -> list[dict[str, Any]]:
    """JSON objects of the first lines; the last line of a sample that is not the whole file is cut and left out."""
    if text.lstrip()[:1] == "[":
        return _of_list(text.lstrip())
    lines = list(islice(io.StringIO(text, newline=""), 60))
    whole = whole or len(lines) == 60
    found = []
    for line in (lines if whole else lines[:-1])[:50]:
        try:
            value = json.loads(line) if line.lstrip()[:1] == "{" else None
        except (ValueError, RecursionError):
            value = None
        found += [value] if isinstance(value, dict) else []
    return found


def _of_list(text: str) -> list[dict[str, Any]]:
    begin = re.match(r"\[\s*", text)
    try:
        value, _ = json.JSONDecoder().raw_decode(text, begin.end() if begin else 1)
    except (ValueError, RecursionError):
        return []
    return [value] if isinstance(value, dict) else []


def _parquet_columns(file: Packed) -> list[str]:
    try:
        return list(pq.read_schema(file.path).names)
    except Exception as error:  # noqa: BLE001 a hostile footer raises whatever Arrow's readers raise
        raise file.broken(error) from None


def _workbook_rows(file: Packed) -> list[list[str]]:
    import openpyxl  # only spreadsheets need it

    try:
        book = openpyxl.load_workbook(file.path, read_only=True, data_only=True)
        try:
            sheet = book.worksheets[0]
            sheet.reset_dimensions()
            cells = sheet.iter_rows(max_row=PREAMBLE, values_only=True)
            return [["" if cell is None else str(cell)[:1000] for cell in row[:1000]] for row in cells]
        finally:
            book.close()
    except Exception as error:  # noqa: BLE001 a hostile workbook raises whatever its readers raise
        raise file.broken(error) from None
