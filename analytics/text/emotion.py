"""Which emotion a post shows: anger, fear, sadness, joy, love or neutral, with a probability.

A linear model (see linear.py) for Indonesian and its sister languages, which it was not taught but shares most words of praise and blame
with. It was taught two emotions more, which are told as one of those six: disgust, which reads like anger, and surprise, which says
neither good nor ill. Posts in other languages have no emotion: nothing is claimed of what was not learnt. See models/emotion.md for data
and figures.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from analytics.text.features import Vocabulary, Words
from analytics.text.linear import MODELS, LinearModel, Rows, Weights
from analytics.text.sentiment import ARCHIPELAGO

#: What else the model was taught, and as which emotion it is told.
TOLD_AS = {"disgust": "anger", "surprise": "neutral"}


def told_classes(finer: Sequence[str]) -> tuple[str, ...]:
    """The emotions that are told, of those that were taught."""
    return tuple(name for name in finer if name not in TOLD_AS)


def as_told(chances: NDArray[np.float32], finer: Sequence[str]) -> NDArray[np.float32]:
    """Probability of each emotion that is told (texts, told_classes), from that of each that was taught (texts, finer)."""
    classes = told_classes(finer)
    told = np.zeros((len(chances), len(classes)), np.float32)
    for place, name in enumerate(finer):
        told[:, classes.index(TOLD_AS.get(name, name))] += chances[:, place]
    return told


class EmotionModel:
    """Loads the model once; shares the vocabulary of the other classifiers."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._model = LinearModel(Weights.load(MODELS / "emotion.npz"), vocabulary)
        self.finer = self._model.classes
        self.classes = told_classes(self.finer)

    def probabilities(self, words: Words, rows: Rows | None = None) -> NDArray[np.float32]:
        """Probability of each of `classes`: (texts, classes); rows: only of some of the texts."""
        return as_told(self.finer_probabilities(words, rows), self.finer)

    def finer_probabilities(self, words: Words, rows: Rows | None = None) -> NDArray[np.float32]:
        """Probability of each of `finer`, disgust and surprise among them: (texts, finer)."""
        return self._model.probabilities(words, rows)[0]

    def predict(self, langs: Sequence[str], words: Words) -> tuple[list[str | None], list[float | None]]:
        """The likeliest emotion of each text and its probability; None for both where the language was not learnt."""
        rows = np.flatnonzero(np.fromiter(map(ARCHIPELAGO.__contains__, langs), bool, len(langs)))
        emotions: list[str | None] = [None] * len(langs)
        sure: list[float | None] = [None] * len(langs)
        if len(rows):
            chances = self.probabilities(words, rows)
            for row, best, chance in zip(rows.tolist(), chances.argmax(axis=1).tolist(), chances.max(axis=1).tolist(), strict=True):
                emotions[row], sure[row] = self.classes[best], chance
        return emotions, sure
