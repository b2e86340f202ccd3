"""Brandwatch's mentions, CSV or Excel, below a preamble that names the report, the query and the span."""

from __future__ import annotations

from types import MappingProxyType

from ingest.files.tool_table import ToolTable


class Brandwatch(ToolTable):
    name = "brandwatch"
    title = "Brandwatch"
    expected = "columns Query Id, Date, Url, Page Type and Full Text or Snippet"
    must = frozenset(("query id", "date", "url"))
    any_of = frozenset(("full text", "snippet"))
    known = MappingProxyType({
        "text": ("full text", "snippet"),
        "title": ("title",),
        "created_at": ("date",),
        "id": ("mention id", "resource id"),
        "author": ("author", "full name"),
        "url": ("url", "original url"),
        "lang": ("language",),
        "place": ("city", "region"),
        "likes": ("x likes", "twitter likes", "likes", "facebook likes"),
        "reposts": ("x reposts", "twitter retweets", "facebook shares"),
        "replies": ("x replies", "twitter replies", "facebook comments"),
        "views": ("impressions",),
    })  # fmt: skip
