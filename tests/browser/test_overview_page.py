"""What a person does on Overview in a real browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from watching import Watched

pytestmark = pytest.mark.browser


def test_the_programmes_that_one_follows_stay_in_the_address(tab: Watched) -> None:
    page = tab.open("/?lang=en")
    expect(page.locator("#overview-programmes .ytick").first).to_be_visible()
    page.get_by_role("combobox", name="Programmes followed").or_(page.get_by_label("Programmes followed")).first.click()
    page.get_by_role("option", name="Measles").click()
    page.wait_for_url("**/?lang=en&follow=measles")
    expect(page.locator("#overview-programmes .ytick")).to_have_text(["Measles"])


def test_a_number_leads_to_the_posts_behind_it(tab: Watched) -> None:
    page = tab.open("/?lang=en")
    page.get_by_role("link", name="Complaints", exact=True).click()
    expect(page.locator("h1")).to_have_text("Posts")
    page.wait_for_url("**days=2026-03-13..2026-03-13&intent=complaint**")


def test_a_checked_claim_leads_to_the_posts_that_speak_of_it(tab: Watched) -> None:
    page = tab.open("/?lang=id")
    page.get_by_role("link", name="[SALAH] Vaksin campak membuat anak autis").click()
    expect(page.locator("h1")).to_have_text("Unggahan")
    expect(page.get_by_label("Klaim terperiksa").first).to_have_value("[SALAH] Vaksin campak membuat anak autis")
    badges = page.locator("#posts-list .badge.claim")
    expect(badges.first).to_have_text("Klaim terperiksa: [SALAH] Vaksin campak membuat anak autis")
    assert badges.count() == page.locator("#posts-list .post").count()
    page.get_by_label("Klaim terperiksa").first.click()
    page.get_by_role("option", name="Apa pun").click()
    page.wait_for_url(lambda url: "claim=" not in url)


@pytest.mark.parametrize("tab", [390], indirect=True)
def test_on_a_phone_the_brief_is_no_wider_than_the_screen(tab: Watched) -> None:
    page = tab.open("/?lang=id")
    page.wait_for_selector("#overview-programmes .main-svg")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_script_of_the_tables_is_fetched_once_somebody_moves_on_the_overview(tab: Watched) -> None:
    page = tab.open("/?lang=en")
    page.wait_for_selector("#overview-programmes .main-svg")
    assert page.evaluate("window.dash_ag_grid === undefined")
    page.mouse.move(300, 300)
    page.evaluate("new Promise(done => { const look = () => window.dash_ag_grid ? done() : requestAnimationFrame(look); look(); })")


def test_a_browser_that_saves_data_fetches_it_with_the_first_page_that_has_tables(tab: Watched) -> None:
    page = tab.page.context.new_page()
    page.add_init_script("Object.defineProperty(navigator, 'connection', { value: { saveData: true } })")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(tab.base + "/?lang=en")
    page.wait_for_selector("#overview-programmes .main-svg")
    page.mouse.move(300, 300)
    page.mouse.move(310, 310)
    page.evaluate("new Promise(done => requestIdleCallback(done))")
    assert not [url for url in asked if "dash_ag_grid" in url]
    page.get_by_role("link", name="Signals", exact=True).first.click()
    expect(page.locator("h1")).to_have_text("Signals")
    assert [url for url in asked if "dash_ag_grid" in url]
    page.close()
