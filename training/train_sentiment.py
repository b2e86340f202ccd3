"""Trains analytics/models/sentiment_near.npz (Indonesian and its sisters) and sentiment_far.npz (English and the rest).

Data: SmSA without what resembles NusaX, NusaX (train parts), EmoT (anger, fear and sadness read as negative, happiness and love as
positive) for the first; TweetEval, UMSAB (ar de en es fr hi it pt) and NusaX's English for the second. Two models beat one: what is
negative in one family of languages is a plain word in the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from analytics.text.linear import MODELS
from analytics.text.sentiment import ARCHIPELAGO
from training.corpora import read_set, set_aside
from training.fit import Recipe, calibrate, fit, pack

RECIPE = Recipe(shortest=1, longest=5, pairs=True, negation=True, occurs_in=2, penalty=3e-5, rounds=80)
KEEP = 200_000
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
        yield Example(text, label, lang, "nusax", set_aside(sentence, 8), 2.0)
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


EMOT_WEIGHT = 0.3  #: an emotion is not quite a sentiment


def train(folder: Path) -> None:
    """Write both models."""
    found = list(examples(folder))
    train_one([one for one in found if one.lang in ARCHIPELAGO], MODELS / "sentiment_near.npz")
    train_one([one for one in found if one.lang not in ARCHIPELAGO], MODELS / "sentiment_far.npz")


def train_one(found: list[Example], file: Path) -> None:
    """Fit one model, set its temperature on what was set aside, and write it."""
    learnt, aside = [one for one in found if not one.aside], [one for one in found if one.aside]
    fitted = fit([one.text for one in learnt], [one.sentiment for one in learnt], [one.weight for one in learnt], RECIPE)
    weights = pack(fitted, RECIPE, [one.text for one in learnt], KEEP)
    calibrate(weights, [one.text for one in aside], [one.sentiment for one in aside]).save(file)
