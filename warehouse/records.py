"""The records that cross between the rooms: what a collector yields, what enrichment takes and gives.

Times are timezone-aware UTC everywhere. A collector's author is raw; it never reaches the warehouse, because enrichment replaces
it by a keyed HMAC (see analytics/text/redact.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from warehouse.detectors import SCAN as SCAN


def _require_utc(name: str, moment: datetime | None) -> None:
    if moment is not None and moment.utcoffset() is None:
        raise ValueError(f"{name} has no time zone: {moment!r}")


@dataclass(frozen=True, slots=True)
class Post:
    """One public post as its source shows it, before redaction and labels.

    `text` is plain text (no HTML). `native_id` is unique within `source`. Engagement is None where the source does not say.
    `lang_hint` is BCP 47 as the source declares it; `place_hint` is free text from a structured field (never guessed).
    """

    source: str
    query: str
    native_id: str
    created_at: datetime
    text: str
    url: str = ""
    author: str = ""
    edited_at: datetime | None = None
    lang_hint: str | None = None
    place_hint: str | None = None
    repost: bool = False
    reply: bool = False
    likes: int | None = None
    reposts: int | None = None
    replies: int | None = None
    views: int | None = None

    def __post_init__(self) -> None:
        if not self.native_id:
            raise ValueError("native_id is empty")
        _require_utc("created_at", self.created_at)
        _require_utc("edited_at", self.edited_at)


@dataclass(frozen=True, slots=True)
class Deletion:
    """The source says that a post is gone: its text is erased and a tombstone is left."""

    source: str
    native_id: str
    deleted_at: datetime


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A safe place to stop: what was yielded before it is committed in one transaction with this cursor and its coverage.

    `cursor` is JSON-able and opaque to everybody but its collector. The span [covered_from, covered_to) was seen without a hole;
    None when nothing can be said of any span. `note` tells a person what was odd (feed truncated, suspiciously empty ...), and
    then `complete` is False: the span counts as partly covered.
    """

    cursor: Mapping[str, Any]
    covered_from: datetime | None = None
    covered_to: datetime | None = None
    complete: bool = True
    note: str = ""
    requests: int = 0


Item = Post | Deletion | Checkpoint

TIMESTAMP = pa.timestamp("us", tz="UTC")
NUMBER = pa.struct([pa.field("value", pa.float64()), pa.field("unit", pa.string()), pa.field("what", pa.string())])
PLACE = pa.struct([pa.field("code", pa.string()), pa.field("level", pa.string()), pa.field("confidence", pa.float32())])

#: What `enrich` takes: one row a Post. Only `text` must be there for file-to-file use; the rest may be null.
RAW_SCHEMA = pa.schema(
    [
        ("source", pa.string()),
        ("query", pa.string()),
        ("native_id", pa.string()),
        ("url", pa.string()),
        ("author", pa.string()),
        ("created_at", TIMESTAMP),
        ("edited_at", TIMESTAMP),
        ("collected_at", TIMESTAMP),
        ("text", pa.string()),
        ("lang_hint", pa.string()),
        ("place_hint", pa.string()),
        ("repost", pa.bool_()),
        ("reply", pa.bool_()),
        ("likes", pa.int64()),
        ("reposts", pa.int64()),
        ("replies", pa.int64()),
        ("views", pa.int64()),
    ]
)

#: What `enrich` gives: redacted text, author_key in place of the author, and the labels with their probabilities.
ENRICHED_SCHEMA = pa.schema(
    [
        ("source", pa.string()),
        ("query", pa.string()),
        ("native_id", pa.string()),
        ("url", pa.string()),
        ("author_key", pa.string()),
        ("created_at", TIMESTAMP),
        ("edited_at", TIMESTAMP),
        ("collected_at", TIMESTAMP),
        ("text", pa.string()),
        ("text_hash", pa.int64()),
        ("hashtags", pa.list_(pa.string())),
        ("lang", pa.string()),
        ("lang_p", pa.float32()),
        ("lang_second", pa.string()),
        ("topics", pa.list_(pa.string())),
        ("places", pa.list_(PLACE)),
        ("sentiment", pa.string()),
        ("sentiment_p", pa.float32()),
        ("emotion", pa.string()),
        ("emotion_p", pa.float32()),
        ("intent", pa.string()),
        ("intent_p", pa.float32()),
        ("firsthand_p", pa.float32()),
        ("numbers", pa.list_(NUMBER)),
        ("sketch", pa.binary()),
        ("repost", pa.bool_()),
        ("reply", pa.bool_()),
        ("likes", pa.int64()),
        ("reposts", pa.int64()),
        ("replies", pa.int64()),
        ("views", pa.int64()),
        ("model_version", pa.string()),
    ]
)

#: What the warehouse keeps beside it in `posts`: a sketch is kept for some weeks, in a table of its own.
STORED_SCHEMA = pa.schema([field for field in ENRICHED_SCHEMA if field.name != "sketch"])

#: What enrichment makes of a text; all of it changes with the models.
LABELS = (
    "lang", "lang_p", "lang_second", "topics", "places", "sentiment", "sentiment_p", "emotion", "emotion_p", "intent", "intent_p",
    "firsthand_p", "numbers", "model_version",
)  # fmt: skip
SENTIMENTS = ("negative", "neutral", "positive")
INTENTS = ("question", "complaint", "request", "thanks", "information", "promotion", "other")
EMOTIONS = ("anger", "fear", "sadness", "joy", "love", "neutral")
LEVELS = ("country", "province", "regency")
#: Probability from which on a post counts as a first-hand report: nine of ten that count are, by cross-validation (models/firsthand.md).
FIRSTHAND = 0.6
ALL = "*"  #: the topic or place that stands for every post in the rollups
UNKNOWN_LANGUAGE = "und"  #: BCP 47 "undetermined"


@dataclass(slots=True)
class Batch:
    """Posts and deletions between two checkpoints, as the pipeline gathers them."""

    posts: list[Post] = field(default_factory=list)
    deletions: list[Deletion] = field(default_factory=list)


def to_arrow(posts: Iterable[Post], collected_at: datetime) -> pa.RecordBatch:
    """Turn posts into a RAW_SCHEMA batch; a lone surrogate in a text becomes U+FFFD, because Arrow strings are UTF-8."""
    names = [name for name in RAW_SCHEMA.names if name != "collected_at"]
    rows = list(posts)
    columns: dict[str, list[Any]] = {name: [_clean(getattr(post, name)) for post in rows] for name in names}
    columns["collected_at"] = [collected_at.astimezone(UTC)] * len(rows)
    return pa.RecordBatch.from_pydict(columns, schema=RAW_SCHEMA)


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8") if not value.isascii() else value.replace("\x00", "")
    return value
