"""Mails: each report goes to each recipient once, whatever dies in between."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime

from warehouse.state.file import StateFile, plain, to_text, to_time

_LOST = "the worker stopped while this mail was being sent; it may have arrived, so it is not sent again"


@dataclass(frozen=True, slots=True)
class Mail:
    """One report for one recipient. `period` names the day or week, e.g. "2026-03-01".

    pending → sending → sent, or → failed; a failed mail is tried again at `next_attempt_at`, or never when that is None.
    """

    id: int
    kind: str
    period: str
    recipient: str
    state: str
    attempts: int
    next_attempt_at: datetime | None
    queued_at: datetime
    changed_at: datetime
    error: str


class Mails(StateFile):
    """The outbox."""

    def queue_mail(self, kind: str, period: str, recipient: str, now: datetime) -> bool:
        """Put a report into the outbox; False when this (kind, period, recipient) is or was there already."""
        with self.writing() as con:
            return bool(
                con.execute(
                    """INSERT INTO mails (kind, period, recipient, next_attempt_at, queued_at, changed_at)
                    VALUES (:kind, :period, :recipient, :now, :now, :now) ON CONFLICT DO NOTHING""",
                    {"kind": kind, "period": period, "recipient": recipient, "now": to_text(now)},
                ).rowcount
            )

    def claim_mail(self, now: datetime) -> Mail | None:
        """Take the mail that has been due the longest: nobody else gets it, and it counts as an attempt. None when none is due."""
        with self.writing() as con:
            row = con.execute(
                """UPDATE mails SET state = 'sending', attempts = attempts + 1, next_attempt_at = NULL, changed_at = :now WHERE id = (
                    SELECT id FROM mails WHERE state IN ('pending', 'failed') AND next_attempt_at <= :now
                    ORDER BY next_attempt_at, id LIMIT 1)
                RETURNING *""",
                {"now": to_text(now)},
            ).fetchone()
        return _mail(row) if row else None

    def mail_sent(self, number: int, now: datetime) -> None:
        """The server has accepted it; it is never sent again."""
        self._mail_became(number, "sent", "", None, now)

    def mail_failed(self, number: int, error: str, retry_at: datetime | None, now: datetime) -> None:
        """The server has not accepted it; it is due again at `retry_at`, or given up when that is None."""
        self._mail_became(number, "failed", error, retry_at, now)

    def mails(self, limit: int = 200) -> list[Mail]:
        """The latest mails, the newest first."""
        return [_mail(row) for row in self.all("SELECT * FROM mails ORDER BY id DESC LIMIT :limit", {"limit": limit})]

    def _mail_became(self, number: int, state: str, error: str, retry_at: datetime | None, now: datetime) -> None:
        with self.writing() as con:
            con.execute(
                "UPDATE mails SET state = ?, error = ?, next_attempt_at = ?, changed_at = ? WHERE id = ?",
                [state, plain(error[:2_000]), to_text(retry_at) if retry_at else None, to_text(now), number],
            )

    def _give_up_lost_mails(self, con: sqlite3.Connection, now: datetime) -> int:
        return con.execute(
            "UPDATE mails SET state = 'failed', next_attempt_at = NULL, error = ?, changed_at = ? WHERE state = 'sending'",
            [_LOST, to_text(now)],
        ).rowcount


def _mail(row: sqlite3.Row) -> Mail:
    values = dict(row)
    for name in ("next_attempt_at", "queued_at", "changed_at"):
        values[name] = to_time(values[name])
    return Mail(**values)
