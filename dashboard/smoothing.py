"""Moving averages over 7 days or 4 weeks that look through gaps but never across the end of what is known. Arrays in, arrays out."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

LEAST: Final = 0.5  #: share of a window's weight that must have been collected

#: By unit and way: the weights of the periods, the oldest first, and how many periods of them lie ahead.
#: Four weeks have no middle one: centred they are the mean of two means of four (the 2 x 4 moving average), half a week at either end.
_WEIGHTS: Final[dict[tuple[str, str], tuple[tuple[float, ...], int]]] = {
    ("day", "trailing"): ((1 / 7,) * 7, 0),
    ("day", "centred"): ((1 / 7,) * 7, 3),
    ("week", "trailing"): ((1 / 4,) * 4, 0),
    ("week", "centred"): ((1 / 8, 1 / 4, 1 / 4, 1 / 4, 1 / 8), 2),
}


def reach(unit: str, way: str) -> tuple[int, int]:
    """How many periods before and after one its average reads; none where nothing is averaged (months, or no way chosen)."""
    weights, ahead = _WEIGHTS.get((unit, way), ((1.0,), 0))
    return len(weights) - 1 - ahead, ahead


def averages(values: Floats, unit: str, way: str) -> Floats:
    """values: (..., periods), NaN where nothing was collected or the period is not over. NaN stays NaN; so do the ends, where the window
    is cut. A window averages what it has, when that is at least half of its weight."""
    weights, ahead = _WEIGHTS.get((unit, way), ((1.0,), 0))
    if len(weights) == 1 or not values.size:
        return values
    behind = len(weights) - 1 - ahead
    known = ~np.isnan(values)
    padded = [(0, 0)] * (values.ndim - 1) + [(behind, ahead)]
    window = np.lib.stride_tricks.sliding_window_view
    there = window(np.pad(known.astype(np.float64), padded), len(weights), axis=-1) @ np.array(weights)
    total = window(np.pad(np.where(known, values, 0.0), padded), len(weights), axis=-1) @ np.array(weights)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(known & (there >= LEAST - 1e-9), total / there, np.nan)
    mean[..., :behind] = np.nan
    if ahead:
        mean[..., -ahead:] = np.nan
    return mean
