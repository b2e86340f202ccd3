"""The deep tier: labels from meaning, for the posts that decide something. Tens of posts a second, not thousands.

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

from analytics.text.cues import Cues
from analytics.text.emotion import EmotionModel, as_told, told_classes
from analytics.text.encoder import Encoder, encoder
from analytics.text.features import Vocabulary, Words
from analytics.text.firsthand import YES, FirsthandModel
from analytics.text.intent import IntentModel
from analytics.text.linear import MODELS, LinearModel, Weights, take
from analytics.text.sentiment import ARCHIPELAGO, SentimentModel

Array = NDArray[np.float32]
HEADS = ("sentiment", "emotion", "intent", "firsthand", "illness")  #: each in models/deep_NAME.npz
ILLNESS_WORDS = MODELS / "deep_illness_words.npz"  #: the fast tier has no such label: a linear model stands in for it


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


@dataclass(frozen=True)
class DeepLabels:
    """What the deep tier tells of texts, row for row; emotion and illness are None where the language was not learnt."""

    sentiment: list[str]
    sentiment_p: Array
    emotion: list[str | None]
    emotion_p: list[float | None]
    intent: list[str]
    intent_p: Array
    firsthand_p: Array  #: probability that somebody ill is told of at first hand
    illness: list[str | None]  #: one of DeepTier.illnesses
    illness_p: list[float | None]


class DeepTier:
    """Loads its heads at once and the encoder when first asked; may share a vocabulary with the fast tier.

    Raises InputError when first asked where the encoder's weights are missing.
    """

    def __init__(self, vocabulary: Vocabulary | None = None, encoder_: Encoder | None = None) -> None:
        self._encoder = encoder() if encoder_ is None else encoder_
        self._vocabulary = Vocabulary() if vocabulary is None else vocabulary
        self._fast = _Fast(self._vocabulary)
        self._heads = {name: Head.load(MODELS / f"deep_{name}.npz") for name in HEADS}
        self.sentiments, self.emotions = self._heads["sentiment"].classes, self.classes("emotion")
        self.intents, self.illnesses = self._heads["intent"].classes, self._heads["illness"].classes

    def label(self, texts: Sequence[str], langs: Sequence[str], words: Words | None = None) -> DeepLabels:
        """All labels of a batch, each text read once; `words` are the texts as the vocabulary read them.

        Texts must come redacted, as the worker has them: intent and first-hand illness were learnt on such.
        """
        chances = self.probabilities(texts, langs, HEADS, words)
        at_home = _at_home(langs)
        emotion, emotion_p = _where(at_home, *_likeliest(chances["emotion"], self.emotions))
        illness, illness_p = _where(at_home, *_likeliest(chances["illness"], self.illnesses))
        return DeepLabels(
            *_likeliest(chances["sentiment"], self.sentiments),
            emotion,
            emotion_p,
            *_likeliest(chances["intent"], self.intents),
            chances["firsthand"][:, self._heads["firsthand"].classes.index(YES)],
            illness,
            illness_p,
        )

    def probabilities(
        self, texts: Sequence[str], langs: Sequence[str], heads: Sequence[str] = HEADS, words: Words | None = None
    ) -> dict[str, Array]:
        """Probability of each class of some heads, by their names: (texts, classes), in the order of `classes(name)`."""
        told = self._probabilities(texts, langs, heads, words)
        return {name: as_told(chances, self.finer_emotions) if name == "emotion" else chances for name, chances in told.items()}

    @property
    def finer_emotions(self) -> tuple[str, ...]:
        """The emotions that were taught, disgust and surprise among them."""
        return self._heads["emotion"].classes

    def finer_probabilities(self, texts: Sequence[str], langs: Sequence[str], words: Words | None = None) -> Array:
        """Probability of each of `finer_emotions` (texts, finer_emotions), whatever the language."""
        return self._probabilities(texts, langs, ("emotion",), words)["emotion"]

    def _probabilities(self, texts: Sequence[str], langs: Sequence[str], heads: Sequence[str], words: Words | None) -> dict[str, Array]:
        words = self._vocabulary.read(texts) if words is None else words
        wanted = sorted({layer for name in heads for layer in self._heads[name].layers})
        means = self._encoder.layers(texts, wanted)
        at_home = _at_home(langs)
        told = {}
        for name in heads:
            head = self._heads[name]
            columns = [wanted.index(layer) for layer in head.layers]
            told[name] = head.probabilities(means[:, columns], self._fast.probabilities(name, texts, langs, words), at_home)
        return told

    def classes(self, head: str) -> tuple[str, ...]:
        """The classes of a head of HEADS, as they are told."""
        classes = self._heads[head].classes
        return told_classes(classes) if head == "emotion" else classes

    def sentiment(self, texts: Sequence[str], langs: Sequence[str], words: Words | None = None) -> tuple[list[str], Array]:
        """Sentiment of each text and its probability (texts,); `words` are the texts as the vocabulary read them."""
        return _likeliest(self.sentiment_probabilities(texts, langs, words), self.sentiments)

    def sentiment_probabilities(self, texts: Sequence[str], langs: Sequence[str], words: Words | None = None) -> Array:
        """Probability of each of `sentiments` (texts, classes)."""
        return self.probabilities(texts, langs, ("sentiment",), words)["sentiment"]

    def emotion(
        self, texts: Sequence[str], langs: Sequence[str], words: Words | None = None
    ) -> tuple[list[str | None], list[float | None]]:
        """Emotion of each text and its probability; None for both where the fast tier tells none: the language was not learnt."""
        return self._of_home("emotion", texts, langs, words)

    def illness(
        self, texts: Sequence[str], langs: Sequence[str], words: Words | None = None
    ) -> tuple[list[str | None], list[float | None]]:
        """How each text speaks of illness, one of `illnesses`, and its probability; None for both where the language was not learnt."""
        return self._of_home("illness", texts, langs, words)

    def intent(self, texts: Sequence[str], langs: Sequence[str], words: Words | None = None) -> tuple[list[str], Array]:
        """What each text is for, and its probability (texts,)."""
        return _likeliest(self.probabilities(texts, langs, ("intent",), words)["intent"], self.intents)

    def firsthand(self, texts: Sequence[str], langs: Sequence[str], words: Words | None = None) -> Array:
        """Probability of each text (texts,) that it tells at first hand of somebody ill."""
        return self.probabilities(texts, langs, ("firsthand",), words)["firsthand"][:, self._heads["firsthand"].classes.index(YES)]

    def _of_home(
        self, head: str, texts: Sequence[str], langs: Sequence[str], words: Words | None
    ) -> tuple[list[str | None], list[float | None]]:
        """A label of the texts in the archipelago's languages; others are not read."""
        at_home = _at_home(langs)
        rows = np.flatnonzero(at_home)
        chosen = [texts[row] for row in rows.tolist()], [langs[row] for row in rows.tolist()]
        chances = np.zeros((len(texts), len(self.classes(head))), np.float32)
        if len(rows):
            chances[rows] = self.probabilities(*chosen, (head,), None if words is None else take(words, rows))[head]
        return _where(at_home, *_likeliest(chances, self.classes(head)))


