"""The demo: synthetic posts about health in Indonesia, two years of them and on as time goes, with a known truth.

Nothing is real: no post, account, outlet or outbreak. One `[sources.NAME]` table is one channel of the same invented world; the
world depends on `seed`, `end`, `zone` and `volume` alone, so several channels tell of the same outbreaks, and a slice of time
holds the same posts however often and in whatever pieces it is collected.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from heapq import merge
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator

from ingest.base import Options, Request
from ingest.demodata import truth as _truth
from ingest.demodata.scenario import ALL_CHANNELS, FACTCHECK
from ingest.demodata.world import REFERENCE_VOLUME, Timeline, World
from ingest.http import Http
from warehouse.records import Checkpoint, Item, Post

SEED = 20_240_817
DAYS = 730

#: The demo's sources: their `[sources.NAME]` tables less seed, end, zone and volume.
SOURCES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        f"demo-{channel}": {"collector": "demo", "channel": channel, "kind": channel if channel in ("news", FACTCHECK) else "social"}
        for channel in ALL_CHANNELS
    }
)


def generate(
    start: date,
    end: date,
    seed: int = SEED,
    zone: ZoneInfo = ZoneInfo("Asia/Jakarta"),
    *,
    volume: float = REFERENCE_VOLUME,
    today: date | None = None,
) -> Iterator[Post]:
    """Posts of all channels from `start` to `end`, both included, oldest first, as first written (no edits, no deletions).

    Days are days of `zone`; `volume` is the mean number of posts a day; `today` is the day that events are placed around (default `end`).
    """
    world = World(seed, today or end, zone, volume)
    for number in range((end - start).days + 1):
        day = start + timedelta(days=number)
        channels = [[draft.post for draft in world.drafts(day, channel, f"demo-{channel}")] for channel in ALL_CHANNELS]
        yield from merge(*channels, key=lambda post: post.created_at)


def truth(
    end: date, seed: int = SEED, zone: ZoneInfo = ZoneInfo("Asia/Jakarta"), *, days: int = DAYS, volume: float = REFERENCE_VOLUME
) -> dict[str, Any]:
    """The known outbreaks, hoax wave, campaign and gaps of a demo; the schema is in `ingest.demodata.truth.truth`."""
    return _truth.truth(World(seed, end, zone, volume), days, {channel: f"demo-{channel}" for channel in ALL_CHANNELS})


def write_truth(path: Path, facts: Mapping[str, Any]) -> None:
    """Write what `truth` gave to a file (see `DataFolder.truth`), never half of it."""
    _truth.write(path, dict(facts))


class DemoOptions(Options):
    channel: Literal["microblog", "news", "forum", "video", "factcheck"] = Field(
        "microblog", description="Which channel of the invented world this is"
    )
    seed: int = Field(SEED, ge=0, description="Another seed, another world")
    end: date | None = Field(None, description="Day that the events are placed around; the day of the first run when unset")
    days: int = Field(DAYS, ge=1, le=3650, description="Days of history that the first run brings")
    zone: str = Field("Asia/Jakarta", description="Time zone whose midnight ends a day")
    volume: float = Field(REFERENCE_VOLUME, gt=0, le=100_000, description="Mean posts a day, all channels together")
    stretch: int = Field(7, ge=1, le=366, description="Days of history between two checkpoints")

    @field_validator("zone")
    @classmethod
    def _zone_exists(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError):
            raise ValueError('not a time zone; write e.g. "Asia/Jakarta"') from None
        return value


class Demo:
    """One channel of the demo's world. The cursor holds `until` (collected up to, UTC) and `end` (the day events are placed around)."""

    name: ClassVar[str] = "demo"
    Options: ClassVar[type[Options]] = DemoOptions

    def __init__(self, source: str, options: DemoOptions, http: Http) -> None:
        self.source, self.options = source, options
        self._timeline: Timeline | None = None

    def queries(self) -> Sequence[str]:
        return (self.options.channel,)

    def collect(self, request: Request) -> Iterator[Item]:
        """Everything since the cursor up to `now`; the first run brings the whole history. A gap is passed over and left uncovered."""
        timeline = self._open(request)
        since, cursor = self._since(request, timeline.world), {"end": timeline.world.end.isoformat()}
        run = since, request.now
        while since < request.now:
            until, silent = self._stretch(timeline.world, since, request.now)
            cursor = cursor | {"until": until.isoformat()}
            if silent:
                yield Checkpoint(cursor, complete=False, note=f"demo: silent from {since:%Y-%m-%d %H:%M} to {until:%Y-%m-%d %H:%M} UTC")
            else:
                yield from timeline.items(since, until, run)
                yield Checkpoint(cursor, since, until, requests=1)
            since = until

    def _open(self, request: Request) -> Timeline:
        zone = ZoneInfo(self.options.zone)
        kept = request.cursor.get("end")
        end = date.fromisoformat(kept) if kept else self.options.end or request.now.astimezone(zone).date()
        world = World(self.options.seed, end, zone, self.options.volume)
        if self._timeline is None or self._timeline.world != world:
            self._timeline = Timeline(world, self.options.channel, self.source)
        return self._timeline

    def _since(self, request: Request, world: World) -> datetime:
        if kept := request.cursor.get("until"):
            return datetime.fromisoformat(kept)
        return world.midnight(world.end - timedelta(days=self.options.days))

    def _stretch(self, world: World, since: datetime, now: datetime) -> tuple[datetime, bool]:
        """The end of the next stretch: whole days that are all silent or all not, and not beyond now; and whether it is silent."""
        day = world.day_of(since)
        silent = world.scenario.silent(day, self.options.channel)
        for _ in range(self.options.stretch):
            day += timedelta(days=1)
            if world.midnight(day) >= now or world.scenario.silent(day, self.options.channel) != silent:
                break
        return min(world.midnight(day), now.astimezone(UTC)), silent
