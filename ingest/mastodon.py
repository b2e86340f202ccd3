"""Mastodon and what speaks its API (Pleroma, GoToSocial, snac): tags and public timelines of one server.

Timelines are walked from the newest post down, by `max_id` alone: some servers send no Link header, give ids without order, or do not
know `min_id`. A walk ends where it meets the last one; if a run's pages do not reach that far, the next run goes on from there before it
looks for anything newer, and coverage is claimed when the walk is whole, so there is never a hole that looks covered. Posts reach a
server late and are sorted in by their own time: `overlap` says how far below the last run to look again.

API: https://docs.joinmastodon.org/methods/timelines/
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar, Literal
from urllib.parse import urlsplit

import mastodon
from pydantic import Field, field_validator, model_validator

from ingest.base import Options, Request
from ingest.http import Http, PacedSession, paced_session
from ingest.status import fingerprint, status_id, status_time, to_post
from warehouse.errors import CollectError, SettingsError, SourceMalformed, SourceRefused
from warehouse.records import Checkpoint, Item, Post
from warehouse.settings import Duration, secret

_PAGE = 40  #: posts a page, the most that servers give
_KNOWN = 80  #: posts at the top of a walk that the next one knows it by


class MastodonOptions(Options):
    server: str = Field(description='The server: "mastodon.social"')
    tags: tuple[str, ...] = Field((), description="Tags to follow, with or without #")
    public: tuple[Literal["local", "federated"], ...] = Field((), description="Whole timelines to follow: local, federated")
    token_env: str = Field("", description="Environment variable with an access token, for a server whose feeds are closed to strangers")
    token_file: Path | None = Field(None, description="File of mode 600 with an access token, used before token_env")
    boosts: bool = Field(False, description="Whether posts that are passed on count as posts")
    pages: int = Field(10, ge=1, le=500, description="Most pages of 40 posts that a run reads; what is left is read by the next run")
    backfill: Duration = Field(timedelta(days=7), description="How far back the first run goes")
    overlap: Duration = Field(timedelta(minutes=30), description="How far a run looks back for posts that reached the server late")

    @field_validator("server")
    @classmethod
    def _address(cls, value: str) -> str:
        url = value if "://" in value else f"https://{value}"
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/") or parts.query or "@" in parts.netloc:
            raise ValueError('not a server; write e.g. "mastodon.social"')
        return f"{parts.scheme}://{parts.netloc}"

    @field_validator("tags")
    @classmethod
    def _bare_tags(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        tags = tuple(dict.fromkeys(tag.strip().removeprefix("#").lower() for tag in value))
        for tag in tags:
            if not re.fullmatch(r"\w{1,100}", tag):
                raise ValueError(f"{tag!r} is not a tag; write letters and digits only, e.g. demamberdarah")
        return tags

    @model_validator(mode="after")
    def _something(self) -> MastodonOptions:
        if not self.tags and not self.public:
            raise ValueError('nothing to collect; give tags = ["..."] or public = ["local"]')
        return self


class _Client(mastodon.Mastodon):  # type: ignore[misc]
    def timeline_is_available(self, *_: Any, **__: Any) -> bool:
        """Mastodon.py would ask /api/v2/instance before each page (for ever, where a server has none): the answer itself tells."""
        return True


def _said(answer: Any) -> str:
    """What an error answer says for itself, in one short line; Mastodon.py loses it."""
    try:
        told = answer.json()
    except (ValueError, RecursionError):
        return ""
    error = told.get("error") if isinstance(told, dict) else None
    return ": " + " ".join(re.sub(r"[^\x20-\x7e]+", " ", error[:500]).split())[:120] if isinstance(error, str) else ""


@dataclass
class _Walk:
    """A walk from `top` (the time it began) downwards; everything above `max_id` was yielded."""

    top: datetime
    max_id: str | None = None
    first: dict[str, str] = field(default_factory=dict)  #: fingerprints of its topmost posts, by id

    def to_json(self) -> dict[str, Any]:
        return {"top": self.top.isoformat(), "max_id": self.max_id, "first": self.first}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> _Walk:
        return cls(datetime.fromisoformat(data["top"]), data["max_id"], dict(data["first"]))


@dataclass
class _State:
    """The cursor. Everything before `since` was seen; `known` are the topmost posts of the walk that ended there."""

    since: datetime | None
    known: dict[str, str]
    open_walk: _Walk | None

    @classmethod
    def read(cls, cursor: Mapping[str, Any]) -> _State:
        since = datetime.fromisoformat(cursor["since"]) if cursor.get("since") else None
        open_walk = _Walk.from_json(cursor["walk"]) if cursor.get("walk") else None
        return cls(since, dict(cursor.get("known", {})), open_walk)

    def to_json(self) -> dict[str, Any]:
        since = self.since.isoformat() if self.since else None
        return {"since": since, "known": self.known, "walk": self.open_walk.to_json() if self.open_walk else None}


@dataclass
class _Page:
    """One answer: posts that may be stored, and for all posts of the page their ids and times in the server's order."""

    posts: list[tuple[str, Post, str]]
    ids: list[str]
    times: list[datetime]
    unreadable: int


