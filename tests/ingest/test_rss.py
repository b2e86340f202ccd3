"""Feeds on a real web server: new, edited, malformed, rolled over, hostile."""

from __future__ import annotations

import json
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from html import escape
from typing import Any

import httpx
import pytest
from collector_contract import Case, CollectorContract, Served, checkpoints, posts, run
from hypothesis import given
from hypothesis import strategies as st
from web_server import Answer, Asked, WebServer

from ingest.base import build
from ingest.feed_bytes import mended
from ingest.http import Http
from ingest.rss import Rss, RssOptions, query_name
from warehouse.errors import SettingsError, SourceMalformed, SourceUnreachable
from warehouse.records import Checkpoint
from warehouse.settings import Collect, SourceSettings

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def item(name: str, *, hours_ago: float = 1, body: str = "", extra: str = "") -> str:
    when = (NOW - hours_ago * HOUR).strftime("%a, %d %b %Y %H:%M:%S GMT")
    return (
        f"<item><title>{escape(name)}</title><link>https://berita.example/{name.replace(' ', '-')}</link>"
        f"<guid isPermaLink='false'>{escape(name)}</guid><pubDate>{when}</pubDate><description>{escape(body)}</description>{extra}</item>"
    )


def feed(*items: str, language: str = "id") -> bytes:
    head = f"<?xml version='1.0' encoding='utf-8'?><rss version='2.0'><channel><title>Kabar Sehat</title><language>{language}</language>"
    return (head + "".join(items) + "</channel></rss>").encode()


@contextmanager
def served_feed() -> Iterator[Served]:
    items = [item("Demam berdarah naik", body="<p>Kasus <b>naik</b></p>"), item("Imunisasi dimulai", hours_ago=5)]
    with WebServer() as web:
        url = web.on("/feed", lambda _: Answer(feed(*items)))
        yield Served(
            options={"feeds": [f"{url}?token=SECRET"]},
            add=lambda: items.insert(0, item("Wabah baru", hours_ago=0)),
            fail=lambda: web.on("/feed", Answer(status=500)) and None,
            now=lambda: NOW,
            secret="SECRET",
        )


class TestRssContract(CollectorContract):
    case = Case("rss", served_feed)


@pytest.fixture
def rss(web: WebServer, http: Http) -> Rss:
    return Rss("berita", RssOptions.model_validate({"feeds": [{"url": web.url + "/feed"}]}), http)


def poll(rss: Rss, cursor: Any = None, *, at: datetime = NOW) -> tuple[dict[str, str], Checkpoint]:
    """Texts by native id, and the checkpoint."""
    items = run(rss, rss.queries()[0], cursor or {}, at)
    return {key: post.text for key, post in posts(items).items()}, checkpoints(items)[-1]


def only(rss: Rss) -> Any:
    return next(iter(posts(run(rss, rss.queries()[0], {}, NOW)).values()))


def test_an_entry_becomes_a_post(web: WebServer, rss: Rss) -> None:
    web.on(
        "/feed",
        Answer(
            feed(item("Demam batuk", body="<p>Kasus naik &amp; turun</p><script>x()</script>", extra="<author>ana@x.id (Ana)</author>"))
        ),
    )
    post = only(rss)
    assert (post.source, post.query, post.lang_hint) == ("berita", web.url + "/feed", "id")
    assert post.text == "Demam batuk\nKasus naik & turun"
    assert post.url == "https://berita.example/Demam-batuk"
    assert "Ana" in post.author
    assert post.created_at == NOW - HOUR
    assert post.native_id.endswith(":Demam batuk")


