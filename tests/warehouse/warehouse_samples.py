"""Posts, places and shorthands that the tests of the warehouse share."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyarrow as pa

from warehouse import write
from warehouse.database import rows, value
from warehouse.records import ENRICHED_SCHEMA, Checkpoint, Deletion
from warehouse.store import Warehouse

NOW = datetime(2026, 5, 3, 12, 0, tzinfo=UTC)
TODAY = date(2026, 5, 3)

PLACES = pa.table(
    {
        "place_code": ["ID", "31", "31.71", "31.72", "32"],
        "level": ["country", "province", "regency", "regency", "province"],
        "name": ["Indonesia", "DKI Jakarta", "Jakarta Pusat", "Jakarta Utara", "Jawa Barat"],
        "parent_code": [None, "ID", "31", "31", "ID"],
    }
)


def post(native_id: str, text: str = "Demam tinggi di puskesmas", **given: Any) -> dict[str, Any]:
    """One row of ENRICHED_SCHEMA; anything that is not given is plain."""
    plain = {
        "source": "feed",
        "query": "q",
        "native_id": native_id,
        "url": f"https://example.org/{native_id}",
        "author_key": "a1",
        "created_at": NOW - timedelta(minutes=5),
        "collected_at": NOW,
        "text": text,
        "text_hash": int.from_bytes(hashlib.sha256(text.encode()).digest()[:7], "big"),
        "hashtags": ["dbd"],
        "lang": "id",
        "lang_p": 0.9,
        "topics": ["dengue"],
        "places": [],
        "sentiment": "negative",
        "sentiment_p": 0.8,
        "intent": "other",
        "intent_p": 0.7,
        "repost": False,
        "reply": False,
        "likes": 1,
        "model_version": "m1",
    }
    return plain | given


def at(*codes: str) -> list[dict[str, Any]]:
    """Places of a post."""
    levels = dict(zip(PLACES["place_code"].to_pylist(), PLACES["level"].to_pylist(), strict=True))
    return [{"code": code, "level": levels.get(code, "regency"), "confidence": 0.9} for code in codes]


def table(posts: Sequence[dict[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist(list(posts), schema=ENRICHED_SCHEMA)


def commit(
    wh: Warehouse,
    *posts: dict[str, Any],
    deletions: Sequence[Deletion] = (),
    checkpoint: Checkpoint | None = None,
    now: datetime = NOW,
    source: str = "feed",
    query: str = "q",
) -> write.Written:
    enriched = table(posts) if posts else None
    return write.commit(wh, source=source, query=query, enriched=enriched, deletions=deletions, checkpoint=checkpoint, now=now)


def stored(wh: Warehouse, native_id: str) -> dict[str, Any]:
    """The one row of a post."""
    (found,) = rows(wh.con, "SELECT * FROM posts WHERE native_id = $id", {"id": native_id})
    return found


def counted(wh: Warehouse, topic: str = "*", place: str = "*") -> int:
    """Posts in the rollups for one topic and place."""
    (found,) = rows(
        wh.con,
        "SELECT coalesce(sum(posts), 0)::BIGINT AS n FROM daily_counts WHERE topic = $t AND place_code = $p",
        {"t": topic, "p": place},
    )
    return found["n"]


def scalar(wh: Warehouse, sql: str) -> Any:
    return value(wh.con, sql)
