"""Random panels for the space-time scan statistic (scan.py): posts that fall on places and days as they would if nothing were going on.

Both kinds are exact, and beyond some number of posts their time grows with the cells and with the square root of the posts. Panels are
made many at a time and lie side by side, (places, days, panels): a cell of all of them is drawn from one table.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from numba import njit

from analytics.detect.base import Floats
from analytics.detect.scan_poisson import guide_of, poisson_of

Ints = npt.NDArray[np.int64]
Panels = npt.NDArray[np.int32]
Take = Callable[[int], Panels]  #: gives the next so many panels
FEW = 10_000  #: posts in the window up to which each is thrown on its cell, or dealt


def draws(cells: Floats, posts: Ints, rng: np.random.Generator) -> Take:
    """Panels of the window with so many posts each, thrown on the cells by what is expected there.

    Of many posts most are drawn as independent Poisson counts, which are multinomial given their sum; as their mean sum is four standard
    deviations below the least number of posts, few are left to throw. A draw of too many is drawn again: that depends on the sum alone.
    """
    chances = cells.ravel() / cells.sum()
    edges, guide = guide_of(chances)
    least = float(posts.min()) if len(posts) else 0.0
    means = chances * (least - 4 * np.sqrt(least)) if least > FEW else np.zeros(chances.size)
    given = 0

    def take(number: int) -> Panels:
        nonlocal given
        wanted = posts[given : given + number]
        given += number
        panels = np.zeros((cells.size, number), np.int32)
        if least > FEW:
            poisson_of(means, rng, panels)
            while len(over := np.flatnonzero(panels.sum(axis=0) > wanted)):
                again = np.zeros((cells.size, len(over)), np.int32)
                poisson_of(means, rng, again)
                panels[:, over] = again
        for panel, many in enumerate(wanted - panels.sum(axis=0)):
            _thrown(edges, guide, rng.random(many), panels, panel)
        return panels.reshape(*cells.shape, number)

    return take


def shuffles(a_place: Ints, a_day: Ints, rng: np.random.Generator) -> Take:
    """Panels of the window whose days have `a_day` posts each, drawn without replacement from all posts of the places.

    Of many posts it is drawn first how many of each place are in the window. Their days are drawn with replacement: as independent Poisson
    counts, to which posts are added, or from which they are taken, at random, until each place has its number. Then posts of days that
    have too many, chosen at random, move to days that have too few. All posts of the window are alike in this, and days have the numbers
    that they should have, so that every way to deal the days is as likely as any other.
    """
    total = int(a_day.sum())
    shape = (len(a_place), len(a_day))
    if total <= FEW:
        labels = np.repeat(np.arange(len(a_place), dtype=np.int32), a_place)

        def dealt(number: int) -> Panels:
            panels = np.zeros((*shape, number), np.int32)
            for panel in range(number):
                _dealt(labels, rng.random(total), a_day, panels, panel)
            return panels

        return dealt

    edges, guide = guide_of(a_day / total)

    def take(number: int) -> Panels:
        inside = rng.multivariate_hypergeometric(a_place, total, size=number, method="marginals")
        panels = np.zeros((*shape, number), np.int32)
        _places_filled(np.ascontiguousarray(inside.T), a_place / a_place.sum() * total, a_day / total, edges, guide, rng, panels)
        _days_levelled(a_day, rng, panels)
        return panels

    return take


@njit(cache=True, nogil=True)
def _dealt(labels: npt.NDArray[np.int32], uniform: Floats, a_day: Ints, out: Panels, panel: int) -> None:
    """Add to a panel of `out` a draw without replacement: `a_day[d]` of the posts, each known by its place, fall on day d.

    The first steps of a Fisher-Yates shuffle; `uniform` is on [0, 1). `labels` stays shuffled, which does no harm.
    """
    i = 0
    for day in range(len(a_day)):
        for _ in range(a_day[day]):
            j = i + int(uniform[i] * (len(labels) - i))
            labels[i], labels[j] = labels[j], labels[i]
            out[labels[i], day, panel] += 1
            i += 1


@njit(cache=True, nogil=True)
def _cell(edges: Floats, guide: Ints, uniform: float) -> int:
    """The cell on which a number on [0, 1) falls."""
    cell = guide[int(uniform * len(guide))]
    while edges[cell] <= uniform:
        cell += 1
    return cell


@njit(cache=True, nogil=True)
def _thrown(edges: Floats, guide: Ints, uniform: Floats, out: Panels, panel: int) -> None:
    """Add to a panel of `out` (cells, panels) how many of `uniform`, on [0, 1), fall in each cell."""
    for draw in uniform:
        out[_cell(edges, guide, draw), panel] += 1


@njit(cache=True, nogil=True)
def _places_filled(inside: Ints, means: Floats, chances: Floats, edges: Floats, guide: Ints, rng: np.random.Generator, out: Panels) -> None:
    """Throw the posts of each place, `inside` (places, panels), on the days by their `chances`, into `out` (places, days, panels).

    means: of the posts of each place. The cells of one place stay in the nearest cache while its panels come to their numbers.
    """
    days = len(chances)
    for place in range(len(inside)):
        cells = out[place]
        poisson_of(means[place] * chances, rng, cells)
        for panel in range(inside.shape[1]):
            have = 0
            for day in range(days):
                have += cells[day, panel]
            for _ in range(inside[place, panel] - have):
                cells[_cell(edges, guide, rng.random()), panel] += 1
            for left in range(have, inside[place, panel], -1):
                post, day = int(rng.random() * left), 0
                while post >= cells[day, panel]:
                    post -= cells[day, panel]
                    day += 1
                cells[day, panel] -= 1


@njit(cache=True, nogil=True)
def _days_levelled(a_day: Ints, rng: np.random.Generator, out: Panels) -> None:
    """Move posts, chosen at random, from days with more than `a_day` to days with fewer, in each panel of `out` (places, days, panels)."""
    days, panels = out.shape[1:]
    for panel in range(panels):
        have = np.zeros(days, np.int64)
        for place in range(len(out)):
            for day in range(days):
                have[day] += out[place, day, panel]
        freed = np.zeros(np.maximum(have - a_day, 0).sum(), np.int64)
        n = 0
        for day in range(days):
            if have[day] > a_day[day]:
                n = _taken(out[:, day, panel], have[day], have[day] - a_day[day], rng, freed, n)
        for day in range(days):
            for _ in range(a_day[day] - have[day]):
                j = int(rng.random() * n)
                out[freed[j], day, panel] += 1
                n -= 1
                freed[j] = freed[n]


@njit(cache=True, nogil=True)
def _taken(column: Panels, have: int, many: int, rng: np.random.Generator, freed: Ints, n: int) -> int:
    """Take so many of the `have` posts of a day (places,) without replacement; their places go into `freed` from n on. Returns its end."""
    posts = np.zeros(0, np.int64)
    while len(posts) < many:  # one that was chosen before is chosen again
        more = (rng.random(many - len(posts)) * have).astype(np.int64)
        posts = np.unique(np.concatenate((posts, more)))
    first, j = 0, 0
    for place in range(len(column)):
        end = first + column[place]
        while j < many and posts[j] < end:
            column[place] -= 1
            freed[n] = place
            n += 1
            j += 1
        first = end
    return n