def test_atom_is_read_as_it_declares_itself(web: WebServer, rss: Rss) -> None:
    atom = b"""<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="id"><title>T</title><entry xml:lang="en"><id>tag:who.int,2026:1</id>
      <title type="text">Dengue: 3 &lt; 5 &lt;b&gt;</title><published>2026-03-01T10:00:00+07:00</published>
      <updated>2026-03-01T11:00:00+07:00</updated><author><name>Ana</name></author>
      <content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Cases <b>rise</b></p></div></content>
      <link href="/post/1"/></entry></feed>"""
    web.on("/feed", Answer(atom))
    post = only(rss)
    assert (post.native_id, post.lang_hint, post.author) == ("tag:who.int,2026:1", "en", "Ana")
    assert post.text == "Dengue: 3 < 5 <b>\nCases rise"
    assert post.url == web.url + "/post/1"
    assert (post.created_at.hour, post.edited_at.hour) == (3, 4)


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("Demam naik di Bandung", "Demam naik di Bandung"),
        ("<p>Kasus naik.</p><p>The post <a>Demam naik</a> appeared first on <a>Kabar</a>.</p>", "Demam naik\nKasus naik."),
        ("", "Demam naik"),
    ],
)
def test_a_title_is_not_told_twice(web: WebServer, rss: Rss, body: str, text: str) -> None:
    web.on("/feed", Answer(feed(item("Demam naik", body=body))))
    assert only(rss).text == text


def test_an_unchanged_feed_is_asked_for_once_and_still_covers_its_time(web: WebServer, rss: Rss) -> None:
    def conditional(asked: Asked) -> Answer:
        if asked.headers.get("if-none-match") == '"1"' and asked.headers.get("if-modified-since"):
            return Answer(status=304)
        return Answer(feed(item("Satu")), headers={"ETag": '"1"', "Last-Modified": "Sun, 01 Mar 2026 11:00:00 GMT"})

    web.on("/feed", conditional)
    _, first = poll(rss)
    found, second = poll(rss, first.cursor, at=NOW + HOUR)
    assert found == {}
    assert (second.covered_from, second.covered_to, second.complete) == (NOW, NOW + HOUR, True)
    found, third = poll(rss, second.cursor, at=NOW + 2 * HOUR)
    assert (found, third.covered_from) == ({}, NOW + HOUR)


def test_the_first_poll_covers_the_time_since_the_oldest_entry(web: WebServer, rss: Rss) -> None:
    web.on("/feed", Answer(feed(item("Satu"), item("Dua", hours_ago=30))))
    _, mark = poll(rss)
    assert (mark.covered_from, mark.covered_to, mark.complete) == (NOW - 30 * HOUR, NOW, True)


def test_a_feed_with_one_ancient_entry_does_not_claim_years(web: WebServer, rss: Rss) -> None:
    web.on("/feed", Answer(feed(item("Tua", hours_ago=24 * 2000))))
    assert poll(rss)[1].covered_from == NOW - timedelta(days=90)


def test_overlap_with_the_last_poll_covers_the_time_between(web: WebServer, rss: Rss) -> None:
    web.on("/feed", Answer(feed(item("Satu"))), Answer(feed(item("Dua", hours_ago=-0.5), item("Satu"))))
    _, first = poll(rss)
    found, second = poll(rss, first.cursor, at=NOW + HOUR)
    assert list(found.values()) == ["Dua"]
    assert (second.covered_from, second.complete, second.note) == (NOW, True, "")


def test_a_feed_that_rolled_over_is_partly_covered_and_says_so(web: WebServer, rss: Rss) -> None:
    web.on("/feed", Answer(feed(item("Satu"))), Answer(feed(item("Sembilan"))))
    _, first = poll(rss)
    found, second = poll(rss, first.cursor, at=NOW + HOUR)
    assert list(found.values()) == ["Sembilan"]
    assert (second.covered_from, second.complete) == (NOW, False)
    assert "rolled over" in second.note


def test_a_feed_that_turns_empty_is_suspected_and_asked_again(web: WebServer, rss: Rss) -> None:
    web.on("/feed", Answer(feed(item("Satu"))), Answer(feed(), headers={"ETag": '"2"'}), Answer(feed(item("Satu"))))
    _, first = poll(rss)
    _, second = poll(rss, first.cursor, at=NOW + HOUR)
    assert not second.complete
    assert "empty although it had posts" in second.note
    found, third = poll(rss, second.cursor, at=NOW + 2 * HOUR)
    assert (found, third.complete) == ({}, True)
    assert "if-none-match" not in web.asked[-1].headers


