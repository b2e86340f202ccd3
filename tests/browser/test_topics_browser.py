"""Somebody writes a topic in Chromium: typing, the preview, saving, the history, the keyboard and the phone."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from published_folder import HOSTILE
from watching import Watched

pytestmark = pytest.mark.browser


@pytest.fixture
def file(tab: Watched) -> Iterator[Path]:
    """The file with the topics of the dashboard that is served, as its page names it; gone again afterwards."""
    page = tab.open("/topics?lang=en")
    path = Path(page.locator("text=Your topics stand in").locator("code").inner_text())
    yield path
    path.unlink(missing_ok=True)


def ready(page: Page, found: str) -> None:
    """Wait for the sentence of the preview."""
    expect(page.locator("#topic-said strong")).to_contain_text(found)


def test_somebody_writes_a_topic_sees_what_it_finds_and_saves_it(tab: Watched, file: Path) -> None:
    page = tab.page
    page.get_by_role("button", name="New topic").click()
    page.get_by_label("Code", exact=True).fill("hiccups")
    page.get_by_label("Name in Indonesian").fill("Cegukan")
    page.get_by_label("Name in English").fill(HOSTILE[:60])
    page.get_by_label("Terms, Indonesian").fill("posyandu NEAR")
    page.get_by_label("Rules", exact=True).fill("demam NEAR/5")
    expect(page.get_by_text("line 1, column 13: NEAR needs two terms")).to_be_visible()
    expect(page.get_by_role("button", name="Save", exact=True)).to_be_disabled()
    page.get_by_role("textbox", name="Group").click()
    page.get_by_role("option", name="Symptoms").click()
    page.get_by_label("Rules", exact=True).fill("demam AND tinggi")
    ready(page, "It would have found")
    expect(page.locator("#topic-posts mark").first).to_be_visible()
    assert page.locator("#page img, #page script").count() == 0
    page.get_by_label("Note for the history").fill("asked for")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#topic-outcome")).to_contain_text("Saved as version")
    page.wait_for_url("**topic=hiccups**")
    assert tomllib.loads(file.read_text("utf-8"))["hiccups"]["rules"] == ["demam AND tinggi"]
    expect(page.locator("#topic-history")).to_contain_text("asked for")
    page.locator("#topic-history button").first.click()
    expect(page.locator("#topic-version .line.added").first).to_contain_text("[hiccups]")
    page.get_by_role("button", name="Undo this change").click()
    expect(page.locator("#topic-history")).to_contain_text("undid version")
    assert "hiccups" not in file.read_text("utf-8")


def test_what_was_typed_survives_a_reload_until_it_is_discarded(tab: Watched, file: Path) -> None:
    page = tab.open("/topics?lang=en&topic=malaria")
    ready(page, "It would have found")
    page.get_by_label("Terms, English").fill("malaria tropica")
    expect(page.locator("#topic-state")).to_contain_text("Not saved yet")
    page.reload()
    tab.settle()
    expect(page.get_by_label("Terms, English")).to_have_value("malaria tropica")
    page.get_by_role("button", name="Discard what I typed").click()
    expect(page.locator("#topic-state")).to_contain_text("As it stands in the file")
    expect(page.get_by_label("Terms, English")).not_to_have_value("malaria tropica")
    assert not file.exists()


def test_a_suggested_term_is_added_with_the_keyboard(tab: Watched, file: Path) -> None:
    page = tab.open("/topics?lang=en&topic=dengue")
    ready(page, "It would have found")
    page.get_by_label("Terms, Indonesian").fill("dbd")
    page.get_by_label("Terms, English").fill("")
    page.get_by_label("Rules", exact=True).fill("")
    chip = page.locator("#topic-suggested button", has_text="fogging").first  # a term of the topic as shipped: it is no longer looked for
    expect(chip).to_be_visible()
    term = chip.locator("bdi").inner_text()
    chip.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Terms, Indonesian")).to_have_value(f"dbd\n{term}")


def test_the_address_opens_topic_list_and_version_and_back_undoes(tab: Watched, file: Path) -> None:
    page = tab.open("/topics?lang=id&topic=dengue&view=lost&q=dbd")
    expect(page.locator("#topic-title")).to_contain_text("Demam berdarah dengue")
    expect(page.locator("#topic-posts")).to_contain_text("Tidak ada temuan sekarang yang akan terlewat")
    expect(page.locator("#topics-grid .ag-center-cols-container .ag-row")).to_have_count(1)
    page.get_by_role("button", name="Topik baru").click()
    page.wait_for_url("**topic=*new**")
    page.go_back()
    expect(page.locator("#topic-title")).to_contain_text("Demam berdarah dengue")


@pytest.mark.parametrize("tab", [390], indirect=True)
def test_nothing_sticks_out_on_a_phone(tab: Watched, file: Path) -> None:
    page = tab.open("/topics?lang=id&topic=dengue")
    ready(page, "akan ditemukan")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
