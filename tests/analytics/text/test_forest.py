"""A forest answers as a walk down each of its trees does."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from analytics.text.cues import NAMES
from analytics.text.forest import Forest
from analytics.text.linear import MODELS

INPUTS = ("a", "b", "c")


def grown(seed: int, trees: int, deepest: int, classes: int) -> Forest:
    """A forest of random trees, each from a leaf alone to so many levels; few thresholds, so that many nodes share one."""
    draw = np.random.default_rng(seed)
    nodes: list[list[float]] = []
    roots = []

    def grow(depth: int) -> int:
        place = len(nodes)
        leaf = depth == 0 or draw.random() < 0.15
        nodes.append([-1, 0, 0, 0] if leaf else [draw.integers(len(INPUTS)), draw.choice([-0.5, 0.5, 0.7, 1.5, 2.5]), 0, 0])
        if not leaf:
            nodes[place][2] = grow(depth - 1)
            nodes[place][3] = grow(depth - 1)
        return place

    for _ in range(trees):
        roots.append(grow(int(draw.integers(deepest + 1))))
    feature, threshold, left, right = np.array(nodes).T
    shares = draw.integers(1, 256, (len(nodes), classes)).astype(np.uint8)
    names = tuple(f"class {number}" for number in range(classes))
    numbered = (column.astype(np.int32) for column in (left, right))
    return Forest(names, INPUTS, np.array(roots, np.int32), feature.astype(np.int16), threshold.astype(np.float32), *numbered, shares)


def walked(forest: Forest, features: NDArray[np.float32]) -> NDArray[np.float32]:
    """Down each tree node by node, as the paper has it."""
    out = np.zeros((len(features), len(forest.classes)), np.float32)
    for row, values in enumerate(features):
        for node in forest.roots.tolist():
            while forest.feature[node] >= 0:
                low = values[forest.feature[node]] <= forest.threshold[node]
                node = int(forest.left[node] if low else forest.right[node])
            out[row] += forest.shares[node]
    return out / out.sum(axis=1, keepdims=True)


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 1_000),
    st.integers(1, 12),
    st.integers(0, 8),
    st.integers(2, 17),
    st.lists(st.tuples(*[st.sampled_from([-1.0, 0.0, 0.5, 0.6, 1.0, 2.0, 9.0, float("nan"), float("inf")])] * 3), min_size=1, max_size=9),
)
def test_a_forest_answers_as_a_walk_down_its_trees(
    seed: int, trees: int, deepest: int, classes: int, rows: list[tuple[float, ...]]
) -> None:
    forest, features = grown(seed, trees, deepest, classes), np.array(rows, np.float32)
    assert np.array_equal(forest.probabilities(features), walked(forest, features))


@pytest.mark.parametrize("name", ["intent.npz", "firsthand_cues.npz"])
def test_the_shipped_forests_answer_as_walks_do(name: str) -> None:
    forest, draw = Forest.load(MODELS / name, NAMES), np.random.default_rng(1)
    features = (draw.integers(1, 9, (70, len(NAMES))) * (draw.random((70, len(NAMES))) < 0.2) / 2).astype(np.float32)
    assert np.array_equal(forest.probabilities(features), walked(forest, features))


def test_no_texts_are_no_answers() -> None:
    assert grown(1, 3, 3, 2).probabilities(np.zeros((0, 3), np.float32)).shape == (0, 2)


def test_a_forest_whose_children_stand_before_their_parents_is_refused() -> None:
    forest = grown(5, 4, 6, 2)
    turned = replace(forest, left=np.zeros_like(forest.left))
    with pytest.raises(ValueError, match="before its parent"):
        turned.probabilities(np.zeros((1, 3), np.float32))
