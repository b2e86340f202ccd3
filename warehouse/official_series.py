"""From the rows of a file to series of counts: daily or weekly, new cases or running totals, each period once."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Final, Literal

from warehouse.official_dates import LAST_WEEKDAY, Week
from warehouse.official_file import Row

Key = tuple[str, str]  #: place_code, disease
Told = Literal["new", "cumulative"]
Ends = Literal["first", "last"]

#: A series of so many periods that rises so often and never falls but at the turn of a year is taken for running totals.
TOTALS_PERIODS: Final = 10
TOTALS_RISES: Final = 6


@dataclass(frozen=True, slots=True)
class Choices:
    """What the person said of the file; None where the file itself must tell.

    period_days: 1 or 7. told: "new" cases of each period, or "cumulative" totals since the start of the year. dates: whether the date of a
    week is its first day or its last.
    """

    period_days: int | None = None
    told: Told | None = None
    dates: Ends | None = None


@dataclass(frozen=True, slots=True)
class Made:
    """The series of a file: wrong lines, each a text; notes for the person."""

    rows: list[Row]
    wrong: list[str]
    notes: list[str]


def made(rows: Sequence[Row], choices: Choices, week: Week, today: date, before: Mapping[Key, int]) -> Made:
    """The rows with their periods, totals taken apart, periods without a count left out.

    before: period_days of the series that are known already, for a file with one date of them.
    """
    series: dict[Key, list[Row]] = defaultdict(list)
    for row in rows:
        series[row.place_code, row.disease].append(row)
    usual = _usual([one.day for one in own] for own in series.values())
    done, wrong, notes = [], [], []
    for name, own in series.items():
        try:
            period = choices.period_days or _period(own, before.get(name, usual))
            known = [replace(one, period_days=one.period_days or period, day=_start(one, period, choices)) for one in own]
            _check_ends(own, known, choices, week)
        except ValueError as error:
            wrong.append(f"  {_named(own)}: {error}")
            continue
        wrong += [*_repeated(known), *_future(known, today)]
        told, problem, note = _new_cases(known, choices.told)
        done += told
        wrong += problem
        notes += note
    if empty := sum(one.cases is None for one in rows):
        notes.append(f"{empty:,} lines without a count were left out")
    return Made([one for one in done if one.cases is not None], wrong, notes)


def _named(own: Sequence[Row]) -> str:
    lines = f"line {own[0].line}" if len(own) == 1 else f"lines {own[0].line} to {own[-1].line}"
    return f"{lines} ({own[0].disease}, {own[0].place_code})"


def _start(one: Row, period: int, choices: Choices) -> date:
    return one.day - timedelta(days=6) if choices.dates == "last" and not one.period_days and period == 7 else one.day


def _usual(series: Iterable[Sequence[date]]) -> int | None:
    """The period that all series with several dates have; None where they differ or have one date each."""
    steps = [_steps(days) for days in series]
    kinds = {7 if all(step % 7 == 0 for step in own) else 1 for own in steps if own}
    return kinds.pop() if len(kinds) == 1 else None


def _steps(days: Iterable[date]) -> list[int]:
    return [(later - earlier).days for earlier, later in pairwise(sorted(set(days)))]


def _period(own: Sequence[Row], otherwise: int | None) -> int:
    """1 or 7, by the steps between the dates. Raises ValueError where they are neither daily nor weekly, or one date says nothing."""
    dates = [one.day for one in own if not one.period_days]
    if not dates:
        return 7
    steps = _steps([one.day for one in own])
    if not steps:
        if otherwise is None:
            raise ValueError("one date alone does not tell whether it is a day or a week; say --period 1 or --period 7")
        return otherwise
    if all(step % 7 == 0 for step in steps):
        return 7
    most, _count = Counter(steps).most_common(1)[0]
    if most == 7:
        earlier, later = next(pair for pair in pairwise(sorted({one.day for one in own})) if (pair[1] - pair[0]).days % 7)
        raise ValueError(f"weeks, but {later} is {(later - earlier).days} days after {earlier}; write weeks as 2025-W07")
    if min(steps) > 7:
        raise ValueError(f"dates are {min(steps)} days or more apart: months? Only days and weeks can be held against posts")
    return 1


def _check_ends(own: Sequence[Row], known: Sequence[Row], choices: Choices, week: Week) -> None:
    """Weeks that are dated by their last day would be moved by six days. Raises ValueError."""
    dated = [one.day for one, now in zip(own, known, strict=True) if not one.period_days and now.period_days == 7]
    if choices.dates is None and dated and all(day.weekday() == LAST_WEEKDAY[week] for day in dated):
        raise ValueError(f"weekly dates that are all {dated[0]:%A}s, the last day of a week here; say --dates last (or --dates first)")


def _repeated(known: Sequence[Row]) -> list[str]:
    seen: dict[tuple[date, int], Row] = {}
    wrong = []
    for one in known:
        other = seen.setdefault((one.day, one.period_days), one)
        if other is not one:
            counts = "with the same count" if one.cases == other.cases else f"with {other.cases} there and {one.cases} here"
            wrong.append(f"  line {one.line}: {one.day} stands for this place and disease in line {other.line}, too, {counts}")
    return wrong


def _future(known: Sequence[Row], today: date) -> list[str]:
    return [f"  line {one.line}: {one.day} lies ahead of today, {today}" for one in known if one.day > today]


def _new_cases(known: Sequence[Row], told: Told | None) -> tuple[list[Row], list[str], list[str]]:
    """New cases of each period; what is wrong, and what was left out."""
    reported = sorted((one for one in known if one.cases is not None), key=lambda one: one.day)
    if told == "new" or (told is None and not _never_falls(reported)):
        return list(known), [], []
    if told is None:
        said = f"{len(reported)} counts that never fall, from {reported[0].cases:,} to {reported[-1].cases:,}: running totals?"
        return [], [f"  {_named(known)}: {said} Say --counts cumulative, or --counts new if they are new cases"], []
    return _taken_apart(reported)


def _never_falls(reported: Sequence[Row]) -> bool:
    pairs = [(earlier, later) for earlier, later in pairwise(reported) if _year(earlier) == _year(later)]
    steps = [_cases(later) - _cases(earlier) for earlier, later in pairs]
    return len(reported) >= TOTALS_PERIODS and min(steps, default=-1) >= 0 and sum(step > 0 for step in steps) >= TOTALS_RISES


def _taken_apart(reported: Sequence[Row]) -> tuple[list[Row], list[str], list[str]]:
    """Each total less the one before it in the same year; a period whose forerunner is missing has no count of its own."""
    done, wrong, lost = [], [], 0
    for earlier, one in zip([None, *reported], reported, strict=False):
        if earlier is None or _year(earlier) != _year(one):
            if _begins_year(one):
                done.append(one)
            else:
                lost += 1
        elif _cases(one) < _cases(earlier):
            wrong.append(f"  line {one.line}: the total falls from {earlier.cases:,} on {earlier.day} to {one.cases:,}; correct the totals")
        elif (one.day - earlier.day).days != one.period_days:
            lost += 1
        else:
            done.append(replace(one, cases=_cases(one) - _cases(earlier)))
    return done, wrong, [f"{lost:,} periods were left out: the total of the period before is not there"] if lost else []


def _cases(one: Row) -> int:
    assert one.cases is not None
    return one.cases


def _year(one: Row) -> int:
    """Of the period's middle: an epidemiological week belongs to the year that has four of its days."""
    return (one.day + timedelta(days=one.period_days // 2)).year


def _begins_year(one: Row) -> bool:
    return _year(one) != (one.day - timedelta(days=one.period_days) + timedelta(days=one.period_days // 2)).year
