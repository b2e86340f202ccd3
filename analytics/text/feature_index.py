"""What several linear models know of features, in one table: where to find a feature, and the weights that each model has for it.

The table is an open-addressing one (Knuth, The Art of Computer Programming 3, 6.4); the weights of all models for a feature stand side by
side, in blocks that the processor adds at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from analytics.text.codes import Places
from analytics.text.features import Keys
from analytics.text.word_table import Hashes

Table = NDArray[np.int16]

MOST_MODELS = 8  #: in one table: a bit each
BLOCK = 8  #: columns that are added at once: so many sums fill a vector of the processor
FAR = 31  #: weights further on stands what comes from memory separately
UPPER, LOWER = np.uint64(32), np.uint64(0xFFFFFFFF)  #: of a slot: how far down its upper half is, and its lower half
_BITS_OF_KEY = 32


class Index(NamedTuple):
    """What models know: `slots` hold a key in the upper half and a place in `held`, plus one, in the lower; 0 where nothing is.

    A key is looked for from its upper bits on, all but `shift`. held, from such a place on: which models know the feature (a bit each), and
    the blocks of columns of these models, with their weights and a one for each of them. blocks: for any bits, how many runs of blocks
    without a gap these are, and the first column of each run and the one after its last. columns: the first of
    each model, and the one after its last.
    """

    slots: Hashes
    shift: np.uint64
    held: Table
    blocks: NDArray[np.int64]
    columns: NDArray[np.int64]


def build(models: list[tuple[Keys, Table]], columns: Sequence[tuple[int, int]]) -> Index:
    """Put together what models know: the keys of each, a row of its table for each of them, and its columns.

    `models` is emptied, so that nothing of it is held twice.
    """
    sizes = np.array([len(keys) for keys, _ in models])
    bits = max(8, int(2 * sizes.max()).bit_length(), int(sizes.sum() * 9 // 8).bit_length())  # models share most of what they know
    shift, blocks, bounds = np.uint64(_BITS_OF_KEY - bits), _blocks(columns), np.array(columns, np.int64)
    keys, weights = np.concatenate([keys for keys, _ in models]), np.concatenate([table.ravel() for _, table in models])
    models.clear()
    slots, numbers, masks = np.zeros(1 << bits, np.uint64), np.empty(len(keys), np.int32), np.zeros(len(keys), np.int16)
    places = _number(slots, shift, keys, sizes, blocks, numbers, masks)
    held = np.zeros(places[-1] + FAR + 1, np.int16)  # not in a compiled function: what numpy asks for comes in large pages of memory
    _fill(slots, numbers, masks, places, weights, sizes, blocks, bounds, held)
    return Index(slots, shift, held, blocks, bounds)


def _blocks(columns: Sequence[tuple[int, int]]) -> NDArray[np.int64]:
    """For each set of models, a bit each, the runs of blocks that hold their columns (see `Index`)."""
    runs = np.zeros((1 << len(columns), 2 * (columns[-1][1] // BLOCK + 1) + 1), np.int64)
    for mask in range(len(runs)):
        joined: list[int] = []
        for model, (first, last) in enumerate(columns):
            if mask >> model & 1:
                begin, end = first // BLOCK * BLOCK, -(-last // BLOCK) * BLOCK
                if joined and joined[-1] >= begin:
                    joined[-1] = end
                else:
                    joined += [begin, end]
        runs[mask, : 1 + len(joined)] = [len(joined) // 2, *joined]
    return runs


@njit(cache=True, nogil=True)
def slot_of(key: np.uint64, slots: Hashes, shift: np.uint64) -> int:
    """Where a key stands, or the empty slot where it would."""
    at = int(np.int64(key >> shift))
    while slots[at] != 0 and slots[at] >> UPPER != key:
        at = (at + 1) & (len(slots) - 1)
    return at


@njit(cache=True, nogil=True)
def _number(
    slots: Hashes, shift: np.uint64, keys: Keys, sizes: Places, blocks: NDArray[np.int64], numbers: NDArray[np.int32], masks: Table
) -> Places:
    """Number the different keys, and note in `masks` which models know each; gives the place of each in `held`, and that after the last.

    The keys of all models stand one after the other, `sizes` keys of each. A slot holds the number of its key for now.
    """
    known, at = 0, 0
    for model in range(len(sizes)):
        for place in range(at, at + sizes[model]):
            key = np.uint64(keys[place])
            slot = slot_of(key, slots, shift)
            if slots[slot] == 0:
                known += 1
                slots[slot] = key << UPPER | np.uint64(known)
            numbers[place] = np.int64(slots[slot] & LOWER) - 1
            masks[numbers[place]] |= np.int16(1 << model)
        at += sizes[model]
    places = np.zeros(known + 1, np.int64)
    for number in range(known):
        places[number + 1] = places[number] + 1
        for run in range(blocks[masks[number], 0]):
            places[number + 1] += blocks[masks[number], 2 * run + 2] - blocks[masks[number], 2 * run + 1]
    return places


@njit(cache=True, nogil=True)
def _fill(
    slots: Hashes, numbers: NDArray[np.int32], masks: Table, places: Places, weights: Table, sizes: Places, blocks: NDArray[np.int64],
    columns: NDArray[np.int64], held: Table,
) -> None:  # fmt: skip
    """Fill `held` (see `Index`) with the weights, which stand in the order of the keys, and put places into slots in place of numbers."""
    at, weight = 0, 0
    for model in range(len(sizes)):
        first, width = columns[model, 0], columns[model, 1] - columns[model, 0] - 1
        for number in numbers[at : at + sizes[model]]:
            held[places[number]] = masks[number]
            place = places[number] + 1 + _offset(blocks[np.int64(masks[number])], first)
            own, given = held[place : place + width], weights[weight : weight + width]
            for column in range(len(own)):
                own[column] = given[column]
            held[place + width] = 1
            weight += width
        at += sizes[model]
    for slot in range(len(slots)):
        if slots[slot] != 0:
            slots[slot] = slots[slot] & ~LOWER | np.uint64(places[np.int64(slots[slot] & LOWER) - 1] + 1)


@njit(cache=True, nogil=True)
def _offset(runs: NDArray[np.int64], column: int) -> int:
    """Where a column stands in runs of blocks that are written without the gaps between them."""
    before = 0
    for run in range(runs[0]):
        begin, end = runs[2 * run + 1], runs[2 * run + 2]
        if begin <= column < end:
            return before + column - begin
        before += end - begin
    return before
