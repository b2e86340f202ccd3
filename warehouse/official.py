"""Counts of cases that an authority published: read from CSV whole or not at all, and kept beside the posts."""

from __future__ import annotations

import csv
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Final, Literal

import pyarrow as pa

from warehouse.database import Connection, rows, transaction, value
from warehouse.errors import InputError

Week = Literal["skdr", "iso"]

#: Headings that are known, in lower case.
COLUMNS: Final = {
    "date": ("date", "day", "week", "tanggal", "minggu", "period"),
    "place": ("place", "place_code", "tempat", "wilayah", "kode_wilayah"),
    "disease": ("disease", "penyakit"),
    "count": ("count", "cases", "kasus", "jumlah"),
}
LISTED: Final = 20  #: wrong lines that a message names; all are counted
_EPIWEEK: Final = re.compile(r"(\d{4})-?W(\d{1,2})", re.ASCII)


@dataclass(frozen=True, slots=True)
class OfficialCount:
    """One count: `day` is the first of `period_days` days."""

    day: date
    period_days: int
    place_code: str
    disease: str
    cases: int


def first_day(year: int, week: int, kind: Week = "skdr") -> date:
    """First day of an epidemiological week. Week 1 is the first with at least four days in its year: Sunday to Saturday in SKDR (as in the
    CDC's MMWR weeks, https://ndc.services.cdc.gov/wp-content/uploads/MMWR_Week_overview.pdf), Monday to Sunday in ISO 8601. Raises
    ValueError when the year has no such week."""
    start = _first_week(year, kind) + timedelta(weeks=week - 1)
    if week < 1 or start >= _first_week(year + 1, kind):
        raise ValueError(f"{year} has no week {week}")
    return start


def _first_week(year: int, kind: Week) -> date:
    fourth = date(year, 1, 4)  # always in week 1
    return fourth - timedelta(days=fourth.isoweekday() % 7 if kind == "skdr" else fourth.weekday())


def read(path: Path, places: Mapping[str, str], week: Week = "skdr", period_days: int | None = None) -> list[OfficialCount]:
    """The counts of a CSV file (UTF-8; date, place, disease, count; other columns are passed over).

    places: name of each place by its code; the file may name either. A date is ISO (2025-02-09) or an epidemiological week (2025-W07).
    period_days: 1 or 7 for all ISO dates; else a series whose dates are all whole weeks apart is weekly. Raises InputError that lists the
    wrong lines with what is wrong, when there is one.
    """
    if period_days not in (None, 1, 7):
        raise InputError(f"a period of {period_days} days: only 1 (daily) and 7 (weekly) are known")
    known = _known_places(places)
    found: list[tuple[int, OfficialCount]] = []
    wrong: list[str] = []
    for line, row in _lines(path):
        try:
            found.append((line, _count(row, known, week)))
        except ValueError as error:
            wrong.append(f"  line {line}: {error}")
    if not wrong:
        found, wrong = _with_periods(found, period_days)
    if wrong:
        more = [f"  ... and {len(wrong) - LISTED:,} more"] if len(wrong) > LISTED else []
        raise InputError("\n".join([f"{path}: {len(wrong):,} lines are wrong; nothing was imported", *wrong[:LISTED], *more]))
    if not found:
        raise InputError(f"{path}: no counts")
    return [one for _line, one in found]


def _lines(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Number of the line and its four cells."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            start = file.readline()
            file.seek(0)
            reader = csv.reader(file, delimiter=";" if start.count(";") > start.count(",") else ",")
            columns = _columns(path, next(reader, []))
            for cells in reader:
                if any(cell.strip() for cell in cells):
                    yield reader.line_num, {name: cells[at].strip() if at < len(cells) else "" for name, at in columns.items()}
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path}: cannot be read: {error}") from None


def _columns(path: Path, head: list[str]) -> dict[str, int]:
    names = [name.strip().lower() for name in head]
    found = {wanted: next((names.index(name) for name in known if name in names), None) for wanted, known in COLUMNS.items()}
    if missing := [wanted for wanted, at in found.items() if at is None]:
        raise InputError(f"{path}: no column {missing[0]} ({', '.join(COLUMNS[missing[0]])}); it has {', '.join(head) or 'none'}")
    return {wanted: at for wanted, at in found.items() if at is not None}


