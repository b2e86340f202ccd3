"""Grows a random forest with scikit-learn and packs it into the arrays of analytics/text/forest.py."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import RandomForestClassifier

from analytics.text.forest import Forest

TREES, SMALLEST = 300, 2  #: trees of a forest, texts of a leaf


def grow(features: NDArray[np.float32], labels: Sequence[str], inputs: Sequence[str], balanced: bool) -> Forest:
    """Fit a forest; balanced: classes weigh the same in each tree, however rare they are."""
    weight = "balanced_subsample" if balanced else None
    fitted = RandomForestClassifier(TREES, min_samples_leaf=SMALLEST, class_weight=weight, random_state=0, n_jobs=1).fit(features, labels)
    roots, parts, start = [], [], 0
    for tree in (estimator.tree_ for estimator in fitted.estimators_):
        leaf = tree.children_left < 0
        shares = tree.value[:, 0] / tree.value[:, 0].sum(axis=1, keepdims=True)
        parts.append(
            (
                np.where(leaf, -1, tree.feature).astype(np.int16),
                np.where(leaf, 0, tree.threshold).astype(np.float32),
                np.where(leaf, 0, tree.children_left + start).astype(np.int32),
                np.where(leaf, 0, tree.children_right + start).astype(np.int32),
                np.where(leaf[:, None], np.round(255 * shares), 0).astype(np.uint8),
            )
        )
        roots.append(start)
        start += len(leaf)
    feature, threshold, left, right, shares = (np.concatenate(part) for part in zip(*parts, strict=True))
    return Forest(tuple(fitted.classes_), tuple(inputs), np.array(roots, np.int32), feature, threshold, left, right, shares)
