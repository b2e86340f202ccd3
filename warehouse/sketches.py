"""The sketches of the posts of the last weeks, by which copies are found again after the worker was stopped."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import pyarrow as pa

from warehouse.database import Connection, arrow, rows

COLUMNS = pa.schema([("key", pa.uint64()), ("id", pa.string()), ("created_at", pa.timestamp("us", tz="UTC")), ("sketch", pa.binary())])


def keep(con: Connection, sketches: pa.Table) -> None:
    """Add sketches (COLUMNS) that are not there yet, inside the caller's transaction."""
    con.register("new_sketches", sketches.select(COLUMNS.names))
    con.execute("INSERT INTO sketches SELECT n.* FROM new_sketches AS n ANTI JOIN sketches AS s ON s.key = n.key")
    con.unregister("new_sketches")


def kept(con: Connection, since: datetime) -> pa.Table:
    """The sketches (key, sketch) of posts published since then, the oldest first."""
    return arrow(con, "SELECT key, sketch FROM sketches WHERE created_at >= $since ORDER BY created_at, key", {"since": since})


def ids(con: Connection, keys: Collection[int]) -> dict[int, str]:
    """The ids of posts by their keys; keys that are not there are left out."""
    found = rows(con, "SELECT key, id FROM sketches WHERE key IN (SELECT unnest($keys::UBIGINT[]))", {"keys": sorted(set(keys))})
    return {row["key"]: row["id"] for row in found}


def forget(con: Connection, before: datetime) -> None:
    """Remove the sketches of posts published before then, and of posts that were erased since."""
    con.execute("DELETE FROM sketches WHERE created_at < $before", {"before": before})
    con.execute("DELETE FROM sketches WHERE id IN (SELECT source || ':' || native_id FROM posts WHERE deleted_at IS NOT NULL)")
