"""For WSGI servers: `gunicorn dashboard.wsgi:server`, with KENTONGAN_CONFIG and KENTONGAN_DATA saying which instance to serve."""

from __future__ import annotations

from dashboard import components
from dashboard.app import create_app
from dashboard.warmup import later
from warehouse.settings import find_config, find_data, load

components.install()
app = create_app(find_data(None), load(find_config(None)))
server = app.server
# Dash gathers its scripts at the first request, and a second one that comes meanwhile is answered as if they did not exist. So the first
# request is ours, before the server listens.
with server.test_client() as _first:
    _first.get("/_dash-layout")
later(app.prepare)
