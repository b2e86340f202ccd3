"""Trains analytics/models/sentiment_near.npz (Indonesian and its sisters) and sentiment_far.npz (English and the rest).

Data of the first: SmSA without what resembles NusaX, the same carried over word by word into the local languages, NusaX (train part),
EmoT (anger, fear and sadness read as negative, happiness and love as positive). Data of the second: TweetEval, UMSAB (ar de en es fr
hi it pt) and NusaX's English. Two models beat one: what is negative in one family of languages is a plain word in the other.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from analytics.text.linear import MODELS
from analytics.text.sentiment import ARCHIPELAGO
from training.align import carry_over, dictionaries
from training.corpora import read_set, set_aside
from training.fit import Recipe, calibrate, fit, pack

RECIPE = Recipe(shortest=3, longest=6, pairs=True, negation=True, emphasis=3, occurs_in=2, penalty=3e-5, rounds=80)
FAR_RECIPE = replace(RECIPE, longest=5, penalty=1e-5, occurs_in=3)
KEEP = 200_000
CARRIED = 4  #: local languages that each SmSA post is put into, word by word
CARRIED_WEIGHT = 0.3
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
    for text, label in zip(smsa["text"], smsa["label"], strict=True):
        yield Example(text, label, "id", "smsa", set_aside(text, 10))
    emot = read_set(folder, "emot", "train")
    for text, label in zip(emot["text"], emot["label"], strict=True):
        yield Example(text, _EMOTIONS[label], "id", "emot", set_aside(text, 10), EMOT_WEIGHT)
    for name in ("tweeteval_sentiment", "umsab"):
        table = read_set(folder, name, "train")
        for text, label, lang in zip(table["text"], table["label"], table["lang"], strict=True):
            yield Example(text, label, lang, name, set_aside(text, 10))


def carried(folder: Path, found: list[Example]) -> Iterator[Example]:
    """SmSA posts in some of the local languages, word by word: rough, but the words of praise and blame arrive."""
    words, draw = dictionaries(folder), random.Random(0)
    for example in found:
        if example.source == "smsa" and not example.aside:
            for lang in draw.sample(sorted(words), CARRIED):
                yield replace(example, text=carry_over(example.text, words[lang], draw), lang=lang, source="carried", weight=CARRIED_WEIGHT)


def train(folder: Path) -> None:
    """Write both models."""
    found = list(examples(folder))
    near = [one for one in found if one.lang in ARCHIPELAGO]
    train_one([*near, *carried(folder, near)], RECIPE, MODELS / "sentiment_near.npz")
    train_one([one for one in found if one.lang not in ARCHIPELAGO], FAR_RECIPE, MODELS / "sentiment_far.npz")


def train_one(found: list[Example], recipe: Recipe, file: Path) -> None:
    """Fit one model, set its temperature on what was set aside, and write it."""
    learnt, aside = [one for one in found if not one.aside], [one for one in found if one.aside and one.source != "emot"]
    fitted = fit([one.text for one in learnt], [one.sentiment for one in learnt], [one.weight for one in learnt], recipe)
    weights = pack(fitted, recipe, [one.text for one in learnt], KEEP)
    calibrate(weights, [one.text for one in aside], [one.sentiment for one in aside]).save(file)
