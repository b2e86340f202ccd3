"""Times as people and programs write them, turned into UTC.

Numbers (seconds, milliseconds, microseconds since 1970; days of a spreadsheet), ISO 8601, RFC 2822, and what is typed by hand:
31/01/2026 13.45, 18-Jun-2018 10:06PM, Senin, 5 Mei 2024 pukul 13.45 WIB. A time without zone is of the zone that was configured.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

from warehouse.errors import InputError

_MONTHS = {
    "jan": 1, "feb": 2, "peb": 2, "mar": 3, "apr": 4, "may": 5, "mei": 5, "jun": 6, "jul": 7, "aug": 8, "agu": 8, "agt": 8, "ags": 8,
    "sep": 9, "oct": 10, "okt": 10, "nov": 11, "nop": 11, "dec": 12, "des": 12,
}  # fmt: skip
_LONG_MONTHS = {
    "januari", "january", "februari", "pebruari", "february", "maret", "march", "april", "mei", "may", "juni", "june", "juli", "july",
    "agustus", "august", "september", "sept", "oktober", "october", "november", "nopember", "desember", "december",
}  # fmt: skip
_ZONES = {
    "z": 0, "utc": 0, "gmt": 0, "wib": 7, "wita": 8, "wit": 9, "sgt": 8, "edt": -4, "est": -5, "cdt": -5, "cst": -6, "mdt": -6, "mst": -7,
    "pdt": -7, "pst": -8, "bst": 1, "cet": 1, "cest": 2,
}  # fmt: skip
_CLOCK = re.compile(
    r"(?<![\d:])(\d{1,2})[:.](\d{2})(?:[:.](\d{2})(?:[.,]\d+)?)?\s*([ap]\.?m\b\.?)?(?![\d:])|(?<!\d)(\d{1,2})\s*([ap]m)\b", re.IGNORECASE
)
_OFFSET = re.compile(r"(?:utc|gmt)?\s*([+-])(\d{1,2}):?(\d{2})?\s*$", re.IGNORECASE)
_OFFSET_INSIDE = re.compile(r"\s([+-])(\d{2})(\d{2})\s")
_NUMERIC = re.compile(r"(?<!\d)(\d{1,4})\s?[/.-]\s?(\d{1,2})\s?[/.-]\s?(\d{1,4})(?!\d)")
_WORD = re.compile(r"[^\W\d_]+")
_SPACES = re.compile(r"[\s  \u200e\u200f\u202a-\u202e\u2066-\u2069]+")
_EXCEL_EPOCH = datetime(1899, 12, 30)
ORDERS = ("d/m/y", "m/d/y", "y/m/d")


class Ambiguous(ValueError):
    """Day and month cannot be told apart."""


def has_order(value: str) -> bool:
    """Whether this is a date in numbers that begins with the day or the month."""
    return (match := _NUMERIC.search(value)) is not None and len(match[1]) <= 2


def order_of(values: Iterable[str], where: str) -> str | None:
    """Whether day or month comes first in a column of dates, judged over all of it; None where no date leaves a doubt.

    Raises InputError when there are doubtful dates (01/02/2026) and nothing decides them.
    """
    votes: Counter[str] = Counter()
    doubtful = ""
    for value in values:
        if (match := _NUMERIC.search(value)) is None or len(match[1]) > 2:
            continue
        first, second = int(match[1]), int(match[2])
        if first <= 12 and second <= 12:
            doubtful = doubtful or (value if first != second else "")
        else:
            votes["d/m/y" if first > 12 else "m/d/y"] += 1
            if votes.total() >= 1_000:
                break
    if votes:
        return votes.most_common(1)[0][0]
    if doubtful:
        raise InputError(f"{where}: {doubtful[:40]!r} may be day/month or month/day, and no other date decides it; say which, e.g. :d/m/y")
    return None


class Clock:
    """Reads times of one column. zone: of times that carry none; form: d/m/y, m/d/y, y/m/d, a pattern of strptime, or None."""

    def __init__(self, zone: ZoneInfo, form: str | None = None) -> None:
        self._zone = zone
        self._order = form if form in ORDERS else None
        self._pattern = form if form and form not in ORDERS else None

    def read(self, value: Any) -> datetime:
        """A time in UTC; raises ValueError saying what is wrong with the value."""
        try:
            return self._utc(self._parse(value))
        except Ambiguous:
            raise
        except (ValueError, OverflowError, OSError):
            raise ValueError("not a date") from None

    def _utc(self, moment: datetime) -> datetime:
        return (moment if moment.tzinfo else moment.replace(tzinfo=self._zone)).astimezone(UTC)

    def _parse(self, value: Any) -> datetime:
        if isinstance(value, datetime):
            return value
        if isinstance(value, date):
            return datetime(value.year, value.month, value.day)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return from_number(float(value))
        text = _SPACES.sub(" ", str(value)).strip()
        if self._pattern:
            return datetime.strptime(text, self._pattern)
        if len(text) > 80:
            raise ValueError
        try:
            return from_number(float(text)) if text[:1].isdigit() and text.replace(".", "", 1).isdigit() else datetime.fromisoformat(text)
        except ValueError:
            return self._written(text)

    def _written(self, text: str) -> datetime:
        """A date in words or with slashes, a time of day, a zone, in whatever order."""
        text, zone = _take_zone(text)
        text, hour, minute, second = _take_clock(text)
        year, month, day = self._calendar_day(text)
        return datetime(year, month, day, hour, minute, second, tzinfo=zone)

    def _calendar_day(self, text: str) -> tuple[int, int, int]:
        if match := _NUMERIC.search(text):
            return self._numeric(match[1], match[2], match[3])
        month = next((number for word in _WORD.findall(text) if (number := _month(word))), 0)
        numbers = re.findall(r"\d+", text)
        if not month or len(numbers) != 2:
            raise ValueError
        day, year = (numbers[1], numbers[0]) if len(numbers[0]) == 4 else (numbers[0], numbers[1])
        return _year(year), month, int(day)

    def _numeric(self, first: str, second: str, third: str) -> tuple[int, int, int]:
        if len(first) == 4 or self._order == "y/m/d":
            return _year(first), int(second), int(third)
        one, two = int(first), int(second)
        order = self._order or ("d/m/y" if one > 12 else "m/d/y" if two > 12 else "")
        if not order and one != two:
            raise Ambiguous("day and month cannot be told apart")
        return (_year(third), one, two) if order == "m/d/y" else (_year(third), two, one)


def from_number(number: float) -> datetime:
    """Seconds, milli-, micro- or nanoseconds since 1970 in UTC; a date as 20260131; or days of a spreadsheet, which carry no zone."""
    if not math.isfinite(number):
        raise ValueError
    if 20_000 <= number < 80_000:
        return _EXCEL_EPOCH + timedelta(seconds=round(number * 86_400))
    if 19_000_101 <= number <= 21_001_231 and number == int(number):
        return datetime.strptime(str(int(number)), "%Y%m%d")
    for scale in (1, 1e3, 1e6, 1e9):
        if 1e8 <= number / scale < 1e10:
            return datetime.fromtimestamp(number / scale, UTC)
    raise ValueError


def _year(text: str) -> int:
    if len(text) == 4:
        return int(text)
    if len(text) == 2:
        return 2000 + int(text)
    raise ValueError


def _month(word: str) -> int:
    word = word.lower()
    return _MONTHS.get(word[:3], 0) if word in _LONG_MONTHS or word in _MONTHS else 0


def _take_zone(text: str) -> tuple[str, timezone | None]:
    for match in _WORD.finditer(text):
        if (hours := _ZONES.get(match[0].lower())) is not None and not re.match(r"\s*[+-]\d", text[match.end() :]):
            return text[: match.start()] + " " + text[match.end() :], timezone(timedelta(hours=hours))
    for pattern in (_OFFSET, _OFFSET_INSIDE):
        if (found := pattern.search(text)) and _CLOCK.search(text[: found.start()]):
            minutes = int(found[2]) * 60 + int(found[3] or 0)
            return text[: found.start()] + " " + text[found.end() :], timezone(timedelta(minutes=-minutes if found[1] == "-" else minutes))
    return text, None


def _take_clock(text: str) -> tuple[str, int, int, int]:
    """The last time of day in the text (31.01.2026 13.45 has two candidates), and the text without it; midnight where there is none."""
    begin, end = _numeric_date(text)
    found = [match for match in _CLOCK.finditer(text) if match.end() <= begin or match.start() >= end or match[4]]
    if not found:
        return text, 0, 0, 0
    match = found[-1]
    hour, minute, second = int(match[1] or match[5]), int(match[2] or 0), int(match[3] or 0)
    half = (match[4] or match[6] or "").lower()[:1]
    if half:
        if not 1 <= hour <= 12:
            raise ValueError
        hour = hour % 12 + (12 if half == "p" else 0)
    return text[: match.start()] + " " + text[match.end() :], hour, minute, second


def _numeric_date(text: str) -> tuple[int, int]:
    """Where the date in numbers stands; 13.45.00 looks like one, too, but comes after it, or beside a month's name."""
    if any(_month(word) for word in _WORD.findall(text)):
        return 0, 0
    match = _NUMERIC.search(text)
    return match.span() if match else (0, 0)
