"""For WSGI servers: `gunicorn dashboard.wsgi:server`, with KENTONGAN_CONFIG and KENTONGAN_DATA saying which instance to serve."""

from __future__ import annotations

from dashboard.app import create_app
from warehouse.settings import find_config, find_data, load

app = create_app(find_data(None), load(find_config(None)))
server = app.server
