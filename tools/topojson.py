"""Read TopoJSON and cut its lines to a box: just what the map needs, in plain Python.

Format: https://github.com/topojson/topojson-specification (arcs are delta-coded integers, negative arc numbers run backwards).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Point = tuple[float, float]
Line = list[Point]


class Atlas:
    """One TopoJSON file with its arcs decoded to (lon, lat)."""

    def __init__(self, arcs: list[Line], objects: dict[str, Any]) -> None:
        self.arcs = arcs
        self.objects = objects

    @classmethod
    def read(cls, path: Path) -> Atlas:
        data = json.loads(path.read_text("utf-8"))
        (sx, sy), (tx, ty) = data["transform"]["scale"], data["transform"]["translate"]
        arcs = []
        for arc in data["arcs"]:
            x = y = 0
            line = []
            for dx, dy in arc:
                x, y = x + dx, y + dy
                line.append((x * sx + tx, y * sy + ty))
            arcs.append(line)
        return cls(arcs, data["objects"])

    def line(self, numbers: list[int]) -> Line:
        """The arcs joined to one line; their shared end points are kept once."""
        points: Line = []
        for number in numbers:
            arc = self.arcs[number] if number >= 0 else self.arcs[~number][::-1]
            points.extend(arc[1:] if points else arc)
        return points

    def polygons(self, geometry: dict[str, Any]) -> Iterator[list[list[int]]]:
        """The polygons of a geometry, each a list of rings of arc numbers, the outer ring first."""
        if geometry["type"] == "Polygon":
            yield geometry["arcs"]
        elif geometry["type"] == "MultiPolygon":
            yield from geometry["arcs"]
        for inner in geometry.get("geometries", ()):
            yield from self.polygons(inner)

    def rings(self, name: str) -> Iterator[Line]:
        """Outer rings of the object `name`."""
        for polygon in self.polygons(self.objects[name]):
            yield self.line(polygon[0])

    def borders(self) -> Iterator[Line]:
        """The arcs that two countries share."""
        owners: dict[int, set[str]] = {}
        for geometry in self.objects["countries"]["geometries"]:
            for polygon in self.polygons(geometry):
                for ring in polygon:
                    for number in ring:
                        owners.setdefault(number if number >= 0 else ~number, set()).add(geometry["properties"]["name"])
        for number, names in sorted(owners.items()):
            if len(names) > 1:
                yield self.arcs[number]

    def centre(self, numeric: str) -> Point | None:
        """Middle (lon, lat) of the largest polygon of the country with this ISO 3166-1 number, None where the atlas lacks it."""
        for geometry in self.objects["countries"]["geometries"]:
            if geometry.get("id") == numeric:
                return centroid(max((self.line(polygon[0]) for polygon in self.polygons(geometry)), key=lambda ring: abs(area(ring))))
        return None


def area(ring: Line) -> float:
    """Signed area by the shoelace formula, in square degrees."""
    return sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in zip(ring, ring[1:] + ring[:1], strict=True)) / 2


def centroid(ring: Line) -> Point:
    """Centre of mass of a polygon in the plane of degrees."""
    size = area(ring) * 6
    pairs = list(zip(ring, ring[1:] + ring[:1], strict=True))
    x = sum((x1 + x2) * (x1 * y2 - x2 * y1) for (x1, y1), (x2, y2) in pairs)
    y = sum((y1 + y2) * (x1 * y2 - x2 * y1) for (x1, y1), (x2, y2) in pairs)
    return x / size, y / size


def clip(ring: Line, box: tuple[float, float, float, float]) -> Line:
    """A closed ring cut to the box (Sutherland and Hodgman 1974); empty when it lies outside."""
    for axis, bound, sign in ((0, box[0], 1), (1, box[1], 1), (0, box[2], -1), (1, box[3], -1)):
        kept: Line = []
        for a, b in zip(ring, ring[1:] + ring[:1], strict=True):
            a_in, b_in = (a[axis] - bound) * sign >= 0, (b[axis] - bound) * sign >= 0
            if a_in:
                kept.append(a)
            if a_in != b_in:
                t = (bound - a[axis]) / (b[axis] - a[axis])
                kept.append((a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])))
        ring = kept
        if not ring:
            return []
    return ring if ring[0] == ring[-1] else [*ring, ring[0]]


def simplify(line: Line, tolerance: float) -> Line:
    """Drop points nearer than `tolerance` degrees to the line that remains (Douglas and Peucker 1973)."""
    if len(line) < 3:
        return line
    keep = {0, len(line) - 1}
    middle = len(line) // 2
    parts = [(0, middle), (middle, len(line) - 1)] if line[0] == line[-1] else [(0, len(line) - 1)]
    keep.add(parts[0][1])
    while parts:
        first, last = parts.pop()
        far, where = max(((_distance(line[i], line[first], line[last]), i) for i in range(first + 1, last)), default=(0.0, first))
        if far > tolerance:
            keep.add(where)
            parts += [(first, where), (where, last)]
    return [line[i] for i in sorted(keep)]


def _distance(p: Point, a: Point, b: Point) -> float:
    dx, dy = b[0] - a[0], b[1] - a[1]
    length = (dx * dx + dy * dy) ** 0.5
    if not length:
        return ((p[0] - a[0]) ** 2 + (p[1] - a[1]) ** 2) ** 0.5
    return abs(dx * (a[1] - p[1]) - (a[0] - p[0]) * dy) / length
