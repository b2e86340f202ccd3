"""Poisson counts of many panels at once, for the random panels of the space-time scan statistic (scan_panels.py)."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from numba import njit

from analytics.detect.base import Floats

TABLED = 500.0  #: mean up to which counts are drawn from a table of their probabilities; beyond, by rejection
GUIDES = 128  #: entries that say where in the table to begin
REACH = 10.0  #: standard deviations from the mean at which a table begins: what lies below has a probability below 1e-23
NEGLIGIBLE = 1e-17  #: probability left out at the table's end: less than the distance of two random numbers


def guide_of(chances: Floats) -> tuple[Floats, npt.NDArray[np.int64]]:
    """Where cells end on [0, 1) when each is as long as its chance, and in which cell each of as many equal steps begins."""
    edges = np.cumsum(chances)
    edges[np.flatnonzero(chances)[-1] :] = 1.0
    return edges, np.searchsorted(edges, np.arange(chances.size) / chances.size, side="right")


@njit(cache=True, nogil=True)
def poisson_of(means: Floats, rng: np.random.Generator, out: npt.NDArray[np.int32]) -> None:
    """Fill `out` (cells, panels) with independent counts of these means (cells,).

    By inversion: the count is the number of partial sums of the probabilities that do not exceed a random number; a guide table says where
    to begin (Chen and Asau 1974, AIIE Transactions 6:163-166).
    """
    edges = np.zeros(int(TABLED + 2 * REACH * math.sqrt(TABLED)) + 64)
    guide = np.zeros(GUIDES, np.int64)
    for cell in range(len(means)):
        mean = means[cell]
        if mean <= 0:
            out[cell] = 0
        elif mean > TABLED:
            for panel in range(out.shape[1]):
                out[cell, panel] = rng.poisson(mean)
        else:
            first = _partial_sums(mean, edges, guide)
            for panel in range(out.shape[1]):
                uniform = rng.random()
                j = guide[int(uniform * GUIDES)]
                while edges[j] <= uniform:
                    j += 1
                out[cell, panel] = first + j


@njit(cache=True, nogil=True)
def _partial_sums(mean: float, edges: Floats, guide: npt.NDArray[np.int64]) -> int:
    """Fill `edges` with the probabilities of at most first, first + 1, ... and `guide` with where each step begins; returns `first`."""
    first = max(0, int(mean - REACH * math.sqrt(mean)))
    chance = math.exp(first * math.log(mean) - mean - math.lgamma(first + 1.0))
    edges[0] = chance
    j, step = 0, 0
    while True:
        while step < GUIDES and step < edges[j] * GUIDES:
            guide[step] = j
            step += 1
        count = first + j + 1
        chance *= mean / count
        if (count > mean and chance < NEGLIGIBLE) or j == len(edges) - 2:
            break
        edges[j + 1] = edges[j] + chance
        j += 1
    edges[j] = 1.0
    guide[step:] = j
    return first
