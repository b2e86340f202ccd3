"""What the worker did and how its sources are: the tables `runs` and `sources`."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime

import pyarrow as pa

from warehouse.database import Connection, transaction
from warehouse.settings import SourceSettings


def start_run(con: Connection, *, kind: str, source: str | None = None, query: str | None = None, now: datetime) -> str:
    """Note that a job begins; returns the run_id for `finish_run`."""
    run_id = uuid.uuid4().hex
    con.execute(
        "INSERT INTO runs BY NAME SELECT ? AS run_id, ? AS kind, ? AS source, ? AS query, ?::TIMESTAMPTZ AS started_at",
        [run_id, kind, source or None, query or None, now],
    )
    return run_id


def finish_run(
    con: Connection,
    run_id: str,
    *,
    now: datetime,
    outcome: str,
    new: int = 0,
    updated: int = 0,
    deleted: int = 0,
    requests: int = 0,
    note: str = "",
) -> None:
    """Note how a run ended. outcome: ok, failed, refused or throttled."""
    con.execute(
        """UPDATE runs SET finished_at = ?::TIMESTAMPTZ, outcome = ?, posts_new = ?, posts_updated = ?, posts_deleted = ?, requests = ?,
        note = ? WHERE run_id = ?""",
        [now, outcome, new, updated, deleted, requests, note or None, run_id],
    )


#: A turn of a source is all its runs that started at the same time: one a query.
_STATE = """
WITH turns AS (
    SELECT source, max(started_at) AS last_run_at, max(finished_at) FILTER (outcome = 'ok') AS last_ok_at,
           max(finished_at) FILTER (posts_new > 0) AS last_posts_at
    FROM runs WHERE kind IN ('collect', 'import') AND source IS NOT NULL GROUP BY source
),
errors AS (
    SELECT runs.source, string_agg(DISTINCT note, '; ' ORDER BY note) AS last_error
    FROM runs JOIN turns ON turns.source = runs.source AND turns.last_run_at = runs.started_at
    WHERE outcome <> 'ok' GROUP BY runs.source
),
files AS (SELECT source, arg_max(query, started_at) AS file FROM runs WHERE kind = 'import' GROUP BY source),
named AS (
    SELECT source, collector, kind, enabled, every_seconds, title FROM named_sources
    UNION ALL
    SELECT source, 'file', 'social', false, NULL, file FROM files ANTI JOIN named_sources USING (source)
)
SELECT source, collector, kind, enabled, every_seconds, last_run_at, last_ok_at, last_error, last_posts_at,
       CASE WHEN enabled THEN greatest(last_run_at + to_seconds(every_seconds), $now::TIMESTAMPTZ) END AS next_run_at, title
FROM named LEFT JOIN turns USING (source) LEFT JOIN errors USING (source)
"""


def note_sources(con: Connection, sources: Mapping[str, SourceSettings], now: datetime) -> None:
    """Bring the table `sources` to the settings and to what the runs say; imported files are listed after them."""
    table = pa.table(
        {
            "source": pa.array(list(sources), pa.string()),
            "collector": pa.array([source.collector for source in sources.values()], pa.string()),
            "kind": pa.array([source.kind for source in sources.values()], pa.string()),
            "enabled": pa.array([source.enabled for source in sources.values()], pa.bool_()),
            "every_seconds": pa.array([round(source.every.total_seconds()) for source in sources.values()], pa.int64()),
            "title": pa.array([source.title or name for name, source in sources.items()], pa.string()),
        }
    )
    with transaction(con):
        con.register("named_sources", table)
        con.execute("DELETE FROM sources")
        con.execute(f"INSERT INTO sources BY NAME {_STATE}", {"now": now})
        con.unregister("named_sources")
