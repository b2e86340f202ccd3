"""The claims of fact-checkers, which posts are still to be held against them, and what was found."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pyarrow as pa

from warehouse.database import Connection, arrow, transaction, value
from warehouse.second_looks import RECENT

READ = 1_000  #: characters of a claim that are kept
KEPT = 10_000  #: claims that posts are held against, the newest

#: What `standing` gives; meaning is NULL where the text was not read yet.
STANDING = pa.schema(
    [
        ("source", pa.string()),
        ("native_id", pa.string()),
        ("day", pa.date32()),
        ("text", pa.string()),
        ("text_hash", pa.int64()),
        ("meaning", pa.binary()),
    ]
)

_CHECKED = "SELECT source FROM sources WHERE kind = 'factcheck'"
_SAME = "x.source = n.source AND x.native_id = n.native_id"

#: Posts change at the end of the table, so that DuckDB passes over the rest of it.
_NEW = f"""CREATE OR REPLACE TEMP TABLE changed_claims AS
    SELECT p.source, p.native_id, p.day, left(p.text, {READ}) AS text, p.url, p.text_hash, p.updated_at, p.deleted_at
    FROM posts AS p LEFT JOIN (SELECT source, max(updated_at) AS known FROM claims GROUP BY source) AS k USING (source)
    WHERE p.source IN ({_CHECKED}) AND (k.known IS NULL OR p.updated_at >= k.known)"""

_MEANING = "LEFT JOIN meanings AS m ON m.source = c.source AND m.native_id = c.native_id AND m.text_hash = c.text_hash"


def follow(con: Connection) -> int:
    """Bring `claims` to what the sources of fact-checks say now; returns how many there are."""
    with transaction(con):
        con.execute(f"DELETE FROM claims WHERE source NOT IN ({_CHECKED})")
        con.execute(_NEW)
        con.execute(f"DELETE FROM claims AS x USING changed_claims AS n WHERE {_SAME}")
        con.execute(
            """INSERT INTO claims SELECT * EXCLUDE (deleted_at) FROM changed_claims
            WHERE deleted_at IS NULL AND text IS NOT NULL AND text_hash IS NOT NULL"""
        )
        con.execute(f"DELETE FROM claims WHERE rowid NOT IN (SELECT rowid FROM claims ORDER BY day DESC, source, native_id LIMIT {KEPT})")
        return int(value(con, "SELECT count(*) FROM claims"))


def standing(con: Connection) -> pa.Table:
    """All claims (STANDING), the newest first."""
    sql = f"SELECT {_columns('c')}, m.meaning FROM claims AS c {_MEANING} ORDER BY c.day DESC, c.source, c.native_id"
    return arrow(con, sql).cast(STANDING)


def waiting(con: Connection, version: str, today: date, most: int) -> pa.Table:
    """At most `most` posts (STANDING) that were read a second time and not held against this version of the claims: those that never were
    come first, posts of signals before others. Fact-checks themselves are left out. today: day in the configured zone."""
    sql = f"""SELECT {_columns("c")}, m.meaning FROM posts AS c
        JOIN second_looks AS l ON l.source = c.source AND l.native_id = c.native_id AND l.day = c.day AND l.text_hash = c.text_hash
        LEFT JOIN claim_matches AS f ON f.source = c.source AND f.native_id = c.native_id AND f.text_hash = c.text_hash {_MEANING}
        WHERE c.day > $today - $days::INTEGER AND l.day > $today - $days::INTEGER AND c.deleted_at IS NULL AND c.text IS NOT NULL
            AND f.claims_version IS DISTINCT FROM $version AND c.source NOT IN (SELECT source FROM claims)
        ORDER BY f.looked_at NULLS FIRST, l.why <> 'signal', c.day DESC, hash(c.source, c.native_id) LIMIT $most"""
    return arrow(con, sql, {"today": today, "days": RECENT.days, "version": version, "most": most}).cast(STANDING)


def remember(con: Connection, read: pa.Table, meanings: Sequence[bytes]) -> None:
    """Keep the vectors of texts (STANDING) in the place of earlier ones; those of posts that are gone or were edited are left out."""
    table = read.select(["source", "native_id", "day", "text_hash"]).append_column("meaning", pa.array(meanings, pa.binary()))
    _replace(con, "meanings", table)


def store(con: Connection, matches: pa.Table) -> int:
    """Keep matches (the columns of `claim_matches`) in the place of earlier ones; returns how many. Those of posts that are gone or were
    edited are left out."""
    return _replace(con, "claim_matches", matches)


def forget(con: Connection, before: date) -> None:
    """Drop matches of posts of days before `before`, and vectors of posts that are no claims."""
    con.execute("DELETE FROM claim_matches WHERE day < $before", {"before": before})
    con.execute(
        "DELETE FROM meanings WHERE day < $before AND (source, native_id) NOT IN (SELECT (source, native_id) FROM claims)",
        {"before": before},
    )


def _columns(of: str) -> str:
    return ", ".join(f"{of}.{name}" for name in ("source", "native_id", "day", "text", "text_hash"))


def _replace(con: Connection, name: str, new: pa.Table) -> int:
    with transaction(con):
        con.register("new_rows", new)
        con.execute(
            """CREATE OR REPLACE TEMP TABLE standing_rows AS SELECT n.* FROM new_rows AS n JOIN posts AS p
            ON p.source = n.source AND p.native_id = n.native_id AND p.day = n.day AND p.text_hash = n.text_hash AND p.deleted_at IS NULL"""
        )
        con.unregister("new_rows")
        con.execute(f"DELETE FROM {name} AS x USING standing_rows AS n WHERE {_SAME}")
        con.execute(f"INSERT INTO {name} BY NAME SELECT * FROM standing_rows")
        return int(value(con, "SELECT count(*) FROM standing_rows"))
