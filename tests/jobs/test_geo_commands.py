"""`kentongan geo`: boundaries come in, are listed and go again."""

from __future__ import annotations

import csv
import io
import sys
from pathlib import Path

import pytest
from running import Run

from analytics.geo import boundaries
from jobs.boundaries import import_boundaries, remove_boundaries
from jobs.clock import utc_now
from warehouse.errors import InputError
from warehouse.settings import DataFolder

sys.path.insert(0, str(Path(__file__).parents[1] / "analytics"))
from drawn_areas import feature, provinces, square, written


def test_boundaries_are_imported_listed_and_removed_from_the_command_line(kentongan: Run, tmp_path: Path) -> None:
    file = provinces(tmp_path / "provinces.geojson")
    done = kentongan("geo", "import", file, "--data", tmp_path / "data")
    assert (done.returncode, "province: 38 new, 0 replaced" in done.stderr, done.stdout) == (0, True, "")
    listed = list(csv.DictReader(io.StringIO(kentongan("geo", "list", "--format", "csv", "--data", tmp_path / "data").stdout)))
    assert {(row["level"], row["file"]) for row in listed} == {("province", "provinces.geojson")}
    assert "province: 38 removed" in kentongan("geo", "remove", "province", "--data", tmp_path / "data").stderr
    refused = kentongan("geo", "import", tmp_path / "none.geojson", "--data", tmp_path / "data")
    assert (refused.returncode, len(refused.stderr.splitlines())) == (2, 1)


def test_what_was_left_out_and_what_is_missing_is_told(tmp_path: Path) -> None:
    rows = [feature("31", kode="31"), feature("31", kode="31"), feature("51", name="Waduk Anu")]
    told = import_boundaries(DataFolder(tmp_path), written(tmp_path / "few.geojson", *rows), utc_now()).splitlines()
    assert told[0].startswith("province: 1 new, 0 replaced, from 5 points; 1 on the map")
    assert told[1].startswith("37 without a boundary: Aceh (11), Sumatera Utara (12)")
    assert told[2] == "2 features were left out:"
    assert "DKI Jakarta (31) again, after feature 1" in told[3]
    assert "name='Waduk Anu': no place of ours" in told[4]


def test_nothing_is_stored_when_no_area_is_of_a_place(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "data")
    unknown = written(tmp_path / "unknown.geojson", feature("31", name="Atlantis"))
    with pytest.raises(InputError, match="none of its 1 areas is a place of ours"):
        import_boundaries(folder, unknown, utc_now())
    turned = {"type": "Polygon", "coordinates": [[[lat, lon] for lon, lat in square("32")[0]]]}
    with pytest.raises(InputError, match="latitude stands before longitude"):
        import_boundaries(folder, written(tmp_path / "turned.geojson", feature("32", turned, kode="32")), utc_now())
    assert boundaries.read(folder.boundaries, "province") == {}


@pytest.mark.parametrize(("what", "told"), [("nowhere", "neither a level"), ("31", "no boundary is there")])
def test_removing_what_is_not_there_is_told(tmp_path: Path, what: str, told: str) -> None:
    with pytest.raises(InputError, match=told):
        remove_boundaries(DataFolder(tmp_path), what)
