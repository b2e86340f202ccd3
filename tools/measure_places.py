"""Measure the gazetteer on labelled posts, and write the precision of each kind of evidence to analytics/geo/evidence.csv.

    python -m tools.measure_places analytics/evaluation/sets/places.csv [--write] [--errors]

The table is measured on the `tune` part (posts) and the `hint` part (place fields); the `test` part is printed and never used for it.
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

from analytics.geo import FOLDER
from analytics.text.place_scores import by_evidence, read_labelled, score
from analytics.text.places import Gazetteer


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("labelled", type=Path)
    parser.add_argument("--write", action="store_true", help="write analytics/geo/evidence.csv")
    parser.add_argument("--errors", action="store_true", help="show what went wrong in the tune part")
    options = parser.parse_args()
    gazetteer = Gazetteer()
    posts, test, hints = (read_labelled(options.labelled, part) for part in ("tune", "test", "hint"))
    for part, rows in (("tune", posts), ("test", test)):
        for level in ("province", "regency"):
            found = score(gazetteer, rows, level)
            print(f"{part} {level:8} precision {found.precision:.3f} recall {found.recall:.3f} ({len(rows)} posts, {found.wanted} places)")
    table = [(kind, right, found) for kind, (right, found) in by_evidence(gazetteer, posts, hints).items()]
    print(*(f"{kind:10} {right:4} of {found:4}" for kind, right, found in table), sep="\n")
    if options.write:
        with (FOLDER / "evidence.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows([("evidence", "right", "found"), *table])
    for row in posts if options.errors else ():
        given = {code for code, _, _ in gazetteer.find([row.text])[0]}
        if given != row.places:
            print(f"{sorted(given)} instead of {sorted(row.places)}: {row.text}\n    {gazetteer.explain(row.text)}")


if __name__ == "__main__":
    main()
