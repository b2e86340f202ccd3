"""How good the gazetteer is on labelled posts: precision, recall, and the precision of each kind of evidence."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from analytics.text.places import Gazetteer

KINDS = ("admin", "of", "in", "sure", "hashtag", "capital", "start", "title", "companion", "event", "hint")
Level = Literal["province", "regency"]


@dataclass(frozen=True, slots=True)
class Labelled:
    """A post with the codes of the places that it names, the most specific ones only."""

    text: str
    places: frozenset[str]


@dataclass(frozen=True, slots=True)
class Score:
    """Places over all posts: rightly found, found, and to be found."""

    right: int
    found: int
    wanted: int

    @property
    def precision(self) -> float:
        return self.right / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        return self.right / self.wanted if self.wanted else 1.0


def read_labelled(path: Path, part: str) -> list[Labelled]:
    """The rows of one part ("tune", "test", "hint") of a CSV file with the columns part, text, places (codes between spaces)."""
    with path.open(encoding="utf-8", newline="") as file:
        return [Labelled(row["text"], frozenset(row["places"].split())) for row in csv.DictReader(file) if row["part"] == part]


def at_level(codes: Iterable[str], level: Level) -> frozenset[str]:
    """Codes as they are, or for "province" with each regency replaced by its province."""
    return frozenset(codes) if level == "regency" else frozenset(code[:2] for code in codes)


def score(gazetteer: Gazetteer, rows: Sequence[Labelled], level: Level) -> Score:
    """Compare what the gazetteer finds in the posts with their labels."""
    right = found = wanted = 0
    for row, places in zip(rows, gazetteer.find([row.text for row in rows]), strict=True):
        given, true = at_level((code for code, _, _ in places), level), at_level(row.places, level)
        right, found, wanted = right + len(given & true), found + len(given), wanted + len(true)
    return Score(right, found, wanted)


def by_evidence(gazetteer: Gazetteer, posts: Sequence[Labelled], hints: Sequence[Labelled]) -> dict[str, tuple[int, int]]:
    """For each kind of evidence, at the level of the province: names that were right, and names found."""
    right, found = Counter[str](), Counter[str]()
    for row in posts:
        true = at_level(row.places, "province") | ({"ID"} if row.places else set())
        for _, evidence, codes in gazetteer.explain(row.text):
            found[evidence] += 1
            right[evidence] += at_level(codes, "province") <= true
    for row, places in zip(hints, gazetteer.find([""] * len(hints), [row.text for row in hints]), strict=True):
        found["hint"] += len(places)
        right["hint"] += sum(code[:2] in at_level(row.places, "province") for code, _, _ in places)
    return {kind: (right[kind], found[kind]) for kind in KINDS}
