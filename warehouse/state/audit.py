"""Who did what, and when; rows are only ever added."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from warehouse.state.file import StateFile, plain, to_text


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

    def audit_log(self, limit: int = 200) -> list[AuditEntry]:
        """The latest deeds, the newest first."""
        rows = self.all("SELECT * FROM audit ORDER BY id DESC LIMIT :limit", {"limit": limit})
        return [AuditEntry(datetime.fromisoformat(row["at"]), row["who"], row["what"], row["detail"]) for row in rows]
