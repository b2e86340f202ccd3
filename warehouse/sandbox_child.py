"""The process in which one ad hoc query runs and dies: `python -I -m warehouse.sandbox_child`, started by warehouse/sandbox.py.

Reads one JSON order from stdin, writes the answer as an Arrow IPC stream to stdout, and a last line of JSON to stderr that says how it
went. Imports nothing heavy that it does not need: its start is part of every query.

Fences, from the outside in: the kernel (Landlock: no file but the published ones, none for writing, no network; limits on memory, on
processor time, on written bytes), DuckDB's settings (no files but those of the views, locked), and one statement that reads.
"""

from __future__ import annotations

import json
import os
import re
import resource
import signal
import sys
import time
from pathlib import Path
from typing import Any, Final

if __name__ == "__main__":
    sys.modules["numpy"] = None  # type: ignore[assignment]  # Arrow and DuckDB do without it; a third of the start is its import

import duckdb
import pyarrow as pa

from warehouse.landlock import confine

REFUSED: Final = 3  #: exit status when the query is at fault and the last line says how
_ANSWER: Final = 200_000_000  #: most bytes of an answer; the parent holds it in memory
_BATCH: Final = 2_048  #: rows at a time: DuckDB's own vectors
_HEADROOM: Final = 300_000_000  #: address space beyond the memory limit: stacks, the answer on its way out
_PARQUET: Final = re.compile(r"'((?:[^']|'')*\.parquet)'")
_WHAT: Final = "one query that reads: SELECT, FROM, WITH, VALUES, DESCRIBE, SHOW, SUMMARIZE or EXPLAIN"
_SPACE: Final = r"(?:\s|--[^\n]*(?:\n|$)|/\*(?:[^*]|\*(?!/))*\*/)*"
_OPTIONS: Final = r"ANALYZE\b|\(\s*(?:ANALYZE\s*,\s*)?FORMAT\s+\w+\s*\)|\(\s*ANALYZE\s*\)"
_EXPLAIN: Final = re.compile(rf"{_SPACE}EXPLAIN\b{_SPACE}(?P<options>{_OPTIONS})?", re.IGNORECASE)

#: DuckDB looks up how much memory and how many processors its container has; with its own settings it must not fail there.
_OWN: Final = (Path("/proc/self"), Path("/sys/fs/cgroup"))

_SETTINGS: Final = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "allow_persistent_secrets": "false",
    "python_enable_replacements": "false",
    "temp_directory": "",
    "errors_as_json": "true",
}


class Refused(Exception):
    """The query is at fault."""


def main() -> int:
    """Carry out the order on stdin; the exit status is 0, or REFUSED with {"error": ...} as the last line of stderr."""
    order = json.loads(sys.stdin.buffer.read())
    try:
        report = _carry_out(order)
    except duckdb.OutOfMemoryException:
        return _say({"memory": True}, REFUSED)
    except MemoryError:
        return _say({"memory": True}, REFUSED)
    except (Refused, duckdb.Error) as error:
        return _say({"error": _one_line(error, order["sql"])}, REFUSED)
    except (OSError, pa.ArrowException) as error:  # what goes wrong after the first rows comes through Arrow
        return _say({"memory": True} if "Out of Memory" in str(error) else {"error": _one_line(error, order["sql"])}, REFUSED)
    return _say(report, 0)


def _carry_out(order: dict[str, Any]) -> dict[str, Any]:
    catalog = Path(order["catalog"])
    _limit_process(order["seconds"], order["threads"])
    confine([catalog.parent, *_OWN])  # before DuckDB starts its threads, which inherit the fence
    connection = _connect(catalog, order["memory"], order["threads"])
    _limit_memory(order["memory"])
    started = time.perf_counter()
    sql = _checked(connection, order["sql"])
    truncated = _answer(connection, sql, order["rows"])
    return {"truncated": truncated, "seconds": time.perf_counter() - started}


