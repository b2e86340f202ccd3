"""A dashboard that is served on loopback, and a Chromium that looks at it."""

from __future__ import annotations

import logging
import os
import shutil
import sys
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, expect, sync_playwright
from werkzeug.serving import make_server

sys.path.insert(0, str(Path(__file__).parents[1] / "dashboard"))
from published_folder import NOW, build, settings
from watching import Watched

from dashboard.app import create_app

PATIENCE = 20_000  #: milliseconds; a busy machine is no failure
expect.set_options(timeout=PATIENCE)

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


def chromium() -> str | None:
    """Where Chromium is: KENTONGAN_CHROMIUM, or a browser of that name on the PATH."""
    named = os.environ.get("KENTONGAN_CHROMIUM")
    return named or next((found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a dashboard over a small published folder."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    folder = build(tmp_path_factory.mktemp("browsed"))
    app = create_app(folder, settings(), now=lambda: NOW + timedelta(seconds=12))
    running = make_server("127.0.0.1", 0, app.server, threaded=True)
    thread = threading.Thread(target=running.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{running.server_port}"
    running.shutdown()
    thread.join(10)
    running.server_close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = chromium()
    if path is None:
        pytest.skip("there is no Chromium here: install the system's chromium, or name one in KENTONGAN_CHROMIUM")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, headless=True, args=ARGUMENTS)
        yield running
        running.close()


@pytest.fixture(params=[1440])
def tab(request: pytest.FixtureRequest, browser: Browser, server: str) -> Iterator[Watched]:
    """A new tab of its own; the test fails when its console shows an error or it asks for anything that is not on this machine."""
    context = browser.new_context(viewport={"width": request.param, "height": 900}, locale="en-GB")
    context.set_default_timeout(PATIENCE)
    watched = Watched(context.new_page(), server, context)
    host = urlsplit(server).netloc
    page = watched.page
    page.on("console", watched.log)
    page.on("pageerror", lambda error: watched.trouble.append(f"script: {error}"))
    page.on("request", lambda asked: watched.stay_here(asked.url, host))
    page.on("response", lambda got: watched.trouble.append(f"{got.status}: {got.url}") if got.status >= 400 else None)
    yield watched
    hacked = page.evaluate("window.hacked || 0")
    context.close()
    assert watched.trouble == []
    assert hacked == 0, "a stored text ran as a script"
