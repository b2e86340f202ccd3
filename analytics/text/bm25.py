"""How well words agree: BM25 of all posts against all texts of a collection, as one sparse product.

Robertson and Zaragoza 2009, "The Probabilistic Relevance Framework: BM25 and Beyond", https://doi.org/10.1561/1500000019.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from analytics.text.normalise import split_words

_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")  # #AustralianFires
_TAG = re.compile(r"#(\w+)")
_PREFIX = 5  #: letters of a word's beginning that count as a term of their own: "butterfly" and "butterflies" share "butte"


class Bm25:
    """A collection of texts; a term is a word, or the beginning of a longer one."""

    def __init__(self, texts: Sequence[str], saturation: float = 1.2, length: float = 0.6) -> None:
        terms = [_terms(text) for text in texts]
        self._number: dict[str, int] = {}
        for found in terms:
            for term in found:
                self._number.setdefault(term, len(self._number))
        counts = self._counts(terms)
        size = counts.sum(axis=1)
        often = np.bincount(counts.indices, minlength=len(self._number))
        rare = np.log1p((len(texts) - often + 0.5) / (often + 0.5)).astype(np.float32)
        self._unseen = np.float32(np.log1p((len(texts) + 0.5) / 0.5))
        norm = saturation * (1 - length + length * size / max(1.0, float(size.mean()) if len(texts) else 1.0))
        row = np.repeat(np.arange(len(texts)), np.diff(counts.indptr))
        counts.data = rare[counts.indices] * counts.data * (saturation + 1) / (counts.data + norm[row])
        self._rare = rare
        self._weights = csr_array(counts.T)  # (terms, texts)

    def scores(self, posts: Sequence[str]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """BM25 (posts, texts), and each post's own weight (posts,): the sum of its terms' rarity, which no score exceeds by much."""
        terms = [set(_terms(post)) for post in posts]
        counts = self._counts(terms)
        known = np.diff(counts.indptr)
        unseen = np.array([len(found) for found in terms], np.float32) - known
        return (counts @ self._weights).toarray(), counts @ self._rare + self._unseen * unseen

    def _counts(self, terms: Sequence[Sequence[str] | set[str]]) -> csr_array:
        """How often each known term occurs (texts, terms)."""
        ids = [sorted(number for term in found if (number := self._number.get(term)) is not None) for found in terms]
        starts = np.cumsum([0, *map(len, ids)])
        columns = np.fromiter((number for found in ids for number in found), np.int32, int(starts[-1]))
        counts = csr_array((np.ones(len(columns), np.float32), columns, starts), shape=(len(terms), len(self._number)))
        counts.sum_duplicates()
        return counts


def _terms(text: str) -> list[str]:
    """Words of letters and digits with hashtags cut at their capitals, and beginnings of longer words."""
    words = [word for word in split_words(_TAG.sub(lambda tag: " " + _HUMP.sub(" ", tag[1]) + " ", text)) if word[0].isalnum()]
    return words + [f"{word[:_PREFIX]}-" for word in words if len(word) > _PREFIX]
