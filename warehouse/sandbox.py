"""Ad hoc SQL over the published catalog, each query in a process of its own that cannot write, reach out, or outlive its time.

DuckDB's own limits are not enough: `repeat('x', 4e9)` minds neither memory_limit nor an interrupt, `EXPLAIN ANALYZE COPY` writes, and
`allowed_paths` grants writing with reading. See warehouse/sandbox_child.py for the fences.
"""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import IO, Any, Final, cast

import pyarrow as pa

from warehouse.errors import NothingPublished, QueryError, damaged_copy
from warehouse.sandbox_child import REFUSED
from warehouse.settings import DataFolder

LONGEST: Final = 100_000  #: characters of a query
_THREADS: Final = 2
_LARGEST: Final = 512_000_000  #: bytes that are taken from a child, whatever it says
_TOGETHER: Final = threading.BoundedSemaphore(2)  #: queries of one process at a time; each may take `sql.memory`


@dataclass(frozen=True, eq=False)
class Answer:
    """The rows of a query; `truncated` when there were more than asked for; `seconds` that it ran, without the start of its process."""

    table: pa.Table
    truncated: bool
    seconds: float


def run_query(folder: DataFolder, sql: str, *, timeout: timedelta, memory: int, rows: int) -> Answer:
    """Run one SELECT, EXPLAIN, DESCRIBE, SHOW or SUMMARIZE on the newest published copy; times are in UTC.

    timeout: longest run of all, its wait for a turn and its start included. memory: bytes. rows: most rows of the answer.
    Raises QueryError (what was wrong, in one line, with line and column) and NothingPublished.
    """
    if len(sql) > LONGEST:
        raise QueryError(f"the query has {len(sql):,} characters; the most is {LONGEST:,}")
    if not folder.catalog.exists():
        raise NothingPublished(f"{folder.catalog}: nothing has been published yet; start the worker (kentongan serve)")
    deadline = time.monotonic() + timeout.total_seconds()
    if not _TOGETHER.acquire(timeout=timeout.total_seconds()):
        raise QueryError(f"other queries are running and none ended within {_seconds(timeout)}; try again")
    try:
        order = {"catalog": str(folder.catalog), "sql": _utf8(sql), "memory": memory, "rows": rows, "threads": _THREADS}
        ended = _Child(order | {"seconds": timeout.total_seconds()}).run(deadline)
    finally:
        _TOGETHER.release()
    if ended is None:
        raise QueryError(f"the query was stopped: it ran longer than {_seconds(timeout)}; narrow it to fewer days, or aggregate")
    status, out, err = ended
    try:
        return _read(status, out, err, memory)
    except QueryError as error:
        if (told := damaged_copy(folder.catalog, str(error))) is None:
            raise
        raise QueryError(told) from None


def _read(status: int, out: bytes, err: bytes, memory: int) -> Answer:
    if status in (-signal.SIGXCPU, -signal.SIGKILL):
        raise QueryError("the query was stopped: it used too much processor time or memory; narrow it to fewer days, or aggregate")
    if status == 1:
        raise RuntimeError(f"the process of a query failed: {err.decode('utf-8', 'replace')[-2_000:]}")
    if status not in (0, REFUSED):  # a failed allocation ends in abort() or a crash
        raise QueryError(
            f"the query broke its process ({_status(status)}): it most likely needed more than {memory / 1e6:,.0f} MB of memory"
        )
    report: dict[str, Any] = json.loads(err.decode("utf-8", "replace").rstrip().rpartition("\n")[2])
    if "memory" in report:
        raise QueryError(f"the query needs more than {memory / 1e6:,.0f} MB of memory; narrow it to fewer days, or aggregate")
    if status == REFUSED:
        raise QueryError(report["error"])
    return Answer(pa.ipc.open_stream(out).read_all(), report["truncated"], report["seconds"])


class _Child:
    """One process for one query."""

    def __init__(self, order: dict[str, Any]) -> None:
        self._order = json.dumps(order).encode()

    def run(self, deadline: float) -> tuple[int, bytes, bytes] | None:
        """(exit status, stdout, stderr); None when it was killed at the deadline."""
        process = subprocess.Popen(
            [sys.executable, "-I", "-m", "warehouse.sandbox_child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=_environment(),
            cwd="/",
            start_new_session=True,
        )
        with process:
            try:
                _hand_over(cast(IO[bytes], process.stdin), self._order)
                heard = _listen(cast(IO[bytes], process.stdout), cast(IO[bytes], process.stderr), deadline)
                if heard is None:
                    return None
                return process.wait(max(0.1, deadline - time.monotonic())), *heard
            except subprocess.TimeoutExpired:
                return None
            finally:
                process.kill()


def _environment() -> dict[str, str]:
    """No secrets: only what a Python needs to find its libraries, and one thread for libraries that are not used."""
    kept = {name: os.environ[name] for name in ("LD_LIBRARY_PATH", "SYSTEMROOT") if name in os.environ}
    return kept | {"LC_ALL": "C.UTF-8", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2"}


def _hand_over(pipe: IO[bytes], order: bytes) -> None:
    try:
        pipe.write(order)
        pipe.close()
    except BrokenPipeError:
        return  # it died at once: its exit status says more


def _listen(out: IO[bytes], err: IO[bytes], deadline: float) -> tuple[bytes, bytes] | None:
    """What the child says until it closes both pipes; None at the deadline. Raises QueryError when it says too much."""
    heard = {out.fileno(): bytearray(), err.fileno(): bytearray()}
    with selectors.DefaultSelector() as selector:
        for number in heard:
            selector.register(number, selectors.EVENT_READ)
        while selector.get_map():
            if deadline <= time.monotonic():
                return None
            for key, _ in selector.select(deadline - time.monotonic()):
                chunk = os.read(key.fd, 1 << 20)
                heard[key.fd] += chunk
                if not chunk:
                    selector.unregister(key.fd)
            if sum(map(len, heard.values())) > _LARGEST:
                raise QueryError(f"the answer is larger than {_LARGEST // 1_000_000} MB")
    return bytes(heard[out.fileno()]), bytes(heard[err.fileno()])


def _utf8(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")


def _status(status: int) -> str:
    return signal.Signals(-status).name if status < 0 else f"status {status}"


def _seconds(span: timedelta) -> str:
    return f"{span.total_seconds():g} s"
