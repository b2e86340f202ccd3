"""The reference tables that come with the program: places and topics."""

from __future__ import annotations

import pyarrow as pa

from warehouse import rollups, schema
from warehouse.database import Connection, rows, transaction


def replace_places(con: Connection, places: pa.Table) -> bool:
    """Bring `places` to this table (columns as in the schema; missing ones are NULL); True when anything changed.

    When a place now lies in another one, the counts of all posts are made again.
    """
    above = "SELECT place_code, parent_code FROM places ORDER BY ALL"
    with transaction(con):
        before = rows(con, above)
        changed = _replace(con, schema.PLACES, places)
        if changed and rows(con, above) != before:
            rollups.rebuild(con)
    return changed


def replace_topics(con: Connection, topics: pa.Table) -> bool:
    """Bring `topics` to this table (columns as in the schema; missing ones are NULL); True when anything changed."""
    with transaction(con):
        return _replace(con, schema.TOPICS, topics)


def _replace(con: Connection, table: schema.Table, wanted: pa.Table) -> bool:
    columns = [column.name for column in table.columns]
    if unknown := set(wanted.column_names) - set(columns):
        raise ValueError(f"{table.name} has no column {sorted(unknown)[0]!r}")
    content = f"SELECT * FROM {table.name} ORDER BY ALL"
    before = rows(con, content)
    con.register("wanted_rows", wanted)
    con.execute(f"DELETE FROM {table.name}")
    con.execute(f"INSERT INTO {table.name} BY NAME SELECT * FROM wanted_rows")
    con.unregister("wanted_rows")
    return rows(con, content) != before
