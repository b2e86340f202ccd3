"""The published Parquet files: which days go into which file, and writing those whose posts have changed.

A file is never changed: a new one takes its place under a new name, and the old one stays for a while for those who still read it.
Recent days have a file each, so that a new post costs little; older ones share a file a month or a year, because a view over hundreds of
files is slow: on 200,000 posts a week's newest posts took 440 ms over 730 files of a day and 50 ms over 83 files of both kinds.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import duckdb

from warehouse import rollups
from warehouse.database import Connection, quoted, rows
from warehouse.settings import DataFolder

LATER = "later"  #: the unit of posts that claim to be from the future
TOGETHER = 12_288  #: posts of a row group: whoever reads twenty posts reads a few of these, and not a day
YEARLY_AFTER = 3  #: years after which a year shares one file

_FIRST, _LAST = date.min, date.max


@dataclass(frozen=True, slots=True)
class PublishedFile:
    """One Parquet file: its path within the published folder, the unit of days in it, and what it holds."""

    path: str
    unit: str
    first_day: date
    last_day: date
    posts: int
    written_at: datetime


def unit_of(day: date, today: date) -> str:
    """The unit whose file holds a day: a day of this month or the last one, else a month, else (after three years) a year."""
    if day > today + timedelta(days=1):
        return LATER
    if (day.year, day.month) >= _month_before(today):
        return day.isoformat()
    return f"{day:%Y-%m}" if day.year > today.year - YEARLY_AFTER else f"{day:%Y}"


def _month_before(today: date) -> tuple[int, int]:
    last = today.replace(day=1) - timedelta(days=1)
    return last.year, last.month


def days_of(unit: str, today: date) -> tuple[date, date]:
    """First and last day of a unit, both included."""
    if unit == LATER:
        return today + timedelta(days=2), _LAST
    parts = [int(part) for part in unit.split("-")]
    if len(parts) == 3:
        return date(*parts), date(*parts)
    if len(parts) == 1:
        return date(parts[0], 1, 1), date(parts[0], 12, 31)
    year, month = parts
    following = date(year + month // 12, month % 12 + 1, 1)
    return date(year, month, 1), following - timedelta(days=1)


def current(con: Connection) -> list[PublishedFile]:
    """The files of the last publication."""
    found = rows(con, "SELECT path, unit, first_day, last_day, posts, written_at FROM published_files ORDER BY first_day, unit")
    return [PublishedFile(**row) for row in found]


def write_changed(con: Connection, folder: DataFolder, today: date, now: datetime) -> tuple[list[PublishedFile], list[PublishedFile]]:
    """Write the files whose days have changed, moved into another unit or vanished from the disk; (all files, those just written)."""
    files = current(con)
    if not files:
        rollups.mark_all_changed(con)
    lost = [file for file in files if _misplaced(file, today) or not (folder.published / file.path).exists()]
    for file in lost:
        rollups.mark_changed(con, _days_with_posts(con, file.first_day, file.last_day))
    changed = [day for (day,) in con.execute("SELECT day FROM changed_days").fetchall()]
    units = sorted({unit_of(day, today) for day in changed})
    kept = [file for file in files if file not in lost and file.unit not in units]
    written = [new for unit in units if (new := _write(con, folder, unit, today, now)) is not None]
    return sorted([*kept, *written], key=lambda file: file.first_day), written


def _misplaced(file: PublishedFile, today: date) -> bool:
    return unit_of(file.first_day, today) != file.unit


def _days_with_posts(con: Connection, first: date, last: date) -> Iterable[date]:
    return [day for (day,) in con.execute("SELECT DISTINCT day FROM posts WHERE day BETWEEN ? AND ?", [first, last]).fetchall()]


def _write(con: Connection, folder: DataFolder, unit: str, today: date, now: datetime) -> PublishedFile | None:
    first, last = days_of(unit, today)
    ((posts, first_day, last_day),) = con.execute(
        "SELECT count(*), min(day), max(day) FROM posts WHERE day BETWEEN ? AND ?", [first, last]
    ).fetchall()
    if not posts:
        return None
    path = f"posts/{unit}.{uuid.uuid4().hex[:12]}.parquet"
    target = folder.published / path
    con.execute(
        f"""COPY (SELECT * FROM posts WHERE day BETWEEN '{first}' AND '{last}' ORDER BY created_at, source, native_id)
        TO {quoted(target)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {TOGETHER})"""
    )
    stamp(target, now)
    return PublishedFile(path, unit, first_day, last_day, posts, now)


def stamp(file: os.PathLike[str], now: datetime) -> None:
    """Set the time from which the grace of a file counts: when it was written, and again when it is replaced."""
    os.utime(file, (now.timestamp(), now.timestamp()))


def prune(folder: DataFolder, now: datetime, grace: timedelta) -> int:
    """Remove Parquet files that the published catalog has not named for longer than `grace`; the number of files removed.

    Safe while a publication is going on: what it has just written is younger than the grace.
    """
    if not folder.catalog.exists():
        return 0
    named = _named(folder)
    doomed = [
        file
        for file in (folder.published / "posts").glob("*.parquet")
        if file.name not in named and datetime.fromtimestamp(file.stat().st_mtime, UTC) + grace <= now
    ]
    for file in doomed:
        file.unlink(missing_ok=True)
    return len(doomed)


def _named(folder: DataFolder) -> set[str]:
    # Attached and not connected to: connections to one path share an instance, which may be a replaced file that is still open.
    with duckdb.connect() as con:
        con.execute(f"ATTACH {quoted(folder.catalog)} AS catalog_now (READ_ONLY)")
        return {path.removeprefix("posts/") for (path,) in con.execute("SELECT path FROM catalog_now.published_files").fetchall()}