def test_a_feed_that_never_had_posts_covers_nothing_yet(web: WebServer, rss: Rss) -> None:
    web.on("/feed", Answer(feed()), Answer(feed(item("Satu", hours_ago=-0.5))))
    found, first = poll(rss)
    assert (found, first.covered_from, first.complete) == ({}, None, True)
    _, second = poll(rss, first.cursor, at=NOW + HOUR)
    assert (second.covered_from, second.complete) == (NOW, True)


def test_an_edit_comes_again_and_what_did_not_change_does_not(web: WebServer, rss: Rss) -> None:
    web.on("/feed", Answer(feed(item("Satu", body="lama"), item("Dua"))), Answer(feed(item("Satu", body="baru"), item("Dua"))))
    before, first = poll(rss)
    after, _ = poll(rss, first.cursor)
    assert list(after.values()) == ["Satu\nbaru"]
    assert after.keys() < before.keys()


@pytest.mark.parametrize("when", ["", "<pubDate>besok</pubDate>", "<pubDate>Sun, 01 Mar 2099 12:00:00 GMT</pubDate>"])
def test_an_entry_without_a_usable_date_keeps_the_time_it_was_first_seen(web: WebServer, rss: Rss, when: str) -> None:
    def dated(text: str) -> bytes:
        return feed(f"<item><guid>a</guid><title>Satu</title><description>{text}</description>{when}</item>")

    web.on("/feed", Answer(dated("lama")), Answer(dated("baru")))
    items = run(rss, rss.queries()[0], {}, NOW)
    later = run(rss, rss.queries()[0], checkpoints(items)[-1].cursor, NOW + HOUR)
    assert [post.created_at for post in (posts(items) | posts(later)).values()] == [NOW]
    assert next(iter(posts(later).values())).text == "Satu\nbaru"


def test_indonesian_dates_count_in_their_zone(web: WebServer, rss: Rss) -> None:
    web.on("/feed", Answer(feed("<item><title>Satu</title><pubDate>Minggu, 01 Maret 2026 12:00:00 WIB</pubDate></item>")))
    assert only(rss).created_at == datetime(2026, 3, 1, 5, 0, tzinfo=UTC)


def test_ids_that_are_not_for_the_whole_world_are_kept_apart_by_feed(web: WebServer, http: Http) -> None:
    for path in ("/a", "/b"):
        web.on(path, Answer(feed(item("1"), item("2", extra="<guid>https://berita.example/p=2</guid>"))))
    rss = Rss("berita", RssOptions.model_validate({"feeds": [web.url + "/a", web.url + "/b"]}), http)
    first, second = (set(posts(run(rss, query, {}, NOW))) for query in rss.queries())
    assert len(first | second) == 3
    assert first & second == {"https://berita.example/p=2"}


def test_entries_without_id_link_or_title_are_still_told_apart(web: WebServer, rss: Rss) -> None:
    web.on("/feed", Answer(feed("<item><description>satu</description></item><item><description>dua</description></item><item></item>")))
    assert sorted(poll(rss)[0].values()) == ["dua", "satu"]


@pytest.mark.parametrize("link", ["javascript:alert(1)", "data:text/html,x", "http://[broken", "ftp://x/y"])
def test_a_link_that_is_no_web_page_is_left_out(web: WebServer, rss: Rss, link: str) -> None:
    web.on("/feed", Answer(feed(f"<item><title>Satu</title><link>{link}</link></item>")))
    assert only(rss).url == ""


