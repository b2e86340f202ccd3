"""One plain sentence on a signal, in Indonesian and in English: what was counted, what is usual, since when, and what it looks like."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from babel.dates import format_date
from babel.numbers import format_decimal, format_percent

LOCALES: Final = {"id": "id", "en": "en_GB"}  #: British forms: day before month, as in Indonesia


@dataclass(frozen=True)
class Situation:
    """What the detector and the growth say about a signal.

    lower, upper: interval of the expected count; since: first day that was out of the ordinary; growth, growth_low, growth_high: log growth
    a day with its interval (see analytics.growth), None where unknown; topic, place: names by language ("id", "en"), no place for all;
    week: first and last day of the week whose posts are counted and expected, None for a day or a run of days.
    """

    observed: float
    expected: float
    lower: float
    upper: float
    since: date
    topic: Mapping[str, str]
    place: Mapping[str, str] | None = None
    growth: float | None = None
    growth_low: float | None = None
    growth_high: float | None = None
    week: tuple[date, date] | None = None


_COUNTED = {
    "id": "Sejak {since}, {observed} unggahan tentang {topic}{place}; biasanya {expected} ({lower}–{upper}){growth}. {looks}",
    "en": "Since {since}, {observed} about {topic}{place}; usually {expected} ({lower}–{upper}){growth}. {looks}",
}
_COUNTED_A_WEEK = {
    "id": "Minggu {week}: {observed} unggahan tentang {topic}{place}; biasanya {expected} ({lower}–{upper}) seminggu{growth}. {looks}",
    "en": "In the week of {week}, {observed} about {topic}{place}; usually {expected} ({lower}–{upper}) a week{growth}. {looks}",
}
_PLACE = {"id": " di {place}", "en": " in {place}"}
_GROWTH = {
    "id": ("; berlipat dua tiap {days} hari", "; berkurang separuh tiap {days} hari"),
    "en": ("; doubling every {days} days", "; halving every {days} days"),
}
NAMED: Final = 4  #: places that a sentence names
_AND = {"id": "{first} dan {last}", "en": "{first} and {last}"}
_MORE = {"id": "{names} dan {n} tempat lain", "en": "{names} and {n} more places"}
_LOOKS = {
    "id": {
        "first-hand reports": "{share} menceritakan yang dialami sendiri.",
        "news-driven": "{share} berasal dari berita atau satu tautan berita.",
        "one text copied": "{share} adalah salinan satu teks.",
        "campaign": "{share} berasal dari satu akun atau memakai tagar yang sama.",
        "collection artefact": "{share} berasal dari satu sumber yang sebelumnya hampir tidak ada: periksa pengumpulan data dulu.",
        "mixed": "Tidak ada satu sebab yang menonjol.",
    },
    "en": {
        "first-hand reports": "{share} tell of what the writers live through themselves.",
        "news-driven": "{share} come from news or one link to it.",
        "one text copied": "{share} are copies of one text.",
        "campaign": "{share} come from one account or carry the same hashtag.",
        "collection artefact": "{share} come from one source that hardly had any before: check the collection first.",
        "mixed": "No single cause stands out.",
    },
}
_CLAIM = {
    "id": " {share} mengulang atau menjawab klaim yang sudah diperiksa: “{claim}”.",
    "en": " {share} repeat or answer a claim that fact-checkers looked at: “{claim}”.",
}


def sentence(situation: Situation, kind: str, share: float, language: str, claim: tuple[float, str] | None = None) -> str:
    """The sentence (with its second half, what the posts look like) in "id" or "en"; `share` is the number behind the class `kind`,
    `claim` a claim's share and headline."""
    said = LOCALES[language]
    place = "" if situation.place is None else _PLACE[language].format(place=_plain(situation.place[language]))
    claimed = "" if claim is None else _CLAIM[language].format(share=format_percent(claim[0], locale=said), claim=_plain(claim[1]))
    told = _COUNTED if situation.week is None else _COUNTED_A_WEEK
    counted = told[language].format(
        since=format_date(situation.since, "d MMMM y", locale=said),
        week="" if situation.week is None else _days(*situation.week, said),
        observed=number(situation.observed, language) + ("" if language == "id" else " post" if situation.observed == 1 else " posts"),
        topic=_plain(situation.topic[language]),
        place=place,
        expected=number(situation.expected, language),
        lower=number(situation.lower, language),
        upper=number(situation.upper, language),
        growth=_growth(situation, language),
        looks=_LOOKS[language][kind].format(share=format_percent(share, locale=said)),
    )
    return counted + claimed


def _days(first: date, last: date, locale: str) -> str:
    """A span of days, as short as it can be: 8–14 November 2026."""
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{format_date(last, 'd MMMM y', locale=locale)}"
    begins = "d MMMM" if first.year == last.year else "d MMMM y"
    return f"{format_date(first, begins, locale=locale)} – {format_date(last, 'd MMMM y', locale=locale)}"


def number(value: float, language: str) -> str:
    """A count as the language writes it: 1.234 or 1,234; below ten with one decimal where it has one."""
    rounded = round(value, 1) if abs(value) < 10 else round(value)
    return str(format_decimal(rounded, "#,##0.#", locale=LOCALES[language]))


def places_in_words(names: Sequence[str], language: str, named: int = NAMED) -> str:
    """Names of places that are looked at together: "A, B and C", or "A, B, C and 4 more places", in "id" or "en"; one more is named."""
    one_line = [_plain(name) for name in names]
    if len(one_line) > named + 1:
        return _MORE[language].format(names=", ".join(one_line[:named]), n=len(one_line) - named)
    *first, last = one_line
    return _AND[language].format(first=", ".join(first), last=last) if first else last


def _growth(situation: Situation, language: str) -> str:
    """Nothing is said unless the interval says which way it goes."""
    rate, low, high = situation.growth, situation.growth_low, situation.growth_high
    if rate is None or low is None or high is None or not low * high > 0:
        return ""
    return _GROWTH[language][rate < 0].format(days=number(math.log(2) / abs(rate), language))


def _plain(name: str) -> str:
    """A name in one line."""
    return " ".join(name.split())
