"""One status of the Mastodon API as a post. API: https://docs.joinmastodon.org/entities/Status/"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from ingest.html import tidy, to_text
from warehouse.records import Post

_TEXT = 8_000  #: characters of one post


def status_id(status: Mapping[str, Any]) -> str:
    """The server's own id: opaque, a number on some servers. Raises KeyError, TypeError or ValueError."""
    own_id = str(status["id"])
    if not re.fullmatch(r"[\w.:-]{1,200}", own_id):
        raise ValueError("not an id")
    return own_id


def status_time(status: Mapping[str, Any]) -> datetime:
    """When it was written, UTC. Raises KeyError, TypeError or ValueError."""
    moment = _moment(status["created_at"])
    if moment is None or moment.year < 1990:
        raise ValueError("not a time")
    return moment


def to_post(status: Mapping[str, Any], source: str, query: str, host: str, now: datetime, *, boosts: bool) -> Post | None:
    """A post, or None for what is not kept: not public, a boost where boosts are not wanted, nothing to read."""
    boosted = status.get("reblog")
    if status.get("visibility", "public") != "public" or (boosted and not boosts):
        return None
    shown = boosted if isinstance(boosted, Mapping) else status
    if not (text := _text(shown)):
        return None
    created, edited = min(status_time(status), now), _moment(shown.get("edited_at"))
    return Post(
        source=source,
        query=query,
        native_id=status_id(status),
        created_at=created,
        text=text,
        url=_url(shown),
        author=_author(status, host),
        edited_at=edited if edited and created < edited <= now else None,
        lang_hint=_language(shown.get("language")),
        repost=bool(boosted),
        reply=shown.get("in_reply_to_id") is not None,
        likes=_count(shown.get("favourites_count")),
        reposts=_count(shown.get("reblogs_count")),
        replies=_count(shown.get("replies_count")),
    )


def fingerprint(post: Post) -> str:
    """Changes when a post is edited or its engagement does."""
    told = (post.text, str(post.edited_at), post.likes, post.reposts, post.replies)
    return hashlib.blake2b(repr(told).encode("utf-8", "replace"), digest_size=6).hexdigest()


def _text(status: Mapping[str, Any]) -> str:
    """Content warning, content, and what pictures are said to show."""
    media = status.get("media_attachments")
    pictures = [part.get("description") for part in media[:16] if isinstance(part, Mapping)] if isinstance(media, list) else []
    parts = [tidy(str(status.get("spoiler_text") or "")), to_text(str(status.get("content") or "")), *(tidy(str(p)) for p in pictures if p)]
    return "\n".join(part for part in parts if part)[:_TEXT].strip()


def _author(status: Mapping[str, Any], host: str) -> str:
    """The account with its domain; accounts of the server itself come without one."""
    account = status.get("account")
    name = str(account.get("acct") or "") if isinstance(account, Mapping) else ""
    return name[:300] if "@" in name or not name else f"{name}@{host}"[:300]


def _url(status: Mapping[str, Any]) -> str:
    for name in ("url", "uri"):
        if (url := str(status.get(name) or "")).startswith(("http://", "https://")):
            return url[:2000]
    return ""


def _language(value: Any) -> str | None:
    return value if isinstance(value, str) and re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8}){0,3}", value) else None


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53 else None


def _moment(value: Any) -> datetime | None:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return None
    if not isinstance(value, datetime):
        return None
    return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC)
