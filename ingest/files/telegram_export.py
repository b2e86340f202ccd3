"""Telegram Desktop's result.json: the history of one chat, or of all chats; groups and channels are read, private talks are not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from ingest.files.base import Context, Rejected
from ingest.files.jsons import Window
from ingest.files.packed import Packed
from ingest.files.rows import PostMaker
from ingest.files.sample import Sample
from ingest.files.text import opened
from warehouse.errors import InputError
from warehouse.records import Post

_MESSAGES = re.compile(r'(?<!\\)"messages"\s*:\s*\[')
_ABOUT = re.compile(r'(?<!\\)"(name|type|id)"\s*:\s*(?:"((?:[^"\\]|\\.)*)"|(-?\d+))')
_OPEN = re.compile(r"(group|channel)$")  # private_group, public_supergroup, private_channel ...
_TAIL = 4_000  #: characters kept before a list of messages, where its chat's name, type and id stand


@dataclass(frozen=True, slots=True)
class _Chat:
    id: str
    type: str

    @property
    def open(self) -> bool:
        return bool(_OPEN.search(self.type))


class TelegramExport:
    name: ClassVar[str] = "telegram"
    title: ClassVar[str] = "Telegram Desktop (result.json)"
    expected: ClassVar[str] = "a JSON object with name, type, id and messages"

    def sniff(self, sample: Sample) -> float:
        if sample.text.lstrip()[:1] != "{" or (sample.objects and "messages" not in sample.objects[0] and "chats" not in sample.objects[0]):
            return 0.0
        return 0.95 if {"messages", "type"} <= sample.keys | _deep(sample.text) else 0.0

    def read(self, file: Packed, context: Context) -> Iterator[Post | Rejected]:
        """Chat after chat, message after message. Raises InputError when no chat is a group or a channel."""
        first = next(self._chats(file, context), None)
        if first is None:
            raise InputError(f"{file.path}: no list of messages in it; export the chat from Telegram Desktop as JSON")
        if not any(chat.open for chat, _ in self._chats(file, context)):
            raise InputError(f"{file.path}: a private talk ({first[0].type!r}); only groups and channels are read")
        return self._read(file, context)

    def _read(self, file: Packed, context: Context) -> Iterator[Post | Rejected]:
        maker, left_out = PostMaker(context), 0
        for chat, window in self._chats(file, context):
            if not chat.open:
                continue
            for item in window.objects():
                if isinstance(item, Rejected):
                    yield item
                elif (values := _values(item[1], chat)) is None:
                    left_out += 1
                else:
                    yield maker.make(item[0], values)
        if left_out:
            context.note(f"{file.path}: {left_out:,} messages without text (pictures, notices of who joined) left out")

    def _chats(self, file: Packed, context: Context) -> Iterator[tuple[_Chat, Window]]:
        """Each chat, with the window at its first message."""
        with opened(file, context.options.encoding) as stream:
            window, about = Window(stream), {"id": "", "type": ""}
            while True:
                if match := _MESSAGES.search(window.text, window.at):
                    about |= {found[0]: found[1] or found[2] for found in _ABOUT.findall(window.text[window.at : match.start()][-_TAIL:])}
                    window.move(match.end())
                    yield _Chat(about["id"], about["type"]), window
                    continue
                window.move(max(window.at, len(window.text) - _TAIL))
                if not window.more():
                    return


def _deep(text: str) -> set[str]:
    """Names of keys anywhere; a chat on one line is one object whose keys do not tell of its messages'."""
    return set(re.findall(r'"(messages|type|date_unixtime|from_id)"\s*:', text))


def _values(message: dict[str, Any], chat: _Chat) -> dict[str, Any] | None:
    """The values of a message; None for a service message and one without text."""
    text = _text(message.get("text"))
    if message.get("type") != "message" or not text.strip():
        return None
    return {
        "id": f"{chat.id}/{message['id']}" if message.get("id") is not None else "",
        "text": text,
        "created_at": message.get("date_unixtime") or message.get("date"),
        "edited_at": message.get("edited_unixtime") or message.get("edited"),
        "author": message.get("from") or message.get("from_id"),
        "repost": bool(message.get("forwarded_from")),
        "reply": message.get("reply_to_message_id") is not None,
    }


def _text(text: Any) -> str:
    """A text is a string, or a list of strings and of marked parts ({"type": "bold", "text": ...})."""
    if isinstance(text, list):
        return "".join(_text(part.get("text") if isinstance(part, dict) else part) for part in text)
    return text if isinstance(text, str) else ""
