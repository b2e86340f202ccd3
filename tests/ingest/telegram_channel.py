"""A Telegram channel on a local web server, in the HTML of t.me/s/NAME (as its pages were in 2026, shortened)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from html import escape

from web_server import Answer, Asked, WebServer

HEAD = """<!DOCTYPE html><html><head><meta charset="utf-8"><title>Channel – Telegram</title></head><body><main>
<div class="tgme_channel_info"><div class="tgme_channel_info_header_title"><span dir="auto">Dinas Kesehatan</span></div>
<div class="tgme_channel_info_counter"><span class="counter_value">1.2K</span> <span class="counter_type">subscribers</span></div></div>
<section class="tgme_channel_history js-message_history">"""
TAIL = "</section></main></body></html>"


@dataclass
class Entry:
    """One message; `inner` replaces the boxes of its text, `meta` stands before the date, `raw` replaces everything."""

    number: int
    at: datetime
    text: str = ""
    views: str = "1.2K"
    meta: str = ""
    before_text: str = ""
    inner: str | None = None
    raw: str | None = None
    service: bool = False

    def html(self, name: str) -> str:
        if self.raw is not None:
            return self.raw
        kind = "tgme_widget_message text_not_supported_wrap " + ("service_message " if self.service else "") + "js-widget_message"
        text = f'<div class="tgme_widget_message_text js-message_text" dir="auto">{self.text}</div>' if self.text else ""
        return f"""<div class="tgme_widget_message_wrap js-widget_message_wrap">
<div class="{kind}" data-post="{name}/{self.number}" data-view="x">
<div class="tgme_widget_message_user"><a href="https://t.me/{name}"><i class="tgme_widget_message_user_photo"></i></a></div>
<div class="tgme_widget_message_bubble">
<div class="tgme_widget_message_author accent_color">
<a class="tgme_widget_message_owner_name" href="https://t.me/{name}"><span dir="auto">Dinas</span></a></div>
{self.before_text}{text if self.inner is None else self.inner}
<div class="tgme_widget_message_footer compact js-message_footer"><div class="tgme_widget_message_info short js-message_info">
<span class="tgme_widget_message_views">{self.views}</span><span class="copyonly"> views</span>
<span class="tgme_widget_message_meta">{self.meta}<a class="tgme_widget_message_date" href="https://t.me/{name}/{self.number}">
<time datetime="{self.at.isoformat()}" class="time">07:37</time></a></span>
</div></div></div></div></div>"""


@dataclass
class Channel:
    """What t.me shows of a channel: the newest `page` messages, older ones with ?before=."""

    name: str
    page: int = 5
    entries: dict[int, Entry] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)

    def post(self, number: int, at: datetime, text: str = "", **more: object) -> Entry:
        """Publish or edit a message; `text` is HTML."""
        entry = Entry(number, at, text, **more)  # type: ignore[arg-type]
        self.entries[number] = entry
        return entry

    def serve(self, web: WebServer) -> None:
        web.on(f"/s/{self.name.lower()}", self._answer)

    def _answer(self, asked: Asked) -> Answer:
        self.asked.append(asked)
        before = int(asked.query.get("before", 10**9))
        older = sorted(number for number in self.entries if number < before)
        shown = older[-self.page :]
        more = ""
        if len(older) > len(shown):
            more = f"""<div class="tgme_widget_message_centered js-messages_more_wrap">
<a href="/s/{escape(self.name)}?before={shown[0]}" class="tme_messages_more js-messages_more" data-before="{shown[0]}"></a></div>"""
        body = HEAD + more + "".join(self.entries[number].html(self.name) for number in shown) + TAIL
        return Answer(body.encode(), headers={"Content-Type": "text/html; charset=utf-8"})
