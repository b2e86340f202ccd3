"""A tab of the browser, and all that goes wrong in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, CDPSession, ConsoleMessage, Page, Request, Response


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

    def forget(self) -> None:
        """Leave the page, and all that the tab remembers of earlier ones."""
        self.context.clear_cookies()
        self.page.emulate_media(media="screen")
        if self.page.url.startswith("http"):
            self.page.evaluate("localStorage.clear(); sessionStorage.clear()")
        self.page.goto("about:blank")

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Note all trouble; what a test has started to listen to ends with it."""
        base = urlsplit(self.base).netloc
        listeners = {
            "console": self._log,
            "pageerror": lambda error: self.trouble.append(f"script: {error}"),
            "request": lambda asked: self._stay_here(asked, base),
            "response": self._answered,
        }
        for event, listener in listeners.items():
            self.page.on(event, listener)  # type: ignore[call-overload]  # one overload an event
        try:
            yield
        finally:
            for event, listener in listeners.items():
                self.page.remove_listener(event, listener)

    @contextmanager
    def slowed(self, rate: int) -> Iterator[None]:
        """As on a machine that is so many times slower."""
        session: CDPSession = self.context.new_cdp_session(self.page)
        session.send("Emulation.setCPUThrottlingRate", {"rate": rate})
        try:
            yield
        finally:
            session.send("Emulation.setCPUThrottlingRate", {"rate": 1})
            session.detach()

    def _log(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.trouble.append(f"console: {message.text}")

    def _answered(self, got: Response) -> None:
        if got.status >= 400:
            self.trouble.append(f"{got.status}: {got.url}")

    def _stay_here(self, asked: Request, host: str) -> None:
        """A request that leaves this machine is trouble."""
        parts = urlsplit(asked.url)
        if parts.scheme not in ("data", "blob") and parts.netloc != host:
            self.trouble.append(f"asked for {asked.url}")
