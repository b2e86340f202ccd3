"""Every version of the file with one's own topics, whoever changed it: the page, the command line, or an editor.

The file is the truth; the history follows it. A change through here happens inside one write transaction of state.sqlite, which is the
lock: the file is read, changed and put in place, and its version noted, while nobody else can. An editor takes no lock; what it wrote is
noted when it is next looked at, and never overwritten unseen. docs/decisions/0012-two-doors-to-the-topics.md says why.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import tomllib
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Literal
from uuid import uuid4

from warehouse.errors import InputError
from warehouse.state.file import StateFile, plain, to_text

LARGEST: Final = 20_000_000  #: bytes of a file
Origin = Literal["start", "file", "page", "import", "restore"]
_COLUMNS: Final = "version, at, who, origin, note, changed, digest"


@dataclass(frozen=True, slots=True)
class TopicVersion:
    """One version of the file. `origin`: start (what was there first), file (changed by hand), page, import, restore; `who` is empty
    where nobody knows. `changed`: codes of the topics that differ from the version before."""

    version: int
    at: datetime
    who: str
    origin: Origin
    note: str
    changed: tuple[str, ...]
    digest: str


@dataclass(frozen=True, slots=True)
class TopicsInUse:
    """What the worker labels with: the digest of the file that it read last, when, and why it went on with the one before (or empty)."""

    digest: str
    at: datetime
    trouble: str


class TopicsChanged(InputError):
    """Somebody was quicker; `by` is the version that came in between, None where that is not known."""

    def __init__(self, by: TopicVersion | None) -> None:
        who = f"{by.who or 'the file'}, version {by.version}" if by else "somebody else"
        super().__init__(f"the topics were changed meanwhile by {who}; look at the change, then save again")
        self.by = by


class TopicVersions(StateFile):
    """The history of the file with one's own topics."""

    def topics_text(self, path: Path, now: datetime) -> str:
        """What the file holds now ("" where there is none); a change by hand becomes a version. Raises InputError when it is unreadable."""
        text = _read(path)
        latest = self.latest_topics()
        if latest is None or latest.digest != digest(text):
            with self.writing() as con:
                text = _read(path)  # who writes through here may have been at it
                _note_by_hand(con, text, now)
        return text

    def change_topics(
        self, path: Path, change: Callable[[str], str], *, who: str, origin: Origin, note: str = "", now: datetime
    ) -> TopicVersion:
        """Put what `change` makes of the file's text in its place, whole or not at all, and note the version; the latest version when
        nothing changes. `change` may raise to refuse. Raises InputError when the file cannot be written."""
        with self.writing() as con:
            before = _read(path)
            _note_by_hand(con, before, now)
            after = plain(change(before))
            latest = _latest(con)
            assert latest is not None
            if after == before:
                return latest
            if len(after.encode()) > LARGEST:
                raise InputError(f"{path.name}: more than {LARGEST:,} bytes; a topic file may not hold more")
            number = _insert(con, who=who, origin=origin, note=note, before=before, after=after, now=now)
            _put(path, before, after)
            found = _row(con, number)
        assert found is not None
        return found

    def topic_versions(self, limit: int = 100) -> list[TopicVersion]:
        """The newest first."""
        rows = self.all(f"SELECT {_COLUMNS} FROM topic_versions ORDER BY version DESC LIMIT :limit", {"limit": limit})
        return [_version(row) for row in rows]

    def latest_topics(self) -> TopicVersion | None:
        row = self.one(f"SELECT {_COLUMNS} FROM topic_versions ORDER BY version DESC LIMIT 1")
        return _version(row) if row else None

    def topic_version(self, version: int) -> tuple[TopicVersion, str, str]:
        """One version, the text before it and its own text; raises InputError when there is none of this number."""
        sql = f"SELECT {_COLUMNS}, content FROM topic_versions WHERE version <= :version ORDER BY version DESC LIMIT 2"
        rows = self.all(sql, {"version": version})
        if not rows or rows[0]["version"] != version:
            raise InputError(f"version {version} of the topics: there is none of this number")
        return _version(rows[0]), _content(rows[1]) if len(rows) > 1 else "", _content(rows[0])

    def last_change_of(self, code: str) -> TopicVersion | None:
        """The newest version that changed this topic."""
        sql = f"""SELECT {_COLUMNS} FROM topic_versions WHERE EXISTS (SELECT 1 FROM json_each(changed) WHERE value = :code)
        ORDER BY version DESC LIMIT 1"""
        row = self.one(sql, {"code": code})
        return _version(row) if row else None

    def note_topics_in_use(self, read: str, trouble: str, now: datetime) -> None:
        """For the worker: what it has just read, and what was wrong with it."""
        with self.writing() as con:
            con.execute("INSERT OR REPLACE INTO topics_in_use VALUES (1, ?, ?, ?)", [digest(read), to_text(now), plain(trouble)])

    def topics_in_use(self) -> TopicsInUse | None:
        """None before a worker has run."""
        row = self.one("SELECT digest, at, trouble FROM topics_in_use")
        return TopicsInUse(row["digest"], datetime.fromisoformat(row["at"]), row["trouble"]) if row else None


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def differing(before: str, after: str) -> tuple[str, ...]:
    """Codes of the topics that differ between two texts of the file; none where one of them cannot be read."""
    try:
        one, two = tomllib.loads(before), tomllib.loads(after)
    except (tomllib.TOMLDecodeError, RecursionError):
        return ()
    return tuple(code for code in dict.fromkeys((*one, *two)) if one.get(code) != two.get(code))


