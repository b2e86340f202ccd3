"""Places and the shapes that the map draws: provinces, regencies and cities of Indonesia, countries, coastline, tile grid.

The files here are made by tools/build_geo.py from open data; docs/decisions/0006-where-the-places-come-from.md says from which, and
their licences.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

FOLDER = Path(__file__).parent

#: The columns of the warehouse's `places` table.
SCHEMA = pa.schema(
    [
        ("place_code", pa.string()),
        ("level", pa.string()),
        ("name", pa.string()),
        ("parent_code", pa.string()),
        ("lat", pa.float64()),
        ("lon", pa.float64()),
        ("population", pa.int64()),
        ("iso_3166_2", pa.string()),
        ("bps", pa.string()),
    ]
)

#: Where each province stands in the tile grid: one row of text is one row of tiles, "." is sea.
_TILES = """
ACEH  .     .     .     .     .     .     .     KTARA .     .     .     .     .     .     .     .     .
.     SUMUT RIAU  KEPRI .     .     KBAR  KTENG KTIM  .     .     GRTLO SULUT .     .     .     .     .
.     SBAR  JAMBI .     BABEL .     .     KSEL  .     .     SLTNG .     .     MALUT PBD   PBAR  PAPUA .
.     BKULU SSEL  .     .     .     .     .     .     SLBAR SLTRA .     .     .     .     PTENG PPEG  .
.     .     LMPNG .     DKI   .     .     .     .     SLSEL .     .     .     MALKU .     .     PSEL  .
.     .     .     BNTN  JABAR JATENG JATIM .    .     .     .     .     .     .     .     .     .     .
.     .     .     .     .     DIY   .     BALI  NTB   NTT   .     .     .     .     .     .     .     .
"""
#: The same for a phone, where sixteen columns would be too many to read: a row for each part of the archipelago, two for Sumatra.
_STACKED = """
ACEH  SUMUT RIAU  KEPRI .     .
SBAR  JAMBI BKULU SSEL  BABEL LMPNG
BNTN  DKI   JABAR JATENG DIY  JATIM
BALI  NTB   NTT   .     .     .
KBAR  KTENG KSEL  KTIM  KTARA .
SLSEL SLBAR SLTRA SLTNG GRTLO SULUT
MALKU MALUT .     .     .     .
PBD   PBAR  PTENG PPEG  PSEL  PAPUA
"""
_LABELS = (
    "11:ACEH 12:SUMUT 13:SBAR 14:RIAU 15:JAMBI 16:SSEL 17:BKULU 18:LMPNG 19:BABEL 21:KEPRI 31:DKI 32:JABAR 33:JATENG 34:DIY 35:JATIM "
    "36:BNTN 51:BALI 52:NTB 53:NTT 61:KBAR 62:KTENG 63:KSEL 64:KTIM 65:KTARA 71:SULUT 72:SLTNG 73:SLSEL 74:SLTRA 75:GRTLO 76:SLBAR "
    "81:MALKU 82:MALUT 91:PAPUA 92:PBAR 93:PSEL 94:PTENG 95:PPEG 96:PBD"
)


@dataclass(frozen=True, slots=True)
class Place:
    """One row of places.csv; `name` is Indonesian, `name_en` empty where it is the same."""

    code: str
    level: str
    name: str
    parent: str | None
    lat: float | None
    lon: float | None
    population: int | None
    iso_3166_2: str | None
    bps: str | None
    name_en: str


@dataclass(frozen=True, slots=True, eq=False)
class Coastline:
    """Land and borders inside `box` (lon, lat, lon, lat in degrees); each line is an array of shape (points, 2) of lon, lat.

    `rings` are closed and may be filled; where land is cut by the box the ring runs along its edge.
    """

    box: tuple[float, float, float, float]
    rings: tuple[NDArray[np.float64], ...]
    borders: tuple[NDArray[np.float64], ...]


@dataclass(frozen=True, slots=True)
class Tile:
    """Where a province stands in the tile grid: row 0 is north, column 0 is west."""

    place_code: str
    row: int
    column: int
    label: str


@cache
def gazetteer() -> Mapping[str, Place]:
    """Every place by its code: 'ID' and other ISO 3166-1 countries, provinces '31', regencies and cities '31.71' (Kemendagri)."""
    with (FOLDER / "places.csv").open(encoding="utf-8", newline="") as file:
        return {row["place_code"]: _place(row) for row in csv.DictReader(file)}


def _place(row: Mapping[str, str]) -> Place:
    return Place(
        row["place_code"],
        row["level"],
        row["name"],
        row["parent_code"] or None,
        float(row["lat"]) if row["lat"] else None,
        float(row["lon"]) if row["lon"] else None,
        int(row["population"]) if row["population"] else None,
        row["iso_3166_2"] or None,
        row["bps"] or None,
        row["name_en"],
    )


@cache
def places() -> pa.Table:
    """All places with the columns of the warehouse's `places` table; unknown values are null."""
    rows = gazetteer().values()
    columns = [[getattr(row, _FIELDS.get(name, name)) for row in rows] for name in SCHEMA.names]
    return pa.Table.from_arrays([pa.array(values, type=field.type) for values, field in zip(columns, SCHEMA, strict=True)], schema=SCHEMA)


_FIELDS = {"place_code": "code", "parent_code": "parent"}


def ancestors(code: str) -> tuple[str, ...]:
    """The places that hold this one, nearest first: '32.73' gives ('32', 'ID'); an unknown code gives none."""
    place = gazetteer().get(code)
    return () if place is None or place.parent is None else (place.parent, *ancestors(place.parent))


@cache
def coastline(view: Literal["indonesia", "world"] = "indonesia") -> Coastline:
    """Land for the map (Natural Earth, public domain): Indonesia and its neighbours, or the whole world coarsely."""
    data = json.loads((FOLDER / f"{view}.json").read_text("utf-8"))
    rings, borders = (tuple(np.asarray(line, dtype=float).reshape(-1, 2) for line in data[part]) for part in ("rings", "borders"))
    if view == "world":
        rings = tuple(half for ring in rings for half in _halves(ring))
    return Coastline(tuple(data["box"]), rings, borders)


def _halves(ring: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """A ring that crosses the line where east becomes west, as its part on each side; else a line would run across the whole map."""
    turns = np.cumsum(np.round(np.diff(ring[:, 0], prepend=ring[0, 0]) / 360))
    if not turns.any():
        return [ring]
    whole = ring - np.c_[360 * turns, np.zeros(len(ring))]
    sides = [whole + np.array([360.0 * step, 0.0]) for step in range(int(turns.min()), int(turns.max()) + 1)]
    cut = [np.c_[np.clip(side[:, 0], -180, 180), side[:, 1]] for side in sides]
    return [side for side in cut if np.ptp(side[:, 0])]


@cache
def tile_grid(narrow: bool = False) -> tuple[Tile, ...]:
    """The 38 provinces as equal tiles in a recognisable arrangement; with `narrow`, six columns wide."""
    codes = {label: code for code, label in (pair.split(":") for pair in _LABELS.split())}
    rows = [line.split() for line in (_STACKED if narrow else _TILES).strip().splitlines()]
    return tuple(
        Tile(codes[label], row, column, label) for row, labels in enumerate(rows) for column, label in enumerate(labels) if label != "."
    )
