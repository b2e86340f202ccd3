"""A dashboard of one's own on loopback, whose state a test may change, with signals that people work through."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from published_folder import NOW, build, settings
from werkzeug.serving import make_server

from dashboard.app import create_app
from warehouse import publish, triage
from warehouse.settings import DataFolder, Settings
from warehouse.state import State
from warehouse.store import Warehouse

DAYS = 45  #: of posts: enough for every page to have something to show


def followed(root: Path, now: datetime = NOW) -> DataFolder:
    """A small published folder whose signals have become rows to verify."""
    folder = build(root, now, days=DAYS)
    with Warehouse.open(folder, settings()) as wh:
        triage.follow(wh, State(folder))
        publish.publish(wh, now)
    return folder


@contextmanager
def serving(folder: DataFolder, given: Settings, now: datetime = NOW) -> Iterator[str]:
    """The address of the dashboard of `folder`, twelve seconds after `now`."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    app = create_app(folder, given, now=lambda: now + timedelta(seconds=12))
    running = make_server("127.0.0.1", 0, app.server, threaded=True)
    thread = threading.Thread(target=running.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{running.server_port}"
    finally:
        running.shutdown()
        thread.join(10)
        running.server_close()
