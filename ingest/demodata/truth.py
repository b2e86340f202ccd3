"""The truth of the demo: what was put into the posts, for tests and for people who judge a detector by it."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from ingest.demodata.epidemiology import place_index, places
from ingest.demodata.phrases import book
from ingest.demodata.scenario import COUNTRY, Gap, Wave
from ingest.demodata.world import REFERENCE_VOLUME, World

SCHEMA = 2
UPCOMING_DAYS = 90  #: events that begin later than this after the last day are left out


def truth(world: World, days: int, sources: dict[str, str]) -> dict[str, Any]:
    """What is known of a world with `days` of history before its last day; `sources`: source name by channel. JSON-able.

    schema, seed, zone, volume (mean posts a day), start, end (days, both included), sources (names);
    outbreaks, clusters (outbreaks spread thin over neighbouring places), hoaxes, campaigns: id, topic, terms (what people write),
    place_code, place, level (country, province, regency), start, peak, end, size (expected posts over its life), state (past, running,
    upcoming), daily {day: expected posts};
    hoaxes also texts, clusters also places (codes; place_code is the first); gaps: sources, first, last. Days are days of `zone`.
    """
    start = world.end - timedelta(days=days)
    horizon = world.end + timedelta(days=UPCOMING_DAYS)
    waves = [wave for wave in world.scenario.waves if wave.end >= start and wave.start <= horizon]
    clusters = [_wave(wave, world) | {"places": list(wave.places)} for wave in waves if wave.spread]
    waves = [wave for wave in waves if not wave.spread]
    told = {kind: [_wave(wave, world) for wave in waves if wave.kind == kind] for kind in ("outbreak", "hoax", "campaign")}
    for hoax in told["hoax"]:
        hoax["texts"] = list(book().stories["hoax"]["texts"])
    return {
        "schema": SCHEMA, "seed": world.seed, "zone": world.zone.key, "volume": world.volume,
        "start": start.isoformat(), "end": world.end.isoformat(), "sources": list(sources.values()),
        "outbreaks": told["outbreak"], "clusters": clusters, "hoaxes": told["hoax"], "campaigns": told["campaign"],
        "gaps": [_gap(gap, sources) for gap in world.scenario.gaps if gap.last >= start],
    }  # fmt: skip


def write(path: Path, facts: dict[str, Any]) -> None:
    """Write the truth, aside and renamed, so that a reader never sees half of it."""
    aside = path.with_suffix(".part")
    aside.write_text(json.dumps(facts, ensure_ascii=False, indent=1), "utf-8")
    aside.replace(path)


def _wave(wave: Wave, world: World) -> dict[str, Any]:
    place = places()[place_index()[wave.place]] if wave.place != COUNTRY else None
    scale = world.volume / REFERENCE_VOLUME
    return {
        "id": wave.id, "topic": wave.topic, "terms": sorted(set(book().terms["id", wave.topic])), "place_code": wave.place,
        "place": place.name if place else "Indonesia", "level": place.level if place else "country",
        "start": wave.start.isoformat(), "peak": wave.peak.isoformat(), "end": wave.end.isoformat(),
        "size": round(wave.size * scale, 1), "state": _state(wave, world.end),
        "daily": {day.isoformat(): round(count * scale, 2) for day, count in wave.expected().items()},
    }  # fmt: skip


def _state(wave: Wave, today: date) -> str:
    return "past" if wave.end < today else "upcoming" if wave.start > today else "running"


def _gap(gap: Gap, sources: dict[str, str]) -> dict[str, Any]:
    names = [sources[channel] for channel in gap.channels if channel in sources]
    return {"sources": names, "first": gap.first.isoformat(), "last": gap.last.isoformat()}
