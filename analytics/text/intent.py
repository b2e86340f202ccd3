"""What a post is for: a question, a complaint, a request for help, thanks, information, promotion, or something else.

A random forest over cues (see cues.py), because what tells a question from a rhetorical one is who is spoken to and where in the text,
more than which words. A label is a sign for counting, not a judgement of one post. models/intent.md has the rules of labelling and figures.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analytics.text.cues import NAMES
from analytics.text.forest import Forest
from analytics.text.linear import MODELS


class IntentModel:
    """Loads the model once."""

    def __init__(self) -> None:
        self._forest = Forest.load(MODELS / "intent.npz", NAMES)
        self.classes = self._forest.classes

    def probabilities(self, cues: NDArray[np.float32]) -> NDArray[np.float32]:
        """Probability of each of `classes` (texts, classes)."""
        return self._forest.probabilities(cues)

    def predict(self, cues: NDArray[np.float32]) -> tuple[list[str], NDArray[np.float32]]:
        """The likeliest intent of each text and its probability; cues: (texts, NAMES) as `Cues.count` gives them."""
        chances = self.probabilities(cues)
        return [self.classes[number] for number in chances.argmax(axis=1)], chances.max(axis=1)
