"""Which plotly.js the browser gets: the small build where it was fetched (tools/plotly_basic.sh), else the one of the Python package.

The charts are lines and bars alone (see canvas.py), which the small build draws; it is a quarter of the whole. Dash asks for one address,
whatever it is told, so the answer is exchanged here.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from flask import Flask, Response, request, send_file
from plotly.offline import get_plotlyjs_version

SMALL: Final = Path(__file__).parent / "assets" / "plotly-basic.min.js"
ADDRESS: Final = "/_dash-component-suites/plotly/package_data/plotly.min.js"
_HEAD: Final = 200  #: bytes at its beginning, in which it says its version


def serve_small(server: Flask, small: Path = SMALL) -> bool:
    """Answer with `small` where it is of the same version as the Python package; returns whether it is."""
    if not fits(small):
        return False

    @server.before_request
    def exchanged() -> Response | None:
        return send_file(small, mimetype="text/javascript", conditional=True) if request.path == ADDRESS else None

    return True


def fits(small: Path) -> bool:
    """Whether the file is there, and is the small build of the version that Dash expects."""
    if not small.is_file():
        return False
    with small.open("rb") as file:
        head = file.read(_HEAD).decode("utf-8", "replace")
    return f"plotly.js (basic - minified) v{get_plotlyjs_version()}\n" in head
