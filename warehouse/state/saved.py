"""Queries that analysts keep under a name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from warehouse.errors import InputError
from warehouse.state.file import StateFile, plain, to_text

_LONGEST_NAME = 80
_LONGEST_SQL = 100_000


@dataclass(frozen=True, slots=True)
class SavedQuery:
    """One query; everybody may read it, its owner may replace or remove it."""

    name: str
    sql: str
    owner: str
    saved_at: datetime


class SavedQueries(StateFile):
    """The shelf of queries."""

    def save_query(self, name: str, sql: str, who: str, now: datetime) -> SavedQuery:
        """Keep a query; raises InputError when the name is empty or too long, or belongs to somebody else."""
        name, sql = plain(" ".join(name.split())), plain(sql)
        if not 0 < len(name) <= _LONGEST_NAME or len(sql) > _LONGEST_SQL:
            raise InputError(
                f"saved query {name[:_LONGEST_NAME]!r}: a name has 1 to {_LONGEST_NAME} characters, a query at most {_LONGEST_SQL:,}"
            )
        with self.writing() as con:
            kept = con.execute(
                """INSERT INTO saved_queries VALUES (:name, :sql, :who, :now) ON CONFLICT (name)
                DO UPDATE SET sql = excluded.sql, saved_at = excluded.saved_at WHERE owner = excluded.owner""",
                {"name": name, "sql": sql, "who": who, "now": to_text(now)},
            ).rowcount
            if not kept:
                raise InputError(f"saved query {name!r}: belongs to somebody else; choose another name")
        return SavedQuery(name, sql, who, now)

    def saved_queries(self) -> list[SavedQuery]:
        """All queries by name."""
        rows = self.all("SELECT * FROM saved_queries ORDER BY name")
        return [SavedQuery(row["name"], row["sql"], row["owner"], datetime.fromisoformat(row["saved_at"])) for row in rows]

    def remove_query(self, name: str, who: str) -> bool:
        """Remove one's own query; False when there is none."""
        with self.writing() as con:
            return bool(con.execute("DELETE FROM saved_queries WHERE name = ? AND owner = ?", [name, who]).rowcount)
