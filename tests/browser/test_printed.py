"""What a page looks like on paper: its controls as a sentence, its charts and all rows of its grids, and nothing to press."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect
from watching import Watched

pytestmark = pytest.mark.browser


def printing(page: Page) -> None:
    """As it is while the sheet is made."""
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")


def test_trends_on_paper_say_what_was_chosen_and_are_black_on_white_even_in_the_dark(tab: Watched) -> None:
    tab.context.add_cookies([{"name": "kentongan_theme", "value": "dark", "url": tab.base}])
    page = tab.open("/trends?lang=en&topic=dengue&unit=week")
    page.wait_for_selector("#trends-posts .main-svg .ytick")
    wide = page.locator("#trends-posts .main-svg").first.evaluate("one => one.clientWidth")
    printing(page)
    told = page.locator(".print-told").first
    expect(told).to_contain_text("Topics: Dengue · Places: All places")
    expect(told).to_contain_text("Step: Week")
    expect(page.locator("body")).to_have_css("background-color", "rgb(255, 255, 255)")
    expect(page.locator("#trends-posts .ytick text").first).to_have_css("fill", "rgb(0, 0, 0)")
    assert page.locator("#page :is(button, input, .controls):visible, .k-header:visible, .k-nav:visible").count() == 0
    assert page.locator("#trends-posts .main-svg").first.evaluate("one => one.clientWidth") < 700 < wide
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    page.emulate_media(media="screen")
    expect(page.locator(".print-told")).to_have_count(0)
    page.wait_for_function("wide => document.querySelector('#trends-posts .main-svg').clientWidth === wide", arg=wide)


def test_a_grid_on_paper_has_all_its_columns_and_rows(tab: Watched) -> None:
    page = tab.open("/signals?lang=en&span=all")
    page.wait_for_selector(".ag-row")
    listed = int(page.locator("#signals-count").inner_text().split()[0])
    printing(page)
    made = page.locator("table.print-table")
    expect(made.locator("tbody tr")).to_have_count(listed)
    expect(made.locator("th").last).to_have_text("Detector")
    expect(made).to_contain_text("Kota Bogor")
    expect(page.locator(".ag-row").first).to_be_hidden()
