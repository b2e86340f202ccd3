"""Trains the deep tier: two sets of tuned layers with the heads that read them, and the weights by which claims are ranked.

What the lower layers made of texts and what the encoder told of claims lies in build/embeddings (KENTONGAN_EMBEDDINGS names another
folder), a GB or two.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from analytics.text.claims import FEATURES, WEIGHTS, ClaimIndex
from analytics.text.claims import Weights as ClaimWeights
from analytics.text.deep import HEADS, Head
from analytics.text.encoded import remembered
from analytics.text.encoder import REPORTS, TUNED, encoder
from analytics.text.linear import MODELS
from analytics.text.sentiment import ARCHIPELAGO
from training.attention_head import emotion_attention
from training.corpora import ROOT, read_set
from training.emotion_head import emotion_head, remixed
from training.frozen_heads import frozen_sentiment, stack
from training.illness_words import told_by_words, train_illness_words
from training.runs import kept_heads, tune
from training.tasks import EMOTION, FIRSTHAND, ILLNESS, INTENT, SENTIMENT, Lesson, Lessons, emotion_lessons, lessons, report_lessons
from training.tune import REPORTED, SHARED, Heads

Array = NDArray[np.float32]
CLAIMS_SET = "checkthat22_2a"
#: Weights of a head, once it is as sure as it is right, and of the fast tier, for tasks of which the fast tier has seen all the posts that
#: could tell better ones. Fixed beforehand.
HEAD_SHARE, FAST_SHARE = 0.7, 0.5
SEEN = (SENTIMENT, INTENT, FIRSTHAND)
#: How much the head over the shared layers and the one over those for reports count in their sum, where not as much: the shared layers have
#: learnt no posts on illness other than dengue. Chosen on 240 such posts that were written for it.
PARTS = {INTENT: (1, 2), FIRSTHAND: (1, 2)}
#: How far intents that are rare are told more often than they are the likeliest: a power of their share. By cross-validation.
RARER = 0.15


def train(folder: Path) -> None:
    """Write layers, heads and claims; needs the fast tier's models, which are trained before."""
    train_shared(folder)
    train_illness_words(folder)
    train_reports(folder)
    train_claims(folder)


def train_shared(folder: Path) -> None:
    """Write the shared layers, and the head for sentiment, which reads them and the layers as they are."""
    _remember()
    found = lessons(folder)
    tuned = tune(found, SHARED, _tell)
    joined([frozen_sentiment(folder), tuned_head(found, tuned, SENTIMENT, TUNED)], (1, 1)).save(MODELS / f"deep_{SENTIMENT}.npz")


def train_reports(folder: Path) -> None:
    """Write the layers for reports and all heads that read them, beside shared layers and words that were fitted before."""
    _remember()
    taught = {TUNED: lessons(folder), REPORTS: report_lessons(folder)}
    tuned = {TUNED: Heads.load(kept_heads(SHARED)), REPORTS: tune(taught[REPORTS], REPORTED, _tell)}
    _train_heads(folder, taught, tuned)


def _train_heads(folder: Path, taught: Mapping[int, Lessons], tuned: Mapping[int, Heads]) -> None:
    """Write the heads that read the layers for reports; by layer what was taught and the heads that were tuned."""
    for task in (INTENT, FIRSTHAND, ILLNESS):
        head = joined([tuned_head(taught[layer], tuned[layer], task, layer) for layer in taught], PARTS.get(task, (1, 1)))
        if task == INTENT:
            head = replace(head, bias=head.bias - RARER * np.log(_shares(taught[REPORTS].lessons[task])))
        if task == ILLNESS:
            head = with_words(taught[TUNED], head)
        head.save(MODELS / f"deep_{task}.npz")
    train_emotions(folder)


def train_emotions(folder: Path) -> None:
    """Write the head that attends to pieces, and the one for emotions, which reads both sets of tuned layers and what that tells."""
    _remember()
    emotion_attention(folder).save()
    emotion_head(folder).save(MODELS / f"deep_{EMOTION}.npz")


def train_illness(folder: Path) -> None:
    """Write the words that tell what a post on dengue tells, and weigh them against the head, which is there before."""
    train_illness_words(folder)
    file = MODELS / f"deep_{ILLNESS}.npz"
    with_words(lessons(folder), Head.load(file)).save(file)


def _remember() -> None:
    """What the encoder told of texts lies in one place, unless the environment names another."""
    os.environ.setdefault("KENTONGAN_EMBEDDINGS", str(ROOT / "build" / "embeddings"))


