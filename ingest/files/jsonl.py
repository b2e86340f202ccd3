"""JSON lines, or a list of JSON objects, with the names that people give to the parts of a post."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from ingest.files.base import Context, Rejected
from ingest.files.columns import KNOWN, NAMES, find, shown
from ingest.files.objects import ObjectImporter, at_path, first_at, read_objects, scalar
from ingest.files.packed import Packed
from ingest.files.rows import PostMaker
from ingest.files.sample import Sample, plain
from ingest.files.table import time_of_undated
from warehouse.errors import InputError
from warehouse.records import Post

_NAMES_OF_A_PERSON = ("username", "screen_name", "acct", "handle", "name", "id")


class JsonLines(ObjectImporter):
    """Objects whose keys are known by name; --column takes a path such as user.name."""

    name = "jsonl"
    title = "JSON lines"
    expected = "one JSON object a line, or a list of objects, with a key that holds the text"

    def sniff(self, sample: Sample) -> float:
        if not sample.objects:
            return 0.0
        return 0.4 if {plain(key) for key in sample.keys} & NAMES else 0.2

    def read(self, file: Packed, context: Context) -> Iterator[Post | Rejected]:
        """Judge the keys by the first objects."""
        head = [item[1] for item in islice(read_objects(file, context.options.encoding), 200) if not isinstance(item, Rejected)]
        keys = list(dict.fromkeys(key for found in head for key in found))
        fields = find(keys).keys() | context.options.column_map.keys()
        for field, path in context.options.column_map.items():
            if all(at_path(found, path) is None for found in head):
                raise InputError(f"{file.path}: --column {field}={path}: no such key in the first objects; they have {shown(keys)}")
        if not {"text", "title"} & fields:
            raise InputError(f"{file.path}: no key that holds the text; say --column text=KEY, one of {shown(keys)}")
        maker = PostMaker(context, self._clock(file, context), time_of_undated(file, fields, context))
        return self._read(file, context, maker)

    def posts(self, found: dict[str, Any], context: Context) -> Iterator[dict[str, Any]]:
        named = {plain(key): value for key, value in found.items()}
        values: dict[str, Any] = {}
        for field, names in KNOWN.items():
            for name in names:
                value = _value(field, named.get(name))
                if value not in (None, ""):
                    values[field] = value
                    break
        yield values | {field: scalar(at_path(found, path)) for field, path in context.options.column_map.items()}


def _value(field: str, value: Any) -> Any:
    """A text or number; of a person given as an object, the name."""
    if field == "author" and isinstance(value, dict):
        return first_at(value, _NAMES_OF_A_PERSON)
    return scalar(value)
