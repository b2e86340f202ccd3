"""Random panels for the space-time scan statistic (scan.py): posts that fall on places and days as they would if nothing were going on.

Both kinds are exact, and beyond some number of posts their time grows with the cells, not with the posts.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from numba import njit

from analytics.detect.base import Floats

Ints = npt.NDArray[np.int64]
FEW = 20_000  #: posts in the window up to which each is thrown on its cell
SHUFFLED = 500_000  #: posts in the window up to which the permutation scan shuffles them one by one
STEPS = 12.0  #: mean of a cell from which on its count is drawn by rejection, not by adding up probabilities


def draws(cells: Floats, posts: Ints, rng: np.random.Generator) -> Iterator[Ints]:
    """Panels of the window with so many posts each, thrown on the cells by what is expected there: (places, days) each.

    Of many posts most are drawn as independent Poisson counts, which are multinomial given their sum; as their mean sum is four standard
    deviations below the least number of posts, few are left to throw. A draw of too many is drawn again: that depends on the sum alone.
    """
    chances = cells.ravel() / cells.sum()
    edges = np.cumsum(chances)
    edges[np.flatnonzero(chances)[-1] :] = 1.0
    guide = np.searchsorted(edges, np.arange(chances.size) / chances.size, side="right")
    least = float(posts.min()) if len(posts) else 0.0
    mean = chances * (least - 4 * np.sqrt(least)) if least > FEW else np.zeros(chances.size)
    none = np.exp(-mean)
    for many in posts:
        panel = np.zeros(chances.size, np.int64)
        if many > FEW:
            while (drawn := _poisson(mean, none, rng, panel)) > many:
                panel[:] = 0
            many -= drawn
        _thrown(edges, guide, rng.random(many), panel)
        yield panel.reshape(cells.shape)


def shuffles(a_place: Ints, a_day: Ints, replicates: int, rng: np.random.Generator) -> Iterator[Ints]:
    """Panels of the window whose days have `a_day` posts each, drawn without replacement from all posts of the places: (places, days)."""
    total, few = int(a_day.sum()), int(a_day.sum()) <= FEW
    labels = np.repeat(np.arange(len(a_place), dtype=np.int32), a_place) if few else np.zeros(0, np.int32)
    days = np.repeat(np.arange(len(a_day), dtype=np.uint8), a_day) if total <= SHUFFLED else np.zeros(0, np.uint8)
    for _ in range(replicates):
        panel = np.zeros((len(a_place), len(a_day)), dtype=np.int64)
        if few:
            _dealt(labels, rng.random(total), a_day, panel)
        elif total <= SHUFFLED:  # first how many of each place, then on which days
            inside = rng.multivariate_hypergeometric(a_place, total, method="marginals")
            _spread(days, rng.random(total), inside, panel)
        else:
            left = a_place.copy()
            for day, posts in enumerate(a_day):
                panel[:, day] = rng.multivariate_hypergeometric(left, posts, method="marginals")
                left -= panel[:, day]
        yield panel


@njit(cache=True)
def _dealt(labels: npt.NDArray[np.int32], uniform: Floats, a_day: Ints, out: Ints) -> None:
    """Add to `out` (places, days) a draw without replacement: `a_day[d]` of the posts, each known by its place, fall on day d.

    The first steps of a Fisher-Yates shuffle; `uniform` is on [0, 1). `labels` stays shuffled, which does no harm.
    """
    i = 0
    for day in range(len(a_day)):
        for _ in range(a_day[day]):
            j = i + int(uniform[i] * (len(labels) - i))
            labels[i], labels[j] = labels[j], labels[i]
            out[labels[i], day] += 1
            i += 1


@njit(cache=True)
def _spread(days: npt.NDArray[np.uint8], uniform: Floats, inside: Ints, out: Ints) -> None:
    """Add to `out` (places, days) the posts of each place, `inside`, on days drawn without replacement; the days are few small numbers, so
    that shuffling them stays in the nearest cache."""
    i = 0
    for place in range(len(inside)):
        for _ in range(inside[place]):
            j = i + int(uniform[i] * (len(days) - i))
            days[i], days[j] = days[j], days[i]
            out[place, days[i]] += 1
            i += 1


@njit(cache=True)
def _thrown(edges: Floats, guide: Ints, uniform: Floats, out: Ints) -> None:
    """Add to `out` how many of `uniform`, on [0, 1), fall in each cell: cell i ends below edges[i]; guide[j] is the cell of j / cells."""
    for draw in uniform:
        cell = guide[int(draw * len(guide))]
        while edges[cell] <= draw:
            cell += 1
        out[cell] += 1


@njit(cache=True)
def _poisson(mean: Floats, none: Floats, rng: np.random.Generator, out: Ints) -> int:
    """Fill `out` with independent Poisson counts and return their sum; none: the probability of no post, exp(-mean)."""
    total = 0
    for cell in range(len(mean)):
        if mean[cell] >= STEPS:
            count = rng.poisson(mean[cell])
        else:
            count, chance, left = 0, none[cell], rng.random() - none[cell]
            while left >= 0.0 and chance > 1e-300:
                count += 1
                chance *= mean[cell] / count
                left -= chance
        out[cell] = count
        total += count
    return total
