"""Which statements are let through to the sandbox, however they are written."""

from __future__ import annotations

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warehouse import sandbox_child

_ALLOWED = [
    "SELECT 1",
    "select 1;",
    "/* ; */ select 1 -- ; copy x to 'y'",
    "VALUES (1)",
    "TABLE posts",
    "WITH a AS (SELECT 1) FROM a",
    "SHOW TABLES",
    "DESCRIBE SELECT 1",
    "SUMMARIZE SELECT 1",
    "EXPLAIN SELECT 1",
    "explain /* why */ analyze (select 1)",
    "EXPLAIN (FORMAT json) SELECT 1",
    "EXPLAIN (ANALYZE, FORMAT json) SELECT 1",
]

_REFUSED = [
    ("", "there is no query"),
    ("  -- nothing\n;", "there is no query"),
    ("SELECT 1; SELECT 2", "2 statements"),
    ("SELECT 1; COPY topics TO 'x'", "2 statements"),
    ("SELECT 1 /* ' */; DROP TABLE x --'", "2 statements"),
    ("COPY topics TO '/tmp/x.csv'", "COPY is not allowed"),
    ("COPY (SELECT 1) TO 'x' (FORMAT parquet)", "COPY is not allowed"),
    ("EXPORT DATABASE 'x'", "EXPORT is not allowed"),
    ("ATTACH '/etc/passwd' AS x", "ATTACH is not allowed"),
    ("DETACH published", "DETACH is not allowed"),
    ("INSTALL httpfs", "LOAD is not allowed"),
    ("LOAD httpfs", "LOAD is not allowed"),
    ("SET memory_limit = '100GB'", "SET is not allowed"),
    ("RESET memory_limit", "SET is not allowed"),
    ("PRAGMA enable_profiling", "is not allowed"),
    ("CALL enable_logging()", "CALL is not allowed"),
    ("CHECKPOINT", "CALL is not allowed"),
    ("USE memory", "SET is not allowed"),
    ("BEGIN", "TRANSACTION is not allowed"),
    ("CREATE TABLE x AS SELECT 1", "CREATE is not allowed"),
    ("CREATE TEMP MACRO f(a) AS a", "CREATE is not allowed"),
    ("INSERT INTO topics VALUES (1) RETURNING *", "INSERT is not allowed"),
    ("DELETE FROM posts", "DELETE is not allowed"),
    ("UPDATE posts SET text = ''", "UPDATE is not allowed"),
    ("DROP TABLE topics", "DROP is not allowed"),
    ("PREPARE x AS SELECT 1", "PREPARE is not allowed"),
    ("EXECUTE x", "EXECUTE is not allowed"),
    ("VACUUM", "VACUUM is not allowed"),
    ("PIVOT topics ON grp USING count(*)", r"PIVOT \.\.\. ON column IN"),
    ("EXPLAIN ANALYZE COPY (SELECT 1) TO 'x'", "COPY is not allowed"),
    ("EXPLAIN (ANALYZE) DELETE FROM posts", "DELETE is not allowed"),
    ("explain/**/analyze--\ninsert into topics values (1)", "INSERT is not allowed"),
    ("EXPLAIN ANALYZE CREATE TABLE x AS SELECT 1", "CREATE is not allowed"),
    ("/* /* */ */ EXPLAIN ANALYZE COPY (SELECT 1) TO 'x'", "EXPLAIN is not allowed"),
]


@pytest.fixture(scope="module")
def inside() -> duckdb.DuckDBPyConnection:
    """A connection set up as in the child, for checks that need no process."""
    return duckdb.connect(config=dict(sandbox_child._SETTINGS))


@pytest.mark.parametrize("sql", _ALLOWED)
def test_one_statement_that_reads_is_let_through(inside: duckdb.DuckDBPyConnection, sql: str) -> None:
    assert sandbox_child._checked(inside, sql)


@pytest.mark.parametrize(("sql", "message"), _REFUSED)
def test_everything_else_is_refused_by_name(inside: duckdb.DuckDBPyConnection, sql: str, message: str) -> None:
    with pytest.raises(sandbox_child.Refused, match=message):
        sandbox_child._checked(inside, sql)


def test_a_comment_that_nests_cannot_smuggle_a_copy_past_the_check(inside: duckdb.DuckDBPyConnection) -> None:
    """DuckDB ends the comment at the second */, a reader that does not nest comments at the first."""
    smuggled = "/* /* */ explain select ' */ explain analyze copy (select 1) to $$/tmp/smuggled.csv$$ --'"
    (whole,) = inside.extract_statements(smuggled)
    assert whole.type == duckdb.StatementType.EXPLAIN
    checked = sandbox_child._checked(inside, smuggled)
    assert checked.lstrip().startswith("EXPLAIN select ' */")


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                "explain ",
                "analyze ",
                "/*",
                "*/",
                "--",
                "\n",
                "'",
                '"',
                "$$",
                "(",
                ")",
                ";",
                "select 1",
                "copy (select 1) to 'x'",
                "delete from t",
                " ",
            ]
        ),
        max_size=12,
    )
)
def test_nothing_that_writes_is_let_through_however_it_is_wrapped(inside: duckdb.DuckDBPyConnection, pieces: list[str]) -> None:
    try:
        checked = sandbox_child._checked(inside, "".join(pieces))
    except (sandbox_child.Refused, duckdb.Error):
        return
    (statement,) = inside.extract_statements(checked)
    if statement.type == duckdb.StatementType.EXPLAIN:
        explained = checked.lstrip().removeprefix("EXPLAIN").lstrip()
        explained = explained[len("analyze") :] if explained.lower().startswith("analyze") else explained
        (statement,) = inside.extract_statements(explained)
    assert statement.type == duckdb.StatementType.SELECT
