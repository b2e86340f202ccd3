"""Fits a softmax regression by stochastic gradient descent, one text at a time (as fastText does, https://arxiv.org/abs/1607.01759).

For many classes and features this comes farther in six passes than L-BFGS in eighty. Several runs, each in an order of its own, are
averaged: coefficients of one linear model each, so the average is one too, and what an order happened to do is evened out. Compiled
without reordering of sums, single-threaded and seeded: the same data and the same versions of numpy and numba give the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from training.fit import Counted, Fitted, Recipe, count_features, scaling

Coefficients = NDArray[np.float32]


@dataclass(frozen=True)
class Descent:
    """How far and how often: the rate falls in a straight line to zero over the passes of a run."""

    rate: float = 4.0
    passes: int = 6
    runs: int = 2


def fit_by_descent(texts: Sequence[str], labels: Sequence[str], weights: Sequence[float], recipe: Recipe, descent: Descent) -> Fitted:
    """Fit a model on the features of `recipe`; its penalty and rounds have no meaning here. A text's weight multiplies the rate."""
    classes = tuple(sorted(set(labels)))
    counted = count_features(texts, recipe)
    table = np.zeros((len(counted.keys), len(classes)))
    bias = np.zeros(len(classes))
    for seed in range(descent.runs):
        coefficients, start = _run(counted, np.searchsorted(classes, labels), np.asarray(weights, np.float32), len(classes), descent, seed)
        table += coefficients / descent.runs
        bias += start / descent.runs
    return Fitted(classes, counted.keys, table, bias)


def _run(
    counted: Counted, labels: NDArray[np.int64], weights: NDArray[np.float32], classes: int, descent: Descent, seed: int
) -> tuple[Coefficients, Coefficients]:
    features = scaling(counted.counts) @ counted.counts
    starts = features.indptr.astype(np.int64)
    table, bias = np.zeros((features.shape[1], classes), np.float32), np.zeros(classes, np.float32)
    draw = np.random.default_rng(seed)
    rates = np.linspace(descent.rate, 0, descent.passes * len(labels), endpoint=False).astype(np.float32).reshape(descent.passes, -1)
    for falling in rates:
        order = draw.permutation(len(labels))
        _pass(order, starts, features.indices, features.data, labels, weights, falling, table, bias)
    return table, bias


@njit(cache=True)
def _pass(
    order: NDArray[np.int64], starts: NDArray[np.int64], columns: NDArray[np.int32], values: NDArray[np.float32],
    labels: NDArray[np.int64], weights: NDArray[np.float32], rates: NDArray[np.float32], table: Coefficients, bias: Coefficients,
) -> None:  # fmt: skip
    """One step a text, in the given order: the slope of the cross-entropy; the bias goes a tenth of the way."""
    scores = np.empty(len(bias), np.float32)
    for step in range(len(order)):
        text = order[step]
        scores[:] = bias
        for at in range(starts[text], starts[text + 1]):
            row, value = table[columns[at]], values[at]
            for name in range(len(scores)):
                scores[name] += value * row[name]
        scores -= scores.max()
        total = np.float32(0)
        for name in range(len(scores)):
            scores[name] = np.exp(scores[name])
            total += scores[name]
        rate = rates[step] * weights[text]
        for name in range(len(scores)):
            scores[name] = rate * (np.float32(name == labels[text]) - scores[name] / total)
            bias[name] += np.float32(0.1) * scores[name]
        for at in range(starts[text], starts[text + 1]):
            row, value = table[columns[at]], values[at]
            for name in range(len(scores)):
                row[name] += value * scores[name]
