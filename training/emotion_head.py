"""The deep tier's head for emotions: the sum of a softmax regression and of the attending head, for all labels of two sets.

The regression reads means of layers as they are and of the tuned ones. These have seen nearly all the posts that it learns from, and
would be believed too much: its weights are held back ten times as strongly as those of a head over layers as they are. What the layers
tell stays in build/embeddings (KENTONGAN_EMBEDDINGS names another folder).
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from analytics.text.deep import Head
from analytics.text.emotion import EmotionModel
from analytics.text.encoded import remembered
from analytics.text.encoder import ATTENDED, FILES, REPORTS, TUNED, WIDTH, encoder
from analytics.text.features import Vocabulary
from analytics.text.linear import fingerprint
from training.frozen_heads import Recipe, fit_head, stack, weigh
from training.tasks import FINER, Lesson, Lessons, emotion_lessons

RECIPE = Recipe((7, 9, 11, TUNED, REPORTS), penalty=1.0)
#: How far emotions that are rare are told more often than they are the likeliest: a power of their share. By cross-validation.
RARER = 0.4


def emotion_head(folder: Path) -> Head:
    """Fit on what was not set aside; weigh it, the attending head, which is fitted before, and the fast tier on what was."""
    found = emotion_lessons(folder)
    lesson = found.lessons[FINER]
    learnt = np.flatnonzero(~lesson.aside)
    means = _means([found.texts[row] for row in lesson.rows[learnt]])
    labels = [lesson.classes[place] for place in lesson.labels[learnt]]
    return added(found, fit_head(means, labels, lesson.weights[learnt].astype(np.float64), RECIPE), attending(lesson.classes))


def attending(classes: tuple[str, ...]) -> Head:
    """The attending head as one that reads what it tells itself."""
    nothing, alone = np.zeros(WIDTH, np.float32), ((1.0, 0.0), (1.0, 0.0))
    return Head(classes, (ATTENDED,), alone, nothing, np.eye(WIDTH, len(classes), dtype=np.float32), nothing[: len(classes)])


def added(found: Lessons, head: Head, other_head: Head) -> Head:
    """Both heads as one, with the weights of their logits and of the fast tier, and rare emotions told oftener, which the bias holds."""
    lesson = found.lessons[FINER]
    aside = np.flatnonzero(lesson.aside)
    texts = [found.texts[row] for row in lesson.rows[aside]]
    means = encoder().layers(texts, (*head.layers, *other_head.layers))
    parts = head.logits(means[:, : len(head.layers)]), other_head.logits(means[:, len(head.layers) :]), np.log(_fast(texts).clip(1e-6))
    first, second, other = weigh(parts, (0.4, 0.4, 0.4), lesson.labels[aside], lesson.weights[aside])
    pair = (1.0, other)
    return Head(
        head.classes,
        (*head.layers, *other_head.layers),
        (pair, pair),
        np.concatenate([head.centre, other_head.centre]),
        np.concatenate([head.table * np.float32(first), other_head.table * np.float32(second)]),
        head.bias * np.float32(first) + other_head.bias * np.float32(second) + _oftener(lesson),
    )


def remixed(found: Lessons, head: Head) -> Head:
    """The same head with new weights of its logits and of the fast tier: where the fast tier is another one."""
    lesson = found.lessons[FINER]
    aside = np.flatnonzero(lesson.aside)
    texts = [found.texts[row] for row in lesson.rows[aside]]
    plain = replace(head, bias=head.bias - _oftener(lesson) / np.float32(head.mix[0][0]))
    own, other = stack(plain.logits(encoder().layers(texts, head.layers)), _fast(texts), lesson.labels[aside], lesson.weights[aside])
    pair = (own, other)
    return replace(plain, mix=(pair, pair), bias=plain.bias + _oftener(lesson) / np.float32(own))


def _fast(texts: list[str]) -> NDArray[np.float32]:
    """What the fast tier tells (texts, finer emotions)."""
    vocabulary = Vocabulary()
    return EmotionModel(vocabulary).finer_probabilities(vocabulary.read(texts))


def _means(texts: list[str]) -> NDArray[np.float32]:
    """What the layers tell (texts, layers, 384); kept under a name that changes with the tuned layers."""
    name = "-".join(["emotions", *(fingerprint(FILES[layer]) for layer in RECIPE.layers if layer in FILES)])
    return remembered(name, layers=RECIPE.layers).layers(texts)


def _oftener(lesson: Lesson) -> NDArray[np.float32]:
    """What the logit of each emotion gains."""
    found = np.bincount(lesson.labels[~lesson.aside], minlength=len(lesson.classes))
    gain = -RARER * np.log(found / found.sum())
    return np.asarray(gain - gain.mean(), np.float32)
