"""The small network: what it computes, that texts do not disturb each other, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.text.network import Network

CLASSES, INPUTS = ("no", "perhaps", "yes"), ("first", "second", "third", "fourth")
DRAW = np.random.default_rng(7)


def part(*shape: int) -> np.ndarray:
    return DRAW.normal(size=shape).astype(np.float16).astype(np.float32)


NETWORK = Network(CLASSES, INPUTS, part(4, 6), part(6), part(6, 3), part(3))
VALUES = st.sampled_from([0.0, 0.0, 1.0, 2.0, 4.0, -3.5])
ROWS = st.lists(st.tuples(VALUES, VALUES, VALUES, VALUES), min_size=1, max_size=8)


@given(ROWS)
def test_it_is_a_layer_of_rectified_sums_and_a_softmax(rows: list[tuple[float, ...]]) -> None:
    features = np.array(rows, np.float32)
    logits = np.maximum(features @ NETWORK.into + NETWORK.into_bias, 0) @ NETWORK.out + NETWORK.out_bias
    expected = np.exp(logits - logits.max(axis=1, keepdims=True))
    expected /= expected.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(NETWORK.probabilities(features), expected, atol=1e-5)


@given(ROWS)
def test_a_text_is_told_the_same_whatever_its_neighbours(rows: list[tuple[float, ...]]) -> None:
    features = np.array(rows, np.float32)
    alone = np.vstack([NETWORK.probabilities(row[None]) for row in features])
    np.testing.assert_array_equal(NETWORK.probabilities(features), alone)


def test_what_was_saved_is_what_is_loaded_and_the_same_network_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one.npz", "two.npz"):
        NETWORK.save(tmp_path / name)
    features = np.eye(4, dtype=np.float32)
    loaded = Network.load(tmp_path / "one.npz", INPUTS)
    assert loaded.classes == CLASSES
    np.testing.assert_array_equal(loaded.probabilities(features), NETWORK.probabilities(features))
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()


def test_other_inputs_than_those_of_training_are_refused(tmp_path: Path) -> None:
    NETWORK.save(tmp_path / "network.npz")
    with pytest.raises(ValueError, match="make train"):
        Network.load(tmp_path / "network.npz", INPUTS[::-1])
    with pytest.raises(ValueError, match="3 features where the network has 4"):
        NETWORK.probabilities(np.zeros((2, 3), np.float32))