class Mastodon:
    """Collector of one server; one query a tag (`#demam`) or timeline (`local`, `federated`)."""

    name: ClassVar[str] = "mastodon"
    Options: ClassVar[type[Options]] = MastodonOptions

    def __init__(self, source: str, options: MastodonOptions, http: Http) -> None:
        self._source, self._options, self._http = source, options, http
        self._host = urlsplit(options.server).netloc

    def queries(self) -> Sequence[str]:
        return (*(f"#{tag}" for tag in self._options.tags), *dict.fromkeys(self._options.public))

    def collect(self, request: Request) -> Iterator[Item]:
        """First what the last run left open, then what is new; a checkpoint after each page."""
        run = _Run(self, request, paced_session(self._http))
        if run.state.open_walk is not None:
            yield from run.walk(run.state.open_walk)
        if run.state.open_walk is None:
            yield from run.walk(_Walk(request.now))

    def client(self, session: PacedSession) -> _Client:
        options = self._options
        try:
            token = secret(options.token_env, options.token_file)
        except SettingsError as error:
            raise SourceRefused(str(error)) from None
        if options.token_env and not token:
            raise SourceRefused(f"[sources.{self._source}] token_env: the environment variable {options.token_env} is not set")
        return _Client(
            api_base_url=options.server,
            access_token=token or None,
            session=session,
            user_agent=self._http.user_agent,
            ratelimit_method="throw",
        )

    def fetch(self, client: _Client, session: PacedSession, query: str, max_id: str | None) -> list[Any]:
        """One page, newest first. Raises SourceRefused where the feed is closed: an empty page means that there are no posts."""
        try:
            if query.startswith("#"):
                page = client.timeline_hashtag(query[1:], max_id=max_id, limit=_PAGE)
            else:
                page = client.timeline_public(max_id=max_id, limit=_PAGE, local=query == "local")
        except mastodon.MastodonError as error:
            raise self._explained(error, session, query) from None
        except (TypeError, ValueError, KeyError, AttributeError, OverflowError, RecursionError) as error:
            # Mastodon.py casts what it gets to its own types, and stumbles over what has another shape.
            raise SourceMalformed(f"{query} at {self._host}: answer cannot be read: {type(error).__name__}") from error
        # Mastodon.py makes an empty list of any object, and that would look like "no posts".
        if session.last is None or not session.last.content.lstrip().startswith(b"["):
            raise SourceMalformed(f"{query} at {self._host}: answer is not a list of posts")
        return list(page)

    def _explained(self, error: mastodon.MastodonError, session: PacedSession, query: str) -> CollectError:
        if isinstance(error.__context__, CollectError):  # Mastodon.py wraps what our session raised
            return error.__context__
        where = f"{query} at {self._host}"
        status, said = (session.last.status_code, _said(session.last)) if session.last is not None else (0, "")
        if status in (401, 403, 422):
            return SourceRefused(f"{where}: feed closed (HTTP {status}{said}); an access token may open it: token_env or token_file")
        if status >= 400:
            return SourceRefused(f"{where}: HTTP {status}{said}; is this a server with the Mastodon API?")
        return SourceMalformed(f"{where}: answer cannot be read; is this a server with the Mastodon API?")

    def read(self, raw: list[Any], request: Request) -> _Page:
        """Sort a page into what may be stored and what only tells where we are."""
        page = _Page([], [], [], 0)
        for status in raw:
            try:
                own_id, created = status_id(status), status_time(status)
                post = to_post(status, self._source, request.query, self._host, request.now, boosts=self._options.boosts)
            except (KeyError, TypeError, ValueError, OverflowError):
                page.unreadable += 1
                continue
            page.ids.append(own_id)
            page.times.append(created)
            if post is not None:
                page.posts.append((own_id, post, fingerprint(post)))
        return page

    def limits(self, state: _State, now: datetime) -> tuple[datetime, datetime]:
        """Where a walk may end: the time to be covered from, and how far below it late posts are looked for."""
        floor = state.since or now - self._options.backfill
        return floor, floor - (self._options.overlap if state.since else timedelta(0))

    @property
    def pages(self) -> int:
        return self._options.pages


