"""Dates as feeds write them: RFC 822, ISO 8601, and what Indonesian publishers write in their place."""

from __future__ import annotations

import calendar
import re
import time
from datetime import UTC, datetime

import feedparser

# Beyond what feedparser knows: Indonesian names of days and months, and the three zones of the country, which it would take for UTC.
_MONTHS = {
    "januari": 1, "februari": 2, "maret": 3, "april": 4, "mei": 5, "juni": 6, "juli": 7, "agustus": 8, "agt": 8, "agu": 8, "ags": 8,
    "september": 9, "oktober": 10, "okt": 10, "november": 11, "nopember": 11, "desember": 12, "des": 12, "jan": 1, "feb": 2, "mar": 3,
    "apr": 4, "may": 5, "jun": 6, "jul": 7, "aug": 8, "sep": 9, "oct": 10, "nov": 11, "dec": 12,
}  # fmt: skip
_HOURS = {"wib": 7, "wita": 8, "wit": 9, "gmt": 0, "utc": 0, "z": 0, "": 0}
_PATTERN = re.compile(
    r"(?:[a-z']+,?\s+)?(?P<day>\d{1,2})\s+(?P<month>[a-z]{3,9})\.?\s+(?P<year>\d{4}),?\s+"
    r"(?P<hour>\d{1,2})[:.](?P<minute>\d{2})(?:[:.](?P<second>\d{2}))?\s*(?P<zone>[a-z]{0,4}|[+-]\d{2}:?\d{2})",
    re.IGNORECASE,
)


def indonesian_date(text: str) -> time.struct_time | None:
    """Read "Minggu, 01 Maret 2026 12:00:00 WIB" as UTC; a time without zone is taken as UTC. None for any other form."""
    match = _PATTERN.fullmatch(text.strip()[:100])
    if not match or (month := _MONTHS.get(match["month"].lower())) is None or (hours := _offset(match["zone"])) is None:
        return None
    try:
        moment = datetime(int(match["year"]), month, int(match["day"]), int(match["hour"]), int(match["minute"]), int(match["second"] or 0))
        return time.gmtime(calendar.timegm(moment.timetuple()) - hours * 3600)
    except (ValueError, OverflowError, OSError):
        return None


def _offset(zone: str) -> float | None:
    """Hours east of Greenwich; None for a zone that is not known here."""
    if zone[:1] in ("+", "-"):
        digits = zone[1:].replace(":", "")
        return (int(digits[:2]) + int(digits[2:]) / 60) * (-1 if zone[0] == "-" else 1)
    return _HOURS.get(zone.lower())


feedparser.registerDateHandler(indonesian_date)


def moment(parsed: time.struct_time | None) -> datetime | None:
    """feedparser's UTC tuple as an aware datetime; None for what cannot be a post's date (before 1990 or beyond the calendar)."""
    if not parsed:
        return None
    try:
        when = datetime.fromtimestamp(calendar.timegm(parsed), UTC)
    except (ValueError, OverflowError, OSError, TypeError):
        return None
    return when if when.year >= 1990 else None
