"""Which known claim a post repeats: candidates by words and by meaning, ranked together, each with the probability that it is the one.

Words (bm25.py) find the names and numbers that a claim stands on; meaning (encoder.py) finds it said otherwise, or in another language.
A linear score over both, fitted on pairs of posts and fact-checks, ranks the candidates; the same score gives the probability, fitted
also on posts whose claim was taken out of the collection, so that it tells a post of no known claim, too (models/deep_claims.md).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from analytics.text.bm25 import Bm25
from analytics.text.encoder import Encoder, encoder
from analytics.text.linear import MODELS
from warehouse.errors import InputError

Array = NDArray[np.float32]
WEIGHTS = MODELS / "deep_claims.npz"
FEATURES = ("words", "words_best", "meaning", "meaning_best")
#: A post speaks of a claim from this probability on. Where each post has a claim, 99 % of those told so are right; of 800 posts that have
#: none (200 each of the train parts of dengue_id, vaccine_emotion_id, smsa and tweeteval_sentiment) one was told to have one.
SPEAKS = 0.8
_POSTS_AT_A_TIME = 64  # scores against 100,000 claims stay within 50 MB
_READ = 2_000  #: characters of a post or claim that are read


@dataclass(frozen=True)
class Weights:
    """Of `FEATURES`: `rank` orders the claims of one post; `match` and `bias` make a claim's features a probability (logistic).

    Meanings are shifted by the mean of posts and of claims first: all vectors of the encoder lean one way, and some claims are near to
    everything (hubness: Radovanović et al. 2010, https://jmlr.org/papers/v11/radovanovic10a.html).
    """

    rank: tuple[float, ...]
    match: tuple[float, ...]
    bias: float
    posts: Array  #: (384,)
    claims: Array  #: (384,)

    def save(self, file: Path) -> None:
        """Write a .npz; the same weights give the same bytes."""
        header = json.dumps({"rank": self.rank, "match": self.match, "bias": self.bias}).encode()
        np.savez_compressed(file, allow_pickle=False, header=np.frombuffer(header, np.uint8), posts=self.posts, claims=self.claims)

    @classmethod
    def load(cls, file: Path) -> Weights:
        """Read what `save` wrote."""
        with np.load(file, allow_pickle=False) as arrays:
            held = json.loads(arrays["header"].tobytes())
            return cls(tuple(held["rank"]), tuple(held["match"]), held["bias"], arrays["posts"], arrays["claims"])


@cache
def shipped() -> Weights:
    """The weights that the product ships."""
    return Weights.load(WEIGHTS)


@dataclass(frozen=True, slots=True)
class Matches:
    """For each post its best claims, best first: (posts, k). Where there are fewer than k claims, k is their number."""

    claims: NDArray[np.int64]  #: number of the claim in the index
    scores: Array  #: comparable within one post
    chances: Array  #: probability that the post repeats the claim


class ClaimIndex:
    """Claims to be searched in; `meanings` (claims, 384) are their vectors as queries where they are known already.

    Claims are embedded as queries, as posts are: they say the same sort of thing, and a post in another language finds them better so.

    Raises InputError where meanings and claims are not as many.
    """

    def __init__(
        self, claims: Sequence[str], meanings: Array | None = None, encoder_: Encoder | None = None, weights: Weights | None = None
    ) -> None:
        self._encoder = encoder() if encoder_ is None else encoder_
        claims = [claim[:_READ] for claim in claims]
        self.meanings = self._encoder.embed(claims) if meanings is None else np.asarray(meanings, np.float32)
        if len(self.meanings) != len(claims):
            raise InputError(f"{len(self.meanings)} vectors for {len(claims)} claims; hand in one a claim")
        self._weights = shipped() if weights is None else weights
        self._words = Bm25(claims)
        self._centred = _centred(self.meanings, self._weights.claims)

    def __len__(self) -> int:
        return len(self.meanings)

    def search(self, posts: Sequence[str], k: int = 5, meanings: Array | None = None) -> Matches:
        """The k best claims for each post; `meanings` (posts, 384) are the posts' vectors as queries where they are known already."""
        k = min(k, len(self))
        posts = [post[:_READ] for post in posts]
        if meanings is None:
            meanings = self._encoder.embed(posts)
        found = Matches(np.empty((len(posts), k), np.int64), np.empty((len(posts), k), np.float32), np.empty((len(posts), k), np.float32))
        for first in range(0, len(posts) if k else 0, _POSTS_AT_A_TIME):
            rows = slice(first, first + _POSTS_AT_A_TIME)
            found.claims[rows], found.scores[rows], found.chances[rows] = self._best(posts[rows], meanings[rows], k)
        return found

    def features(self, posts: Sequence[str], meanings: Array) -> Array:
        """Features of each post with each claim (posts, claims, features), in the order of `FEATURES`."""
        words, own = self._words.scores(posts)
        words /= np.maximum(own, 1e-6)[:, None]
        near = _centred(meanings, self._weights.posts) @ self._centred.T
        return np.stack([words, words - words.max(axis=1, keepdims=True), near, near - near.max(axis=1, keepdims=True)], axis=-1)

    def _best(self, posts: Sequence[str], meanings: Array, k: int) -> tuple[NDArray[np.int64], Array, Array]:
        features = self.features(posts, meanings)
        scores = features @ np.array(self._weights.rank, np.float32)
        top = np.argpartition(-scores, k - 1, axis=1)[:, :k]
        row = np.arange(len(posts))[:, None]
        top = np.take_along_axis(top, np.lexsort((top, -scores[row, top])), axis=1)
        logits = features[row, top] @ np.array(self._weights.match, np.float32) + np.float32(self._weights.bias)
        return top, scores[row, top], 1 / (1 + np.exp(-logits))


def _centred(meanings: Array, centre: Array) -> Array:
    away = meanings - centre
    return np.asarray(away / np.linalg.norm(away, axis=1, keepdims=True).clip(1e-6), np.float32)
