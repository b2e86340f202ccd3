"""JSON too large to hold: objects one by one, from lines or out of a list, with the line where each begins."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import IO, Any

from ingest.files.base import Rejected
from ingest.files.text import lines

LARGEST = 16_000_000  #: characters of one object
_CHUNK = 1 << 20
_MOST_BROKEN = 100  #: objects that may be broken before the rest of a list is given up
DEEPEST = 500  #: objects and lists within each other; what reads deeper ones overflows its stack, and takes the process with it
TOO_DEEP = f"JSON nested more than {DEEPEST} levels deep"
_ESCAPED, _STRING = re.compile(rb"\\.", re.DOTALL), re.compile(rb'"[^"]*"')
_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_DECODER = json.JSONDecoder()
_BETWEEN = re.compile(r"[\s,]*")
_NEXT = re.compile(r"[}\]]\s*,\s*(?=\{)")

Found = tuple[int, dict[str, Any]]


def too_deep(parts: Iterable[bytes]) -> bool:
    """Whether more than DEEPEST objects and lists stand within each other anywhere in a JSON text in UTF-8, handed over in parts."""
    depth, begun = 0, b""  # begun: a string that is open, and a backslash that waits for its letter
    for part in parts:
        unescaped = _ESCAPED.sub(b"", begun + part)
        outside, quote, _ = _STRING.sub(b"", unescaped).partition(b'"')
        begun = quote + (b"\\" if unescaped.endswith(b"\\") else b"")
        for sign in outside.translate(None, _NO_BRACKETS):
            depth = depth + 1 if sign in b"[{" else max(0, depth - 1)
            if depth > DEEPEST:
                return True
    return False


def _text_too_deep(text: str, begin: int = 0, end: int | None = None) -> bool:
    brackets = text.count("[", begin, end) + text.count("{", begin, end)  # most texts have too few of them to be looked at
    return brackets > DEEPEST and too_deep([text[begin:end].encode("utf-8", "replace")])


def from_lines(stream: IO[str]) -> Iterator[Found | Rejected]:
    """One object a line; blank lines are left out, a line that is no object is rejected."""
    for number, line in lines(stream):
        if line is None:
            yield Rejected(number, "the line is too long", "")
        elif text := line.strip().removeprefix("\ufeff"):
            if _text_too_deep(text):
                yield Rejected(number, TOO_DEEP, text[:200])
                continue
            try:
                value = json.loads(text)
            except (ValueError, RecursionError):
                yield Rejected(number, "not JSON", text[:200])
                continue
            yield (number, value) if isinstance(value, dict) else Rejected(number, "not a JSON object", text[:200])


class Window:
    """A part of a text that moves forward; knows at which line it stands."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream, self._ended = stream, False
        self.text, self.at, self.line = "", 0, 1
        self._broken = 0

    def more(self) -> bool:
        """Read on, forgetting what lies behind; False at the end of the text."""
        if self._ended:
            return False
        part = self._stream.read(_CHUNK)
        self._ended = not part
        self.text, self.at = self.text[self.at :] + part.replace("\x00", ""), 0
        return bool(part)

    def move(self, to: int) -> None:
        self.line += self.text.count("\n", self.at, to)
        self.at = to

    def objects(self) -> Iterator[Found | Rejected]:
        """The objects of a list whose opening bracket was just passed; ends behind its closing bracket."""
        while True:
            self.move(_BETWEEN.match(self.text, self.at).end())  # type: ignore[union-attr]
            if self.at == len(self.text):
                if not self.more():
                    yield Rejected(self.line, "the file ends in the middle of a list", "")
                    return
                continue
            if self.text[self.at] == "]":
                self.move(self.at + 1)
                return
            yield self._object()

    def _object(self) -> Found | Rejected:
        """The object (or other value) that begins here."""
        while True:
            try:
                value, end = _DECODER.raw_decode(self.text, self.at)
            except (ValueError, RecursionError) as error:
                deep = isinstance(error, RecursionError)
                if not deep and len(self.text) - self.at <= LARGEST and self.more():
                    continue
                return self._pass_over(TOO_DEEP if deep else "broken JSON")
            line, begin = self.line, self.at
            self.move(end)
            if _text_too_deep(self.text, begin, end):
                return Rejected(line, TOO_DEEP, self.text[begin:end][:200])
            return (line, value) if isinstance(value, dict) else Rejected(line, "not a JSON object", self.text[begin:end][:200])

    def _pass_over(self, reason: str) -> Rejected:
        """Go to where the next object seems to begin, or to the end."""
        rejected = Rejected(self.line, reason, self.text[self.at : self.at + 200])
        self._broken += 1
        if self._broken > _MOST_BROKEN:
            self._ended, self.text, self.at = True, "", 0
            return Rejected(self.line, f"more than {_MOST_BROKEN} broken objects; the rest is not read", "")
        while (match := _NEXT.search(self.text, self.at + 1)) is None:
            self.move(max(self.at, len(self.text) - 1_000))
            if not self.more():
                self.move(len(self.text))
                return rejected
        self.move(match.end())
        return rejected
