"""RSS and Atom feeds: news, blogs, fact-checkers.

A feed shows its last few entries and forgets the rest, so a poll proves something only when it still overlaps with the poll before:
then nothing fell out in between. Without overlap the feed rolled over, and the time in between counts as partly covered.
"""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

import feedparser
from pydantic import BaseModel, ConfigDict, Field, field_validator

from ingest.base import Options, Request
from ingest.dates import moment
from ingest.feed_bytes import mended
from ingest.html import tidy, to_text
from ingest.http import Http, Response
from warehouse.errors import SourceMalformed
from warehouse.records import Checkpoint, Item, Post

LONGEST = 5_000_000  #: bytes of a feed; parsing time grows with it
_ENTRIES = 1_000  #: entries that are read
_REACH = timedelta(days=90)  #: how far back a first poll may speak of coverage, whatever the age of the oldest entry
_TEXT = 8_000  #: characters of one post
_GLOBAL_ID = re.compile(r"(https?://|tag:|urn:)\S+", re.IGNORECASE)
_SECRET = re.compile(r"key|token|secret|pass|auth|sig", re.IGNORECASE)
_BOILERPLATE = re.compile(
    r"\n?(The post .{0,500} appeared first on|Artikel .{0,500} pertama kali tampil (pada|di)) [^\n]{0,200}\.?\Z", re.DOTALL
)


class Feed(BaseModel):
    """One feed; `title` names the publisher where the entries do not."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    url: str = Field(pattern=r"^https?://", description="Address of the feed")
    title: str = Field("", description="Publisher, where the entries name no author")


class RssOptions(Options):
    feeds: tuple[Feed, ...] = Field(min_length=1, description='Addresses, or tables { url = "...", title = "publisher" }')

    @field_validator("feeds", mode="before")
    @classmethod
    def _plain_urls(cls, value: Any) -> Any:
        return [{"url": feed} if isinstance(feed, str) else feed for feed in value] if isinstance(value, list | tuple) else value

    @field_validator("feeds")
    @classmethod
    def _distinct(cls, value: tuple[Feed, ...]) -> tuple[Feed, ...]:
        names = [query_name(feed.url) for feed in value]
        if repeated := {name for name in names if names.count(name) > 1}:
            raise ValueError(f"stands there twice: {min(repeated)}")
        return value


def query_name(url: str) -> str:
    """The name of a feed in the coverage ledger: its address, without a user and with the values of keys blotted out."""
    parts = urlsplit(url)
    query = urlencode([(name, "..." if _SECRET.search(name) else value) for name, value in parse_qsl(parts.query, keep_blank_values=True)])
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, query, ""))


@dataclass(frozen=True)
class _Entry:
    post: Post
    key: str  #: short hash of the native_id, for the cursor
    print: str  #: what is remembered of it; a change means an edit


class Rss:
    """Collector of feeds; one query a feed."""

    name: ClassVar[str] = "rss"
    Options: ClassVar[type[Options]] = RssOptions

    def __init__(self, source: str, options: RssOptions, http: Http) -> None:
        self._source, self._http = source, http
        self._feeds = {query_name(feed.url): feed for feed in options.feeds}

    def queries(self) -> Sequence[str]:
        return tuple(self._feeds)

    def collect(self, request: Request) -> Iterator[Item]:
        """One poll: what is new or edited, oldest first, and one checkpoint."""
        feed, cursor = self._feeds[request.query], request.cursor
        answer = self._http.get(feed.url, etag=cursor.get("etag"), last_modified=cursor.get("last_modified"), headers=_ACCEPT)
        polled = datetime.fromisoformat(cursor["polled"]) if "polled" in cursor else None
        if answer.not_modified:
            yield Checkpoint({**cursor, "polled": request.now.isoformat()}, polled or request.now, request.now, requests=answer.requests)
            return
        parsed = parse_feed(answer.content, answer)
        seen: Mapping[str, str] = cursor.get("seen", {})
        entries = list(self._entries(parsed, feed, request, seen))
        yield from (entry.post for entry in sorted(entries, key=lambda e: e.post.created_at) if seen.get(entry.key) != entry.print)
        yield _checkpoint(request, polled, seen, entries, parsed, answer)

    def _entries(self, parsed: Any, feed: Feed, request: Request, seen: Mapping[str, str]) -> Iterator[_Entry]:
        kept: set[str] = set()
        for raw in parsed.entries[:_ENTRIES]:
            entry = self._entry(raw, parsed, feed, request, seen)
            if entry is not None and entry.key not in kept:
                kept.add(entry.key)
                yield entry

    def _entry(self, raw: Any, parsed: Any, feed: Feed, request: Request, seen: Mapping[str, str]) -> _Entry | None:
        url = _link(raw, feed.url)
        text = _text(raw, atom=str(parsed.get("version", "")).startswith("atom"))
        if not text:
            return None
        native_id = _native_id(raw, url, text, feed.url)
        key, text_print = _short(native_id), _short(text)
        created, own_date = _created(raw, request.now, seen.get(key))
        edited = moment(dict.get(raw, "updated_parsed"))  # feedparser's own get() would give the published date in its place
        post = Post(
            source=self._source,
            query=request.query,
            native_id=native_id,
            created_at=created,
            edited_at=edited if edited and created < edited <= request.now else None,
            text=text,
            url=url,
            author=tidy(str(raw.get("author") or feed.title or parsed.feed.get("title") or ""))[:200],
            lang_hint=_language(raw, parsed),
        )
        return _Entry(post, key, text_print if own_date else f"{text_print}@{created.isoformat()}")


_ACCEPT = {"Accept": "application/atom+xml, application/rss+xml, application/rdf+xml, application/xml;q=0.9, */*;q=0.5"}


def parse_feed(content: bytes, answer: Response | None = None) -> Any:
    """feedparser's view of a feed. Raises SourceMalformed where there is none.

    It gets a stream, never bytes: bytes that happen to be a path or an address would be opened.
    """
    where = query_name(answer.url) if answer else "feed"
    if len(content) > LONGEST:
        raise SourceMalformed(f"{where}: feed of {len(content):,} bytes; more than {LONGEST:,} is not read")
    clean = mended(content, answer.headers.get("content-type", "") if answer else "")
    kind = {"content-type": "application/xml; charset=utf-8"}
    try:
        parsed = feedparser.parse(io.BytesIO(clean), response_headers=kind, sanitize_html=False, resolve_relative_uris=False)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError, AssertionError) as error:
        raise SourceMalformed(f"{where}: feed cannot be read: {type(error).__name__}") from error
    if not parsed.get("version"):
        page = re.search(rb"<(!doctype\s+)?html", clean[:2000], re.IGNORECASE)
        what = "a web page" if page else "empty" if not content.strip() else "neither RSS nor Atom"
        raise SourceMalformed(f"{where}: answer is {what}, not a feed; check the address")
    parsed["whole"] = bool(re.search(rb"</([\w.-]+:)?(rss|feed|rdf)\s*>\s*(<!--.*-->\s*)?\Z", clean[-2000:], re.IGNORECASE | re.DOTALL))
    return parsed


def _checkpoint(
    request: Request, polled: datetime | None, seen: Mapping[str, str], entries: list[_Entry], parsed: Any, answer: Response
) -> Checkpoint:
    now, troubles = request.now, []
    if not parsed["whole"]:
        troubles.append(f"feed is cut off; {len(entries)} entries salvaged")
    if seen and not entries:
        troubles.append("feed is empty although it had posts before")
    elif seen and not any(entry.key in seen for entry in entries):
        troubles.append("feed rolled over: nothing in it was there at the last poll, posts in between may be missing")
    oldest = min((entry.post.created_at for entry in entries), default=None)
    start = polled or (max(oldest, now - _REACH) if oldest else None)
    shown = {entry.key: entry.print for entry in entries}
    gone = {key: value for key, value in seen.items() if key not in shown}
    remembered = dict(list((shown | gone).items())[: max(200, 2 * len(shown))])
    cursor: dict[str, Any] = {"polled": now.isoformat(), "seen": remembered}
    if entries and parsed["whole"]:  # a suspicious answer must be asked for again, not confirmed by 304
        cursor |= {name: value for name, value in (("etag", answer.etag), ("last_modified", answer.last_modified)) if value}
    note = "; ".join(troubles)
    return Checkpoint(cursor, start, now if start else None, complete=not troubles, note=note, requests=answer.requests)


def _link(raw: Any, base: str) -> str:
    try:
        url = urljoin(base, str(raw.get("link") or "").strip())
    except ValueError:
        return ""
    return url[:2000] if raw.get("link") and url.startswith(("http://", "https://")) else ""


def _native_id(raw: Any, url: str, text: str, feed_url: str) -> str:
    """The entry's own id where it is one for the whole world, else one under its feed."""
    own = tidy(str(raw.get("id") or "")) or url
    if _GLOBAL_ID.fullmatch(own) and len(own) <= 500:
        return own
    return f"{_short(query_name(feed_url))}:{own if own and len(own) <= 200 else _short(own or text)}"


