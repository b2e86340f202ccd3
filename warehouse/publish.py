"""The published copy that everybody reads: Parquet files of posts, and a small catalog with the rest, renamed into place whole.

The catalog has the tables and views of the warehouse under the same names, with the same comments. Its view `posts` names each Parquet
file by its absolute path; a data folder that was moved is right again after the next publication.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from warehouse import parquet, schema
from warehouse.database import Connection, exclusive, quoted, transaction, value
from warehouse.parquet import PublishedFile, prune
from warehouse.store import Warehouse

#: The oldest storage that a DuckDB 1.x opens; analysts need not have our version.
STORAGE_VERSION = "v1.0.0"

_ALIAS = "publication"

#: Tables of which readers take a row at a time, with long texts: to undo the compression of 2,048 of these for one takes longer than all
#: else of the question (docs/benchmarks.md). They are small beside the counts.
_UNCOMPRESSED = (schema.SIGNALS,)


@dataclass(frozen=True, slots=True)
class Published:
    """What a publication did: when, how long it took, files and posts written again, and the files and posts in all."""

    published_at: datetime
    seconds: float
    files_written: int
    posts_written: int
    files: int
    posts: int


def publish(wh: Warehouse, now: datetime) -> Published:
    """Publish the warehouse as it stands. now: aware UTC.

    Readers that have the last copy open keep it whole; the next one to open the catalog sees the new one. After a crash at any point the
    old copy or the new one is there, never a mixture, and the next publication makes up for it.
    """
    started = time.perf_counter()
    (wh.folder.published / "posts").mkdir(parents=True, exist_ok=True)
    today = now.astimezone(wh.settings.zone).date()
    with exclusive(wh.con) as con:
        before = parquet.current(con)
        files, written = parquet.write_changed(con, wh.folder, today, now)
        aside = wh.folder.published / ".analytics.new"
        _write_catalog(con, aside, wh.folder.published, files, now)
        _let_go(wh.folder.published, before, files, now)
        os.replace(aside, wh.folder.catalog)
        _remember(con, files)
    posts_written, posts = sum(file.posts for file in written), sum(file.posts for file in files)
    return Published(now, time.perf_counter() - started, len(written), posts_written, len(files), posts)


def _let_go(published: Path, before: list[PublishedFile], files: list[PublishedFile], now: datetime) -> None:
    """The grace of replaced files begins now: before the rename, so that a crash cannot take them from readers too soon."""
    for path in {file.path for file in before} - {file.path for file in files}:
        if (published / path).exists():
            parquet.stamp(published / path, now)


def _remember(con: Connection, files: list[PublishedFile]) -> None:
    with transaction(con):
        con.execute("DELETE FROM changed_days")
        con.execute("DELETE FROM published_files")
        _insert_files(con, "published_files", files)


def _insert_files(con: Connection, table: str, files: list[PublishedFile]) -> None:
    if files:
        values = [[file.path, file.unit, file.first_day, file.last_day, file.posts, file.written_at] for file in files]
        con.executemany(f"INSERT INTO {table} VALUES (?, ?, ?, ?, ?, ?)", values)


def _write_catalog(con: Connection, aside: Path, published: Path, files: list[PublishedFile], now: datetime) -> None:
    for leftover in (aside, aside.with_name(aside.name + ".wal")):
        leftover.unlink(missing_ok=True)
    with _attached(con, aside) as home, transaction(con):
        for table in _copied_tables():
            _copy(con, table, home)
        schema.create_table(con, schema.PUBLISHED_FILES)
        _insert_files(con, "published_files", files)
        con.execute("INSERT INTO meta VALUES ('published_at', ?)", [now.astimezone(UTC).isoformat()])
        views = (_posts_view(published, files), *schema.VIEWS)
        for view in views:
            schema.create_view(con, view)
        items: tuple[schema.Table | schema.View, ...] = (*_copied_tables(), schema.PUBLISHED_FILES, *views)
        for item in items:
            schema.describe(con, item)


def _copy(con: Connection, table: schema.Table, home: str) -> None:
    rows = f"SELECT * FROM {home}.main.{table.name}" + (f" ORDER BY {table.order}" if table.order else "")
    if table not in _UNCOMPRESSED:
        con.execute(f"CREATE TABLE {table.name} AS {rows}")
        return
    schema.create_table(con, table, "uncompressed")
    con.execute(f"INSERT INTO {table.name} BY NAME {rows}")


def _copied_tables() -> tuple[schema.Table, ...]:
    made_here = (schema.POSTS, schema.PUBLISHED_FILES)
    return tuple(table for table in schema.TABLES if table.public and table not in made_here)


@contextmanager
def _attached(con: Connection, aside: Path) -> Iterator[str]:
    """Make the new catalog the current database, so that its views name nothing but each other; gives the warehouse's own name."""
    home = value(con, "SELECT current_database()")
    con.execute(f"ATTACH {quoted(aside)} AS {_ALIAS} (STORAGE_VERSION '{STORAGE_VERSION}')")
    try:
        con.execute(f"USE {_ALIAS}")
        yield home
        con.execute(f"CHECKPOINT {_ALIAS}")
    finally:
        con.execute(f"USE {home}")
        con.execute(f"DETACH {_ALIAS}")


def _posts_view(published: Path, files: list[PublishedFile]) -> schema.View:
    """Posts over an explicit list of files; a glob would meet files that are being replaced."""
    posts = schema.POSTS
    if files:
        listed = ", ".join(quoted(published / file.path) for file in files)
        names = ", ".join(f'"{column.name}"' for column in posts.columns)
        sql = f"SELECT {names} FROM read_parquet([{listed}])"
    else:
        nothing = ", ".join(f'NULL::{column.type} AS "{column.name}"' for column in posts.columns)
        sql = f"SELECT {nothing} WHERE false"
    return schema.View(posts.name, posts.comment, posts.columns, sql)


__all__ = ["STORAGE_VERSION", "Published", "prune", "publish"]
