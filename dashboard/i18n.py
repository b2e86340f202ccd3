"""What the dashboard says, in Indonesian and English, and how it writes numbers, days and times.

The English text in the code is the gettext msgid; `locale/id/LC_MESSAGES/kentongan.po` holds the Indonesian, which has one plural form.
The language and the zone of the person's tab are set once for each callback with `speaking`, and everything here follows them. Numbers,
days and months come from Babel (CLDR): plotly's own Indonesian locale writes Nopember and Agus, so charts get ours.
"""

from __future__ import annotations

import gettext
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from babel import Locale, dates

LOCALE_FOLDER: Final = Path(__file__).parent / "locale"
DOMAIN: Final = "kentongan"
LANGUAGES: Final = {"id": "Bahasa Indonesia", "en": "English"}
_BABEL: Final = {"id": "id", "en": "en_GB"}  #: British forms: day before month, as in Indonesia
_TURNS: Final = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F])
_MINUS: Final = "−"
_INDONESIAN_ZONES: Final = {
    "Asia/Jakarta": "WIB",
    "Asia/Pontianak": "WIB",
    "Asia/Makassar": "WITA",
    "Asia/Ujung_Pandang": "WITA",
    "Asia/Jayapura": "WIT",
}

_language: ContextVar[str] = ContextVar("language", default="en")
_zone: ContextVar[tzinfo] = ContextVar("zone", default=UTC)


@contextmanager
def speaking(language: str, zone: tzinfo) -> Iterator[None]:
    """Speak `language` ("id" or "en"; anything else is English) and tell times in `zone` until the block ends."""
    tokens = _language.set(language if language in LANGUAGES else "en"), _zone.set(zone)
    try:
        yield
    finally:
        _language.reset(tokens[0])
        _zone.reset(tokens[1])


def language() -> str:
    return _language.get()


def locale() -> str:
    """The Babel name of the current language."""
    return _BABEL[language()]


@cache
def _catalogue(name: str) -> gettext.NullTranslations:
    if name == "en":
        return gettext.NullTranslations()
    return gettext.translation(DOMAIN, LOCALE_FOLDER, languages=[name])


def N_(message: str) -> str:
    """Mark a text for translation where it is only kept."""
    return message


def _(message: str, /, **values: Any) -> str:
    """The text in the current language, with {names} filled in."""
    text = _catalogue(language()).gettext(message)
    return text.format(**values) if values else text


def n_(singular: str, plural: str, n: int, /, **values: Any) -> str:
    """The text for `n` things; {n} is written as a number of the current language."""
    return _catalogue(language()).ngettext(singular, plural, n).format(n=number(n), **values)


def is_missing(value: Any) -> bool:
    """None, NaN and NaT."""
    return value is None or bool(value != value)


def upright(text: str) -> str:
    """Text without the invisible signs that turn the direction of what follows, so that it cannot pose as something else."""
    return text.translate(_TURNS)


@cache
def _signs(name: str) -> dict[int, str]:
    """From Python's separators to those of the language (CLDR); babel's own formatting takes fifty times as long."""
    symbols = Locale.parse(_BABEL[name]).number_symbols["latn"]
    return {ord(","): symbols["group"], ord("."): symbols["decimal"]}


def decimal_sign() -> str:
    """What stands before the decimals: a comma in Indonesian, a point in English."""
    return _signs(language())[ord(".")]


def number(value: float | None, digits: int = 0) -> str:
    """1.234,5 in Indonesian, 1,234.5 in English; a dash where there is none."""
    if value is None or value != value:
        return "–"
    written = f"{abs(value):,.{digits}f}".translate(_signs(language()))
    return _MINUS + written if value < 0 and written.strip("0.,") else written


def compact(value: float | None) -> str:
    """Two significant digits where a number is small, none where it is large: 0,045; 3,4; 1.234."""
    if is_missing(value):
        return "–"
    assert value is not None
    size = abs(value)
    return number(value, 0 if size >= 100 or value == int(value) else 1 if size >= 1 else 3)


def percent(share: float | None, digits: int = 0, signed: bool = False) -> str:
    """0.124 as 12%; with `signed`, +12% or −12%."""
    if share is None or share != share:
        return "–"
    written = number(100 * share, digits) + "%"
    return f"+{written}" if signed and not written.startswith(_MINUS) else written


