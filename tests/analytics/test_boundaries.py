"""Foreign boundaries: which place each area is, what is refused in one line, and that neighbours stay joined when they are simplified."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from drawn_areas import feature, provinces, square, written
from hypothesis import given
from hypothesis import strategies as st

from analytics.geo import boundaries, coastline, gazetteer, geojson
from analytics.geo.matching import Matched, match, read_code, read_name
from analytics.geo.simplify import simplify, weight
from warehouse.errors import InputError

NOW = datetime(2026, 3, 14, 7, 5, tzinfo=UTC)


def _match(tmp_path: Path, *features: Any, **options: Any) -> Matched:
    shapes, without = geojson.read(written(tmp_path / "some.geojson", *features))
    made = match(shapes, **options)
    return Matched(made.found, [*without, *made.wrong])


@pytest.mark.parametrize(
    ("code", "properties"),
    [
        ("31", {"kode": "31"}),
        ("31", {"KODE_PROV": 31.0, "PROVINSI": "DKI JAKARTA"}),
        ("31", {"NAME_1": "JakartaRaya", "ISO_1": "ID-JK"}),  # GADM
        ("32", {"NAME_1": "JawaBarat"}),
        ("34", {"WADMPR": "Daerah Istimewa Yogyakarta", "KDPPUM": "34"}),  # BIG
        ("33", {"shapeName": "Jawa Tengah", "shapeISO": "ID-JT"}),  # geoBoundaries
        ("11", {"ADM1_EN": "Aceh", "ADM1_PCODE": "ID11"}),  # OCHA
        ("32.73", {"NAME_1": "Jawa Barat", "NAME_2": "Kota Bandung", "TYPE_2": "Kota"}),
        ("32.04", {"NAME_1": "JawaBarat", "NAME_2": "Bandung", "TYPE_2": "Kabupaten"}),
        ("32.73", {"WADMKK": "Kota Bandung", "WADMPR": "Jawa Barat", "KDPKAB": "32.73", "KDPPUM": "32"}),
        ("31.71", {"kode_bps": 3173, "nama": "Kota Adm. Jakarta Pusat"}),
        ("36.71", {"ADM2_EN": "Tangerang City", "ADM1_EN": "Banten"}),
        ("MY", {"ISO_A2": "MY", "NAME": "Malaysia"}),  # Natural Earth
        ("FR", {"ISO_A2": "-99", "ISO_A2_EH": "FR", "NAME": "France"}),
        ("SG", {"ADMIN": "Singapore"}),
    ],
)
def test_the_headings_and_codes_of_common_files_are_known(tmp_path: Path, code: str, properties: dict[str, Any]) -> None:
    assert list(_match(tmp_path, feature(code, **properties)).found) == [code]


def test_a_code_and_a_name_that_contradict_each_other_are_left_out(tmp_path: Path) -> None:
    made = _match(tmp_path, feature("31", kode="31", nama="Jawa Barat"))
    assert not made.found
    assert "its code says DKI Jakarta (31), its name Jawa Barat (32)" in made.wrong[0]


def test_a_number_of_the_row_is_no_code_where_there_is_a_name(tmp_path: Path) -> None:
    assert list(_match(tmp_path, feature("51", id=12, name="Bali")).found) == ["51"]


def test_a_name_of_two_places_is_asked_about_until_the_other_is_taken(tmp_path: Path) -> None:
    bare = feature("32.73", kabupaten="Bandung")
    assert "not clear; Kabupaten Bandung (32.04) or Kota Bandung (32.73)? Give it a code" in _match(tmp_path, bare).wrong[0]
    assert set(_match(tmp_path, bare, feature("32.73", kabupaten="Kota Bandung")).found) == {"32.04", "32.73"}


def test_the_level_of_most_decides_what_a_name_of_two_levels_means(tmp_path: Path) -> None:
    made = _match(tmp_path, feature("15", name="Jambi"), feature("32", name="Jawa Barat"), feature("33", name="Jawa Tengah"))
    assert set(made.found) == {"15", "32", "33"}
    assert set(_match(tmp_path, feature("15.71", name="Jambi"), level="regency").found) == {"15.71"}


def test_a_place_twice_is_listed_or_put_together(tmp_path: Path) -> None:
    parts = [feature("51", kode="51"), feature("51", {"type": "Polygon", "coordinates": square("51", 0.1)}, kode="51")]
    made = _match(tmp_path, *parts)
    assert (len(made.found["51"]), "feature 2: kode='51': Bali (51) again, after feature 1" in made.wrong[0]) == (1, True)
    assert len(_match(tmp_path, *parts, merge=True).found["51"]) == 2


def test_an_area_that_lies_elsewhere_is_left_out(tmp_path: Path) -> None:
    made = _match(tmp_path, feature("94", kode="11"))
    assert "read as Aceh (11), which lies elsewhere" in made.wrong[0]


def test_unknown_places_are_told_with_what_they_might_be_and_points_have_no_area(tmp_path: Path) -> None:
    point = {"type": "Point", "coordinates": [107, -6]}
    made = _match(tmp_path, feature("32", provinsi="Jawa Barrat"), feature("32", name="Atlantis\x1b[2J"), feature("32", point, name="Bali"))
    assert "no place of ours; Jawa Barat (32)" in made.wrong[1]
    assert "name='Atlantis\\x1b[2J'" in made.wrong[2]
    assert made.wrong[0] == "feature 3: has no area (a point, a line, or nothing)"


def test_latitude_before_longitude_is_recognised(tmp_path: Path) -> None:
    turned = {"type": "Polygon", "coordinates": [[[lat, lon] for lon, lat in square("32")[0]]]}
    with pytest.raises(InputError, match="latitude stands before longitude"):
        _match(tmp_path, feature("32", turned, kode="32"))


@pytest.mark.parametrize("kind", ["bps", "kemendagri", "either"])
def test_every_code_of_either_table_is_read_as_itself(kind: str) -> None:
    for code, place in gazetteer().items():
        if place.level == "regency" and place.bps:
            assert code in read_code(place.bps if kind == "bps" else code.replace(".", ""), kind)


def test_every_official_name_is_known() -> None:
    assert all(code in read_name(place.name) for code, place in gazetteer().items())


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "not JSON"),
        (b"\xff\xfe\x00", "not GeoJSON, which is text in UTF-8"),
        (b'{"type": "FeatureCollection"', "line 1, column 29: not JSON"),
        (b"[" * 200_000, "nested without end"),
        (b'{"type": "Topology", "objects": {}}', "TopoJSON, not GeoJSON"),
        (b'{"type": "Polygon", "coordinates": []}', "a FeatureCollection is needed"),
        (b'{"type": "FeatureCollection", "features": {"a": 1}}', "a FeatureCollection is needed"),
        (b'{"type": "FeatureCollection", "features": [5]}', "feature 1: not an object"),
        (b'{"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [[1, 2]]}}', "feature 1: its coordinates are no polygon"),
        (b'{"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [[["a", 2]]]}}', "its coordinates are no polygon"),
        (b'{"type": "Feature", "geometry": {"coordinates": []}}', "its coordinates are no polygon"),
        (b'{"type": "Feature", "geometry": "Polygon"}', "its coordinates are no polygon"),
        (b'{"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [[[NaN, 2]]]}}', "NaN is not a number"),
        (
            b'{"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [[[7e5, 9e6], [7e5, 9.1e6], [8e5, 9e6]]]}}',
            "coordinates are not degrees; convert the file to WGS 84",
        ),
        (b'{"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [[[1e999, 2], [1, 2], [3, 4]]]}}', "no polygon"),
        (b'{"type": "FeatureCollection", "features": [' + b",".join([b"{}"] * 20_001) + b"]}", "20,001 features, more than 20,000"),
    ],
    ids=range(16),
)
def test_a_broken_or_hostile_file_gets_one_line(tmp_path: Path, content: bytes, told: str) -> None:
    (tmp_path / "bad.geojson").write_bytes(content)
    with pytest.raises(InputError, match=r".") as caught:
        geojson.read(tmp_path / "bad.geojson")
    assert told in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_what_is_no_file_or_too_large_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="no such file"):
        geojson.read(tmp_path / "none.geojson")
    with pytest.raises(InputError, match="not a file"):
        geojson.read(tmp_path)
    monkeypatch.setattr(geojson, "MOST_BYTES", 10)
    with pytest.raises(InputError, match="simplify it first"):
        geojson.read(provinces(tmp_path / "all.geojson"))


def _wavy(west: float, east: float) -> np.ndarray:
    """A closed ring from `west` to `east` whose left and right sides are the same wave, whatever the side."""
    y = np.linspace(0, 4, 400)
    wave = 0.05 * np.sin(9 * y) + 0.002 * np.sin(90 * y)
    right, left = np.c_[east + wave, y], np.c_[west + wave, y][::-1]
    return np.concatenate([right, left, right[:1]])


def test_neighbours_share_every_point_of_their_border_after_simplification() -> None:
    thin = simplify({"a": ((_wavy(100, 102),),), "b": ((_wavy(102, 104),),)}, 0.01, 10_000)
    border = [{tuple(point) for point in thin[code][0][0].round(3) if abs(point[0] - 102) < 0.5} for code in "ab"]
    assert border[0] == border[1]
    assert 10 < len(border[0]) < 100


def test_no_point_of_the_original_is_further_away_than_the_tolerance() -> None:
    ring = _wavy(100, 102)
    (polygon,) = simplify({"a": ((ring,),)}, 0.01, 10_000)["a"]
    starts, ends = polygon[0][:-1], polygon[0][1:]
    along = ends - starts
    share = np.clip(((ring[:, None] - starts) * along).sum(2) / (along**2).sum(1), 0, 1)
    away = np.hypot(*(ring[:, None] - starts - share[..., None] * along).transpose(2, 0, 1)).min(1)
    assert away.max() < 0.01 + 0.001  # and the grid


def test_the_budget_holds_and_no_place_is_lost() -> None:
    rings = coastline().rings
    tiny = np.array([[100, 0], [100.0002, 0], [100, 0.0002], [100, 0]])
    thin = simplify({"all": tuple((ring,) for ring in rings if len(ring) > 3), "tiny": ((tiny,),)}, 0.001, 700)
    assert sum(len(ring) for polygon in thin["all"] for ring in polygon) < 900
    assert len(thin["tiny"]) == 1


@given(st.lists(st.tuples(st.integers(-50, 50), st.integers(-50, 50)), min_size=2, max_size=60), st.floats(0.5, 20))
def test_weights_fall_from_the_ends_inwards(points: list[tuple[int, int]], floor: float) -> None:
    found = weight(np.array(points), floor)
    assert np.isinf(found[[0, -1]]).all()
    assert all(value == 0 or value >= floor for value in found)


def test_holes_run_the_other_way_round_so_that_they_stay_open(tmp_path: Path) -> None:
    geometry = {"type": "Polygon", "coordinates": [*square("32", 1), *square("32", 0.3)]}
    ((shape,), _without) = geojson.read(written(tmp_path / "hole.geojson", feature("32", geometry, kode="32")))
    assert [geojson.area(ring) > 0 for ring in shape.polygons[0]] == [True, False]


def test_boundaries_are_stored_replaced_and_removed_place_by_place(tmp_path: Path) -> None:
    folder = tmp_path / "boundaries"
    areas = {code: (tuple(np.array(ring) for ring in square(code)),) for code in ("31", "32")}
    boundaries.add(folder, "province", areas, "first.geojson", NOW)
    there = boundaries.add(folder, "province", {"33": areas["31"]}, "second.geojson", NOW)
    assert {code: one.file for code, one in there.items()} == {"31": "first.geojson", "32": "first.geojson", "33": "second.geojson"}
    assert boundaries.remove(folder, "province", frozenset({"31"})) == 1
    assert set(boundaries.read(folder, "province")) == {"32", "33"}
    assert boundaries.remove(folder, "province") == 2
    assert boundaries.read(folder, "province") == {}
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("content", ["", "{}", '{"form": 1, "places": {"31": 5}}', '{"form": 9, "places": {}}', "[1]"])
def test_a_damaged_store_is_as_none(tmp_path: Path, content: str) -> None:
    (tmp_path / "province.json").write_text(content)
    assert boundaries.read(tmp_path, "province") == {}


def test_a_write_that_fails_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    areas = {"31": (tuple(np.array(ring) for ring in square("31")),)}
    boundaries.add(tmp_path, "province", areas, "first.geojson", NOW)

    def broken(*_arguments: Any, **_options: Any) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(json, "dump", broken)
    with pytest.raises(OSError, match="disk full"):
        boundaries.add(tmp_path, "province", areas, "second.geojson", NOW)
    assert boundaries.read(tmp_path, "province")["31"].file == "first.geojson"
    assert [path.name for path in tmp_path.iterdir()] == ["province.json"]


def test_the_world_has_no_line_across_the_map_where_east_becomes_west() -> None:
    steps = [float(np.abs(np.diff(ring[:, 0])).max()) for ring in coastline("world").rings if len(ring) > 1]
    assert max(steps) < 180
