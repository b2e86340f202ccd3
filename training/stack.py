"""Stacks a small network on a linear model (Wolpert 1992, https://doi.org/10.1016/S0893-6080(05)80023-1).

The network learns from what linear models told of posts that they had not seen: those fitted on the other folds, near copies together.
Everything is seeded and single-threaded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from analytics.text.network import Network
from training.fit import softmax

Array = NDArray[np.float32]
RAREST = 0.03  #: standard deviation by which a feature is divided at least: what hardly ever occurs weighs less


@dataclass(frozen=True)
class Shape:
    """hidden: units of a network; members: networks from other beginnings, averaged as one; penalty: L2, as a share of the mean loss."""

    hidden: int
    members: int
    penalty: float
    rounds: int = 150


def fit_network(
    features: Array, truth: Array, weights: NDArray[np.float64], classes: Sequence[str], inputs: Sequence[str], shape: Shape
) -> Network:
    """Fit `members` networks to features (texts, inputs) and shares (texts, classes), side by side: their logits are averaged."""
    centre, scale = features.mean(axis=0), np.maximum(features.std(axis=0), np.float32(RAREST))
    share = (weights / weights.sum()).astype(np.float32)[:, None]
    parts = [_member((features - centre) / scale, truth, share, shape, seed) for seed in range(shape.members)]
    into = np.hstack([into for into, *_ in parts]) / scale[:, None]
    into_bias = np.concatenate([bias for _, bias, *_ in parts]) - centre @ into
    out = np.vstack([out for *_, out, _ in parts]) / np.float32(shape.members)
    return Network(tuple(classes), tuple(inputs), into, into_bias, out, np.mean([bias for *_, bias in parts], axis=0, dtype=np.float32))


def _member(features: Array, truth: Array, share: Array, shape: Shape, seed: int) -> tuple[Array, Array, Array, Array]:
    """Minimise the weighted cross-entropy plus an L2 penalty by L-BFGS, from a drawn beginning."""
    draw = np.random.default_rng(seed)
    width, hidden, classes = features.shape[1], shape.hidden, truth.shape[1]
    ends = np.cumsum([width * hidden, hidden, hidden * classes])

    def parts(packed: NDArray[np.float64]) -> tuple[Array, Array, Array, Array]:
        into, into_bias, out, bias = np.split(packed.astype(np.float32), ends)
        return into.reshape(width, hidden), into_bias, out.reshape(hidden, classes), bias

    def loss(packed: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        into, into_bias, out, bias = parts(packed)
        units = np.maximum(features @ into + into_bias, 0)
        chances = softmax(units @ out + bias)
        slope = (chances - truth) * share
        back = (slope @ out.T) * (units > 0)
        steps = (features.T @ back + shape.penalty * into, back.sum(axis=0), units.T @ slope + shape.penalty * out, slope.sum(axis=0))
        right = -(share * truth * np.log(np.maximum(chances, 1e-30))).sum()
        held = shape.penalty / 2 * ((into**2).sum() + (out**2).sum())
        return float(right + held), np.concatenate([step.ravel() for step in steps]).astype(np.float64)

    begin = [
        draw.normal(0, width**-0.5, width * hidden),
        np.zeros(hidden),
        draw.normal(0, hidden**-0.5, hidden * classes),
        np.zeros(classes),
    ]
    options = {"maxiter": shape.rounds, "maxcor": 10, "ftol": 1e-7}
    return parts(minimize(loss, np.concatenate(begin), jac=True, method="L-BFGS-B", options=options).x)
