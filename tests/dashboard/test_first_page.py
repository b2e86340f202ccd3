"""What the first page brings for browsers: nothing that only old ones need, and all that the scripts ask for."""

from __future__ import annotations

import re
from pathlib import Path

import dash
import dash_ag_grid
import dash_mantine_components
from flask.testing import FlaskClient

PACKAGES = [Path(str(package.__file__)).parent for package in (dash, dash_ag_grid, dash_mantine_components)]
OURS = Path(__file__).parents[2] / "dashboard" / "assets" / "first.js"
#: In the packages, but on no page of ours: what is written for the developer, for other kinds of tables, and for browsers of before 2017.
ELSEWHERE = re.compile(r"\.dev\.|dash_table|/deps/polyfill@|favicon|jupyter|labextension|\.map$")


def test_the_library_for_old_browsers_is_not_loaded(client: FlaskClient) -> None:
    page = client.get("/?lang=en", buffered=True).text
    assert "react-dom" in page
    assert "polyfill" not in page


def test_the_scripts_use_no_more_of_it_than_the_page_defines() -> None:
    scripts = [path for package in PACKAGES for path in package.rglob("*.js") if not ELSEWHERE.search(path.as_posix())]
    texts = [path.read_text("utf-8", "replace") for path in scripts]
    used = {name for text in texts for name in re.findall(r"regeneratorRuntime\b(?:\.(\w+))?", text)}
    assert used == {"mark", "wrap"}
    defined = re.search(r"window\.regeneratorRuntime = \{(.*?)\n  \};", OURS.read_text(), re.DOTALL)
    assert defined is not None
    assert all(f"{name}: function" in defined[1] for name in used)


def test_the_state_machines_of_the_scripts_have_no_try() -> None:
    scripts = [path for package in PACKAGES for path in package.rglob("*.js") if not ELSEWHERE.search(path.as_posix())]
    for path in scripts:
        for body in re.findall(r"regeneratorRuntime\.wrap\(function\(\w\)\{(.*?)\},\w(.*?)\)\}", path.read_text("utf-8", "replace")):
            assert body[1] == "", f"{path.name}: wrap is called with more than the machine and its function"
            states = set(re.findall(r"\b\w\.(\w+)(?==|\()", body[0])) - {"isReady"}
            assert states <= {"prev", "next", "stop"}, f"{path.name}: {sorted(states)}"
