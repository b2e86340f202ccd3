"""Areas that look like boundaries and are none: rectangles around known places, as the GeoJSON of several makers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from analytics.geo import gazetteer


def square(code: str, half: float = 0.4) -> list[list[list[float]]]:
    """A square around a place, as the coordinates of a polygon."""
    place = gazetteer()[code]
    assert place.lat is not None
    assert place.lon is not None
    west, south, east, north = place.lon - half, place.lat - half, place.lon + half, place.lat + half
    return [[[west, south], [east, south], [east, north], [west, north], [west, south]]]


def feature(code: str, geometry: Any = None, **properties: Any) -> dict[str, Any]:
    """A feature that lies where the place `code` lies, whatever its properties say."""
    shape = geometry or {"type": "Polygon", "coordinates": square(code)}
    return {"type": "Feature", "properties": properties, "geometry": shape}


def written(path: Path, *features: Any, **more: Any) -> Path:
    """The features as a file."""
    path.write_text(json.dumps({"type": "FeatureCollection", "features": list(features), **more}), encoding="utf-8")
    return path


def provinces(path: Path) -> Path:
    """All provinces by code."""
    codes = [code for code, place in gazetteer().items() if place.level == "province"]
    return written(path, *(feature(code, kode=code) for code in codes))
