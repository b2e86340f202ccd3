"""Emotions that are rare are told more often than they are the likeliest, and no order among the frequent ones is lost for it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from analytics.text.linear import MODELS, Weights
from training.train_emotion import RARER, oftener


@pytest.fixture(scope="module")
def weights() -> Weights:
    return Weights.load(MODELS / "emotion.npz")


def test_what_is_rarer_gains_more_and_what_is_learnt_of_words_stays(weights: Weights) -> None:
    emotions = [name for place, name in enumerate(weights.classes) for _ in range(4 ** (place + 1))]
    told = oftener(weights, emotions)
    gains = np.array(told.bias) - np.array(weights.bias)
    np.testing.assert_allclose(np.diff(gains), -RARER * np.log(4))
    assert gains.sum() == pytest.approx(0)
    assert replace(told, bias=weights.bias) == weights


def test_where_all_are_equally_frequent_nothing_changes(weights: Weights) -> None:
    np.testing.assert_allclose(oftener(weights, list(weights.classes) * 3).bias, weights.bias)