def day(value: date, form: str = "medium") -> str:
    """A day: short "22 Nov", medium "22 Nov 2025", full "Saturday, 22 November 2025", or any pattern of CLDR."""
    patterns = {"short": "d MMM", "medium": "d MMM y", "weekday": "EEE d MMM", "full": "full", "month": "MMMM y"}
    return _written(value.toordinal(), patterns.get(form, form), locale())


@lru_cache(maxsize=20_000)
def _written(ordinal: int, pattern: str, language: str) -> str:
    """Charts and tables write the same days thousands of times."""
    return dates.format_date(date.fromordinal(ordinal), pattern, locale=language)


def days(first: date, last: date) -> str:
    """A span of days, as short as it can be: 3–9 Nov 2025."""
    if first == last:
        return day(first)
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{day(last)}"
    return f"{day(first, 'short' if first.year == last.year else 'medium')} – {day(last)}"


def week(first: date, number_of_week: int, year: int) -> str:
    """An epidemiological week with its days."""
    return _("week {week} of {year} ({days})", week=number_of_week, year=year, days=days(first, first + timedelta(days=6)))


def moment(value: datetime, form: str = "medium") -> str:
    """A time in the configured zone: "22 Nov 2025, 14.05 WIB"; form "short" leaves the day out."""
    local = value.astimezone(_zone.get())
    clock = dates.format_time(local, "short", locale=locale())
    if form == "short":
        return f"{clock} {zone_name(local)}"
    return f"{day(local.date(), 'weekday' if form == 'weekday' else 'medium')}, {clock} {zone_name(local)}"


def zone_name(at: datetime) -> str:
    """WIB, WITA, WIT for the Indonesian zones; what the zone database says for others."""
    zone = _zone.get()
    known = _INDONESIAN_ZONES.get(zone.key) if isinstance(zone, ZoneInfo) else None
    return known or str(at.astimezone(zone).tzname())


def local_day(value: datetime) -> date:
    """The day of `value` in the configured zone."""
    return value.astimezone(_zone.get()).date()


def ago(span: timedelta) -> str:
    """How long ago, in the largest unit that fits."""
    seconds = max(0, int(span.total_seconds()))
    if seconds < 60:
        return n_("{n} s ago", "{n} s ago", seconds)
    if seconds < 3600:
        return n_("{n} min ago", "{n} min ago", seconds // 60)
    if seconds < 86400:
        return n_("{n} hour ago", "{n} hours ago", seconds // 3600)
    return n_("{n} day ago", "{n} days ago", seconds // 86400)


def ahead(span: timedelta) -> str:
    """How far ahead, in the largest unit that fits."""
    seconds = int(span.total_seconds())
    if seconds <= 0:
        return _("now")
    if seconds < 60:
        return n_("in {n} s", "in {n} s", seconds)
    if seconds < 3600:
        return n_("in {n} min", "in {n} min", seconds // 60)
    if seconds < 86400:
        return n_("in {n} hour", "in {n} hours", seconds // 3600)
    return n_("in {n} day", "in {n} days", seconds // 86400)


def listed(items: list[str]) -> str:
    """a, b and c."""
    if len(items) < 2:
        return "".join(items)
    return _("{first} and {last}", first=", ".join(items[:-1]), last=items[-1])


@cache
def plotly_locale(name: str) -> dict[str, Any]:
    """Month names, day names and separators for plotly's `locales`, from CLDR, and the words of its buttons."""
    data = Locale.parse(_BABEL[name])
    sunday_first = [6, 0, 1, 2, 3, 4, 5]
    symbols = data.number_symbols["latn"]
    form = {
        "days": [data.days["format"]["wide"][index] for index in sunday_first],
        "shortDays": [data.days["format"]["abbreviated"][index] for index in sunday_first],
        "months": [data.months["format"]["wide"][index] for index in range(1, 13)],
        "shortMonths": [data.months["format"]["abbreviated"][index] for index in range(1, 13)],
        "date": "%d/%m/%Y",
        "decimal": symbols["decimal"],
        "thousands": symbols["group"],
        "year": "%Y",
        "month": "%b %Y",
        "dayMonth": "%-d %b",
        "dayMonthYear": "%-d %b %Y",
    }
    words = {
        "Zoom": _("Zoom"),
        "Pan": _("Pan"),
        "Reset axes": _("Reset axes"),
        "Double-click to zoom back out": _("Double-click to zoom back out"),
    }
    return {"moduleType": "locale", "name": name, "dictionary": words, "format": form}