@pytest.mark.parametrize(
    ("body", "complete"),
    [
        (feed(item("Satu"), item("Dua")).replace(b"</title>", b" & <i>x</title>", 2), True),
        (feed(item("Satu"), item("Dua"))[:-40], False),
        (feed(item("Satu"), item("Dua")).replace(b"Dua", "Dua é".encode("latin-1")), True),
        (feed(item("Satu"), item("Dua")).decode().replace("utf-8", "utf-16").encode("utf-16"), True),
        (b"\xef\xbb\xbf\n  " + feed(item("Satu"), item("Dua")), True),
        (feed(item("Satu"), item("Dua")) + b"\n<!-- cached 0.2s -->\n", True),
    ],
)
def test_a_malformed_feed_is_salvaged(web: WebServer, rss: Rss, body: bytes, complete: bool) -> None:
    web.on("/feed", Answer(body))
    found, mark = poll(rss)
    assert len(found) == 2
    assert mark.complete is complete
    assert complete or "cut off; 2 entries salvaged" in mark.note


@pytest.mark.parametrize(
    ("kind", "encoding"),
    [
        ("text/xml", "utf-8"),
        ("text/html; charset=ISO-8859-1", "utf-8"),
        ("application/rss+xml; charset=windows-1252", "windows-1252"),
        ("application/xml", "windows-1252"),
        ("", "utf-8"),
    ],
)
def test_letters_survive_what_servers_declare(web: WebServer, rss: Rss, kind: str, encoding: str) -> None:
    body = feed(item("Café \u201cdemam\u201d")).decode().replace("utf-8", encoding)
    web.on("/feed", Answer(body.encode(encoding), headers={"Content-Type": kind}))
    assert only(rss).text == "Café \u201cdemam\u201d"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"<!doctype html><html><body>Just a moment...</body></html>", "a web page, not a feed"),
        (b"", "empty, not a feed"),
        (b'{"items": []}', "neither RSS nor Atom"),
        (b"/etc/passwd", "neither RSS nor Atom"),
        (b"http://127.0.0.1:9/feed", "neither RSS nor Atom"),
        (b" " * 5_000_001, "feed of 5,000,001 bytes"),
    ],
)
def test_what_is_no_feed_says_what_it_is(web: WebServer, rss: Rss, body: bytes, said: str) -> None:
    web.on("/feed", Answer(body))
    with pytest.raises(SourceMalformed, match=said):
        poll(rss)


PIECES = (
    b"<|>|&|</item>|<item>|<![CDATA[|]]>|\x00|\xff|&#xD800;|&#1114112;|<?xml encoding='\xb1'?>|<content type='x' mode='base64'>|"
    b"<link rel='enclosure'/>|xml:base='http://['|<enclosure/>|<!DOCTYPE x [|]>"
).split(b"|")


@given(st.lists(st.tuples(st.integers(0, 700), st.integers(0, 30), st.sampled_from(PIECES)), max_size=6))
def test_no_damage_to_a_feed_is_a_crash(damage: list[tuple[int, int, bytes]]) -> None:
    body = feed(item("Satu", body="<p>a</p>"), item("Dua"))
    for place, cut, piece in damage:
        body = body[:place] + piece + body[place + cut :]
    transport = httpx.MockTransport(lambda _: httpx.Response(200, content=body))
    with Http(Collect(pace=0), "", transport=transport) as client:
        rss = Rss("berita", RssOptions.model_validate({"feeds": ["http://x.example/feed"]}), client)
        with suppress(SourceMalformed):
            found, mark = poll(rss)
            assert poll(rss, mark.cursor)[0].keys() <= found.keys()


@pytest.mark.parametrize(
    ("content", "kind", "text"),
    [
        ("é".encode("latin-1"), "text/xml; charset=iso-8859-1", "é"),
        ("<?xml encoding='iso-8859-15'?>€".encode("iso-8859-15"), "text/xml; charset=utf-8", "<?xml encoding='iso-8859-15'?>€"),
        (b"\x93x\x94", "text/xml; charset=none-such", "\u201cx\u201d"),
        (b"\xff0a", "text/xml; charset=hex", "\xff0a"),
        (b"a\x00\x0bb&#0;&#x1F600;&#xFFFFF1;&#99999999999999999999;&#10;", "", "ab&#xFFFD;&#x1F600;&#xFFFD;&#xFFFD;&#10;"),
        (b"\xef\xbb\xbfx", "", "x"),
        (b"<?xml?>\n<!DOCTYPE r [<!ENTITY a 'b'>\n]>\n<rss>", "", "<?xml?>\n\n<rss>"),
        (b"<!doctype rss PUBLIC 'x' 'y'><rss>", "", "<rss>"),
        (b"<rss><![CDATA[<!DOCTYPE html>]]></rss>", "", "<rss><![CDATA[<!DOCTYPE html>]]></rss>"),
    ],
)
def test_bytes_of_a_feed_become_clean_utf8(content: bytes, kind: str, text: str) -> None:
    assert mended(content, kind).decode() == text


