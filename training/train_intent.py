"""Trains the models of what a post is for (intent) and of first-hand illness (firsthand), on posts labelled by hand (see labelled.py).

The parts test and fresh were set aside before anything was tried and give the figures of the cards; all others are learnt from.
Each label has a linear model over words and a small network over cues and over what the linear model told of posts that it had not seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedGroupKFold

from analytics.evaluation.copies import stories
from analytics.evaluation.labelled import ILLNESS, KEPT_APART, LATER, Labelled, labelled_posts
from analytics.text.cues import NAMES, Cues
from analytics.text.features import Vocabulary
from analytics.text.firsthand import YES
from analytics.text.linear import MODELS, LinearModel, Weights
from analytics.text.network import Network, log_chances
from training.corpora import Composed, written_intents
from training.fit import Recipe, fit, pack
from training.stack import Shape, fit_network
from training.teach import told_intents
from warehouse.records import INTENTS

#: The labels and their classes, in the order of their names.
CLASSES = {"intent": tuple(sorted(INTENTS)), "firsthand": ("no", YES)}
RECIPE = Recipe(shortest=3, longest=5, pairs=True, negation=True, emphasis=3, rarity=1.0, occurs_in=3, penalty=1e-4, rounds=40)
KEEP = 60_000
SHAPE = Shape(hidden=32, members=4, penalty=1e-2)
FOLDS = 5
#: Power of a class's share that its posts' weight in the network is divided by: rare intents count more; whether illness is told, as it is.
RARITY = {"intent": 0.3, "firsthand": 0.0}
WRITTEN_WEIGHT = 0.5  #: of posts written for the project on illness: half of them tell of it at first hand, which few posts do
#: Of posts that the deep tier told the intent of.
TOLD_WEIGHT = 0.3
#: Of English posts labelled later, which were chosen for what is rare and would be told too often; first-hand reports by those of illness
#: in full.
ENGLISH_WEIGHT = 0.3

Array = NDArray[np.float32]


@dataclass(frozen=True)
class Lesson:
    """Texts, their shares of the classes (texts, classes), and how much each counts."""

    texts: list[str]
    classes: tuple[str, ...]
    shares: Array
    weights: NDArray[np.float64]

    @property
    def labels(self) -> NDArray[np.intp]:
        """The place of each text's likeliest class."""
        return np.asarray(self.shares.argmax(axis=1))

    def part(self, rows: NDArray[np.intp]) -> Lesson:
        """Some of the texts."""
        return Lesson([self.texts[row] for row in rows], self.classes, self.shares[rows], self.weights[rows])


def train(folder: Path) -> None:
    """Write the four models."""
    for name in CLASSES:
        words, network = learn(lesson(folder, name), RARITY[name])
        words.save(MODELS / f"{name}.npz")
        network.save(MODELS / f"{name}_network.npz")


def lesson(folder: Path, name: str) -> Lesson:
    """Posts labelled by hand that may be learnt from, those written for the project, and for the intent those told by the deep tier."""
    posts = [*(post for post in labelled_posts(folder) if post.split not in KEPT_APART), *written_intents()]
    shares = np.array([label(post, name) for post in posts])[:, None] == np.array(CLASSES[name])
    texts, weights = [post.text for post in posts], [weight(post, name) for post in posts]
    if name == "intent":
        told, others = zip(*told_intents(folder), strict=True)
        texts, weights = [*texts, *told], [*weights, *[TOLD_WEIGHT] * len(told)]
        shares = np.concatenate([shares, np.array(others)])
    return Lesson(texts, CLASSES[name], shares.astype(np.float32), np.array(weights))


def weight(post: Labelled | Composed, name: str) -> float:
    """How much a post counts for a label."""
    if isinstance(post, Composed):
        return WRITTEN_WEIGHT if post.of_illness else 1.0
    if post.split == ILLNESS and name == "firsthand":
        return 1.0
    return ENGLISH_WEIGHT if post.split in LATER and post.lang == "en" else 1.0


def label(post: Labelled | Composed, name: str) -> str:
    """A post's label: its intent, or whether it is first-hand."""
    return post.intent if name == "intent" else YES if post.first_hand else "no"


def learn(whole: Lesson, rarity: float) -> tuple[Weights, Network]:
    """The linear model and the network of one label."""
    apart = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=0).split(whole.texts, whole.labels, stories(whole.texts))
    unseen = np.empty_like(whole.shares)
    for seen, aside in apart:
        unseen[aside] = tell(linear(whole.part(seen)), whole.part(aside).texts)
    features = np.hstack([count(whole.texts), unseen])
    weights = whole.weights * (whole.shares @ whole.shares.mean(axis=0) ** -rarity)
    return linear(whole), fit_network(features, whole.shares, weights, whole.classes, (*NAMES, *whole.classes), SHAPE)


def linear(whole: Lesson) -> Weights:
    """A linear model over words, pairs, n-grams of letters and negated words."""
    labels = [whole.classes[place] for place in whole.labels]
    fitted = fit(whole.texts, labels, whole.weights.tolist(), RECIPE, shares=whole.shares)
    return pack(fitted, RECIPE, whole.texts, KEEP)


def tell(weights: Weights, texts: Sequence[str]) -> Array:
    """Log probabilities (texts, classes) as the network takes them."""
    vocabulary = Vocabulary()
    return log_chances(LinearModel(weights, vocabulary), vocabulary.read(texts))


def count(texts: Sequence[str]) -> Array:
    """Cues (texts, NAMES)."""
    vocabulary = Vocabulary()
    return Cues(vocabulary).count(texts, vocabulary.read(texts))
