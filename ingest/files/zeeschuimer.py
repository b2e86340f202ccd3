"""Zeeschuimer's NDJSON: what a browser saw of a social platform, each item as the platform itself formats it, in an envelope."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from ingest.files.base import Context
from ingest.files.objects import ObjectImporter, first_at
from ingest.files.sample import Sample

_ENVELOPE = frozenset(("item_id", "source_platform", "data", "timestamp_collected"))
#: Where platforms keep the parts of a post; the first that is there counts. X, TikTok, Instagram, Threads, LinkedIn, Douyin, 9GAG, Gab ...
_PATHS: Mapping[str, tuple[str, ...]] = MappingProxyType({
    "text": (
        "note_tweet.note_tweet_results.result.text", "legacy.full_text", "caption.text", "desc", "edge_media_to_caption.edges.0.node.text",
        "commentary.text.text", "full_text", "text", "content", "body", "message.text", "message", "description",
    ),
    "title": ("title",),
    "created_at": (
        "legacy.created_at", "taken_at", "taken_at_timestamp", "createTime", "create_time", "caption.created_at", "creationTs",
        "created_at", "creation_time", "timestamp",
    ),
    "author": (
        "core.user_results.result.core.screen_name", "core.user_results.result.legacy.screen_name", "user.username", "user.unique_id",
        "author.uniqueId", "author.unique_id", "owner.username", "actor.name.text", "account.acct", "account.username", "creator.username",
        "author.nickname", "author",
    ),
    "lang": ("legacy.lang", "textLanguage", "language"),
    "likes": (
        "legacy.favorite_count", "like_count", "stats.diggCount", "statistics.digg_count", "digg_count", "edge_media_preview_like.count",
        "favourites_count", "upVoteCount", "socialDetail.totalSocialActivityCounts.numLikes",
    ),
    "reposts": ("legacy.retweet_count", "stats.shareCount", "statistics.share_count", "reblogs_count", "reshare_count"),
    "replies": (
        "legacy.reply_count", "comment_count", "stats.commentCount", "statistics.comment_count", "edge_media_to_comment.count",
        "commentsCount", "replies_count", "text_post_app_info.direct_reply_count", "socialDetail.totalSocialActivityCounts.numComments",
    ),
    "views": ("views.count", "stats.playCount", "play_count", "view_count"),
    "url": ("url", "permalink_url"),
})  # fmt: skip


class Zeeschuimer(ObjectImporter):
    name = "zeeschuimer"
    title = "Zeeschuimer"
    expected = "one JSON object a line with item_id, source_platform and data"

    def sniff(self, sample: Sample) -> float:
        return 0.95 if sample.keys >= _ENVELOPE else 0.0

    def posts(self, found: dict[str, Any], context: Context) -> Iterator[dict[str, Any]]:
        data = found.get("data")
        if not isinstance(data, dict):
            yield {"text": ""}
            return
        values = {field: first_at(data, paths) for field, paths in _PATHS.items()}
        platform, item = str(found.get("source_platform") or ""), str(found.get("item_id") or first_at(data, ("id", "code")) or "")
        values["id"] = item
        values["created_at"] = values["created_at"] or _time_of_linkedin(item)
        values["url"] = values["url"] or _address(platform, data, item, str(values["author"] or ""))
        values["repost"] = bool(first_at(data, ("legacy.retweeted_status_result.result.rest_id",)))
        values["reply"] = bool(first_at(data, ("legacy.in_reply_to_status_id_str", "in_reply_to_id")))
        yield values


def _time_of_linkedin(item: str) -> datetime | None:
    """LinkedIn shows no time, but its ids begin with one: 41 bits of milliseconds since 1970."""
    match = re.fullmatch(r"urn:li:(?:activity|ugcPost|share):(\d{19})", item)
    return datetime.fromtimestamp((int(match[1]) >> 22) / 1000, UTC) if match else None


def _address(platform: str, data: dict[str, Any], item: str, author: str) -> str:
    code = first_at(data, ("code", "shortcode")) or ""
    if "instagram" in platform and code:
        return f"https://www.instagram.com/p/{code}/"
    if "threads" in platform and code:
        return f"https://www.threads.com/@{author}/post/{code}"
    if platform in ("twitter.com", "x.com"):
        return f"https://x.com/{author}/status/{item}"
    return f"https://www.tiktok.com/@{author}/video/{item}" if platform == "tiktok.com" else ""
