"""`kentongan demo`: two years of synthetic posts with known events, in a warehouse of their own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from ingest.demo import SEED, SOURCES, truth, write_truth
from jobs import pipeline
from jobs.clock import utc_now
from jobs.options import own_instance
from jobs.pipeline import Instance, Progress
from warehouse.database import value
from warehouse.settings import DataFolder, Settings

_HEAD = """# Written by `kentongan demo`: a world of synthetic posts, nothing in it is real.
[general]
name = "Kentongan Demo"

[collect]
pace = "0 seconds"

[publish]
every = "10 seconds"

[detect]
every = "1 minute"

[report]
daily_to = ["dinkes@demo.invalid"]
weekly_to = ["dinkes@demo.invalid"]
"""
_SOURCE = """
[sources.{name}]
title = "{title}"
{table}
every = "20 seconds"
seed = {seed}
end = {end}
days = {days}
volume = {volume}
"""
_TITLES = {
    "microblog": "Mikroblog (peragaan)",
    "news": "Berita (peragaan)",
    "forum": "Forum (peragaan)",
    "video": "Video (peragaan)",
    "factcheck": "Cek fakta (peragaan)",
}


@dataclass(frozen=True)
class World:
    """What makes one demo different from another. end: the day that the events are placed around."""

    end: date
    days: int
    posts_per_day: int
    seed: int = SEED


def config_file(folder: DataFolder) -> Path:
    """The settings of the demo, beside its data."""
    return folder.root / "config.toml"


def write_config(folder: DataFolder, world: World) -> Path:
    """Write the demo's settings and truth the first time; a demo that was stopped keeps its world."""
    path = config_file(folder.create())
    if not path.exists():
        sources = [
            _SOURCE.format(name=name, title=_TITLES[table["channel"]], table=_toml(table.items()), **_numbers(world))
            for name, table in SOURCES.items()
        ]
        path.write_text(_HEAD + "".join(sources), "utf-8")
        write_truth(folder.truth, truth(world.end, world.seed, days=world.days, volume=world.posts_per_day))
    return path


def _toml(items: Iterable[tuple[str, str]]) -> str:
    return "\n".join(f'{key} = "{value}"' for key, value in items)


def _numbers(world: World) -> dict[str, object]:
    return {"seed": world.seed, "end": world.end.isoformat(), "days": world.days, "volume": world.posts_per_day}


def fill(folder: DataFolder, settings: Settings, progress: Progress) -> str:
    """Bring the demo's warehouse up to this minute; the first time that is all its history. Returns a line for the person.

    Every source of the demo knows from its cursor what it has given, so a demo that was stopped goes on where it was.
    """
    new = 0
    with own_instance(folder, settings) as instance:
        now = utc_now()
        first_time = not _history(instance)
        with instance.labeller.one_pool():
            for source in pipeline.enabled_sources(settings):
                new += pipeline.collect(instance, source, now, _from(new, progress)).new
        progress(new, None, "detecting")
        found = pipeline.detect(instance, now, days=_history(instance) if first_time else None)
        progress(new, None, "publishing")
        pipeline.publish_now(instance, now)
    return f"Demo: {new:,} synthetic posts, {found:,} signals, in {folder.root}"


def _from(offset: int, progress: Progress) -> Progress:
    """Progress of one source, told as progress of all."""

    def told(done: int, total: int | None, message: str) -> None:
        progress(offset + done, total, message)

    return told


def _history(instance: Instance) -> int:
    """Days from the first post to the last; 0 when there is none."""
    return int(value(instance.warehouse.con, "SELECT coalesce(date_diff('day', min(day), max(day)) + 1, 0) FROM posts"))
