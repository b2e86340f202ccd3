"""Trains analytics/models/sentiment_near.npz (Indonesian and its sisters) and sentiment_far.npz (English and the rest).

Data of the first: SmSA without what resembles NusaX, the same carried over word by word into the local languages, NusaX (train part),
EmoT (anger, fear and sadness read as negative, happiness and love as positive). Data of the second: TweetEval, UMSAB (ar de en es fr
hi it pt) and NusaX's English. Two models beat one: what is negative in one family of languages is a plain word in the other.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from analytics.text.features import Vocabulary
from analytics.text.linear import MODELS, LinearModel, Weights
from analytics.text.sentiment import ARCHIPELAGO
from training.align import carry_over, dictionaries, readings
from training.corpora import read_set, set_aside
from training.fit import Readings, Recipe, calibrate, fit, pack
from warehouse.records import SENTIMENTS

RECIPE = Recipe(shortest=3, longest=6, pairs=True, negation=True, emphasis=3, occurs_in=2, penalty=3e-5, rounds=80)
FAR_RECIPE = replace(RECIPE, longest=5, penalty=1e-5, occurs_in=3)
KEEP = 200_000
CARRIED = 4  #: local languages that each SmSA post is put into, word by word
CARRIED_WEIGHT = 0.3
READ = 0.5  #: weight of what a local word stands for in Indonesian, against the word itself
EMOT_WEIGHT = 0.1  #: an emotion is not quite a sentiment
NUSAX_WEIGHT = 2.0
_EMOTIONS = {"anger": "negative", "fear": "negative", "sadness": "negative", "happy": "positive", "love": "positive"}


@dataclass(frozen=True, slots=True)
class Example:
    text: str
    sentiment: str
    lang: str
    source: str
    aside: bool  #: kept for the temperature and for choosing the recipe
    weight: float = 1.0


def examples(folder: Path) -> Iterator[Example]:
    """All training texts with their sentiment, in a fixed order."""
    nusax = read_set(folder, "nusax_senti", "train")
    for text, label, lang, sentence in zip(nusax["text"], nusax["label"], nusax["lang"], nusax["id"], strict=True):
        yield Example(text, label, lang, "nusax", set_aside(sentence, 8), NUSAX_WEIGHT)
    smsa = read_set(folder, "smsa", "train_no_nusax")
    evened = evening(smsa["label"])
    for text, label in zip(smsa["text"], smsa["label"], strict=True):
        yield Example(text, label, "id", "smsa", set_aside(text, 10), evened[label])
    emot = read_set(folder, "emot", "train")
    for text, label in zip(emot["text"], emot["label"], strict=True):
        yield Example(text, _EMOTIONS[label], "id", "emot", set_aside(text, 10), EMOT_WEIGHT)
    for name in ("tweeteval_sentiment", "umsab"):
        table = read_set(folder, name, "train")
        for text, label, lang in zip(table["text"], table["label"], table["lang"], strict=True):
            yield Example(text, label, lang, name, set_aside(text, 10))


def evening(labels: pd.Series) -> dict[str, float]:
    """Weights under which all sentiments weigh the same. SmSA has six positive posts to one neutral: no share to expect elsewhere."""
    return {str(label): 1 / (len(SENTIMENTS) * share) for label, share in labels.value_counts(normalize=True).items()}


def carried(folder: Path, found: list[Example]) -> Iterator[Example]:
    """SmSA posts in some of the local languages, word by word: rough, but the words of praise and blame arrive."""
    words, draw = dictionaries(folder), random.Random(0)
    for example in found:
        if example.source == "smsa" and not example.aside:
            for lang in draw.sample(sorted(words), CARRIED):
                yield replace(
                    example,
                    text=carry_over(example.text, words[lang], draw),
                    lang=lang,
                    source="carried",
                    weight=CARRIED_WEIGHT * example.weight,
                )


def train(folder: Path) -> None:
    """Write both models."""
    found = list(examples(folder))
    near = [one for one in found if one.lang in ARCHIPELAGO]
    stand_for = {
        word: {other: share * READ for other, share in others.items()} for word, others in readings(folder).items() if word.isalpha()
    }
    errors = {
        "near": train_one([*near, *carried(folder, near)], RECIPE, MODELS / "sentiment_near.npz", stand_for),
        "far": train_one([one for one in found if one.lang not in ARCHIPELAGO], FAR_RECIPE, MODELS / "sentiment_far.npz"),
    }
    (MODELS / "sentiment_errors.json").write_text(json.dumps(errors) + "\n", "utf-8")


def train_one(found: list[Example], recipe: Recipe, file: Path, stand_for: Readings | None = None) -> list[list[int]]:
    """Fit one model, set its temperature on what was set aside, and write it; gives how that was told: label (rows), told (columns)."""
    learnt, aside = [one for one in found if not one.aside], [one for one in found if one.aside and one.source != "emot"]
    texts = [one.text for one in learnt]
    fitted = fit(texts, [one.sentiment for one in learnt], [one.weight for one in learnt], recipe, readings=stand_for)
    weights = pack(fitted, recipe, texts, KEEP)
    weights = calibrate(weights, [one.text for one in aside], [one.sentiment for one in aside])
    weights.save(file)
    return _errors(weights, aside)


def _errors(weights: Weights, aside: list[Example]) -> list[list[int]]:
    vocabulary = Vocabulary()
    told = LinearModel(weights, vocabulary).probabilities(vocabulary.read([one.text for one in aside]))[0].argmax(axis=1)
    counts = np.zeros((len(SENTIMENTS), len(SENTIMENTS)), np.int64)
    np.add.at(counts, ([SENTIMENTS.index(one.sentiment) for one in aside], [SENTIMENTS.index(weights.classes[best]) for best in told]), 1)
    matrix: list[list[int]] = counts.tolist()
    return matrix
