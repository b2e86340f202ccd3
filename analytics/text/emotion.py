"""Which emotion a post shows: anger, fear, sadness, joy, love or neutral, with a probability.

A linear model (see linear.py) for Indonesian and its sister languages, which it was not taught but shares most words of praise and blame
with. Posts in other languages have no emotion: nothing is claimed of what was not learnt. See models/emotion.md for data and figures.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from analytics.text.features import Vocabulary, Words
from analytics.text.linear import MODELS, LinearModel, Weights, take
from analytics.text.sentiment import ARCHIPELAGO


class EmotionModel:
    """Loads the model once; shares the vocabulary of the other classifiers."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._model = LinearModel(Weights.load(MODELS / "emotion.npz"), vocabulary)
        self.classes = self._model.classes

    def probabilities(self, words: Words) -> NDArray[np.float32]:
        """Probability of each of `classes`: (texts, classes)."""
        return self._model.probabilities(words)[0]

    def predict(self, langs: Sequence[str], words: Words) -> tuple[list[str | None], list[float | None]]:
        """The likeliest emotion of each text and its probability; None for both where the language was not learnt."""
        rows = np.flatnonzero(np.fromiter(map(ARCHIPELAGO.__contains__, langs), bool, len(langs)))
        emotions: list[str | None] = [None] * len(langs)
        sure: list[float | None] = [None] * len(langs)
        if len(rows):
            chances = self.probabilities(take(words, rows))
            for row, best, chance in zip(rows.tolist(), chances.argmax(axis=1).tolist(), chances.max(axis=1).tolist(), strict=True):
                emotions[row], sure[row] = self.classes[best], chance
        return emotions, sure
