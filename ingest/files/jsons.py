"""JSON too large to hold: objects one by one, from lines or out of a list, with the line where each begins."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import IO, Any

from ingest.files.base import Rejected
from ingest.files.text import lines

LARGEST = 16_000_000  #: characters of one object
_CHUNK = 1 << 20
_MOST_BROKEN = 100  #: objects that may be broken before the rest of a list is given up
_DECODER = json.JSONDecoder()
_BETWEEN = re.compile(r"[\s,]*")
_NEXT = re.compile(r"[}\]]\s*,\s*(?=\{)")

Found = tuple[int, dict[str, Any]]


def from_lines(stream: IO[str]) -> Iterator[Found | Rejected]:
    """One object a line; blank lines are left out, a line that is no object is rejected."""
    for number, line in lines(stream):
        if line is None:
            yield Rejected(number, "the line is too long", "")
        elif text := line.strip().removeprefix("\ufeff"):
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
                broken = isinstance(error, RecursionError) or len(self.text) - self.at > LARGEST
                if not broken and self.more():
                    continue
                return self._pass_over()
            line, begin = self.line, self.at
            self.move(end)
            return (line, value) if isinstance(value, dict) else Rejected(line, "not a JSON object", self.text[begin:end][:200])

    def _pass_over(self) -> Rejected:
        """Go to where the next object seems to begin, or to the end."""
        rejected = Rejected(self.line, "broken JSON", self.text[self.at : self.at + 200])
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
