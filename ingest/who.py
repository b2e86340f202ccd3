"""WHO Disease Outbreak News, from the JSON behind https://www.who.int/emergencies/disease-outbreak-news (OData, no key).

The service takes $filter, $orderby, $top and $skip, but gives the oldest news first unless told otherwise, at most 100 at a time, and has
been seen to ignore the order it was asked for. So nothing here relies on an order: each run asks for everything since some weeks before
the last one (news are corrected for a while), reads all pages, and passes on what is new or changed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import quote, urljoin, urlsplit

from pydantic import Field

from ingest.base import Options, Request
from ingest.html import tidy, to_text
from ingest.http import Http
from warehouse.errors import SourceMalformed
from warehouse.records import Checkpoint, Item, Post
from warehouse.settings import Duration

QUERY = "disease outbreak news"
_PAGE = 50  #: news a page; a shorter page is the last one
_TEXT = 8_000  #: characters of one post


class WhoOptions(Options):
    url: str = Field(
        "https://www.who.int/api/news/diseaseoutbreaknews", pattern=r"^https?://", description="The service; for mirrors and tests"
    )
    pages: int = Field(20, ge=1, le=200, description="Most pages of 50 that a run reads")
    backfill: Duration = Field(timedelta(days=90), description="How far back the first run goes")
    corrections: Duration = Field(timedelta(days=30), description="How far back each run looks for corrected news")


class Who:
    """Collector of Disease Outbreak News; one query."""

    name: ClassVar[str] = "who"
    Options: ClassVar[type[Options]] = WhoOptions

    def __init__(self, source: str, options: WhoOptions, http: Http) -> None:
        self._source, self._options, self._http = source, options, http

    def queries(self) -> Sequence[str]:
        return (QUERY,)

    def collect(self, request: Request) -> Iterator[Item]:
        """All news since the last run and corrections of recent ones, oldest first, then one checkpoint."""
        since = datetime.fromisoformat(request.cursor["since"]) if request.cursor.get("since") else None
        floor = since - self._options.corrections if since else request.now - self._options.backfill
        rows, requests, note = self._fetch(floor)
        posts, unreadable = self._read(rows, request, floor)
        seen: Mapping[str, str] = request.cursor.get("seen", {})
        prints = {post.native_id: _print(post) for post in posts}
        yield from (post for post in sorted(posts, key=lambda post: post.created_at) if seen.get(post.native_id) != prints[post.native_id])
        notes = [note] if note else []
        if unreadable:
            notes.append(f"{unreadable} news cannot be read and were left out")
        if not posts and any(_dated(entry) > floor + timedelta(days=1) for entry in seen.values()):
            notes.append("list is empty although it had recent news before")
            prints = dict(seen)
        lost = bool(notes) and not posts
        cursor = {"since": (since if lost and since else request.now).isoformat(), "seen": prints}
        yield Checkpoint(cursor, since or floor, request.now, complete=not notes, note="; ".join(notes), requests=requests)

    def _fetch(self, floor: datetime) -> tuple[list[Any], int, str]:
        """All rows published since `floor`, how many requests that took, and what was odd."""
        rows: dict[str, Any] = {}
        requests = 0
        for number in range(self._options.pages):
            params = {
                "$filter": f"PublicationDateAndTime ge {floor.astimezone(UTC):%Y-%m-%dT00:00:00Z}",
                "$orderby": "PublicationDateAndTime desc",
                "$top": str(_PAGE),
                "$skip": str(number * _PAGE),
            }
            answer = self._http.get(self._options.url, params=params, headers={"Accept": "application/json"})
            requests += answer.requests
            page = _rows(answer.json(), self._options.url)
            before = len(rows)
            rows |= {_own_id(row) or f"row {number}.{place}": row for place, row in enumerate(page)}
            if len(page) < _PAGE:
                return list(rows.values()), requests, ""
            if len(rows) == before:
                return list(rows.values()), requests, "the service gives the same page again instead of the next one"
        return list(rows.values()), requests, f"more than {self._options.pages} pages; raise pages = ... to read them all"

    def _read(self, rows: list[Any], request: Request, floor: datetime) -> tuple[list[Post], int]:
        posts, unreadable = [], 0
        for row in rows:
            try:
                post = self._post(row, request)
            except (KeyError, TypeError, ValueError, OverflowError):
                unreadable += 1
                continue
            if post.created_at >= floor - timedelta(days=1):
                posts.append(post)
        return posts, unreadable

    def _post(self, row: Any, request: Request) -> Post:
        if not isinstance(row, Mapping):
            raise TypeError("not a record")
        created, edited = _moment(row.get("PublicationDateAndTime")) or _moment(row["PublicationDate"]), _moment(row.get("LastModified"))
        text = _text(row)
        if created is None or not text:
            raise ValueError("neither date nor text")
        created = min(created, request.now)
        return Post(
            source=self._source,
            query=request.query,
            native_id=_own_id(row),
            created_at=created,
            edited_at=edited if edited and created < edited <= request.now else None,
            text=text,
            url=_page_url(row, self._options.url),
            author="World Health Organization",
            lang_hint="en",
        )


def _rows(answer: Any, url: str) -> list[Any]:
    rows = answer.get("value") if isinstance(answer, dict) else None
    if not isinstance(rows, list):
        raise SourceMalformed(f"{urlsplit(url).netloc}: answer holds no list of news (OData `value`)")
    return rows


def _own_id(row: Any) -> str:
    """The record's GUID, or the news' own number where it is missing; empty where there is neither."""
    found = (row.get(name) for name in ("Id", "DonId", "UrlName")) if isinstance(row, Mapping) else ()
    return next((tidy(str(own))[:200] for own in found if own), "")


def _text(row: Mapping[str, Any]) -> str:
    """Title and summary; news without a summary (most of the recent ones) give their overview."""
    title = (row.get("UseOverrideTitle") and row.get("OverrideTitle")) or row.get("Title") or ""
    bodies = (to_text(str(row.get(name) or "")) for name in ("Summary", "Overview", "Epidemiology"))
    body = next((body for body in bodies if body), "")
    return f"{' '.join(to_text(str(title)).split())}\n{body}"[:_TEXT].strip()


def _page_url(row: Mapping[str, Any], api: str) -> str:
    """Where a person reads it: `ItemDefaultUrl` is a path under the list of news ("/2026-DON600")."""
    path = str(row.get("ItemDefaultUrl") or row.get("UrlName") or "").strip().lstrip("/")
    if not path:
        return ""
    folder = "" if "disease-outbreak-news/" in path else "emergencies/disease-outbreak-news/item/"
    return urljoin(api, f"/{folder}{quote(path, safe='/-._~%')}")[:2000]


def _moment(value: Any) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    moment = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    return moment if moment.year >= 1990 else None


def _print(post: Post) -> str:
    """What is remembered of a piece of news: a hash that changes with it, and its date."""
    return f"{hashlib.blake2b(post.text.encode('utf-8', 'replace'), digest_size=6).hexdigest()}@{post.created_at.isoformat()}"


def _dated(entry: str) -> datetime:
    return datetime.fromisoformat(entry.partition("@")[2])
