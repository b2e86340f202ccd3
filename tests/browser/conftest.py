"""A dashboard that is served on loopback, and a Chromium that looks at it."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1] / "dashboard"))
from made_once import Once
from published_folder import build, copied, settings
from served import serving
from walking import COMMON, Walk, Way, moved, peopled, told
from watching import Watched

from warehouse.settings import DataFolder

PATIENCE = 20_000  #: milliseconds; a busy machine is no failure
expect.set_options(timeout=PATIENCE)

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-gpu-rasterization",
    "--disable-software-rasterizer",  # without a graphics card, drawing by a simulated one takes a third of the time
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
def pristine(once: Once) -> DataFolder:
    """A small published folder, the one that the tests of the dashboard have, too: it is copied, and nothing is written in it."""
    return DataFolder(once("published", build))


@pytest.fixture(scope="session")
def server(pristine: DataFolder, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a dashboard over a small published folder."""
    with serving(copied(pristine, tmp_path_factory.mktemp("browsed")), settings()) as address:
        yield address


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = chromium()
    if path is None:
        pytest.skip("there is no Chromium here: install the system's chromium, or name one in KENTONGAN_CHROMIUM")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, headless=True, args=ARGUMENTS)
        yield running
        running.close()


@pytest.fixture(scope="session")
def pages(browser: Browser) -> Callable[[int], Page]:
    """One tab for every width, kept: a new one would translate megabytes of scripts again for every test."""
    open_tabs: dict[int, Page] = {}

    def page(width: int) -> Page:
        if width not in open_tabs:
            context = browser.new_context(viewport={"width": width, "height": 900}, locale="en-GB")
            context.set_default_timeout(PATIENCE)
            open_tabs[width] = context.new_page()
        return open_tabs[width]

    return page


@pytest.fixture(params=[1440])
def tab(request: pytest.FixtureRequest, pages: Callable[[int], Page], server: str) -> Iterator[Watched]:
    """A tab without a past; the test fails when its console shows an error or it asks for anything that is not on this machine."""
    page = pages(request.param)
    watched = Watched(page, server, page.context)
    watched.forget()
    with watched.watching():
        yield watched
        hacked = page.evaluate("window.hacked || 0")
    assert watched.trouble == []
    assert hacked == 0, "a stored text ran as a script"


@pytest.fixture(scope="session")
def office(once: Once) -> DataFolder:
    """A folder with an account of each role: to be copied, not to be changed."""
    return DataFolder(once("office", peopled))


@pytest.fixture
def walk(request: pytest.FixtureRequest, pages: Callable[[int], Page], office: DataFolder, tmp_path: Path) -> Iterator[Walk]:
    """Somebody about to work, at a dashboard of their own; `request.param` says how, the module's WORDS what they read."""
    way: Way = request.param
    folder = moved(office, tmp_path / "data")
    page = pages(1440)
    with serving(folder, told()) as address:
        watched = Watched(page, address, page.context)
        watched.forget()
        page.emulate_media(color_scheme="dark" if way.theme == "dark" else "light")
        with watched.watching():
            yield Walk(watched, folder, way, {**COMMON, **request.module.WORDS})
    page.emulate_media(color_scheme="null")
    assert watched.trouble == []
