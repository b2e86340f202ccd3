"""Addresses for people, waiting times, and bodies that may be bombs."""

from __future__ import annotations

import gzip
import zlib
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.wire import TooLarge, read_body, redact_url, wait_asked
from warehouse.errors import SourceMalformed

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)


def pieces(data: bytes, size: int = 7) -> list[bytes]:
    return [data[start : start + size] for start in range(0, len(data), size)]


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://api.example.org/v1/x?key=SECRET&q=demam", "https://api.example.org/v1/x?..."),
        ("https://ana:SECRET@example.org:8443/feed#SECRET", "https://example.org:8443/feed"),
        ("http://[::1]:80/feed", "http://[::1]:80/feed"),
        ("http://example.org/a\nInjected: line", "http://example.org/aInjected:line"),
        ("http://[broken", "(address that cannot be read)"),
        ("http://example.org:port/", "(address that cannot be read)"),
    ],
)
def test_messages_show_where_but_not_the_secrets_of_an_address(url: str, shown: str) -> None:
    assert redact_url(url) == shown


@given(st.text(max_size=200))
def test_any_text_can_be_shown_as_an_address_in_one_line(url: str) -> None:
    assert "\n" not in redact_url(url)
    assert "SECRET" not in redact_url(f"https://example.org/?{'SECRET'}={url}") or "SECRET" in url


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "120"}, 120),
        ({"retry-after": "Sun, 01 Mar 2026 12:05:00 GMT", "date": "Sun, 01 Mar 2026 12:04:00 GMT"}, 60),
        ({"retry-after": "Sun, 01 Mar 2026 12:05:00 GMT"}, 300),
        ({"retry-after": "Sun, 01 Mar 2026 11:00:00 GMT"}, 0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-5"}, None),
        ({}, None),
        ({"x-ratelimit-reset": "2026-03-01T12:01:30.000Z"}, 90),
        ({"x-ratelimit-reset": str(int(NOW.timestamp()) + 45)}, 45),
        ({"ratelimit-reset": "30"}, 30),
        ({"retry-after": "10", "x-ratelimit-reset": "2026-03-01T13:00:00Z"}, 10),
    ],
)
def test_waiting_time_is_read_from_seconds_and_from_dates_of_the_servers_clock(headers: dict[str, str], seconds: float | None) -> None:
    assert wait_asked(headers, NOW) == seconds


@given(st.text(max_size=60), st.text(max_size=60))
def test_no_header_breaks_the_waiting_time(asked: str, date: str) -> None:
    wait = wait_asked({"retry-after": asked, "date": date}, NOW)
    assert wait is None or wait >= 0


@given(st.binary(max_size=3000), st.integers(1, 500), st.sampled_from(["gzip", "x-gzip", "deflate", "raw deflate", ""]))
def test_a_body_comes_out_as_it_went_in_whatever_its_encoding(data: bytes, size: int, coding: str) -> None:
    bare = zlib.compressobj(wbits=-15)
    packed = {
        "gzip": gzip.compress(data, mtime=0),
        "x-gzip": gzip.compress(data, mtime=0),
        "deflate": zlib.compress(data),
        "raw deflate": bare.compress(data) + bare.flush(),
        "": data,
    }[coding]
    # A bare deflate stream may begin like a zlib header (its low nibble 8); RFC 9110 asks for zlib, bare is a courtesy.
    if coding == "raw deflate" and packed[0] & 0x0F == 8:
        return
    assert read_body(pieces(packed, size), coding.removeprefix("raw "), 3000) == data


def test_members_of_a_gzip_file_are_joined_and_rubbish_after_them_is_left() -> None:
    body = gzip.compress(b"demam ", mtime=0) + gzip.compress(b"berdarah") + b"\x00\x00\x00"
    assert read_body([body], "gzip", 100) == b"demam berdarah"


def test_a_gzip_bomb_stops_at_the_limit_without_being_unpacked() -> None:
    bomb = gzip.compress(bytes(200_000_000), compresslevel=9)
    read = 0

    def chunks() -> object:
        nonlocal read
        for piece in pieces(bomb, 1024):
            read += len(piece)
            yield piece

    with pytest.raises(TooLarge):
        read_body(chunks(), "gzip", 1_000_000)  # type: ignore[arg-type]
    assert read < len(bomb) / 50


@pytest.mark.parametrize("coding", ["", "gzip"])
def test_a_body_without_end_stops_at_the_limit(coding: str) -> None:
    endless = iter(lambda: gzip.compress(b"", mtime=0), None)
    with pytest.raises(TooLarge):
        read_body(endless, coding, 10_000)


@pytest.mark.parametrize(
    ("body", "coding", "said"),
    [
        (b"x", "br", "encoded as 'br'"),
        (b"x", "gzip, gzip", "encoded as"),
        (gzip.compress(b"demam" * 100, mtime=0)[:-10], "gzip", "ends early"),
        (b"\x1f\x8b\x08rubbish that is no gzip", "gzip", "damaged"),
        (b"<html>not compressed</html>", "gzip", "damaged"),
    ],
)
def test_a_body_that_cannot_be_unpacked_says_so(body: bytes, coding: str, said: str) -> None:
    with pytest.raises(SourceMalformed, match=said):
        read_body([body], coding, 100_000)


def test_an_empty_body_is_empty_whatever_its_encoding() -> None:
    assert read_body([], "gzip", 10) == b""


def test_a_reset_far_away_is_still_a_number() -> None:
    far = (NOW + timedelta(days=4000)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    assert wait_asked({"retry-after": far}, NOW) == pytest.approx(4000 * 86400)
