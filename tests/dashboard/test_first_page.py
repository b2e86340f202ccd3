"""What the first page brings for browsers: nothing that only old ones need, and all that the scripts ask for."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import dash
import dash_ag_grid
import dash_mantine_components
from flask.testing import FlaskClient

PACKAGES = [Path(str(package.__file__)).parent for package in (dash, dash_ag_grid, dash_mantine_components)]
OURS = Path(__file__).parents[2] / "dashboard" / "assets" / "first.js"
#: In the packages, but on no page of ours: what is written for the developer, for other kinds of tables, and for browsers of before 2017.
ELSEWHERE = re.compile(r"\.dev\.|dash_table|/deps/polyfill@|favicon|jupyter|labextension|\.map$")


@cache
def _scripts() -> dict[str, str]:
    """The scripts of the packages that name the library's part, by file."""
    paths = [path for package in PACKAGES for path in package.rglob("*.js") if not ELSEWHERE.search(path.as_posix())]
    texts = {path.as_posix(): path.read_text("utf-8", "replace") for path in paths}
    return {name: text for name, text in texts.items() if "regeneratorRuntime" in text}


def test_the_library_for_old_browsers_is_not_loaded(client: FlaskClient) -> None:
    page = client.get("/?lang=en", buffered=True).text
    assert "react-dom" in page
    assert "polyfill" not in page


def test_the_scripts_use_no_more_of_it_than_the_page_defines() -> None:
    used = {name for text in _scripts().values() for name in re.findall(r"regeneratorRuntime\b(?:\.(\w+))?", text)}
    assert used == {"mark", "wrap"}
    defined = re.search(r"window\.regeneratorRuntime = \{(.*?)\n  \};", OURS.read_text(), re.DOTALL)
    assert defined is not None
    assert all(f"{name}: function" in defined[1] for name in used)


def test_the_state_machines_of_the_scripts_have_no_try() -> None:
    for script, text in _scripts().items():
        found = re.findall(r"regeneratorRuntime\.wrap\(function\(\w\)\{(.*?)\},\w(.*?)\)\}", text)
        assert found, script
        for body in found:
            assert body[1] == "", f"{script}: wrap is called with more than the machine and its function"
            states = set(re.findall(r"\b\w\.(\w+)(?==|\()", body[0])) - {"isReady"}
            assert states <= {"prev", "next", "stop"}, f"{script}: {sorted(states)}"
