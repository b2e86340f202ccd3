"""What a person has chosen to look at, and the conditions that this makes in SQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Literal

By = Literal["topic", "place", "source", "lang"]
Level = Literal["country", "province", "regency"]
Unit = Literal["day", "week", "month", "all"]
Week = Literal["skdr", "iso"]

#: The first day of the period that a day belongs to. Epidemiological weeks of SKDR run Sunday to Saturday.
_PERIODS = {
    ("day", "skdr"): "day",
    ("day", "iso"): "day",
    ("week", "skdr"): "(date_trunc('week', day + 1) - INTERVAL 1 DAY)::DATE",
    ("week", "iso"): "date_trunc('week', day)::DATE",
    ("month", "skdr"): "date_trunc('month', day)::DATE",
    ("month", "iso"): "date_trunc('month', day)::DATE",
    ("all", "skdr"): "$first::DATE",
    ("all", "iso"): "$first::DATE",
}

#: A chosen place inside another chosen place would be counted twice.
_OUTERMOST = """place_code IN (
    SELECT inner_place.place_code FROM places AS inner_place LEFT JOIN places AS parent ON parent.place_code = inner_place.parent_code
    WHERE inner_place.place_code = ANY($places::VARCHAR[])
      AND NOT coalesce(inner_place.parent_code = ANY($places::VARCHAR[]), false)
      AND NOT coalesce(parent.parent_code = ANY($places::VARCHAR[]), false))"""

#: Posts carry the places that they name; a chosen province also means its regencies. Asked for on its own: as a part of another query it
#: is joined to every post before any other condition is looked at, which took ten times as long.
INSIDE = """SELECT inner_place.place_code
    FROM places AS inner_place LEFT JOIN places AS parent ON parent.place_code = inner_place.parent_code
    WHERE inner_place.place_code = ANY($places::VARCHAR[]) OR inner_place.parent_code = ANY($places::VARCHAR[])
       OR parent.parent_code = ANY($places::VARCHAR[])
    ORDER BY ALL"""


@dataclass(frozen=True, kw_only=True)
class Selection:
    """Topics, places, languages and sources (an empty tuple means all) on the days `first` to `last`, both included."""

    topics: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    first: date
    last: date

    def days(self) -> int:
        return max((self.last - self.first) // timedelta(days=1) + 1, 0)


@dataclass
class Condition:
    """Pieces of a WHERE clause, joined by AND, and the parameters that they bind."""

    parts: list[str] = field(default_factory=list)
    params: dict[str, Any] = field(default_factory=dict)

    def add(self, part: str, **params: Any) -> None:
        self.parts.append(part)
        self.params.update(params)

    def among(self, column: str, name: str, values: Sequence[Any]) -> None:
        """The column is one of these values, each a parameter of its own: a list as one parameter DuckDB joins as if it were a table,
        which for a small question takes longest."""
        self.add(f"{column} IN ({self._named(name, values)})" if values else "false")

    def any_among(self, column: str, name: str, values: Sequence[str], of: str = "one") -> None:
        """An element of a list (or what `of` takes of the element `one`) is one of these values. `list_has_any` gathers both sides of
        every row, which for one value took three times as long and for the regencies of a province as well."""
        self.add(f"list_contains([{of} IN ({self._named(name, values)}) FOR one IN {column}], true)" if values else "false")

    def within(self, days: Sequence[date]) -> Condition:
        """The same on these days alone."""
        narrowed = Condition([*self.parts], dict(self.params))
        narrowed.among("day", "day", days)
        return narrowed

    def _named(self, name: str, values: Sequence[Any]) -> str:
        named = {f"{name}{number}": value for number, value in enumerate(values)}
        self.params.update(named)
        return ", ".join(f"${one}" for one in named)

    @property
    def sql(self) -> str:
        return " AND ".join(self.parts) or "true"


def period_sql(unit: Unit, week: Week) -> str:
    """SQL for the first day of the period of `day`."""
    return _PERIODS[unit, week]


def rollup(selection: Selection, by: By | None, *, by_language: bool = False) -> str:
    """The narrowest table of counts that has the rows of `in_rollup`, with their language where that is wanted."""
    if by != "place" and not selection.places:
        return "counts_everywhere"
    told_apart = by_language or selection.languages or selection.sources or by in ("source", "lang")
    return "daily_counts" if told_apart else "counts_by_place"


def in_rollup(selection: Selection, by: By | None, level: Level) -> Condition:
    """The rows of `rollup` that add up to the selection, split by `by`, without counting a post in '*' and in its topic."""
    where = _days_and_sources(selection)
    if selection.topics:
        where.among("topic", "topic", selection.topics)
    else:
        where.add("topic <> '*'" if by == "topic" else "topic = '*'")
    if selection.places:
        if by == "place":
            where.among("place_code", "place", selection.places)
        else:
            where.add(_OUTERMOST, places=list(selection.places))
    elif by == "place":
        where.add('"level" = $level', level=level)
    return where


def in_posts(selection: Selection, inside: Sequence[str]) -> Condition:
    """The posts of the selection that are still there (no tombstones). inside: the chosen places and all in them (`Reader.inside`)."""
    where = _days_and_sources(selection)
    where.add("deleted_at IS NULL")
    if selection.topics:
        where.any_among("topics", "topic", selection.topics)
    if selection.places:
        where.any_among("places", "place", inside, of="one.code")
    return where


def in_signals(selection: Selection) -> Condition:
    """The signals of the selection; languages and sources do not apply, because signals are raised over all of them."""
    where = Condition()
    where.add("day BETWEEN $first AND $last", first=selection.first, last=selection.last)
    if selection.topics:
        where.among("topic", "topic", selection.topics)
    if selection.places:
        within = "SELECT w.signal_id FROM signal_places AS w WHERE w.place_code = ANY($places::VARCHAR[])"
        where.add(f"signal_id IN ({within})", places=list(selection.places))
    return where


def _days_and_sources(selection: Selection) -> Condition:
    where = Condition()
    where.add("day BETWEEN $first AND $last", first=selection.first, last=selection.last)
    if selection.languages:
        where.among("lang", "lang", selection.languages)
    if selection.sources:
        where.among("source", "source", selection.sources)
    return where
