"""What a post is for: a question, a complaint, a request for help, thanks, information, promotion, or something else.

A linear model over words tells what a text is about; a small network over that and over cues (see cues.py) tells what it is for, because
what tells a question from a rhetorical one is who is spoken to and where in the text, more than which words. A label is a sign for
counting, not a judgement of one post. models/intent.md has the rules of labelling and figures.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analytics.text.cues import NAMES
from analytics.text.features import Vocabulary, Words
from analytics.text.linear import MODELS, LinearModel, Weights
from analytics.text.network import Network, log_chances


class IntentModel:
    """Loads both models once; shares the vocabulary of the other classifiers."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._linear = LinearModel(Weights.load(MODELS / "intent.npz"), vocabulary)
        self._network = Network.load(MODELS / "intent_network.npz", (*NAMES, *self._linear.classes))
        self.classes = self._network.classes

    def probabilities(self, words: Words, cues: NDArray[np.float32]) -> NDArray[np.float32]:
        """Probability of each of `classes` (texts, classes); cues: (texts, NAMES) as `Cues.count` gives them."""
        return self._network.probabilities(np.hstack([cues, log_chances(self._linear, words)]))

    def predict(self, words: Words, cues: NDArray[np.float32]) -> tuple[list[str], NDArray[np.float32]]:
        """The likeliest intent of each text and its probability."""
        chances = self.probabilities(words, cues)
        return [self.classes[number] for number in chances.argmax(axis=1)], chances.max(axis=1)
