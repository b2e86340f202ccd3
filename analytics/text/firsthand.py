"""Whether a post tells at first hand of somebody ill: the writer, their family, somebody they know; not news, advice, jokes or metaphors.

A linear model over words, and a small network over what it tells and over cues (who speaks, of whom; see cues.py). models/firsthand.md
has the rules of labelling and figures.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analytics.text.cues import NAMES
from analytics.text.features import Vocabulary, Words
from analytics.text.linear import MODELS, LinearModel, Weights
from analytics.text.network import Network, log_chances

YES = "yes"


class FirsthandModel:
    """Loads both models once; shares the vocabulary of the other classifiers."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._linear = LinearModel(Weights.load(MODELS / "firsthand.npz"), vocabulary)
        self._network = Network.load(MODELS / "firsthand_network.npz", (*NAMES, *self._linear.classes))
        self._yes = self._network.classes.index(YES)

    def predict(self, words: Words, cues: NDArray[np.float32]) -> NDArray[np.float32]:
        """The probability of each text (texts,) that it is a first-hand report of illness."""
        return self._network.probabilities(np.hstack([cues, log_chances(self._linear, words)]))[:, self._yes]
