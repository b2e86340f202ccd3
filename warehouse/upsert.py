"""Put a batch of posts into the warehouse: add what is new, change what has changed, leave the rest alone.

There is no primary key: the batch is joined on (source, native_id) with the stored posts of its own stretch of time, widened by
`retention.window` on both sides. That holds for a feed that is polled every minute and for a file of old posts that is imported again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import pyarrow as pa

from warehouse.database import Connection
from warehouse.records import ENRICHED_SCHEMA

#: Taken from the newer version of a post, unless that version is older than the stored one.
_CONTENT = (
    "url",
    "author_key",
    "edited_at",
    "text",
    "text_hash",
    "hashtags",
    "lang",
    "lang_p",
    "topics",
    "places",
    "sentiment",
    "sentiment_p",
    "intent",
    "intent_p",
    "repost",
    "reply",
    "model_version",
)

_EARLIEST, _LATEST = "1900-01-01 00:00:00+00", "2999-12-31 00:00:00+00"

#: A source that stops telling keeps the last number.
_ENGAGEMENT = ("likes", "reposts", "replies", "views")


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
    """Store a batch of ENRICHED_SCHEMA inside the caller's transaction; within the batch the last row of a native_id wins.

    Raises ValueError for a row of another source, or without native_id or created_at.
    """
    _check(enriched, terms.source)
    _stage(con, enriched, terms)
    _match(con, terms)
    _find_originals(con, terms)
    result = Upserted()
    result.new = _insert(con, terms)
    result.updated = _update(con, terms)
    found = con.execute("SELECT count(*) FROM incoming").fetchone()
    result.unchanged = (found[0] if found else 0) - result.new - result.updated
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


def _stage(con: Connection, enriched: pa.Table, terms: Terms) -> None:
    """Table `incoming`: one row a native_id, with its day; texts beyond their age limit do not even come in.

    A date that no Python date can hold in every zone (years 1 and 9999 do exist in feeds) gets the nearest day that can.
    """
    table = enriched.select(ENRICHED_SCHEMA.names).append_column("arrival", pa.array(range(enriched.num_rows), pa.int64()))
    con.register("arriving", table)
    old = "(created_at < $erase_before::TIMESTAMPTZ)"
    erased = ", ".join(
        f"CASE WHEN {old} THEN NULL ELSE {name} END AS {name}" for name in ("text", "text_hash", "hashtags", "author_key", "url")
    )
    replace = f"REPLACE ({erased})" if terms.erase_before is not None else ""
    params = {"zone": terms.zone} | ({"erase_before": terms.erase_before} if terms.erase_before is not None else {})
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE incoming AS
        SELECT * EXCLUDE (arrival) {replace},
            CAST(least(greatest(created_at, '{_EARLIEST}'), '{_LATEST}') AT TIME ZONE $zone AS DATE) AS day
        FROM arriving
        QUALIFY row_number() OVER (PARTITION BY native_id ORDER BY arrival DESC) = 1""",
        params,
    )
    con.unregister("arriving")


