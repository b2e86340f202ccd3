"""Whether a post is negative, neutral or positive, with a probability.

Two linear models (see linear.py) over words, letter n-grams, pairs of words and words under negation: one for Indonesian and the
other languages of the archipelago, one for English and the rest. The language decides which is asked. The probability is set at a
temperature fitted on posts set aside, so that of posts given 0.8, eight in ten are right on text like that of training; see
models/sentiment_near.md, models/sentiment_far.md.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from analytics.text.features import Vocabulary, Words
from analytics.text.linear import MODELS, LinearModel, Weights

#: Languages that the first model answers for: NusaX (Winata et al. 2023) without English, and Malay.
ARCHIPELAGO = frozenset({"ace", "ban", "bbc", "bjn", "bug", "id", "jv", "mad", "min", "ms", "nij", "su"})
_ERRORS = MODELS / "sentiment_errors.json"  # {"near": matrix, "far": matrix}, written by training/train_sentiment.py


def measured_errors(lang: str) -> NDArray[np.int64]:
    """How posts set aside in training were told: label (rows) and what was told (columns), in the order of SENTIMENTS.

    For the model that answers for `lang`; corrected_shares of analytics/shares.py takes it.
    """
    matrices = json.loads(_ERRORS.read_text("utf-8"))
    return np.array(matrices["near" if lang in ARCHIPELAGO else "far"], np.int64)


class SentimentModel:
    """Loads both models once; may share a vocabulary with other classifiers."""

    def __init__(self, vocabulary: Vocabulary | None = None) -> None:
        self.vocabulary = Vocabulary() if vocabulary is None else vocabulary
        self._archipelago = LinearModel(Weights.load(MODELS / "sentiment_near.npz"), self.vocabulary)
        self._rest = LinearModel(Weights.load(MODELS / "sentiment_far.npz"), self.vocabulary)
        self.classes = self._archipelago.classes

    def predict(self, texts: Sequence[str], langs: Sequence[str], words: Words | None = None) -> tuple[list[str], NDArray[np.float32]]:
        """Sentiment of each text and its probability (texts,); `words` are the texts as the vocabulary read them."""
        chances = self.probabilities(texts, langs, words)
        return list(map(self.classes.__getitem__, chances.argmax(axis=1).tolist())), chances.max(axis=1)

    def probabilities(self, texts: Sequence[str], langs: Sequence[str], words: Words | None = None) -> NDArray[np.float32]:
        """Probability of each class (texts, classes), in the order of `classes`."""
        words = self.vocabulary.read(texts) if words is None else words
        at_home = np.fromiter(map(ARCHIPELAGO.__contains__, langs), bool, len(langs))
        chances = np.empty((len(langs), len(self.classes)), np.float32)
        for model, rows in ((self._archipelago, np.flatnonzero(at_home)), (self._rest, np.flatnonzero(~at_home))):
            if len(rows):
                chances[rows] = model.probabilities(words, rows)[0]
        return chances
