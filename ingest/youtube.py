"""YouTube: videos that a search finds, and what people write under them (Data API v3; a free key with a daily quota).

The quota is the limit of this source: 100 searches a day, and 10,000 units for all other requests, of one unit each. A run of one query
costs one search a page, one unit for 50 videos and one for 100 comments. At the quota's end the run says until when it has to wait.
https://developers.google.com/youtube/v3/docs and https://developers.google.com/youtube/v3/determine_quota_cost
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from pydantic import Field

from ingest.base import Options, Request
from ingest.checked import Tally, Unreadable, count, moment
from ingest.credentials import credential
from ingest.html import tidy
from ingest.http import Http
from warehouse.errors import CollectError, SourceMalformed, SourceRefused, SourceThrottled
from warehouse.records import Checkpoint, Deletion, Item, Post
from warehouse.settings import Duration

_VIDEO = re.compile(r"[A-Za-z0-9_-]{5,20}")
_COMMENT = re.compile(r"[A-Za-z0-9_.-]{5,100}")
_LONGEST_TEXT = 10_000  #: characters; a description may have 5,000, a comment 10,000
_FOLLOWED = 50  #: videos whose comments are read; as many as one request for videos may name
_LATE = timedelta(hours=3)  #: search finds a video some time after it was published
_QUOTA = frozenset({"quotaExceeded", "dailyLimitExceeded"})
_TOO_FAST = frozenset({"rateLimitExceeded", "userRateLimitExceeded"})
_CLOSED = frozenset({"commentsDisabled", "forbidden", "videoNotFound", "processingFailure"})


class YoutubeOptions(Options):
    queries: list[str] = Field(min_length=1, description='What to search for, as in YouTube\'s own search: "demam berdarah|DBD -musik"')
    key_env: str = Field("KENTONGAN_YOUTUBE_KEY", description="Environment variable with the API key")
    key_file: Path | None = Field(None, description="File of mode 600 with the API key")
    region: str = Field("", pattern=r"^([A-Z]{2})?$", description="Only videos that can be watched in this country (ISO 3166-1)")
    language: str = Field("", description="Language whose videos search prefers (ISO 639-1)")
    lookback: Duration = Field(timedelta(days=1), description="How far back the first run searches")
    pages: int = Field(2, ge=1, le=10, description="Most pages of 50 videos that one run of a query takes; each costs one of 100 searches")
    comments: bool = Field(True, description="Whether to read the comments under the videos that were found")
    follow: Duration = Field(timedelta(days=3), description="How long the comments of a video are followed")
    comment_pages: int = Field(5, ge=1, le=50, description="Most pages of 100 comments that one run reads of one video")
    base: str = Field("https://www.googleapis.com/youtube/v3", pattern=r"^https?://", description="Address of the API; for tests")


class Youtube:
    """The key is sent in a header, so that it stands in no address, message or log."""

    name: ClassVar[str] = "youtube"
    Options: ClassVar[type[Options]] = YoutubeOptions

    def __init__(self, source: str, options: YoutubeOptions, http: Http) -> None:
        self.source, self.options, self.http = source, options, http

    def queries(self) -> Sequence[str]:
        return list(dict.fromkeys(self.options.queries))

    def collect(self, request: Request) -> Iterator[Item]:
        """Videos since the last run, oldest first; then new comments of each followed video, with a checkpoint after each."""
        key = credential(self.source, "key", self.options.key_env, self.options.key_file)
        api = _Api(key, self.options.base, self.http, request.now)
        began = request.cursor.get("covered_to")
        since = moment(began) if began else request.now - self.options.lookback
        found, whole = self._search(api, request.query, since - _LATE if began else since)
        followed = self._followed(request.cursor, found, request.now)
        unreadable = Tally("items")
        yield from self._videos(api, [*found, *(video for video in followed if video not in found)], request, followed, unreadable)
        cursor = {"covered_to": request.now.isoformat(), "videos": followed}
        yield Checkpoint(cursor, since, request.now, complete=whole, note="" if whole else self._cut_note(), requests=api.sent())
        if self.options.comments:
            yield from self._comments(api, cursor, request, unreadable)
        if unreadable.notes:
            yield Checkpoint(cursor, complete=False, note="; ".join(unreadable.notes))

    def _cut_note(self) -> str:
        return f"more than {self.options.pages} pages of videos: older ones are missing; search more often or raise pages"

    def _search(self, api: _Api, query: str, since: datetime) -> tuple[list[str], bool]:
        """Ids of videos published since then, oldest first, and whether that is all of them."""
        params: dict[str, Any] = {"part": "id", "type": "video", "order": "date", "maxResults": 50, "q": query}
        params |= {"publishedAfter": since.strftime("%Y-%m-%dT%H:%M:%SZ")}
        params |= {
            name: value for name, value in (("regionCode", self.options.region), ("relevanceLanguage", self.options.language)) if value
        }
        found: list[str] = []
        for _ in range(self.options.pages):
            answer = api.get("search", params)
            ids = (item.get("id") for item in answer["items"] if isinstance(item, dict))
            found += [str(id_["videoId"]) for id_ in ids if isinstance(id_, dict) and _VIDEO.fullmatch(str(id_.get("videoId", "")))]
            if not answer.get("nextPageToken"):
                return list(dict.fromkeys(reversed(found))), True
            params = {**params, "pageToken": str(answer["nextPageToken"])}
        return list(dict.fromkeys(reversed(found))), False

    def _followed(self, cursor: Mapping[str, Any], found: list[str], now: datetime) -> dict[str, Any]:
        """Videos by id: until when they are followed, and the moment up to which their comments are known."""
        kept = {video: state for video, state in cursor.get("videos", {}).items() if moment(state["until"]) > now}
        fresh = {"until": (now + self.options.follow).isoformat(), "seen": None}
        added = {video: fresh for video in found if video not in kept}
        return dict(list({**kept, **added}.items())[-_FOLLOWED:])

    def _videos(self, api: _Api, ids: list[str], request: Request, followed: dict[str, Any], unreadable: Tally) -> Iterator[Item]:
        """Videos with title, description and counts of now; a followed one that is gone is a deletion, and followed no more."""
        for start in range(0, len(ids), 50):
            asked = ids[start : start + 50]
            answer = api.get("videos", {"part": "snippet,statistics", "id": ",".join(asked), "maxResults": 50})
            shown = {str(item.get("id")): item for item in answer["items"] if isinstance(item, dict)}
            for video in asked:
                try:
                    if video in shown:
                        yield self._video(video, shown[video], request)
                    elif followed.pop(video, None) and video in request.cursor.get("videos", {}):
                        yield Deletion(self.source, f"video/{video}", request.now)
                except Unreadable as error:
                    unreadable.add(error)

    def _video(self, video: str, item: Mapping[str, Any], request: Request) -> Post:
        snippet, counts = _table(item, "snippet"), _table(item, "statistics", needed=False)
        text = tidy(f"{_text(snippet, 'title')}\n{_text(snippet, 'description')}")[:_LONGEST_TEXT]
        if not text:
            raise Unreadable(f"video {video} has neither title nor description")
        return Post(
            source=self.source,
            query=request.query,
            native_id=f"video/{video}",
            created_at=min(moment(snippet.get("publishedAt")), request.now),
            text=text,
            url=f"https://www.youtube.com/watch?v={video}",
            author=_text(snippet, "channelId"),
            lang_hint=_text(snippet, "defaultAudioLanguage") or _text(snippet, "defaultLanguage") or None,
            likes=count(counts.get("likeCount")),
            replies=count(counts.get("commentCount")),
            views=count(counts.get("viewCount")),
        )

    def _comments(self, api: _Api, cursor: dict[str, Any], request: Request, unreadable: Tally) -> Iterator[Item]:
        """Of each video those that are newer than the last run saw; a checkpoint after each, so that a cut costs one video."""
        for video, state in list(cursor["videos"].items()):
            seen = moment(state["seen"]) if state["seen"] else None
            threads, whole = self._threads(api, video, seen)
            newest = seen
            for thread in threads:
                try:
                    post = self._comment(video, thread, request)
                except Unreadable as error:
                    unreadable.add(error)
                    continue
                newest = max(newest or post.created_at, post.created_at)
                yield post
            if newest != seen or not whole:
                cursor["videos"] = {**cursor["videos"], video: {**state, "seen": newest.isoformat() if newest else None}}
                note = "" if whole else f"more than {self.options.comment_pages} pages of comments under {video}: older ones are missing"
                yield Checkpoint(dict(cursor), complete=whole, note=note, requests=api.sent())

    def _threads(self, api: _Api, video: str, seen: datetime | None) -> tuple[list[Any], bool]:
        """Threads since `seen`, and whether that is all of them; none where comments are closed or the video is gone."""
        params = {"part": "snippet", "videoId": video, "order": "time", "maxResults": 100, "textFormat": "plainText"}
        found: list[Any] = []
        for _ in range(self.options.comment_pages):
            answer = api.get("commentThreads", params, closed=_CLOSED)
            fresh = [thread for thread in answer["items"] if seen is None or (when := _published(thread)) is None or when >= seen]
            found += fresh
            if len(fresh) < len(answer["items"]) or not answer.get("nextPageToken"):
                return found, True
            params = {**params, "pageToken": str(answer["nextPageToken"])}
        return found, False

    def _comment(self, video: str, thread: Any, request: Request) -> Post:
        outer = _table(thread, "snippet")
        top = _table(outer, "topLevelComment")
        snippet, comment = _table(top, "snippet"), str(top.get("id", ""))
        text = tidy(_text(snippet, "textOriginal") or _text(snippet, "textDisplay"))[:_LONGEST_TEXT]
        if not text or not _COMMENT.fullmatch(comment):
            raise Unreadable(f"a comment under {video} has no text or no id")
        made = moment(snippet.get("publishedAt"))
        changed = moment(snippet.get("updatedAt") or snippet.get("publishedAt"))
        return Post(
            source=self.source,
            query=request.query,
            native_id=f"comment/{comment}",
            created_at=min(made, request.now),
            text=text,
            url=f"https://www.youtube.com/watch?v={video}&lc={comment}",
            author=_text(_table(snippet, "authorChannelId", needed=False), "value") or _text(snippet, "authorDisplayName"),
            edited_at=changed if changed > made else None,
            reply=True,
            likes=count(snippet.get("likeCount")),
            replies=count(outer.get("totalReplyCount")),
        )


class _Api:
    """GET of the API, with its errors in our words. `now` is the time of the run (UTC)."""

    def __init__(self, key: str, base: str, http: Http, now: datetime) -> None:
        self._key, self._base, self._http, self._now = key, base.rstrip("/"), http, now
        self._requests = 0

    def sent(self) -> int:
        """Requests since the last call of this."""
        number, self._requests = self._requests, 0
        return number

    def get(self, resource: str, params: Mapping[str, Any], closed: frozenset[str] = frozenset()) -> Mapping[str, Any]:
        """The answer, with a list of `items`; an empty one where the reason of a refusal is among `closed`. Raises CollectError."""
        answer = self._http.request("GET", f"{self._base}/{resource}", params=params, headers={"X-Goog-Api-Key": self._key}, follow=False)
        self._requests += answer.requests
        if answer.status == 200:
            said = answer.json()
            if not isinstance(said, dict) or not isinstance(said.get("items"), list):
                raise SourceMalformed(f"YouTube {resource}: the answer has no list of items")
            return said
        reason, message = _refusal(answer.content, answer.status)
        if reason in closed:
            return {"items": []}
        raise self._error(resource, answer.status, reason, message.replace(self._key, "(key)"))

    def _error(self, resource: str, status: int, reason: str, message: str) -> CollectError:
        where = f"YouTube {resource}: HTTP {status} {reason}"
        if reason in _QUOTA:
            wait = _until_quota_returns(self._now)
            return SourceThrottled(f"{where}: the quota of today is used up; it returns in {wait / 3600:.1f} hours", wait)
        if reason in _TOO_FAST:
            return SourceThrottled(f"{where}: asked too often; raise every", 60.0)
        return SourceRefused(f"{where}: {message[:200]} (check the key and that the YouTube Data API v3 is enabled for it)")


def _refusal(content: bytes, status: int) -> tuple[str, str]:
    """Reason and message of Google's error body; empty strings when it is none."""
    try:
        error = json.loads(content)["error"]
        reasons = [entry.get("reason", "") for entry in error.get("errors", [])]
        return str(reasons[0] if reasons else error.get("status", "")), " ".join(str(error.get("message", "")).split())
    except (ValueError, RecursionError, KeyError, TypeError, AttributeError):
        return "", f"HTTP {status} without a reason"


def _until_quota_returns(now: datetime) -> float:
    """Seconds until midnight in California, where the quota's day begins."""
    there = now.astimezone(ZoneInfo("America/Los_Angeles"))
    midnight = (there + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return (midnight - now).total_seconds()


def _published(thread: Any) -> datetime | None:
    """When a thread began; None for one that cannot be read."""
    try:
        return moment(thread["snippet"]["topLevelComment"]["snippet"]["publishedAt"])
    except (Unreadable, KeyError, TypeError):
        return None


def _table(value: Any, name: str, *, needed: bool = True) -> Mapping[str, Any]:
    found = value.get(name) if isinstance(value, dict) else None
    if isinstance(found, dict):
        return found
    if needed:
        raise Unreadable(f"{name} is not an object")
    return {}


def _text(value: Mapping[str, Any], name: str) -> str:
    found = value.get(name)
    return found if isinstance(found, str) else ""
