"""Put a batch of posts into the warehouse: add what is new, change what has changed, leave the rest alone.

There is no primary key: the batch is joined on (source, native_id) with the stored posts of its own stretch of time, widened by
`retention.window` on both sides. That holds for a feed that is polled every minute and for a file of old posts that is imported again.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pyarrow as pa

from warehouse.database import Connection, quoted, value
from warehouse.days import local_day
from warehouse.records import LABELS, STORED_SCHEMA
from warehouse.tombstones import ERASED_TEXT

#: Taken from the newer version of a post, unless that version is older than the stored one.
_CONTENT = ("url", "author_key", "edited_at", "text", "text_hash", "hashtags", *LABELS, "repost", "reply")

#: A source that stops telling keeps the last number.
_ENGAGEMENT = ("likes", "reposts", "replies", "views")

#: Rows that DuckDB keeps together; rowids count through them.
_ROW_GROUP = 122_880


def _differs(names: tuple[str, ...]) -> str:
    return "(" + " OR ".join(f"i.{name} IS DISTINCT FROM p.{name}" for name in names) + ")"


def _differs_when_said(names: tuple[str, ...]) -> str:
    return "(" + " OR ".join(f"coalesce(i.{name}, p.{name}) IS DISTINCT FROM p.{name}" for name in names) + ")"


#: A version whose edit is older than the stored one changes no content; a tombstone changes no more at all.
_COMPARE = f"""INSERT INTO known
SELECT p.rowid, p.native_id, p.day, p.text_hash, p.duplicate_of, p.deleted_at IS NOT NULL,
       p.deleted_at IS NULL AND {_differs(_CONTENT)}
           AND NOT (p.edited_at IS NOT NULL AND (i.edited_at IS NULL OR i.edited_at < p.edited_at)),
       p.deleted_at IS NULL AND {_differs_when_said(_ENGAGEMENT)}
