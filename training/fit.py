"""Fits a softmax regression on the features of analytics/text/features.py and packs it into int16 weights.

Everything is single-threaded and seeded, so that the same data and the same versions of numpy and scipy give the same bytes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize, minimize_scalar
from scipy.sparse import csr_array, diags_array

from analytics.text.features import WORD_SEED, Keys, Vocabulary, finish, word_hashes, word_keys
from analytics.text.linear import LARGEST, LinearModel, Weights


@dataclass(frozen=True)
class Recipe:
    """What is fitted: which features, how often a feature must occur, and how strongly weights are held back."""

    shortest: int = 1
    longest: int = 5
    pairs: bool = False
    negation: bool = False
    lettered: bool = False
    emphasis: float = 1.0  #: of words, pairs and negated words over n-grams, which are many
    rarity: float = 0.0  #: power of the inverse document frequency that features count with
    occurs_in: int = 2  #: texts that a feature must occur in
    penalty: float = 1e-5  #: L2, as a share of the mean loss
    rounds: int = 100


@dataclass(frozen=True)
class Counted:
    """How often each feature occurs in each text (texts, features), keys ascending, and which are bold: more than n-grams."""

    counts: csr_array
    keys: Keys
    bold: NDArray[np.bool_]

    def texts(self) -> NDArray[np.int64]:
        """In how many texts each feature occurs."""
        return np.bincount(self.counts.indices, minlength=len(self.keys))


def count_features(texts: Sequence[str], recipe: Recipe) -> Counted:
    """Count the features of a recipe that occur in enough texts."""
    vocabulary = Vocabulary(limit=10_000_000)
    words = vocabulary.read(texts)
    if recipe.lettered:
        words = vocabulary.lettered(words)
    by_text = csr_array((np.ones(len(words.ids), np.float32), words.ids, words.starts), shape=(len(texts), len(vocabulary)))
    whole, *grams = word_keys(vocabulary.words(), range(recipe.shortest, recipe.longest + 1))
    parts = [_of_words(by_text, [whole], bold=True)]
    if grams:
        parts.append(_of_words(by_text, grams, bold=False))
    if recipe.pairs:
        parts.append(_matrix(*vocabulary.pair_keys(words), len(texts), bold=True))
    if recipe.negation:
        parts.append(_matrix(*vocabulary.negated_keys(words), len(texts), bold=True))
    return _join([_prune(part, recipe.occurs_in) for part in parts])


def _of_words(by_text: csr_array, found: list[tuple[Keys, NDArray[np.int64]]], bold: bool) -> Counted:
    keys, owners = (np.concatenate(part) for part in zip(*found, strict=True))
    of_words = _matrix(keys, owners, by_text.shape[1], bold)
    return replace(of_words, counts=csr_array(by_text @ of_words.counts))


def _matrix(keys: Keys, owners: NDArray[np.int64], rows: int, bold: bool) -> Counted:
    names, columns = np.unique(keys, return_inverse=True)
    counts = csr_array((np.ones(len(keys), np.float32), (owners, columns)), shape=(rows, len(names)))
    counts.sum_duplicates()
    return Counted(counts, names, np.full(len(names), bold))


def _prune(part: Counted, occurs_in: int) -> Counted:
    kept = part.texts() >= occurs_in
    return Counted(part.counts[:, np.flatnonzero(kept)], part.keys[kept], part.bold[kept])


def _join(parts: list[Counted]) -> Counted:
    """Set matrices side by side, columns in the order of their keys; a key that two parts share keeps both its counts."""
    keys = np.unique(np.concatenate([part.keys for part in parts]))
    bold = np.zeros(len(keys), bool)
    total = None
    for part in parts:
        column = np.searchsorted(keys, part.keys)
        bold[column] |= part.bold
        place = csr_array((np.ones(len(column), np.float32), (np.arange(len(column)), column)), (len(column), len(keys)))
        total = part.counts @ place if total is None else total + part.counts @ place
    return Counted(csr_array(total), keys, bold)


def scaling(counts: csr_array) -> diags_array:
    """What divides each row by the square root of its number of features, as LinearModel does."""
    size = np.maximum(counts.sum(axis=1), 1)
    return diags_array((1 / np.sqrt(size)).astype(np.float32))


#: For a word of one language the words of another that it may stand for, and how probably: shares that add up to at most 1.
Readings = Mapping[str, Mapping[str, float]]


def read_as(texts: Sequence[str], recipe: Recipe, keys: Keys, readings: Readings) -> csr_array:
    """The features (texts, keys) of what the words of the texts stand for: of each reading its own features, in its share."""
    vocabulary = Vocabulary(limit=10_000_000)
    words = vocabulary.read(texts)
    pairs = [(word, other, share) for word, others in readings.items() for other, share in others.items()]
    sources, targets = (vocabulary.read([pair[place] for pair in pairs]).ids for place in (0, 1))
    width = len(vocabulary)
    by_text = csr_array((np.ones(len(words.ids), np.float32), words.ids, words.starts), shape=(len(texts), width))
    stands_for = csr_array((np.array([share for *_, share in pairs], np.float32), (sources, targets)), shape=(width, width))
    return csr_array(by_text @ stands_for @ _features_of(vocabulary.words(), recipe, keys))


def _features_of(words: Sequence[str], recipe: Recipe, keys: Keys) -> csr_array:
    """Which of `keys` each word has: itself and its n-grams (words, keys)."""
    found = word_keys(words, range(recipe.shortest, recipe.longest + 1))
    named, owners = (np.concatenate(part) for part in zip(*found, strict=True))
    column = np.minimum(np.searchsorted(keys, named), len(keys) - 1)
    there = keys[column] == named
    return csr_array((np.ones(int(there.sum()), np.float32), (owners[there], column[there])), shape=(len(words), len(keys)))


def fold(fitted: Fitted, recipe: Recipe, readings: Readings) -> Fitted:
    """Give each word, on top of its own coefficients, those of what it stands for, so that scoring needs no dictionary."""
    words = sorted(readings)
    others = sorted({other for word in words for other in readings[word]})
    number = {other: place for place, other in enumerate(others)}
    worth = _features_of(others, recipe, fitted.keys) @ fitted.table
    added = np.array([sum(share * worth[number[other]] for other, share in readings[word].items()) for word in words])
    own = finish(word_hashes(words), WORD_SEED)
    keys = np.union1d(fitted.keys, own)
    table = np.zeros((len(keys), len(fitted.classes)))
    table[np.searchsorted(keys, fitted.keys)] = fitted.table
    np.add.at(table, np.searchsorted(keys, own), added)
    return replace(fitted, keys=keys, table=table)


@dataclass(frozen=True)
class Fitted:
    """A softmax regression: one row of coefficients a key, keys ascending."""

    classes: tuple[str, ...]
    keys: Keys
    table: NDArray[np.float64]
    bias: NDArray[np.float64]


def fit(
    texts: Sequence[str],
    labels: Sequence[str],
    weights: Sequence[float],
    recipe: Recipe,
    prior: tuple[Keys, NDArray[np.float64]] | None = None,
    readings: Readings | None = None,
    shares: NDArray[np.floating] | None = None,
) -> Fitted:
    """Fit a model; with a prior (keys, rows of coefficients) it is that which the penalty holds the coefficients to, else zero.

    With readings each word also counts as what it stands for; the coefficients of that are folded into those of the word. With shares
    (texts, classes), classes in the order of their names, these are learnt in place of the labels.
    """
    classes = tuple(sorted(set(labels)))
    counted = count_features(texts, recipe)
    if prior is not None:
        absent = csr_array((len(texts), len(prior[0])), dtype=np.float32)
        counted = _join([counted, Counted(absent, prior[0], np.full(len(prior[0]), True))])
    force = np.where(counted.bold, recipe.emphasis, 1.0) * _inverse_frequency(counted, len(texts)) ** recipe.rarity
    held = np.zeros((len(counted.keys), len(classes)))
    if prior is not None:
        at = np.searchsorted(counted.keys, prior[0])
        held[at] = prior[1] / force[at, None]
    counts = counted.counts if readings is None else counted.counts + read_as(texts, recipe, counted.keys, readings)
    features = csr_array(scaling(counted.counts) @ csr_array(counts) @ diags_array(force.astype(np.float32)))
    truth = np.asarray(labels)[:, None] == np.array(classes) if shares is None else shares
    table, bias = _minimise(features, truth.astype(np.float32), np.asarray(weights, float), held, recipe)
    fitted = Fitted(classes, counted.keys, table * force[:, None], bias)
    return fitted if readings is None else fold(fitted, recipe, readings)


def _inverse_frequency(counted: Counted, texts: int) -> NDArray[np.float64]:
    """log(texts / texts with the feature), shifted so that the most frequent has 1 (Spärck Jones 1972, J Documentation 28:11-21)."""
    return 1 + np.log(texts / np.maximum(counted.texts(), 1))


def _minimise(
    features: csr_array, truth: NDArray[np.float32], weights: NDArray[np.float64], held: NDArray[np.float64], recipe: Recipe
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Minimise the weighted cross-entropy from `truth` (texts, classes) plus an L2 penalty on the distance from `held` by L-BFGS."""
    share = (weights / weights.sum()).astype(np.float32)
    width, classes = held.shape
    turned = csr_array(features.T)

    def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        away = flat.reshape(width + 1, classes)
        chances = softmax(features @ (held + away[:-1]).astype(np.float32) + away[-1].astype(np.float32))
        right = (truth * np.log(np.maximum(chances, 1e-30))).sum(axis=1)
        slope = (chances - truth) * share[:, None]
        gradient = np.empty_like(away)
        gradient[:-1] = turned @ slope
        gradient[:-1] += recipe.penalty * away[:-1]
        gradient[-1] = slope.sum(axis=0)
        return float(-(share * right).sum() + recipe.penalty / 2 * (away[:-1] ** 2).sum()), gradient.ravel()

    options = {"maxiter": recipe.rounds, "maxcor": 6, "ftol": 1e-7}
    found = minimize(loss, np.zeros((width + 1) * classes), jac=True, method="L-BFGS-B", options=options)
    away = found.x.reshape(width + 1, classes)
    return held + away[:-1], away[-1]


