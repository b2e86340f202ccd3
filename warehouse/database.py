"""The few things that DuckDB versions, threads and drivers do differently, in one place.

Reading: `arrow`, `rows`, `frame` and `value` work on DuckDB 1.5 and 2.0 alike. Elsewhere do not use `.arrow()`, `.pl()` and
`fetch_arrow_table` (gone in 2.0), `fetchone` (leaves the connection busy in 2.0), `.df()` (warns with pandas 3), or `fetchall()` on a
TIMESTAMPTZ column (needs pytz).
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa

if TYPE_CHECKING:  # the worker needs no pandas, which takes longer to load than DuckDB
    import pandas as pd

Connection = duckdb.DuckDBPyConnection
Parameters = Sequence[Any] | Mapping[str, Any] | None


def connect(path: Path | str, *, read_only: bool = False) -> Connection:
    """Open a DuckDB file with UTC as the session's time zone, so that no answer depends on the machine's zone."""
    con = duckdb.connect(str(path), read_only=read_only)
    con.execute("SET TimeZone = 'UTC'")
    return con


def arrow(con: Connection, sql: str, params: Parameters = None) -> pa.Table:
    """The answer of one SELECT as an Arrow table; TIMESTAMPTZ columns are timestamp[us, tz=UTC]."""
    if not hasattr(con, "to_arrow_table"):
        return con.sql(sql, params=params).to_arrow_table()
    # twice as fast as the line above for small answers, which it plans several times
    return con.execute(sql, params).to_arrow_table()


def batches(con: Connection, sql: str, size: int) -> pa.RecordBatchReader:
    """The answer of one SELECT as a stream of Arrow batches of about `size` rows, for what may be larger than memory."""
    return con.sql(sql).to_arrow_reader(size)


def rows(con: Connection, sql: str, params: Parameters = None) -> list[dict[str, Any]]:
    """The answer of one SELECT as a list of dicts; times are aware datetimes in UTC."""
    return arrow(con, sql, params).to_pylist()


def frame(con: Connection, sql: str, params: Parameters = None) -> pd.DataFrame:
    """The answer of one SELECT as a pandas frame; times are datetime64[us, UTC]."""
    return arrow(con, sql, params).to_pandas()


def value(con: Connection, sql: str, params: Parameters = None) -> Any:
    """The first column of the first row, or None without a row. Times do not pass here (see above); counts, dates and texts do.

    Fetches everything: DuckDB 2.0 refuses to go on with a connection whose last answer was read by half, as `fetchone` does.
    """
    found = con.execute(sql, params).fetchall()
    return found[0][0] if found else None


def quoted(value: str | Path) -> str:
    """A string as an SQL literal, for the statements that take no parameters (COPY, ATTACH, COMMENT, CREATE VIEW)."""
    return "'" + str(value).replace("'", "''") + "'"


@dataclass(slots=True)
class _Guard:
    lock: threading.RLock = field(default_factory=threading.RLock)
    depth: int = 0


_guards: dict[int, _Guard] = {}
_registry = threading.Lock()


@contextmanager
def transaction(con: Connection) -> Iterator[Connection]:
    """All or nothing: commit at the end, roll back on any exception.

    Nests: an inner block joins the outer one (DuckDB aborts a transaction in which BEGIN is said twice). Other threads wait, because
    one connection has one transaction.
    """
    guard = _guard(con)
    with guard.lock:
        if guard.depth:
            yield con
            return
        con.execute("BEGIN TRANSACTION")
        guard.depth = 1
        try:
            yield con
            con.execute("COMMIT")
        except BaseException:
            _roll_back(con)
            raise
        finally:
            guard.depth = 0


@contextmanager
def exclusive(con: Connection) -> Iterator[Connection]:
    """Keep other threads from writing over this connection, without a transaction: for work that consists of several."""
    with _guard(con).lock:
        yield con


def in_transaction(con: Connection) -> bool:
    """Whether this connection is inside `transaction`."""
    return _guard(con).depth > 0


def _guard(con: Connection) -> _Guard:
    with _registry:
        return _guards.setdefault(id(con), _Guard())


def _roll_back(con: Connection) -> None:
    try:
        con.execute("ROLLBACK")
    except duckdb.Error as error:
        # A COMMIT that failed has already ended the transaction; anything else must be heard.
        if "no transaction is active" not in str(error):
            raise


def forget(con: Connection) -> None:
    """Drop what `transaction` remembers of a connection that is being closed."""
    with _registry:
        _guards.pop(id(con), None)
