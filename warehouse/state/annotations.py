"""Notes that people put on a day of the charts: what happened then that explains what is seen. A removed note can be brought back."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from warehouse.errors import InputError
from warehouse.state.file import StateFile, plain, to_text, to_time

LONGEST: Final = 500  #: letters of a note
MOST: Final = 500  #: notes that are read at a time, the newest days first


@dataclass(frozen=True, slots=True)
class Annotation:
    """One note. An empty topic or place means all of them; `removed_at` and `removed_by` are set while it is taken away."""

    annotation_id: int
    day: date
    text: str
    topic: str
    place_code: str
    author: str
    added_at: datetime
    removed_at: datetime | None = None
    removed_by: str = ""


class Annotations(StateFile):
    """The notes of all people; everybody sees them."""

    def add_annotation(self, day: date, text: str, *, who: str, now: datetime, topic: str = "", place_code: str = "") -> Annotation:
        """Put a note on a day. Raises InputError when it has no words or too many."""
        words = plain(" ".join(text.split()))
        if not 0 < len(words) <= LONGEST:
            raise InputError(f"the note has {len(words)} letters; it needs 1 to {LONGEST}")
        with self.writing() as con:
            cursor = con.execute(
                "INSERT INTO annotations (day, text, topic, place_code, author, added_at) VALUES (?, ?, ?, ?, ?, ?)",
                [day.isoformat(), words, plain(topic), plain(place_code), plain(who), to_text(now)],
            )
            return _load(con, int(cursor.lastrowid or 0))

    def annotation(self, annotation_id: int) -> Annotation:
        """One note, also a removed one. Raises InputError when there is none of this number."""
        with self.reading() as con:
            return _load(con, annotation_id)

    def annotations(self, first: date, last: date, topics: Iterable[str] = (), places: Iterable[str] = ()) -> list[Annotation]:
        """The notes on the days from first to last that stand, the oldest day first: those about these topics (all, when none is named)
        and places, and those about every topic or place."""
        rows = self.all(
            """SELECT * FROM (SELECT * FROM annotations WHERE removed_at IS NULL AND day BETWEEN :first AND :last
            ORDER BY day DESC, annotation_id DESC LIMIT :most) ORDER BY day, annotation_id""",
            {"first": first.isoformat(), "last": last.isoformat(), "most": MOST},
        )
        about, where = {"", *topics}, {"", *places}
        found = [_annotation(row) for row in rows]
        return [one for one in found if (one.topic in about or len(about) == 1) and (one.place_code in where or len(where) == 1)]

    def remove_annotation(self, annotation_id: int, *, who: str, now: datetime) -> Annotation:
        """Take a note away; it can be restored. Raises InputError when there is none, or it is gone already."""
        with self.writing() as con:
            found = _load(con, annotation_id)
            if found.removed_at is not None:
                raise InputError(f"note {annotation_id}: {found.removed_by} has removed it already")
            con.execute(
                "UPDATE annotations SET removed_at = ?, removed_by = ? WHERE annotation_id = ?", [to_text(now), plain(who), annotation_id]
            )
            return _load(con, annotation_id)

    def restore_annotation(self, annotation_id: int) -> Annotation:
        """Bring a removed note back. Raises InputError when there is none, or it still stands."""
        with self.writing() as con:
            if _load(con, annotation_id).removed_at is None:
                raise InputError(f"note {annotation_id}: it was not removed")
            con.execute("UPDATE annotations SET removed_at = NULL, removed_by = '' WHERE annotation_id = ?", [annotation_id])
            return _load(con, annotation_id)


def _load(con: sqlite3.Connection, annotation_id: int) -> Annotation:
    row = con.execute("SELECT * FROM annotations WHERE annotation_id = ?", [annotation_id]).fetchone()
    if row is None:
        raise InputError(f"note {annotation_id}: there is none of this number")
    return _annotation(row)


def _annotation(row: sqlite3.Row) -> Annotation:
    known = dict(row) | {"day": date.fromisoformat(row["day"]), "added_at": datetime.fromisoformat(row["added_at"])}
    return Annotation(**known | {"removed_at": to_time(row["removed_at"])})
