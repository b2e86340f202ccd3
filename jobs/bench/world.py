"""Who posts where, about what and when in a synthetic warehouse: posts by day, shares of topics, places and sources, and events."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from analytics.geo import places

SLOTS: Final = 10_000  #: a table of shares has so many equal slots, so that a post's hash picks a row by one look-up
UNPLACED: Final = 0.45  #: posts that name no place
PLACED: Final = {"country": 0.05, "province": 0.35, "regency": 0.60}  #: levels of those that name one
ABROAD: Final = 0.1  #: share of the countries that is another one than Indonesia
UNTITLED: Final = 0.10  #: posts about no topic
BUCKETS: Final = 2_000  #: a day's posts fall into so many buckets; an event has some of them
BUSY: Final = 1_200  #: most buckets of a day that events have

#: Sources: share of posts, channel of the demo's collector, kind, queries and title.
SOURCES: Final = {
    "mastodon": (0.30, "microblog", "social", ("kesehatan", "demam", "vaksin"), "Mastodon"),
    "bluesky": (0.24, "microblog", "social", ("sehat", "sakit"), "Bluesky"),
    "video": (0.16, "video", "social", ("komentar",), "Video"),
    "telegram": (0.10, "forum", "social", ("kanal-a", "kanal-b"), "Telegram"),
    "forum": (0.08, "forum", "social", ("kesehatan",), "Forum"),
    "news-national": (0.07, "news", "news", ("terbaru",), "National news"),
    "news-regional": (0.04, "news", "news", ("jawa", "sumatra"), "Regional news"),
    "who": (0.01, "news", "official", ("don",), "WHO"),
}
_WEEKDAYS: Final = np.array([1.04, 1.03, 1.02, 1.0, 0.98, 0.94, 0.99])


@dataclass(frozen=True)
class Span:
    """The days of a warehouse: `days` of them, the last one `end`, and its hour of publication."""

    end: date
    days: int
    zone: ZoneInfo

    @property
    def published(self) -> datetime:
        """Seven in the evening of the last day, which is not over yet."""
        return datetime(self.end.year, self.end.month, self.end.day, 19, tzinfo=self.zone).astimezone(UTC)

    @property
    def first(self) -> date:
        return self.end - timedelta(days=self.days - 1)

    def all(self) -> list[date]:
        return [self.first + timedelta(days=number) for number in range(self.days)]


def posts_by_day(span: Span, posts: int, random: np.random.Generator) -> pa.Table:
    """day, n, first (number of its first post), until (its share that is over): more on weekdays, a third more a year, and noise."""
    days = span.all()
    growth = 1.33 ** (np.arange(span.days) / 365.25)
    weight = growth * _WEEKDAYS[[day.weekday() for day in days]] * random.gamma(60.0, 1 / 60.0, span.days)
    until = np.where(np.arange(span.days) == span.days - 1, 19 / 24, 1.0)
    steps = np.floor(np.cumsum(weight * until) / np.sum(weight * until) * posts + 0.5).astype(np.int64)
    n = np.diff(steps, prepend=0)
    return pa.table({"day": pa.array(days, pa.date32()), "n": n, "first": steps - n, "until": until})


def topic_slots(codes: list[str], random: np.random.Generator) -> NDArray[np.int64]:
    """(SLOTS,) row of `codes` in each slot; the row of "" has UNTITLED of them, the others fall off as they do in life (1 / rank)."""
    order = random.permutation(len(codes))
    weight: NDArray[np.float64] = 1.0 / (1.5 + order.astype(np.float64))
    weight[codes.index("")] = 0.0
    weight *= (1 - UNTITLED) / weight.sum()
    weight[codes.index("")] = UNTITLED
    return _slots(weight)


def place_slots() -> pa.Table:
    """slot, code, level, name: SLOTS rows by population; NULL for posts that name no place."""
    known = [row for row in places().to_pylist() if row["level"] in PLACED]
    people = np.array([max(float(row["population"] or 0), 20_000.0) for row in known])
    level = np.array([row["level"] for row in known])
    code = np.array([row["place_code"] for row in known])
    people[(level == "country") & (code != "ID")] *= (
        ABROAD * people[code == "ID"].sum() / people[(level == "country") & (code != "ID")].sum()
    )
    weight = np.zeros(len(known))
    for name, share in PLACED.items():
        own = level == name
        weight[own] = (1 - UNPLACED) * share * people[own] / people[own].sum()
    picked = _slots(np.append(weight, UNPLACED))
    rows = [known[row] if row < len(known) else None for row in picked.tolist()]
    told = [(row["place_code"], row["level"], row["name"]) if row else (None, None, None) for row in rows]
    columns = [pa.array([one[part] for one in told], pa.string()) for part in range(3)]
    return pa.table([pa.array(np.arange(SLOTS)), *columns], names=["slot", "code", "level", "name"])


def source_slots() -> NDArray[np.int64]:
    """(SLOTS,) row of SOURCES in each slot."""
    return _slots(np.array([share for share, *_rest in SOURCES.values()]))


def _slots(weight: NDArray[np.float64]) -> NDArray[np.int64]:
    """Rows spread over the slots by their weights; a row with any weight may still have none."""
    steps = np.cumsum(weight) / weight.sum()
    return np.searchsorted(steps, (np.arange(SLOTS) + 0.5) / SLOTS).clip(0, len(weight) - 1).astype(np.int64)


def events(span: Span, topics: list[str], posts: int, random: np.random.Generator) -> pa.Table:
    """day, bucket, topic, code, level, name: on `day` the posts of a bucket are about one topic in one place.

    One outbreak begins every four days and lasts one to two weeks; at its height it has some ten to a hundred posts a day.
    """
    local = [row for row in places().to_pylist() if row["level"] in ("province", "regency")]
    taken: dict[date, int] = {}
    rows = []
    for number in range(span.days // 4 + 1):
        topic, place = topics[int(random.integers(len(topics)))], local[int(random.integers(len(local)))]
        start, length = span.first + timedelta(days=4 * number), int(random.integers(7, 15))
        height = BUCKETS * random.uniform(10, 100) * span.days / max(posts, 1)
        for later in range(length):
            day = start + timedelta(days=later)
            low = taken.get(day, 0)
            high = min(low + max(1, round(height * float(np.sin(np.pi * (later + 1) / (length + 1))))), BUSY)
            taken[day] = high
            if day <= span.end:
                rows += [(day, bucket, topic, place["place_code"], place["level"], place["name"]) for bucket in range(low, high)]
    columns = {name: [row[part] for row in rows] for part, name in enumerate(_EVENTS.names)}
    return pa.table(columns, schema=_EVENTS)


_EVENTS = pa.schema(
    [
        ("day", pa.date32()),
        ("bucket", pa.int32()),
        ("topic", pa.string()),
        ("code", pa.string()),
        ("level", pa.string()),
        ("name", pa.string()),
    ]
)
