from __future__ import annotations

import csv
import json
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools import build_geo
from tools.topojson import Atlas, area, centroid, clip, simplify

SQUARE = [(0.0, 0.0), (4.0, 0.0), (4.0, 4.0), (0.0, 4.0), (0.0, 0.0)]
points = st.lists(st.tuples(st.floats(-10, 10), st.floats(-10, 10)), min_size=3, max_size=20)


def write(path: Path, content: str | object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")


def square_atlas() -> dict[str, object]:
    """Two countries that share the border x = 2, as integers of half a degree."""
    shared, left, right = [[4, 0], [0, 8]], [[4, 8], [-4, 0], [0, -8], [4, 0]], [[4, 0], [4, 0], [0, 8], [-4, 0]]
    countries = [
        {"type": "Polygon", "id": "360", "properties": {"name": "West"}, "arcs": [[0, 1]]},
        {"type": "MultiPolygon", "id": "458", "properties": {"name": "East"}, "arcs": [[[2, -1]]]},
    ]
    objects = {
        "countries": {"type": "GeometryCollection", "geometries": countries},
        "land": {"type": "GeometryCollection", "geometries": [{"type": "MultiPolygon", "arcs": [[[0, 1]], [[2, -1]]]}]},
    }
    return {"transform": {"scale": [0.5, 0.5], "translate": [100, -2]}, "arcs": [shared, left, right], "objects": objects}


def test_arcs_are_joined_shared_and_reversed(tmp_path: Path) -> None:
    write(tmp_path / "a.json", square_atlas())
    atlas = Atlas.read(tmp_path / "a.json")
    assert sorted(abs(area(ring)) for ring in atlas.rings("land")) == [8, 8]
    assert list(atlas.borders()) == [[(102.0, -2.0), (102.0, 2.0)]]
    assert atlas.centre("360") == pytest.approx((101, 0))
    assert atlas.centre("458") == pytest.approx((103, 0))
    assert atlas.centre("999") is None


def test_square_has_its_centre_in_the_middle() -> None:
    assert centroid(SQUARE[:-1]) == pytest.approx((2, 2))
    assert area(clip(SQUARE, (1, 1, 3, 9))) == pytest.approx(6)
    assert clip(SQUARE, (10, 10, 11, 11)) == []


@given(points)
def test_clipped_ring_stays_inside_the_box(ring: list[tuple[float, float]]) -> None:
    cut = clip([*ring, ring[0]], (-5, -5, 5, 5))
    assert all(-5.001 <= x <= 5.001 and -5.001 <= y <= 5.001 for x, y in cut)
    assert not cut or cut[0] == cut[-1]


@given(points, st.floats(0.01, 2))
def test_simplified_line_keeps_its_ends_and_only_points_of_its_own(line: list[tuple[float, float]], tolerance: float) -> None:
    kept = simplify(line, tolerance)
    assert (kept[0], kept[-1]) == (line[0], line[-1])
    assert set(kept) <= set(line)


def test_files_are_built_from_unpacked_packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    areas, cities, atlas, out = (tmp_path / name for name in ("areas", "cities", "atlas", "out"))
    out.mkdir()
    write(areas / "data/provinces.csv", "code,name\n51,Bali\n")
    write(
        areas / "data/regencies.csv",
        "code,province_code,name\n51.04,51,Kabupaten Gianyar\n51.71,51,Kota Denpasar\n51.01,51,Kabupaten Jembrana\n",
    )
    write(areas / "data/districts.csv", "code,regency_code,name\n51.04.01,51.04,Ubud\n")
    write(areas / "data/villages.csv", "code,district_code,name\n51.01.01.2001,51.01.01,Gilimanuk\n")
    write(areas / "data/islands.csv", "code,regency_code,coordinate,is_populated,is_outermost_small,name\n")
    hamlet = ("Denpasar", -8.17, 114.44, 0)
    towns = [("Gianyar", -8.54, 115.32, 90_000), hamlet, ("Denpasar", -8.65, 115.22, 700_000), ("Gilimanuk", -8.17, 114.43, 0)]
    rows = {
        str(n): {
            "name": name, "latitude": lat, "longitude": lon, "countrycode": "ID", "admin1code": "02", "alternatenames": [],
            "population": people,
        }
        for n, (name, lat, lon, people) in enumerate(towns)
    }  # fmt: skip
    write(cities / "data/cities500.json", rows)
    write(cities / "data/countries.json", {"ID": {"isonumeric": 360, "population": 1}, "MY": {"isonumeric": 458, "population": 33}})
    for name in ("land-10m", "countries-10m", "land-110m", "countries-110m", "countries-50m"):
        write(atlas / f"{name}.json", square_atlas())
    monkeypatch.setattr(
        sys, "argv", ["build_geo", "--areas", str(areas), "--cities", str(cities), "--atlas", str(atlas), "--out", str(out)]
    )
    build_geo.main()
    with (out / "places.csv").open(encoding="utf-8") as file:
        places = {row["place_code"]: row for row in csv.DictReader(file)}
    assert list(places) == ["ID", "MY", "51", "51.04", "51.71", "51.01"]
    assert (places["51.71"]["lat"], places["51.71"]["lon"]) == ("-8.6500", "115.2200")
    assert places["51.01"]["lat"] == "-8.1700"  # its seat, Negara, is not among the towns: the middle of its villages
    assert int(places["ID"]["population"]) == sum(int(places[code]["population"]) for code in ("51.04", "51.71", "51.01"))
    shape = json.loads((out / "indonesia.json").read_text("utf-8"))
    assert len(shape["rings"]) == 2
    assert len(shape["borders"]) == 1