FROM posts AS p JOIN met ON met.row = p.rowid JOIN incoming AS i ON i.native_id = met.native_id
WHERE p.rowid BETWEEN $first AND $last"""


@dataclass(slots=True)
class Upserted:
    """Numbers of posts, the days whose counts changed, and all days of which a row changed (engagement changes no count)."""

    new: int = 0
    updated: int = 0
    unchanged: int = 0
    counted_days: set[date] = field(default_factory=set)
    days: set[date] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Terms:
    """How a batch is stored: its one source, the zone of days, the window, the age limit of texts, and the time of storing."""

    source: str
    zone: str
    window: timedelta
    erase_before: datetime | None
    now: datetime


def upsert(con: Connection, enriched: pa.Table, terms: Terms) -> Upserted:
    """Store a batch of STORED_SCHEMA, with `story` where it is known, inside the caller's transaction.

    Within the batch the last row of a native_id wins.

    Raises ValueError for a row of another source, or without native_id or created_at.
    """
    _check(enriched, terms.source)
    with _staged(con, enriched, terms):
        _match(con, terms)
        _find_originals(con, terms)
        result = Upserted()
        result.new = _insert(con, terms)
        result.updated = _update(con, terms)
        result.unchanged = _count(con, "arrived") - result.new - result.updated
    days = con.execute("SELECT day, bool_or(counted) FROM touched GROUP BY day").fetchall()
    result.days = {day for day, _ in days}
    result.counted_days = {day for day, counted in days if counted}
    return result


def _check(enriched: pa.Table, source: str) -> None:
    for name in ("native_id", "created_at"):
        if enriched[name].null_count:
            raise ValueError(f"batch of {source}: {enriched[name].null_count} rows without {name}")
    others = set(enriched["source"].unique().to_pylist()) - {source}
    if others:
        raise ValueError(f"batch of {source}: has rows of {sorted(map(str, others))[0]}")


@contextmanager
def _staged(con: Connection, enriched: pa.Table, terms: Terms) -> Iterator[None]:
    """View `incoming`: one row a native_id, with its day; texts beyond their age limit do not even come in.

    A view over the Arrow table, because each statement needs only a few of its columns.
    """
    limit = "-infinity" if terms.erase_before is None else terms.erase_before.astimezone(UTC).isoformat()
    old = f"created_at < {quoted(limit)}::TIMESTAMPTZ"
    kept = {name: f"CASE WHEN {old} THEN NULL ELSE {name} END" for name in ERASED_TEXT}
    kept["text_hash"] = f"CASE WHEN {old} OR trim(text) = '' THEN NULL ELSE text_hash END"
    con.register("arriving", _last_of_each(_with_story(enriched)))
    con.execute(
        f"""CREATE OR REPLACE TEMP VIEW incoming AS
        SELECT * REPLACE ({", ".join(f"{kept[name]} AS {name}" for name in kept)}),
               {local_day("created_at", terms.zone)} AS day
        FROM arriving"""
    )
    yield
    # Not after an error: the transaction is aborted then, and a failing DROP would hide what went wrong. Rolling back drops the view.
    con.execute("DROP VIEW incoming")
    con.unregister("arriving")


def _with_story(enriched: pa.Table) -> pa.Table:
    """STORED_SCHEMA and `story`, which is null where nobody looked for one."""
    stored = enriched.select(STORED_SCHEMA.names)
    known = "story" in enriched.column_names
    return stored.append_column("story", enriched["story"] if known else pa.nulls(enriched.num_rows, pa.string()))


def _last_of_each(enriched: pa.Table) -> pa.Table:
    """The last row of each native_id, in the order of arrival."""
    order = pa.table({"native_id": enriched["native_id"], "row": pa.array(np.arange(enriched.num_rows))})
    last = order.group_by("native_id").aggregate([("row", "max")])["row_max"]
    return enriched if len(last) == enriched.num_rows else enriched.take(np.sort(last.to_numpy()))


def _match(con: Connection, terms: Terms) -> None:
    """Table `known`: the stored row of each native_id that is already there, and whether its content or engagement has changed.

    Two steps, so that texts are read of matching posts alone.
    """
    # A table, because DuckDB does not know how short an Arrow table is and would build its hash over all of `posts`.
    con.execute("CREATE OR REPLACE TEMP TABLE arrived AS SELECT native_id, created_at FROM incoming")
    con.execute(
        """CREATE OR REPLACE TEMP TABLE met AS
        WITH span AS (SELECT min(created_at) - $window AS earliest, max(created_at) + $window AS latest FROM arrived)
        SELECT p.rowid AS row, p.native_id FROM posts AS p SEMI JOIN arrived AS a ON p.native_id = a.native_id
        WHERE p.source = $source
          AND p.created_at >= (SELECT earliest FROM span) AND p.created_at <= (SELECT latest FROM span)""",
        {"window": terms.window, "source": terms.source},
    )
    con.execute(
        """CREATE OR REPLACE TEMP TABLE known (row BIGINT, native_id VARCHAR, stored_day DATE, stored_hash BIGINT,
        stored_duplicate_of VARCHAR, deleted BOOLEAN, content BOOLEAN, engagement BOOLEAN)"""
    )
    for first, last in _row_ranges(con, "met"):
        con.execute(_COMPARE, {"first": first, "last": last})
    con.execute(
        """DELETE FROM known WHERE row NOT IN (
            SELECT first_value(row) OVER (PARTITION BY native_id ORDER BY deleted DESC, row) FROM known)"""
    )


def _row_ranges(con: Connection, table: str) -> list[tuple[int, int]]:
    """The stretches of rowids that hold all of `table.row`, at most one for each row group that is left out between two.

    As constants, because DuckDB skips the parts of a table that a rowid rules out only when it knows the rowid while it plans.
    """
    rows = con.execute(f"SELECT DISTINCT row // {_ROW_GROUP} AS part FROM {table} ORDER BY part").fetchall()
    parts = np.array([part for (part,) in rows], dtype=np.int64)
    runs = np.split(parts, np.flatnonzero(np.diff(parts) > 1) + 1) if len(parts) else []
    return [(int(run[0]) * _ROW_GROUP, (int(run[-1]) + 1) * _ROW_GROUP - 1) for run in runs]


def _find_originals(con: Connection, terms: Terms) -> None:
    """Table `originals`: native_id of each incoming copy → "source:native_id" of the first post with the same text.

    Stored copies form families (one first post each); a copy belongs to a family that was seen within the window of it. Joining with
    families and not with posts keeps a text that was copied fifty thousand times from becoming a billion pairs.
    """
    con.execute(
        """CREATE OR REPLACE TEMP TABLE worded AS
        SELECT i.native_id, i.source || ':' || i.native_id AS id, i.text_hash, i.created_at FROM incoming AS i
        LEFT JOIN known AS k ON k.native_id = i.native_id
        WHERE i.text_hash IS NOT NULL AND (k.native_id IS NULL OR k.content)"""
    )
    _find_twins(con, terms)
    con.execute("CREATE OR REPLACE TEMP TABLE copies (text_hash BIGINT, first_id VARCHAR, created_at TIMESTAMPTZ)")
    for first, last in _row_ranges(con, "twins"):
        con.execute(
            """INSERT INTO copies SELECT t.text_hash, coalesce(p.duplicate_of, p.source || ':' || p.native_id), p.created_at
            FROM posts AS p JOIN twins AS t ON p.rowid = t.row WHERE p.rowid BETWEEN $first AND $last""",
            {"first": first, "last": last},
        )
    con.execute(
        """CREATE OR REPLACE TEMP TABLE originals AS
        WITH families AS (
            SELECT text_hash, first_id, min(created_at) - $window AS earliest, max(created_at) + $window AS latest
            FROM copies GROUP BY ALL
        ),
        related AS (
            SELECT w.native_id, arg_min(f.first_id, f.earliest) AS first_id
            FROM worded AS w JOIN families AS f ON w.text_hash = f.text_hash AND w.created_at BETWEEN f.earliest AND f.latest
            GROUP BY w.native_id
        ),
        among AS (SELECT native_id, id, first_value(id) OVER (PARTITION BY text_hash ORDER BY created_at, id) AS first_id FROM worded)
        SELECT a.native_id, coalesce(r.first_id, a.first_id) AS first_id FROM among AS a LEFT JOIN related AS r USING (native_id)
        WHERE coalesce(r.first_id, a.first_id) <> a.id""",
        {"window": terms.window},
    )


def _find_twins(con: Connection, terms: Terms) -> None:
    """Table `twins`: stored posts with the text of an incoming one. Reads hashes alone, because nearly no post has a twin."""
    con.execute(
        """CREATE OR REPLACE TEMP TABLE twins AS
        WITH span AS (SELECT min(created_at) - $window AS earliest, max(created_at) + $window AS latest FROM worded)
        SELECT p.rowid AS row, p.text_hash FROM posts AS p SEMI JOIN worded AS w ON p.text_hash = w.text_hash
        WHERE p.created_at >= (SELECT earliest FROM span) AND p.created_at <= (SELECT latest FROM span)
          AND p.rowid NOT IN (SELECT row FROM known WHERE content)""",
        {"window": terms.window},
    )


def _insert(con: Connection, terms: Terms) -> int:
    """Add what is not known; leaves the table `fresh` (native_id, day, hour, first_id) of the posts added."""
    con.execute(
        """CREATE OR REPLACE TEMP TABLE fresh AS
        SELECT i.native_id, i.day, date_trunc('hour', i.created_at) AS hour, o.first_id
        FROM incoming AS i ANTI JOIN known AS k ON k.native_id = i.native_id
        LEFT JOIN originals AS o ON o.native_id = i.native_id"""
    )
    con.execute("CREATE OR REPLACE TEMP TABLE touched AS SELECT DISTINCT day, true AS counted FROM fresh")
    con.execute(
        """INSERT INTO posts BY NAME
        SELECT i.*, f.first_id AS duplicate_of, $now::TIMESTAMPTZ AS updated_at
        FROM incoming AS i JOIN fresh AS f ON f.native_id = i.native_id ORDER BY i.created_at""",
        {"now": terms.now},
    )
    return _count(con, "fresh")


def _update(con: Connection, terms: Terms) -> int:
    """Change the rows that differ; created_at and day stay as first seen, so that a post never wanders from day to day."""
    con.execute(
        """CREATE OR REPLACE TEMP TABLE changed AS
        SELECT k.*, o.first_id FROM known AS k LEFT JOIN originals AS o ON o.native_id = k.native_id WHERE k.content OR k.engagement"""
    )
    con.execute("INSERT INTO touched SELECT stored_day, bool_or(content) FROM changed GROUP BY stored_day")
    said = [f"{name} = coalesce(c.{name}, posts.{name})" for name in _ENGAGEMENT]
    content = [f"{name} = c.{name}" for name in _CONTENT]
    copied = "duplicate_of = CASE WHEN c.text_hash = c.stored_hash THEN c.stored_duplicate_of ELSE c.first_id END"
    for assignments, which in (([*content, copied, *said], "k.content"), (said, "NOT k.content")):
        con.execute(
            f"""UPDATE posts SET {", ".join(assignments)}, updated_at = $now::TIMESTAMPTZ
            FROM (SELECT i.*, k.row, k.stored_hash, k.stored_duplicate_of, k.first_id
                  FROM changed AS k JOIN incoming AS i ON i.native_id = k.native_id WHERE {which}) AS c
            WHERE posts.rowid = c.row""",
            {"now": terms.now},
        )
    return _count(con, "changed")


def _count(con: Connection, table: str) -> int:
    return int(value(con, f"SELECT count(*) FROM {table}"))
