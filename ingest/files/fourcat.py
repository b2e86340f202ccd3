"""4CAT's CSV of a dataset: one row an item, times in UTC."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

from ingest.files.tool_table import ToolTable


class FourCat(ToolTable):
    name = "4cat"
    title = "4CAT"
    expected = "columns id, thread_id, timestamp, body"
    must = frozenset(("id", "thread_id", "timestamp", "body"))
    zone = "UTC"
    known = MappingProxyType({
        "text": ("body",),
        "title": ("subject",),
        "created_at": ("timestamp", "unix_timestamp"),
        "id": ("id",),
        "thread": ("thread_id",),
        "author": ("author", "author_name"),
        "url": ("url", "post_url", "tiktok_url", "tweet_url"),
        "lang": ("language", "language_guess", "lang"),
        "likes": ("likes", "like_count", "num_likes", "score"),
        "reposts": ("shares", "retweet_count", "reblogs"),
        "replies": ("comments", "reply_count", "num_comments", "replies"),
        "views": ("views", "impression_count", "plays"),
        "repost": ("is_retweet",),
        "reply": ("is_reply",),
    })  # fmt: skip

    def values(self, values: dict[str, Any]) -> dict[str, Any]:
        thread = values.pop("thread", None)
        return values if "reply" in values or not thread else values | {"reply": str(thread) != str(values.get("id"))}
