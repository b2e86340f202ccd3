"""Places on posts written and labelled for the project, as hard as real ones: half of them kept aside while the rules were written.

The part "fresh" was written after all rules by the project's developers, in two batches, and labelled by province alone; no rule was
changed for it.
"""

from __future__ import annotations

from pathlib import Path

from analytics.evaluation.base import Figure, Section
from analytics.text.place_scores import at_level, read_labelled, score
from analytics.text.places import Gazetteer

SET = Path(__file__).parent / "sets" / "places.csv"
SHOWN = 15  #: errors that the page lists


def evaluate(folder: Path, part: str) -> Section | None:
    """Precision and recall of province and regency on the half kept aside, whatever `folder` and `part` are."""
    rows, gazetteer = read_labelled(SET, "test"), Gazetteer()
    fresh = score(gazetteer, read_labelled(SET, "fresh"), "province")
    province, regency = score(gazetteer, rows, "province"), score(gazetteer, rows, "regency")
    figures = [
        Figure("precision, province", 100 * province.precision, 95, province.found),
        Figure("recall, province", 100 * province.recall, 85, province.wanted),
        Figure("precision, as labelled", 100 * regency.precision, None, regency.found),
        Figure("recall, as labelled", 100 * regency.recall, None, regency.wanted),
        Figure("precision, province, fresh posts", 100 * fresh.precision, 95, fresh.found),
        Figure("recall, province, fresh posts", 100 * fresh.recall, 85, fresh.wanted),
    ]
    wrong = []
    for row, places in zip(rows, gazetteer.find([row.text for row in rows]), strict=True):
        told, true = at_level((code for code, _, _ in places), "province"), at_level(row.places, "province")
        if told != true:
            wrong.append(f"- {row.text!r}: labelled {' '.join(sorted(true)) or 'nowhere'}, told {' '.join(sorted(told)) or 'nowhere'}")
    return Section("places", figures, "Errors at the level of the province:\n\n" + "\n".join(wrong[:SHOWN]))
