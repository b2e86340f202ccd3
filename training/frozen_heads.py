"""Heads over the encoder's layers as they are: what the tuned layers forgot, these still tell.

The encoder is asked once a text; what it told stays in build/embeddings (KENTONGAN_EMBEDDINGS names another folder), a few hundred MB.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import minimize

from analytics.text.deep import Head
from analytics.text.encoded import remembered
from analytics.text.sentiment import ARCHIPELAGO, SentimentModel
from training.corpora import read_set, set_aside
from training.fit import softmax

Array = NDArray[np.float32]
LAYERS = (5, 6, 7, 8, 9, 10, 11)  #: that are kept of each text; a head takes some of them


@dataclass(frozen=True)
class Recipe:
    """Which layers a head reads, and how strongly its weights are held back: L2 on standardised features, as a share of the mean loss."""

    layers: tuple[int, ...]
    penalty: float
    rounds: int = 150


SENTIMENT = Recipe((5, 7, 9, 11), 1e-2)
NUSAX_LANGS = ("en", "id", "jv", "min", "su")
NUSAX_WEIGHT = 3.0
TWEETS_WEIGHT = 0.3  #: thousands of them would drown the reviews
TWEETS = 6_000  #: of TweetEval's train part; the encoder takes its time


def fit_head(means: Array, labels: Sequence[str], weights: NDArray[np.float64], recipe: Recipe) -> Head:
    """Fit a head on means (texts, recipe.layers, 384); its mix takes no part of the fast tier yet."""
    flat = means.reshape(len(means), -1)
    classes = tuple(sorted(set(labels)))
    centre, scale = flat.mean(axis=0), flat.std(axis=0) + np.float32(1e-6)
    features = (flat - centre) / scale
    truth = (np.asarray(labels)[:, None] == np.array(classes)).astype(np.float32)
    share = (weights / weights.sum()).astype(np.float32)[:, None]

    def loss(packed: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        table = packed.reshape(-1, len(classes)).astype(np.float32)
        chances = softmax(features @ table[:-1] + table[-1])
        slope = (chances - truth) * share
        gradient = np.concatenate([features.T @ slope + recipe.penalty * table[:-1], slope.sum(axis=0, keepdims=True)])
        right = np.log(np.maximum((chances * truth).sum(axis=1, keepdims=True), 1e-30))
        return float(-(share * right).sum() + recipe.penalty / 2 * (table[:-1] ** 2).sum()), gradient.ravel().astype(np.float64)

    size = (features.shape[1] + 1) * len(classes)
    found = minimize(loss, np.zeros(size), jac=True, method="L-BFGS-B", options={"maxiter": recipe.rounds, "ftol": 1e-7})
    table = found.x.reshape(-1, len(classes)).astype(np.float32)
    return Head(classes, recipe.layers, ((1.0, 0.0), (1.0, 0.0)), centre, table[:-1] / scale[:, None], table[-1])


def stack(logits: Array, fast: Array | None, truth: NDArray[np.intp], weights: NDArray[np.float64]) -> tuple[float, float]:
    """The weights of the head's logits and of the fast tier's log probabilities at which texts set aside are the likeliest."""
    log_fast = np.zeros_like(logits) if fast is None else np.log(np.maximum(fast, 1e-6))
    own, other = weigh((logits, log_fast), (0.7, 0.0 if fast is None else 0.5), truth, weights)
    return own, other


def weigh(parts: Sequence[Array], begin: Sequence[float], truth: NDArray[np.intp], weights: NDArray[np.float64]) -> tuple[float, ...]:
    """The weights of several logits (texts, classes) in their sum at which texts set aside are the likeliest."""
    rows = np.arange(len(truth))

    def loss(mix: NDArray[np.float64]) -> float:
        logits = sum((share * part for share, part in zip(mix, parts, strict=True)), np.zeros_like(parts[0]))
        return float(-np.average(np.log(softmax(logits)[rows, truth].clip(1e-30)), weights=weights))

    found = minimize(loss, np.array(begin), method="L-BFGS-B", bounds=[(0.0, 5.0)] * len(parts))
    return tuple(round(float(share), 4) for share in found.x)


@dataclass(frozen=True)
class Examples:
    """Labelled texts of a head, what the encoder tells of them (texts, LAYERS, 384), and which were set aside as the fast tier's were."""

    texts: list[str]
    langs: list[str]
    labels: list[str]
    means: Array
    weights: NDArray[np.float64]
    aside: NDArray[np.bool_]


def frozen_sentiment(folder: Path) -> Head:
    """One head for all languages, stacked on the fast tier's two models."""
    nusax = read_set(folder, "nusax_senti", "train")
    nusax = nusax[nusax["lang"].isin(NUSAX_LANGS)]
    tweets = read_set(folder, "tweeteval_sentiment", "train").sample(TWEETS, random_state=0)
    smsa = read_set(folder, "smsa", "train_no_nusax").assign(lang="id")
    parts = [
        _examples("smsa-train_no_nusax", smsa, 1.0, [set_aside(text, 10) for text in smsa["text"]]),
        _examples("nusax_senti-train", nusax, NUSAX_WEIGHT, [set_aside(sentence, 8) for sentence in nusax["id"]]),
        _examples("tweeteval_sentiment-train", tweets, TWEETS_WEIGHT, [set_aside(text, 10) for text in tweets["text"]]),
    ]
    found = _joined(parts)
    fast = SentimentModel().probabilities(found.texts, found.langs)
    return _fit_and_stack(found, fast, SENTIMENT)


def _examples(name: str, rows: pd.DataFrame, weight: float, aside: Sequence[bool]) -> Examples:
    texts = rows["text"].tolist()
    means = remembered(name, layers=LAYERS).layers(texts)
    return Examples(texts, rows["lang"].tolist(), rows["label"].tolist(), means, np.full(len(texts), weight), np.array(aside))


def _joined(parts: Sequence[Examples]) -> Examples:
    texts, langs, labels = ([value for part in parts for value in getattr(part, name)] for name in ("texts", "langs", "labels"))
    means, weights, aside = (np.concatenate([getattr(part, name) for part in parts]) for name in ("means", "weights", "aside"))
    return Examples(texts, langs, labels, means, weights, aside)


def _fit_and_stack(found: Examples, fast: Array, recipe: Recipe) -> Head:
    """Fit on what was not set aside; fit the mix on what was, for the archipelago's languages and for the rest."""
    means = found.means[:, [LAYERS.index(layer) for layer in recipe.layers]]
    learnt = np.flatnonzero(~found.aside)
    head = fit_head(means[learnt], [found.labels[row] for row in learnt], found.weights[learnt], recipe)
    truth = np.searchsorted(head.classes, found.labels)
    near = np.array([lang in ARCHIPELAGO for lang in found.langs])
    mix = []
    for which in (near, ~near):
        rows = np.flatnonzero(found.aside & which)
        rows = rows if len(rows) else np.flatnonzero(found.aside)
        mix.append(stack(head.logits(means[rows]), fast[rows], truth[rows], found.weights[rows]))
    return replace(head, mix=(mix[0], mix[1]))
