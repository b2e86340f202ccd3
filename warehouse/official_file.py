"""A CSV file of official counts, as officers keep and export them: read whole or not at all, wrong lines named.

What a spreadsheet does to a file is undone (semicolons, tabs, a byte-order mark, a line `sep=;`, times at midnight, 12,0 for 12); what
could mean two things (1.234, 01/02/2026, a total that never falls) is asked about in one line.
"""

from __future__ import annotations

import csv
import difflib
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from warehouse.errors import InputError
from warehouse.official_dates import Habit, Week, read_day

#: Headings that are known, in lower case.
COLUMNS: Final = {
    "date": ("date", "day", "week", "tanggal", "minggu", "period", "periode", "epiweek", "mingguan", "minggu_ke", "minggu ke"),
    "place": ("place", "place_code", "tempat", "wilayah", "kode_wilayah", "kabupaten", "provinsi", "kabupaten/kota"),
    "disease": ("disease", "penyakit"),
    "count": ("count", "cases", "kasus", "jumlah", "jumlah kasus", "jumlah_kasus"),
}
YEAR: Final = ("year", "tahun")  #: beside a column of bare week numbers
LISTED: Final = 20  #: wrong lines that a message names; all are counted
MOST: Final = 64 << 20  #: bytes of a file
_MISSING: Final = frozenset({"", "-", "–", "—", "na", "n/a", "nan", "null", "none", "tad", "."})
_WHOLE: Final = re.compile(r"(\d{1,15})(?:[.,]0{1,2})?", re.ASCII)
_THOUSANDS: Final = re.compile(r"\d{1,3}(?:[., \u00a0']\d{3})+", re.ASCII)
_CUT_CODE: Final = re.compile(r"(\d{2})[.,](\d)", re.ASCII)  #: 32.10 after a spreadsheet took it for a number
_DIGITS: Final = re.compile(r"\d{4}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Row:
    """One line that could be read; `cases` is None where nothing was reported. period_days: 7, or 0 while it is not known."""

    line: int
    day: date
    period_days: int
    place_code: str
    disease: str
    cases: int | None


def key(text: str) -> str:
    """A name as it is looked up: Kab. BOGOR and kabupaten bogor are one."""
    words = re.findall(r"[^\W_]+", text.casefold())
    short = {"kab": "kabupaten", "kep": "kepulauan", "adm": "", "administrasi": "", "provinsi": "", "propinsi": "", "prov": ""}
    return " ".join(filter(None, (short.get(word, word) for word in words)))


class Places:
    """The places that a file may name: by code, by name, by one of the `also` known names (each with its code)."""

    def __init__(self, names: Mapping[str, str], also: Mapping[str, str] | None = None, bps: Mapping[str, str] | None = None) -> None:
        self._names = dict(names)
        self._bps = bps or {}
        by_name: dict[str, list[str]] = {}
        for code, name in names.items():
            by_name.setdefault(key(name), []).append(code)
        extra = {key(name): [code] for name, code in (also or {}).items() if code in names}
        self._found = extra | by_name | {code.casefold(): [code] for code in names}

    def code(self, text: str) -> str:
        """The code of the place that `text` names. Raises ValueError that says what it might be."""
        bare = " ".join(text.split()).casefold()
        found = self._found.get(bare) or self._found.get(key(text), [])
        if len(found) == 1:
            return found[0]
        if (cut := _CUT_CODE.fullmatch(bare)) and (code := f"{cut[1]}.{cut[2]}0") in self._names:
            return code
        if _DIGITS.fullmatch(bare):
            return self._undotted(text, bare)
        raise ValueError(f"place {text!r}: " + self._perhaps(found or self._near(key(text))))

    def _undotted(self, text: str, digits: str) -> str:
        """A code without its dot; the codes of the Ministry of Home Affairs and of BPS often differ there."""
        own, other = f"{digits[:2]}.{digits[2:]}", self._bps.get(digits)
        if own in self._names and other in (own, None):
            return own
        both = [code for code in (own, other) if code is not None and code in self._names]
        raise ValueError(f"place {text!r}: " + self._perhaps(both))

    def _near(self, name: str) -> list[str]:
        within = [code for code, full in self._names.items() if name and set(name.split()) <= set(key(full).split())]
        close = [code for match in difflib.get_close_matches(name, self._found, 3, 0.75) for code in self._found[match]]
        return list(dict.fromkeys([*within, *close]))[:4]

    def _perhaps(self, codes: list[str]) -> str:
        if not codes:
            return "neither the code nor the name of a place"
        named = " or ".join(f"{self._names[code]} ({code})" for code in codes)
        return f"not clear; {named}? Write the code"


def rows(path: Path, places: Places, week: Week) -> tuple[list[Row], list[str]]:
    """The rows of a file, and what is wrong with the others, a line each. Raises InputError for a file that is wrong as a whole."""
    found = list(_cells(path))
    habit = Habit.of(row["date"] or "" for _line, row in found)
    good, wrong = [], []
    for line, row in found:
        try:
            good.append(_row(line, row, places, habit, week))
        except ValueError as error:
            wrong.append(f"  line {line}: {error}")
    return good, wrong


def _row(line: int, row: Mapping[str, str | None], places: Places, habit: Habit, week: Week) -> Row:
    place = places.code(row["place"] or "")
    if not row["disease"]:
        raise ValueError("no disease")
    cases = _cases(row["count"])
    day, period = read_day(row["date"] or "", row.get("year") or "", habit, week)
    return Row(line, day, period, place, " ".join(row["disease"].casefold().split()), cases)


def _cases(text: str | None) -> int | None:
    if text is None:
        raise ValueError("the line ends before the count")
    if text.casefold() in _MISSING:
        return None
    if found := _WHOLE.fullmatch(text):
        return int(found[1])
    if _THOUSANDS.fullmatch(text):
        raise ValueError(f"count {text!r}: thousands, or a decimal? Write {re.sub('[^0-9]', '', text)} if thousands")
    raise ValueError(f"count {text!r}: not a whole number of cases")


def _cells(path: Path) -> Iterator[tuple[int, dict[str, str | None]]]:
    """Number of the line and its cells; a cell that the line is too short for is None."""
    text = _text(path)
    first = text.split("\n", 1)[0]
    skipped = 1 if re.fullmatch(r"sep=.\r?", first) else 0
    body = text.split("\n", 1)[1] if skipped else text
    try:
        reader = csv.reader(io.StringIO(body, newline=""), delimiter=_delimiter(body.split("\n", 1)[0]), strict=True)
        columns = _columns(path, next(reader, []))
        for cells in reader:
            if any(cell.strip() for cell in cells):
                line = reader.line_num + skipped
                yield line, {name: cells[at].strip() if at < len(cells) else None for name, at in columns.items()}
    except csv.Error as error:
        raise InputError(f"{path}: cannot be read: {error.strerror if isinstance(error, OSError) else error}") from None


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > MOST:
            raise InputError(f"{path}: larger than {MOST >> 20} MiB; give the counts of a period, not single patients")
        raw = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror if isinstance(error, OSError) else error}") from None
    if raw.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise InputError(f"{path}: an Excel workbook; save the sheet as CSV (UTF-8) and import that")
    for code in ("utf-16",) if raw.startswith((b"\xff\xfe", b"\xfe\xff")) else ("utf-8-sig", "cp1252"):
        try:
            return raw.decode(code)
        except UnicodeDecodeError:
            continue
    raise InputError(f"{path}: cannot be read: not text; save it as CSV (UTF-8)")


def _delimiter(head: str) -> str:
    return max(",;\t", key=head.count)


def _columns(path: Path, head: list[str]) -> dict[str, int]:
    names = [" ".join(name.split()).lower() for name in head]
    found = {wanted: next((names.index(name) for name in known if name in names), None) for wanted, known in COLUMNS.items()}
    if missing := [wanted for wanted, at in found.items() if at is None]:
        raise InputError(f"{path}: no column {missing[0]} ({', '.join(COLUMNS[missing[0]])}); it has {', '.join(head) or 'none'}")
    year = next((names.index(name) for name in YEAR if name in names), None)
    return {wanted: at for wanted, at in (found | {"year": year}).items() if at is not None}
