"""The state of every control, in the address: a link that is shared shows what its sender saw, and Back undoes.

Each page declares its controls as `Field`s. `parse` reads them from a query string that anybody may have written, so an unknown key
or a value that is not allowed falls back to the default. `search` writes them; a default is left out, lists are joined by commas.
The browser writes the same form (assets/urlstate.js), so that a moved control needs no round trip; a browser test holds both together.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final
from urllib.parse import parse_qsl, quote, urlencode

MAX_ITEMS: Final = 50  #: most values of one list
MAX_TEXT: Final = 200  #: longest free text
_CODE: Final = re.compile(r"[\w*.:/@+#-]{1,128}")


@dataclass(frozen=True)
class Field:
    """One control: its key in the address, its default, and what may stand there."""

    key: str
    default: Any = ""

    def read(self, raw: str) -> Any:
        return raw[:MAX_TEXT]

    def write(self, value: Any) -> str:
        return "" if value is None or value == self.default else str(value)


@dataclass(frozen=True)
class Choice(Field):
    """One of a few values."""

    options: tuple[str, ...] = ()

    def read(self, raw: str) -> str:
        return raw if raw in self.options else self.default


@dataclass(frozen=True)
class Codes(Field):
    """Several codes: topics, places, languages, sources."""

    default: tuple[str, ...] = ()

    def read(self, raw: str) -> list[str]:
        codes = [code for code in raw.split(",") if _CODE.fullmatch(code)]
        return list(dict.fromkeys(codes))[:MAX_ITEMS]

    def write(self, value: Sequence[str] | None) -> str:
        return ",".join(value or ())


@dataclass(frozen=True)
class Code(Field):
    """One code, or none."""

    def read(self, raw: str) -> str:
        return raw if _CODE.fullmatch(raw) else self.default


@dataclass(frozen=True)
class Whole(Field):
    """A whole number from `least` to `most`."""

    default: int = 1
    least: int = 1
    most: int = 1_000_000

    def read(self, raw: str) -> int:
        return int(raw) if raw.isascii() and raw.isdigit() and self.least <= int(raw[:9]) <= self.most else self.default


@dataclass(frozen=True)
class Days(Field):
    """Two days, both included: 2025-01-01..2025-01-31."""

    default: tuple[str, ...] = ()

    def read(self, raw: str) -> list[str]:
        try:
            ends = [date.fromisoformat(part) for part in raw.split("..")]
        except ValueError:
            return []
        return [end.isoformat() for end in ends] if len(ends) == 2 and ends[0] <= ends[1] else []

    def write(self, value: Sequence[str | None] | None) -> str:
        return "..".join(str(end) for end in value) if value and all(value) else ""


@dataclass(frozen=True)
class Long(Field):
    """A longer text: a query in SQL."""

    def read(self, raw: str) -> str:
        return raw[:20_000]


SPANS: Final = {"7d": 7, "30d": 30, "90d": 90, "1y": 365, "2y": 730}
SPAN: Final = Choice("span", "90d", (*SPANS, "all", "custom"))
DAYS: Final = Days("days")


def span_days(span: str, custom: Sequence[str], first: date, last: date) -> tuple[date, date]:
    """The first and last day meant by the two span controls, within [first, last], the days that the catalog has."""
    if span == "custom" and len(custom) == 2 and all(custom):
        start, end = (date.fromisoformat(text) for text in custom)
        return max(first, min(start, last)), max(first, min(end, last))
    if span in SPANS:
        return max(first, last - timedelta(days=SPANS[span] - 1)), last
    return first, last


def parse(fields: Sequence[Field], query: str) -> dict[str, Any]:
    """The value of every field; defaults where the query string says nothing or nonsense."""
    given: dict[str, str] = {}
    for key, raw in parse_qsl(query.removeprefix("?")[:40_000], keep_blank_values=True, max_num_fields=None):
        given.setdefault(key, raw)
    return {field.key: field.read(given[field.key]) if field.key in given else empty(field) for field in fields}


def empty(field: Field) -> Any:
    return list(field.default) if isinstance(field.default, tuple) else field.default


def search(fields: Sequence[Field], values: Mapping[str, Any], language: str) -> str:
    """The query string, language first, in the order of the fields."""
    pairs = [("lang", language)]
    for field in fields:
        idle = isinstance(field, Days) and values.get("span") != "custom"
        if not idle and (text := field.write(values.get(field.key))):
            pairs.append((field.key, text))
    return "?" + urlencode(pairs, quote_via=quote, safe=",.*:/")
