"""A forest asked by features instead of by nodes: QuickScorer (Lucchese et al. 2015, SIGIR, doi 10.1145/2766462.2767733).

A node whose threshold a text is above cuts the leaves of its left side off; the text falls into the first leaf of a tree that nothing cuts
off. So all nodes of a feature are put in the order of their thresholds, and a text takes those below its value. Most cues of a post are 0
and below every threshold, so few features are looked at, where a walk goes down sixteen nodes of each tree. Features with many nodes have
rows of what their first nodes cut off together; only the nodes since the last row are taken one by one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

_BLOCK = 64  # texts at a time, so that what is noted of them stays in the cache
_GROUP = 8  # classes
_ONE_BY_ONE = 48  # nodes since the last row from which on a new row is kept

Masks = NDArray[np.uint64]
Numbers = NDArray[np.int32]

_FULL, _ONE, _SIXTY_THREE = np.uint64(2**64 - 1), np.uint64(1), np.uint64(63)
_DE_BRUIJN, _TOP = np.uint64(0x03F79D71B4CB0A89), np.uint64(58)
_BIT_AT = np.zeros(64, np.int32)  # the number of the only bit of a word, by the upper bits of its product with _DE_BRUIJN
for _bit in range(64):
    _BIT_AT[(int(_DE_BRUIJN) << _bit) % 2**64 >> 58] = _bit


@dataclass(frozen=True, slots=True)
class TreeMasks:
    """Nodes by feature, then by threshold; a leaf is a bit, `words` 64-bit words to a tree.

    firsts (features + 1,): where the nodes of each feature begin; thresholds (nodes,); trees (nodes,); masks (nodes, words): a node's
    tree without the leaves on its left side; row_of (nodes + 1,): the row to begin with where so many nodes are taken, row_ends
    (rows,): the node after the last one that a row holds; rows (rows, trees * words), the first one full; leaf_firsts (trees,): number
    of each tree's first leaf; shares (leaves, groups of classes, _GROUP) uint8, filled up with zeros.
    """

    firsts: NDArray[np.int64]
    thresholds: NDArray[np.float32]
    trees: Numbers
    masks: Masks
    row_of: Numbers
    row_ends: NDArray[np.int64]
    rows: Masks
    leaf_firsts: NDArray[np.int64]
    shares: NDArray[np.uint8]

    @classmethod
    def of(
        cls, roots: Numbers, feature: NDArray[np.int16], threshold: NDArray[np.float32], left: Numbers, right: Numbers,
        shares: NDArray[np.uint8], features: int,
    ) -> TreeMasks:  # fmt: skip
        """From the arrays of `Forest`; raises ValueError where a child stands before its parent."""
        inner = np.flatnonzero(feature >= 0)
        if len(inner) and min((left[inner] - inner).min(), (right[inner] - inner).min()) <= 0:
            raise ValueError("a node of the forest stands before its parent; grow it again with `make train`")
        tree_of = np.repeat(np.arange(len(roots), dtype=np.int32), np.diff(np.append(roots, len(feature))))
        count, first = np.ones(len(feature), np.int32), np.zeros(len(feature), np.int32)
        _number_leaves(feature, left, right, count, first)
        ordered = inner[np.lexsort((threshold[inner], feature[inner]))]
        words = -(-int(count[roots].max()) // 64)
        masks = np.full((len(ordered), words), _FULL, np.uint64)
        _cut_off(first[left[ordered]], count[left[ordered]], masks)
        firsts = np.searchsorted(feature[ordered], np.arange(features + 1))
        trees = tree_of[ordered]
        row_of, row_ends = _rows_kept(firsts, threshold[ordered])
        rows = np.full((len(row_ends), len(roots) * words), _FULL, np.uint64)
        _fill_rows(firsts, trees, masks, row_of, row_ends, rows)
        leaves = np.flatnonzero(feature < 0)
        by_place = leaves[np.lexsort((first[leaves], tree_of[leaves]))]
        leaf_firsts = np.cumsum(count[roots], dtype=np.int64) - count[roots]
        grouped = np.pad(shares[by_place], ((0, 0), (0, -shares.shape[1] % _GROUP))).reshape(len(leaves), -1, _GROUP)
        return cls(firsts, threshold[ordered], trees, masks, row_of, row_ends, rows, leaf_firsts, grouped)

    def sums(self, features: NDArray[np.float32]) -> NDArray[np.int32]:
        """Sums of the shares of the leaves that each text falls into: (texts, features) to (texts, classes and more, which are 0)."""
        out = np.zeros((len(features), *self.shares.shape[1:]), np.int32)
        nodes = (self.firsts, self.thresholds, self.trees, self.masks)
        _sums(
            np.ascontiguousarray(features, np.float32), nodes, (self.row_of, self.row_ends, self.rows), self.leaf_firsts, self.shares, out
        )
        return out.reshape(len(features), out.shape[1] * _GROUP)


def _rows_kept(firsts: NDArray[np.int64], thresholds: NDArray[np.float32]) -> tuple[Numbers, NDArray[np.int64]]:
    """`row_of` and `row_ends`: a row after each run of equal thresholds that ends far enough from the last row."""
    row_of, ends = np.zeros(len(thresholds) + 1, np.int32), [0]
    for begin, end in zip(firsts[:-1].tolist(), firsts[1:].tolist(), strict=True):
        last, row = begin, 0
        if begin == end:
            continue
        closes = np.append(np.flatnonzero(np.diff(thresholds[begin:end])) + begin + 1, end)
        for stop in closes.tolist():
            if stop - last >= _ONE_BY_ONE:
                row_of[last + 1 : stop] = row
                row, last = len(ends), stop
                row_of[stop] = row
                ends.append(stop)
        row_of[last + 1 : end + 1] = row
    return row_of, np.array(ends, np.int64)


@njit(cache=True, nogil=True)
def _number_leaves(feature: NDArray[np.int16], left: Numbers, right: Numbers, count: Numbers, first: Numbers) -> None:
    """Of each node: how many leaves are below it, and the place of the first of them in its tree."""
    for node in range(len(feature) - 1, -1, -1):
        if feature[node] >= 0:
            count[node] = count[left[node]] + count[right[node]]
    for node in range(len(feature)):
        if feature[node] >= 0:
            first[left[node]] = first[node]
            first[right[node]] = first[node] + count[left[node]]


@njit(cache=True, nogil=True)
def _cut_off(first: Numbers, count: Numbers, masks: Masks) -> None:
    """Clear the bits of so many leaves from the first on."""
    for node in range(len(masks)):
        for leaf in range(first[node], first[node] + count[node]):
            masks[node, leaf >> 6] &= ~(_ONE << (np.uint64(leaf) & _SIXTY_THREE))


@njit(cache=True, nogil=True)
def _fill_rows(firsts: NDArray[np.int64], trees: Numbers, masks: Masks, row_of: Numbers, row_ends: NDArray[np.int64], rows: Masks) -> None:
    words = masks.shape[1]
    for feature in range(len(firsts) - 1):
        row = np.full(rows.shape[1], _FULL, np.uint64)
        for node in range(firsts[feature], firsts[feature + 1]):
            for word in range(words):
                row[trees[node] * words + word] &= masks[node, word]
            number = row_of[node + 1]
            if number and row_ends[number] == node + 1:
                rows[number] = row


@njit(cache=True, nogil=True)
def _taken(value: np.float32, thresholds: NDArray[np.float32], first: int, last: int) -> int:
    """The first node of a feature whose threshold `value` is not above; what is no number is above all of them."""
    while first < last:
        middle = (first + last) >> 1
        if value <= thresholds[middle]:
            last = middle
        else:
            first = middle + 1
    return first


@njit(cache=True, nogil=True)
def _first_bit(words: Masks, at: int) -> int:
    """The place of the first bit that is set from word `at` on."""
    place = 0
    while words[at] == 0:
        at += 1
        place += 64
    lowest = words[at] & (~words[at] + _ONE)
    return place + _BIT_AT[(lowest * _DE_BRUIJN) >> _TOP]


@njit(cache=True, nogil=True)
def _sums(
    features: NDArray[np.float32], nodes: Any, kept: Any, leaf_firsts: NDArray[np.int64], shares: NDArray[np.uint8], out: NDArray[np.int32]
) -> None:
    """`TreeMasks.sums`; a block of texts is brought to its leaves, then goes through one tree's shares after the other."""
    firsts, thresholds, trees, masks = nodes
    row_of, row_ends, rows = kept
    count, words = len(leaf_firsts), masks.shape[1]
    open_, leaf = np.empty(count * words, np.uint64), np.empty((count, _BLOCK), np.int32)
    for begin in range(0, len(features), _BLOCK):
        some = min(_BLOCK, len(features) - begin)
        for lane in range(some):
            open_[:] = _FULL
            for feature in range(len(firsts) - 1):
                first = firsts[feature]
                if first == firsts[feature + 1] or features[begin + lane, feature] <= thresholds[first]:
                    continue
                last = _taken(features[begin + lane, feature], thresholds, first, firsts[feature + 1])
                row = row_of[last]
                if row:
                    first = row_ends[row]
                    cut = rows[row]
                    for word in range(count * words):
                        open_[word] &= cut[word]
                for node in range(first, last):
                    for word in range(words):
                        open_[trees[node] * words + word] &= masks[node, word]
            for tree in range(count):
                leaf[tree, lane] = leaf_firsts[tree] + _first_bit(open_, tree * words)
        for group in range(out.shape[1]):
            for tree in range(count):
                for lane in range(some):
                    for name in range(_GROUP):  # of one size that is known when this is compiled: all at once
                        out[begin + lane, group, name] += shares[leaf[tree, lane], group, name]
