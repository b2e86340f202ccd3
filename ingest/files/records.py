"""Delimited text (CSV, TSV and their kin) to rows, robust against what people's tools write.

The delimiter is judged by which one cuts the first rows most evenly. A quote that is opened and never closed would swallow the rest of
the file; its row is rejected instead, and reading goes on with the next line.
"""

from __future__ import annotations

import csv
import io
from collections import Counter, deque
from collections.abc import Iterator
from itertools import islice
from typing import IO

from ingest.files.base import Rejected
from ingest.files.text import lines

LARGEST_FIELD = 8_000_000  #: characters
MOST_LINES = 2_000  #: lines of one row (a quoted text may have line ends)
DELIMITERS = (",", ";", "\t", "|")

csv.field_size_limit(max(csv.field_size_limit(), LARGEST_FIELD))  # the module's own limit is less than some articles

Row = tuple[int, list[str]]  #: number of the line where it begins, and its cells


def delimiter_of(sample: str) -> str:
    """The delimiter that cuts the sample's rows into the same number of cells most consistently; a comma where there is none."""
    head = sample.split("\n", 1)[0].strip().strip('"')
    if head.lower().startswith("sep=") and len(head) == 5:
        return head[4]
    return max(DELIMITERS, key=lambda delimiter: _evenness(sample, delimiter))


def _evenness(sample: str, delimiter: str) -> tuple[float, int]:
    reader = csv.reader(islice(io.StringIO(sample, newline=""), 200), delimiter=delimiter)
    rows = [row for row in islice(reader, 60) if row]
    widths = Counter(len(row) for row in rows if len(row) > 1)
    if not widths:
        return 0.0, 0
    width, rows_of_it = widths.most_common(1)[0]
    return rows_of_it / len(rows), width


class _Unclosed(Exception):
    """A quoted cell runs past every bound."""


class _Lines:
    """Feeds a csv reader line by line and remembers the lines of the current row, so that they can be read again."""

    def __init__(self, stream: IO[str]) -> None:
        self._fresh = lines(stream)
        self._again: deque[tuple[int, str | None]] = deque()
        self.row: list[tuple[int, str | None]] = []
        self._size = 0

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        number, line = self._again.popleft() if self._again else next(self._fresh, (0, ""))
        if not number and not self.row:
            raise StopIteration
        self._size += len(line or "")
        if not number or line is None or len(self.row) >= MOST_LINES or self._size > LARGEST_FIELD:
            if number:
                self.row.append((number, line))
            raise _Unclosed
        self.row.append((number, line))
        return line

    def begin(self) -> None:
        self.row, self._size = [], 0

    def give_back(self) -> None:
        """Read all but the first line of the current row once more."""
        self._again.extendleft(reversed(self.row[1:]))


def read_rows(stream: IO[str], delimiter: str) -> Iterator[Row | Rejected]:
    """Rows with their line numbers; blank lines are left out, what cannot be a row is rejected."""
    source = _Lines(stream)
    reader = csv.reader(source, delimiter=delimiter)
    while True:
        source.begin()
        try:
            row = next(reader)
        except StopIteration:
            return
        except (_Unclosed, csv.Error):
            number, line = source.row[0]
            source.give_back()
            yield Rejected(
                number, "the line is too long" if line is None else "a quote is opened and not closed", (line or "")[:200].strip()
            )
            continue
        if _swallowed(source.row, len(row), delimiter):
            number, line = source.row[0]
            source.give_back()
            yield Rejected(number, "a quote is opened and closed in another row", (line or "")[:200].strip())
        elif any(row):
            yield source.row[0][0], row


def _swallowed(written: list[tuple[int, str | None]], cells: int, delimiter: str) -> bool:
    """Whether a row of several lines is several rows, of which the first opens a quote and a later one has a stray quote that closes it.

    Such a quote is followed by something else than a delimiter, and one of the lines is a whole row by itself.
    """
    if len(written) < 2:
        return False
    texts = [line or "" for _, line in written]
    try:
        next(csv.reader(texts, delimiter=delimiter, strict=True))
    except csv.Error:
        return any(len(next(csv.reader([text], delimiter=delimiter), ())) >= max(cells, 2) for text in texts[1:])
    return False
