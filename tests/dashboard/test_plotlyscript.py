"""Charts get the small plotly.js where it was fetched, and the whole one otherwise."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask
from plotly.offline import get_plotlyjs_version

from dashboard.plotlyscript import ADDRESS, SMALL, fits, serve_small

FETCHED = Path(__file__).parents[2] / "tools" / "plotly_basic.sh"
HEAD = "/**\n* plotly.js (basic - minified) v{}\n* Licensed under the MIT license\n*/\n"


def _answer(small: Path) -> str:
    server = Flask("charts")
    server.route(ADDRESS)(lambda: "the whole one")
    serve_small(server, small)
    with server.test_client() as client, client.get(ADDRESS) as answer:
        return answer.get_data(as_text=True)


def test_the_small_one_of_the_same_version_is_sent(tmp_path: Path) -> None:
    small = tmp_path / "small.js"
    small.write_text(HEAD.format(get_plotlyjs_version()) + "drawn()", encoding="utf-8")
    assert _answer(small).endswith("drawn()")


@pytest.mark.parametrize("text", [HEAD.format("1.58.5"), "", "<!DOCTYPE html><title>not found</title>", "\ufffd" * 80])
def test_anything_else_in_its_place_is_left_and_the_whole_one_sent(tmp_path: Path, text: str) -> None:
    small = tmp_path / "small.js"
    small.write_text(text, encoding="utf-8")
    assert _answer(small) == "the whole one"


def test_without_it_the_whole_one_is_sent(tmp_path: Path) -> None:
    assert _answer(tmp_path / "small.js") == "the whole one"


def test_the_version_that_is_fetched_is_the_one_of_the_python_package() -> None:
    script = FETCHED.read_text(encoding="utf-8")
    assert re.findall(r'^version="(.+?)"', script, re.MULTILINE) == [get_plotlyjs_version()]
    assert re.findall(r'^into="(.+?)"', script, re.MULTILINE) == [SMALL.relative_to(FETCHED.parents[1]).as_posix()]


@pytest.mark.skipif(not SMALL.exists(), reason="the small plotly.js was not fetched (npm was not at hand)")
def test_what_was_fetched_fits() -> None:
    assert fits(SMALL)
