"""First-hand reports of illness on the posts labelled by hand that were set aside."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from analytics.evaluation.base import Figure, Section, confusion, macro_f1
from analytics.evaluation.labelled import KEPT_APART, LANGUAGES, Labelled, again, kappa, labelled_posts
from analytics.text.cues import Cues
from analytics.text.features import Vocabulary
from analytics.text.firsthand import FirsthandModel
from warehouse.records import FIRSTHAND

_CLASSES = ("first-hand", "other")


def evaluate(folder: Path, part: str) -> Section | None:
    """Macro-F1, precision and recall on the labelled posts of splits `test` and `fresh`, whatever `part` is: the others were trained on.

    Figures beyond dengue are of posts that were not collected for it: most labels are of dengue, so figures of all say little of the rest.
    """
    posts = labelled_posts(folder)
    aside = [post for post in posts if post.split in KEPT_APART]
    if not aside:
        return None
    told = dict(zip((post.sha256 for post in aside), _told(aside), strict=True))
    figures: list[Figure] = []
    pieces: list[str] = []
    for name, group in _groups(aside).items():
        if any(post.first_hand for post in group):
            truth, found = np.array([post.first_hand for post in group]), np.array([told[post.sha256] for post in group])
            figures += _figures(name, truth, found)
            pieces += [f"Labels (rows) and what was told (columns), {name}:", confusion(_names(truth), _names(found), _CLASSES)]
    return Section("first-hand", [*figures, *_agreement(posts)], "\n\n".join(pieces))


def _groups(aside: Sequence[Labelled]) -> dict[str, list[Labelled]]:
    groups = {}
    for split in KEPT_APART:
        of_split = [post for post in aside if post.split == split]
        for lang, language in LANGUAGES.items():
            groups[f"{split}, {language}"] = [post for post in of_split if post.lang == lang]
        groups[f"{split}, beyond dengue"] = [post for post in of_split if post.source != "dengue_id"]
    return groups


def _told(posts: Sequence[Labelled]) -> list[bool]:
    texts, vocabulary = [post.text for post in posts], Vocabulary()
    words = vocabulary.read(texts)
    cues = Cues(vocabulary).count(texts, words)
    told: NDArray[np.bool_] = FirsthandModel(vocabulary).predict(words, cues) >= FIRSTHAND
    return told.tolist()


def _names(column: NDArray[np.bool_]) -> list[str]:
    return [_CLASSES[0] if yes else _CLASSES[1] for yes in column]


def _figures(name: str, truth: NDArray[np.bool_], found: NDArray[np.bool_]) -> list[Figure]:
    both = (truth & found).sum()
    return [
        Figure(f"macro-F1, first-hand or not, {name}", macro_f1(_names(truth), _names(found), _CLASSES), None, len(truth)),
        Figure(f"precision, {name}", 100 * float(both / max(found.sum(), 1)), None, int(found.sum())),
        Figure(f"recall, {name}", 100 * float(both / truth.sum()), None, int(truth.sum())),
    ]


def _agreement(posts: list[Labelled]) -> list[Figure]:
    return [
        Figure(
            f"second reading's kappa x 100, {name}",
            100 * kappa([str(post.first_hand) for post in group], [str(post.second_first_hand) for post in group]),
            None,
            len(group),
        )
        for name, group in again(posts).items()
        if any(post.first_hand or post.second_first_hand for post in group)  # nothing to agree on otherwise
    ]
