"""The second language of mixed posts, on posts written for the project: half served to set the threshold, half to measure it."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from analytics.evaluation.base import Figure, Section, read_part
from analytics.text.language import LanguageIdentifier

SET = Path(__file__).parent / "sets" / "mixed.csv"


def evaluate(folder: Path, part: str) -> Section | None:
    """Recall and precision on the test half of the project's own posts, and the share of NusaX, all in one language, told as mixed."""
    with SET.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["part"] == "test"]
    told = _second([row["text"] for row in rows])
    right = sum(bool(row["second"]) and name in (row["lang"], row["second"]) for row, name in zip(rows, told, strict=True))
    mixed, found = sum(bool(row["second"]) for row in rows), sum(name is not None for name in told)
    figures = [
        Figure("recall of mixed posts", 100 * right / mixed, None, mixed),
        Figure("precision of mixed posts", 100 * right / max(found, 1), None, found),
    ]
    plain = read_part(folder, "nusax_senti", part)
    if plain is not None:
        share = 100 * float(np.mean([name is not None for name in _second(plain["text"].tolist())]))
        figures.append(Figure("NusaX told as mixed", share, None, len(plain)))
    return Section("second language", figures)


def _second(texts: list[str]) -> list[str | None]:
    identifier = LanguageIdentifier()
    words = identifier.vocabulary.read(texts)
    return identifier.second(identifier.identify(texts, words)[0], words)
