"""Takes a picture of every page: light and dark, Indonesian and English, wide and on a phone.

    python -m tools.screenshots [--url http://127.0.0.1:8050 | --data FOLDER] [--out screenshots] [--pages overview,trends]

With --url a dashboard that runs is photographed; else the published copy in the data folder is served for the purpose, by default that
of the demo, which is filled when it is not there. Needs Chromium: the system's own, or the one named in KENTONGAN_CHROMIUM.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1]))

#: A page, and the choice that shows what it can do.
PAGES = {
    "login": "/login?",
    "overview": "/?",
    "trends": "/trends?span=1y&topic=dengue",
    "trends-compared": "/trends?span=1y&unit=week&by=topic",
    "trends-small": "/trends?topic=dengue,measles,hfmd,food_poisoning&form=free&past=year",
    "trends-voice": "/trends?span=1y&unit=week&topic=dengue,measles,hfmd&form=voice",
    "trends-printed": "/trends?span=1y&unit=week&topic=dengue,measles",
    "map": "/map?span=1y",
    "map-expected": "/map?span=90d&measure=ratio&level=regency",
    "signals": "/signals?span=1y&order=strongest",
    "signals-together": "/signals?span=1y&level=together",
    "posts": "/posts?q=demam&span=1y",
    "verification": "/verification?status=all",
    "topics": "/topics?topic=dengue",
    "topics-none": "/topics?",
    "sources": "/sources?back=7d",
    "posts-why": "/posts?q=demam&span=1y",
    "posts-claims": "/posts?q=mandul&span=30d",
    "people": "/people?span=all",
    "settings": "/settings?",
    "sql": "/sql?query=SELECT%20lang,%20count(*)%20AS%20posts%20FROM%20posts%20GROUP%20BY%20lang%20ORDER%20BY%20posts%20DESC",
}
WIDTHS = {"wide": (1440, 900), "phone": (390, 844)}
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


def _signal(tab: Page) -> None:
    if tab.locator(".ag-row").count():
        tab.locator(".ag-row").first.click()
        tab.wait_for_selector("#signal-detail .post")
        settle(tab)


def _episode(tab: Page) -> None:
    if tab.locator(".ag-row").count():
        tab.locator(".ag-row").first.click()
        tab.wait_for_selector("#review-box .panel")
        settle(tab)


def _topic(tab: Page) -> None:
    tab.wait_for_selector("#topic-posts .post")
    tab.wait_for_selector("#topic-suggested button")
    settle(tab)


def _why(tab: Page) -> None:
    tab.locator("button.why").first.click()
    tab.wait_for_selector("#why-body .why-label")
    settle(tab)


def _claim(tab: Page) -> None:
    """The window on a post that repeats what a fact-checker looked at; the worker finds those in the first minutes of a demo."""
    claimed = tab.locator(".post", has=tab.locator(".badge.claim"))
    if claimed.count():
        claimed.first.locator("button.why").click()
        tab.wait_for_selector("#why-body .why-label")
        settle(tab)


def _settings(tab: Page) -> None:
    tab.locator("#page details > summary", has_text="[detect]").click()


def _printed(tab: Page) -> None:
    """As it is while a sheet of A4 is made."""
    tab.set_viewport_size({"width": 720, "height": 1018})
    tab.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    tab.emulate_media(media="print")
    settle(tab)


#: What is opened or waited for before the picture is taken.
OPENING: dict[str, Callable[[Page], None]] = {
    "signals": _signal,
    "signals-together": _signal,
    "verification": _episode,
    "topics": _topic,
    "posts-why": _why,
    "posts-claims": _claim,
    "settings": _settings,
    "trends-printed": _printed,
}


@dataclass(frozen=True)
class Way:
    """One way to look at the pages."""

    lang: str
    theme: str
    width: str

    def photograph(self, browser: Browser, base: str, pages: Sequence[str], folder: Path) -> Iterator[Path]:
        """A picture of each page, as files named by page, language, theme and width."""
        width, height = WIDTHS[self.width]
        context = browser.new_context(viewport={"width": width, "height": height}, color_scheme="dark" if self.theme == "dark" else "light")
        context.add_cookies([{"name": "kentongan_theme", "value": self.theme, "url": base}])
        tab = context.new_page()
        for page in pages:
            tab.goto(f"{base}{PAGES[page]}&lang={self.lang}")
            if page != "login":
                settle(tab)
            if page in OPENING:
                OPENING[page](tab)
            path = folder / f"{page}-{self.lang}-{self.theme}-{self.width}.png"
            tab.screenshot(path=str(path), full_page=True)
            tab.emulate_media(media="screen")
            tab.set_viewport_size({"width": width, "height": height})
            yield path
        context.close()


#: Nothing is being waited for, and every chart is drawn. (Asked from outside: the page itself may evaluate nothing.)
READY = """document.querySelector('#page h1') && !document.querySelector('#page .mantine-Skeleton-root')
    && [...document.querySelectorAll('#page .dash-graph')].every(chart => chart.querySelector('.main-svg'))"""


def settle(tab: Page) -> None:
    """Wait until the page has been ready twice in a row."""
    tab.wait_for_selector("#page h1")
    ready = 0
    for _attempt in range(200):
        tab.wait_for_load_state("networkidle")
        ready = ready + 1 if tab.evaluate(READY) else 0
        if ready == 2:
            return
        tab.wait_for_timeout(250)
    sys.exit(f"{tab.url}: not ready after 50 s")


@contextmanager
def served(data: Path) -> Iterator[str]:
    """The dashboard of a data folder on a free port, with the settings that lie in it or else those of this place."""
    from werkzeug.serving import make_server

    from dashboard.app import create_app
    from warehouse.settings import DataFolder, OpenId, find_config, load

    own = data / "config.toml"
    os.environ.setdefault("KENTONGAN_OPENID_SECRET", "never asked for")
    provider = OpenId(issuer="https://id.example", client_id="kentongan", name="Akun Dinas Kesehatan")  # for the page where one logs in
    settings = load(own if own.exists() else find_config(None)).model_copy(update={"openid": provider})
    app = create_app(DataFolder(data), settings)
    server = make_server("127.0.0.1", 0, app.server, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()


@contextmanager
def running(url: str) -> Iterator[str]:
    yield url.rstrip("/")


def demo() -> Path:
    """The demo's data folder, filled."""
    folder = Path("demo-data")
    if not (folder / "published" / "analytics.duckdb").exists():
        subprocess.run([sys.executable, "-m", "jobs.cli", "demo", "--fill-only", "--data", str(folder)], check=True)
    return folder


def chromium() -> str:
    named = os.environ.get("KENTONGAN_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if named is None:
        sys.exit("there is no Chromium here: install the system's chromium, or name one in KENTONGAN_CHROMIUM")
    return named


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url")
    parser.add_argument("--data", type=Path)
    parser.add_argument("--out", type=Path, default=Path("screenshots"))
    parser.add_argument("--pages", default=",".join(PAGES))
    given = parser.parse_args()
    names = given.pages.split(",")
    if unknown := set(names) - set(PAGES):
        parser.error(f"--pages {sorted(unknown)[0]}: not a page; one of {', '.join(PAGES)}")
    given.out.mkdir(parents=True, exist_ok=True)
    path = chromium()
    with running(given.url) if given.url else served(given.data or demo()) as base, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, headless=True, args=ARGUMENTS)
        for lang, theme, width in product(("id", "en"), ("light", "dark"), WIDTHS):
            for picture in Way(lang, theme, width).photograph(browser, base, names, given.out):
                print(picture, flush=True)
        browser.close()


if __name__ == "__main__":
    main()
