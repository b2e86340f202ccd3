"""For WSGI servers: `gunicorn dashboard.wsgi:server`, with KENTONGAN_CONFIG and KENTONGAN_DATA saying which instance to serve."""

from __future__ import annotations

import gc

gc.disable()  # what is loaded from here on stays: to look through it for garbage takes a fifth of the time; `settle` looks once

from dashboard import components  # noqa: E402
from dashboard.app import create_app  # noqa: E402
from dashboard.warmup import later, settle  # noqa: E402
from warehouse.settings import find_config, find_data, load  # noqa: E402

components.install()
app = create_app(find_data(None), load(find_config(None)))
server = app.server
# Dash gathers its scripts at the first request, and a second one that comes meanwhile is answered as if they did not exist. So the first
# request is ours, before the server listens.
with server.test_client() as _first:
    _first.get("/_dash-layout")
gc.enable()
settle()


def _prepare() -> None:
    app.prepare()
    settle()


later(_prepare)
