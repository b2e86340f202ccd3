"""Make areas as coarse as a map on a screen needs, and keep neighbours joined: a border that two areas share is simplified once.

Rings are cut into arcs where areas meet. Each point of an arc weighs as much as the largest tolerance at which the method of Douglas and
Peucker (1973, "Algorithms for the reduction of the number of points required to represent a digitized line") keeps it; points that weigh
less than the tolerance, or more than the budget allows, are left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analytics.geo.geojson import Polygon, Ring, area

GRID: Final = 0.001  #: degrees to which points are rounded, some 110 m
LONGEST: Final = 4_000  #: points of an arc; longer ones are cut, because the method is quadratic on hostile lines

Areas = Mapping[str, tuple[Polygon, ...]]
Cells = NDArray[np.int64]  #: points in steps of GRID, (points, 2)


def simplify(areas: Areas, tolerance: float, most: int) -> dict[str, tuple[Polygon, ...]]:
    """The same areas with at most about `most` points; `tolerance` in degrees. Islands smaller than it go, but no area loses its last."""
    rings = list(_cleaned(areas, tolerance))
    arcs = _Arcs()
    made = [arcs.add(cells, nodes) for cells, nodes in zip((ring.cells for ring in rings), _nodes(rings), strict=True)]
    thin = arcs.thinned(tolerance / GRID, most)
    found: dict[str, dict[int, list[Ring]]] = {code: {} for code in areas}
    for ring, parts in zip(rings, made, strict=True):
        line = _joined([thin[at][::-1] if back else thin[at] for at, back in parts])
        if len(line) >= 4 and area(line.astype(float)):
            found[ring.code].setdefault(ring.polygon, []).append(_degrees(line))
        elif ring.kept:
            found[ring.code].setdefault(ring.polygon, []).append(_degrees(_closed(ring.cells[:: len(ring.cells) // 24 + 1])))
    return {code: tuple(tuple(polygon) for polygon in polygons.values()) for code, polygons in found.items()}


@dataclass(frozen=True, slots=True)
class _Ring:
    """One ring in grid cells, open (its first point is not repeated). kept: the place's largest shell, which never goes."""

    code: str
    polygon: int
    cells: Cells
    kept: bool


def _cleaned(areas: Areas, tolerance: float) -> Iterator[_Ring]:
    """Rings on the grid that are worth drawing; a hole goes with its shell."""
    for code, polygons in areas.items():
        largest = max(range(len(polygons)), key=lambda at: abs(area(polygons[at][0])), default=-1)
        for number, polygon in enumerate(polygons):
            for at, ring in enumerate(polygon):
                kept = number == largest and at == 0
                cells = _on_grid(ring)
                small = len(cells) < 3 or np.ptp(cells, axis=0).max() * GRID < 2 * tolerance
                if small and kept:
                    cells = np.unique(np.round(ring / GRID).astype(np.int64), axis=0) if len(cells) < 3 else cells
                    cells = cells if len(cells) >= 3 else _dot(cells)
                elif small and at == 0:
                    break
                elif small:
                    continue
                yield _Ring(code, number, cells, kept)


def _on_grid(ring: Ring) -> Cells:
    cells = np.round(ring[:-1] / GRID).astype(np.int64)
    return cells[(cells != np.roll(cells, 1, axis=0)).any(axis=1)]


def _dot(cells: Cells) -> Cells:
    """A place that is smaller than the grid, as the smallest triangle."""
    return cells[0] + np.array([[0, 0], [1, 0], [0, 1]], dtype=np.int64)


def _nodes(rings: list[_Ring]) -> list[NDArray[np.bool_]]:
    """Of each point of each ring, whether areas meet or part there: its neighbours differ from ring to ring."""
    if not rings:
        return []
    keys = [_key(ring.cells) for ring in rings]
    points = np.concatenate(keys)
    before, after = (np.concatenate([np.roll(key, step) for key in keys]) for step in (1, -1))
    near, far = np.minimum(before, after), np.maximum(before, after)
    _unique, place = np.unique(points, return_inverse=True)
    order = np.argsort(place, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(place[order]) > 0])
    differs = np.zeros(len(starts), dtype=bool)
    for side in (near, far):
        differs |= np.minimum.reduceat(side[order], starts) != np.maximum.reduceat(side[order], starts)
    return np.split(differs[place], np.cumsum([len(key) for key in keys])[:-1])


