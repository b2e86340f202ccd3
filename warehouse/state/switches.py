"""Sources that a person switched on or off while the worker runs; config.toml stays the default.

Steps are only ever added. Undoing one adds another that puts back what held before it.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime

from warehouse.errors import InputError
from warehouse.state.file import StateFile, plain, to_text


@dataclass(frozen=True, slots=True)
class Switch:
    """The last step of a source. enabled: None where config.toml decides again. before: what held before this step."""

    source: str
    enabled: bool | None
    who: str
    at: datetime
    undo: bool
    before: bool | None


class Switches(StateFile):
    """The switches of sources."""

    def switch_source(self, source: str, enabled: bool, who: str, now: datetime) -> None:
        """Switch a source on or off, whatever config.toml says, until it is switched again."""
        with self.writing() as con:
            _add(con, source, enabled, False, who, now)

    def undo_switch(self, source: str, who: str, now: datetime) -> Switch:
        """Put back what held before the last step; raises InputError when there is none or it was an undoing itself."""
        with self.writing() as con:
            last = _last(con, source)
            if last is None or last.undo:
                raise InputError(f"source {source!r}: there is no switch to undo")
            return _add(con, source, last.before, True, who, now)

    def source_switches(self) -> dict[str, Switch]:
        """The last step of each source that was ever switched."""
        rows = self.all("SELECT * FROM source_switches WHERE step_id IN (SELECT max(step_id) FROM source_switches GROUP BY source)")
        return {row["source"]: _switch(row) for row in rows}


def _add(con: sqlite3.Connection, source: str, enabled: bool | None, undo: bool, who: str, now: datetime) -> Switch:
    last = _last(con, source)
    before = None if last is None else last.enabled
    con.execute(
        "INSERT INTO source_switches (source, enabled, before, undo, who, at) VALUES (?, ?, ?, ?, ?, ?)",
        [source, enabled, before, undo, plain(who), to_text(now)],
    )
    return Switch(source, enabled, who, now, undo, before)


def _last(con: sqlite3.Connection, source: str) -> Switch | None:
    row = con.execute("SELECT * FROM source_switches WHERE source = ? ORDER BY step_id DESC LIMIT 1", [source]).fetchone()
    return None if row is None else _switch(row)


def _switch(row: sqlite3.Row) -> Switch:
    enabled, before = (None if row[name] is None else bool(row[name]) for name in ("enabled", "before"))
    return Switch(row["source"], enabled, row["who"], datetime.fromisoformat(row["at"]), bool(row["undo"]), before)