def _known_places(places: Mapping[str, str]) -> dict[str, str]:
    """Code by code and by name; a name that two places bear is not known (Bogor, the regency, and Kota Bogor have names of their own)."""
    shared = Counter(_key(name) for name in places.values())
    names = {_key(name): code for code, name in places.items() if shared[_key(name)] == 1}
    return names | {_key(code): code for code in places}


def _key(text: str) -> str:
    return " ".join(text.casefold().split())


def _count(row: dict[str, str], places: Mapping[str, str], week: Week) -> OfficialCount:
    """One row; period_days is 7 for an epidemiological week, and 0, not known yet, for a date. Raises ValueError."""
    place = places.get(_key(row["place"]))
    if place is None:
        raise ValueError(f"place {row['place']!r}: neither the code nor the (unique) name of a place")
    if not row["disease"]:
        raise ValueError("no disease")
    if not (row["count"].isascii() and row["count"].isdigit() and len(row["count"]) < 16):
        raise ValueError(f"count {row['count']!r}: not a whole number")
    day, period = _day(row["date"], week)
    return OfficialCount(day, period, place, _key(row["disease"]), int(row["count"]))


def _day(text: str, week: Week) -> tuple[date, int]:
    if found := _EPIWEEK.fullmatch(text):
        return first_day(int(found[1]), int(found[2]), week), 7
    try:
        return date.fromisoformat(text), 0
    except ValueError:
        raise ValueError(f"date {text!r}: neither 2025-02-09 nor 2025-W07") from None


Numbered = list[tuple[int, OfficialCount]]


def _with_periods(found: Numbered, given: int | None) -> tuple[Numbered, list[str]]:
    """Say of each series whether it is daily or weekly, and list the lines that repeat a period."""
    series: dict[tuple[str, str], Numbered] = defaultdict(list)
    for line, one in found:
        series[one.place_code, one.disease].append((line, one))
    done: Numbered = []
    wrong = []
    for own in series.values():
        guessed = given or _usual_period(one.day for _line, one in own)
        seen: dict[tuple[date, int], int] = {}
        for line, one in own:
            period = one.period_days or guessed
            if (one.day, period) in seen:
                wrong.append(f"  line {line}: {one.day} stands for this place and disease in line {seen[one.day, period]}, too")
            seen[one.day, period] = line
            done.append((line, OfficialCount(one.day, period, one.place_code, one.disease, one.cases)))
    return sorted(done, key=lambda numbered: numbered[0]), wrong


def _usual_period(days: Iterable[date]) -> int:
    known = sorted(set(days))
    steps = [(later - earlier).days for earlier, later in pairwise(known)]
    return 7 if steps and all(step % 7 == 0 for step in steps) else 1


def store(con: Connection, counts: Iterable[OfficialCount], file: str, now: datetime) -> tuple[int, int]:
    """Put counts in the place of those of the same key, in one transaction; (new, replaced). file: its name, not its path."""
    listed = list(counts)
    columns = ("day", "period_days", "place_code", "disease", "cases")
    types = (pa.date32(), pa.int32(), pa.string(), pa.string(), pa.int64())
    table = pa.table({name: pa.array([getattr(one, name) for one in listed], kind) for name, kind in zip(columns, types, strict=True)})
    same = "o.day = n.day AND o.period_days = n.period_days AND o.place_code = n.place_code AND o.disease = n.disease"
    with transaction(con):
        con.register("new_official", table)
        replaced = int(value(con, f"SELECT count(*) FROM official_counts AS o JOIN new_official AS n ON {same}"))
        con.execute(f"DELETE FROM official_counts AS o USING new_official AS n WHERE {same}")
        con.execute(
            "INSERT INTO official_counts BY NAME SELECT *, $file AS file, $now::TIMESTAMPTZ AS imported_at FROM new_official ORDER BY ALL",
            {"file": file, "now": now},
        )
        con.unregister("new_official")
    return len(listed) - replaced, replaced


def import_file(con: Connection, path: Path, now: datetime, week: Week = "skdr", period_days: int | None = None) -> str:
    """Read a file against the warehouse's places and store it; returns a line for a person. Raises InputError, with nothing stored."""
    places = {row["place_code"]: row["name"] for row in rows(con, "SELECT place_code, name FROM places")}
    counts = read(path, places, week, period_days)
    new, replaced = store(con, counts, path.name, now)
    diseases = ", ".join(sorted({one.disease for one in counts})[:8])
    return f"{path.name}: {new:,} new, {replaced:,} replaced; {len({one.place_code for one in counts}):,} places; {diseases}"
