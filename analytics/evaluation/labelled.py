"""Posts labelled by hand for intent and first-hand illness, looked up in the data folder.

`sets/intent.csv` names a post by the SHA-256 of its text, never by the text. Columns: label; first_hand (1 or 0);
split (train, tune, test: near copies lie in one part); earlier, another reader's label with three classes where there is one.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from analytics.evaluation.base import read_part
from analytics.text.redact import redact

LABELS = Path(__file__).parent / "sets" / "intent.csv"
SETS = ("dengue_id", "vaccine_emotion_id", "emot", "smsa")


@dataclass(frozen=True, slots=True)
class Labelled:
    text: str  #: redacted, as the worker reads it
    intent: str
    first_hand: bool
    split: str
    earlier: str
    source: str


def labelled_posts(folder: Path) -> list[Labelled]:
    """The labelled posts in the order of their hashes; those whose text is not in the folder are left out."""
    texts = dict(_texts(folder))
    with LABELS.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["sha256"] in texts]
    return [
        Labelled(
            redact(texts[row["sha256"]][1]), row["label"], row["first_hand"] == "1", row["split"], row["earlier"], texts[row["sha256"]][0]
        )
        for row in rows
    ]


def _texts(folder: Path) -> Iterator[tuple[str, tuple[str, str]]]:
    for name in SETS:
        for part in ("train", "dev"):
            rows = read_part(folder, name, part)
            for text in [] if rows is None else rows["text"]:
                yield hashlib.sha256(text.encode()).hexdigest(), (name, text)