class _Fast:
    """What the fast tier tells of a text, for each head that is stacked on it."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._sentiment, self._emotion = SentimentModel(vocabulary), EmotionModel(vocabulary)
        self._intent, self._firsthand = IntentModel(vocabulary), FirsthandModel(vocabulary)
        self._illness = LinearModel(Weights.load(ILLNESS_WORDS), vocabulary)
        self._cues = Cues(vocabulary)

    def probabilities(self, head: str, texts: Sequence[str], langs: Sequence[str], words: Words) -> Array:
        """Probability of each of the head's classes (texts, classes)."""
        match head:
            case "sentiment":
                return self._sentiment.probabilities(texts, langs, words)
            case "emotion":
                return self._emotion.finer_probabilities(words)
            case "intent":
                return self._intent.probabilities(words, self._cues.count(texts, words))
            case "firsthand":
                yes = self._firsthand.predict(words, self._cues.count(texts, words))
                return np.column_stack([1 - yes, yes])
            case "illness":
                return self._illness.probabilities(words)[0]
            case _:
                raise ValueError(f"no head {head}")


def _likeliest(chances: Array, classes: Sequence[str]) -> tuple[list[str], Array]:
    return [classes[number] for number in chances.argmax(axis=1)], chances.max(axis=1)


def _where(told: NDArray[np.bool_], labels: list[str], chances: Array) -> tuple[list[str | None], list[float | None]]:
    return (
        [label if one else None for label, one in zip(labels, told, strict=True)],
        [chance if one else None for chance, one in zip(chances.tolist(), told, strict=True)],
    )


def _at_home(langs: Sequence[str]) -> NDArray[np.bool_]:
    return np.fromiter((lang in ARCHIPELAGO for lang in langs), bool, len(langs))
