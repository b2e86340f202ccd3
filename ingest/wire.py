"""What goes over the wire, as pure functions: addresses for people, waiting times, and bodies that may be bombs."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from warehouse.errors import SourceMalformed


def redact_url(url: str) -> str:
    """The address as it may stand in a message or a log: no user, no password, no query, no fragment (keys live there)."""
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
        host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or ""
    except ValueError:
        return "(address that cannot be read)"
    query = "?..." if parts.query else ""
    return re.sub(r"[^\x21-\x7e]", "", f"{parts.scheme}://{host}{port}{parts.path}")[:300] + query


def wait_asked(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds that the server asks us to wait, or None: Retry-After (RFC 9110, 10.2.3), else the end of its rate-limit window.

    A date is taken against the server's own Date header, so that a wrong clock on either side does no harm; `now` (UTC) serves
    where that header is missing. Mastodon sends its window as an ISO date in X-RateLimit-Reset, X as a Unix time in X-Rate-Limit-Reset.
    """
    here = _date(headers.get("date", "")) or now
    for name in ("retry-after", "x-ratelimit-reset", "ratelimit-reset", "x-rate-limit-reset"):
        if (seconds := _seconds(headers.get(name, "").strip(), here)) is not None:
            return max(0.0, seconds)
    return None


def _seconds(value: str, here: datetime) -> float | None:
    if re.fullmatch(r"\d{1,11}(\.\d{1,9})?", value):
        number = float(value)
        return number - here.timestamp() if number > 1e9 else number
    moment = _date(value)
    return (moment - here).total_seconds() if moment else None


def _date(value: str) -> datetime | None:
    for parse in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            moment = parse(value)
        except (ValueError, IndexError, OverflowError, TypeError):
            continue
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return None


class TooLarge(Exception):
    """A body passed its limit; reading stopped there."""


def read_body(chunks: Iterable[bytes], coding: str, limit: int) -> bytes:
    """Join and decompress a body, and stop as soon as it passes `limit` bytes (raises TooLarge): a bomb is never unpacked.

    `coding` is the Content-Encoding; only what we ask for is read: gzip and deflate. Raises SourceMalformed for any other.
    """
    name = coding.strip().lower()
    if name in ("", "identity"):
        return _joined(chunks, limit)
    if name in ("gzip", "x-gzip", "deflate"):
        return _inflated(_counted(chunks, limit), limit)
    raise SourceMalformed(f"body is encoded as {name[:40]!r}, although gzip was asked for")


def _counted(chunks: Iterable[bytes], limit: int) -> Iterable[bytes]:
    total = 0
    for chunk in chunks:
        total += len(chunk)
        if total > limit:
            raise TooLarge
        yield chunk


def _joined(chunks: Iterable[bytes], limit: int) -> bytes:
    return b"".join(_counted(chunks, limit))


def _inflated(chunks: Iterable[bytes], limit: int) -> bytes:
    out = bytearray()
    stream = None
    for chunk in chunks:
        while chunk:
            stream = _next_stream(stream, chunk)
            if stream is None:
                return bytes(out)
            try:
                out += stream.decompress(chunk, limit + 1 - len(out))
            except zlib.error as error:
                raise SourceMalformed(f"compressed body is damaged: {error}") from None
            if len(out) > limit:
                raise TooLarge
            chunk = stream.unused_data if stream.eof else stream.unconsumed_tail
    if stream is not None and not stream.eof:
        raise SourceMalformed("compressed body ends early")
    return bytes(out)


def _next_stream(stream: zlib._Decompress | None, chunk: bytes) -> zlib._Decompress | None:
    """The decompressor for this chunk; None for trailing rubbish after a complete stream, which browsers ignore as well."""
    if stream is None:
        headed = chunk[0] == 0x1F or (chunk[0] & 0x0F) == 8
        return zlib.decompressobj(47 if headed else -15)  # 47: gzip or zlib by its header; -15: bare deflate, as some servers send
    if not stream.eof:
        return stream
    return zlib.decompressobj(31) if chunk[0] == 0x1F else None
