"""A tab of the browser, and all that goes wrong in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Page


@dataclass
class Watched:
    """A tab, and all that went wrong in it."""

    page: Page
    base: str
    context: BrowserContext
    trouble: list[str] = field(default_factory=list)

    def open(self, path: str) -> Page:
        """Open a page and wait until its heading stands and nothing is being fetched."""
        self.page.goto(self.base + path)
        self.settle()
        return self.page

    def settle(self) -> None:
        self.page.wait_for_selector("#page h1")
        self.page.wait_for_load_state("networkidle")

    def log(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.trouble.append(f"console: {message.text}")

    def stay_here(self, url: str, host: str) -> None:
        """A request that leaves this machine is trouble."""
        parts = urlsplit(url)
        if parts.scheme not in ("data", "blob") and parts.netloc != host:
            self.trouble.append(f"asked for {url}")
