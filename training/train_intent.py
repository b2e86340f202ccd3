"""Trains analytics/models/intent.npz, firsthand_cues.npz and firsthand.npz on posts labelled by hand (see labelled.py).

Trained on the parts train and tune; the parts test and fresh were set aside before anything was tried and give the figures of the cards.
"""

from __future__ import annotations

from pathlib import Path

from analytics.evaluation.labelled import KEPT_APART, labelled_posts
from analytics.text.cues import NAMES, Cues
from analytics.text.features import Vocabulary
from analytics.text.firsthand import YES
from analytics.text.linear import MODELS
from training.fit import Recipe, fit, pack
from training.grow import grow

RECIPE = Recipe(shortest=3, longest=5, pairs=True, negation=True, emphasis=3, rarity=1.0, occurs_in=2, penalty=1e-4, rounds=80)
KEEP = 60_000


def train(folder: Path) -> None:
    """Write the three models."""
    posts = [post for post in labelled_posts(folder) if post.split not in KEPT_APART]
    texts = [post.text for post in posts]
    vocabulary = Vocabulary()
    cues = Cues(vocabulary).count(texts, vocabulary.read(texts))
    grow(cues, [post.intent for post in posts], NAMES, balanced=True).save(MODELS / "intent.npz")
    first_hand = [YES if post.first_hand else "no" for post in posts]
    grow(cues, first_hand, NAMES, balanced=False).save(MODELS / "firsthand_cues.npz")
    pack(fit(texts, first_hand, [1.0] * len(texts), RECIPE), RECIPE, texts, KEEP).save(MODELS / "firsthand.npz")
