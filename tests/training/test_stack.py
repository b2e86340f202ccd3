"""Networks that are stacked on linear models learn what a sum of cues cannot tell, and the same each time."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from training.stack import Shape, fit_network

SHAPE = Shape(hidden=8, members=2, penalty=1e-4)
INPUTS = ("asked", "negated")
FEATURES = np.array([(0, 0), (0, 1), (1, 0), (1, 1)] * 10, np.float32)
DIFFER = (FEATURES[:, 0] != FEATURES[:, 1]).astype(np.intp)
SHARES = np.eye(2, dtype=np.float32)[DIFFER]
EQUAL = np.ones(len(FEATURES))


def test_one_cue_without_the_other_is_told_from_both_and_from_none() -> None:
    network = fit_network(FEATURES, SHARES, EQUAL, ("alike", "differ"), INPUTS, SHAPE)
    np.testing.assert_array_equal(network.probabilities(FEATURES).argmax(axis=1), DIFFER)
    assert network.into.shape == (2, 16)


def test_the_same_posts_give_the_same_network() -> None:
    one, other = (fit_network(FEATURES, SHARES, EQUAL, ("alike", "differ"), INPUTS, SHAPE) for _ in range(2))
    for name in ("into", "into_bias", "out", "out_bias"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


def test_shares_are_learnt_as_shares_where_posts_look_alike() -> None:
    same = np.zeros_like(FEATURES)
    shares = np.tile(np.array([0.3, 0.7], np.float32), (len(same), 1))
    network = fit_network(same, shares, EQUAL, ("alike", "differ"), INPUTS, replace(SHAPE, members=1))
    np.testing.assert_allclose(network.probabilities(same), shares, atol=0.01)
