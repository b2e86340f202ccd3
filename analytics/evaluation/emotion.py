"""Emotion on EmoT (five emotions, no neutral) and vaccine_emotion_id (seven labels, mostly neutral).

EmoT is measured twice: among the five emotions alone, as others measure it, and with "neutral" allowed, as in use; there a post told as
neutral is an error. vaccine_emotion_id is measured twice too: as in use, on the five of its labels that are ours (disgust counts as anger,
surprise is taken out), and on all seven, as told by the finer emotions that the model was taught; love counts as its "happy".
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from analytics.evaluation.base import Figure, Section, confusion, macro_f1, read_part
from analytics.evaluation.errors import by_length, sure_errors
from analytics.text.emotion import EmotionModel
from analytics.text.features import Vocabulary

EMOT = {"anger": "anger", "fear": "fear", "sadness": "sadness", "happy": "joy", "love": "love"}
VACCINE = {"neutral": "neutral", "happy": "joy", "sad": "sadness", "anger": "anger", "disgust": "anger", "fear": "fear"}
FIVE = ("anger", "fear", "sadness", "joy", "love")
SIX = (*FIVE, "neutral")
SEVEN = ("neutral", "joy", "sadness", "anger", "fear", "disgust", "surprise")
BASELINE = 34.6  #: macro-F1 of a linear classifier of seven classes that was taught on vaccine_emotion_id alone


def evaluate(folder: Path, part: str) -> Section | None:
    """Macro-F1 of the sets that are there; None where neither is."""
    emot, vaccine = read_part(folder, "emot", part), read_part(folder, "vaccine_emotion_id", part)
    if emot is None and vaccine is None:
        return None
    figures: list[Figure] = []
    pieces: list[str] = []
    for add, posts in ((_emot, emot), (_vaccine, vaccine)):
        if posts is not None:
            more, details = add(posts)
            figures += more
            pieces += details
    return Section("emotion", figures, "\n\n".join(pieces))


def _told(texts: list[str], classes: tuple[str, ...]) -> tuple[list[str], np.ndarray]:
    """The likeliest of some classes, and its probability among them. All posts of both sets are Indonesian."""
    vocabulary = Vocabulary()
    model = EmotionModel(vocabulary)
    chances = model.probabilities(vocabulary.read(texts))[:, [model.classes.index(name) for name in classes]]
    return [classes[best] for best in chances.argmax(axis=1)], chances.max(axis=1) / chances.sum(axis=1)


def _emot(posts: pd.DataFrame) -> tuple[list[Figure], list[str]]:
    texts, labels = list(posts["text"]), [EMOT[label] for label in posts["label"]]
    five, sure = _told(texts, FIVE)
    six, _ = _told(texts, SIX)
    figures = [
        Figure("EmoT, macro-F1 among five emotions", macro_f1(labels, five, FIVE), 70.0, len(labels)),
        Figure("EmoT, macro-F1 with neutral allowed", macro_f1(labels, six, FIVE), None, len(labels)),
    ]
    details = [
        "EmoT among five emotions, labels (rows) and what was told (columns):",
        confusion(labels, five, FIVE),
        "EmoT with neutral allowed:",
        confusion(labels, six, SIX),
        "EmoT under shift of length (macro-F1 among five):",
        by_length(texts, labels, five, lambda truth, said: macro_f1(truth, said, FIVE)),
        "EmoT, the surest errors:",
        sure_errors(texts, labels, five, sure),
    ]
    return figures, details


def _vaccine(posts: pd.DataFrame) -> tuple[list[Figure], list[str]]:
    texts = list(posts["text"])
    ours = posts["label"].isin(VACCINE).to_numpy()
    told, sure = _told(texts, SIX)
    labels, said = [VACCINE[label] for label in posts["label"][ours]], [name for name, kept in zip(told, ours, strict=True) if kept]
    seven, told_seven = [label if label == "disgust" else VACCINE.get(label, label) for label in posts["label"]], _told_finer(texts)
    figures = [
        Figure("vaccine_emotion_id, macro-F1 of five labels", macro_f1(labels, said, SEVEN[:5]), None, len(labels)),
        Figure("vaccine_emotion_id, macro-F1 of seven labels", macro_f1(seven, told_seven, SEVEN), BASELINE, len(seven)),
    ]
    details = [
        "vaccine_emotion_id, labels (rows) and what was told (columns):",
        confusion(labels, said, SIX),
        "vaccine_emotion_id, all seven labels:",
        confusion(seven, told_seven, SEVEN),
        "vaccine_emotion_id, the surest errors:",
        sure_errors([text for text, kept in zip(texts, ours, strict=True) if kept], labels, said, sure[ours]),
    ]
    return figures, details


def _told_finer(texts: list[str]) -> list[str]:
    """The likeliest of the seven labels; love is happiness."""
    vocabulary = Vocabulary()
    model = EmotionModel(vocabulary)
    chances = model.finer_probabilities(vocabulary.read(texts)).copy()
    chances[:, model.finer.index("joy")] += chances[:, model.finer.index("love")]
    return [SEVEN[best] for best in chances[:, [model.finer.index(name) for name in SEVEN]].argmax(axis=1)]
