"""Erasing: texts that have become too old, and what a person asks to be erased.

Published files follow with the next publication, and the unused parts of the warehouse file with the next `compact`.
"""

from __future__ import annotations

from datetime import date, datetime

from warehouse import rollups
from warehouse.database import Connection, Parameters
from warehouse.store import Warehouse
from warehouse.tombstones import forget_traces, leave_labels, leave_tombstones, traces_left


def apply(wh: Warehouse, now: datetime) -> int:
    """The nightly job: erase what is older than `retention.posts`, then compact when anything was erased since the last night.

    Texts, authors and addresses go; labels and counts stay. Returns the number of posts erased.
    """
    erased = 0
    if wh.settings.retention.posts is not None:
        erased = _erase_older_than(wh, now - wh.settings.retention.posts, now)
    compact(wh)
    return erased


def _erase_older_than(wh: Warehouse, limit: datetime, now: datetime) -> int:
    with wh.transaction() as con:
        _choose(
            con,
            "created_at < $before::TIMESTAMPTZ AND deleted_at IS NULL AND coalesce(text, url, author_key) IS NOT NULL",
            {"before": limit, "now": now},
        )
        leave_labels(con, "doomed_posts")
        erased, days = _doomed(con)
        rollups.mark_changed(con, days)
        if erased:
            _log(con, now, "retention", erased, f"older than retention.posts ({wh.settings.retention.posts})")
    return erased


def compact(wh: Warehouse) -> bool:
    """Write the warehouse file anew when something was erased since the last time, so that nothing of it is left in the file.

    It takes as long as a copy of the file, and as much space beside it. True when it was done.
    """
    if not traces_left(wh.con):
        return False
    wh.compact()
    forget_traces(wh.con)
    return True


def erase(wh: Warehouse, what: str | tuple[str, str], now: datetime, reason: str) -> int:
    """Erase every post of one author_key, or one post given as (source, native_id); returns the number of posts erased.

    What is left is a tombstone, so that a later collection does not bring the post back. The log keeps time, number and reason, and
    nothing of what was erased; so a reason must not name the person.
    """
    if isinstance(what, str):
        kind, condition, params = "author", "author_key = $author_key", {"author_key": what}
    else:
        kind, condition, params = "post", "source = $source AND native_id = $native_id", {"source": what[0], "native_id": what[1]}
    with wh.transaction() as con:
        _choose(con, f"{condition} AND deleted_at IS NULL", {**params, "now": now})
        leave_tombstones(con, "doomed_posts")
        erased, days = _doomed(con)
        rollups.refresh(con, days)
        if erased:
            _log(con, now, kind, erased, reason)
    return erased


def _choose(con: Connection, condition: str, params: Parameters) -> None:
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE doomed_posts AS
        SELECT rowid AS row, day, $now::TIMESTAMPTZ AS deleted_at, $now::TIMESTAMPTZ AS updated_at FROM posts WHERE {condition}""",
        params,
    )


def _doomed(con: Connection) -> tuple[int, set[date]]:
    days = [day for (day,) in con.execute("SELECT day FROM doomed_posts").fetchall()]
    return len(days), set(days)


def _log(con: Connection, now: datetime, kind: str, posts: int, reason: str) -> None:
    con.execute("INSERT INTO erasures VALUES (?::TIMESTAMPTZ, ?, ?, ?)", [now, kind, posts, reason])
