"""The Telegram collector against pages in the shape of t.me/s/NAME."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from collector_contract import Case, CollectorContract, Served, checkpoints, posts, run
from telegram_channel import Channel
from web_server import Answer, WebServer

from ingest.base import build
from ingest.http import Http
from ingest.telegram import Telegram, TelegramOptions
from ingest.telegram_page import ChannelPreview
from warehouse.errors import SettingsError, SourceRefused, SourceThrottled
from warehouse.records import Deletion, Item
from warehouse.settings import Collect, SourceSettings

NOW = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
NAME = "DinkesKota"


def ago(**span: float) -> datetime:
    return NOW - timedelta(**span)


@contextmanager
def serve() -> Iterator[Served]:
    with WebServer() as web:
        channel = Channel(NAME)
        for number in range(1, 8):
            channel.post(number, ago(hours=20 - number), f"Kasus DBD <b>naik</b> &amp; waspada<br/>nomor {number}")
        channel.serve(web)

        def fail() -> None:
            web.on(f"/s/{NAME.lower()}", Answer(b"", 503))

        yield Served({"channels": [NAME], "base": web.url}, lambda: channel.post(9, ago(minutes=5), "baru") and None, fail, now=lambda: NOW)


class TestTelegramContract(CollectorContract):
    case = Case("telegram", serve)


@pytest.fixture
def channel(web: WebServer) -> Channel:
    made = Channel(NAME)
    made.serve(web)
    return made


@pytest.fixture
def telegram(web: WebServer, http: Http) -> Telegram:
    return Telegram("tg", TelegramOptions(channels=[NAME], base=web.url), http)


def collect(collector: Telegram, cursor: Any = None, now: datetime = NOW) -> list[Item]:
    return run(collector, NAME.lower(), cursor or {}, now)


def texts(items: list[Item]) -> dict[int, str]:
    return {int(native_id.split("/")[1]): post.text for native_id, post in posts(items).items()}


def deletions(items: list[Item]) -> set[str]:
    return {item.native_id for item in items if isinstance(item, Deletion)}


def notes(items: list[Item]) -> str:
    return " | ".join(mark.note for mark in checkpoints(items) if mark.note)


def test_a_message_says_who_when_where_and_how_often_it_was_seen(channel: Channel, telegram: Telegram) -> None:
    channel.post(12, ago(hours=1), "Kasus <b>DBD</b><br/>di Kota &amp; Kabupaten<br/><br/>naik", views="1.2K")
    post = posts(collect(telegram))["dinkeskota/12"]
    assert post.text == "Kasus DBD\ndi Kota & Kabupaten\nnaik", "<br> parts words"
    assert (post.url, post.author, post.created_at) == ("https://t.me/DinkesKota/12", "dinkeskota", ago(hours=1))
    assert (post.views, post.repost, post.reply, post.edited_at) == (1200, False, False, None)


QUOTE = """<a class="tgme_widget_message_reply user-color-default" href="https://t.me/DinkesKota/1" ">
<i class="tgme_widget_message_reply_thumb"></i>
<div class="tgme_widget_message_author accent_color"><span class="tgme_widget_message_author_name" dir="auto">Dinas</span></div>
<div class="{kind} js-message_reply_text" dir="auto">kabar lama yang dikutip</div></a>"""
FORWARD = """<div class="tgme_widget_message_forwarded_from accent_color">Forwarded from&nbsp;
<a class="tgme_widget_message_forwarded_from_name" href="https://t.me/lain/5"><span dir="auto">Kanal Lain</span></a></div>"""


@pytest.mark.parametrize("kind", ["tgme_widget_message_text", "tgme_widget_message_metatext"])
def test_a_reply_gives_its_own_words_and_not_the_quoted_ones(channel: Channel, telegram: Telegram, kind: str) -> None:
    channel.post(2, ago(hours=1), "kabar baru", before_text=QUOTE.format(kind=kind))
    channel.post(3, ago(hours=1), "", before_text=QUOTE.format(kind=kind))  # a picture in reply
    found = posts(collect(telegram))
    assert [(post.text, post.reply) for post in found.values()] == [("kabar baru", True)]


def test_forwards_edits_albums_polls_and_pictures(channel: Channel, telegram: Telegram) -> None:
    box = '<div class="tgme_widget_message_text js-message_text" dir="auto">'
    channel.post(1, ago(hours=9), service=True, text="Channel created")
    channel.post(2, ago(hours=8), "diteruskan", before_text=FORWARD)
    channel.post(3, ago(hours=7), "diubah", meta="edited &nbsp;")
    channel.post(4, ago(hours=6), inner=f"{box}{box}satu album<br>dua foto</div></div>")
    poll = '<div class="tgme_widget_message_poll_question">Sudah vaksin?</div>' + "".join(
        f'<div class="tgme_widget_message_poll_option_text">{answer}</div>' for answer in ("Ya", "Belum")
    )
    channel.post(5, ago(hours=5), inner=f'<div class="tgme_widget_message_poll">{poll}</div>')
    video = '<a class="tgme_widget_message_video_player"><time class="message_video_duration">0:24</time></a>'
    channel.post(6, ago(hours=4), before_text=video)
    channel.page = 20
    items = collect(telegram)
    assert texts(items) == {2: "diteruskan", 3: "diubah", 4: "satu album\ndua foto", 5: "Sudah vaksin?\nYa\nBelum"}
    assert posts(items)["dinkeskota/2"].repost
    assert posts(items)["dinkeskota/3"].edited_at == NOW
    assert not notes(items)


@pytest.mark.parametrize(
    ("shown", "views"),
    [("757", 757), ("1.48M", 1_480_000), ("10 518", 10_518), ("3B", 3_000_000_000), ("", None), ("n/a", None), ("9" * 40, None)],
)
def test_views_are_read_as_the_page_rounds_them(channel: Channel, telegram: Telegram, shown: str, views: int | None) -> None:
    channel.post(1, ago(hours=1), "halo", views=shown)
    assert posts(collect(telegram))["dinkeskota/1"].views == views


def test_pages_are_read_back_to_the_newest_known_message_and_no_further(channel: Channel, telegram: Telegram) -> None:
    for number in range(1, 31):
        channel.post(number, ago(hours=40 - number), f"m{number}")
    first = collect(telegram)
    assert list(texts(first)) == list(range(1, 31)), "oldest first"
    asked = len(channel.asked)
    for number in range(31, 39):
        channel.post(number, NOW, f"m{number}")
    second = collect(telegram, checkpoints(first)[-1].cursor, NOW + timedelta(hours=1))
    assert list(texts(second)) == list(range(31, 39))
    assert [query.query.get("before") for query in channel.asked[asked:]] == [None, "34"]
    assert (checkpoints(second)[0].covered_from, checkpoints(second)[0].covered_to) == (NOW, NOW + timedelta(hours=1))


def test_the_first_run_looks_back_a_week(channel: Channel, telegram: Telegram) -> None:
    channel.page = 2
    for number in range(1, 11):
        channel.post(number, ago(days=21 - 2 * number), f"m{number}")
    items = collect(telegram)
    assert list(texts(items)) == [7, 8, 9, 10]
    assert checkpoints(items)[0].covered_from == ago(days=7)
    assert len(channel.asked) == 3, "stops at the first page that goes back far enough"


def test_more_messages_than_a_run_may_read_are_a_hole_that_is_said(channel: Channel, web: WebServer, http: Http) -> None:
    collector = Telegram("tg", TelegramOptions(channels=[NAME], base=web.url, pages=2), http)
    channel.post(1, ago(hours=50), "m1")
    first = collect(collector, now=ago(hours=49))
    for number in range(2, 31):
        channel.post(number, ago(hours=40 - number), f"m{number}")
    second = collect(collector, checkpoints(first)[-1].cursor)
    assert list(texts(second)) == list(range(21, 31))
    assert checkpoints(second)[0].covered_from == ago(hours=19)
    assert "more than 2 pages" in notes(second)


def test_an_edit_is_told_again_and_an_unchanged_message_is_not(channel: Channel, telegram: Telegram) -> None:
    channel.post(1, ago(hours=3), "kasus 10")
    channel.post(2, ago(hours=2), "tetap")
    first = collect(telegram)
    channel.post(1, ago(hours=3), "kasus 12", meta="edited &nbsp;", views="9K")
    channel.post(2, ago(hours=2), "tetap", views="8K")
    second = collect(telegram, checkpoints(first)[-1].cursor, NOW + timedelta(hours=1))
    assert texts(second) == {1: "kasus 12"}
    assert posts(second)["dinkeskota/1"].edited_at == NOW + timedelta(hours=1)
    assert not posts(collect(telegram, checkpoints(second)[-1].cursor))


def test_a_message_that_is_gone_from_the_page_was_deleted(channel: Channel, telegram: Telegram) -> None:
    for number in range(1, 9):
        channel.post(number, ago(hours=20 - number), f"m{number}")
    first = collect(telegram)
    for number in (1, 6, 8):
        del channel.entries[number]
    second = collect(telegram, checkpoints(first)[-1].cursor)
    assert deletions(second) == {"dinkeskota/6", "dinkeskota/8"}, "1 is older than the page that was read"
    assert not posts(second)
    third = collect(telegram, checkpoints(second)[-1].cursor)
    assert not deletions(third)


def test_a_message_that_cannot_be_read_is_not_taken_for_deleted(channel: Channel, telegram: Telegram) -> None:
    for number in range(1, 4):
        channel.post(number, ago(hours=20 - number), f"m{number}")
    first = collect(telegram)
    channel.post(2, ago(hours=18), raw=f'<div class="tgme_widget_message" data-post="{NAME}/2"><b>odd</b></div>')
    second = collect(telegram, checkpoints(first)[-1].cursor)
    assert not deletions(second)
    assert "message 2 has no date" in notes(second)
    channel.post(2, ago(hours=18), "m2")
    assert not posts(collect(telegram, checkpoints(second)[-1].cursor)), "it is still known when it can be read again"


def test_an_empty_page_where_there_were_messages_is_suspected_and_deletes_nothing(channel: Channel, telegram: Telegram) -> None:
    channel.post(1, ago(hours=3), "m1")
    first = collect(telegram)
    channel.entries.clear()
    second = collect(telegram, checkpoints(first)[-1].cursor)
    assert not deletions(second)
    assert "shows no message, although it had some" in notes(second)
    assert all(mark.covered_from is None for mark in checkpoints(second))
    assert dict(checkpoints(second)[-1].cursor) == dict(checkpoints(first)[-1].cursor)


def test_a_name_that_changed_hands_begins_anew_without_deleting(channel: Channel, telegram: Telegram) -> None:
    for number in range(5000, 5004):
        channel.post(number, ago(hours=1), f"m{number}")
    first = collect(telegram)
    channel.entries.clear()
    channel.post(7, NOW, "pemilik baru")
    second = collect(telegram, checkpoints(first)[-1].cursor, NOW + timedelta(hours=1))
    assert texts(second) == {7: "pemilik baru"}
    assert not deletions(second)
    assert "new owner" in notes(second)


def test_a_channel_without_preview_is_refused_and_not_taken_for_empty(web: WebServer, telegram: Telegram) -> None:
    web.on(f"/s/{NAME.lower()}", Answer(b"", 302, {"Location": f"/{NAME.lower()}"}))
    web.on(f"/{NAME.lower()}", Answer(b'<html><div class="tgme_page_title">Dinas</div></html>'))
    with pytest.raises(SourceRefused, match="no public preview"):
        collect(telegram)


def test_a_page_that_shows_no_channel_is_refused(web: WebServer, telegram: Telegram) -> None:
    web.on(f"/s/{NAME.lower()}", Answer(b"<html><body>Please wait</body></html>"))
    with pytest.raises(SourceRefused, match="no public preview"):
        collect(telegram)


def test_a_request_to_wait_is_kept_and_the_page_is_asked_for_again(web: WebServer, channel: Channel) -> None:
    pauses: list[float] = []
    web.on(f"/s/{NAME.lower()}", Answer(b"", 429, {"Retry-After": "7"}), channel._answer)
    channel.post(1, ago(hours=1), "m1")
    with Http(Collect(pace=0, retries=2), "", sleep=pauses.append) as http:
        items = collect(Telegram("tg", TelegramOptions(channels=[NAME], base=web.url), http))
    assert texts(items) == {1: "m1"}
    assert max(pauses) >= 6
    assert sum(mark.requests for mark in checkpoints(items)) == 2


def test_a_request_to_wait_for_hours_ends_the_run(web: WebServer, telegram: Telegram) -> None:
    web.on(f"/s/{NAME.lower()}", Answer(b"", 429, {"Retry-After": "36000"}))
    with pytest.raises(SourceThrottled) as caught:
        collect(telegram)
    assert caught.value.retry_after == 36000


def test_hostile_pages_cost_single_messages_at_most(channel: Channel, telegram: Telegram) -> None:
    channel.page = 50
    channel.post(1, ago(hours=9), "sehat")
    channel.post(2, ago(hours=8), "<script>alert(1)</script><img src=x onerror=alert(2)>isi<style>p{}</style>")
    channel.post(3, ago(hours=7), "<b>" * 3000 + "dalam")
    channel.post(4, ago(hours=6), "x" * 200_000)
    channel.post(
        5,
        ago(hours=5),
        "tanpa footer",
        raw=f"""<div class="tgme_widget_message" data-post="{NAME}/5">
        <div class="tgme_widget_message_text js-message_text">tanpa <a>alamat</a></div>
        <time datetime="{ago(hours=5).isoformat()}"></time></div>""",
    )
    for number, stamp in enumerate(["", "kemarin", "0001-01-01T00:00:00+00:00", "9999-12-31T23:59:59-12:00", "2026-01-01T00:00:00"], 10):
        channel.post(
            number,
            NOW,
            raw=f"""<div class="tgme_widget_message" data-post="{NAME}/{number}">
            <div class="tgme_widget_message_text js-message_text">kapan?</div><time datetime="{stamp}"></time></div>""",
        )
    channel.post(20, NOW, raw='<div class="tgme_widget_message" data-post="../../etc/passwd">x</div>')
    channel.post(21, NOW, raw=f'<div class="tgme_widget_message" data-post="{NAME}/{"9" * 400}">x</div>')
    items = collect(telegram)
    assert texts(items)[1] == "sehat"
    assert texts(items)[2] == "isi"
    assert texts(items)[3] == "dalam"
    assert len(texts(items)[4]) == 10_000
    assert texts(items)[5] == "tanpa alamat"
    assert set(texts(items)) == {1, 2, 3, 4, 5}
    assert "5 messages could not be read" in notes(items)


def test_a_date_in_the_future_is_taken_for_now(channel: Channel, telegram: Telegram) -> None:
    channel.post(1, NOW + timedelta(days=400), "besok")
    assert posts(collect(telegram))["dinkeskota/1"].created_at == NOW


@pytest.mark.parametrize("given", ["DinkesKota", "@DinkesKota", "https://t.me/DinkesKota", "https://t.me/s/DinkesKota/", "t.me/dinkeskota"])
def test_a_channel_may_be_written_in_any_usual_way(given: str) -> None:
    assert TelegramOptions(channels=[given]).channels == ["dinkeskota"]


@pytest.mark.parametrize("given", ["", "abc", "a b c d", "../etc", "https://example.org/DinkesKota", "+AbCdEf", "joinchat/AAAA"])
def test_what_is_no_channel_is_refused_by_name(given: str, http: Http) -> None:
    with pytest.raises(SettingsError, match=r"\[sources\.tg\] channels"):
        build("tg", SourceSettings.model_validate({"collector": "telegram", "channels": [given]}), http)


def test_the_mended_scraper_is_still_a_scraper_of_snscrape(channel: Channel, web: WebServer, http: Http) -> None:
    for number in range(1, 8):
        channel.post(number, ago(hours=20 - number), f"m{number}")
    found = list(ChannelPreview(NAME.lower(), http, web.url).get_items())
    assert [message.number for message in found] == [7, 6, 5, 4, 3, 2, 1]
    assert str(found[0]) == "https://t.me/DinkesKota/7"
    assert isinstance(found[0].date, datetime)


_WITHOUT_FIND_MODULE = """
import importlib.machinery, sys
for finder in (importlib.machinery.FileFinder, importlib.machinery.PathFinder):
    if hasattr(finder, "find_module"):
        del finder.find_module  # as in Python 3.12
try:
    import snscrape.modules.telegram
except AttributeError as error:
    assert "find_module" in str(error), error
else:
    sys.exit("the plain import works here: this test proves nothing any more")
from ingest.telegram_page import ChannelPreview
assert ChannelPreview.__mro__[1].__module__ == "snscrape.modules.telegram"
assert "snscrape.modules.twitter" not in sys.modules
"""


def test_snscrape_loads_where_find_module_is_gone() -> None:
    root = Path(__file__).parents[2]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    done = subprocess.run(
        [sys.executable, "-c", _WITHOUT_FIND_MODULE], cwd=root, env=environment, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
