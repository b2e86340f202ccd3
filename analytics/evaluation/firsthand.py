"""First-hand reports of illness on the posts labelled by hand that were set aside."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from analytics.evaluation.base import Figure, Section, confusion, macro_f1
from analytics.evaluation.labelled import Labelled, kappa, labelled_posts
from analytics.text.cues import Cues
from analytics.text.features import Vocabulary
from analytics.text.firsthand import FirsthandModel
from warehouse.records import FIRSTHAND

_CLASSES = ("first-hand", "other")


def evaluate(folder: Path, part: str) -> Section | None:
    """Macro-F1, precision and recall on the labelled posts of split `test`, whatever `part` is: the others were trained on."""
    aside = [post for post in labelled_posts(folder) if post.split == "test"]
    if not aside:
        return None
    texts, vocabulary = [post.text for post in aside], Vocabulary()
    words = vocabulary.read(texts)
    chances = FirsthandModel(vocabulary).predict(words, Cues(vocabulary).count(texts, words))
    truth, found = np.array([post.first_hand for post in aside]), chances >= FIRSTHAND
    labels, told = ([_CLASSES[0] if yes else _CLASSES[1] for yes in column] for column in (truth, found))
    figures = [
        Figure("macro-F1, first-hand or not", macro_f1(labels, told, _CLASSES), None, len(aside)),
        Figure("precision", 100 * float((truth & found).sum() / max(found.sum(), 1)), None, int(found.sum())),
        Figure("recall", 100 * float((truth & found).sum() / max(truth.sum(), 1)), None, int(truth.sum())),
        *_beyond_dengue(aside, truth, found),
        *_agreement(aside),
    ]
    return Section("first-hand", figures, "Labels (rows) and what was told (columns):\n\n" + confusion(labels, told, _CLASSES))


def _beyond_dengue(posts: list[Labelled], truth: NDArray[np.bool_], found: NDArray[np.bool_]) -> list[Figure]:
    """Recall where posts were not collected for dengue: most labels are of dengue, so the figures of all posts say little of the rest."""
    other = truth & np.array([post.source != "dengue_id" for post in posts])
    if not other.any():
        return []
    return [Figure("recall outside dengue_id", 100 * float((other & found).sum() / other.sum()), None, int(other.sum()))]


def _agreement(posts: list[Labelled]) -> list[Figure]:
    again = [(str(post.first_hand), str(post.second_first_hand)) for post in posts if post.second]
    return [Figure("second reading's kappa x 100", 100 * kappa(*zip(*again, strict=True)), None, len(again))] if again else []
