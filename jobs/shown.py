"""How the command line shows things: progress, tables, and the one line of an error."""

from __future__ import annotations

import csv
import json
import math
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import IO, Any

import pyarrow as pa
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from jobs.progress import Progress as Tell

errors = Console(stderr=True, highlight=False, soft_wrap=True)


def say(message: str) -> None:
    """A line for the person at the terminal, on standard error, so that standard output stays data."""
    errors.print(Text(message))


@contextmanager
def progress_bar(title: str) -> Iterator[Tell]:
    """A bar on standard error while the block runs; nothing where standard error is no terminal."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=errors, transient=True, disable=not errors.is_terminal) as bar:
        task = bar.add_task(title, total=None)

        def tell(done: int, total: int | None, message: str) -> None:
            bar.update(task, completed=done, total=total, description=f"{title} {message}"[:60])

        yield tell


def print_table(table: pa.Table, form: str, out: IO[str] | None = None) -> None:
    """Print a result as csv, json (one array of objects) or table. Times are ISO 8601 in UTC."""
    out = out or sys.stdout
    if form == "json":
        json.dump(_as_json(table.to_pylist()), out, ensure_ascii=False, default=_plain, allow_nan=False)
        out.write("\n")
    elif form == "csv":
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(table.column_names)
        writer.writerows([_cell(value) for value in row.values()] for row in table.to_pylist())
    else:
        shown = Table(box=None, pad_edge=False, header_style="bold")
        for field in table.schema:
            number = pa.types.is_integer(field.type) or pa.types.is_floating(field.type)
            shown.add_column(Text(field.name), justify="right" if number else "left", overflow="fold")
        for row in table.to_pylist():
            shown.add_row(*(Text(_cell(value)) for value in row.values()))
        Console(file=out, width=None if out.isatty() else 200).print(shown)


def _as_json(value: Any) -> Any:
    """JSON has no NaN and no infinity: readers other than Python's refuse them, so they are null."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, pa.MonthDayNano):  # a tuple, which JSON would take for a list
        return _interval(value)
    if isinstance(value, dict):
        return {key: _as_json(one) for key, one in value.items()}
    return [_as_json(one) for one in value] if isinstance(value, list) else value


def _interval(value: pa.MonthDayNano) -> str:
    """As DuckDB reads and writes it: `1 month 2 days 03:04:05.5`."""
    clock = timedelta(microseconds=value.nanoseconds // 1_000)
    parts = [
        f"{number} {name}{'' if abs(number) == 1 else 's'}" for number, name in ((value.months, "month"), (value.days, "day")) if number
    ]
    if clock or not parts:
        parts.append(f"-{-clock}" if clock < timedelta() else str(clock))
    return " ".join(parts)


def _plain(value: Any) -> Any:
    if isinstance(value, pa.MonthDayNano):
        return _interval(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False, default=_plain)
    return value if isinstance(value, str) else str(_plain(value))
