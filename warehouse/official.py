"""Counts of cases that an authority published: kept beside the posts, and told by the topic that they are about."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Final

import pyarrow as pa

from warehouse.database import Connection, rows, transaction, value
from warehouse.errors import InputError
from warehouse.official_dates import Week, first_day
from warehouse.official_file import LISTED, Places
from warehouse.official_file import rows as file_rows
from warehouse.official_series import Choices, Key, made

TopicOf = Callable[[str], str | None]  #: code of the topic that a disease belongs to

_SHOWN: Final = 8  #: diseases that a message names


@dataclass(frozen=True, slots=True)
class OfficialCount:
    """One count: `day` is the first of `period_days` days."""

    day: date
    period_days: int
    place_code: str
    disease: str
    cases: int


def read(
    path: Path,
    places: Places,
    today: date,
    week: Week = "skdr",
    choices: Choices | None = None,
    before: Mapping[Key, int] | None = None,
) -> tuple[list[OfficialCount], list[str]]:
    """The counts of a CSV file (date, place, disease, count; other columns are passed over) and notes on what was left out.

    today: no count may lie after it. before: period_days of the series that are known already. Raises InputError that lists the wrong lines
    with what is wrong, when there is one.
    """
    choices = choices or Choices()
    if choices.period_days not in (None, 1, 7):
        raise InputError(f"a period of {choices.period_days} days: only 1 (daily) and 7 (weekly) are known")
    found, wrong = file_rows(path, places, week)
    notes: list[str] = []
    if not wrong:
        series = made(found, choices, week, today, before or {})
        found, wrong, notes = series.rows, series.wrong, series.notes
    if wrong:
        lines = "1 line is wrong" if len(wrong) == 1 else f"{len(wrong):,} lines are wrong"
        more = [f"  ... and {len(wrong) - LISTED:,} more"] if len(wrong) > LISTED else []
        raise InputError("\n".join([f"{path}: {lines}; nothing was imported", *wrong[:LISTED], *more]))
    if not found:
        raise InputError(f"{path}: no counts")
    found = sorted(found, key=lambda one: one.line)
    return [OfficialCount(one.day, one.period_days, one.place_code, one.disease, one.cases or 0) for one in found], notes


def store(con: Connection, counts: Iterable[OfficialCount], file: str, now: datetime, topic_of: TopicOf) -> tuple[int, int]:
    """Put counts in the place of those of the same key, in one transaction; (new, replaced). file: its name, not its path."""
    listed = list(counts)
    columns = ("day", "period_days", "place_code", "disease", "cases")
    types = (pa.date32(), pa.int32(), pa.string(), pa.string(), pa.int64())
    table = pa.table({name: pa.array([getattr(one, name) for one in listed], kind) for name, kind in zip(columns, types, strict=True)})
    topics = {disease: topic_of(disease) for disease in {one.disease for one in listed}}
    table = table.append_column("topic", pa.array([topics[one.disease] for one in listed], pa.string()))
    same = "o.day = n.day AND o.period_days = n.period_days AND o.place_code = n.place_code AND o.disease = n.disease"
    with transaction(con):
        con.register("new_official", table)
        replaced = int(value(con, f"SELECT count(*) FROM official_counts AS o JOIN new_official AS n ON {same}"))
        con.execute(f"DELETE FROM official_counts AS o USING new_official AS n WHERE {same}")
        con.execute(
            "INSERT INTO official_counts BY NAME SELECT *, $file AS file, $now::TIMESTAMPTZ AS imported_at FROM new_official ORDER BY ALL",
            {"file": file, "now": now},
        )
        con.executemany("UPDATE official_counts SET topic = ? WHERE disease = ?", [[topic, name] for name, topic in topics.items()])
        con.unregister("new_official")
    return len(listed) - replaced, replaced


def import_file(
    con: Connection,
    path: Path,
    now: datetime,
    today: date,
    topic_of: TopicOf,
    week: Week = "skdr",
    choices: Choices | None = None,
    also: Mapping[str, str] | None = None,
) -> str:
    """Read a file against the warehouse's places and store it; returns lines for a person. Raises InputError, with nothing stored.

    also: more names of places, each with its code.
    """
    known = rows(con, "SELECT place_code, name, bps FROM places")
    bps = {row["bps"]: row["place_code"] for row in known if row["bps"]}
    places = Places({row["place_code"]: row["name"] for row in known}, also, bps)
    counts, notes = read(path, places, today, week, choices, _periods(con))
    new, replaced = store(con, counts, path.name, now, topic_of)
    told = f"{path.name}: {new:,} new, {replaced:,} replaced; {len({one.place_code for one in counts}):,} places; {_span(counts)}"
    return "\n".join([told, *_diseases(counts, topic_of), *notes])


def _periods(con: Connection) -> dict[Key, int]:
    """period_days of the series that have one kind of periods only."""
    found = rows(
        con,
        "SELECT place_code, disease, min(period_days) AS days FROM official_counts GROUP BY ALL HAVING min(period_days) = max(period_days)",
    )
    return {(row["place_code"], row["disease"]): row["days"] for row in found}


def _span(counts: Iterable[OfficialCount]) -> str:
    days = [one.day for one in counts]
    kinds = {one.period_days for one in counts}
    kind = "weekly" if kinds == {7} else "daily" if kinds == {1} else "daily and weekly"
    return f"{kind}, {min(days)} to {max(days)}"


def _diseases(counts: Iterable[OfficialCount], topic_of: TopicOf) -> list[str]:
    """Which topic each disease is shown with."""
    names = sorted({one.disease for one in counts})
    told = []
    for name in names[:_SHOWN]:
        topic = topic_of(name)
        told.append(f"{name}: shown with the topic {topic}" if topic else f"{name}: no topic bears that name; say --topic CODE")
    return [*told, *([f"... and {len(names) - _SHOWN:,} more diseases"] if len(names) > _SHOWN else [])]


__all__ = ["Choices", "OfficialCount", "Places", "first_day", "import_file", "read", "store"]
