"""Intent on the posts labelled by hand that were set aside, and how far two readers agree."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from analytics.evaluation.base import Figure, Section, accuracy, class_f1, confusion, macro_f1, markdown_table
from analytics.evaluation.labelled import KEPT_APART, LANGUAGES, Labelled, again, kappa, labelled_posts
from analytics.text.cues import Cues
from analytics.text.features import Vocabulary
from analytics.text.intent import IntentModel
from warehouse.records import INTENTS

#: The earlier reader knew three classes; what asks for help was a question to him.
_EARLIER = {"question": "question", "request": "question", "complaint": "complaint"}
GOAL = 80.0


def evaluate(folder: Path, part: str) -> Section | None:
    """Macro-F1 on the labelled posts of the splits `test` and `fresh`, whatever `part` is: the others were trained on."""
    posts = labelled_posts(folder)
    aside = [post for post in posts if post.split in KEPT_APART]
    if not aside:
        return None
    told = dict(zip((post.sha256 for post in aside), _told(aside), strict=True))
    groups = {name: group for name, group in _groups(aside).items() if group}
    figures = [figure for name, group in groups.items() for figure in _figures(name, group, told)]
    pieces = [piece for name, group in groups.items() for piece in _pieces(name, group, told)]
    return Section("intent", [*figures, *_agreement(posts)], "\n\n".join([_by_class(groups, told), *pieces, *_second(posts)]))


def _groups(aside: Sequence[Labelled]) -> dict[str, list[Labelled]]:
    groups = {"test": [post for post in aside if post.split == "test"]}
    for lang, language in LANGUAGES.items():
        groups[f"fresh, {language}"] = [post for post in aside if post.split == "fresh" and post.lang == lang]
    return groups


def _told(posts: Sequence[Labelled]) -> list[str]:
    texts = [post.text for post in posts]
    vocabulary = Vocabulary()
    words = vocabulary.read(texts)
    return IntentModel(vocabulary).predict(words, Cues(vocabulary).count(texts, words))[0]


def _figures(name: str, group: Sequence[Labelled], told: dict[str, str]) -> list[Figure]:
    labels, answers = [post.intent for post in group], [told[post.sha256] for post in group]
    return [
        Figure(f"macro-F1 of 7 intents, {name}", macro_f1(labels, answers, INTENTS), GOAL, len(group)),
        Figure(f"accuracy, {name}", accuracy(labels, answers), None, len(group)),
    ]


def _by_class(groups: dict[str, list[Labelled]], told: dict[str, str]) -> str:
    """F1 of each intent, and how many posts of the group have it."""
    columns: dict[str, Sequence[object]] = {}
    for name, group in groups.items():
        labels = [post.intent for post in group]
        scores = class_f1(labels, [told[post.sha256] for post in group], INTENTS)
        columns[f"F1, {name}"] = ["none" if np.isnan(score) else f"{score:.1f}" for score in scores]
        columns[f"posts, {name}"] = [labels.count(intent) for intent in INTENTS]
    return "F1 of each intent:\n\n" + markdown_table("intent", pd.DataFrame(columns, index=list(INTENTS)))


def _pieces(name: str, group: Sequence[Labelled], told: dict[str, str]) -> list[str]:
    labels, answers = [post.intent for post in group], [told[post.sha256] for post in group]
    return [f"Labels (rows) and what was told (columns), {name}:", confusion(labels, answers, INTENTS)]


def _agreement(posts: list[Labelled]) -> list[Figure]:
    """How far readers agree; macro-F1 of the second reading against the first is about as well as the rules can be followed."""
    merged = [(post.earlier, _EARLIER.get(post.intent, "other")) for post in posts if post.earlier]
    figures = []
    if merged:
        figures.append(Figure("two readers' kappa x 100, three classes", 100 * kappa(*zip(*merged, strict=True)), None, len(merged)))
    for name, group in again(posts).items():
        first, second = [post.intent for post in group], [post.second for post in group]
        figures.append(Figure(f"second reading's kappa x 100, {name}", 100 * kappa(first, second), None, len(group)))
        figures.append(Figure(f"second reading's macro-F1, {name}", macro_f1(first, second, INTENTS), None, len(group)))
    return figures


def _second(posts: list[Labelled]) -> list[str]:
    pieces = []
    for name, group in again(posts).items():
        matrix = confusion([post.intent for post in group], [post.second for post in group], INTENTS)
        pieces += [f"The first reading (rows) and the second (columns), {name}:", matrix]
    return pieces
