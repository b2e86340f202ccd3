"""Talkwalker's CSV or Excel export of results: snake_case columns with `extra_author_attributes.*` beside them."""

from __future__ import annotations

from types import MappingProxyType

from ingest.files.tool_table import ToolTable

_EXTENDED = "article_extended_attributes."


class Talkwalker(ToolTable):
    name = "talkwalker"
    title = "Talkwalker"
    expected = "columns published, content, url and extra_... attributes"
    must = frozenset(("published", "content", "url"))
    any_of = frozenset((
        "extra_author_attributes.id", "extra_author_attributes.name", "extra_author_attributes.short_name", "extra_source_attributes.name",
        "search_indexed", "host_url", "porn_level", "content_snippet", "source_type",
    ))  # fmt: skip
    known = MappingProxyType({
        "text": ("content", "content_snippet"),
        "title": ("title", "title_snippet"),
        "created_at": ("published",),
        "id": ("external_id",),
        "author": ("extra_author_attributes.short_name", "extra_author_attributes.name", "extra_source_attributes.name"),
        "url": ("url",),
        "lang": ("lang",),
        "likes": (f"{_EXTENDED}twitter_likes", f"{_EXTENDED}facebook_likes", f"{_EXTENDED}instagram_likes"),
        "reposts": (f"{_EXTENDED}twitter_retweets", f"{_EXTENDED}facebook_shares", f"{_EXTENDED}twitter_shares"),
        "replies": (f"{_EXTENDED}num_comments",),
        "place": ("extra_article_attributes.world_data.city", "extra_author_attributes.world_data.city"),
    })  # fmt: skip
