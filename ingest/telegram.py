"""Telegram: public channels, by the preview that anybody can open in a browser (t.me/s/NAME); no account, no key.

A run reads pages backwards until it meets the newest message that it knows, and only then yields, so that an interruption leaves no
hole. Messages that were shown by the last run and have changed are yielded again; those that are gone are deletions. Older messages
than those on the pages read are not looked at again. Groups and channels without a preview cannot be read: SourceRefused.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar

from pydantic import Field, field_validator

from ingest.base import Options, Request
from ingest.checked import moment
from ingest.http import Http
from ingest.telegram_page import ChannelPreview, Message, Page
from warehouse.records import Checkpoint, Deletion, Item, Post
from warehouse.settings import Duration

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{3,31}")
_REMEMBERED = 200  #: messages whose edits and deletions are noticed, if they are still on the pages that a run reads


class TelegramOptions(Options):
    channels: list[str] = Field(
        min_length=1, description='Names of public channels: "KemenkesRI", "@KemenkesRI" or https://t.me/KemenkesRI'
    )
    lookback: Duration = Field(timedelta(days=7), description="How far back the first run reads a channel")
    pages: int = Field(50, ge=1, le=1000, description="Most pages of about twenty messages that one run reads of one channel")
    base: str = Field("https://t.me", pattern=r"^https?://", description="Where previews are found; for mirrors and tests")

    @field_validator("channels")
    @classmethod
    def _names(cls, value: list[str]) -> list[str]:
        names = [re.sub(r"^(https?://)?(t\.me|telegram\.me)/(s/)?|^@", "", channel.strip()).rstrip("/") for channel in value]
        for given, name in zip(value, names, strict=True):
            if not _NAME.fullmatch(name):
                raise ValueError(f"{given!r} is not the name of a channel")
        return list(dict.fromkeys(name.lower() for name in names))


@dataclass
class _Walk:
    """What a run read of a channel, from the newest page back. `whole`: back to what was known, or as far as was asked."""

    messages: dict[int, Message] = field(default_factory=dict)
    numbers: set[int] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)
    whole: bool = False

    def add(self, page: Page) -> None:
        self.messages |= {message.number: message for message in page.messages}
        self.numbers |= page.numbers
        self.notes += page.unreadable.notes

    def oldest(self) -> datetime | None:
        return min((message.date for message in self.messages.values()), default=None)


class Telegram:
    """Through snscrape's scraper; see ingest/telegram_page.py."""

    name: ClassVar[str] = "telegram"
    Options: ClassVar[type[Options]] = TelegramOptions

    def __init__(self, source: str, options: TelegramOptions, http: Http) -> None:
        self.source, self.options, self.http = source, options, http

    def queries(self) -> Sequence[str]:
        """One a channel."""
        return self.options.channels

    def collect(self, request: Request) -> Iterator[Item]:
        """New messages oldest first, then what changed or vanished, then the checkpoint. Raises SourceRefused without a preview."""
        preview = ChannelPreview(request.query, self.http, self.options.base)
        known = _Known.of(request.cursor)
        since = moment(request.cursor["covered_to"]) if "covered_to" in request.cursor else request.now - self.options.lookback
        walk = self._walk(preview, known.newest, since)
        if known.newest and not walk.numbers:
            note = "the channel shows no message, although it had some"
            yield Checkpoint(request.cursor, complete=False, note=note, requests=preview.sent)
            return
        known = known.checked_against(walk)
        first_run = not request.cursor
        for message in sorted(walk.messages.values(), key=lambda message: message.number):
            if known.is_news(message) and not (first_run and message.date < since):
                yield from self._post(message, request)
        yield from (Deletion(self.source, f"{request.query}/{number}", request.now) for number in known.vanished(walk.numbers))
        yield from self._close(walk, known, since, request.now, preview.sent)

    def _walk(self, preview: ChannelPreview, newest: int, since: datetime) -> _Walk:
        walk, before = _Walk(), None
        for _ in range(self.options.pages):
            page = preview.page(before)
            walk.add(page)
            oldest = walk.oldest()
            met = min(page.numbers, default=0) <= newest if newest else oldest is not None and oldest < since
            if met or page.older is None or (before is not None and page.older >= before):
                walk.whole = True
                break
            before = page.older
        return walk

    def _post(self, message: Message, request: Request) -> Iterator[Post]:
        if message.content:
            yield Post(
                source=self.source,
                query=request.query,
                native_id=f"{request.query}/{message.number}",
                created_at=min(message.date, request.now),
                text=message.content,
                url=message.url,
                author=request.query,
                edited_at=request.now if message.edited else None,  # the page says that it was edited, not when: this is when we saw it
                repost=message.forwarded,
                reply=message.reply,
                views=message.views,
            )

    def _close(self, walk: _Walk, known: _Known, since: datetime, now: datetime, sent: int) -> Iterator[Checkpoint]:
        cursor = {"newest": max(walk.numbers, default=0), "covered_to": now.isoformat(), "recent": known.recent(walk)}
        begins = since if walk.whole else walk.oldest() or now
        yield Checkpoint(cursor, min(begins, now), now, requests=sent)
        notes = [*walk.notes, *known.notes]
        if not walk.whole:
            notes.append(
                f"more than {self.options.pages} pages since the last run: what came before {begins:%Y-%m-%d %H:%M} UTC is missing"
            )
        if notes:
            yield Checkpoint(cursor, complete=False, note="; ".join(notes)[:1000])


@dataclass(frozen=True)
class _Known:
    """What the last run saw of a channel: its newest message, and a hash of each of the last ones."""

    newest: int
    hashes: Mapping[int, str]
    notes: tuple[str, ...] = ()

    @classmethod
    def of(cls, cursor: Mapping[str, Any]) -> _Known:
        return cls(cursor.get("newest", 0), {int(number): value for number, value in cursor.get("recent", {}).items()})

    def checked_against(self, walk: _Walk) -> _Known:
        """Nothing is known when the name now belongs to another channel: it shows none of what was there, and only older numbers."""
        lowest = min(walk.numbers, default=0)
        expected = {number for number in self.hashes if number >= lowest}
        if self.newest and max(walk.numbers, default=0) < self.newest and not expected & walk.numbers:
            return _Known(0, {}, ("the channel shows none of the messages that it had: it was emptied, or the name has a new owner",))
        return self

    def is_news(self, message: Message) -> bool:
        known = self.hashes.get(message.number)
        return message.number > self.newest or (known is not None and known != _hash(message))

    def vanished(self, shown: set[int]) -> list[int]:
        """Messages that the last run saw and that the pages of this run should show."""
        return sorted(number for number in self.hashes if shown and number >= min(shown) and number not in shown)

    def recent(self, walk: _Walk) -> dict[str, str]:
        """Of the newest messages, so that the next run sees what changes. A message that could not be read this time keeps its hash."""
        kept = {number: value for number, value in self.hashes.items() if number in walk.numbers or number < min(walk.numbers, default=0)}
        kept |= {number: _hash(message) for number, message in walk.messages.items()}
        return {str(number): kept[number] for number in sorted(kept)[-_REMEMBERED:]}


def _hash(message: Message) -> str:
    return hashlib.blake2b(f"{message.content}\x00{message.edited}".encode("utf-8", "replace"), digest_size=6).hexdigest()
