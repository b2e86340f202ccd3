"""Bluesky: the posts of the whole network as they are made, edited and deleted, chosen here by keyword and language.

A run begins where the last one stopped, reads until it has caught up with the present (or until `stretch` is over), and ends; the
next run goes on from the cursor. So a stream is collected like any other source, and a crash repeats a few seconds at most. What the
stream no longer holds is said to be a hole. `searchPosts` fills the past once (`backfill`); Bluesky asks not to use it for more.

Every deletion of a post is passed on, wanted or not, because only the warehouse knows what it holds: see docs/sources/bluesky.md.
Lexicon of a post: https://docs.bsky.app/docs/advanced-guides/posts
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar, Literal, Self

from pydantic import Field, field_validator, model_validator

from ingest.base import Options, Request
from ingest.bluesky_run import Run
from ingest.bluesky_search import Backfill
from ingest.firehose import Firehose
from ingest.http import Http
from ingest.jetstream import JetstreamV1, JetstreamV2, Wire
from ingest.keywords import Wanted, keyword_problem
from ingest.websocket import StreamRefused, check_alive, opened, receive
from warehouse.errors import SourceUnreachable
from warehouse.records import Checkpoint, Item
from warehouse.settings import Duration

WIRES: Mapping[str, Wire] = {wire.name: wire for wire in (JetstreamV1(), JetstreamV2(), Firehose())}
_LONGEST_PAUSE = 30.0  #: seconds between two attempts to connect


class BlueskyOptions(Options):
    keywords: list[str] = Field([], description='Words or phrases; a final * takes any ending: "vaksin*". Empty takes every post')
    languages: list[str] = Field([], description="Languages that a post may declare (BCP 47); one that declares none is taken too")
    stream: Literal["jetstream", "jetstream-v2", "firehose"] = Field("jetstream", description="Format of the stream that `service` speaks")
    service: str = Field("", description="Address of the stream (wss://); empty takes Bluesky's public server for that format")
    lookback: Duration | None = Field(None, description="How far back the first run begins; a firehose then begins at the oldest it holds")
    stretch: Duration = Field(timedelta(minutes=2), description="Longest run; what is left is read by the next one")
    idle: Duration = Field(timedelta(seconds=10), description="A run ends when nothing came for this long")
    rewind: Duration = Field(timedelta(seconds=10), description="How much of the stream is read again, because it may come out of order")
    hole: Duration = Field(timedelta(minutes=1), description="Silence after the cursor that means that the server no longer holds it")
    backfill: Duration | None = Field(None, description="How much of the past to fill in once with searchPosts; needs a login")
    search_service: str = Field("https://bsky.social", description="Server of the login, which also answers searchPosts")
    identifier: str = Field("", description="Handle or e-mail address of the login")
    app_password_env: str = Field(
        "KENTONGAN_BLUESKY_APP_PASSWORD", description="Environment variable with an app password (not the account's own)"
    )
    app_password_file: Path | None = Field(None, description="File of mode 600 with the app password")

    @field_validator("keywords")
    @classmethod
    def _keywords_can_match(cls, value: list[str]) -> list[str]:
        for keyword in value:
            if problem := keyword_problem(keyword):
                raise ValueError(f"keyword {keyword!r} {problem}")
        return value

    @field_validator("service")
    @classmethod
    def _service_is_a_websocket(cls, value: str) -> str:
        if value and not value.startswith(("wss://", "ws://")):
            raise ValueError("not the address of a stream; it begins with wss:// or ws://")
        return value

    @model_validator(mode="after")
    def _something_is_chosen(self) -> Self:
        if not self.keywords and not self.languages:
            raise ValueError("neither keywords nor languages are set: that would store the whole network")
        if self.backfill and not (self.keywords and self.identifier):
            raise ValueError("backfill needs keywords, and the identifier of a login")
        return self


class Bluesky:
    """The stream comes over a websocket of its own; clock, pauses, limits and User-Agent are those of `http`."""

    name: ClassVar[str] = "bluesky"
    Options: ClassVar[type[Options]] = BlueskyOptions

    def __init__(self, source: str, options: BlueskyOptions, http: Http) -> None:
        self.source, self.options, self.http = source, options, http
        self.wire = WIRES[options.stream]
        self.service = options.service or self.wire.service
        self.wanted = Wanted.of(options.keywords, options.languages)
        self.backfill = Backfill(source, options, http, self.wanted) if options.backfill else None

    def queries(self) -> Sequence[str]:
        """One stream serves all keywords, so there is one cursor and one coverage."""
        return ["posts"]

    def collect(self, request: Request) -> Iterator[Item]:
        """Follow the stream up to the present, then fill in some of the past where that is asked for."""
        run = Run(self.source, request, self.options, self.wire, self.service, self.wanted, self.http.clock)
        yield from self._follow(run)
        if self.backfill:
            yield from self._fill_in(self.backfill, request, run.cursor)

    def _follow(self, run: Run) -> Iterator[Item]:
        failures = 0
        while not run.over:
            place = run.place
            try:
                yield from self._listen(run)
            except StreamRefused as refused:
                if not run.forget_position(refused.error):
                    raise
            except SourceUnreachable:
                yield from run.checkpoint()
                failures = failures + 1 if run.place == place else 1
                if failures > self.http.settings.retries:
                    raise
                self.http.pause(min(_LONGEST_PAUSE, 2.0 ** (failures - 1)))
        yield from run.close()

    def _listen(self, run: Run) -> Iterator[Item]:
        """Read one connection until the run is over. Raises CollectError when the connection is lost."""
        address = self.wire.address(self.service, run.begin())
        limits = self.http.settings
        with opened(
            address,
            user_agent=self.http.user_agent,
            max_bytes=limits.max_bytes,
            timeout=limits.timeout.total_seconds(),
            subprotocol=self.wire.subprotocol,
        ) as socket:
            while not run.over:
                data = receive(socket, address, self.options.idle.total_seconds())
                if data is None:
                    check_alive(socket, address, limits.timeout.total_seconds())
                    data = receive(socket, address, 0)
                if data is None:
                    run.fell_silent()
                else:
                    yield from run.take(data)
                if run.due:
                    yield from run.checkpoint()

    def _fill_in(self, backfill: Backfill, request: Request, cursor: Mapping[str, Any]) -> Iterator[Item]:
        """The backfill has its place in the cursor of the stream, so that both are one query with one coverage."""
        for item in backfill.collect(request.query, request.cursor.get("backfill"), request.now):
            yield replace(item, cursor={**cursor, "backfill": item.cursor}) if isinstance(item, Checkpoint) else item
