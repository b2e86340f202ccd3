"""What people ask of the worker, which alone may write the warehouse."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from warehouse.errors import InputError
from warehouse.state.file import StateFile, plain, to_text, to_time

_TAKES = 3  #: a request that the worker did not survive so many times is given up, lest it kill every worker to come


@dataclass(frozen=True, slots=True)
class Request:
    """One request: waiting (taken_at is None), taken, or finished with an outcome ("ok" or "failed") and a message."""

    id: int
    kind: str
    payload: dict[str, Any]
    requested_by: str
    requested_at: datetime
    taken_at: datetime | None
    takes: int
    finished_at: datetime | None
    outcome: str | None
    message: str
    done: int
    total: int | None


class Requests(StateFile):
    """A queue with one consumer."""

    def enqueue(self, kind: str, payload: Mapping[str, Any], *, who: str, now: datetime) -> int:
        """Leave a request for the worker; `payload` must be JSON. Returns its number."""
        with self.writing() as con:
            cursor = con.execute(
                "INSERT INTO requests (kind, payload, requested_by, requested_at) VALUES (?, ?, ?, ?)",
                [kind, json.dumps(dict(payload)), who, to_text(now)],
            )
            return int(cursor.lastrowid or 0)

    def take(self, now: datetime) -> Request | None:
        """Take the oldest waiting request, so that nobody else can; None when none waits."""
        with self.writing() as con:
            row = con.execute(
                """UPDATE requests SET taken_at = ?, takes = takes + 1
                WHERE id = (SELECT min(id) FROM requests WHERE taken_at IS NULL AND finished_at IS NULL)
                RETURNING *""",
                [to_text(now)],
            ).fetchone()
        return _request(row) if row else None

    def progress(self, number: int, done: int, total: int | None, message: str) -> None:
        """Say how far the request is; `total` is None when it cannot be known."""
        with self.writing() as con:
            con.execute("UPDATE requests SET done = ?, total = ?, message = ? WHERE id = ?", [done, total, plain(message), number])

    def finish(self, number: int, outcome: str, message: str, now: datetime) -> None:
        """Leave the outcome ("ok" or "failed") for whoever asked."""
        with self.writing() as con:
            con.execute(
                "UPDATE requests SET finished_at = ?, outcome = ?, message = ? WHERE id = ?",
                [to_text(now), outcome, plain(message), number],
            )

    def get(self, number: int) -> Request:
        """One request; raises InputError when there is none of this number."""
        row = self.one("SELECT * FROM requests WHERE id = :id", {"id": number})
        if row is None:
            raise InputError(f"request {number}: there is none of this number")
        return _request(row)

    def waiting(self) -> list[Request]:
        """What was asked and is not finished, the oldest first."""
        return [_request(row) for row in self.all("SELECT * FROM requests WHERE finished_at IS NULL ORDER BY id")]

    def last_finished(self, kind: str, since: datetime, most: int = 200) -> list[Request]:
        """Requests of a kind that were finished since a moment, the newest first."""
        sql = "SELECT * FROM requests WHERE kind = :kind AND finished_at >= :since ORDER BY id DESC LIMIT :most"
        return [_request(row) for row in self.all(sql, {"kind": kind, "since": to_text(since), "most": most})]

    def _give_back_requests(self, con: sqlite3.Connection, now: datetime) -> int:
        given_up = con.execute(
            """UPDATE requests SET finished_at = ?, outcome = 'failed',
                message = 'the worker died each of the ' || takes || ' times that it tried'
            WHERE taken_at IS NOT NULL AND finished_at IS NULL AND takes >= ?""",
            [to_text(now), _TAKES],
        ).rowcount
        given_back = con.execute(
            "UPDATE requests SET taken_at = NULL, done = 0, total = NULL, message = '' WHERE taken_at IS NOT NULL AND finished_at IS NULL"
        ).rowcount
        return given_up + given_back


def _request(row: sqlite3.Row) -> Request:
    values = dict(row)
    for name in ("requested_at", "taken_at", "finished_at"):
        values[name] = to_time(values[name])
    return Request(**(values | {"payload": json.loads(row["payload"])}))
