"""Posts labelled by hand for intent and first-hand illness, looked up in the data folder.

`sets/intent.csv` names a post by the SHA-256 of its text, never by the text. Columns: label; first_hand (1 or 0);
split (train, tune, more, last, illness, test, fresh: near copies lie in one part; test and fresh are never learnt from, more came later
than the rest, last after that, and illness, English posts with words of illness, after that);
earlier, another reader's label with three classes where there is one; second and second_first_hand, the labels of a second reading of
some posts, by the same rules and blind to the first.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from analytics.evaluation.base import read_part
from analytics.text.redact import redact

LABELS = Path(__file__).parent / "sets" / "intent.csv"
INDONESIAN = ("dengue_id", "vaccine_emotion_id", "emot", "smsa")
ENGLISH = ("tweeteval_sentiment", "caves", "constraint_covid")
LANGUAGES = {"id": "Indonesian", "en": "English"}
LAST = "last"  #: the part that was labelled last
ILLNESS = "illness"  #: the part of English posts that were labelled for the sake of first-hand reports beyond dengue
LATER = ("more", LAST, ILLNESS)  #: parts that were labelled after the first models had been made, for what was rare
KEPT_APART = ("test", "fresh")  #: parts that measure: `test` has been looked at while models were made, `fresh` has not


@dataclass(frozen=True, slots=True)
class Labelled:
    sha256: str  #: of the text as the set has it
    text: str  #: redacted, as the worker reads it
    intent: str
    first_hand: bool
    split: str
    earlier: str
    second: str  #: "" where nobody read it again
    second_first_hand: bool
    source: str

    @property
    def lang(self) -> str:
        """The language of the set that the post comes from."""
        return "en" if self.source in ENGLISH else "id"


def labelled_posts(folder: Path) -> list[Labelled]:
    """The labelled posts in the order of their hashes; those whose text is not in the folder are left out."""
    texts = dict(_texts(folder))
    with LABELS.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["sha256"] in texts]
    return [_labelled(row, *texts[row["sha256"]]) for row in rows]


def kappa(first: Sequence[str], second: Sequence[str]) -> float:
    """Cohen's kappa (1960, Educ Psychol Meas 20:37-46): how far two readings agree beyond chance; 1 where both know one class only."""
    one, other = np.asarray(first), np.asarray(second)
    chance = sum(float((one == name).mean() * (other == name).mean()) for name in set(first))
    return 1.0 if chance == 1 else float(((one == other).mean() - chance) / (1 - chance))


def again(posts: Sequence[Labelled]) -> dict[str, list[Labelled]]:
    """Posts that were read a second time: those of the part test, and those of the other parts by language, the last apart."""
    read = [post for post in posts if post.second]
    groups = {"test": [post for post in read if post.split == "test"]}
    for name, parts in (("later posts", {post.split for post in read} - {"test", LAST}), ("last posts", {LAST})):
        for lang, language in LANGUAGES.items():
            groups[f"{name}, {language}"] = [post for post in read if post.split in parts and post.lang == lang]
    return {name: group for name, group in groups.items() if group}


def _labelled(row: dict[str, str], source: str, text: str) -> Labelled:
    return Labelled(
        sha256=row["sha256"],
        text=redact(text),
        intent=row["label"],
        first_hand=row["first_hand"] == "1",
        split=row["split"],
        earlier=row["earlier"],
        second=row["second"],
        second_first_hand=row["second_first_hand"] == "1",
        source=source,
    )


def _texts(folder: Path) -> Iterator[tuple[str, tuple[str, str]]]:
    for name in (*INDONESIAN, *ENGLISH):
        for part in ("train", "dev"):
            rows = read_part(folder, name, part)
            for text in [] if rows is None else rows["text"]:
                yield hashlib.sha256(text.encode()).hexdigest(), (name, text)
