"""What is left of a post whose text is erased: enough to know it again, nothing of what it said or who said it."""

from __future__ import annotations

from warehouse.database import Connection, value
from warehouse.records import LABELS

#: Erased when only the text has become too old: counts by topic, place and sentiment must stay as they are.
ERASED_TEXT = ("text", "text_hash", "hashtags", "author_key", "url", "numbers")

#: Key in `meta` while erased texts may still stand in the unused parts of the file.
TRACES = "erased_since_compaction"

#: Erased when the post itself must go.
_ALL = (
    *dict.fromkeys(
        (*ERASED_TEXT, "edited_at", *LABELS, "duplicate_of", "story", "repost", "reply", "likes", "reposts", "replies", "views")
    ),
)

#: Tables that hold the text of a post, or what its text can be guessed from.
_TEXTS = ("claims", "meanings")

#: What stands of a post in another table.
_SAME = "l.source = p.source AND l.native_id = p.native_id"


def leave_tombstones(con: Connection, doomed: str) -> None:
    """Erase whole posts. `doomed` is a table or subquery with columns row (rowid of posts), deleted_at and updated_at."""
    for table in ("second_looks", "claim_matches", *_TEXTS):
        _forget(con, doomed, table)
    _erase(con, doomed, (*(f"{name} = NULL" for name in _ALL), "deleted_at = doomed.deleted_at"))


def leave_labels(con: Connection, doomed: str) -> None:
    """Erase texts, authors and addresses but keep the labels, so that counts stay. `doomed`: columns row and updated_at."""
    for table in ("second_looks", "claim_matches"):
        con.execute(f"UPDATE {table} AS l SET text_hash = NULL FROM posts AS p, {doomed} AS doomed WHERE p.rowid = doomed.row AND {_SAME}")
    for table in _TEXTS:
        _forget(con, doomed, table)
    _erase(con, doomed, tuple(f"{name} = NULL" for name in ERASED_TEXT))


def _forget(con: Connection, doomed: str, table: str) -> None:
    con.execute(f"DELETE FROM {table} AS l USING posts AS p, {doomed} AS doomed WHERE p.rowid = doomed.row AND {_SAME}")


def _erase(con: Connection, doomed: str, assignments: tuple[str, ...]) -> None:
    changes = ", ".join((*assignments, "updated_at = doomed.updated_at"))
    con.execute(f"UPDATE posts SET {changes} FROM {doomed} AS doomed WHERE posts.rowid = doomed.row")
    con.execute(f"INSERT INTO meta SELECT '{TRACES}', 'true' WHERE EXISTS (FROM {doomed}) AND '{TRACES}' NOT IN (SELECT key FROM meta)")


def traces_left(con: Connection) -> bool:
    """Whether erased texts may still stand in the unused parts of the file; see `Warehouse.compact`."""
    return value(con, "SELECT count(*) FROM meta WHERE key = ?", [TRACES]) > 0


def forget_traces(con: Connection) -> None:
    """Note that the file was written anew since the last erasure."""
    con.execute("DELETE FROM meta WHERE key = ?", [TRACES])
