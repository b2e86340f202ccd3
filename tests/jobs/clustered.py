"""A warehouse whose posts are drawn place by place, for tests of what neighbouring places show together."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa

from analytics.geo import gazetteer
from jobs.pipeline import Instance
from warehouse import write
from warehouse.records import ENRICHED_SCHEMA, Checkpoint
from warehouse.settings import SecondLook, Settings

JAKARTA = ZoneInfo("Asia/Jakarta")
TODAY = date(2026, 5, 31)
NOW = datetime(2026, 5, 31, 23, 30, tzinfo=JAKARTA).astimezone(UTC)
DAYS = 100
#: The border of West and Central Java, and places far from it.
NEAR = ("33.01", "33.02", "33.29", "32.12", "32.05")
FAR = tuple(code for code, place in gazetteer().items() if place.level == "regency" and place.parent in ("11", "61", "73", "91"))

#: Without second looks: they read posts for seconds, and change nothing here.
SETTINGS = Settings(second_look=SecondLook(enabled=False))

Counts = Mapping[tuple[date, str], int]


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def usual(seed: int = 1, mean: float = 0.15) -> dict[tuple[date, str], int]:
    """What is ordinary: a post a week in each place."""
    rng = np.random.default_rng(seed)
    return {(ago(back), place): int(rng.poisson(mean)) for back in range(DAYS) for place in (*NEAR, *FAR)}


def thin(days: int = 9, places: tuple[str, ...] = NEAR, until: int = 0) -> dict[tuple[date, str], int]:
    """A post a day in each of some places, which no single place shows."""
    return {(ago(back), place): 1 for back in range(until, days) for place in places}


def together(*parts: Counts) -> dict[tuple[date, str], int]:
    return {key: sum(part.get(key, 0) for part in parts) for part in parts for key in part}


def add(instance: Instance, counts: Counts, topic: str = "hfmd", name: str = "a") -> None:
    """Store so many posts of each day and place."""
    rows = [_post(topic, day, place, f"{name}-{number}") for (day, place), posts in counts.items() for number in range(posts)]
    table = pa.Table.from_pylist(rows, schema=ENRICHED_SCHEMA)
    write.commit(instance.warehouse, source="forum", query="q", enriched=table, deletions=[], checkpoint=None, now=NOW)


def cover(instance: Instance, first: int = DAYS, last: int = 0, now: datetime = NOW) -> None:
    """Say that the source was seen without a hole from one day to the end of another, in days before today."""
    start, end = (datetime.combine(ago(back), time(), JAKARTA) for back in (first, last - 1))
    checkpoint = Checkpoint({}, covered_from=start, covered_to=end)
    write.commit(instance.warehouse, source="forum", query="q", enriched=None, deletions=[], checkpoint=checkpoint, now=now)


def _post(topic: str, day: date, place: str, name: str) -> dict[str, object]:
    key = f"{day}-{place}-{topic}-{name}"
    at = datetime.combine(day, time(8, zlib.crc32(key.encode()) % 60), JAKARTA)
    return {
        "source": "forum", "query": "q", "native_id": key, "url": f"https://forum.example/{key}", "author_key": f"k{key}",
        "created_at": at, "collected_at": at, "text": f"Anak saya sakit sejak kemarin, {key}", "text_hash": zlib.crc32(key.encode()),
        "hashtags": [], "lang": "id", "lang_p": 0.9, "topics": [topic], "sentiment": "negative", "sentiment_p": 0.7,
        "places": [{"code": place, "level": "regency" if "." in place else "province", "confidence": 0.9}],
        "intent": "other", "intent_p": 0.6, "firsthand_p": 0.8, "repost": False, "reply": False, "model_version": "sample",
    }  # fmt: skip
