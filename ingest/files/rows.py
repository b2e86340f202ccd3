"""From the values of one row to a post, or to the reason why it is none."""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from ingest.files.base import Context, Rejected
from ingest.files.moments import Clock
from ingest.html import LONGEST, tidy, to_text
from warehouse.records import Post

SHOWN = 200  #: characters of a rejected value that are kept
_TAGS = re.compile(
    r"</?(?:p|br|a|div|span|em|strong|b|i|u|s|img|ul|ol|li|h[1-6]|blockquote|script|style|table|tr|td|pre|mark|iframe|font)\b[^<>]*>",
    re.IGNORECASE,
)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z]{2,8});", re.IGNORECASE)
_MANGLED_ID = re.compile(r"\d[.,]\d+E\+\d+", re.IGNORECASE)  # what a spreadsheet makes of a long number
_LANGUAGES = {
    "indonesian": "id", "bahasa indonesia": "id", "indonesia": "id", "in": "id", "english": "en", "inggris": "en", "javanese": "jv",
    "jawa": "jv", "sundanese": "su", "sunda": "su", "malay": "ms", "minangkabau": "min", "arabic": "ar", "chinese": "zh",
}  # fmt: skip
_YES = {"true", "yes", "ya", "1", "y", "retweet", "retweeted", "repost", "reply"}


def plain_text(value: Any) -> str:
    """Text without HTML, entities read, tidy. Only what has tags is treated as HTML, so that `a < b` stays."""
    text = str(value)
    if "<" in text and _TAGS.search(text):
        return to_text(text)
    if "&" in text and _ENTITY.search(text):
        text = html.unescape(text)
    return tidy(text)


def whole_number(value: Any) -> int | None:
    """A count as people write it (1,234 or 1.234 or 1200.0); None for anything else."""
    if value is None or isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return int(value) if 0 <= value < 1e15 else None
    text = str(value).strip()
    if re.fullmatch(r"\d{1,3}([.,]\d{3})+", text):
        text = re.sub(r"[.,]", "", text)
    return int(float(text)) if re.fullmatch(r"\d{1,15}(\.\d{1,3})?", text) else None


def identifier(value: Any) -> str:
    """An id as text; empty where a spreadsheet has lost its digits."""
    if isinstance(value, float):
        return str(int(value)) if value == value and abs(value) < 2**53 and value == int(value) else ""
    text = str(value).strip() if value is not None else ""
    return "" if _MANGLED_ID.fullmatch(text) else text


class PostMaker:
    """Makes posts of one file. clock: reads its times. undated: time of a post that carries none; None rejects it.

    numbered: whether a post without id and address is told from its equals by its line.
    """

    def __init__(self, context: Context, clock: Clock | None = None, undated: datetime | None = None, *, numbered: bool = True) -> None:
        self._context = context
        self._clock = clock or Clock(ZoneInfo(context.options.zone))
        self._undated = undated or context.options.date
        self._numbered = numbered
        self._latest = context.now + timedelta(days=1)

    def make(self, line: int, values: Mapping[str, Any]) -> Post | Rejected:
        """values: field (one of base.FIELDS) -> raw value; what is missing, None or empty counts as not said."""
        text = self._text(values)
        if not text:
            return self.reject(line, "no text", values.get("text"))
        if len(text) >= LONGEST:
            return self.reject(line, f"a text of {LONGEST:,} characters or more", text)
        try:
            created = self._time(values.get("created_at"))
        except ValueError as error:
            return self.reject(line, f"created_at: {error}", values.get("created_at"))
        if not (created.year >= 1990 and created <= self._latest):
            return self.reject(line, "created_at: before 1990 or in the future", values.get("created_at"))
        return self._post(line, text, created, values)

    def reject(self, line: int, reason: str, value: Any) -> Rejected:
        shown = "" if value is None else str(value)[: SHOWN * 2]
        return Rejected(line, reason, " ".join(shown.split())[:SHOWN])

    def _text(self, values: Mapping[str, Any]) -> str:
        text, title = (plain_text(values.get(name)) if values.get(name) not in (None, "") else "" for name in ("text", "title"))
        if not title or text.startswith(title.rstrip(".… ")):
            return text
        return f"{title}\n{text}" if text else title

    def _time(self, value: Any) -> datetime:
        if value is None or value == "":
            if self._undated is None:
                raise ValueError("no date")
            return self._undated
        return self._clock.read(value)

    def _post(self, line: int, text: str, created: datetime, values: Mapping[str, Any]) -> Post:
        address = str(values.get("url") or "").strip()
        url = address if address.startswith(("http://", "https://")) and len(address) < 2000 and not re.search(r"\s", address) else ""
        author = _short(values.get("author"))
        return Post(
            source=self._context.source,
            query=self._context.query,
            native_id=self._id(line, url, text, created, author, values.get("id")),
            created_at=created,
            text=text,
            url=url,
            author=author,
            edited_at=self._edited(values.get("edited_at")),
            lang_hint=language(values.get("lang")),
            place_hint=_short(values.get("place")) or None,
            repost=yes(values.get("repost")),
            reply=yes(values.get("reply")),
            likes=whole_number(values.get("likes")),
            reposts=whole_number(values.get("reposts")),
            replies=whole_number(values.get("replies")),
            views=whole_number(values.get("views")),
        )

    def _id(self, line: int, url: str, text: str, created: datetime, author: str, given: Any) -> str:
        """The file's own id; else a hash of what the post is, with its line where the file has no addresses either."""
        if (own := identifier(given)) and len(own) <= 200:
            return own
        where = url or (str(line) if self._numbered else "")
        when = "" if self._undated == created else created.isoformat()
        return hashlib.sha256("\x1f".join((where, when, author, text)).encode("utf-8", "replace")).hexdigest()[:24]

    def _edited(self, value: Any) -> datetime | None:
        if value in (None, ""):
            return None
        try:
            return self._clock.read(value)
        except ValueError:
            return None


def _short(value: Any) -> str:
    return tidy(str(value)[:1_000])[:200] if value else ""


def yes(value: Any) -> bool:
    """Whether a cell says yes."""
    return value is True or str(value or "").strip().lower() in _YES


def language(value: Any) -> str | None:
    """A BCP 47 code from a code or an English or Indonesian name."""
    text = str(value or "").strip().lower().replace("_", "-")
    if text in _LANGUAGES:
        return _LANGUAGES[text]
    return text if re.fullmatch(r"[a-z]{2,3}(-[a-z0-9]{2,8}){0,2}", text) and text not in ("und", "unk", "nan") else None
