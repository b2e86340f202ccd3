"""Copies: real posts edited as people edit them must be found again, and other posts must not be taken for copies."""

from __future__ import annotations

import random
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analytics.evaluation.base import Figure, Section, markdown_table, read_part
from analytics.evaluation.edits import EDITS, OTHERS, signed
from analytics.text.copies import CopyIndex, Sketcher
from analytics.text.features import Vocabulary
from analytics.text.normalise import split_words

SETS = ("smsa", "dengue_id", "vaccine_emotion_id", "emot", "tweeteval_sentiment")
SEED = 20_026
SIGNED = 0.5  #: share of the posts that get two hashtags, for copies to translate
SHORTEST = 8  #: words of a post that is edited
STRANGERS = 0.3  #: share of common pairs of words above which two posts of a set are copies of each other in fact


def evaluate(folder: Path, part: str) -> Section | None:
    """Each edit of each post of the sets' part, after all posts as they are; posts that resemble another post of the sets are left out.

    Recall: edits that are told to repeat their own post. Precision: of all told to repeat something, those that repeat their own post; the
    posts themselves, and posts of one form with another one (`OTHERS`), are told wrongly when they are told to repeat anything.
    """
    found = [rows["text"].tolist() for name in SETS if (rows := read_part(folder, name, part)) is not None]
    posts = strangers([text for texts in found for text in texts])
    if len(posts) < 2:
        return None
    rng = random.Random(SEED)
    posts = [signed(text, rng) if rng.random() < SIGNED else text for text in posts]
    edited = [(kind, number, edit(text, rng)) for kind, edit in EDITS.items() for number, text in enumerate(posts)]
    other = [(kind, number, text) for kind, edit in OTHERS.items() for number, post in enumerate(posts) if (text := edit(post, rng))]
    told = stories([*posts, *(text for _, _, text in edited)])
    table = pd.DataFrame(edited, columns=["kind", "original", "text"]).assign(told=told[len(posts) :])
    right = table["told"] == table["original"]
    strange = (told[: len(posts)] != np.arange(len(posts))).sum() + (~right & (table["told"] != table.index + len(posts))).sum()
    forms = pd.DataFrame(other, columns=["kind", "original", "text"])
    forms["told"] = stories([*posts, *forms["text"]])[len(posts) :] < len(posts)
    taken = int(strange + forms["told"].sum())
    by_kind = pd.DataFrame({"edits": table.groupby("kind").size(), "found, %": 100 * right.groupby(table["kind"]).mean()})
    by_form = pd.DataFrame({"posts": forms.groupby("kind").size(), "taken for copies, %": 100 * forms.groupby("kind")["told"].mean()})
    figures = [
        Figure("recall of edited copies", 100 * float(right.mean()), 99, len(table)),
        Figure("precision of edited copies", 100 * float(right.sum() / (right.sum() + taken)), 98, int(right.sum()) + taken),
    ]
    details = [markdown_table("edit", by_kind), markdown_table("no copy, of one form with another post", by_form)]
    return Section("copies", figures, "\n\n".join(details))


def stories(texts: list[str]) -> NDArray[np.intp]:
    """For each text, in order, the number of the first text of its story."""
    vocabulary = Vocabulary()
    sketches = Sketcher(vocabulary).draw(vocabulary.read(texts))
    return CopyIndex().add(np.arange(len(texts), dtype=np.uint64), sketches).astype(np.intp)


def strangers(texts: list[str]) -> list[str]:
    """The texts that are long enough and share fewer than `STRANGERS` of their pairs of words with any text before them."""
    kept: list[str] = []
    seen: dict[tuple[str, str], list[int]] = {}
    pairs_of: list[set[tuple[str, str]]] = []
    for text in texts:
        words = [word for word in split_words(text) if word[0].isalpha()]
        pairs = set(pairwise(words))
        met = [row for pair in pairs for row in seen.get(pair, ())]
        alike = any(met.count(row) / len(pairs | pairs_of[row]) >= STRANGERS for row in set(met))
        if len(words) >= SHORTEST and not alike:
            for pair in pairs:
                seen.setdefault(pair, []).append(len(kept))
            pairs_of.append(pairs)
            kept.append(text)
    return kept
