"""People, settings and the reasons of a post, in a real browser."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect
from watching import Watched

pytestmark = pytest.mark.browser
PHONE = pytest.mark.parametrize("tab", [390], indirect=True)


def test_a_label_is_explained_corrected_and_the_correction_taken_back(tab: Watched) -> None:
    page = tab.open("/posts?lang=en&q=trombosit")
    page.get_by_role("button", name="Why these labels?").first.click()
    window = page.get_by_role("dialog")
    expect(window.locator(".why-label")).to_have_count(7)
    expect(window.locator("mark").first).to_be_visible()
    page.wait_for_url("**post=**")
    emotion = window.locator(".why-label", has_text="Emotion")
    emotion.get_by_text("Correct this label").click()
    emotion.get_by_role("combobox").or_(emotion.get_by_role("textbox")).first.click()
    page.get_by_role("option", name="Fear").click()
    emotion.get_by_role("button", name="Correct").click()
    expect(window.get_by_text("Noted, for the next training")).to_be_visible()
    expect(window.locator(".badge.corrected")).to_contain_text("Fear")
    window.get_by_role("button", name="Undo").click()
    expect(window.get_by_text("took the correction back")).to_be_visible()
    expect(window.locator(".badge.corrected")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(window).to_have_count(0)
    page.wait_for_url(re.compile(r"^(?!.*post=)"))


def test_the_posts_are_downloaded_as_a_zip(tab: Watched) -> None:
    page = tab.open("/posts?lang=en&span=30d")
    with page.expect_download() as download:
        page.locator("#posts-parquet").click()
    assert download.value.suggested_filename == "kentongan-posts-parquet.zip"


def test_an_account_is_made_and_shut_and_both_stand_in_the_log(tab: Watched) -> None:
    page = tab.open("/people?lang=en")
    page.locator("#account-login").fill("wati")
    page.get_by_role("button", name="Make the account").click()
    expect(page.locator("code.password")).to_have_text(re.compile(r"^[a-z0-9]{4}(-[a-z0-9]{4}){3}$"))
    page.locator("#accounts-grid .ag-row", has_text="wati").click()
    page.get_by_role("button", name="Shut the account").click()
    expect(page.locator("#accounts-grid .ag-row", has_text="wati")).to_contain_text("Shut")
    expect(page.locator("code.password")).to_have_count(0)
    expect(page.locator("#deeds-list")).to_contain_text("Made an account")
    expect(page.locator("#deeds-list")).to_contain_text("Shut an account")


@PHONE
@pytest.mark.parametrize("path", ["/people", "/settings", "/posts?q=trombosit"])
def test_on_a_phone_the_new_pages_are_no_wider_than_the_screen(tab: Watched, path: str) -> None:
    page = tab.open(f"{path}{'&' if '?' in path else '?'}lang=id")
    if path == "/settings":
        for summary in page.locator("details > summary").all():
            summary.click()
    if path.startswith("/posts"):
        page.locator("button.why").first.click()
        expect(page.locator(".why-label")).to_have_count(7)
        assert page.get_by_role("dialog").evaluate("one => one.scrollWidth <= one.clientWidth + 1")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
