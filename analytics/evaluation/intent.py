"""Intent on the posts labelled by hand that were set aside, and how far two readers agree."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from analytics.evaluation.base import Figure, Section, accuracy, confusion, macro_f1
from analytics.evaluation.labelled import Labelled, labelled_posts
from analytics.text.cues import Cues
from analytics.text.features import Vocabulary
from analytics.text.intent import IntentModel
from warehouse.records import INTENTS

#: The earlier reader knew three classes; what asks for help was a question to him.
_EARLIER = {"question": "question", "request": "question", "complaint": "complaint"}


def evaluate(folder: Path, part: str) -> Section | None:
    """Macro-F1 on the labelled posts of split `test`, whatever `part` is: the others were trained on."""
    posts = labelled_posts(folder)
    aside = [post for post in posts if post.split == "test"]
    if not aside:
        return None
    labels, told = [post.intent for post in aside], _told(aside)
    figures = [
        Figure("macro-F1 of 7 intents", macro_f1(labels, told, INTENTS), 80, len(aside)),
        Figure("accuracy", accuracy(labels, told), None, len(aside)),
        Figure("two readers' kappa x 100, three classes", 100 * _kappa(posts), None, sum(bool(post.earlier) for post in posts)),
    ]
    return Section("intent", figures, "Labels (rows) and what was told (columns):\n\n" + confusion(labels, told, INTENTS))


def _told(posts: list[Labelled]) -> list[str]:
    texts = [post.text for post in posts]
    vocabulary = Vocabulary()
    return IntentModel().predict(Cues(vocabulary).count(texts, vocabulary.read(texts)))[0]


def _kappa(posts: list[Labelled]) -> float:
    """Cohen's kappa (1960, Educ Psychol Meas 20:37-46) between the earlier reader and the later one, whose classes are merged."""
    pairs = [(post.earlier, _EARLIER.get(post.intent, "other")) for post in posts if post.earlier]
    first, second = (np.array(column) for column in zip(*pairs, strict=True))
    chance = sum(float((first == name).mean() * (second == name).mean()) for name in set(first))
    return float(((first == second).mean() - chance) / (1 - chance))
