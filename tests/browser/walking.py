"""Somebody at work: logged in, in one language and one theme, with the mouse or with nothing but the keyboard.

Everything is found by its role and by the text that stands on it in the language that is walked, so that a walk also reads the
translation. A walk has a data folder of its own, and can be the worker for a moment.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow as pa
from playwright.sync_api import Locator, Page, expect
from published_folder import NOW, settings
from served import followed
from watching import Watched

from analytics.explain import Reason
from dashboard.passwords import hash_password
from warehouse import publish, signals, triage
from warehouse.settings import DataFolder, Settings
from warehouse.state import Role, State
from warehouse.store import Warehouse

PASSWORD = "kuda-lari-pagi-9"
PEOPLE: Mapping[str, Role] = {"rini": "viewer", "budi": "analyst", "siti": "officer", "agus": "administrator"}
SENTENCES = ("Sejak 10 Maret warga Bogor menulis tentang demam.", "Since 10 March people in Bogor write about fever.")
FURTHEST = 150  #: presses of Tab after which something counts as out of reach


@dataclass(frozen=True)
class Way:
    """How somebody works."""

    lang: str
    theme: str
    keyboard: bool = False

    def __str__(self) -> str:
        return f"{self.lang}-{self.theme}{'-keyboard' if self.keyboard else ''}"


def told() -> Settings:
    """Everybody logs in, also on this machine."""
    return settings().model_copy(update={"web": settings().web.model_copy(update={"login": "always"})})


def peopled(root: Path) -> DataFolder:
    """A folder whose signals wait to be verified, with one account of each role, and a reason with the signals of Bogor."""
    folder = followed(root)
    with Warehouse.open(folder, told()) as wh:
        found = wh.con.execute("SELECT signal_id FROM signals WHERE place_code = '32.71'").fetchall()
        why = _reason()
        columns = {"signal_id": [row[0] for row in found], "kind": [why.kind] * len(found), "reason": [why.to_json()] * len(found)}
        signals.explain(wh.con, pa.table(columns))
    state, password = State(folder), hash_password(PASSWORD)
    for login, role in PEOPLE.items():
        state.add_user(login, password, role, NOW)
    return folder


def _reason() -> Reason:
    return Reason(
        kind="first-hand reports", evidence={"firsthand": 0.4, "authors": 12.0}, sentence_id=SENTENCES[0], sentence_en=SENTENCES[1],
        posts=43, authors=12, firsthand=0.4, copies=0.1, one_account=0.05, one_link=0.0, sources={"mastodon": 1.0}, sentiment=None,
        terms=[], hashtags=[], links=[], places=[], examples=[], observed=43.0, expected=0.9, lower=0.1, upper=4.2, since="2026-03-10",
        growth=None, growth_low=None, growth_high=None,
    )  # fmt: skip


def moved(folder: DataFolder, root: Path) -> DataFolder:
    """A copy of the folder, published there as the worker does when it starts: what is published names its files by their full path."""
    copy = DataFolder(Path(shutil.copytree(folder.root, root)))
    publish_at(copy, NOW)
    return copy


def publish_at(folder: DataFolder, now: datetime) -> None:
    """What the worker does every few seconds: take up what people did, and publish."""
    with Warehouse.open(folder, told()) as wh:
        triage.follow(wh, State(folder))
        publish.publish(wh, now)


@dataclass
class Walk:
    """One person at one browser. `words` are the English texts of the walk, each with what stands there in Indonesian."""

    tab: Watched
    folder: DataFolder
    way: Way
    words: Mapping[str, str]

    @property
    def page(self) -> Page:
        return self.tab.page

    def say(self, english: str) -> str:
        """The text in the language that is walked."""
        return self.words[english] if self.way.lang == "id" else english

    # ------------------------------------------------------------------------------------------------------------- finding

    def button(self, name: str, within: Locator | None = None) -> Locator:
        return (within or self.page).get_by_role("button", name=self.say(name), exact=True)

    def link(self, name: str, within: Locator | None = None) -> Locator:
        return (within or self.page).get_by_role("link", name=self.say(name), exact=True)

    def panel(self, heading: str) -> Locator:
        """A panel of the page, by its heading."""
        own = self.page.get_by_role("heading", name=self.say(heading), exact=True, level=2)
        return self.page.locator("section.panel").filter(has=own)

    def field(self, label: str, within: Locator | None = None) -> Locator:
        """A field to fill in or to choose from; with Mantine a label also names the list that the field opens."""
        return (within or self.page).get_by_label(self.say(label), exact=True).and_(self.page.locator("input, textarea"))

    # ------------------------------------------------------------------------------------------------------------- doing

    def press(self, found: Locator) -> None:
        """Click it, or come to it with Tab and press Enter."""
        if self.way.keyboard:
            self._tab_to(found)
            self.page.keyboard.press("Enter")
        else:
            found.click()

    def fill(self, found: Locator, text: str) -> None:
        """Put the text into a field in place of what is there."""
        if self.way.keyboard:
            self._tab_to(found)
            self.page.keyboard.press("Control+a")
            self.page.keyboard.type(text)
        else:
            found.fill(text)

    def row(self, grid: Locator, text: str) -> None:
        """Choose the row of a grid in which the text stands."""
        found = grid.get_by_role("row").filter(has_text=text).first
        expect(found).to_be_visible()
        if not self.way.keyboard:
            found.click()
            return
        self._tab_to(grid)
        for _step in range(FURTHEST):
            if found.evaluate("one => one.contains(document.activeElement)"):
                self.page.keyboard.press("Space")
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"no arrow leads to the row of {text}")

    def choose(self, label: str, option: str, within: Locator | None = None) -> None:
        """Open a list and take one of its entries."""
        self.press(self.field(label, within))
        entry = self.page.get_by_role("option", name=self.say(option), exact=True)
        expect(entry).to_be_visible()
        entry.click()

    def _tab_to(self, found: Locator) -> None:
        expect(found).to_be_visible()
        for _step in range(FURTHEST):
            if found.evaluate("one => one.contains(document.activeElement)"):
                expect(self.page.locator(":focus")).to_be_in_viewport()
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"Tab does not lead to {found}")

    # ------------------------------------------------------------------------------------------------------------- moving

    def log_in(self, login: str, password: str = PASSWORD) -> None:
        """Come to the log-in page, take one's language there, and go in."""
        page = self.page
        page.goto(self.tab.base)
        if page.locator("html").get_attribute("lang") != self.way.lang:
            self.press(page.get_by_role("link", name={"en": "English", "id": "Bahasa Indonesia"}[self.way.lang]))
        expect(page.locator("html")).to_have_attribute("lang", self.way.lang)
        self.fill(page.get_by_label(self.say("Login"), exact=True), login)
        self.fill(page.get_by_label(self.say("Password"), exact=True), password)
        self.press(self.button("Log in"))
        self.tab.settle()
        expect(page.locator("html")).to_have_attribute("lang", self.way.lang)
        expect(page.locator("html")).to_have_attribute("data-mantine-color-scheme", self.way.theme)

    def go(self, title: str) -> None:
        """Open a page by the navigation."""
        self.press(self.link(title, self.page.get_by_role("navigation", name=self.say("Pages"), exact=True)))
        self.arrive(title)

    def arrive(self, title: str) -> None:
        """Wait until the page with this heading is whole."""
        expect(self.page.get_by_role("heading", level=1)).to_have_text(self.say(title))
        self.tab.settle()

    def log_out(self) -> None:
        self.tab.settle()
        self.press(self.button("Log out"))
        expect(self.button("Log in")).to_be_visible()

    # ------------------------------------------------------------------------------------------------------------- the worker

    def worker_publishes(self) -> None:
        publish_at(self.folder, NOW + timedelta(seconds=6))


#: The texts that every walk meets.
COMMON: Mapping[str, str] = {
    "Login": "Nama pengguna",
    "Password": "Kata sandi",
    "Log in": "Masuk",
    "Log out": "Keluar",
    "Pages": "Halaman",
    "Overview": "Ikhtisar",
    "Trends": "Tren",
    "Map": "Peta",
    "Signals": "Sinyal",
    "Verification": "Verifikasi",
    "Posts": "Unggahan",
    "Topics": "Topik",
    "Sources": "Sumber",
    "People": "Pengguna",
    "Settings": "Pengaturan",
    "SQL": "SQL",
    "CSV": "CSV",
}