LAUGHS = b"<!DOCTYPE l [<!ENTITY a0 'ha'>" + b"".join(b"<!ENTITY a%d '%s'>" % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 10)) + b"]>"


@pytest.mark.parametrize(
    "body",
    [
        feed(item("Satu")).replace(b"<rss", LAUGHS + b"<rss", 1).replace(b"Satu</title>", b"Satu &a9;</title>"),
        feed(item("Satu"))
        .replace(b"<rss", b"<!DOCTYPE r [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><rss")
        .replace(b"Satu</", b"Satu &x;</"),
        feed(item("Satu", body="<div>" * 19_000)),
        feed(item("Satu")).replace(b"</item>", b"<x>" * 5_000 + b"</item>"),
        feed(*["<item>" * 5_000], item("Satu")),
    ],
    ids=["a billion laughs", "a file of ours", "deep HTML", "deep XML", "open items"],
)
def test_a_bomb_in_a_feed_costs_little_and_tells_nothing(web: WebServer, rss: Rss, body: bytes) -> None:
    web.on("/feed", Answer(body))
    before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    found, _ = poll(rss)
    assert time.process_time() - start < 6
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000
    assert "root:" not in str(found)
    assert all(len(text) <= 8_000 for text in found.values())


def test_a_huge_feed_is_read_up_to_its_bounds(web: WebServer, rss: Rss) -> None:
    web.on("/feed", Answer(feed(*(item(f"Berita {n}", hours_ago=n / 100) for n in range(1_500)))))
    found, mark = poll(rss)
    assert len(found) == 1_000
    assert len(json.dumps(dict(mark.cursor))) < 100_000


def test_the_cursor_stays_small_over_many_polls(web: WebServer, rss: Rss) -> None:
    cursor: Any = {}
    for number in range(0, 600, 20):
        web.on("/feed", Answer(feed(*(item(f"B{n}") for n in range(number, number + 30)))))
        cursor = poll(rss, cursor)[1].cursor
    assert len(cursor["seen"]) <= 200


def test_a_feed_that_fails_is_named_without_its_key(web: WebServer, http: Http) -> None:
    rss = Rss("berita", RssOptions.model_validate({"feeds": [web.url + "/feed?api_key=SECRET&q=demam"]}), http)
    web.on("/feed", Answer(status=502))
    assert rss.queries() == (web.url + "/feed?api_key=...&q=demam",)
    with pytest.raises(SourceUnreachable) as caught:
        poll(rss)
    assert "SECRET" not in str(caught.value)


def test_names_of_feeds_hide_users_and_keys() -> None:
    assert query_name("https://ana:SECRET@x.id/rss?access_token=SECRET&q=a%20b#c") == "https://x.id/rss?access_token=...&q=a+b"


@pytest.mark.parametrize(
    ("feeds", "said"),
    [
        ([], "at least 1"),
        (["ftp://x.id/feed"], "feeds"),
        (["https://x.id/feed", {"url": "https://x.id/feed"}], "stands there twice: https://x.id/feed"),
        ("https://x.id/feed", "feeds"),
        ([{"url": "https://x.id/feed", "titel": "x"}], "titel"),
    ],
)
def test_a_wrong_list_of_feeds_is_told_in_one_line(http: Http, feeds: Any, said: str) -> None:
    with pytest.raises(SettingsError, match=said) as caught:
        build("berita", SourceSettings.model_validate({"collector": "rss", "feeds": feeds}), http)
    assert str(caught.value).startswith("[sources.berita]")
