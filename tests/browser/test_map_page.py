"""Map and Sources in a real browser: areas drawn from this machine alone, a click on one, weeks by keyboard, a source switched off."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect
from published_folder import NOW, copied, settings
from served import serving
from watching import Watched

from analytics.geo import boundaries, geojson
from analytics.geo.matching import match
from warehouse.settings import DataFolder

sys.path.insert(0, str(Path(__file__).parents[1] / "analytics"))
from drawn_areas import provinces

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def server(pristine: DataFolder, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A dashboard over a folder with boundaries, which the tests may switch."""
    folder = copied(pristine, tmp_path_factory.mktemp("outlined"))
    shapes, _without = geojson.read(provinces(tmp_path_factory.mktemp("geo") / "provinces.geojson"))
    areas = {code: found[0].polygons for code, found in match(shapes).found.items()}
    boundaries.add(folder.boundaries, "province", areas, "provinces.geojson", NOW)
    with serving(folder, settings()) as address:
        yield address


def test_areas_are_drawn_and_a_click_on_one_opens_its_trend(tab: Watched) -> None:
    page = tab.open("/map?lang=en")
    expect(page.locator("#map-bubbles .js-fill")).not_to_have_count(0)
    expect(page.locator("#map-note")).to_contain_text("Boundaries: provinces.geojson.")
    inside = page.locator("#map-bubbles .nsewdrag").bounding_box()
    assert inside is not None
    # Kalimantan Tengah lies in the middle of its square, without a mark of a signal on it
    at = page.evaluate(
        """() => { const chart = document.querySelector('#map-bubbles .js-plotly-plot'), layout = chart._fullLayout;
        const area = chart.data.findIndex(trace => trace.name === 'Kalimantan Tengah');
        const middle = values => (Math.min(...values.filter(Number.isFinite)) + Math.max(...values.filter(Number.isFinite))) / 2;
        return [layout.xaxis.l2p(middle(chart.data[area].x)), layout.yaxis.l2p(middle(chart.data[area].y))]; }"""
    )
    page.mouse.move(inside["x"] + at[0], inside["y"] + at[1])
    expect(page.locator("#map-bubbles .hoverlayer")).to_contain_text("Kalimantan Tengah")
    page.mouse.click(inside["x"] + at[0], inside["y"] + at[1])
    page.wait_for_url("**/trends?*place=62*")


def test_the_weeks_are_walked_by_keyboard_and_stand_in_the_address(tab: Watched) -> None:
    page = tab.open("/map?lang=en&span=30d")
    expect(page.locator("#map-told")).to_contain_text("Whole period")
    page.get_by_role("slider", name="Week shown on the map").press("End")
    expect(page.locator("#map-told")).to_have_text("Week of 8–14 Mar 2026 · not over yet")
    page.wait_for_url("**week=2026-03-08*")
    page.get_by_role("button", name="Week before").press("Enter")
    expect(page.locator("#map-told")).to_have_text("Week of 1–7 Mar 2026")
    page.wait_for_url("**week=2026-03-01*")
    tab.open(page.url.removeprefix(tab.base))
    expect(page.locator("#map-told")).to_have_text("Week of 1–7 Mar 2026")
    page.get_by_role("button", name="Play the weeks").press("Enter")
    expect(page.locator("#map-told")).to_have_text("Week of 8–14 Mar 2026 · not over yet")


@pytest.mark.parametrize("tab", [390], indirect=True)
def test_on_a_phone_map_and_sources_are_not_wider_than_the_screen(tab: Watched) -> None:
    for path in ("/map?lang=id&measure=ratio&week=2026-03-08", "/sources?lang=id"):
        page = tab.open(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_source_is_switched_off_and_the_switch_undone(tab: Watched) -> None:
    page = tab.open("/sources?lang=en")
    page.get_by_role("button", name="Switch Berita kesehatan off").click()
    expect(page.locator("#sources-asked")).to_have_text("Berita kesehatan is switched off.")
    expect(page.get_by_role("button", name="Switch Berita kesehatan on")).to_be_visible()
    page.get_by_role("button", name="Undo the switch of Berita kesehatan").click()
    expect(page.locator("#sources-asked")).to_have_text("The switch of Berita kesehatan is undone.")
    expect(page.get_by_role("button", name="Switch Berita kesehatan off")).to_be_visible()
