"""Read the areas of a GeoJSON file that somebody else made: polygons in degrees with their properties, or one line that says what is wrong.

Format: RFC 7946. Rings come out closed, shells counter-clockwise and holes clockwise, so that any rule of filling leaves the holes open.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from warehouse.errors import InputError

MOST_BYTES: Final = 128 << 20  #: of a file; read whole it takes some five times as much memory
MOST_FEATURES: Final = 20_000
MOST_DEPTH: Final = 8  #: of geometry collections inside each other

Ring = NDArray[np.float64]  #: closed, (points, 2) of lon, lat
Polygon = tuple[Ring, ...]  #: the shell, then holes


@dataclass(frozen=True, slots=True)
class Shape:
    """One feature with an area; `number` counts the features of the file from 1."""

    number: int
    properties: Mapping[str, Any]
    polygons: tuple[Polygon, ...]

    def box(self) -> tuple[float, float, float, float]:
        """West, south, east, north in degrees."""
        points = np.concatenate([polygon[0] for polygon in self.polygons])
        return (*points.min(axis=0).tolist(), *points.max(axis=0).tolist())


def read(path: Path) -> tuple[list[Shape], list[str]]:
    """The shapes of a file, and a line for each feature that has no area. Raises InputError for a file that is wrong as a whole."""
    features = _features(path, _json(path))
    shapes: list[Shape] = []
    without: list[str] = []
    for number, feature in enumerate(features, start=1):
        shape = _shape(path, number, feature)
        if shape is None:
            without.append(f"feature {number}: has no area (a point, a line, or nothing)")
        else:
            shapes.append(shape)
    return shapes, without


def _json(path: Path) -> Any:
    try:
        if not path.is_file():
            raise InputError(f"{path}: there is no such file" if not path.exists() else f"{path}: not a file")
        if (size := path.stat().st_size) > MOST_BYTES:
            hint = "simplify it first, e.g. with mapshaper or QGIS"
            raise InputError(f"{path}: {size / 1e6:,.0f} MB, more than {MOST_BYTES / 1e6:,.0f} MB; {hint}")
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise InputError(f"{path}: not GeoJSON, which is text in UTF-8; convert a shapefile or GeoPackage with QGIS or ogr2ogr") from None
    try:
        return json.loads(text, parse_constant=_no_number)
    except json.JSONDecodeError as error:
        raise InputError(f"{path}: line {error.lineno}, column {error.colno}: not JSON: {error.msg}") from None
    except RecursionError:
        raise InputError(f"{path}: not GeoJSON: its brackets are nested without end") from None
    except ValueError as error:
        raise InputError(f"{path}: not GeoJSON: {error}") from None


def _no_number(word: str) -> float:
    raise ValueError(f"{word} is not a number")


def _features(path: Path, data: Any) -> list[Any]:
    kind = data.get("type") if isinstance(data, dict) else None
    if kind == "Topology":
        raise InputError(f"{path}: TopoJSON, not GeoJSON; convert it, e.g. with mapshaper")
    features = [data] if kind == "Feature" else data.get("features") if kind == "FeatureCollection" else None
    if not isinstance(features, list):
        raise InputError(f"{path}: not GeoJSON with places: a FeatureCollection is needed, whose features have a code or a name")
    if len(features) > MOST_FEATURES:
        raise InputError(f"{path}: {len(features):,} features, more than {MOST_FEATURES:,}; import provinces, regencies or countries")
    return features


def _shape(path: Path, number: int, feature: Any) -> Shape | None:
    if not isinstance(feature, dict):
        raise InputError(f"{path}: feature {number}: not an object")
    given = feature.get("properties")
    properties = dict(given) if isinstance(given, dict) else {}
    properties.setdefault("id", feature.get("id"))
    try:
        polygons = tuple(filter(None, (_polygon(rings) for rings in _rings(feature.get("geometry")))))
    except (ValueError, TypeError, OverflowError, KeyError):
        raise InputError(f"{path}: feature {number}: its coordinates are no polygon") from None
    _check_degrees(path, number, polygons)
    return Shape(number, properties, polygons) if polygons else None


def _check_degrees(path: Path, number: int, polygons: tuple[Polygon, ...]) -> None:
    for polygon in polygons:
        x, y = np.abs(polygon[0]).max(axis=0)
        if y > 90.5 and y <= 180.5 and x <= 90.5:
            raise InputError(f"{path}: feature {number}: latitude stands before longitude; GeoJSON has longitude first")
        if x > 180.5 or y > 90.5:
            raise InputError(f"{path}: feature {number}: coordinates are not degrees; convert the file to WGS 84 (EPSG:4326)")


def _rings(geometry: Any, depth: int = 0) -> Iterator[list[Any]]:
    """The polygons of a geometry, each a list of rings as they stand in the file."""
    if geometry is None:
        return
    kind = geometry["type"]
    if kind == "Polygon":
        yield geometry["coordinates"]
    elif kind == "MultiPolygon":
        yield from geometry["coordinates"]
    elif kind == "GeometryCollection" and depth < MOST_DEPTH:
        for inner in geometry["geometries"]:
            yield from _rings(inner, depth + 1)


def _polygon(rings: list[Any]) -> Polygon | None:
    """A polygon with its shell first; None where the shell has no area."""
    made = [_ring(ring, hole=at > 0) for at, ring in enumerate(rings)]
    return (made[0], *(hole for hole in made[1:] if hole is not None)) if made and made[0] is not None else None


def _ring(points: list[Any], hole: bool) -> Ring | None:
    ring = np.array([(point[0], point[1]) for point in points], dtype=float).reshape(-1, 2)
    if not np.isfinite(ring).all():
        raise ValueError("not finite")
    if len(ring) and (ring[0] != ring[-1]).any():
        ring = np.concatenate([ring, ring[:1]])
    turn = area(ring) if len(ring) >= 4 else 0.0
    if turn == 0:
        return None
    return ring[::-1] if (turn > 0) == hole else ring


def area(ring: Ring) -> float:
    """Signed area of a closed ring in square degrees, positive where it runs counter-clockwise."""
    x, y = (ring - ring[0]).T
    return float(np.dot(x[:-1], y[1:]) - np.dot(x[1:], y[:-1])) / 2
