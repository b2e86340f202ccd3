from __future__ import annotations

import json
from collections import Counter

import numpy as np
import pyarrow as pa
import pytest

from analytics.geo import FOLDER, SCHEMA, ancestors, coastline, gazetteer, places, tile_grid


def by_level(level: str) -> list[str]:
    return [code for code, place in gazetteer().items() if place.level == level]


def test_indonesia_has_38_provinces_and_514_regencies_and_cities() -> None:
    assert len(by_level("province")) == 38
    assert len(by_level("regency")) == 514
    assert Counter(code[3] == "7" for code in by_level("regency")) == {False: 416, True: 98}
    assert len(by_level("country")) > 240


def test_table_has_the_columns_and_types_of_the_warehouse() -> None:
    table = places()
    assert isinstance(table, pa.Table)
    assert table.schema == SCHEMA
    assert table.schema.names == ["place_code", "level", "name", "parent_code", "lat", "lon", "population", "iso_3166_2", "bps"]
    assert table.num_rows == len(gazetteer()) == len(set(table.column("place_code").to_pylist()))


def test_every_place_hangs_below_the_one_that_its_code_says() -> None:
    for code, place in gazetteer().items():
        assert place.parent == {"country": None, "province": "ID", "regency": code[:2]}[place.level]
    assert ancestors("32.73") == ("32", "ID")
    assert ancestors("ID") == ancestors("nowhere") == ()


def test_population_adds_up_from_regencies_to_provinces_to_the_country() -> None:
    people = {code: place.population or 0 for code, place in gazetteer().items()}
    assert people["ID"] == sum(people[code] for code in by_level("province")) == sum(people[code] for code in by_level("regency"))
    assert people["ID"] == 284_973_643  # Kepmendagri 300.2.2-2138 of 2025
    for province in by_level("province"):
        assert people[province] == sum(people[code] for code in by_level("regency") if code.startswith(province))


def test_codes_of_other_agencies_are_there_and_differ_from_each_other() -> None:
    provinces = [gazetteer()[code] for code in by_level("province")]
    assert all(place.iso_3166_2 and place.iso_3166_2.startswith("ID-") and place.bps for place in provinces)
    assert len({place.iso_3166_2 for place in provinces}) == len({place.bps for place in provinces}) == 38
    bps = [place.bps for code in by_level("regency") if (place := gazetteer()[code]).bps]
    assert len(bps) == len(set(bps)) == 472  # BPS numbers of the 42 Papuan regencies after 2022 are not known here


def test_every_place_of_indonesia_lies_in_the_box_of_the_map_and_near_its_province() -> None:
    west, south, east, north = coastline().box
    for code in (*by_level("province"), *by_level("regency")):
        place = gazetteer()[code]
        assert place.lat is not None
        assert place.lon is not None
        assert west < place.lon < east
        assert south < place.lat < north
        if place.parent != "ID":
            over = gazetteer()[place.parent or ""]
            assert abs(place.lat - (over.lat or 0)) < 6.5, place
            assert abs(place.lon - (over.lon or 0)) < 6.5, place


def test_on_a_phone_the_tile_grid_has_each_province_once_in_six_columns() -> None:
    tiles = tile_grid(narrow=True)
    assert {tile.place_code: tile.label for tile in tiles} == {tile.place_code: tile.label for tile in tile_grid()}
    assert len({(tile.row, tile.column) for tile in tiles}) == 38
    assert max(tile.column for tile in tiles) == 5


@pytest.mark.parametrize(
    ("code", "lat", "lon"),
    [
        ("31.71", -6.18, 106.83),
        ("35.78", -7.25, 112.75),
        ("73.71", -5.15, 119.43),
        ("91.71", -2.53, 140.72),
        ("11.71", 5.55, 95.32),
        ("JP", 36, 138),
    ],
)
def test_well_known_places_are_where_they_are(code: str, lat: float, lon: float) -> None:
    place = gazetteer()[code]
    assert (place.lat, place.lon) == (pytest.approx(lat, abs=1), pytest.approx(lon, abs=1))


def inside(ring: np.ndarray, lon: float, lat: float) -> bool:
    """Whether the point lies in the ring (even-odd rule)."""
    (x1, y1), (x2, y2) = ring.T, np.roll(ring, -1, axis=0).T
    crosses = (y1 > lat) != (y2 > lat)
    with np.errstate(divide="ignore", invalid="ignore"):
        at = x1 + (lat - y1) * (x2 - x1) / (y2 - y1)
    return bool(np.sum(crosses & (lon < at)) % 2)


def test_regencies_stand_on_drawn_land_or_close_to_it() -> None:
    """Islets are too small for the map, so nine of ten is what can be asked."""
    rings = coastline().rings
    regencies = [gazetteer()[code] for code in by_level("regency")]
    on_land = sum(any(inside(ring, place.lon or 0, place.lat or 0) for ring in rings) for place in regencies)
    assert on_land / len(regencies) > 0.9


@pytest.mark.parametrize("view", ["indonesia", "world"])
def test_coastline_is_small_closed_and_inside_its_box(view: str) -> None:
    assert (FOLDER / f"{view}.json").stat().st_size < 250_000
    shape = coastline(view)  # type: ignore[arg-type]
    west, south, east, north = shape.box
    assert len(shape.rings) > 100
    assert shape.borders
    for ring in shape.rings:
        assert ring.shape[1] == 2
        assert len(ring) >= 4
        assert (ring[0] == ring[-1]).all()
        assert ring[:, 0].min() >= west
        assert ring[:, 0].max() <= east
        assert ring[:, 1].min() >= south
        assert ring[:, 1].max() <= north


def test_map_files_are_plain_json() -> None:
    assert json.loads((FOLDER / "indonesia.json").read_text("utf-8")).keys() == {"box", "rings", "borders"}


def test_tile_grid_has_each_province_once_in_a_recognisable_order() -> None:
    tiles = {tile.place_code: tile for tile in tile_grid()}
    assert tiles.keys() == set(by_level("province"))
    assert len({(tile.row, tile.column) for tile in tiles.values()}) == 38
    assert len({tile.label for tile in tiles.values()}) == 38
    for western, eastern in (("11", "12"), ("32", "33"), ("33", "35"), ("35", "51"), ("61", "64"), ("73", "81"), ("96", "91")):
        assert tiles[western].column < tiles[eastern].column
    for northern, southern in (("11", "18"), ("65", "63"), ("71", "73"), ("82", "81"), ("33", "34"), ("91", "93")):
        assert tiles[northern].row < tiles[southern].row


@pytest.mark.parametrize(
    ("code", "lat", "lon"),
    [
        ("32.73", -6.91, 107.61),  # Bandung
        ("32.01", -6.48, 106.85),  # Cibinong
        ("32.16", -6.26, 107.15),  # Cikarang
        ("32.79", -7.37, 108.54),  # Banjar
        ("61.12", -0.13, 109.40),  # Sungai Raya, beside Pontianak
        ("35.78", -7.25, 112.75),  # Surabaya
        ("73.71", -5.15, 119.43),  # Makassar
    ],
)
def test_a_regency_stands_where_its_seat_is_and_not_a_hamlet_of_the_same_name(code: str, lat: float, lon: float) -> None:
    place = gazetteer()[code]
    assert (place.lat, place.lon) == (pytest.approx(lat, abs=0.06), pytest.approx(lon, abs=0.06))
