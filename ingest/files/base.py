"""What an importer is: it recognises one format of file and reads posts out of it, row by row, rejecting what is not a post."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, runtime_checkable
from zoneinfo import ZoneInfo

from warehouse.errors import InputError
from warehouse.records import Post

if TYPE_CHECKING:
    from ingest.files.packed import Packed
    from ingest.files.sample import Sample

Progress = Callable[[int, int], None]  #: bytes of the file read so far, bytes in all
Note = Callable[[str], None]  #: takes one line that a person should see

#: What a column may be mapped to. `title` is put before `text`; `repost` and `reply` are yes or no.
FIELDS = (
    "text", "title", "created_at", "edited_at", "id", "author", "url", "lang", "place",
    "likes", "reposts", "replies", "views", "repost", "reply",
)  # fmt: skip
_DATE_FORMAT = re.compile(r"(.*?):([dmy]/[dmy]/[dmy]|[^:]*%.+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Rejected:
    """One row that is not a post. line: where it begins in the unpacked file (a row of a table without lines counts from 1)."""

    line: int
    reason: str
    value: str


@dataclass(frozen=True)
class ImportOptions:
    """What a person may say about a file; all of it may be left out.

    column_map: field (one of FIELDS) -> column of the file. format: name of an importer. zone: zone of times that carry none.
    encoding: as Python names it. date: time of posts that carry none. date_format: d/m/y, m/d/y, y/m/d or a pattern of strptime.
    """

    column_map: Mapping[str, str] = field(default_factory=dict)
    format: str | None = None
    zone: str = "Asia/Jakarta"
    encoding: str | None = None
    date: datetime | None = None
    date_format: str | None = None

    @classmethod
    def from_options(
        cls,
        columns: Sequence[str] = (),
        *,
        form: str | None = None,
        date: str | None = None,
        encoding: str | None = None,
        zone: str = "Asia/Jakarta",
    ) -> ImportOptions:
        """Read what was written on a command line; `columns` are FIELD=COLUMN, for a date also FIELD=COLUMN:d/m/y.

        Raises InputError naming what is wrong.
        """
        column_map, date_format = {}, None
        for text in columns:
            name, _, column = text.partition("=")
            if name not in FIELDS or not column:
                raise InputError(f"--column {text!r}: write FIELD=COLUMN, FIELD one of {', '.join(FIELDS)}")
            if name in ("created_at", "edited_at") and (parts := _DATE_FORMAT.fullmatch(column)):
                column, date_format = parts[1], parts[2]
            if column:
                column_map[name] = column
        return cls(column_map, form, zone, encoding, _moment(date, zone) if date else None, date_format)

    def to_payload(self) -> dict[str, Any]:
        """JSON-able; `from_payload` reads it."""
        return asdict(self) | {"column_map": dict(self.column_map), "date": self.date.isoformat() if self.date else None}

    @classmethod
    def from_payload(cls, payload: Mapping[str, Any]) -> ImportOptions:
        return cls(**{**payload, "date": datetime.fromisoformat(payload["date"]) if payload.get("date") else None})


def _moment(text: str, zone: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise InputError(f"--date {text!r}: not a time; write e.g. 2026-01-31 or 2026-01-31T12:00+07:00") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Context:
    """What all importers are told beside the file. now: aware UTC; a post that claims to be later is rejected."""

    source: str
    query: str
    options: ImportOptions
    now: datetime
    note: Note


@runtime_checkable
class Importer(Protocol):
    """One format. `name` is what --format takes; `title` is what people call it; `expected` says what such a file holds."""

    name: ClassVar[str]
    title: ClassVar[str]
    expected: ClassVar[str]

    def sniff(self, sample: Sample) -> float:
        """How much the beginning of the file looks like this format: 0 not at all, 1 beyond doubt."""
        ...

    def read(self, file: Packed, context: Context) -> Iterator[Post | Rejected]:
        """Posts and rejected rows in the order of the file; memory does not grow with it. Raises InputError for the file as a whole."""
        ...
