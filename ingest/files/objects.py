"""The base of importers of JSON objects: one object a line, or a list of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from ingest.files.base import Context, Rejected
from ingest.files.jsons import Found, Window, from_lines
from ingest.files.moments import Clock, has_order, order_of
from ingest.files.packed import Packed
from ingest.files.rows import PostMaker
from ingest.files.sample import Sample
from ingest.files.text import opened
from warehouse.records import Post


def at_path(value: Any, path: str) -> Any:
    """What stands at "user.name" or "edges.0.node"; None where there is nothing."""
    for step in path.split("."):
        if isinstance(value, Mapping):
            value = value.get(step)
        elif isinstance(value, list) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        else:
            return None
    return value


def scalar(value: Any) -> Any:
    """The value if it is a text or a number; None for what has parts of its own."""
    return value if isinstance(value, str | int | float) else None


def first_at(value: Any, paths: tuple[str, ...]) -> Any:
    """The first text or number that is there and not empty."""
    found = (scalar(at_path(value, path)) for path in paths)
    return next((item for item in found if item not in (None, "")), None)


def read_objects(file: Packed, encoding: str | None) -> Iterator[Found | Rejected]:
    """The objects of a file of lines, or of a file that is one list."""
    with opened(file, encoding) as stream:
        window = Window(stream)
        window.more()
        window.text = window.text.removeprefix("\ufeff")
        begin = len(window.text) - len(window.text.lstrip())
        if window.text[begin : begin + 1] == "[":
            window.move(begin + 1)
            yield from window.objects()
            return
    with opened(file, encoding) as stream:
        yield from from_lines(stream)


class ObjectImporter:
    """JSON whose objects a subclass turns into the values of posts."""

    name: ClassVar[str]
    title: ClassVar[str]
    expected: ClassVar[str]

    def sniff(self, sample: Sample) -> float:
        raise NotImplementedError

    def posts(self, found: dict[str, Any], context: Context) -> Iterator[dict[str, Any]]:
        """The values (by field) of each post in one object; none for an object that holds no post and is no error."""
        raise NotImplementedError

    def read(self, file: Packed, context: Context) -> Iterator[Post | Rejected]:
        return self._read(file, context, PostMaker(context, self._clock(file, context)))

    def _read(self, file: Packed, context: Context, maker: PostMaker) -> Iterator[Post | Rejected]:
        for item in read_objects(file, context.options.encoding):
            if isinstance(item, Rejected):
                yield item
                continue
            line, found = item
            for values in self.posts(found, context):
                yield maker.make(line, values)

    def _clock(self, file: Packed, context: Context) -> Clock:
        form = context.options.date_format
        if form is None and any(has_order(value) for value in islice(self._dates(file, context), 200)):
            form = order_of(self._dates(file, context), f"{file.path}: created_at")
        return Clock(ZoneInfo(context.options.zone), form)

    def _dates(self, file: Packed, context: Context) -> Iterator[str]:
        for item in read_objects(file, context.options.encoding):
            if not isinstance(item, Rejected):
                yield from (date for values in self.posts(item[1], context) if isinstance(date := values.get("created_at"), str))
