"""One run along a stream: where it stands, which span it has seen without a hole, and what it has to tell at its end."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from ingest.base import Request
from ingest.bluesky_post import native_id, to_post
from ingest.checked import Tally, Unreadable, moment
from ingest.jetstream import Event, Heard, Lost, Wire, microseconds
from ingest.keywords import Wanted
from warehouse.records import Checkpoint, Deletion, Item, Post

if TYPE_CHECKING:
    from ingest.bluesky import BlueskyOptions

_EVERY_SECONDS = 5.0  #: of work, between two checkpoints
_EVERY_MESSAGES = 5_000
_EVERY_ITEMS = 1_000
_REMEMBERED = 2_000  #: items whose repetition is recognised
_SETTLED = 20  #: messages from the present that end a run: single ones may jump ahead of what is still to come
_AHEAD = timedelta(hours=1)  #: a message from further in the future would carry the cursor away
_TOO_OLD = "CursorTooOld"  #: error of Jetstream 2


class Seen:
    """The items taken within the last `span` of the stream, which is read twice. They travel in the cursor, 12 letters each."""

    def __init__(self, span: timedelta, at: datetime | None, stamps: Iterable[str]) -> None:
        self._span = span // timedelta(microseconds=1)
        self._order = deque((microseconds(at), stamp) for stamp in stamps) if at else deque()
        self._stamps = {stamp for _, stamp in self._order}

    def __contains__(self, stamp: str) -> bool:
        return stamp in self._stamps

    def add(self, stamp: str, at: datetime) -> None:
        self._order.append((microseconds(at), stamp))
        self._stamps.add(stamp)
        while self._order[0][0] < microseconds(at) - self._span or len(self._order) > _REMEMBERED:
            self._stamps.discard(self._order.popleft()[1])

    def stamps(self) -> list[str]:
        return [stamp for _, stamp in self._order]


class Run:
    """State of one run. `clock` is monotonic seconds; moments are UTC and come from the stream and from `request.now`."""

    def __init__(
        self,
        source: str,
        request: Request,
        options: BlueskyOptions,
        wire: Wire,
        service: str,
        wanted: Wanted,
        clock: Callable[[], float],
    ) -> None:
        self._source, self._request, self._options = source, request, options
        self._wire, self._service, self._wanted, self._clock = wire, service, wanted, clock
        self._restore(request.cursor)
        self._started = self._checked = clock()
        self._asked: int | None = None  # the position that the connection began at
        self._fresh = True  # nothing was taken from this connection yet
        self._messages = self._items = self._connections = 0  # since the last checkpoint
        self._present = 0  # messages from `now` on
        self._silent = False
        self._unreadable = Tally("messages")
        self._holes: list[str] = []

    def _restore(self, cursor: Mapping[str, Any]) -> None:
        """Take up the last checkpoint; a position is only good on the server that gave it."""
        self._others = {"backfill": cursor["backfill"]} if "backfill" in cursor else {}
        self._at = moment(cursor["time"]) if "time" in cursor else None
        self._covered = None if cursor.get("hole") else self._at  # None after a hole, until the next message
        same = (cursor.get("stream"), cursor.get("service")) == (self._wire.name, self._service)
        self._position: int | None = cursor.get("position") if same else None
        self._lost_by_moving = self._at is not None and not same and self._wire.since(self._at) is None
        self._seen = Seen(self._options.rewind, self._at, cursor.get("seen", []))

    @property
    def cursor(self) -> dict[str, Any]:
        """JSON-able: what the next run needs to go on from here."""
        if self._at is None:
            return dict(self._others)
        place = {"stream": self._wire.name, "service": self._service, "position": self._position, "time": self._at.isoformat()}
        return {**self._others, **place, "seen": self._seen.stamps(), **({} if self._covered else {"hole": True})}

    @property
    def place(self) -> tuple[int | None, datetime | None]:
        """Where the run stands; it differs after any progress."""
        return self._position, self._at

    @property
    def over(self) -> bool:
        """Whether the present is reached, nothing comes any more, or the time for one run has passed."""
        return self._present >= _SETTLED or self._silent or self._elapsed() >= self._options.stretch

    @property
    def due(self) -> bool:
        """Whether enough has come, or enough time has passed, for a checkpoint."""
        if self._messages == 0:
            return False
        return self._messages >= _EVERY_MESSAGES or self._items >= _EVERY_ITEMS or self._clock() - self._checked >= _EVERY_SECONDS

    def _elapsed(self) -> timedelta:
        return timedelta(seconds=self._clock() - self._started)

    def begin(self) -> int | None:
        """The position to ask for with the next connection; None begins at the present."""
        self._connections += 1
        self._fresh = True
        self._asked = self._beginning()
        return self._asked

    def _beginning(self) -> int | None:
        if self._at is None:
            back = self._options.lookback
            position = self._wire.since(self._request.now - (back or self._options.rewind))
            return 0 if position is None and back else position  # 0: the oldest that a firehose holds
        if self._position is not None and not self._wire.by_time:
            return self._position
        return self._wire.since(self._at - self._options.rewind)

    def forget_position(self, error: str) -> bool:
        """The server no longer holds our position: the next connection begins by time. False when `error` says something else."""
        if error != _TOO_OLD or self._position is None:
            return False
        self._position = None
        return True

    def fell_silent(self) -> None:
        """Nothing came for `idle`: the stream is read to its end."""
        self._silent = True

    def take(self, data: bytes) -> Iterator[Item]:
        """The records of one message."""
        self._messages += 1
        try:
            messages = self._wire.read(data)
        except Unreadable as error:
            messages = [error]
        before = self._position
        for message in messages:
            if isinstance(message, Unreadable):
                self._unreadable.add(message)
            elif isinstance(message, Lost):
                self._note_hole(message.message)
                before = self._position = None if message.restart else self._position
            elif self._is_new(message, before):
                yield from self._advance(message)

    def _is_new(self, message: Event | Heard, before: int | None) -> bool:
        """Not handled by an earlier run or connection, and not from the future."""
        if message.at > self._request.now + self._elapsed() + _AHEAD:
            self._unreadable.add(Unreadable(f"its time {message.at.isoformat()} lies in the future"))
            return False
        if self._wire.by_time:
            return self._asked is None or message.position >= self._asked
        return before is None or message.position > before

    def _advance(self, message: Event | Heard) -> Iterator[Item]:
        self._look_for_hole(message.at)
        if isinstance(message, Event):
            yield from self._records(message)
        self._position = max(message.position, self._position or 0)
        self._at = max(message.at, self._at or message.at)
        self._covered = self._covered or message.at
        self._present += message.at >= self._request.now

    def _look_for_hole(self, at: datetime) -> None:
        """A server that still holds our cursor repeats what lay just before it; one that begins much later does not."""
        fresh, self._fresh = self._fresh, False
        if not fresh or self._at is None:
            return
        if self._lost_by_moving or (self._wire.by_time and at - self._at > self._options.hole):
            self._lost_by_moving = False
            self._note_hole(f"its stream begins at {at.isoformat(timespec='seconds')}")

    def _records(self, event: Event) -> Iterator[Item]:
        stamp = _stamp(event)
        if stamp in self._seen:
            return
        try:
            item = self._item(event)
        except Unreadable as error:
            self._unreadable.add(error)
            return
        if item is not None:
            self._seen.add(stamp, event.at)
            self._items += 1
            yield item

    def _item(self, event: Event) -> Post | Deletion | None:
        """An edit that is no longer wanted is passed on as a deletion: its author took back the text that we may hold."""
        post = None if event.kind == "delete" else to_post(event, self._source, self._request.query, self._wanted)
        if post is None and event.kind != "create":
            return Deletion(self._source, native_id(event.did, event.rkey), event.at)
        return post

    def _note_hole(self, reason: str) -> None:
        since = f"after {self._at.isoformat(timespec='seconds')}" if self._at else "as far back as was asked"
        self._holes.append(f"a hole: the server no longer holds what came {since} ({reason})")
        self._covered = None

    def checkpoint(self) -> Iterator[Checkpoint]:
        """A safe place to stop, with the span that was seen since the last one."""
        if not self._messages and not self._connections:
            return
        requests, self._connections = self._connections, 0
        self._messages = self._items = 0
        self._checked = self._clock()
        if self._at is None or self._covered is None or self._covered >= self._at:
            yield Checkpoint(self.cursor, requests=requests)
            return
        yield Checkpoint(self.cursor, self._covered, self._at, requests=requests)
        self._covered = self._at

    def close(self) -> Iterator[Checkpoint]:
        """The last checkpoint, and one that claims no span but tells a person what was odd."""
        yield from self.checkpoint()
        notes = [*self._holes, *self._unreadable.notes]
        if self.cursor.get("time") == self._request.cursor.get("time"):
            notes.append(f"nothing new came in {self._options.idle.total_seconds():g} s, although the connection stood")
        if notes:
            yield Checkpoint(self.cursor, complete=False, note="; ".join(notes)[:1000])


def _stamp(event: Event) -> str:
    key = f"{event.did}/{event.rkey}/{event.kind}/{event.rev}"
    return hashlib.blake2b(key.encode("utf-8", "replace"), digest_size=6).hexdigest()
