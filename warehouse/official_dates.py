"""Days and epidemiological weeks as people write them in a table of counts; what can be read two ways is asked about, never guessed.

Whether 01/02/2026 is in January or in February is judged by all dates of the column: one 25/02/2026 decides it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal

Week = Literal["skdr", "iso"]
Order = Literal["d/m/y", "m/d/y"]

WRITE: Final = "write 2025-02-09 or 2025-W07"
_MIDNIGHT: Final = re.compile(r"[T ]0?0[:.]00([:.]00(\.0+)?)?Z?$", re.ASCII)
_ISO: Final = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})", re.ASCII)
_NUMBERS: Final = re.compile(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4})", re.ASCII)
_YEAR_WEEK: Final = re.compile(r"(\d{4})[- ]?W(\d{1,2})", re.ASCII | re.IGNORECASE)
_WEEK_YEAR: Final = re.compile(r"(?:W|minggu|week|mg|m)\.?(?: ?ke)?[- .]*(\d{1,2})[ ,/.-]+(\d{4})", re.ASCII | re.IGNORECASE)
_SIX: Final = re.compile(r"(\d{4})[-/.]?(\d{2})", re.ASCII)
_BARE_WEEK: Final = re.compile(r"(?:W|minggu|week|mg|m)?[- .]*(\d{1,2})", re.ASCII | re.IGNORECASE)


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


@dataclass(frozen=True, slots=True)
class Habit:
    """How the dates of one column are written. order: None where nothing decides. weeks: whether 202507 is week 7 of 2025."""

    order: Order | None
    weeks: bool

    @classmethod
    def of(cls, cells: Iterable[str]) -> Habit:
        """Judged by all cells of the column; raises nothing, because what contradicts itself is told line by line."""
        texts = [_bare(text) for text in cells]
        numbers = [found for text in texts if (found := _NUMBERS.fullmatch(text))]
        day_first, month_first = (any(int(found[part]) > 12 for found in numbers) for part in (1, 2))
        order: Order | None = "d/m/y" if day_first and not month_first else "m/d/y" if month_first and not day_first else None
        return cls(order, any(int(found[2]) > 12 for text in texts if (found := _SIX.fullmatch(text))))


def read_day(text: str, year: str, habit: Habit, week: Week) -> tuple[date, int]:
    """First day of a period, and its days: 7 for a week, 0, not known yet, for a date. year: of a column of its own, or "".

    Raises ValueError with what is wrong and what to write.
    """
    bare = _bare(text)
    numbered = _week_of(bare, year, habit)
    if numbered is not None:
        return first_day(*numbered, week), 7
    try:
        if found := _ISO.fullmatch(bare):
            return date(int(found[1]), int(found[2]), int(found[3])), 0
        if found := _NUMBERS.fullmatch(bare):
            return _ordered(int(found[1]), int(found[2]), int(found[3]), text, habit), 0
    except ValueError as error:
        raise ValueError(str(error) if "write" in str(error) else f"date {text!r}: there is no such day; {WRITE}") from None
    if _SIX.fullmatch(bare):
        raise ValueError(f"date {text!r}: a month or a week? {WRITE}")
    raise ValueError(f"date {text!r}: neither a day nor a week; {WRITE}")


def _bare(text: str) -> str:
    return _MIDNIGHT.sub("", text.strip())


def _week_of(bare: str, year: str, habit: Habit) -> tuple[int, int] | None:
    """(year, week) where the text is a week."""
    if found := _YEAR_WEEK.fullmatch(bare):
        return int(found[1]), int(found[2])
    if found := _WEEK_YEAR.fullmatch(bare):
        return int(found[2]), int(found[1])
    if habit.weeks and (found := _SIX.fullmatch(bare)):
        return int(found[1]), int(found[2])
    if re.fullmatch(r"\d{4}", year, re.ASCII) and (found := _BARE_WEEK.fullmatch(bare)):
        return int(year), int(found[1])
    return None


def _ordered(first: int, second: int, year: int, text: str, habit: Habit) -> date:
    if habit.order is None:
        raise ValueError(f"date {text!r}: day or month first? The file does not decide it; {WRITE}")
    return date(year, second, first) if habit.order == "d/m/y" else date(year, first, second)


#: Weekday of the last day of a week, as `date.weekday` counts.
LAST_WEEKDAY: Final[Mapping[Week, int]] = {"skdr": 5, "iso": 6}
