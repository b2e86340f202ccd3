"""Intent on the posts labelled by hand that were set aside, and how far two readers agree."""

from __future__ import annotations

from pathlib import Path

from analytics.evaluation.base import Figure, Section, accuracy, confusion, macro_f1
from analytics.evaluation.labelled import Labelled, kappa, labelled_posts
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
        *_agreement(posts),
    ]
    return Section("intent", figures, "Labels (rows) and what was told (columns):\n\n" + confusion(labels, told, INTENTS) + _second(posts))


def _told(posts: list[Labelled]) -> list[str]:
    texts = [post.text for post in posts]
    vocabulary = Vocabulary()
    return IntentModel().predict(Cues(vocabulary).count(texts, vocabulary.read(texts)))[0]


def _agreement(posts: list[Labelled]) -> list[Figure]:
    """How far readers agree; macro-F1 of the second reading against the first is about as well as the rules can be followed."""
    merged = [(post.earlier, _EARLIER.get(post.intent, "other")) for post in posts if post.earlier]
    again = [(post.intent, post.second) for post in posts if post.second]
    figures = []
    if merged:
        figures.append(Figure("two readers' kappa x 100, three classes", 100 * kappa(*zip(*merged, strict=True)), None, len(merged)))
    if again:
        first, second = zip(*again, strict=True)
        figures.append(Figure("second reading's kappa x 100, 7 classes", 100 * kappa(first, second), None, len(again)))
        figures.append(Figure("second reading's macro-F1", macro_f1(first, second, INTENTS), None, len(again)))
    return figures


def _second(posts: list[Labelled]) -> str:
    again = [post for post in posts if post.second]
    if not again:
        return ""
    matrix = confusion([post.intent for post in again], [post.second for post in again], INTENTS)
    return "\n\nThe first reading (rows) and the second (columns):\n\n" + matrix