class _Run:
    """One run of one query: its pages, its requests, its place in the cursor."""

    def __init__(self, collector: Mastodon, request: Request, session: PacedSession) -> None:
        self.state = _State.read(request.cursor)
        self._collector, self._request, self._session = collector, request, session
        self._client = collector.client(session)
        self._pages_left = collector.pages
        self._counted = 0
        self._unreadable = 0

    def walk(self, walk: _Walk) -> Iterator[Item]:
        """Go down page by page until the last walk is met, the timeline ends, or this run's pages are used up."""
        floor, limit = self._collector.limits(self.state, self._request.now)
        begins, met, oldest, seen = walk.max_id is None, False, walk.top, set[str]()
        while self._pages_left:
            page = self._next_page(walk)
            if not page.ids and begins and self.state.known:
                yield self._mark(self.state.since, walk.top, "timeline is empty although it had posts before")
                return
            met = met or not self.state.known.keys().isdisjoint(page.ids)
            if not page.ids:
                yield self._ended(walk, oldest, met)
                return
            if seen.issuperset(page.ids):
                yield self._close(walk, floor, "server gives the same page again instead of older posts")
                return
            yield from self._fresh(page, walk, seen, begins)
            seen.update(page.ids)
            begins, oldest = False, min(oldest, *page.times)
            if (met and page.times[-1] < limit) or max(page.times) < limit:
                yield self._close(walk, floor)
                return
            walk.max_id, self.state.open_walk = page.ids[-1], walk
            yield self._mark(None, None, "" if self._pages_left else f"more than {self._collector.pages} pages; goes on at the next run")

    def _next_page(self, walk: _Walk) -> _Page:
        self._pages_left -= 1
        page = self._collector.read(self._collector.fetch(self._client, self._session, self._request.query, walk.max_id), self._request)
        self._unreadable += page.unreadable
        if page.unreadable and not page.ids:
            raise SourceMalformed(f"{self._request.query}: none of the {page.unreadable} posts of a page can be read")
        return page

    def _fresh(self, page: _Page, walk: _Walk, seen: set[str], begins: bool) -> Iterator[Post]:
        """Posts of a page that are new, edited, or liked more; the topmost of a walk are remembered."""
        for own_id, post, print_now in page.posts:
            if own_id not in seen and self.state.known.get(own_id) != print_now:
                yield post
        if begins or len(walk.first) < _KNOWN:
            prints = {own_id: print_now for own_id, _, print_now in page.posts}
            for own_id in page.ids[: _KNOWN - len(walk.first)]:
                walk.first[own_id] = prints.get(own_id, "")

    def _ended(self, walk: _Walk, oldest: datetime, met: bool) -> Checkpoint:
        """The server has nothing older. On a first run it covers from its oldest post; later it must reach down to the last walk."""
        if self.state.since is None:
            return self._close(walk, oldest if walk.first else None)
        lost = bool(self.state.known) and not met
        return self._close(walk, self.state.since, "timeline ends above the last run: posts in between may be missing" if lost else "")

    def _close(self, walk: _Walk, covered_from: datetime | None, note: str = "") -> Checkpoint:
        self.state = _State(walk.top, walk.first or self.state.known, None)
        return self._mark(covered_from, walk.top if covered_from else None, note)

    def _mark(self, covered_from: datetime | None, covered_to: datetime | None, note: str = "") -> Checkpoint:
        requests, self._counted = self._session.sent - self._counted, self._session.sent
        if self._unreadable:
            note = "; ".join(filter(None, (note, f"{self._unreadable} posts cannot be read and were left out")))
        start = min(covered_from, covered_to) if covered_from and covered_to else None
        to = covered_to.astimezone(UTC) if start and covered_to else None
        return Checkpoint(self.state.to_json(), start, to, complete=not note, note=note, requests=requests)
