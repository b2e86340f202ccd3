"""Ad hoc SQL: what it may do, what it may not, and that nothing is left changed by those who try."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sample_catalog import NOW, POSTS, Sample, enriched, published

from warehouse import landlock, publish, sandbox, sandbox_child, write
from warehouse.errors import NothingPublished, QueryError
from warehouse.sandbox import Answer, run_query
from warehouse.settings import DataFolder, Settings
from warehouse.store import Warehouse

MEMORY = 300_000_000


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> DataFolder:
    return published(DataFolder(tmp_path_factory.mktemp("sandbox") / "it's data"))


def ask(folder: DataFolder, sql: str, *, seconds: float = 20, memory: int = MEMORY, rows: int = 1_000) -> Answer:
    return run_query(folder, sql, timeout=timedelta(seconds=seconds), memory=memory, rows=rows)


def _fingerprint(folder: DataFolder) -> dict[str, str]:
    files = sorted(path for path in folder.root.rglob("*") if path.is_file())
    return {str(path.relative_to(folder.root)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


# ---- what it is for


def test_an_analyst_gets_rows_with_their_types(folder: DataFolder) -> None:
    answer = ask(
        folder,
        """select lang, count(*) AS n, max(created_at) AS last, list(DISTINCT source) AS sources
        from posts where deleted_at is null group by 1 order by 1""",
    )
    assert answer.table.column_names == ["lang", "n", "last", "sources"]
    assert answer.table.schema.field("last").type == pa.timestamp("us", tz="UTC")
    assert [(row["lang"], row["n"], row["sources"]) for row in answer.table.to_pylist()] == [("en", 38, ["toots"]), ("id", 113, ["feed"])]
    assert not answer.truncated


@pytest.mark.parametrize(
    "sql",
    [
        "DESCRIBE posts",
        "SUMMARIZE topics",
        "EXPLAIN ANALYZE SELECT count(*) FROM posts",
        "PIVOT daily_counts ON lang IN ('id', 'en') USING sum(posts) GROUP BY day;  -- done",
    ],
)
def test_other_ways_to_read_work_too(folder: DataFolder, sql: str) -> None:
    assert ask(folder, sql).table.num_rows > 0


def test_a_long_answer_is_cut_and_says_so(folder: DataFolder) -> None:
    answer = ask(folder, "FROM range(100_000_000)", rows=5_000)
    assert (answer.table.num_rows, answer.truncated) == (5_000, True)
    exact = ask(folder, "FROM range(5_000)", rows=5_000)
    assert (exact.table.num_rows, exact.truncated) == (5_000, False)


def test_a_query_without_rows_still_has_its_columns(folder: DataFolder) -> None:
    assert ask(folder, "SELECT topic FROM topics WHERE false").table.column_names == ["topic"]


def test_before_anything_is_published_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(NothingPublished, match="nothing has been published yet"):
        ask(DataFolder(tmp_path), "SELECT 1")


def test_queries_are_answered_while_the_worker_publishes(tmp_path: Path) -> None:
    folder, done = published(DataFolder(tmp_path / "data")), threading.Event()

    def read() -> list[int]:
        found = []
        while not done.is_set() or not found:
            found.append(ask(folder, "SELECT count(*) AS n FROM posts WHERE deleted_at IS NULL").table["n"][0].as_py())
        return found

    with ThreadPoolExecutor(2) as pool:
        reading = [pool.submit(read) for _ in range(2)]
        with Warehouse.open(folder, Settings()) as wh:
            for number in range(2):
                late = Sample("feed", f"late{number}", NOW, f"kabar {number}", ("dbd",), (), "id", "neutral", "other")
                write.commit(wh, source="feed", query="q", enriched=enriched([late]), deletions=[], checkpoint=None, now=NOW)
                publish.publish(wh, NOW + timedelta(seconds=number))
        done.set()
        counts = [count for turns in reading for count in turns.result()]
    assert set(counts) <= set(range(len(POSTS), len(POSTS) + 3))


# ---- messages


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        (
            "SELECT 'é',\n  nope FROM posts",
            r'Binder Error: Referenced column "nope" not found .*; Candidate bindings: .* \(line 2, column 3\)',
        ),
        ("explain  -- why\nanalyze select nope from posts", r"\(line 2, column 16\)"),
        ("SELECT (CASE i WHEN 50_000 THEN 'a' ELSE '1' END)::INT FROM range(99_999) t(i)", r"Could not convert string 'a' to INT32"),
    ],
)
def test_a_mistake_is_told_in_one_line_with_its_place(folder: DataFolder, sql: str, message: str) -> None:
    with pytest.raises(QueryError, match=message) as caught:
        ask(folder, sql)
    assert "\n" not in str(caught.value)


# ---- one statement that reads


def test_a_very_long_query_is_refused_before_a_process_starts(folder: DataFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "_Child", None)
    with pytest.raises(QueryError, match="the query has 1,000,000 characters; the most is 100,000"):
        ask(folder, "x" * 1_000_000)


# ---- files, network, settings

_HOSTILE = [
    "SELECT * FROM read_text('/etc/passwd')",
    "SELECT * FROM read_blob('/proc/self/environ')",
    "SELECT * FROM glob('/tmp/*')",
    "SELECT * FROM sniff_csv('/etc/passwd')",
    "SELECT * FROM read_parquet('{root}/published/posts/*.parquet')",
    "SELECT * FROM read_parquet('{root}/published/posts/../../warehouse.duckdb')",
    "SELECT * FROM read_text('{root}/session.key')",
    "SELECT * FROM read_csv('https://example.org/x.csv')",
    "EXPLAIN ANALYZE COPY (SELECT 1) TO '{file}' (FORMAT parquet, USE_TMP_FILE false)",
]


def test_a_hostile_query_reads_nothing_and_changes_nothing(folder: DataFolder) -> None:
    before = _fingerprint(folder)
    file = next((folder.published / "posts").glob("*.parquet"))
    quoted = {"root": str(folder.root).replace("'", "''"), "file": str(file).replace("'", "''")}
    for sql in _HOSTILE:
        with pytest.raises(QueryError):
            ask(folder, sql.format(**quoted))
    ask(folder, "FROM enable_logging(storage = 'file', storage_path = '{root}/published/logs')".format(**quoted))
    assert _fingerprint(folder) == before
    assert not (folder.published / "logs").exists()


def test_the_environment_stays_outside(folder: DataFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KENTONGAN_MAIL_PASSWORD", "a secret")
    assert "a secret" not in str(sandbox._environment())
    assert "PATH" not in sandbox._environment()


def _in_a_fenced_process(folder: DataFolder, code: str) -> subprocess.CompletedProcess[str]:
    """Run Python in a process that has the kernel's fence and limits of a query, but neither DuckDB's nor the statement check."""
    fence = f"""
