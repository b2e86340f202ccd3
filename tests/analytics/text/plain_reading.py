"""What the compiled passes must equal, in plain Python and numpy: words, their hashes, and sums of a linear model."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from analytics.text.features import (
    NEGATED_SEED,
    NEGATORS,
    PAIR_SEED,
    REACH,
    STEP,
    Keys,
    finish,
    word_hashes,
    word_keys,
)
from analytics.text.linear import Weights
from analytics.text.normalise import split_words

_STRETCHED = re.compile(r"(.)\1\1+", re.DOTALL)
_STOPS = frozenset('.,;:()!?"')


def words_of(text: str) -> list[str]:
    """The words of a text, with stretched letters shortened."""
    return [_STRETCHED.sub(r"\1", word) for word in split_words(text)]


def negated(words: Sequence[str]) -> list[str]:
    """Words at most `REACH` after a negator, with no punctuation between."""
    found = []
    for at, word in enumerate(words):
        before = words[max(0, at - REACH) : at]
        since = [place for place, other in enumerate(before) if other in NEGATORS]
        if since and word[0] not in _STOPS and not any(other[0] in _STOPS for other in before[since[-1] :]):
            found.append(word)
    return found


def keys_of(text: str, weights: Weights) -> Keys:
    """Keys of all features of a text that a model reads."""
    words = [word for word in words_of(text) if word[0].isalpha() or not weights.lettered]
    hashes = word_hashes(words)
    parts = [keys for keys, _ in word_keys(words, range(weights.shortest, weights.longest + 1))]
    if weights.pairs:
        parts.append(finish(hashes[:-1] * STEP + hashes[1:], PAIR_SEED))
    if weights.negation:
        parts.append(finish(word_hashes(negated(words)), NEGATED_SEED))
    return np.concatenate([np.zeros(0, np.uint32), *parts])


def sums_of(text: str, weights: Weights) -> NDArray[np.int64]:
    """Sum of the weights for each class, and how many features the model knows."""
    keys = keys_of(text, weights)
    known = keys[np.isin(keys, weights.keys)]
    return np.append(weights.table[np.searchsorted(weights.keys, known)].sum(axis=0, dtype=np.int64), len(known))
