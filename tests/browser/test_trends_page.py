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
