"""The public preview of a Telegram channel (t.me/s/NAME), read with snscrape's scraper and with its faults mended.

Mended here, as snscrape 0.7.0.20230622 has them: a reply gave the text that it quotes instead of its own; <br> glued words together;
a message without a footer, or a link without an address, ended the run; 429 was not tried again; a channel without a preview looked
like an empty channel. Added: edit marks, forwards, replies, views, polls.
"""

from __future__ import annotations

import importlib.util
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import bs4
import snscrape
from snscrape.base import ScraperException

from ingest.checked import Tally, Unreadable, moment
from ingest.html import to_text
from ingest.http import Http
from ingest.session import paced_session
from warehouse.errors import SourceMalformed, SourceRefused, SourceUnreachable

_LARGEST_PAGE = 5_000_000  #: characters; a page of twenty messages has about 200,000
_LONGEST_TEXT = 10_000  #: characters; Telegram's own limit is 4,096
_POST = re.compile(r"\w+/[0-9]{1,15}", re.ASCII)  #: channel and number
_VIEWS = re.compile(r"([0-9]+(?:[.,][0-9]+)?)([KMB]?)", re.IGNORECASE)
_TIMES = {"": 1, "K": 1_000, "M": 1_000_000, "B": 1_000_000_000}


def load_snscrape_telegram() -> ModuleType:
    """The module snscrape.modules.telegram, loaded from its file.

    `import snscrape.modules.telegram` would first run the package's own __init__, which imports every module it has by way of
    `FileFinder.find_module`; Python 3.12 removed that method, and none of those other modules is needed here.
    """
    name = "snscrape.modules.telegram"
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, Path(snscrape.__path__[0], "modules", "telegram.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # before it runs, as the import system does: dataclasses look their module up
    spec.loader.exec_module(module)
    return module


_module = load_snscrape_telegram()
_TelegramPost: Any = _module.TelegramPost
_TelegramChannelScraper: Any = _module.TelegramChannelScraper


@dataclass
class Message(_TelegramPost):
    """One message of a channel. `number` counts messages within the channel; `content` is empty for a picture alone."""

    number: int = 0
    edited: bool = False
    forwarded: bool = False
    reply: bool = False
    views: int | None = None

    def __str__(self) -> str:
        return self.url


@dataclass(frozen=True)
class Page:
    """About twenty messages. `numbers` holds every message that the page shows, readable or not; `older` where more are before them."""

    messages: list[Message]
    numbers: frozenset[int]
    older: int | None
    unreadable: Tally


class ChannelPreview(_TelegramChannelScraper):
    """Pages of one channel, newest first, fetched through our own client. `sent` counts requests."""

    def __init__(self, channel: str, http: Http, base: str) -> None:
        super().__init__(channel, retries=0)  # our client does the retries, and sleeps as it was told to
        self._session = self._paced = paced_session(http)
        self._base = base.rstrip("/")
        self._headers = {"User-Agent": http.user_agent, "Accept-Language": "en"}  # the edit mark is a word of the page's language

    @property
    def sent(self) -> int:
        return self._paced.sent

    def page(self, before: int | None = None) -> Page:
        """The newest page, or the one before message `before`. Raises CollectError."""
        address = f"{self._base}/s/{self._name}"
        try:
            answer = self._get(address if before is None else f"{address}?before={before}", headers=self._headers)
        except ScraperException:
            raise SourceUnreachable(f"{address}: no answer that can be used") from None
        if answer.status_code != 200:
            raise SourceRefused(f"{address}: HTTP {answer.status_code}; check the channel's name")
        if not re.search(r"/s/[^/]+/?(\?|$)", answer.url):
            raise SourceRefused(f"{address}: the channel has no public preview (private, closed, or no such name)")
        answer.encoding = answer.encoding or "utf-8"
        if len(answer.text) > _LARGEST_PAGE:
            raise SourceMalformed(f"{address}: the page is larger than {_LARGEST_PAGE:,} characters")
        return self._read(bs4.BeautifulSoup(answer.text, "lxml"), address)

    def get_items(self) -> Iterator[Message]:
        """Every message of the channel, newest first: what snscrape calls a scraper's items."""
        before = None
        while True:
            page = self.page(before)
            yield from reversed(page.messages)
            if page.older is None:
                return
            before = page.older

    def _read(self, soup: Any, address: str) -> Page:
        if soup.find(class_="tgme_channel_history") is None and soup.find(class_="tgme_channel_info") is None:
            raise SourceRefused(f"{address}: the page shows no channel; it has no public preview")
        posts = [post for post in soup.find_all("div", class_="tgme_widget_message") if _POST.fullmatch(post.get("data-post", ""))]
        numbers, tally = frozenset(_number(post) for post in posts), Tally("messages")
        older = soup.find("a", class_="tme_messages_more", attrs={"data-before": True}) is not None and min(numbers, default=0) > 1
        return Page(list(_messages(posts, tally)), numbers, min(numbers) if older else None, tally)


def _messages(posts: list[Any], tally: Tally) -> Iterator[Message]:
    for post in posts:
        if "service_message" in post.get("class", []):
            continue  # "channel created", "pinned a photo"
        try:
            yield _message(post)
        except Unreadable as error:
            tally.add(error)


def _message(post: Any) -> Message:
    """One message; raises Unreadable when it has no date."""
    number = _number(post)
    # a video's running time is a <time> too, but has no datetime; the message's own date stands last, in its footer if it has one
    stamps = [
        tag["datetime"] for tag in post.find_all("time", datetime=True) if tag.find_parent(class_="tgme_widget_message_reply") is None
    ]
    if not stamps:
        raise Unreadable(f"message {number} has no date")
    meta = post.find(class_="tgme_widget_message_meta")
    return Message(
        url=f"https://t.me/{post['data-post']}",
        date=_date(stamps[-1]),
        content=_text(post),
        outlinks=[],
        number=number,
        edited=meta is not None and any("edited" in text for text in meta.find_all(string=True, recursive=False)),
        forwarded=post.find(class_="tgme_widget_message_forwarded_from") is not None,
        reply=post.find(class_="tgme_widget_message_reply") is not None,
        views=_views(post),
    )


def _number(post: Any) -> int:
    return int(post["data-post"].split("/")[1])


def _date(stamp: str) -> datetime:
    when = moment(stamp)
    if not 2013 <= when.year < 2200:  # the year Telegram began
        raise Unreadable(f"not a date of a message: {stamp[:40]!r}")
    return when.astimezone(UTC)


def _text(post: Any) -> str:
    """The message's own words: not those it quotes; of an album the one caption (it stands in two boxes, one in the other)."""
    own = [
        box
        for box in post.find_all(class_="tgme_widget_message_text")
        if "js-message_reply_text" not in box.get("class", []) and box.find_parent(class_="tgme_widget_message_reply") is None
    ]
    if own:
        return to_text(own[0].decode_contents())[:_LONGEST_TEXT]
    poll = post.find_all(class_=["tgme_widget_message_poll_question", "tgme_widget_message_poll_option_text"])
    return "\n".join(to_text(part.decode_contents()) for part in poll)[:_LONGEST_TEXT]


def _views(post: Any) -> int | None:
    """Views as the page rounds them: "1.2K" is 1200."""
    shown = post.find(class_="tgme_widget_message_views")
    match = _VIEWS.fullmatch(re.sub(r"\s", "", shown.get_text())) if shown is not None else None
    if match is None or len(match[1]) > 15:
        return None
    return round(float(match[1].replace(",", ".")) * _TIMES[match[2].upper()])
