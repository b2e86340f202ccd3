"""Sentiment on NusaX (12 languages), SmSA (Indonesian), TweetEval (English) and UMSAB (8 languages), with the language as it is told.

The language of each post comes from the identifier, as in use, not from the set.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from analytics.evaluation.base import Figure, Section, accuracy, confusion, macro_f1, markdown_table, read_part, recalls
from analytics.evaluation.errors import by_length, calibration_error, sure_errors
from analytics.text.features import Vocabulary
from analytics.text.language import LanguageIdentifier
from analytics.text.sentiment import SentimentModel
from warehouse.records import SENTIMENTS

SETS = ("nusax_senti", "smsa", "tweeteval_sentiment", "umsab")
NUSAX_TARGETS = {"id": 85.0, "en": 81.0}
score = partial(macro_f1, classes=SENTIMENTS)


def evaluate(folder: Path, part: str) -> Section | None:
    """Macro-F1 (TweetEval: macro-recall, as its authors use) of the sets that are there; None where none is."""
    read = {name: read_part(folder, name, part) for name in SETS}
    told = {name: told_posts(posts) for name, posts in read.items() if posts is not None}
    if not told:
        return None
    return Section("sentiment", _figures(told), _details(told))


def told_posts(posts: pd.DataFrame) -> pd.DataFrame:
    """The posts with what the models tell (`told`) and its probability (`chance`)."""
    vocabulary = Vocabulary()
    texts = list(posts["text"])
    words = vocabulary.read(texts)
    langs = LanguageIdentifier(vocabulary).identify(texts, words)[0]
    told, chances = SentimentModel(vocabulary).predict(texts, langs, words)
    return posts.assign(told=told, chance=chances)


def _figures(told: dict[str, pd.DataFrame]) -> list[Figure]:
    figures = []
    if (nusax := told.get("nusax_senti")) is not None:
        by_lang = {str(lang): score(list(group["label"]), list(group["told"])) for lang, group in nusax.groupby("lang")}
        mean = float(np.mean(list(by_lang.values())))
        figures.append(Figure(f"NusaX, mean macro-F1 of {len(by_lang)} languages", mean, 82.6, len(nusax)))
        figures += [
            Figure(f"NusaX {lang}, macro-F1", value, NUSAX_TARGETS.get(lang), int((nusax["lang"] == lang).sum()))
            for lang, value in by_lang.items()
        ]
    if (smsa := told.get("smsa")) is not None:
        figures.append(Figure("SmSA, macro-F1", score(list(smsa["label"]), list(smsa["told"])), 77.0, len(smsa)))
    if (tweets := told.get("tweeteval_sentiment")) is not None:
        figures.append(Figure("TweetEval, macro-recall", _recall(tweets), 64.0, len(tweets)))
    if (umsab := told.get("umsab")) is not None:
        figures += [
            Figure(f"UMSAB {lang}, macro-F1", score(list(group["label"]), list(group["told"])), None, len(group))
            for lang, group in umsab.groupby("lang")
        ]
    return figures


def _recall(posts: pd.DataFrame) -> float:
    return float(np.mean(recalls(list(posts["label"]), list(posts["told"]), SENTIMENTS)))


def _details(told: dict[str, pd.DataFrame]) -> str:
    rows = {
        name: (
            len(posts),
            score(list(posts["label"]), list(posts["told"])),
            _recall(posts),
            accuracy(list(posts["label"]), list(posts["told"])),
            calibration_error(posts["label"] == posts["told"], posts["chance"]),
        )
        for name, posts in told.items()
    }
    columns = ["texts", "macro-F1", "macro-recall", "accuracy", "calibration error"]
    pieces = [markdown_table("set", pd.DataFrame.from_dict(rows, orient="index", columns=columns))]
    for name, posts in told.items():
        texts, labels, said = list(posts["text"]), list(posts["label"]), list(posts["told"])
        pieces += [
            f"{name}, labels (rows) and what was told (columns):",
            confusion(labels, said, SENTIMENTS),
            f"{name} under shift of length (macro-F1):",
            by_length(texts, labels, said, score),
            f"{name}, the surest errors:",
            sure_errors(texts, labels, said, posts["chance"]),
        ]
    return "\n\n".join(pieces)
