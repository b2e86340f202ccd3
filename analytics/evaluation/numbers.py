"""Numbers with their units, on lines written and labelled for the project: half served to write the rules, half to measure them."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

from analytics.evaluation.base import Figure, Section
from analytics.text.numbers import numbers

SET = Path(__file__).parent / "sets" / "numbers.csv"


def evaluate(folder: Path, part: str) -> Section | None:
    """Precision and recall of (value, unit) on the test half of the project's own lines, whatever `folder` and `part` are."""
    with SET.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["part"] == "test"]
    right = wanted = told = whole = 0
    wrong = []
    for row, found in zip(rows, numbers([row["text"] for row in rows]), strict=True):
        labels = [tuple(number.split()[:2]) for number in row["numbers"].split(";") if number]
        answers = [(f"{value:.12g}", unit) for value, unit, _ in found]
        right += sum((Counter(labels) & Counter(answers)).values())
        wanted, told, whole = wanted + len(labels), told + len(answers), whole + (labels == answers)
        if labels != answers:
            wrong.append(f"- {row['text']!r}: labelled {labels}, told {answers}")
    figures = [
        Figure("precision", 100 * right / told, None, told),
        Figure("recall", 100 * right / wanted, None, wanted),
        Figure("lines without an error", 100 * whole / len(rows), None, len(rows)),
    ]
    return Section("numbers", figures, "Errors:\n\n" + "\n".join(wrong) if wrong else "")
