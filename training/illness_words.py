"""Trains analytics/models/deep_illness_words.npz: what a post on dengue tells, by its words. Only the deep tier asks it.

Learnt from dengue_id's train part, without the posts that weigh its answer and the head's in their sum.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from analytics.text.deep import ILLNESS_WORDS
from analytics.text.features import Vocabulary
from analytics.text.linear import LinearModel, Weights
from analytics.text.redact import redact
from training.fit import Recipe, fit, pack
from training.tasks import ILLNESS, lessons

RECIPE = Recipe(shortest=3, longest=5, pairs=True, negation=True, emphasis=3, rarity=0.0, occurs_in=2, penalty=3e-4, rounds=60)
KEEP = 30_000


def train_illness_words(folder: Path) -> None:
    """Write the model."""
    found = lessons(folder)
    lesson = found.lessons[ILLNESS]
    texts = [redact(found.texts[row]) for row in lesson.rows[~lesson.aside]]
    labels = [lesson.classes[label] for label in lesson.labels[~lesson.aside]]
    pack(fit(texts, labels, [1.0] * len(texts), RECIPE), RECIPE, texts, KEEP).save(ILLNESS_WORDS)


def told_by_words(texts: Sequence[str]) -> NDArray[np.float32]:
    """Probability of each kind (texts, kinds), in the order of their names."""
    vocabulary = Vocabulary()
    model = LinearModel(Weights.load(ILLNESS_WORDS), vocabulary)
    return model.probabilities(vocabulary.read([redact(text) for text in texts]))[0]