def _limit_process(seconds: float, threads: int) -> None:
    processor = int(seconds * threads) + 5
    resource.setrlimit(resource.RLIMIT_CPU, (processor, processor))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def _limit_memory(memory: int) -> None:
    """DuckDB's own limit does not see everything, e.g. repeat('x', 4e9); address space does."""
    used = int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE") if sys.platform == "linux" else 0
    most = used + memory + _HEADROOM
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


def _connect(catalog: Path, memory: int, threads: int) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(config={**_SETTINGS, "memory_limit": f"{memory}B", "threads": str(threads)})
    connection.execute(f"ATTACH {_quoted(catalog)} AS published (READ_ONLY)")
    views = connection.execute("SELECT sql FROM duckdb_views() WHERE database_name = 'published' AND NOT internal").fetchall()
    # allowed_paths grants writing, too: hence the statement check and the kernel's fence.
    files = sorted({name.replace("''", "'") for (sql,) in views for name in _PARQUET.findall(sql)})
    connection.execute(f"SET allowed_paths = [{', '.join(map(_quoted, files))}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("USE published")
    connection.execute("SET lock_configuration = true")
    return connection


def _checked(connection: duckdb.DuckDBPyConnection, sql: str) -> str:
    """The query, when it is one statement that reads.

    EXPLAIN ANALYZE carries out what it explains, so that is checked by itself, and an EXPLAIN of our own is put before it: ours and
    DuckDB's reading of where the first EXPLAIN ends need not agree (comments nest).
    """
    statement = _single(connection, sql)
    if statement.type == duckdb.StatementType.EXPLAIN and (prefix := _EXPLAIN.match(sql)):
        explained = sql[prefix.end() :]
        statement = _single(connection, explained)
        own = f"EXPLAIN {prefix['options'] or ''}"
        before = re.sub(r"\S", " ", prefix[0])[: -len(own)]  # so that the lines and columns of messages stay true
        sql = before + own + explained
    if statement.type != duckdb.StatementType.SELECT:
        raise Refused(f"{statement.type.name.replace('_', ' ')} is not allowed here; write {_WHAT}")
    return sql


def _single(connection: duckdb.DuckDBPyConnection, sql: str) -> duckdb.Statement:
    statements = connection.extract_statements(sql)
    if not statements:
        raise Refused(f"there is no query; write {_WHAT}")
    if any(not statement.query for statement in statements):  # DuckDB has split it by itself
        raise Refused("PIVOT must say its columns here: PIVOT ... ON column IN (value, ...)")
    if len(statements) > 1:
        raise Refused(f"{len(statements)} statements; write {_WHAT}")
    return statements[0]


def _answer(connection: duckdb.DuckDBPyConnection, sql: str, most: int) -> bool:
    """Write at most `most` rows to stdout; whether there were more."""
    reader = connection.execute(sql).to_arrow_reader(_BATCH)
    left, written = most, 0
    with pa.ipc.new_stream(sys.stdout.buffer, reader.schema) as stream:
        for batch in reader:
            stream.write_batch(batch.slice(0, left))
            if batch.num_rows > left:
                return True
            left -= batch.num_rows
            written += batch.nbytes
            if written > _ANSWER:
                raise Refused(f"the answer is larger than {_ANSWER // 1_000_000} MB; ask for fewer columns or rows, or aggregate")
    return False


def _one_line(error: Exception, sql: str) -> str:
    """DuckDB's message in one line, with the place in the query."""
    kind, _, rest = str(error).partition(": ")
    try:
        found = json.loads(rest)
    except ValueError:
        return " ".join(str(error).split())
    message = "; ".join(line.strip() for line in found.get("exception_message", rest).splitlines() if line.strip())
    position = found.get("position")
    return f"{kind}: {message}{_place(sql, int(position)) if position is not None else ''}"


def _place(sql: str, position: int) -> str:
    before = sql.encode()[:position].decode("utf-8", "ignore")
    line, column = before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1
    return f" (line {line}, column {column})"


def _quoted(value: Path | str) -> str:
    return "'" + str(value).replace("'", "''") + "'"


def _say(report: dict[str, Any], status: int) -> int:
    sys.stderr.write("\n" + json.dumps(report) + "\n")
    return status


if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)  # nothing is left to tidy up; DuckDB and Python would take their time