def _created(raw: Any, now: datetime, remembered: str | None) -> tuple[datetime, bool]:
    """When an entry was published, and whether it says so itself; without a date, or with one yet to come, when we first saw it."""
    own = moment(raw.get("published_parsed")) or moment(dict.get(raw, "updated_parsed"))
    if own and own <= now:
        return own, True
    _, _, first_seen = (remembered or "").partition("@")
    return (datetime.fromisoformat(first_seen) if first_seen else now), False


def _text(raw: Any, atom: bool) -> str:
    title = _plain(raw.get("title_detail"), atom)
    bodies = [_plain(part, atom) for part in [raw.get("summary_detail"), *raw.get("content", [])[:5]] if part]
    body = next((body for body in bodies if body), "")
    body = _BOILERPLATE.sub("", body).strip()
    text = body if body.startswith(title) else f"{title}\n{body}".strip()
    return text[:_TEXT].strip()


def _plain(detail: Any, atom: bool) -> str:
    """Atom says whether a field is HTML; RSS does not, and most of it is."""
    if not detail:
        return ""
    value = str(detail.get("value") or "")
    return tidy(value) if atom and detail.get("type") == "text/plain" else to_text(value)


def _language(raw: Any, parsed: Any) -> str | None:
    own = (raw.get("title_detail") or {}).get("language") or parsed.feed.get("language") or ""
    return own if re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8}){0,3}", own) else None


def _short(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=6).hexdigest()
