"""Fits the head that attends to pieces (analytics/text/attention.py) for emotions: by L-BFGS, from seeded beginnings, in one thread.

What the pieces of texts are after the layer lies in build/embeddings (KENTONGAN_EMBEDDINGS names another folder), some 300 MB.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from analytics.text.attention import Attention, attend, own_pieces
from analytics.text.encoder import LIMIT, WIDTH, Encoder
from training.fit import softmax
from training.tasks import FINER, emotion_lessons
from training.tune import States

Array = NDArray[np.float32]
LAYER = 7  #: whose pieces are attended to, from 0


@dataclass(frozen=True)
class Recipe:
    """Penalties: L2 on queries and values over standardised pieces, as a share of the mean loss. By cross-validation."""

    queries: float = 3e-2
    values: float = 1e-1
    rounds: int = 60


def emotion_attention(folder: Path) -> Attention:
    """Fit on what was not set aside of both sets of emotions."""
    found = emotion_lessons(folder)
    lesson = found.lessons[FINER]
    kept = Path(os.environ["KENTONGAN_EMBEDDINGS"])
    kept.mkdir(parents=True, exist_ok=True)
    states = States(found.texts, kept / "states-emotions.npy", Encoder(in_bytes=False), LAYER)
    learnt = np.flatnonzero(~lesson.aside)
    weights = lesson.weights[learnt].astype(np.float64)
    return fit_attention(states, lesson.rows[learnt], lesson.labels[learnt], weights, lesson.classes, Recipe())


def fit_attention(
    states: States,
    rows: NDArray[np.intp],
    labels: NDArray[np.intp],
    weights: NDArray[np.float64],
    classes: tuple[str, ...],
    recipe: Recipe,
) -> Attention:
    """Fit on texts `rows` of the states, which each must have a piece of its own."""
    pieces, starts = states.joined(rows, LIMIT)
    own, begins, owner = own_pieces(starts)
    read = pieces[own].astype(np.float32)
    centre, scale = read.mean(axis=0), read.std(axis=0) + np.float32(1e-6)
    read = (read - centre) / scale
    truth = np.eye(len(classes), dtype=np.float32)[labels]
    share = (weights / weights.sum()).astype(np.float32)[:, None]
    size = WIDTH * len(classes)

    def loss(packed: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        queries, values = (packed[part].reshape(WIDTH, -1).astype(np.float32) for part in (slice(size), slice(size, 2 * size)))
        shares, worth = attend(read @ queries, begins, owner), read @ values
        told = np.add.reduceat(shares * worth, begins, axis=0)
        chances = softmax(told + packed[2 * size :].astype(np.float32))
        slope = (chances - truth) * share
        shares *= slope[owner]
        steps = (
            read.T @ (shares * (worth - told[owner])) + recipe.queries * queries,
            read.T @ shares + recipe.values * values,
            slope.sum(0),
        )
        right = float((share * np.log(np.maximum((chances * truth).sum(axis=1, keepdims=True), 1e-30))).sum())
        held = recipe.queries / 2 * float((queries**2).sum()) + recipe.values / 2 * float((values**2).sum())
        return held - right, np.concatenate([step.ravel() for step in steps]).astype(np.float64)

    begin = np.concatenate([np.random.default_rng(0).normal(0, 0.01, size), np.zeros(size + len(classes))])
    found = minimize(loss, begin, jac=True, method="L-BFGS-B", options={"maxiter": recipe.rounds, "ftol": 1e-7}).x.astype(np.float32)
    queries, values = (found[part].reshape(WIDTH, -1) / scale[:, None] for part in (slice(size), slice(size, 2 * size)))
    return Attention(classes, LAYER, queries, values, found[2 * size :] - centre @ values)
