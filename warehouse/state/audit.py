"""Who did what, and when; rows are only ever added."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from warehouse.state.file import StateFile, plain, to_text, to_time

MOST: Final = 10_000  #: entries of one answer
KINDS: Final = 500  #: people or kinds of deeds that are listed


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One deed. `who` is a login, or the name of a program such as "command line"."""

    at: datetime
    who: str
    what: str
    detail: str


class Audit(StateFile):
    """The audit log."""

    def audit(self, who: str, what: str, detail: str, now: datetime) -> None:
        """Note a deed: `what` is a short fixed word such as "log in", `detail` says which; never a secret."""
        with self.writing() as con:
            con.execute(
                "INSERT INTO audit (at, who, what, detail) VALUES (?, ?, ?, ?)", [to_text(now), plain(who), what, plain(detail[:2_000])]
            )

    def audit_page(
        self,
        *,
        who: str = "",
        what: str = "",
        text: str = "",
        first: datetime | None = None,
        until: datetime | None = None,
        offset: int = 0,
        limit: int = 50,
    ) -> tuple[list[AuditEntry], int]:
        """The deeds of one person, of one kind, with `text` in their detail, from `first` to before `until`, the newest first; and how
        many there are."""
        params = {
            "who": who, "what": what, "text": f"%{_literal(text)}%",
            "first": to_text(first) if first else "", "until": to_text(until) if until else "~",
            "offset": max(0, offset), "limit": max(0, min(limit, MOST)),
        }  # fmt: skip
        where = """(:who = '' OR who = :who) AND (:what = '' OR what = :what) AND detail LIKE :text ESCAPE '\\'
            AND at >= :first AND at < :until"""
        with self.reading() as con:
            total = con.execute(f"SELECT count(*) FROM audit WHERE {where}", params).fetchone()[0]
            rows = con.execute(f"SELECT * FROM audit WHERE {where} ORDER BY id DESC LIMIT :limit OFFSET :offset", params).fetchall()
        return [_entry(row) for row in rows], total

    def audit_kinds(self) -> tuple[list[str], list[str]]:
        """Everybody who did something, and every kind of deed, in the order of the alphabet."""
        with self.reading() as con:
            return _distinct(con, "who"), _distinct(con, "what")

    def audit_since(self) -> datetime | None:
        """When the first deed was noted."""
        return to_time(self.all("SELECT min(at) AS at FROM audit")[0]["at"])

    def audit_log(self, limit: int = 200) -> list[AuditEntry]:
        """The latest deeds, the newest first."""
        rows = self.all("SELECT * FROM audit ORDER BY id DESC LIMIT :limit", {"limit": limit})
        return [_entry(row) for row in rows]


def _entry(row: sqlite3.Row) -> AuditEntry:
    return AuditEntry(datetime.fromisoformat(row["at"]), row["who"], row["what"], row["detail"])


def _literal(text: str) -> str:
    """A text as LIKE looks for it letter by letter."""
    return plain(text[:200]).replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _distinct(con: sqlite3.Connection, column: str) -> list[str]:
    """The values of an indexed column. Hops from one to the next, so that a long log costs no more than a short one."""
    found: list[str] = []
    value = con.execute(f"SELECT min({column}) FROM audit").fetchone()[0]
    while value is not None and len(found) < KINDS:
        found.append(value)
        value = con.execute(f"SELECT min({column}) FROM audit WHERE {column} > ?", [value]).fetchone()[0]
    return found
