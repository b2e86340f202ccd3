"""What a person does on Trends in a real browser."""

from __future__ import annotations

import struct

import pytest
from playwright.sync_api import expect
from watching import Watched

pytestmark = pytest.mark.browser


def test_a_chart_is_downloaded_as_a_picture_with_its_heading(tab: Watched) -> None:
    page = tab.open("/trends?lang=en&topic=dengue")
    page.wait_for_selector("#trends-posts .scatterlayer .trace")
    with page.expect_download() as download:
        page.locator("[data-picture=trends-posts]").click()
    assert download.value.suggested_filename == "kentongan-trends-posts.png"
    picture = download.value.path().read_bytes()
    assert picture.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", picture[16:24])
    shown = page.locator("#trends-posts .js-plotly-plot").bounding_box()
    assert shown is not None
    assert width == 2 * round(shown["width"])
    assert height > 2 * round(shown["height"])  # room for the heading above


def test_a_chart_that_is_not_there_says_so_instead_of_an_empty_picture(tab: Watched) -> None:
    page = tab.open("/trends?lang=en")
    page.locator("[data-picture=official-lags]").click()
    expect(page.locator("#notice")).to_contain_text("There is no chart here yet")


def test_a_note_is_put_on_the_chart_seen_removed_and_brought_back(tab: Watched) -> None:
    page = tab.open("/trends?lang=en&topic=dengue")
    page.wait_for_selector("#trends-posts .scatterlayer .trace")
    page.get_by_text("Add a note").click()
    page.locator("#note-text").fill('Fogging began <img src=x onerror="window.hacked=8">')
    page.get_by_role("button", name="Put it on the chart").click()
    listed = page.locator("#notes-list")
    expect(listed).to_contain_text('Fogging began <img src=x onerror="window.hacked=8">')
    expect(page.locator("#trends-legend")).to_contain_text("Note")
    listed.get_by_label("Remove the note of").click()
    expect(listed).to_contain_text("The note was removed.")
    expect(page.locator("#trends-legend")).not_to_contain_text("Note")
    listed.get_by_role("button", name="Undo").click()
    expect(listed).to_contain_text("Fogging began")
    listed.get_by_label("Remove the note of").click()
    expect(listed).to_contain_text("The note was removed.")


def test_small_charts_and_their_scale_stand_in_the_address(tab: Watched) -> None:
    page = tab.open("/trends?lang=en&topic=dengue,measles")
    page.get_by_role("combobox", name="Drawn as").or_(page.get_by_label("Drawn as")).first.click()
    page.get_by_role("option", name="Small charts, own scales").click()
    page.wait_for_url("**form=free")
    expect(page.locator("#trends-posts .subplot")).not_to_have_count(1)
    expect(page.locator("#trends-posts .annotation-text")).to_have_text(["Dengue", "Measles"])


@pytest.mark.parametrize("tab", [390], indirect=True)
@pytest.mark.parametrize("form", ["small", "voice"])
def test_on_a_phone_small_charts_stand_below_each_other_and_nothing_is_wider_than_the_screen(tab: Watched, form: str) -> None:
    page = tab.open(f"/trends?lang=id&topic=dengue,measles,haze&form={form}&past=year")
    page.wait_for_selector("#trends-posts .main-svg")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("tab", [390], indirect=True)
def test_on_a_phone_the_chart_comes_before_the_finer_choices_unless_one_was_made(tab: Watched) -> None:
    page = tab.open("/trends?lang=en&topic=dengue")
    step = page.locator("#page").get_by_text("Week", exact=True)
    expect(step).to_be_hidden()
    page.get_by_text("More choices").click()
    step.click()
    page.wait_for_url("**unit=week")
    page = tab.open("/trends?lang=en&topic=dengue&unit=week")
    expect(page.locator("#page").get_by_text("Week", exact=True)).to_be_visible()


def test_new_words_are_read_when_the_list_is_opened(tab: Watched) -> None:
    page = tab.open("/trends?lang=en&span=custom&days=2026-03-10..2026-03-11")
    expect(page.locator("#trends-terms")).to_have_count(0)
    page.get_by_text("New in the wording", exact=True).click()
    expect(page.locator("#trends-terms .ytick").filter(has_text="#dbd")).to_have_count(1)