def _note_by_hand(con: sqlite3.Connection, text: str, now: datetime) -> None:
    latest = _latest(con)
    if latest is None:
        _insert(con, who="", origin="start", note="", before="", after=text, now=now)
    elif latest.digest != digest(text):
        row = con.execute("SELECT content FROM topic_versions WHERE version = ?", [latest.version]).fetchone()
        _insert(con, who="", origin="file", note="", before=_content(row), after=text, now=now)


def _insert(con: sqlite3.Connection, *, who: str, origin: Origin, note: str, before: str, after: str, now: datetime) -> int:
    values: list[Any] = [to_text(now), plain(who), origin, plain(note), json.dumps(differing(before, after)), digest(after)]
    cursor = con.execute(
        "INSERT INTO topic_versions (at, who, origin, note, changed, digest, content) VALUES (?, ?, ?, ?, ?, ?, ?)",
        [*values, zlib.compress(after.encode())],
    )
    return int(cursor.lastrowid or 0)


def _latest(con: sqlite3.Connection) -> TopicVersion | None:
    row = con.execute(f"SELECT {_COLUMNS} FROM topic_versions ORDER BY version DESC LIMIT 1").fetchone()
    return _version(row) if row else None


def _row(con: sqlite3.Connection, number: int) -> TopicVersion | None:
    row = con.execute(f"SELECT {_COLUMNS} FROM topic_versions WHERE version = ?", [number]).fetchone()
    return _version(row) if row else None


def _version(row: sqlite3.Row) -> TopicVersion:
    values = {name: row[name] for name in TopicVersion.__dataclass_fields__}
    return TopicVersion(**(values | {"at": datetime.fromisoformat(row["at"]), "changed": tuple(json.loads(row["changed"]))}))


def _content(row: sqlite3.Row) -> str:
    return zlib.decompress(row["content"]).decode()


def _read(path: Path) -> str:
    """The text of the file, line ends as they are; "" where there is none."""
    try:
        if path.stat().st_size > LARGEST:
            raise InputError(f"{path}: {path.stat().st_size:,} bytes; a topic file may hold {LARGEST:,} at most")
        return path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        return ""
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not UTF-8: {error}") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from None


def _put(path: Path, before: str, after: str) -> None:
    """Replace the file in one step; raises TopicsChanged when an editor was quicker."""
    path = path.resolve()  # a link stays a link
    aside = path.with_name(f".{path.name}.{uuid4().hex}")
    try:
        mode = path.stat().st_mode & 0o777 if path.exists() else 0o600
        with os.fdopen(os.open(aside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode), "wb") as file:
            file.write(after.encode())
            file.flush()
            os.fsync(file.fileno())
        if _read(path) != before:
            raise TopicsChanged(None)
        aside.replace(path)
    except OSError as error:
        raise InputError(
            f"{path}: cannot be written: {error.strerror}; save the topics to another place and tell the administrator"
        ) from None
    finally:
        aside.unlink(missing_ok=True)
