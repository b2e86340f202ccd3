"""What places are called: official names, short forms, seats, English names, and which of them are also other words.

aliases.csv adds names to those of places.csv (case = "upper" where only capitals mean the place, as in DIY). homonyms.csv says what a
name needs beside it to be read as a place, and next to which words it never is one.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from analytics.geo import FOLDER, Place, gazetteer

SHORTEST_GLUED = 7  #: letters of a compound that is recognised without its spaces ("jawabarat")

#: Countries that are never read from their plain name, because it is a common word or name.
_NO_PLAIN_NAME = {"CX", "IM", "JE", "GG", "RE", "DM", "IO", "TF", "UM", "NF", "HM", "BV", "SJ", "EH", "AX", "MF", "BL", "SX"}


@dataclass(frozen=True, slots=True)
class Name:
    """One way to call places.

    readings: what it may mean, the usual meaning first; each a tuple of place codes (several for "jabodetabek").
    needs: "any" evidence, "context" (preposition, capital ...), "place" (preposition), "person" (as place, because people bear the
    name too), "proper" (preposition and capital), "admin" (an administrative word or its province beside it).
    """

    words: str
    readings: tuple[tuple[str, ...], ...]
    needs: str
    not_after: frozenset[str]
    not_before: frozenset[str]
    upper: bool


def plain(name: str) -> str:
    """Lower-case words between single spaces, as names are looked up."""
    return " ".join(re.findall(r"[^\W_]+", name.lower()))


@cache
def names() -> tuple[Name, ...]:
    """All names by which a post may call a place."""
    readings: dict[tuple[str, bool], list[tuple[str, ...]]] = {}
    for words, codes, upper in _written():
        row = readings.setdefault((words, upper), [])
        if codes not in row:
            row.append(codes)
    for (words, upper), row in list(readings.items()):
        glued = words.replace(" ", "")
        if glued != words and len(glued) >= SHORTEST_GLUED and (glued, False) not in readings:
            readings[glued, upper] = row
    conditions = _homonyms()
    free = ("any", frozenset[str](), frozenset[str]())
    return tuple(Name(words, tuple(row), *conditions.get(words, free), upper) for (words, upper), row in readings.items())


def _written() -> Iterator[tuple[str, tuple[str, ...], bool]]:
    """Names with their codes; of two readings of one name the earlier is the usual one."""
    with (FOLDER / "aliases.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield plain(row["name"]), tuple(row["place_code"].split("+")), row["case"] == "upper"
    for place in sorted(gazetteer().values(), key=_usual_first):
        for name in _official(place):
            yield name, (place.code,), False


def _usual_first(place: Place) -> tuple[int, str]:
    """Provinces before cities before regencies before countries: "Jambi" is the province, "Bandung" the city."""
    rank = {"province": 0, "regency": 1 if is_city(place.code) else 2, "country": 3}
    return rank[place.level], place.code


def _official(place: Place) -> Iterator[str]:
    if place.level == "country" and place.code in _NO_PLAIN_NAME:
        return
    name = re.sub(r"^(Kabupaten|Kota) ", "", place.name) if place.level == "regency" else place.name
    for written in {name, place.name_en, name.replace("Kepulauan", "Kep")} - {""}:
        yield plain(written)


def is_city(code: str) -> bool:
    """Whether a regency code is that of a city (kota): Kemendagri numbers them from 71."""
    return len(code) == 5 and code[3] == "7"


def _homonyms() -> Mapping[str, tuple[str, frozenset[str], frozenset[str]]]:
    with (FOLDER / "homonyms.csv").open(encoding="utf-8", newline="") as file:
        return {
            row["name"]: (row["needs"], frozenset(row["not_after"].split()), frozenset(row["not_before"].split()))
            for row in csv.DictReader(file)
        }


_NO_OFFICE = ("in", "of", "never", "then", "person")


@cache
def beside(kind: str) -> frozenset[str]:
    """Words beside a name: before it "in" (prepositions), "of" (people of), "admin" (offices, of which some are an "institution") speak for
    a place, "never" and "person" (titles) against one; after it "then" (what befalls a place) speaks for one."""
    with (FOLDER / "beside.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return frozenset(row["word"] for row in rows if kind == row["kind"] or (kind == "admin" and row["kind"] not in _NO_OFFICE))


@cache
def precision() -> Mapping[str, float]:
    """Measured precision of each kind of evidence (evidence.csv, written by tools/measure_places.py), as (right + 1) / (found + 2)."""
    with (FOLDER / "evidence.csv").open(encoding="utf-8", newline="") as file:
        return {row["evidence"]: (int(row["right"]) + 1) / (int(row["found"]) + 2) for row in csv.DictReader(file)}
