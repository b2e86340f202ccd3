"""X: posts of the last seven days that a search finds (API v2, recent search). X bills every post that it hands out.

So nothing is read twice: a search is walked from its newest post back to what is known, page by page, and a walk that was cut off goes
on where it stopped. `budget` bounds what one run may cost. Deletions are only told to subscribers of X's compliance service, so a post
that was deleted there stays here until it is erased by hand or by retention.
https://docs.x.com/x-api/posts/search-recent-posts
"""

from __future__ import annotations

import html
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

from pydantic import Field

from ingest.base import Options, Request
from ingest.checked import Tally, Unreadable, count, moment
from ingest.credentials import credential
from ingest.html import tidy
from ingest.http import Http
from warehouse.errors import SourceMalformed, SourceRefused
from warehouse.records import Checkpoint, Item, Post
from warehouse.settings import Duration

_PAGE = 100
_KEPT = timedelta(days=7) - timedelta(minutes=5)  #: recent search holds seven days; a margin for the way
_SETTLING = timedelta(seconds=30)  #: recent search ends this long before the present
_OWN_LANGUAGES = {"in": "id", "iw": "he"}  #: X's codes that are not those of BCP 47 any more
_NO_LANGUAGES = frozenset({"", "und", "zxx", "qme", "qam", "qct", "qht", "qst"})  #: no words: links, hashtags, mentions ...
_EPOCH = datetime(2010, 11, 4, 1, 42, 54, 657000, tzinfo=UTC)  #: where the times in X's ids begin
_FIELDS = {
    "tweet.fields": "created_at,lang,author_id,public_metrics,referenced_tweets,edit_history_tweet_ids,note_tweet,geo",
    "expansions": "geo.place_id",
    "place.fields": "full_name",
}
_COUNTS = {"likes": "like_count", "reposts": "retweet_count", "replies": "reply_count", "views": "impression_count"}


class XOptions(Options):
    queries: list[str] = Field(min_length=1, description='Searches in X\'s own language: "(dbd OR \\"demam berdarah\\") lang:in"')
    bearer_env: str = Field("KENTONGAN_X_BEARER", description="Environment variable with the bearer token of an app")
    bearer_file: Path | None = Field(None, description="File of mode 600 with the bearer token")
    reposts: bool = Field(False, description="Whether plain reposts are taken too; they are billed like any other post")
    lookback: Duration = Field(timedelta(days=1), description="How far back the first run searches; seven days at most")
    budget: int = Field(500, ge=_PAGE, le=100_000, description="Most posts that one run of one query takes, because each of them is billed")
    base: str = Field("https://api.x.com/2", pattern=r"^https?://", description="Address of the API; for tests")


