"""What a collector is, and where collectors are found.

A collector turns one source of `config.toml` into a generator of records. It hides cursors, paging, rate limits and the oddities of
its API; it knows nothing of the warehouse. It yields `Post` and `Deletion` records and, wherever it is safe to stop, a `Checkpoint`;
the pipeline commits what came before the checkpoint together with its cursor and coverage, so a crash repeats at most one stretch.
Trouble is raised as a `warehouse.errors.CollectError`.

Built-in collectors register exactly as a stranger's would: by the entry-point group `kentongan.collectors` (name = "module:Class").
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, runtime_checkable

from pydantic import BaseModel, ConfigDict, ValidationError

from warehouse.errors import SettingsError
from warehouse.records import Item
from warehouse.settings import SourceSettings, explain

if TYPE_CHECKING:
    from ingest.http import Http

GROUP = "kentongan.collectors"


class Options(BaseModel):
    """The settings of one source beyond `collector`, `enabled` and `every`; an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True, slots=True)
class Request:
    """One turn of collection for one query of a source.

    cursor: what this collector's last Checkpoint held, or an empty mapping on the first run.
    now: the time of this run (UTC); collectors never ask the clock.
    """

    query: str
    cursor: Mapping[str, Any]
    now: datetime


@runtime_checkable
class Collector(Protocol):
    """One kind of source."""

    name: ClassVar[str]  #: as written in config.toml: collector = "rss"
    Options: ClassVar[type[Options]]

    def __init__(self, source: str, options: Any, http: Http) -> None: ...

    def queries(self) -> Sequence[str]:
        """The parts that have a cursor and a coverage row each: feed addresses, tags, channels, keywords."""
        ...

    def collect(self, request: Request) -> Iterator[Item]:
        """Yield posts and deletions newer than the cursor, oldest first where the source allows it, and checkpoints.

        Raises CollectError (see warehouse.errors) when the source fails.
        """
        ...


@cache
def collectors() -> Mapping[str, EntryPoint]:
    """All registered collectors by name; each is imported only when it is used."""
    return {point.name: point for point in entry_points(group=GROUP)}


def build(source: str, settings: SourceSettings, http: Http) -> Collector:
    """Make the collector for one `[sources.NAME]` table; raises SettingsError naming table, key and value."""
    known = collectors()
    if settings.collector not in known:
        raise SettingsError(f"[sources.{source}] collector = {settings.collector!r}: not known; one of {', '.join(sorted(known))}")
    cls: type[Collector] = known[settings.collector].load()
    try:
        options = cls.Options.model_validate(settings.options)
    except ValidationError as error:
        raise SettingsError(explain(error, f"[sources.{source}]")) from None
    return cls(source, options, http)
