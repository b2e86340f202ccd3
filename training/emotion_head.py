"""The deep tier's head for emotions: one softmax regression over layers as they are and the tuned ones, for all labels of two sets.

The tuned layers have seen nearly all the posts that the head learns from, and would be believed too much: its weights are held back ten
times as strongly as those of a head over layers as they are. What the layers tell stays in build/embeddings (KENTONGAN_EMBEDDINGS names
another folder).
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from analytics.text.deep import Head
from analytics.text.emotion import EmotionModel
from analytics.text.encoded import remembered
from analytics.text.encoder import FILES, REPORTS, TUNED
from analytics.text.features import Vocabulary
from analytics.text.linear import fingerprint
from training.frozen_heads import Recipe, fit_head, stack
from training.tasks import FINER, Lesson, Lessons, emotion_lessons

RECIPE = Recipe((7, 9, 11, TUNED, REPORTS), penalty=1.0)
#: How far emotions that are rare are told more often than they are the likeliest: a power of their share. By cross-validation.
RARER = 0.4


def emotion_head(folder: Path) -> Head:
    """Fit on what was not set aside; fit the mix with the fast tier on what was."""
    found = emotion_lessons(folder)
    lesson = found.lessons[FINER]
    learnt = np.flatnonzero(~lesson.aside)
    means = _means([found.texts[row] for row in lesson.rows[learnt]])
    labels = [lesson.classes[place] for place in lesson.labels[learnt]]
    return mixed(found, fit_head(means, labels, lesson.weights[learnt].astype(np.float64), RECIPE))


def mixed(found: Lessons, head: Head) -> Head:
    """The head with the weights of its logits and of the fast tier, and rare emotions told oftener, which the bias holds."""
    lesson = found.lessons[FINER]
    aside = np.flatnonzero(lesson.aside)
    texts = [found.texts[row] for row in lesson.rows[aside]]
    vocabulary = Vocabulary()
    fast = EmotionModel(vocabulary).finer_probabilities(vocabulary.read(texts))
    logits = head.logits(_means(texts))
    own, other = stack(logits, fast, lesson.labels[aside], lesson.weights[aside])
    pair = (own, other)
    return replace(head, mix=(pair, pair), bias=head.bias + _oftener(lesson) / np.float32(own))


def remixed(found: Lessons, head: Head) -> Head:
    """The same head with new weights: where the fast tier is another one."""
    own = np.float32(head.mix[0][0])
    return mixed(found, replace(head, bias=head.bias - _oftener(found.lessons[FINER]) / own))


def _means(texts: list[str]) -> NDArray[np.float32]:
    """What the layers tell (texts, layers, 384); kept under a name that changes with the tuned layers."""
    name = "-".join(["emotions", *(fingerprint(FILES[layer]) for layer in RECIPE.layers if layer in FILES)])
    return remembered(name, layers=RECIPE.layers).layers(texts)


def _oftener(lesson: Lesson) -> NDArray[np.float32]:
    """What the logit of each emotion gains."""
    found = np.bincount(lesson.labels[~lesson.aside], minlength=len(lesson.classes))
    gain = -RARER * np.log(found / found.sum())
    return np.asarray(gain - gain.mean(), np.float32)
