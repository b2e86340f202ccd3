"""Labels that a person found wrong: what the models said, what it should have been, who says so. Training data of one's own.

Rows are only ever added; an undo is a row, too. The text itself stays in the warehouse: a correction knows its hash.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from warehouse.errors import InputError
from warehouse.records import EMOTIONS, INTENTS, SENTIMENTS
from warehouse.state.file import StateFile, plain, to_text

#: What may be corrected, and the values where they are few. Topics and places are lists of codes; a language is a BCP 47 code.
CORRECTABLE: Final[dict[str, tuple[str, ...]]] = {
    "sentiment": SENTIMENTS,
    "emotion": EMOTIONS,
    "intent": INTENTS,
    "firsthand": ("yes", "no"),
    "topics": (),
    "places": (),
    "lang": (),
}
LISTS: Final = ("topics", "places")
LONGEST_LIST: Final = 30
LONGEST_CODE: Final = 128

Value = str | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Labelled:
    """The post that a correction is about, as its labels stood."""

    source: str
    native_id: str
    day: date
    text_hash: int | None
    model_version: str


@dataclass(frozen=True, slots=True)
class Correction:
    """One correction, or the undoing of one (`undoes`); `old` and `new` are codes, or lists of codes for topics and places."""

    correction_id: int
    post: Labelled
    label: str
    old: Value
    new: Value
    who: str
    at: datetime
    undoes: int | None


class Corrections(StateFile):
    """What people said of the labels."""

    def correct(self, post: Labelled, label: str, old: Value, new: Value, *, who: str, now: datetime) -> Correction:
        """Note that a label of a post is wrong; the latest correction of a label counts. Raises InputError when `new` is no value of it."""
        old, new = _checked(label, old, known=False), _checked(label, new, known=True)
        with self.writing() as con:
            standing = _standing(con, post.source, post.native_id).get(label)
            if (standing.new if standing else old) == new:
                raise InputError(f"{label} {_text(new)!r}: that is what it is already")
            return _add(con, post, label, old, new, who, now)

    def undo_correction(self, correction_id: int, *, who: str, now: datetime) -> Correction:
        """Take a correction back that stands; the one before it counts again. Raises InputError when there is nothing to take back."""
        with self.writing() as con:
            row = con.execute("SELECT * FROM label_corrections WHERE correction_id = ?", [correction_id]).fetchone()
            if row is None:
                raise InputError(f"correction {correction_id}: there is none of this number")
            found = _correction(row)
            standing = _standing(con, found.post.source, found.post.native_id).get(found.label)
            if standing is None or standing.correction_id != correction_id:
                raise InputError(f"correction {correction_id}: does not stand any more; look again")
            return _add(con, found.post, found.label, found.new, found.old, who, now, undoes=correction_id)

    def corrections_of(self, posts: Iterable[tuple[str, str]]) -> dict[tuple[str, str], dict[str, Correction]]:
        """The corrections that stand of some posts (source, native_id), by post and label."""
        with self.reading() as con:
            return {post: found for post in posts if (found := _standing(con, *post))}

    def correction_steps(self, source: str, native_id: str) -> list[Correction]:
        """All that was said of one post, the oldest first, also what was undone."""
        with self.reading() as con:
            return _steps(con, source, native_id)

    def corrections(self) -> list[Correction]:
        """All corrections that stand, by post and label."""
        rows = self.all("SELECT * FROM label_corrections ORDER BY source, native_id, correction_id")
        by_post: dict[tuple[str, str], list[Correction]] = {}
        for row in rows:
            by_post.setdefault((row["source"], row["native_id"]), []).append(_correction(row))
        return [one for steps in by_post.values() for one in _latest(steps).values()]


def _checked(label: str, value: Value, *, known: bool) -> Value:
    """A value as it is kept. With `known` it must be one that the label can have; what a model said long ago need not be."""
    if label not in CORRECTABLE:
        raise InputError(f"label {label!r}: not one of {', '.join(CORRECTABLE)}")
    codes = [value] if isinstance(value, str) else list(value)
    if any(not isinstance(code, str) or len(code) > LONGEST_CODE for code in codes) or len(codes) > LONGEST_LIST:
        raise InputError(f"{label}: at most {LONGEST_LIST} codes of {LONGEST_CODE} characters")
    if label in LISTS:
        return tuple(sorted(set(map(plain, codes))))
    if isinstance(value, str):
        options = CORRECTABLE[label]
        if not known or value in options or (not options and value):
            return plain(value)
    raise InputError(f"{label} {_text(value)!r}: not one of {', '.join(CORRECTABLE[label]) or 'the codes of languages'}")


def _text(value: Value) -> str:
    return value if isinstance(value, str) else ", ".join(map(str, value))


def _add(
    con: sqlite3.Connection, post: Labelled, label: str, old: Value, new: Value, who: str, now: datetime, undoes: int | None = None
) -> Correction:
    values = [post.source, post.native_id, post.day.isoformat(), post.text_hash, label, json.dumps(old), json.dumps(new)]
    row = con.execute(
        """INSERT INTO label_corrections (source, native_id, day, text_hash, label, old, new, model_version, who, at, undoes)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING *""",
        [*values, post.model_version, plain(who), to_text(now), undoes],
    ).fetchone()
    return _correction(row)


def _standing(con: sqlite3.Connection, source: str, native_id: str) -> dict[str, Correction]:
    return _latest(_steps(con, source, native_id))


def _steps(con: sqlite3.Connection, source: str, native_id: str) -> list[Correction]:
    rows = con.execute(
        "SELECT * FROM label_corrections WHERE source = ? AND native_id = ? ORDER BY correction_id", [source, native_id]
    ).fetchall()
    return [_correction(row) for row in rows]


def _latest(steps: Sequence[Correction]) -> dict[str, Correction]:
    """Of each label the last correction that was not undone."""
    undone = {one.undoes for one in steps}
    return {one.label: one for one in steps if one.undoes is None and one.correction_id not in undone}


def _correction(row: sqlite3.Row) -> Correction:
    post = Labelled(row["source"], row["native_id"], date.fromisoformat(row["day"]), row["text_hash"], row["model_version"])
    old, new = (_value(json.loads(row[name])) for name in ("old", "new"))
    at = datetime.fromisoformat(row["at"])
    return Correction(row["correction_id"], post, row["label"], old, new, row["who"], at, row["undoes"])


def _value(found: Any) -> Value:
    return tuple(found) if isinstance(found, list) else str(found)
