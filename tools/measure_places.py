"""Measure the gazetteer on labelled posts, and write the precision of each kind of evidence to analytics/geo/evidence.csv.

    python tools/measure_places.py tests/analytics/text/places_labelled.csv [--write] [--errors]

The table is measured on the `tune` part (posts) and the `hint` part (place fields); the `test` part is printed and never used for it.
"""

from __future__ import annotations

import argparse
import csv
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from analytics.geo import FOLDER
from analytics.text.places import Gazetteer

KINDS = ("admin", "of", "in", "sure", "hashtag", "capital", "start", "title", "companion", "hint")
Row = tuple[str, frozenset[str]]


def read(path: Path, part: str) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return [(row["text"], frozenset(row["places"].split())) for row in csv.DictReader(file) if row["part"] == part]


def at_level(codes: Iterable[str], level: str) -> frozenset[str]:
    """Codes as they are, or (level = "province") with regencies replaced by their province."""
    return frozenset(codes) if level == "regency" else frozenset(code[:2] for code in codes)


def score(gazetteer: Gazetteer, rows: list[Row], level: str) -> tuple[float, float, int]:
    """Precision and recall over all places of all posts, and the number of places that should be found."""
    right = found = wanted = 0
    for (_, truth), places in zip(rows, gazetteer.find([text for text, _ in rows]), strict=True):
        given, true = at_level((code for code, _, _ in places), level), at_level(truth, level)
        right, found, wanted = right + len(given & true), found + len(given), wanted + len(true)
    return right / found, right / wanted, wanted


def by_evidence(gazetteer: Gazetteer, rows: list[Row]) -> dict[str, tuple[int, int]]:
    """For each kind of evidence: names that were right at the level of the province, and names found."""
    right, found = Counter[str](), Counter[str]()
    for text, truth in rows:
        above = at_level(truth, "province") | ({"ID"} if truth else set())
        for _, evidence, codes in gazetteer.explain(text):
            if evidence:
                found[evidence] += 1
                right[evidence] += at_level(codes, "province") <= above
    return {kind: (right[kind], found[kind]) for kind in KINDS}


def of_hints(gazetteer: Gazetteer, rows: list[Row]) -> tuple[int, int]:
    """Right and found places of place fields, at the level of the province."""
    places = gazetteer.find([""] * len(rows), [text for text, _ in rows])
    pairs = [(code, truth) for (_, truth), found in zip(rows, places, strict=True) for code, _, _ in found]
    return sum(at_level([code], "province") <= at_level(truth, "province") for code, truth in pairs), len(pairs)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("labelled", type=Path)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--errors", action="store_true")
    options = parser.parse_args()
    gazetteer = Gazetteer()
    for part in ("tune", "test"):
        rows = read(options.labelled, part)
        for level in ("province", "regency"):
            precision, recall, wanted = score(gazetteer, rows, level)
            print(f"{part:5} {level:9} precision {precision:.3f} recall {recall:.3f} ({len(rows)} posts, {wanted} places)")
    rows = read(options.labelled, "tune")
    table = by_evidence(gazetteer, rows) | {"hint": of_hints(gazetteer, read(options.labelled, "hint"))}
    for kind, (right, found) in table.items():
        print(f"{kind:10} {right:4} of {found:4}")
    if options.write:
        with (FOLDER / "evidence.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows([("evidence", "right", "found"), *((k, r, f) for k, (r, f) in table.items())])
    if options.errors:
        for text, truth in rows:
            given = {code for code, _, _ in gazetteer.find([text])[0]}
            if given != truth:
                print(f"{sorted(given)} instead of {sorted(truth)}: {text}\n    {gazetteer.explain(text)}")


if __name__ == "__main__":
    main()