def _tell(run: int, step: int, loss: float) -> None:
    if step % 100 == 99:
        print(f"  run {run + 1}, step {step + 1}: loss {loss:.3f}", flush=True)


def tuned_head(found: Lessons, heads: Heads, task: str, layer: int) -> Head:
    """A head that was tuned with the layers up to `layer`, with its weight and the fast tier's."""
    table, bias = heads.parameters[f"{task}.table"], heads.parameters[f"{task}.bias"]
    if task in (INTENT, FIRSTHAND):
        bias = bias + _undrawn(found.lessons[task], found.shares)
    alone = ((1.0, 0.0), (1.0, 0.0))
    numbers = (part.astype(np.float16).astype(np.float32) for part in (heads.centre, table / heads.scale[:, None], bias))  # as it is kept
    head = Head(found.lessons[task].classes, (layer,), alone, *numbers)
    return replace(head, mix=_mix(found, head, task))


def joined(heads: Sequence[Head], parts: Sequence[float]) -> Head:
    """One head that tells the mean of what several tell, in logits with their weights: as if each were asked, and the fast tier by all.

    parts: how much each counts in the mean.
    """
    near, far = (np.array([head.mix[place] for head in heads]) for place in (0, 1))
    counts = np.array(parts) / sum(parts)
    shares = (near[:, 0] * counts).astype(np.float32)
    fast_near, fast_far = round(float(near[:, 1].mean()), 4), round(float(far[:, 1].mean()), 4)
    return Head(
        heads[0].classes,
        tuple(layer for head in heads for layer in head.layers),
        ((1.0, fast_near), (round(float((far[:, 0] * counts).sum() / (near[:, 0] * counts).sum()), 4), fast_far)),
        np.concatenate([head.centre for head in heads]),
        np.concatenate([head.table * share for head, share in zip(heads, shares, strict=True)]),
        np.sum([head.bias * share for head, share in zip(heads, shares, strict=True)], axis=0),
    )


def _shares(lesson: Lesson) -> Array:
    """How often each class is among what is learnt from."""
    found = np.bincount(lesson.labels[~lesson.aside], minlength=len(lesson.classes))
    return np.asarray(found / found.sum(), np.float32)


def _undrawn(lesson: Lesson, shares: NDArray[np.float64]) -> Array:
    """What the bias of each class gains, so that classes that were drawn seldom are told as often as they occur.

    The log of how many there are, less the log of how many were drawn (Saerens et al. 2002, https://doi.org/10.1162/089976602753284446).
    """
    learnt = ~lesson.aside
    there = np.bincount(lesson.labels[learnt], minlength=len(lesson.classes))
    drawn = np.bincount(lesson.labels[learnt], shares[lesson.rows[learnt]], len(lesson.classes))
    gain = np.log(there / drawn)
    return np.asarray(gain - gain.mean(), np.float32)


def restack(folder: Path) -> None:
    """Fit again how much each head and the fast tier count in their sum: whenever a model of the fast tier is another one."""
    found = lessons(folder)
    for task in HEADS:
        file = MODELS / f"deep_{task}.npz"
        head = Head.load(file)
        match task:
            case "emotion":
                head = remixed(emotion_lessons(folder), head)
            case "illness":
                head = with_words(found, head)
            case _:
                head = replace(head, mix=_mix(found, head, task))
        head.save(file)


def with_words(found: Lessons, head: Head) -> Head:
    """The head for what posts on dengue tell, weighed against their words on posts that neither has seen."""
    lesson = found.lessons[ILLNESS]
    aside = np.flatnonzero(lesson.aside)
    texts = [found.texts[row] for row in lesson.rows[aside]]
    logits = head.logits(encoder().layers(texts, head.layers))
    pair = stack(logits, told_by_words(texts), lesson.labels[aside], lesson.weights[aside])
    return replace(head, mix=(pair, pair))


def _mix(found: Lessons, head: Head, task: str) -> tuple[tuple[float, float], tuple[float, float]]:
    """For the archipelago's languages and for the rest; from posts that were set aside."""
    lesson = found.lessons[task]
    aside = np.flatnonzero(lesson.aside)
    texts, langs = ([values[row] for row in lesson.rows[aside]] for values in (found.texts, found.langs))
    logits = head.logits(encoder().layers(texts, head.layers))
    near = np.array([lang in ARCHIPELAGO for lang in langs])
    mix = []
    for which in (near, ~near):
        rows = np.flatnonzero(which) if which.any() else np.arange(len(aside))
        mix.append(stack(logits[rows], None, lesson.labels[aside][rows], lesson.weights[aside][rows]))
    if task in SEEN:
        mix = [(round(HEAD_SHARE * sure, 4), FAST_SHARE) for sure, _ in mix]
    return mix[0], mix[1]


