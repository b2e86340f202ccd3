"""Trains analytics/models/emotion.npz: anger, fear, sadness, joy, love or neutral, in Indonesian as it is written in posts.

EmoT (train part) has the five emotions. Neutral posts come from four sets, so that no subject is mistaken for calm: the neutral posts of
the vaccination set, of SmSA and of NusaX, and the general information on dengue. The emotional posts of the vaccination set are few and
judged by one reader; they count less, and rare ones more than frequent ones. Its disgust and its surprise are learnt as emotions of their
own (analytics/text/emotion.py says as which they are told). Posts written like those of both sets, and posts of SmSA and dengue_id that
were read for their emotion, weigh less: they widen the words that are known. The penalty is strong and holds the coefficients to those of
the sentiment model, which has seen many more posts: anger, fear and sadness to negative, joy and love to positive.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from analytics.text.features import Keys
from analytics.text.linear import MODELS, Weights
from training.corpora import labelled_emotions, read_set, set_aside, short_hash, written_emotions
from training.fit import Recipe, calibrate, fit, pack

RECIPE = Recipe(shortest=3, longest=5, pairs=True, negation=True, emphasis=3, rarity=1.0, occurs_in=2, penalty=1e-2, rounds=80)
KEEP = 120_000
LEANING = 0.6  #: of the sentiment model's coefficients that the emotions start from
VACCINE_WEIGHT = 0.7
NEUTRAL_WEIGHT = 0.5  #: of neutral posts of other sets
WRITTEN, LABELLED = "written", "labelled"  #: sources: written for the project, and posts of other sets that were read for their emotion
ADDED_WEIGHT = 0.3  #: of both
#: Power of the weights under which all labels of a set would weigh the same: of the vaccination set one is neutral in two of three posts.
EVENED = {"emot": 1.0, "vaccine_emotion_id": 0.5}
#: How far emotions that are rare are told more often than they are the likeliest: a power of their share. By cross-validation.
RARER = 0.2
EMOT = {"anger": "anger", "fear": "fear", "sadness": "sadness", "happy": "joy", "love": "love"}
VACCINE = {
    "neutral": "neutral", "happy": "joy", "sad": "sadness", "anger": "anger", "disgust": "disgust", "fear": "fear", "surprise": "surprise",
}  # fmt: skip
_SENTIMENT = {
    "anger": "negative", "disgust": "negative", "fear": "negative", "sadness": "negative", "joy": "positive", "love": "positive",
    "neutral": "neutral", "surprise": "neutral",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Example:
    text: str
    emotion: str
    source: str
    weight: float

    @property
    def aside(self) -> bool:
        """Kept for the temperature and for choosing the recipe."""
        return self.source not in (WRITTEN, LABELLED) and set_aside(self.text, 8)


def examples(folder: Path) -> Iterator[Example]:
    """All training texts with their emotion, in a fixed order."""
    for name, mapping, weight in (("emot", EMOT, 1.0), ("vaccine_emotion_id", VACCINE, VACCINE_WEIGHT)):
        table = read_set(folder, name, "train")
        table = table[table["label"].isin(mapping)]
        often = table["label"].value_counts(normalize=True) * len(mapping)
        for text, label in zip(table["text"], table["label"], strict=True):
            yield Example(text, mapping[label], name, weight * float(often[label]) ** -EVENED[name])
    smsa = read_set(folder, "smsa", "train_no_nusax")
    for text in smsa["text"][smsa["label"] == "neutral"]:
        yield Example(text, "neutral", "smsa", NEUTRAL_WEIGHT)
    nusax = read_set(folder, "nusax_senti", "train")
    for text in nusax["text"][(nusax["label"] == "neutral") & (nusax["lang"] == "id")]:
        yield Example(text, "neutral", "nusax", NEUTRAL_WEIGHT)
    dengue = read_set(folder, "dengue_id", "train")
    for text in dengue["text"][dengue["label"] == "general_info"]:
        yield Example(text, "neutral", "dengue_id", NEUTRAL_WEIGHT)
    for name, label, text in written_emotions():
        yield Example(text, {"emot": EMOT, "vaccine_emotion_id": VACCINE}[name][label], WRITTEN, ADDED_WEIGHT)
    for text, emotion in read_for_emotion(folder):
        yield Example(text, emotion, LABELLED, ADDED_WEIGHT)


def read_for_emotion(folder: Path) -> Iterator[tuple[str, str]]:
    """Posts of SmSA and dengue_id with the emotion that a reader found, or neutral."""
    found = labelled_emotions()
    for text in dict.fromkeys([*read_set(folder, "smsa", "train_no_nusax")["text"], *read_set(folder, "dengue_id", "train")["text"]]):
        label = found.get(short_hash(text))
        if label:
            yield text, EMOT.get(label, label)


def leaning() -> tuple[Keys, NDArray[np.float64]]:
    """What the sentiment model knows, as coefficients of the emotions in alphabetical order."""
    known = Weights.load(MODELS / "sentiment_near.npz")
    columns = [known.classes.index(_SENTIMENT[name]) for name in sorted(_SENTIMENT)]
    return known.keys, LEANING * known.scale * known.table[:, columns].astype(np.float64)


def train(folder: Path) -> None:
    """Write the model; needs sentiment_near.npz, which is trained before."""
    found = list(examples(folder))
    learnt, aside = [one for one in found if not one.aside], [one for one in found if one.aside]
    texts = [one.text for one in learnt]
    fitted = fit(texts, [one.emotion for one in learnt], [one.weight for one in learnt], RECIPE, leaning())
    weights = oftener(pack(fitted, RECIPE, texts, KEEP), [one.emotion for one in learnt])
    calibrate(weights, [one.text for one in aside], [one.emotion for one in aside]).save(MODELS / "emotion.npz")


def oftener(weights: Weights, emotions: Sequence[str]) -> Weights:
    """The same model with each emotion told the more often, the rarer it is among `emotions`."""
    share = np.array([emotions.count(name) for name in weights.classes]) / len(emotions)
    gain = -RARER * np.log(share)
    return replace(weights, bias=tuple(float(value) for value in np.array(weights.bias) + gain - gain.mean()))
