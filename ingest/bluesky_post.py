"""From a Bluesky record to a Post; the record was written by anybody, so every part of it is checked.

Lexicon: https://github.com/bluesky-social/atproto/blob/main/lexicons/app/bsky/feed/post.json
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ingest.checked import Unreadable, count, moment
from ingest.jetstream import Event
from ingest.keywords import Wanted
from warehouse.records import Post

_DID = re.compile(r"did:[a-z]+:[A-Za-z0-9._:%-]{1,2000}")  # https://atproto.com/specs/did
_RKEY = re.compile(r"[A-Za-z0-9._:~-]{1,512}")  # https://atproto.com/specs/record-key
_LONGEST_TEXT = 3_000  #: bytes of UTF-8, by the lexicon; an app that keeps to it shows nothing longer
_OLDEST = 1990  #: an older `createdAt` is a mistake, as is one in the future


def native_id(did: str, rkey: str) -> str:
    """`did/rkey`; raises Unreadable when either is not what the protocol allows."""
    if not _DID.fullmatch(did) or not _RKEY.fullmatch(rkey) or rkey in (".", ".."):
        raise Unreadable(f"did or record key is not valid: {did[:60]!r} {rkey[:60]!r}")
    return f"{did}/{rkey}"


def to_post(event: Event, source: str, query: str, wanted: Wanted, counts: Mapping[str, Any] | None = None) -> Post | None:
    """The post of a creation or an edit, or None when it is not wanted; raises Unreadable. counts: likeCount and others, where known."""
    counts = counts or {}
    text, languages = text_of(event.record), languages_of(event.record)
    if not text or not wanted(_with_tags(text, event.record), languages):
        return None
    return Post(
        source=source,
        query=query,
        native_id=native_id(event.did, event.rkey),
        created_at=created_at(event.record, event.at),
        text=text,
        url=f"https://bsky.app/profile/{event.did}/post/{event.rkey}",
        author=event.did,
        edited_at=event.at if event.kind == "update" else None,
        lang_hint=languages[0] if languages else None,
        reply=isinstance(event.record.get("reply"), Mapping),
        likes=count(counts.get("likeCount")),
        reposts=count(counts.get("repostCount")),
        replies=count(counts.get("replyCount")),
    )


def text_of(record: Mapping[str, Any]) -> str:
    """The text, if it is as long as the lexicon allows; empty for a picture alone. Raises Unreadable."""
    text = record.get("text")
    if not isinstance(text, str):
        raise Unreadable("text is not a string")
    if len(text) > _LONGEST_TEXT or len(text.encode("utf-8", "replace")) > _LONGEST_TEXT:
        raise Unreadable(f"text is longer than {_LONGEST_TEXT} bytes")
    return text.replace("\x00", "").strip()


def languages_of(record: Mapping[str, Any]) -> list[str]:
    """Declared languages (BCP 47), at most three by the lexicon; what is not text is left out."""
    declared = record.get("langs")
    return [tag for tag in declared[:3] if isinstance(tag, str) and 1 < len(tag) <= 35] if isinstance(declared, list) else []


def created_at(record: Mapping[str, Any], seen_at: datetime) -> datetime:
    """`createdAt` as the author's app states it, but never later than the moment it was seen; that moment when it makes no sense."""
    try:
        stated = moment(record.get("createdAt"))
    except Unreadable:
        return seen_at
    return stated if stated.year >= _OLDEST and stated < seen_at else seen_at


def _with_tags(text: str, record: Mapping[str, Any]) -> str:
    """The text and the hashtags that are declared beside it."""
    tags = record.get("tags")
    return " ".join([text, *(tag[:640] for tag in tags[:8] if isinstance(tag, str))]) if isinstance(tags, list) else text
