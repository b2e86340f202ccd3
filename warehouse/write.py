"""What the worker writes: posts, deletions, cursor, coverage and counts, in one transaction."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import pyarrow as pa

from warehouse import coverage, rollups
from warehouse.database import Connection, transaction, value
from warehouse.records import Checkpoint, Deletion
from warehouse.reference import replace_places, replace_topics
from warehouse.runs import finish_run, note_sources, start_run
from warehouse.sketches import keep as keep_sketches
from warehouse.store import Warehouse
from warehouse.tombstones import leave_tombstones
from warehouse.upsert import Terms, upsert


@dataclass(slots=True)
class Written:
    """What one commit did: numbers of posts, and the days of which any row changed (days of general.zone)."""

    new: int = 0
    updated: int = 0
    unchanged: int = 0
    deleted: int = 0
    days: set[date] = field(default_factory=set)


def commit(
    wh: Warehouse,
    *,
    source: str,
    query: str,
    enriched: pa.RecordBatch | pa.Table | None,
    deletions: Sequence[Deletion],
    checkpoint: Checkpoint | None,
    now: datetime,
    sketches: pa.Table | None = None,
) -> Written:
    """Store one stretch of a source's query whole or not at all.

    enriched: STORED_SCHEMA rows of this source, with `story` where it is known; a repeated row changes nothing, a changed one is updated, a
    deleted one stays deleted. sketches: as warehouse/sketches.py keeps them. deletions: come after the posts of the same stretch; posts
    that were never stored are passed over. now: aware UTC.
    """
    terms = _terms(wh, source, now)
    with wh.transaction() as con:
        written, counted = Written(), set[date]()
        if enriched is not None and enriched.num_rows:
            table = pa.Table.from_batches([enriched]) if isinstance(enriched, pa.RecordBatch) else enriched
            done = upsert(con, table, terms)
            if sketches is not None:
                keep_sketches(con, sketches)
            written = Written(done.new, done.updated, done.unchanged, 0, done.days)
            counted |= done.counted_days
        if deletions:
            written.deleted, gone = _delete(con, deletions, now)
            written.days |= gone
            counted |= gone
        rollups.refresh(con, counted)
        rollups.mark_changed(con, written.days)
        if checkpoint is not None:
            _keep_cursor(con, source, query, checkpoint, now)
            coverage.record(con, source, query, checkpoint, now)
        if written.new:
            coverage.count_posts(con, source, "SELECT DISTINCT hour FROM fresh")
    return written


def _terms(wh: Warehouse, source: str, now: datetime) -> Terms:
    retention = wh.settings.retention
    erase_before = now - retention.posts if retention.posts is not None else None
    return Terms(source, wh.settings.general.zone, retention.window, erase_before, now)


def _delete(con: Connection, deletions: Sequence[Deletion], now: datetime) -> tuple[int, set[date]]:
    """Erase posts that their source deleted, whatever their age; the number of posts and their days."""
    table = pa.table(
        {
            "source": [deletion.source for deletion in deletions],
            "native_id": [deletion.native_id for deletion in deletions],
            "deleted_at": pa.array([deletion.deleted_at for deletion in deletions], pa.timestamp("us", tz="UTC")),
        }
    )
    con.register("deletions", table)
    con.execute(
        """CREATE OR REPLACE TEMP TABLE doomed_posts AS
        SELECT p.rowid AS row, p.day, min(d.deleted_at) AS deleted_at, $now::TIMESTAMPTZ AS updated_at
        FROM posts AS p JOIN deletions AS d ON p.native_id = d.native_id AND p.source = d.source
        WHERE p.deleted_at IS NULL GROUP BY ALL""",
        {"now": now},
    )
    con.unregister("deletions")
    leave_tombstones(con, "doomed_posts")
    days = [day for (day,) in con.execute("SELECT day FROM doomed_posts").fetchall()]
    return len(days), set(days)


def _keep_cursor(con: Connection, source: str, query: str, checkpoint: Checkpoint, now: datetime) -> None:
    con.execute("DELETE FROM cursors WHERE source = ? AND query = ?", [source, query])
    con.execute("INSERT INTO cursors VALUES (?, ?, ?, ?::TIMESTAMPTZ)", [source, query, json.dumps(dict(checkpoint.cursor)), now])


def cursor(con: Connection, source: str, query: str) -> Mapping[str, Any]:
    """Where the collector goes on: the cursor of its last committed checkpoint, or an empty mapping."""
    found = value(con, "SELECT cursor FROM cursors WHERE source = ? AND query = ?", [source, query])
    return json.loads(found) if found else {}


def remove_late_duplicates(wh: Warehouse, now: datetime) -> int:
    """Remove posts that stand twice because their second copy came from beyond the window; the number of rows removed.

    Of the rows with one key a tombstone stays before all others, else the one that was collected first. For the nightly job.
    """
    with transaction(wh.con) as con:
        con.execute(
            """CREATE OR REPLACE TEMP TABLE surplus AS
            WITH twice AS (SELECT source, native_id FROM posts GROUP BY ALL HAVING count(*) > 1)
            SELECT p.rowid AS row, p.day FROM posts AS p SEMI JOIN twice AS t ON t.source = p.source AND t.native_id = p.native_id
            QUALIFY row_number() OVER (PARTITION BY p.source, p.native_id ORDER BY p.deleted_at NULLS LAST, p.collected_at, p.rowid) > 1"""
        )
        days = [day for (day,) in con.execute("SELECT day FROM surplus").fetchall()]
        con.execute("DELETE FROM posts WHERE rowid IN (SELECT row FROM surplus)")
        rollups.refresh(con, days)
        if days:
            run = start_run(con, kind="deduplicate", now=now)
            finish_run(con, run, now=now, outcome="ok", deleted=len(days), note="removed rows that stood twice")
    return len(days)


__all__ = [
    "Written",
    "commit",
    "cursor",
    "finish_run",
    "note_sources",
    "remove_late_duplicates",
    "replace_places",
    "replace_topics",
    "start_run",
]
