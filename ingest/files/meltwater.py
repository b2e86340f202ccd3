"""Meltwater's CSV: tabs and UTF-16 as a rule; a social post stands in Hit Sentence, an article in Headline and Opening Text."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

from ingest.files.table import with_clock
from ingest.files.tool_table import ToolTable


class Meltwater(ToolTable):
    name = "meltwater"
    title = "Meltwater"
    expected = "columns Date, Headline, Opening Text, Hit Sentence, URL"
    must = frozenset(("date", "hit sentence", "url"))
    any_of = frozenset(("opening text", "headline", "influencer", "input name"))
    known = MappingProxyType({
        "text": ("hit sentence",),
        "lead": ("opening text",),
        "title": ("headline",),
        "created_at": ("date",),
        "clock": ("time",),
        "id": ("document id", "tweet id"),
        "author": ("twitter screen name", "screen name", "influencer"),
        "url": ("url",),
        "lang": ("language",),
        "place": ("city", "state"),
        "views": ("views",),
        "likes": ("likes",),
        "replies": ("replies",),
        "reposts": ("reposts", "shares"),
    })  # fmt: skip

    def values(self, values: dict[str, Any]) -> dict[str, Any]:
        """Put the opening before the sentence that was hit, unless one holds the other; join date and time of day where they are apart."""
        lead, hit = str(values.pop("lead", "")).strip(), str(values.get("text", "")).strip(". …")
        if lead and hit not in lead:
            values["text"] = f"{lead}\n{values['text']}" if hit else lead
        elif lead:
            values["text"] = lead
        return with_clock(values)