class X:
    """The cursor: everything up to `since_id` is read; of a walk in progress, everything from `top` back to `until_id` too."""

    name: ClassVar[str] = "x"
    Options: ClassVar[type[Options]] = XOptions

    def __init__(self, source: str, options: XOptions, http: Http) -> None:
        self.source, self.options, self.http = source, options, http

    def queries(self) -> Sequence[str]:
        return list(dict.fromkeys(self.options.queries))

    def collect(self, request: Request) -> Iterator[Item]:
        """Finish the walk that was cut off, if any, then walk from the present; a checkpoint after each page."""
        cursor, left = dict(request.cursor), self.options.budget
        walks = 2 if "until_id" in cursor else 1
        for _ in range(walks):
            for item in self._walk(cursor, request, left):
                left -= isinstance(item, Post)
                cursor = dict(item.cursor) if isinstance(item, Checkpoint) else cursor
                yield item
            if "until_id" in cursor or left < _PAGE:
                return

    def _walk(self, cursor: Mapping[str, Any], request: Request, budget: int) -> Iterator[Item]:
        """One search from its newest post back to what is known, or as far as the budget goes."""
        start, notes = self._start(cursor, request.now)
        state = {"began": request.now.isoformat(), "from": start.isoformat(), **cursor}
        params = {**_FIELDS, **self._bounds(cursor, start, request.now), "query": self._query(request.query), "max_results": str(_PAGE)}
        unreadable = Tally("posts")
        while True:
            answer, sent = self._page(params)
            found = [entry for entry in _list(answer, "data") if isinstance(entry, dict)]
            yield from self._posts(found, _places(answer), request, unreadable)
            ids = [int(entry["id"]) for entry in found if _is_id(entry.get("id"))]
            budget -= len(found)
            if ids:
                state |= {"top": str(max([*ids, int(state.get("top", 0))])), "until_id": str(min(ids))}
            following = _text(_dict(answer, "meta"), "next_token")
            if not following or not ids:
                break
            if budget < _PAGE:
                cut = f"stopped at the budget of {self.options.budget} posts; the next run goes on"
                yield Checkpoint(state, complete=False, note="; ".join([cut, *unreadable.notes]), requests=sent)
                return
            yield Checkpoint(dict(state), requests=sent)
            params["next_token"] = following
        yield from self._close(state, start, [*notes, *unreadable.notes], sent)

    def _close(self, state: Mapping[str, Any], start: datetime, notes: Sequence[str], sent: int) -> Iterator[Checkpoint]:
        end = max(start, moment(state["began"]) - _SETTLING)
        newest = state.get("top") or state.get("since_id")
        done = {"covered_to": end.isoformat(), **({"since_id": newest} if newest else {})}
        yield Checkpoint(done, start, end, requests=sent)
        if notes:
            yield Checkpoint(done, complete=False, note="; ".join(notes))

    def _start(self, cursor: Mapping[str, Any], now: datetime) -> tuple[datetime, list[str]]:
        """From when on this walk reads, and a note where X no longer holds all of it."""
        known = cursor.get("from") or cursor.get("covered_to")
        wanted, oldest = moment(known) if known else now - self.options.lookback, now - _KEPT
        if wanted >= oldest:
            return min(wanted, now - _SETTLING - timedelta(seconds=1)), []
        note = f"X holds seven days: what was posted from {wanted:%Y-%m-%d %H:%M} to {oldest:%Y-%m-%d %H:%M} UTC is missing"
        return oldest, [note] if known else []

    def _bounds(self, cursor: Mapping[str, Any], start: datetime, now: datetime) -> dict[str, str]:
        """since_id while X still knows it (an older one is an error there), else a time; until_id where a walk goes on."""
        since_id, until_id = cursor.get("since_id"), cursor.get("until_id")
        known = since_id is not None and _time_of(int(since_id)) > now - _KEPT
        bounds = {"since_id": str(since_id)} if known else {"start_time": start.strftime("%Y-%m-%dT%H:%M:%SZ")}
        return {**bounds, "until_id": str(until_id)} if until_id else bounds

    def _query(self, query: str) -> str:
        return query if self.options.reposts else f"({query}) -is:retweet"

    def _page(self, params: Mapping[str, Any]) -> tuple[Mapping[str, Any], int]:
        address = f"{self.options.base.rstrip('/')}/tweets/search/recent"
        bearer = credential(self.source, "bearer", self.options.bearer_env, self.options.bearer_file)
        headers = {"Authorization": f"Bearer {bearer}"}
        answer = self.http.request("GET", address, params=params, headers=headers, follow=False)
        if answer.status != 200:
            raise SourceRefused(f"{address}: HTTP {answer.status}: {_reason(answer.content).replace(bearer, '(token)')}")
        said = answer.json()
        if not isinstance(said, dict):
            raise SourceMalformed(f"{address}: the answer is not a JSON object")
        return said, answer.requests

    def _posts(self, found: Sequence[Mapping[str, Any]], places: Mapping[str, str], request: Request, unreadable: Tally) -> Iterator[Post]:
        for entry in found:
            try:
                yield self._post(entry, places, request)
            except Unreadable as error:
                unreadable.add(error)

    def _post(self, entry: Mapping[str, Any], places: Mapping[str, str], request: Request) -> Post:
        """An edit has an id of its own; all versions are one post here, under the id of the first."""
        versions = [value for value in _list(entry, "edit_history_tweet_ids") if _is_id(value)] or [entry.get("id")]
        if not _is_id(entry.get("id")) or not _is_id(versions[0]):
            raise Unreadable(f"id {str(entry.get('id'))[:40]!r} is not a number")
        first, own = str(versions[0]), str(entry["id"])
        text = tidy(html.unescape(_text(_dict(entry, "note_tweet"), "text") or _text(entry, "text")))  # X escapes &, < and >
        if not text:
            raise Unreadable(f"post {own} has no text")
        kinds = {reference.get("type") for reference in _list(entry, "referenced_tweets") if isinstance(reference, dict)}
        metrics = _dict(entry, "public_metrics")
        language = _text(entry, "lang")
        return Post(
            source=self.source,
            query=request.query,
            native_id=first,
            created_at=min(_time_of(int(first)) if own != first else moment(entry.get("created_at")), request.now),
            text=text[:30_000],
            url=f"https://x.com/i/web/status/{own}",
            author=_text(entry, "author_id"),
            edited_at=_time_of(int(own)) if own != first else None,
            lang_hint=None if language in _NO_LANGUAGES else _OWN_LANGUAGES.get(language, language),
            place_hint=places.get(_text(_dict(entry, "geo"), "place_id")),
            repost="retweeted" in kinds,
            reply="replied_to" in kinds,
            **{name: count(metrics.get(field)) for name, field in _COUNTS.items()},
        )


def _time_of(post_id: int) -> datetime:
    """When a post was made, from its id: milliseconds since 2010-11-04 stand above its lowest 22 bits."""
    return _EPOCH + timedelta(milliseconds=post_id >> 22)


def _places(answer: Mapping[str, Any]) -> dict[str, str]:
    """Names of the places that posts of this page name by id."""
    listed = _list(_dict(answer, "includes"), "places")
    return {
        _text(place, "id"): _text(place, "full_name")[:200] for place in listed if isinstance(place, dict) and _text(place, "full_name")
    }


def _reason(content: bytes) -> str:
    """What X says of a refusal, in one line; its problem bodies are RFC 7807."""
    try:
        said = json.loads(content)
        parts = [said.get("title"), said.get("detail"), *(error.get("message") for error in said.get("errors", [])[:1])]
    except (ValueError, RecursionError, AttributeError, TypeError, KeyError):
        parts = []
    return " ".join(" ".join(str(part) for part in parts if part).split())[:300] or "no reason given; check the token and the plan"


def _is_id(value: object) -> bool:
    return isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) <= 19


def _dict(value: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = value.get(name)
    return found if isinstance(found, dict) else {}


def _list(value: Mapping[str, Any], name: str) -> list[Any]:
    found = value.get(name)
    return found if isinstance(found, list) else []


def _text(value: Mapping[str, Any], name: str) -> str:
    found = value.get(name)
    return found if isinstance(found, str) else ""