def _key(cells: Cells) -> NDArray[np.int64]:
    return (cells[:, 0] + 1_000_000) * 4_000_000 + cells[:, 1] + 1_000_000


class _Arcs:
    """The lines between nodes, each kept once, in one direction."""

    def __init__(self) -> None:
        self._lines: list[Cells] = []
        self._known: dict[bytes, int] = {}

    def add(self, cells: Cells, nodes: NDArray[np.bool_]) -> list[tuple[int, bool]]:
        """Cut a ring into arcs; their numbers, and whether each runs backwards here."""
        cuts = np.flatnonzero(nodes)
        if not len(cuts):
            cuts = np.array([np.argmin(_key(cells))])  # an island begins at the same point wherever its ring was opened
        start = int(cuts[0])
        ring = np.concatenate([cells[start:], cells[:start], cells[start : start + 1]])
        ends = [*(cuts - start).tolist(), len(cells)]
        return [self._one(ring[first : last + 1]) for first, last in _pieces(ends)]

    def _one(self, line: Cells) -> tuple[int, bool]:
        back = tuple(line[-1]) + tuple(line[-2]) < tuple(line[0]) + tuple(line[1])
        held = np.ascontiguousarray(line[::-1] if back else line)
        number = self._known.setdefault(held.tobytes(), len(self._lines))
        if number == len(self._lines):
            self._lines.append(held)
        return number, back

    def thinned(self, tolerance: float, most: int) -> list[Cells]:
        """All arcs with the points that weigh at least the tolerance (in cells), as far as the budget goes."""
        weights = [weight(line, tolerance) for line in self._lines]
        every = np.concatenate(weights) if weights else np.zeros(0)
        most = max(most, int(np.isinf(every).sum()) + 1)
        least = np.partition(every, -most)[-most] if np.count_nonzero(every) > most else tolerance
        return [line[weigh >= max(least, tolerance)] for line, weigh in zip(self._lines, weights, strict=True)]


def _pieces(ends: list[int]) -> Iterator[tuple[int, int]]:
    for first, last in pairwise(ends):
        cuts = [*range(first, last, LONGEST), last]
        yield from pairwise(cuts)


def weight(line: NDArray[np.int64], floor: float) -> NDArray[np.float64]:
    """Of each point, the largest tolerance at which it is kept; the ends are infinite, what is below `floor` is 0."""
    points = line.astype(float)
    found = np.zeros(len(points))
    found[[0, -1]] = np.inf
    todo = [(0, len(points) - 1, np.inf)]
    while todo:
        first, last, above = todo.pop()
        if last - first < 2:
            continue
        away = _distances(points[first : last + 1])
        at = int(np.argmax(away)) + first + 1
        heavy = min(float(away[at - first - 1]), above)
        if heavy >= floor:
            found[at] = heavy
            todo += [(first, at, heavy), (at, last, heavy)]
    return found


def _distances(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """How far the inner points are from the straight line between the ends."""
    inner, along = points[1:-1] - points[0], points[-1] - points[0]
    length = float(np.hypot(*along))
    if length == 0:
        return np.asarray(np.hypot(inner[:, 0], inner[:, 1]))
    return np.asarray(np.abs(inner[:, 0] * along[1] - inner[:, 1] * along[0]) / length)


def _joined(lines: list[Cells]) -> Cells:
    return np.concatenate([lines[0], *(line[1:] for line in lines[1:])])


def _closed(cells: Cells) -> Cells:
    return np.concatenate([cells, cells[:1]])


def _degrees(cells: Cells) -> Ring:
    return np.asarray(cells * GRID, dtype=np.float64)
