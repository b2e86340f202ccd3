"""What an evaluation shows of its errors: posts by a hash of their text, never the text, and how figures change under shift."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from analytics.evaluation.base import markdown_table

SHOWN = 8
_BINS = 10


def sure_errors(texts: Sequence[str], labels: Sequence[str], told: Sequence[str], chances: ArrayLike) -> str:
    """A Markdown table of the errors with the highest probability: the first 12 hex digits of the text's SHA-256, label, what was told."""
    sure = np.asarray(chances, float)
    wrong = [row for row in np.argsort(-sure, kind="stable") if labels[row] != told[row]][:SHOWN]
    names = [hashlib.sha256(texts[row].encode()).hexdigest()[:12] for row in wrong]
    rows = [(labels[row], told[row], f"{sure[row]:.2f}") for row in wrong]
    return markdown_table("text (SHA-256)", pd.DataFrame(rows, names, ["label", "told", "probability"]))


def by_length(texts: Sequence[str], labels: Sequence[str], told: Sequence[str], score: Callable[[list[str], list[str]], float]) -> str:
    """A Markdown table of a score for the shorter, the middle and the longer third of the texts."""
    rows, names = [], []
    order = np.argsort([len(text) for text in texts], kind="stable")
    for name, part in zip(("shortest third", "middle third", "longest third"), np.array_split(order, 3), strict=True):
        names.append(name)
        rows.append((len(part), score([labels[row] for row in part], [told[row] for row in part])))
    return markdown_table("texts", pd.DataFrame(rows, names, ["texts", "score"]))


def calibration_error(right: ArrayLike, chances: ArrayLike) -> float:
    """Expected calibration error in points: the mean gap, over ten equal bins, between probability and share that is right.

    Guo et al. 2017, https://arxiv.org/abs/1706.04599. NaN for no texts.
    """
    hit, sure = np.asarray(right, float), np.asarray(chances, float)
    bins = np.minimum((sure * _BINS).astype(int), _BINS - 1)
    gaps = [abs(hit[bins == one].mean() - sure[bins == one].mean()) * (bins == one).mean() for one in np.unique(bins)]
    return 100 * float(np.sum(gaps)) if len(hit) else float("nan")
