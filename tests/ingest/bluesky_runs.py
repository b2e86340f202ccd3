"""Runs of the Bluesky collector, and what they give."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bluesky_events import NOW, micros, record, v1
from collector_contract import checkpoints, quick_http, run
from stream_server import StreamServer

from ingest.bluesky import Bluesky, BlueskyOptions
from warehouse.records import Deletion, Item

QUICK: dict[str, Any] = {"idle": 0.3, "stretch": 20, "keywords": ["dbd", "demam berdarah", "vaksin*"]}


def bluesky(server: StreamServer, **options: Any) -> Bluesky:
    settings = {"service": server.url, **QUICK, **options}
    return Bluesky("bluesky", BlueskyOptions.model_validate(settings), quick_http())


def collect(collector: Bluesky, cursor: Any = None, now: datetime = NOW) -> list[Item]:
    return run(collector, "posts", cursor or {}, now)


def deletions(items: list[Item]) -> set[str]:
    return {item.native_id for item in items if isinstance(item, Deletion)}


def notes(items: list[Item]) -> str:
    return " | ".join(mark.note for mark in checkpoints(items) if mark.note)


def push(server: StreamServer, when: datetime, rkey: str, text: Any = "kasus dbd naik", **more: Any) -> None:
    rec = record(text, when, **more.pop("record", {}))
    server.push(micros(when), v1(when, rkey, rec, **more))
