"""Makes a published warehouse of synthetic posts, through the product's own tables, counts and publication.

Posts are written a stretch of days at a time, straight into the table and set by set: 20 million through the pipeline would take hours.
What follows from them (daily counts, the ledger's posts, episodes, the published copy) is made by the code that makes it in life.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final

from analytics.geo import places
from analytics.text.topics import TopicIndex
from jobs.bench import posts as bench_posts
from jobs.bench.signals import hold_against_claims, look_again, raise_signals
from jobs.bench.world import SOURCES, Span
from warehouse import coverage, publish, rollups, triage, write
from warehouse.errors import BusyError, InputError
from warehouse.records import Checkpoint
from warehouse.settings import DataFolder, load
from warehouse.state import State
from warehouse.store import Warehouse

Progress = Callable[[int, int | None, str], None]  #: done, total (None: unknown), message

FIRST, LAST = date(1970, 1, 1), date(2199, 12, 31)  #: days that posts may be spread over
MEMORY: Final = "3GB"
STRETCH: Final = 400_000  #: posts that are written together

_HEAD: Final = """# Written by `kentongan bench generate`: synthetic posts to measure with, nothing in them is real.
[general]
name = "Kentongan Bench"
zone = "Asia/Jakarta"
"""
_SOURCE: Final = """
[sources.{name}]
title = "{title}"
collector = "demo"
channel = "{channel}"
kind = "{kind}"
every = "5 minutes"
end = {end}
days = {days}
"""


@dataclass(frozen=True)
class Size:
    """What is wanted: posts, days, the last of them, and the seed."""

    posts: int
    days: int
    end: date
    seed: int


def generate(root: Path, size: Size, progress: Progress) -> str:
    """Fill a folder that is not there yet or is empty, and publish it; returns a line for the person. Nothing stays of what is interrupted.

    Raises InputError when the folder has something in it.
    """
    if root.exists() and (not root.is_dir() or any(root.iterdir())):
        raise InputError(f"{root}: has something in it; name a folder that is not there yet")
    if not size.end - timedelta(days=size.days) >= FIRST or size.end > LAST:
        raise InputError(f"--end {size.end}: name a day between {FIRST + timedelta(days=size.days)} and {LAST}")
    made = not root.exists()
    try:
        return _fill(DataFolder(root).create(), size, progress)
    except BusyError:  # another process fills it
        raise
    except BaseException:
        for path in list(root.iterdir()) if root.is_dir() else ():
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        if made and root.is_dir():
            root.rmdir()
        raise


def _fill(folder: DataFolder, size: Size, progress: Progress) -> str:
    config = _write_config(folder, size)
    settings = load(config)
    span = Span(size.end, size.days, settings.zone)
    with Warehouse.open(folder, settings) as wh:
        _limit(wh, folder)
        write.replace_places(wh.con, places())
        write.replace_topics(wh.con, TopicIndex().table())
        write.note_sources(wh.con, settings.sources, span.published)
        _write_posts(wh, span, size, progress)
        progress(size.posts, None, "ledger")
        _cover(wh, span)
        progress(size.posts, None, "signals")
        found = raise_signals(wh.con, span)
        look_again(wh.con, span)
        hold_against_claims(wh.con, span)
        triage.follow(wh, State(folder))
        progress(size.posts, None, "publishing")
        wh.con.execute("CHECKPOINT")
        done = publish.publish(wh, span.published)
    return f"{done.posts:,} synthetic posts of {size.days} days, {found:,} signals, in {folder.root} (settings: {config})"


def _write_config(folder: DataFolder, size: Size) -> Path:
    path = folder.root / "config.toml"
    tables = [
        _SOURCE.format(name=name, title=title, channel=channel, kind=kind, end=size.end, days=size.days)
        for name, (_share, channel, kind, _queries, title) in SOURCES.items()
    ]
    path.write_text(_HEAD + "".join(tables), "utf-8")
    return path


def _limit(wh: Warehouse, folder: DataFolder) -> None:
    """Bounded memory, however many posts: what does not fit goes to the disk."""
    wh.con.execute(f"SET memory_limit = '{MEMORY}'")
    wh.con.execute(f"SET temp_directory = '{folder.root / 'spill'}'")


def _write_posts(wh: Warehouse, span: Span, size: Size, progress: Progress) -> None:
    """A stretch of days in a transaction: posts, and their counts."""
    days = bench_posts.prepare(wh.con, span, size.posts, size.seed)
    done = 0
    for first, last in _stretches(days, max(1, round(STRETCH * size.days / size.posts))):
        progress(done, size.posts, f"{first:%B %Y}")
        with wh.transaction() as con:
            done += bench_posts.insert(con, first, last, wh.settings.general.zone, size.seed)
            rollups.refresh(con, [day for day in days if first <= day <= last])
    progress(done, size.posts, "")


def _stretches(days: list[date], length: int) -> Iterator[tuple[date, date]]:
    for at in range(0, len(days), length):
        stretch = days[at : at + length]
        yield stretch[0], stretch[-1]


def _cover(wh: Warehouse, span: Span) -> None:
    """The ledger: every query from the first day on, with some holes, and one run of each source."""
    start = datetime(span.first.year, span.first.month, span.first.day, tzinfo=span.zone).astimezone(UTC)
    end = span.published - timedelta(minutes=2)
    for number, (source, (*_rest, queries, _title)) in enumerate(SOURCES.items()):
        hole = end - timedelta(days=11 + 5 * number)
        for query in queries:
            for first, last in ((start, hole), (hole + timedelta(hours=7 + 9 * number), end)):
                if last > max(first, start):
                    point = Checkpoint({}, max(first, start), last)
                    coverage.record(wh.con, source, query, point, span.published)
            run = write.start_run(wh.con, kind="collect", source=source, query=query, now=end)
            write.finish_run(wh.con, run, now=span.published, outcome="ok", new=1, requests=1)
    coverage.fill_gaps(wh.con, span.published, {source: queries for source, (*_rest, queries, _title) in SOURCES.items()})
    coverage.record_failure(wh.con, "forum", "kesehatan", span.published - timedelta(hours=1), "forum.example: timed out after 30 s")