def softmax(logits: NDArray[np.floating]) -> NDArray[np.floating]:
    """Probabilities of the rows of `logits`."""
    chances = np.exp(logits - logits.max(axis=1, keepdims=True))
    return chances / chances.sum(axis=1, keepdims=True)


def pack(fitted: Fitted, recipe: Recipe, often: Sequence[str], keep: int) -> Weights:
    """Keep the features that matter most (largest weight times the root of the texts of `often` they occur in), as int16."""
    centred = fitted.table - fitted.table.mean(axis=1, keepdims=True)
    counted = count_features(often, replace(recipe, occurs_in=1))
    at = np.minimum(np.searchsorted(counted.keys, fitted.keys), len(counted.keys) - 1)
    texts = np.where(counted.keys[at] == fitted.keys, counted.texts()[at], 0)
    kept = np.sort(np.argsort(-np.abs(centred).max(axis=1) * np.sqrt(texts + 1), kind="stable")[:keep])
    unit = float(np.abs(centred[kept]).max()) / LARGEST
    return Weights(
        classes=fitted.classes, shortest=recipe.shortest, longest=recipe.longest, pairs=recipe.pairs, negation=recipe.negation,
        lettered=recipe.lettered, scale=unit, bias=tuple(float(value) for value in fitted.bias), keys=fitted.keys[kept],
        table=np.round(centred[kept] / unit).astype(np.int16),
    )  # fmt: skip


def temperature(weights: Weights, texts: Sequence[str], labels: Sequence[str]) -> float:
    """By what the logits are multiplied so that texts set aside are the likeliest (Guo et al. 2017, https://arxiv.org/abs/1706.04599)."""
    vocabulary = Vocabulary()
    chances, _ = LinearModel(weights, vocabulary).probabilities(vocabulary.read(texts))
    logits = np.log(np.maximum(chances, 1e-30)).astype(np.float64)
    right = np.arange(len(texts)), np.searchsorted(weights.classes, labels)

    def loss(cool: float) -> float:
        return float(-np.log(np.maximum(softmax(logits * cool)[right], 1e-30)).mean())

    return round(float(minimize_scalar(loss, bounds=(0.2, 5), method="bounded").x), 4)


def cooled(weights: Weights, cool: float) -> Weights:
    """The same model with its logits multiplied by `cool`."""
    return replace(weights, scale=weights.scale * cool, bias=tuple(value * cool for value in weights.bias))


def calibrate(weights: Weights, texts: Sequence[str], labels: Sequence[str]) -> Weights:
    """The model at the temperature that suits texts set aside."""
    return cooled(weights, temperature(weights, texts, labels))
