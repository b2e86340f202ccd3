"""`kentongan detect`: run a detector over a table of counts, without a warehouse."""

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from analytics.detect.base import Detector
from jobs.tables import kind, not_the_same, scan, unreadable, write
from warehouse.database import arrow
from warehouse.errors import InputError


def detect_file(source: Path, target: Path, detector: Detector) -> int:
    """Run a detector over a wide table (a date column, one column a series) or a long one (date, series, count).

    Writes series, date, observed, expected, upper, pvalue, alarm, one row a series and date. Missing dates are gaps, not zeros.
    Returns the number of alarms. Raises InputError naming line, column and value.
    """
    kind(target)
    counts = read_counts(source)
    not_the_same(source, target)
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
            table = arrow(con, f"SELECT * FROM {scan(source)}").to_pandas()
        except duckdb.Error as error:
            raise unreadable(source, error) from None
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
