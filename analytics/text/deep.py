"""The deep tier: sentiment and emotion from meaning, for the posts that decide something. A hundred posts a second, not ten thousand.

A softmax regression over the means of several layers of the encoder (encoder.py) tells what the words alone do not. Its logits and
the fast tier's log probabilities are added, each with a weight fitted on posts that neither had seen, a pair of weights for each of
the fast tier's models (stacking: Wolpert 1992, https://doi.org/10.1016/S0893-6080(05)80023-1). See models/deep_sentiment.md.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from analytics.text.emotion import EmotionModel
from analytics.text.encoder import Encoder, encoder
from analytics.text.features import Vocabulary, Words
from analytics.text.linear import MODELS, take
from analytics.text.sentiment import ARCHIPELAGO, SentimentModel

Array = NDArray[np.float32]


@dataclass(frozen=True)
class Head:
    """A softmax regression over concatenated means of `layers` (features), each first shifted by `centre`.

    `mix` holds, for posts of the archipelago's languages and for the rest, the weight of the head's logits and of the fast tier's log
    probabilities in their sum.
    """

    classes: tuple[str, ...]
    layers: tuple[int, ...]
    mix: tuple[tuple[float, float], tuple[float, float]]
    centre: Array  #: (features,)
    table: Array  #: (features, classes)
    bias: Array  #: (classes,)

    def logits(self, means: Array) -> Array:
        """Logits (texts, classes) of layer means (texts, layers, 384)."""
        return np.asarray((means.reshape(len(means), len(self.centre)) - self.centre) @ self.table + self.bias, np.float32)

    def probabilities(self, means: Array, fast: Array, at_home: NDArray[np.bool_]) -> Array:
        """Probability of each class (texts, classes); `fast` are the fast tier's."""
        mix = np.array(self.mix, np.float32)[np.where(at_home, 0, 1)]
        logits = self.logits(means) * mix[:, :1] + np.log(np.maximum(fast, 1e-6)) * mix[:, 1:]
        logits -= logits.max(axis=1, keepdims=True)
        chances = np.exp(logits)
        return np.asarray(chances / chances.sum(axis=1, keepdims=True), np.float32)

    def save(self, file: Path) -> None:
        """Write a .npz in float16; the same head gives the same bytes."""
        header = json.dumps({"classes": self.classes, "layers": self.layers, "mix": self.mix}).encode()
        numbers = {name: getattr(self, name).astype(np.float16) for name in ("centre", "table", "bias")}
        np.savez_compressed(file, allow_pickle=False, header=np.frombuffer(header, np.uint8), **numbers)

    @classmethod
    def load(cls, file: Path) -> Head:
        """Read what `save` wrote."""
        with np.load(file, allow_pickle=False) as arrays:
            header = json.loads(arrays["header"].tobytes())
            near, rest = (tuple(pair) for pair in header["mix"])
            numbers = {name: arrays[name].astype(np.float32) for name in ("centre", "table", "bias")}
            return cls(tuple(header["classes"]), tuple(header["layers"]), (near, rest), **numbers)


class DeepTier:
    """Loads its heads at once and the encoder when first asked; may share a vocabulary with the fast tier.

    Raises InputError when first asked where the encoder's weights are missing.
    """

    def __init__(self, vocabulary: Vocabulary | None = None, encoder_: Encoder | None = None) -> None:
        self._encoder = encoder() if encoder_ is None else encoder_
        self._vocabulary = Vocabulary() if vocabulary is None else vocabulary
        self._fast_sentiment, self._fast_emotion = SentimentModel(self._vocabulary), EmotionModel(self._vocabulary)
        self._sentiment = Head.load(MODELS / "deep_sentiment.npz")
        self._emotion = Head.load(MODELS / "deep_emotion.npz")
        self.sentiments, self.emotions = self._sentiment.classes, self._emotion.classes

    def sentiment(self, texts: Sequence[str], langs: Sequence[str], words: Words | None = None) -> tuple[list[str], Array]:
        """Sentiment of each text and its probability (texts,); `words` are the texts as the vocabulary read them."""
        chances = self.sentiment_probabilities(texts, langs, words)
        return [self.sentiments[number] for number in chances.argmax(axis=1)], chances.max(axis=1)

    def sentiment_probabilities(self, texts: Sequence[str], langs: Sequence[str], words: Words | None = None) -> Array:
        """Probability of each of `sentiments` (texts, classes)."""
        fast = self._fast_sentiment.probabilities(texts, langs, words)
        return self._sentiment.probabilities(self._encoder.layers(texts, self._sentiment.layers), fast, _at_home(langs))

    def emotion(
        self, texts: Sequence[str], langs: Sequence[str], words: Words | None = None
    ) -> tuple[list[str | None], list[float | None]]:
        """Emotion of each text and its probability; None for both where the fast tier tells none: the language was not learnt."""
        at_home = _at_home(langs)
        rows = np.flatnonzero(at_home)
        told: list[str | None] = [None] * len(texts)
        sure: list[float | None] = [None] * len(texts)
        if len(rows):
            chances = self._emotion_probabilities([texts[row] for row in rows.tolist()], None if words is None else take(words, rows))
            for row, best, chance in zip(rows.tolist(), chances.argmax(axis=1).tolist(), chances.max(axis=1).tolist(), strict=True):
                told[row], sure[row] = self.emotions[best], chance
        return told, sure

    def _emotion_probabilities(self, texts: Sequence[str], words: Words | None) -> Array:
        fast = self._fast_emotion.probabilities(self._vocabulary.read(texts) if words is None else words)
        return self._emotion.probabilities(self._encoder.layers(texts, self._emotion.layers), fast, np.ones(len(texts), bool))


def _at_home(langs: Sequence[str]) -> NDArray[np.bool_]:
    return np.fromiter((lang in ARCHIPELAGO for lang in langs), bool, len(langs))
