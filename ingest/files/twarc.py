"""JSONL of twarc: pages of the Twitter API v2 with their includes, tweets that `twarc2 flatten` made, and tweets of API v1.1."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ingest.files.base import Context
from ingest.files.objects import ObjectImporter, at_path, first_at
from ingest.files.sample import Sample

_SIGNS = (
    {"__twarc"}, {"data", "includes", "meta"}, {"data", "author_id"}, {"author_id", "public_metrics", "text"},
    {"edit_history_tweet_ids", "text"}, {"full_text", "id_str", "user"},
)  # fmt: skip


class Twarc(ObjectImporter):
    name = "twarc"
    title = "twarc (Twitter API)"
    expected = "one JSON object a line: a page with data and includes, or a tweet"

    def sniff(self, sample: Sample) -> float:
        return 0.9 if any(sign <= sample.keys for sign in _SIGNS) and "source_platform" not in sample.keys else 0.0

    def posts(self, found: dict[str, Any], context: Context) -> Iterator[dict[str, Any]]:
        if "data" not in found:
            yield _old(found) if "user" in found else _tweet(found, {}, {}, {})
            return
        users, tweets, places = (_by_id(at_path(found, f"includes.{kind}")) for kind in ("users", "tweets", "places"))
        data = found["data"]
        for tweet in data if isinstance(data, list) else [data]:
            yield _tweet(tweet, users, tweets, places) if isinstance(tweet, dict) else {"text": ""}


def _by_id(items: Any) -> dict[str, dict[str, Any]]:
    return {str(item.get("id")): item for item in items if isinstance(item, dict)} if isinstance(items, list) else {}


def _tweet(tweet: dict[str, Any], users: Mapping[str, Any], tweets: Mapping[str, Any], places: Mapping[str, Any]) -> dict[str, Any]:
    author = (
        first_at(tweet, ("author.username",)) or first_at(users.get(str(tweet.get("author_id"))), ("username",)) or tweet.get("author_id")
    )
    referenced = [item for item in tweet.get("referenced_tweets") or [] if isinstance(item, dict)]
    kinds = {item.get("type") for item in referenced}
    place = first_at(tweet, ("geo.full_name",)) or first_at(places.get(str(at_path(tweet, "geo.place_id"))), ("full_name",))
    return {
        "id": tweet.get("id"), "text": _text(tweet, referenced, tweets), "created_at": tweet.get("created_at"), "author": author,
        "url": f"https://x.com/{author}/status/{tweet.get('id')}", "lang": tweet.get("lang"), "place": place,
        "likes": at_path(tweet, "public_metrics.like_count"), "reposts": at_path(tweet, "public_metrics.retweet_count"),
        "replies": at_path(tweet, "public_metrics.reply_count"), "views": at_path(tweet, "public_metrics.impression_count"),
        "repost": "retweeted" in kinds, "reply": "replied_to" in kinds,
    }  # fmt: skip


def _text(tweet: dict[str, Any], referenced: list[dict[str, Any]], tweets: Mapping[str, Any]) -> Any:
    """The whole text: of a long tweet, its note; of a retweet, which the API cuts short, the original's."""
    text = first_at(tweet, ("note_tweet.text", "text"))
    original = next((item for item in referenced if item.get("type") == "retweeted"), None)
    if original is None or not str(text).startswith("RT @"):
        return text
    whole = first_at(original, ("note_tweet.text", "text")) or first_at(tweets.get(str(original.get("id"))), ("note_tweet.text", "text"))
    return f"{str(text).split(': ', 1)[0]}: {whole}" if whole else text


def _old(tweet: dict[str, Any]) -> dict[str, Any]:
    author, original = at_path(tweet, "user.screen_name"), tweet.get("retweeted_status")
    text = first_at(tweet, ("full_text", "extended_tweet.full_text", "text"))
    if isinstance(original, dict):
        name = at_path(original, "user.screen_name")
        text = f"RT @{name}: {first_at(original, ('full_text', 'extended_tweet.full_text', 'text'))}"
    number = first_at(tweet, ("id_str", "id"))
    return {
        "id": number, "text": text, "created_at": tweet.get("created_at"), "author": author, "lang": tweet.get("lang"),
        "url": f"https://x.com/{author}/status/{number}", "place": at_path(tweet, "place.full_name"), "likes": tweet.get("favorite_count"),
        "reposts": tweet.get("retweet_count"), "repost": isinstance(original, dict), "reply": bool(tweet.get("in_reply_to_status_id")),
    }  # fmt: skip