def _match(con: Connection, terms: Terms) -> None:
    """Table `known`: the stored row of each native_id that is already there, and whether its content or engagement has changed."""
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE known AS
        WITH span AS (SELECT min(created_at) - $window AS earliest, max(created_at) + $window AS latest FROM incoming),
        pairs AS (
            SELECT p.rowid AS row, p.native_id, p.day AS stored_day, p.text_hash AS stored_hash, p.duplicate_of AS stored_duplicate_of,
                   p.deleted_at IS NULL AS stands,
                   p.edited_at IS NOT NULL AND (i.edited_at IS NULL OR i.edited_at < p.edited_at) AS stale,
                   {_differs(_CONTENT)} AS content, {_differs_when_said(_ENGAGEMENT)} AS engagement
            FROM posts AS p JOIN incoming AS i ON p.native_id = i.native_id
            WHERE p.source = $source
              AND p.created_at >= (SELECT earliest FROM span) AND p.created_at <= (SELECT latest FROM span)
            QUALIFY row_number() OVER (PARTITION BY p.native_id ORDER BY p.deleted_at NULLS LAST, p.rowid) = 1
        )
        SELECT row, native_id, stored_day, stored_hash, stored_duplicate_of, stands AND content AND NOT stale AS content,
               stands AND engagement AS engagement FROM pairs""",
        {"window": terms.window, "source": terms.source},
    )


def _differs(names: tuple[str, ...]) -> str:
    return "(" + " OR ".join(f"i.{name} IS DISTINCT FROM p.{name}" for name in names) + ")"


def _differs_when_said(names: tuple[str, ...]) -> str:
    return "(" + " OR ".join(f"coalesce(i.{name}, p.{name}) IS DISTINCT FROM p.{name}" for name in names) + ")"


def _find_originals(con: Connection, terms: Terms) -> None:
    """Table `originals`: native_id of each incoming copy → "source:native_id" of the first post with the same text.

    Stored copies form families (one first post each); a copy belongs to a family that was seen within the window of it. Joining with
    families and not with posts keeps a text that was copied fifty thousand times from becoming a billion pairs.
    """
    con.execute(
        """CREATE OR REPLACE TEMP TABLE originals AS
        WITH worded AS (
            SELECT i.native_id, i.source || ':' || i.native_id AS id, i.text_hash, i.created_at FROM incoming AS i
            LEFT JOIN known AS k ON k.native_id = i.native_id
            WHERE trim(i.text) <> '' AND i.text_hash IS NOT NULL AND (k.native_id IS NULL OR k.content)
        ),
        span AS (SELECT min(created_at) - $window AS earliest, max(created_at) + $window AS latest FROM worded),
        families AS (
            SELECT p.text_hash, coalesce(p.duplicate_of, p.source || ':' || p.native_id) AS first_id,
                   min(p.created_at) - $window AS earliest, max(p.created_at) + $window AS latest
            FROM posts AS p SEMI JOIN worded AS w ON p.text_hash = w.text_hash
            WHERE p.created_at >= (SELECT earliest FROM span) AND p.created_at <= (SELECT latest FROM span)
              AND p.deleted_at IS NULL AND trim(p.text) <> '' AND p.rowid NOT IN (SELECT row FROM known WHERE content)
            GROUP BY ALL
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


def _insert(con: Connection, terms: Terms) -> int:
    con.execute(
        """CREATE OR REPLACE TEMP TABLE fresh AS
        SELECT i.*, o.first_id FROM incoming AS i ANTI JOIN known AS k ON k.native_id = i.native_id
        LEFT JOIN originals AS o ON o.native_id = i.native_id"""
    )
    con.execute("CREATE OR REPLACE TEMP TABLE touched AS SELECT DISTINCT day, true AS counted FROM fresh")
    con.execute(
        """INSERT INTO posts BY NAME
        SELECT * EXCLUDE (first_id), first_id AS duplicate_of, $now::TIMESTAMPTZ AS updated_at FROM fresh ORDER BY created_at""",
        {"now": terms.now},
    )
    return _count(con, "fresh")


def _update(con: Connection, terms: Terms) -> int:
    """Change the rows that differ; created_at and day stay as first seen, so that a post never wanders from day to day."""
    con.execute(
        """CREATE OR REPLACE TEMP TABLE changed AS
        SELECT k.*, i.* EXCLUDE (native_id), o.first_id
        FROM known AS k JOIN incoming AS i ON i.native_id = k.native_id LEFT JOIN originals AS o ON o.native_id = k.native_id
        WHERE k.content OR k.engagement"""
    )
    con.execute("INSERT INTO touched SELECT stored_day, bool_or(content) FROM changed GROUP BY stored_day")
    said = [f"{name} = coalesce(c.{name}, posts.{name})" for name in _ENGAGEMENT]
    content = [f"{name} = c.{name}" for name in _CONTENT]
    copied = "duplicate_of = CASE WHEN c.text_hash = c.stored_hash THEN c.stored_duplicate_of ELSE c.first_id END"
    for assignments, which in (([*content, copied, *said], "c.content"), (said, "NOT c.content")):
        con.execute(
            f"""UPDATE posts SET {", ".join(assignments)}, updated_at = $now::TIMESTAMPTZ FROM changed AS c
            WHERE posts.rowid = c.row AND {which}""",
            {"now": terms.now},
        )
    return _count(con, "changed")


def _count(con: Connection, table: str) -> int:
    found = con.execute(f"SELECT count(*) FROM {table}").fetchone()
    return found[0] if found else 0
