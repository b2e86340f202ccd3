"""A small published world whose every number can be counted by hand, made by the real path: commit, cover, detect, publish.

Each day from 1 February to 10 March 2026 (Jakarta): at 08:00 two complaints about dengue in Central Jakarta (31.71) from `feed`, and one
English post about flu without a place from `toots`; at 20:00 one question about dengue and flu that names West Java (32) and Jakarta (31).
On Tuesday 3 March nobody collected `feed`. It is published on Tuesday 10 March at 10:00; that morning has three dengue posts more,
all with one text.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import pyarrow as pa

from warehouse import coverage, publish, signals, write
from warehouse.queries import Selection
from warehouse.records import ENRICHED_SCHEMA, Checkpoint, Deletion
from warehouse.settings import DataFolder, Settings, SourceSettings
from warehouse.store import Warehouse

JAKARTA = ZoneInfo("Asia/Jakarta")
FIRST, LAST, GAP = date(2026, 2, 1), date(2026, 3, 10), date(2026, 3, 3)
NOW = datetime(2026, 3, 10, 10, 0, tzinfo=JAKARTA).astimezone(UTC)
PARENTS = {"ID": None, "31": "ID", "32": "ID", "31.71": "31", "31.72": "31"}
LEVELS = {"ID": "country", "31": "province", "32": "province", "31.71": "regency", "31.72": "regency"}


@dataclass(frozen=True)
class Sample:
    """One post of the world."""

    source: str
    native_id: str
    at: datetime
    text: str
    topics: tuple[str, ...]
    places: tuple[str, ...]
    lang: str
    sentiment: str
    intent: str

    @property
    def day(self) -> date:
        return self.at.astimezone(JAKARTA).date()

    @property
    def all_places(self) -> set[str]:
        """The places that it names and those above them."""
        found = set(self.places)
        while above := {parent for place in found if (parent := PARENTS[place])} - found:
            found |= above
        return found


def _at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), JAKARTA)


def _day(day: date) -> list[Sample]:
    key = day.isoformat()
    morning = [
        Sample(
            "feed",
            f"{key}-a{n}",
            _at(day, 8, n),
            f"Demam berdarah {key} lagi {n}, fogging belum ada!",
            ("dbd",),
            ("31.71",),
            "id",
            "negative",
            "complaint",
        )
        for n in range(2)
    ]
    flu = Sample("toots", f"{key}-b", _at(day, 8, 30), f"Flu season {key} <b>again</b>", ("flu",), (), "en", "neutral", "other")
    evening = Sample(
        "feed", f"{key}-c", _at(day, 20), f"Obat DBD dan flu {key} apa ya?", ("dbd", "flu"), ("32", "31"), "id", "positive", "question"
    )
    more = [
        Sample("feed", f"{key}-d{n}", _at(day, 9, n), "DBD di Menteng, sebarkan!", ("dbd",), ("31.71",), "id", "negative", "other")
        for n in range(3)
    ]
    if day == GAP:
        return [flu]
    return [*morning, flu, *(more if day == LAST else [evening])]


POSTS = [post for number in range((LAST - FIRST).days + 1) for post in _day(FIRST + timedelta(days=number))]


def enriched(posts: list[Sample]) -> pa.Table:
    """The posts as enrichment gives them."""
    rows = [
        {
            "source": post.source,
            "query": "q",
            "native_id": post.native_id,
            "url": f"https://example.org/{post.native_id}",
            "author_key": "k",
            "created_at": post.at,
            "collected_at": post.at,
            "text": post.text,
            "text_hash": zlib.crc32(post.text.encode()),
            "hashtags": [*post.topics, "sehat"] if post.intent == "question" else [],
            "lang": post.lang,
            "lang_p": 0.9,
            "topics": list(post.topics),
            "places": [{"code": code, "level": LEVELS[code], "confidence": 0.8} for code in post.places],
            "sentiment": post.sentiment,
            "sentiment_p": 0.7,
            "intent": post.intent,
            "intent_p": 0.6,
            "repost": False,
            "reply": False,
            "model_version": "sample",
        }
        for post in posts
    ]
    return pa.Table.from_pylist(rows, schema=ENRICHED_SCHEMA)


def fill(wh: Warehouse) -> None:
    """Bring the whole world into an empty warehouse."""
    _name_things(wh)
    for source in ("feed", "toots"):
        table = enriched([post for post in POSTS if post.source == source])
        write.commit(wh, source=source, query="q", enriched=table, deletions=[], checkpoint=None, now=NOW)
    _add_a_deleted_post(wh)
    _cover(wh)
    _run(wh)
    _raise_signals(wh)


def published(folder: DataFolder) -> DataFolder:
    """Make and publish the world in this folder."""
    with Warehouse.open(folder.create(), Settings()) as wh:
        fill(wh)
        publish.publish(wh, NOW)
    return folder


def _name_things(wh: Warehouse) -> None:
    places = [
        {
            "place_code": code,
            "level": LEVELS[code],
            "name": f"Tempat {code}",
            "parent_code": parent,
            "lat": -6.0,
            "lon": 106.0,
            "population": None if code == "32" else 2_000_000,
        }
        for code, parent in PARENTS.items()
    ]
    topics = [
        {"topic": code, "name_id": name_id, "name_en": name_en, "grp": "penyakit", "description_id": "", "description_en": ""}
        for code, name_id, name_en in (("dbd", "Demam berdarah", "Dengue"), ("flu", "Flu", "Flu"), ("polio", "Polio", "Polio"))
    ]
    write.replace_places(wh.con, pa.Table.from_pylist(places))
    write.replace_topics(wh.con, pa.Table.from_pylist(topics))


def _add_a_deleted_post(wh: Warehouse) -> None:
    gone = Sample("feed", "gone", _at(date(2026, 3, 9), 12), "Rahasia yang dihapus", ("dbd",), ("31.71",), "id", "negative", "other")
    deletion = Deletion("feed", "gone", NOW - timedelta(hours=1))
    write.commit(wh, source="feed", query="q", enriched=enriched([gone]), deletions=[], checkpoint=None, now=NOW)
    write.commit(wh, source="feed", query="q", enriched=None, deletions=[deletion], checkpoint=None, now=NOW)


def _cover(wh: Warehouse) -> None:
    after = GAP + timedelta(days=1)
    spans = [("feed", FIRST, _at(GAP, 0)), ("feed", after, NOW), ("toots", FIRST, NOW)]
    for source, first, to in spans:
        checkpoint = Checkpoint({}, covered_from=_at(first, 0), covered_to=to)
        write.commit(wh, source=source, query="q", enriched=None, deletions=[], checkpoint=checkpoint, now=NOW)
    coverage.fill_gaps(wh.con, NOW, ["feed", "toots"])


def _run(wh: Warehouse) -> None:
    for source, outcome, note in (("feed", "ok", ""), ("toots", "refused", "HTTP 403 from https://toots.example")):
        run = write.start_run(wh.con, kind="collect", source=source, query="q", now=NOW - timedelta(minutes=5))
        write.finish_run(wh.con, run, now=NOW - timedelta(minutes=4), outcome=outcome, new=1, note=note)
    sources = {
        "feed": SourceSettings.model_validate({"collector": "rss", "kind": "news", "title": "Kabar <Sehat>"}),
        "toots": SourceSettings.model_validate({"collector": "mastodon"}),
    }
    write.note_sources(wh.con, sources, NOW)


def _raise_signals(wh: Warehouse) -> None:
    raised = [
        (LAST, "dbd", "*", "all", 6.0, 2.0, 5.0, 0.001),
        (LAST, "dbd", "31.71", "regency", 5.0, 2.0, 4.5, 0.01),
        (LAST - timedelta(days=1), "flu", "31", "province", 30.0, 1.0, 3.0, 0.02),
    ]
    names = ("day", "topic", "place_code", "level", "observed", "expected", "upper", "pvalue")
    rows = [dict(zip(names, row, strict=True)) | {"exposure": 1.0, "rule": "observed > upper"} for row in raised]
    table = pa.Table.from_pylist(rows, schema=signals.ROWS)
    signals.store(wh.con, table, [LAST, LAST - timedelta(days=1)], "EARS-C2", NOW, "run-1", {"window": 7})


def on(day: date, **chosen: Any) -> Selection:
    """What was chosen, of one day."""
    return Selection(first=day, last=day, **chosen)


def row(frame: pd.DataFrame, **keys: Any) -> dict[str, Any]:
    """The one row of a table that has these values."""
    for name, value in keys.items():
        frame = frame[frame[name] == value]
    assert len(frame) == 1, frame
    return frame.iloc[0].to_dict()
