"""Whether a post tells at first hand of somebody ill: the writer, their family, somebody they know; not news, advice, jokes or metaphors.

The mean of two models that err differently: a random forest over cues (who speaks, of whom) and a linear model over words. See
models/firsthand.md for the rules of labelling and figures.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analytics.text.cues import NAMES
from analytics.text.features import Vocabulary, Words
from analytics.text.forest import Forest
from analytics.text.linear import MODELS, LinearModel, Weights

YES = "yes"


class FirsthandModel:
    """Loads both models once; shares the vocabulary of the other classifiers."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._forest = Forest.load(MODELS / "firsthand_cues.npz", NAMES)
        self._linear = LinearModel(Weights.load(MODELS / "firsthand.npz"), vocabulary)

    def predict(self, words: Words, cues: NDArray[np.float32]) -> NDArray[np.float32]:
        """The probability of each text (texts,) that it is a first-hand report of illness."""
        by_cues = self._forest.probabilities(cues)[:, self._forest.classes.index(YES)]
        by_words = self._linear.probabilities(words)[0][:, self._linear.classes.index(YES)]
        return (by_cues + by_words) / np.float32(2)
