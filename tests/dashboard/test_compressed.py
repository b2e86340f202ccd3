"""What travels to the browser is small, and is not asked for twice."""

from __future__ import annotations

import gzip
import json
import re
from typing import Any

import pytest
from flask.testing import FlaskClient

from dashboard.plotlyscript import ADDRESS, SMALL

GZIP = {"Accept-Encoding": "gzip, deflate"}


@pytest.fixture
def addresses(client: FlaskClient) -> list[str]:
    return re.findall(r'(?:src|href)="(/[^"]+\.(?:js|css)[^"]*)"', client.get("/?lang=en", buffered=True).text)


def test_the_files_of_the_first_page_are_light_and_the_script_of_the_tables_is_not_among_them(
    client: FlaskClient, addresses: list[str]
) -> None:
    sizes = {path: len(client.get(path, headers=GZIP, buffered=True).data) for path in addresses}
    assert len(sizes) > 10
    assert sum(sizes.values()) < 700_000, sizes
    assert not any("ag_grid" in path for path in sizes)
    grids = re.search(r'data-grids="([^"]+)"', client.get("/").text)
    assert grids is not None
    assert b"dash_ag_grid" in gzip.decompress(client.get(grids[1], headers=GZIP, buffered=True).data)


@pytest.mark.skipif(not SMALL.exists(), reason="the small plotly.js was not fetched (npm was not at hand)")
def test_with_its_chart_the_first_page_is_less_than_1_2_megabytes(client: FlaskClient, addresses: list[str]) -> None:
    later = [ADDRESS, "/_dash-component-suites/dash/dcc/async-graph.js", "/_dash-layout", "/_dash-dependencies"]
    assert sum(len(client.get(path, headers=GZIP, buffered=True).data) for path in [*addresses, *later]) < 1_200_000


def test_a_browser_without_gzip_gets_the_same_file(client: FlaskClient, addresses: list[str]) -> None:
    path = next(path for path in addresses if "style.css" in path)
    plain, squeezed = client.get(path, buffered=True), client.get(path, headers=GZIP, buffered=True)
    assert "Content-Encoding" not in plain.headers
    assert squeezed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(squeezed.data) == plain.data
    assert "Accept-Encoding" in squeezed.headers["Vary"]
    assert client.get(path, headers=GZIP, buffered=True).data == squeezed.data


def test_a_file_that_never_changes_is_kept_and_one_that_may_is_asked_for_again(client: FlaskClient, addresses: list[str]) -> None:
    ours = next(path for path in addresses if "style.css" in path)
    assert "immutable" in client.get(ours, buffered=True).headers["Cache-Control"]
    assert client.get("/assets/first.js", buffered=True).headers["Cache-Control"] == "no-cache"


def test_pages_with_a_token_in_them_are_not_squeezed(client: FlaskClient) -> None:
    for path in ("/?lang=en", "/_dash-layout"):
        assert "Content-Encoding" not in client.get(path, headers=GZIP, buffered=True).headers


def test_what_a_callback_says_is_squeezed(app: Any, client: FlaskClient) -> None:
    key = next(key for key in app.callback_map if "page.children" in key)
    callback = app.callback_map[key]
    given = {"route": {"path": "/trends", "search": "?topic=dengue"}, "ui": {"lang": "en", "theme": "light", "narrow": False}}
    described = lambda all: [{"id": one["id"], "property": one["property"], "value": given.get(one["id"])} for one in all]  # noqa: E731
    outputs = [{"id": output.component_id, "property": output.component_property} for output in callback["output"]]
    body = {
        "output": key,
        "outputs": outputs,
        "inputs": described(callback["inputs"]),
        "state": described(callback["state"]),
        "changedPropIds": ["route.data"],
    }
    answer = client.post("/_dash-update-component", json=body, headers=GZIP)
    assert answer.headers["Content-Encoding"] == "gzip"
    said = gzip.decompress(answer.data)
    assert "Trends" in json.loads(said)["response"]["title"]["data"]
    assert len(answer.data) * 3 < len(said)
