"""Boundaries that somebody imported, kept in the data folder: one file a level, replaced whole, simplified for the map.

Whoever reads finds the old file or the new one, never half of it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import numpy as np

from analytics.geo import gazetteer
from analytics.geo.geojson import Polygon
from analytics.geo.matching import Level
from analytics.geo.simplify import simplify

LEVELS: Final[tuple[Level, ...]] = ("province", "regency", "country")
#: Degrees that a line may move, and points of a level in all: what one map on a screen can show, and a browser draws at once.
COARSENESS: Final[Mapping[Level, tuple[float, int]]] = {"province": (0.006, 9_000), "regency": (0.006, 24_000), "country": (0.05, 14_000)}
DIGITS: Final = 3
_FORM: Final = 1


@dataclass(frozen=True, slots=True, eq=False)
class Outline:
    """The area of one place, from which file, and since when (ISO 8601). Equal to itself alone, so that it can be a key."""

    polygons: tuple[Polygon, ...]
    file: str
    imported_at: str

    @property
    def points(self) -> int:
        return sum(len(ring) for polygon in self.polygons for ring in polygon)


Outlines = Mapping[str, Outline]  #: by place code


def read(folder: Path, level: Level) -> Outlines:
    """The boundaries of a level; none where none were imported, or where the file is damaged (import it again)."""
    path = folder / f"{level}.json"
    try:
        found = path.stat()
    except FileNotFoundError:
        return {}
    return _read(path, (found.st_ino, found.st_mtime_ns, found.st_size))


@lru_cache(maxsize=8)
def _read(path: Path, _stamp: tuple[int, int, int]) -> Outlines:
    try:
        data = json.loads(path.read_bytes())
        if data["form"] != _FORM:
            return {}
        return {code: _outline(row) for code, row in data["places"].items() if code in gazetteer()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}


def _outline(row: Mapping[str, Any]) -> Outline:
    polygons = tuple(tuple(np.asarray(ring, dtype=float).reshape(-1, 2) for ring in polygon) for polygon in row["polygons"])
    return Outline(polygons, str(row["file"]), str(row["imported_at"]))


def add(folder: Path, level: Level, areas: Mapping[str, tuple[Polygon, ...]], file: str, now: datetime) -> Outlines:
    """Put these areas beside or in the place of those that are there, and simplify all of them together; returns what is there now."""
    made = now.isoformat(timespec="seconds")
    kept = {code: one for code, one in read(folder, level).items() if code not in areas}
    thin = simplify({**{code: one.polygons for code, one in kept.items()}, **areas}, *COARSENESS[level])
    whole = {
        code: Outline(polygons, kept[code].file if code in kept else file, kept[code].imported_at if code in kept else made)
        for code, polygons in sorted(thin.items())
    }
    _write(folder, level, whole)
    return read(folder, level)


def remove(folder: Path, level: Level, codes: frozenset[str] | None = None) -> int:
    """Remove the boundaries of a level, or of these places; returns how many there were."""
    there = read(folder, level)
    left = {} if codes is None else {code: one for code, one in there.items() if code not in codes}
    if left and len(left) < len(there):
        _write(folder, level, left)
    elif not left:
        (folder / f"{level}.json").unlink(missing_ok=True)
    return len(there) - len(left)


def _write(folder: Path, level: Level, outlines: Outlines) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    places = {
        code: {
            "file": one.file,
            "imported_at": one.imported_at,
            "polygons": [[ring.round(DIGITS).ravel().tolist() for ring in polygon] for polygon in one.polygons],
        }
        for code, one in outlines.items()
    }
    aside = folder / f".{level}.{uuid4().hex}"
    try:
        with aside.open("w", encoding="utf-8") as file:
            json.dump({"form": _FORM, "level": level, "places": places}, file, separators=(",", ":"), ensure_ascii=True)
            file.flush()
            os.fsync(file.fileno())
        os.replace(aside, folder / f"{level}.json")
    finally:
        aside.unlink(missing_ok=True)
