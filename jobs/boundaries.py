"""Import boundaries for the map: read, match, simplify, store; and say what was left out."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final

from analytics.geo import boundaries, gazetteer, geojson
from analytics.geo.boundaries import LEVELS
from analytics.geo.matching import Level, Matched, match
from warehouse.errors import InputError
from warehouse.settings import DataFolder

SHOWN: Final = 20  #: features that were left out and are named; all are counted


def import_boundaries(folder: DataFolder, path: Path, now: datetime, level: Level | None = None, merge: bool = False) -> str:
    """Import the areas of a GeoJSON file; returns lines for a person. Raises InputError, with nothing stored, when no area is of a place.

    level: what the file holds, where it is not clear. merge: several areas of one place are parts of it.
    """
    shapes, without = geojson.read(path)
    made = match(shapes, level, merge)
    if not made.found:
        raise InputError(f"{path}: {_nothing(shapes, made)}")
    told = [_store(folder, one, made, path, now) for one in LEVELS if _of_level(made, one)]
    return "\n".join([*told, *_left_out([*without, *made.wrong])])


def _nothing(shapes: list[geojson.Shape], made: Matched) -> str:
    if not shapes:
        return "no area in it"
    first = made.wrong[0] if made.wrong else ""
    return f"none of its {len(shapes):,} areas is a place of ours; give each a code (31, 31.71, ID-JK, ID) or a name. {first}"


def _of_level(made: Matched, level: Level) -> list[str]:
    return [code for code in made.found if gazetteer()[code].level == level]


def _store(folder: DataFolder, level: Level, made: Matched, path: Path, now: datetime) -> str:
    areas = {code: tuple(polygon for shape in made.found[code] for polygon in shape.polygons) for code in _of_level(made, level)}
    with _alone(folder):
        before = boundaries.read(folder.boundaries, level)
        there = boundaries.add(folder.boundaries, level, areas, path.name, now)
    points = sum(one.points for one in there.values())
    given = sum(len(ring) for polygons in areas.values() for polygon in polygons for ring in polygon)
    new = len(areas.keys() - before.keys())
    text = f"{level}: {new:,} new, {len(areas) - new:,} replaced, from {given:,} points; {len(there):,} on the map with {points:,} points"
    return "\n".join([text, *_missing(level, set(there))])


def _missing(level: Level, there: set[str]) -> list[str]:
    """Places that stay without a boundary; of countries nobody expects all."""
    missing = [place for place in gazetteer().values() if place.level == level and place.code not in there]
    if not missing or level == "country":
        return []
    named = ", ".join(f"{place.name} ({place.code})" for place in missing[:6])
    return [f"{len(missing):,} without a boundary: {named}" + (f" and {len(missing) - 6:,} more" if len(missing) > 6 else "")]


def _left_out(lines: list[str]) -> list[str]:
    if not lines:
        return []
    head = "1 feature was left out:" if len(lines) == 1 else f"{len(lines):,} features were left out:"
    more = [f"  ... and {len(lines) - SHOWN:,} more"] if len(lines) > SHOWN else []
    return [head, *(f"  {line}" for line in lines[:SHOWN]), *more]


def remove_boundaries(folder: DataFolder, what: str) -> str:
    """Remove the boundaries of a level ("province"), or of one place by its code ("31"). Raises InputError when there are none."""
    place = gazetteer().get(what)
    if what not in LEVELS and place is None:
        raise InputError(f"{what!r}: neither a level ({', '.join(LEVELS)}) nor the code of a place")
    level: Level = what if place is None else place.level  # type: ignore[assignment]
    with _alone(folder):
        gone = boundaries.remove(folder.boundaries, level, None if place is None else frozenset({what}))
    if not gone:
        raise InputError(f"{what}: no boundary is there; see kentongan geo list")
    return f"{level}: {gone:,} removed"


@contextmanager
def _alone(folder: DataFolder) -> Iterator[None]:
    """One import at a time: each reads what is there and writes it anew."""
    folder.create().boundaries.mkdir(mode=0o700, exist_ok=True)
    with (folder.boundaries / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
