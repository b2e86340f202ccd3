"""Posts whose labels were given by other models than those that run now."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from warehouse.database import Connection, arrow, rows, value
from warehouse.records import STORED_SCHEMA

_STALE = "deleted_at IS NULL AND text IS NOT NULL AND model_version IS DISTINCT FROM $version"


def count_stale(con: Connection, version: str) -> int:
    """How many posts are labelled by another version than `version`; erased posts have no labels and do not count."""
    return int(value(con, f"SELECT count(*) FROM posts WHERE {_STALE}", {"version": version}))


def stale_posts(con: Connection, version: str, size: int, most: int | None = None) -> Iterator[pa.Table]:
    """The stale posts (the newest `most` of them) as STORED_SCHEMA with their old labels: tables of one source, at most `size` rows.

    Which posts these are is settled at the start; their rows are read when a table is asked for.
    """
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE stale AS
        SELECT source, native_id, created_at, row_number() OVER (PARTITION BY source ORDER BY created_at DESC, native_id) - 1 AS n
        FROM (SELECT source, native_id, created_at FROM posts WHERE {_STALE} ORDER BY created_at DESC LIMIT $most)""",
        {"version": version, "most": 2**62 if most is None else most},
    )
    names = ", ".join(f"p.{name}" for name in STORED_SCHEMA.names)
    for part in rows(con, "SELECT source, max(n) AS last FROM stale GROUP BY source ORDER BY max(created_at) DESC"):
        for first in range(0, part["last"] + 1, size):
            key = {"source": part["source"], "first": first, "last": first + size - 1}
            chosen = "SELECT native_id, created_at FROM stale WHERE source = $source AND n BETWEEN $first AND $last"
            yield arrow(
                con,
                f"""WITH chosen AS ({chosen})
                SELECT {names} FROM posts AS p JOIN chosen AS c ON c.native_id = p.native_id
                WHERE p.source = $source AND p.created_at >= (SELECT min(created_at) FROM chosen)
                  AND p.created_at <= (SELECT max(created_at) FROM chosen)
                  AND p.deleted_at IS NULL AND p.text IS NOT NULL ORDER BY p.created_at""",
                key,
            ).cast(STORED_SCHEMA)


def as_before(con: Connection, old: pa.Table, new: pa.Table) -> pa.Table:
    """Those rows of `new`, all of one source, whose stored text is still that of `old`: what was edited or erased meanwhile is left out."""
    con.register("read_before", old.select(["native_id", "text"]).append_column("row", pa.array(range(old.num_rows))))
    span = pc.min_max(old["created_at"]).as_py()
    kept = arrow(
        con,
        """SELECT DISTINCT r.row FROM read_before AS r JOIN posts AS p ON p.native_id = r.native_id AND p.text = r.text
        WHERE p.source = $source AND p.created_at BETWEEN $min AND $max AND p.deleted_at IS NULL ORDER BY r.row""",
        {"source": old["source"][0].as_py(), **span},
    )
    con.unregister("read_before")
    return new.take(kept["row"])