import os, duckdb
from pathlib import Path
from warehouse import sandbox_child as child
published = Path({str(folder.published)!r})
child._limit_process(10, 2)
assert child.confine([published, *child._OWN])
{code}"""
    return subprocess.run([sys.executable, "-c", fence], capture_output=True, text=True, timeout=60, check=False)


needs_landlock = pytest.mark.skipif(not landlock.version(), reason="this kernel has no Landlock")


@needs_landlock
def test_the_kernel_keeps_the_files_even_from_statements_that_write(folder: DataFolder) -> None:
    before = _fingerprint(folder)
    file = next((folder.published / "posts").glob("*.parquet"))
    quoted = str(file).replace("'", "''")
    code = f"""
def refused(step):
    try:
        step()
    except (OSError, duckdb.Error) as error:
        return True
    return False
con = duckdb.connect()
assert refused(lambda: con.execute("COPY (SELECT 1) TO '{quoted}' (FORMAT parquet, USE_TMP_FILE false)"))
assert refused(lambda: con.execute("COPY (SELECT 1) TO '{quoted}.new' (FORMAT parquet)"))
assert refused(lambda: con.execute("ATTACH '{quoted}.duckdb' AS made"))
assert refused(lambda: con.execute("FROM read_text('/etc/passwd')"))
assert refused(lambda: os.truncate({str(file)!r}, 0))
assert refused(lambda: os.unlink({str(file)!r}))
assert refused(lambda: os.mkdir(published / "made"))
assert refused(lambda: os.execv("/bin/true", ["true"]))
assert refused(lambda: os.listdir("/"))
assert con.execute("SELECT count(*) FROM '{quoted}'").fetchone()[0] > 0
"""
    ended = _in_a_fenced_process(folder, code)
    assert ended.returncode == 0, ended.stderr
    assert _fingerprint(folder) == before


@needs_landlock
@pytest.mark.skipif(landlock.version() < 4, reason="this kernel's Landlock does not know the network")
def test_the_kernel_keeps_queries_from_the_network(folder: DataFolder) -> None:
    code = """