_NEAREST = 30  #: claims by words, and as many by meaning, that a post's claim is told from
_TOP = 5  #: of each post's claims that the probability is fitted on


def claims_of(folder: Path) -> tuple[list[str], dict[str, int]]:
    """Texts of all fact-checked claims, title first, and the place of each by its name."""
    table = read_set(folder, CLAIMS_SET, "claims")
    return [f"{title}. {claim}" for title, claim in zip(table["title"], table["claim"], strict=True)], {
        name: row for row, name in enumerate(table["claim_id"])
    }


def train_claims(folder: Path) -> None:
    """Fit on CheckThat's train part: the ranking (listwise softmax), then the probability, with the true claim there and taken out."""
    _remember()
    claims, place = claims_of(folder)
    posts = read_set(folder, CLAIMS_SET, "train")
    truth = posts["claim_id"].map(place).to_numpy()
    of_claims = remembered("claims-query").embed(claims)
    meanings = remembered("queries-train").embed(posts["text"].tolist())
    nothing = (0.0,) * len(FEATURES)
    blank = ClaimWeights(nothing, nothing, 0.0, meanings.mean(axis=0), of_claims.mean(axis=0))
    index = ClaimIndex(claims, of_claims, weights=blank)
    found = [_candidates(index.features([text], meanings[row : row + 1])[0], int(truth[row])) for row, text in enumerate(posts["text"])]
    rank = fit_rank(found)
    features, labels = zip(*(part for one in found for part in _judged(*one, rank)), strict=True)
    match, bias = fit_match(np.concatenate(features), np.concatenate(labels))
    replace(blank, rank=tuple(rank.round(4).tolist()), match=tuple(match.round(4).tolist()), bias=round(bias, 4)).save(WEIGHTS)


def _candidates(features: Array, truth: int) -> tuple[Array, NDArray[np.bool_]]:
    """Features of the nearest claims, and which of them is the true one."""
    near = np.union1d(np.argsort(-features[:, 0], kind="stable")[:_NEAREST], np.argsort(-features[:, 2], kind="stable")[:_NEAREST])
    near = np.union1d(near, [truth])
    return features[near], near == truth


def fit_rank(found: Sequence[tuple[Array, NDArray[np.bool_]]]) -> NDArray[np.float64]:
    """Weights of the absolute features at which the true claims are the likeliest among their candidates; differences rank the same."""
    starts = np.cumsum([0, *(len(features) for features, _ in found)])
    features = np.concatenate([features for features, _ in found])[:, [0, 2]].astype(np.float64)
    right = np.concatenate([is_true for _, is_true in found])
    owner = np.repeat(np.arange(len(found)), np.diff(starts))

    def loss(weights: NDArray[np.float64]) -> float:
        scores = features @ weights
        top = np.maximum.reduceat(scores, starts[:-1])
        return float((np.log(np.add.reduceat(np.exp(scores - top[owner]), starts[:-1])) + top - scores[right]).mean())

    words, meaning = minimize(loss, np.array([10.0, 30.0]), method="L-BFGS-B").x
    return np.array([words, 0.0, meaning, 0.0])


def _judged(features: Array, is_true: NDArray[np.bool_], rank: NDArray[np.float64]) -> list[tuple[Array, NDArray[np.bool_]]]:
    """The best candidates with the true claim among them, and without it: what differs from the best is reckoned anew."""
    told = []
    for kept in (np.ones(len(is_true), bool), ~is_true):
        left = features[kept].copy()
        for column in (0, 2):
            left[:, column + 1] = left[:, column] - left[:, column].max()
        best = np.argsort(-(left @ rank), kind="stable")[:_TOP]
        told.append((left[best], is_true[kept][best]))
    return told


def fit_match(features: Array, labels: NDArray[np.bool_]) -> tuple[NDArray[np.float64], float]:
    """A logistic regression: weights and bias."""
    sides = np.where(labels, 1.0, -1.0)
    told = np.column_stack([features, np.ones(len(features))]).astype(np.float64)

    def loss(weights: NDArray[np.float64]) -> float:
        return float(np.logaddexp(0, -sides * (told @ weights)).mean() + 1e-6 * (weights[:-1] ** 2).sum())

    found = minimize(loss, np.zeros(told.shape[1]), method="L-BFGS-B", options={"maxiter": 500}).x
    return found[:-1], float(found[-1])
