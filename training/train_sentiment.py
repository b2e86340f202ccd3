"""Trains analytics/models/sentiment_near.npz (Indonesian and its sisters) and sentiment_far.npz (English and the rest).

Data of the first: SmSA without what resembles NusaX, NusaX (train part), EmoT (anger, fear and sadness read as negative, happiness and love
as positive). A local word counts as itself and, at half weight, as the Indonesian words that it stands for (training/align.py), so what
SmSA teaches of them reaches it. Data of the second: TweetEval, UMSAB (ar de es fr hi it pt; not its English) and NusaX's
English. Two models beat one: what is negative in one family of languages is a plain word in the other.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from analytics.text.features import Vocabulary
from analytics.text.linear import MODELS, LinearModel, Weights
from analytics.text.sentiment import ARCHIPELAGO
from training.align import carry_over, english_words, readings
from training.corpora import read_set, set_aside
from training.fit import Readings, Recipe, cooled, fit, pack, temperature
from warehouse.records import SENTIMENTS

RECIPE = Recipe(shortest=3, longest=6, pairs=True, negation=True, emphasis=3, rarity=1.0, occurs_in=2, penalty=5e-3, rounds=80)
FAR_RECIPE = replace(RECIPE, longest=5, rarity=0.0, penalty=1e-5, occurs_in=3)
KEEP = 200_000
READ = 0.5  #: weight of what a local word stands for in Indonesian, against the word itself
CARRIED_WEIGHT = 0.5  #: of SmSA posts put into English word by word
EMOT_WEIGHT = 0.1  #: an emotion is not quite a sentiment
NUSAX_WEIGHT = 2.0
ENGLISH_WEIGHT = 6.0  #: of NusaX's English: few reviews among many tweets
TWEETS_WEIGHT = 0.7  #: of TweetEval's tweets, which are many and speak of other things
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
    evened = evening(nusax["label"])
    for text, label, lang, sentence in zip(nusax["text"], nusax["label"], nusax["lang"], nusax["id"], strict=True):
        weight = ENGLISH_WEIGHT if lang == "en" else NUSAX_WEIGHT * evened[label]
        yield Example(text, label, lang, "nusax", set_aside(sentence, 8), weight)
    smsa = read_set(folder, "smsa", "train_no_nusax")
    evened = evening(smsa["label"])
    for text, label in zip(smsa["text"], smsa["label"], strict=True):
        yield Example(text, label, "id", "smsa", set_aside(text, 10), evened[label])
    emot = read_set(folder, "emot", "train")
    for text, label in zip(emot["text"], emot["label"], strict=True):
        yield Example(text, _EMOTIONS[label], "id", "emot", set_aside(text, 10), EMOT_WEIGHT)
    umsab = read_set(folder, "umsab", "train")
    umsab = umsab[umsab["lang"] != "en"]  # most of its English tweets stand in TweetEval's dev part, and would flatter it
    for name, table, share in (
        ("tweeteval_sentiment", read_set(folder, "tweeteval_sentiment", "train"), TWEETS_WEIGHT),
        ("umsab", umsab, 1.0),
    ):
        evened = {label: share * weight for label, weight in evening(table["label"]).items()}
        for text, label, lang in zip(table["text"], table["label"], table["lang"], strict=True):
            yield Example(text, label, lang, name, set_aside(text, 10), evened[label])


def evening(labels: pd.Series) -> dict[str, float]:
    """Weights under which all sentiments weigh the same. SmSA has six positive posts to one neutral: no share to expect elsewhere."""
    return {str(label): 1 / (len(SENTIMENTS) * share) for label, share in labels.value_counts(normalize=True).items()}


def in_english(folder: Path, found: list[Example]) -> Iterator[Example]:
    """SmSA posts put into English word by word: rough, but what is praised and blamed in reviews arrives, of which tweets hold little."""
    words, draw = english_words(folder, whole=False), random.Random(0)
    for example in found:
        if example.source == "smsa" and not example.aside:
            text = carry_over(example.text, words, draw)
            yield replace(example, text=text, lang="en", source="carried", weight=CARRIED_WEIGHT * example.weight)


def train(folder: Path) -> None:
    """Write both models, and how the posts that were set aside are told."""
    found = list(examples(folder))
    near, far = ([one for one in found if (one.lang in ARCHIPELAGO) == at_home] for at_home in (True, False))
    errors = {
        "near": train_one(near, RECIPE, MODELS / "sentiment_near.npz", partial(_readings, folder)),
        "far": train_one([*far, *in_english(folder, near)], FAR_RECIPE, MODELS / "sentiment_far.npz"),
    }
    (MODELS / "sentiment_errors.json").write_text(json.dumps(errors) + "\n", "utf-8")


def train_one(
    found: list[Example], recipe: Recipe, file: Path, stand_for: Callable[[bool], Readings | None] = lambda whole: None
) -> list[list[int]]:
    """Fit one model and write it; gives how posts set aside were told, by a model without them: label (rows), told (columns).

    The temperature is that of the model without them too. `stand_for` gives readings, told whether they may be learnt from all posts.
    """
    aside = [one for one in found if one.aside and one.source != "emot"]
    texts, labels = [one.text for one in aside], [one.sentiment for one in aside]
    partly = _fit([one for one in found if not one.aside], recipe, stand_for(False))
    cooled(_fit(found, recipe, stand_for(True)), temperature(partly, texts, labels)).save(file)
    return _errors(partly, aside)


def _fit(learnt: list[Example], recipe: Recipe, stand_for: Readings | None) -> Weights:
    texts = [one.text for one in learnt]
    fitted = fit(texts, [one.sentiment for one in learnt], [one.weight for one in learnt], recipe, readings=stand_for)
    return pack(fitted, recipe, texts, KEEP)


def _readings(folder: Path, whole: bool) -> Readings:
    return {word: {other: share * READ for other, share in others.items()} for word, others in readings(folder, whole).items()}


def _errors(weights: Weights, aside: list[Example]) -> list[list[int]]:
    vocabulary = Vocabulary()
    told = LinearModel(weights, vocabulary).probabilities(vocabulary.read([one.text for one in aside]))[0].argmax(axis=1)
    counts = np.zeros((len(SENTIMENTS), len(SENTIMENTS)), np.int64)
    np.add.at(counts, ([SENTIMENTS.index(one.sentiment) for one in aside], [SENTIMENTS.index(weights.classes[best]) for best in told]), 1)
    matrix: list[list[int]] = counts.tolist()
    return matrix