import socket
with socket.socket() as door:
    try:
        door.connect(("127.0.0.1", 9))
    except PermissionError:
        print("kept")
"""
    assert _in_a_fenced_process(folder, code).stdout == "kept\n"


def test_where_the_kernel_has_no_landlock_queries_still_run(folder: DataFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(landlock, "version", lambda: 0)
    assert landlock.confine([folder.published]) is False


# ---- time and memory


def test_a_query_that_runs_too_long_is_killed_on_time(folder: DataFolder) -> None:
    started = time.monotonic()
    with pytest.raises(QueryError, match=r"the query was stopped: it ran longer than 1\.5 s"):
        ask(folder, "SELECT count(*) FROM range(1_000_000) a, range(1_000_000) b WHERE a.range + b.range = -1", seconds=1.5)
    assert time.monotonic() - started < 3.0


def test_an_endless_recursion_is_killed_on_time(folder: DataFolder) -> None:
    with pytest.raises(QueryError, match=r"stopped|memory"):
        ask(folder, "WITH RECURSIVE r AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM r) SELECT max(i) FROM r", seconds=1.5)


@pytest.mark.parametrize("sql", ["SELECT length(repeat('x', 4_000_000_000))", "SELECT list(i) FROM range(1_000_000_000) t(i)"])
def test_a_query_that_wants_too_much_memory_says_so(folder: DataFolder, sql: str) -> None:
    with pytest.raises(QueryError, match="300 MB of memory"):
        ask(folder, sql)


def test_an_answer_that_is_too_large_says_so(folder: DataFolder) -> None:
    with pytest.raises(QueryError, match="the answer is larger than 200 MB; ask for fewer columns or rows"):
        ask(folder, "SELECT repeat('x', 2_200) FROM range(100_000)", rows=100_000, memory=1_000_000_000)


def test_a_child_that_talks_without_end_is_stopped(monkeypatch: pytest.MonkeyPatch, folder: DataFolder) -> None:
    monkeypatch.setattr(sandbox, "_LARGEST", 10_000)
    with pytest.raises(QueryError, match="the answer is larger than"):
        ask(folder, "SELECT repeat('x', 1000) FROM range(100)")


def test_no_process_is_left_behind(folder: DataFolder) -> None:
    with pytest.raises(QueryError):
        ask(folder, "SELECT count(*) FROM range(1_000_000) a, range(1_000_000) b WHERE a.range + b.range = -1", seconds=1)
    children = Path(f"/proc/{os.getpid()}/task").glob("*/children")
    commands = [Path(f"/proc/{pid}/cmdline").read_bytes() for found in children for pid in found.read_text().split()]
    assert not [command for command in commands if b"sandbox_child" in command]


def test_a_crash_of_the_process_is_told_as_what_it_most_likely_was() -> None:
    with pytest.raises(QueryError, match=r"the query broke its process \(SIGSEGV\): it most likely needed more than 300 MB of memory"):
        sandbox._read(-11, b"", b"", MEMORY)
    with pytest.raises(RuntimeError, match="Traceback"):
        sandbox._read(1, b"", b"Traceback: no module named warehouse", MEMORY)


@given(st.text(max_size=40), st.integers(0, 60))
def test_a_place_is_always_within_the_query(sql: str, position: int) -> None:
    text = sql.encode("utf-8", "replace").decode()
    place = sandbox_child._place(text, position)
    line, column = (int(number) for number in place.replace(")", "").replace("(line", "").replace("column", "").split(","))
    assert 1 <= line <= text.count("\n") + 1
    assert 1 <= column <= len(text) + 1
