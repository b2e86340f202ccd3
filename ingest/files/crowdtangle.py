"""CrowdTangle's CSV of Facebook pages and groups (Message) or Instagram accounts (Description). Its times name their zone."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

from ingest.files.tool_table import ToolTable


class CrowdTangle(ToolTable):
    name = "crowdtangle"
    title = "CrowdTangle"
    expected = "columns Post Created, Total Interactions, URL and Message or Description"
    must = frozenset(("post created", "total interactions", "url"))
    any_of = frozenset(("message", "description"))
    zone = "UTC"
    known = MappingProxyType({
        "text": ("message",),
        "title": ("title",),
        "description": ("description",),
        "link text": ("link text",),
        "created_at": ("post created",),
        "author": ("page name", "group name", "account", "user name"),
        "url": ("url",),
        "likes": ("likes",),
        "reposts": ("shares",),
        "replies": ("comments",),
        "views": ("post views", "views", "total views"),
    })  # fmt: skip

    def values(self, values: dict[str, Any]) -> dict[str, Any]:
        """A page that only shares a link says nothing in Message: what the link says stands for it."""
        link, description = values.pop("link text", ""), values.pop("description", "")
        return values if values.get("text") else values | {"text": "\n".join(part for part in (link, description) if part)}
