"""Jetstream: Bluesky's posts as JSON over a websocket, in its two wire formats.

Version 1 (`/subscribe`, github.com/bluesky-social/jetstream-legacy) counts its cursor in microseconds of time, begins silently later
when a cursor is older than what it keeps (about a day), and was seen to drop and reorder events where replay meets the live tail
(issue 42 there): so we rewind a little at each start. Version 2 (`network.bsky.jetstream.subscribeEvents`) counts events, and says
so when a cursor is too old.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Literal, Protocol
from urllib.parse import urlencode

from ingest.checked import Unreadable, moment

POSTS = "app.bsky.feed.post"  #: the collection (type of record) that holds posts
LARGEST = 1_000_000  #: bytes; the server leaves out larger messages, so that one hostile record cannot stop the stream
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to one post. `position` is what the stream's cursor counts; `at` is when the stream saw it (UTC)."""

    position: int
    at: datetime
    kind: Literal["create", "update", "delete"]
    did: str
    rkey: str
    rev: str
    record: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Heard:
    """A message that tells nothing of posts, but moves the stream on (another kind of event)."""

    position: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Lost:
    """The server says that it began later than we asked (`restart`: and that our position means nothing to it)."""

    message: str
    restart: bool = False


Message = Event | Heard | Lost | Unreadable


class Wire(Protocol):
    """One format of stream: where to connect, and how to read a message."""

    name: ClassVar[str]  #: as written in config.toml: stream = "jetstream"
    service: ClassVar[str]  #: the public server
    subprotocol: ClassVar[str | None]
    by_time: ClassVar[bool]  #: positions are microseconds since 1970, the same on every server; else each server counts its own

    def address(self, service: str, position: int | None) -> str:
        """Where to connect to begin at `position` (None: at the present)."""
        ...

    def since(self, when: datetime) -> int | None:
        """A position from which a server sends what it saw since `when`; None when this wire knows no times."""
        ...

    def read(self, data: bytes) -> list[Message]:
        """What one message says, in order, an unreadable part as Unreadable; raises Unreadable when it is so as a whole."""
        ...


def microseconds(when: datetime) -> int:
    """Microseconds since 1970 of an aware datetime."""
    return (when - EPOCH) // timedelta(microseconds=1)


def moment_of(microseconds_since_1970: int) -> datetime:
    """The UTC time of a position in microseconds; raises Unreadable."""
    try:
        return EPOCH + timedelta(microseconds=microseconds_since_1970)
    except OverflowError:
        raise Unreadable("time out of range") from None


class JetstreamV1:
    """{"did", "time_us", "kind": "commit", "commit": {"rev", "operation", "collection", "rkey", "record", "cid"}}."""

    name: ClassVar[str] = "jetstream"
    service: ClassVar[str] = "wss://jetstream2.us-east.bsky.network/subscribe"
    subprotocol: ClassVar[str | None] = None
    by_time: ClassVar[bool] = True

    def address(self, service: str, position: int | None) -> str:
        query = {"wantedCollections": POSTS, "maxMessageSizeBytes": LARGEST}
        return f"{service}?{urlencode(query if position is None else {**query, 'cursor': position})}"

    def since(self, when: datetime) -> int:
        return microseconds(when)

    def read(self, data: bytes) -> list[Message]:
        said = _object(data)
        position = _integer(said, "time_us")
        at = moment_of(position)
        commit = said.get("commit")
        if said.get("kind") != "commit" or not isinstance(commit, dict) or commit.get("collection") != POSTS:
            return [Heard(position, at)]
        return [post_event(position, at, said.get("did"), commit)]


class JetstreamV2:
    """Lexicon network.bsky.jetstream.subscribeEvents over the subprotocol xrpc.v1.json: {"$type": "message", "payload": {...}}."""

    name: ClassVar[str] = "jetstream-v2"
    service: ClassVar[str] = "wss://jetstream.us-east.bsky.network/xrpc/network.bsky.jetstream.subscribeEvents"
    subprotocol: ClassVar[str | None] = "xrpc.v1.json"
    by_time: ClassVar[bool] = False

    def address(self, service: str, position: int | None) -> str:
        query = {"collections": POSTS, "kinds": "commit", "maxMessageSizeBytes": LARGEST}
        return f"{service}?{urlencode(query if position is None else {**query, 'cursor': position})}"

    def since(self, when: datetime) -> int:
        return microseconds(when)  # positions from 1e15 on are taken as times

    def read(self, data: bytes) -> list[Message]:
        said = _object(data)
        payload = said.get("payload")
        if said.get("$type") != "message" or not isinstance(payload, dict):
            raise Unreadable(f"the server says {str(said.get('error', said.get('$type')))[:80]!r}: {str(said.get('message', ''))[:200]}")
        kind = str(payload.get("$type", "")).rpartition("#")[2]
        if kind == "info":
            return [Lost(str(payload.get("message") or payload.get("name"))[:200], restart=payload.get("name") == "FutureCursor")]
        position, at = _integer(payload, "seq"), moment(payload.get("witnessedAt") or payload.get("time"))
        if kind != "commit" or payload.get("collection") != POSTS:
            return [Heard(position, at)]
        return [post_event(position, at, payload.get("did"), payload)]


def post_event(position: int, at: datetime, did: object, commit: Mapping[str, Any]) -> Event:
    """Check the parts of a commit that both wires name alike; raises Unreadable."""
    operation, rkey, record = commit.get("operation"), commit.get("rkey"), commit.get("record")
    if operation not in ("create", "update", "delete"):
        raise Unreadable(f"operation {str(operation)[:40]!r}")
    if not isinstance(did, str) or not isinstance(rkey, str):
        raise Unreadable("did or rkey is not text")
    if operation == "delete":
        record = {}
    elif not isinstance(record, dict):
        raise Unreadable("record is not an object")
    return Event(position, at, operation, did, rkey, str(commit.get("rev", "")), record)


def _object(data: bytes) -> dict[str, Any]:
    try:
        said = json.loads(data)
    except (ValueError, RecursionError):
        raise Unreadable("not JSON") from None
    if not isinstance(said, dict):
        raise Unreadable("not a JSON object")
    return said


def _integer(said: Mapping[str, Any], name: str) -> int:
    value = said.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**63:
        raise Unreadable(f"{name} is not a whole number")
    return value
