"""What a person sees and does in a real browser."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from playwright.sync_api import expect
from published_folder import HOSTILE_TITLE
from watching import Watched

pytestmark = pytest.mark.browser

PATHS = ["/", "/trends?topic=dengue", "/map", "/signals", "/posts", "/sources", "/sql"]
#: what the buttons of a chart are called
BUTTONS = {"en": {"Zoom", "Pan", "Reset axes"}, "id": {"Perbesar", "Geser", "Kembalikan sumbu"}}
PHONE = pytest.mark.parametrize("tab", [390], indirect=True)


def _theme(tab: Watched, theme: str) -> None:
    tab.context.add_cookies([{"name": "kentongan_theme", "value": theme, "url": tab.base}])


@pytest.mark.quick
@pytest.mark.parametrize(("lang", "theme"), [("id", "light"), ("en", "dark")])
def test_every_page_opens_without_an_error_and_asks_for_nothing_outside(tab: Watched, lang: str, theme: str) -> None:
    _theme(tab, theme)
    for path in PATHS:
        page = tab.open(f"{path}{'&' if '?' in path else '?'}lang={lang}")
        assert page.evaluate("document.documentElement.lang") == lang
        assert page.evaluate("document.documentElement.dataset.mantineColorScheme") == theme
        assert page.locator("#notice").inner_text() == ""
        if path == "/map":
            expect(page.locator("#map-bubbles .modebar-btn")).to_have_count(3)
        # of the buttons that a chart shows under the pointer none may send it anywhere, as plotly's "Share chart..." would
        bars = page.locator(".modebar-btn").evaluate_all(
            "all => all.map(one => [one.dataset.title, getComputedStyle(one.firstChild).backgroundColor])"
        )
        assert {title for title, _ in bars} <= BUTTONS[lang], path
        assert {behind for _, behind in bars} <= {"rgba(0, 0, 0, 0)"}, path


@PHONE
def test_on_a_phone_nothing_is_wider_than_the_screen(tab: Watched) -> None:
    for path in PATHS:
        page = tab.open(f"{path}{'&' if '?' in path else '?'}lang=id")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, path
        parts = page.locator(".k-header > *:visible").evaluate_all(
            "all => all.map(one => one.getBoundingClientRect()).map(r => [r.left, r.right])"
        )
        assert all(left[1] <= right[0] + 1 for left, right in pairwise(parts)), f"{path}: the header overlaps: {parts}"
        charts = page.locator(".scroll-x:has(.dash-graph)").evaluate_all("all => all.map(one => one.scrollWidth - one.clientWidth)")
        assert not any(charts), f"{path}: a chart is wider than the screen"


@PHONE
def test_on_a_phone_the_menu_opens_and_closes_behind_the_burger(tab: Watched) -> None:
    page = tab.open("/?lang=en")
    link = page.get_by_role("link", name="Sources", exact=True)
    expect(link).not_to_be_in_viewport()
    page.get_by_label("Menu").click()
    expect(link).to_be_in_viewport()
    link.click()
    expect(page.locator("h1")).to_have_text("Sources")
    expect(link).not_to_be_in_viewport()


def test_the_language_is_switched_kept_and_put_into_the_address(tab: Watched) -> None:
    page = tab.open("/trends?lang=id&topic=dengue")
    expect(page.locator("h1")).to_have_text("Tren")
    page.locator(".k-header").get_by_text("EN", exact=True).click()
    expect(page.locator("h1")).to_have_text("Trends")
    page.wait_for_url(lambda url: "lang=en" in url and "topic=dengue" in url)
    tab.open("/signals")
    expect(page.locator("h1")).to_have_text("Signals")


def test_the_theme_is_switched_without_loading_and_kept(tab: Watched) -> None:
    _theme(tab, "light")
    page = tab.open("/trends?lang=en")
    page.evaluate("window.notLoadedAgain = true")
    page.get_by_label("Dark or light").click()
    expect(page.locator("html")).to_have_attribute("data-mantine-color-scheme", "dark")
    expect(page.locator("#trends-posts .xtick text").first).to_have_css("fill", "rgb(154, 165, 174)")
    assert page.evaluate("window.notLoadedAgain")
    tab.open("/posts")
    expect(page.locator("html")).to_have_attribute("data-mantine-color-scheme", "dark")


@pytest.mark.quick
def test_the_address_follows_the_controls_and_a_shared_link_restores_them(tab: Watched) -> None:
    page = tab.open("/trends?lang=en")
    page.locator("#page").get_by_text("Week", exact=True).click()
    page.wait_for_url("**/trends?lang=en&unit=week")
    page.get_by_role("combobox", name="Topics").or_(page.get_by_label("Topics")).first.click()
    page.get_by_role("option", name="Measles").click()
    page.wait_for_url("**/trends?lang=en&topic=measles&unit=week")
    shared = page.url.removeprefix(tab.base)
    tab.open("/")
    tab.open(shared)
    expect(page.locator(".mantine-MultiSelect-pill")).to_have_text(["Measles"])
    expect(page.locator("input[type=radio][value=week]")).to_be_checked()
    assert page.url.removeprefix(tab.base) == shared


def test_back_undoes_a_control_and_then_leaves_the_page(tab: Watched) -> None:
    page = tab.open("/?lang=en")
    page.get_by_role("link", name="Trends", exact=True).click()
    expect(page.locator("h1")).to_have_text("Trends")
    tab.settle()
    page.locator("#page").get_by_text("Month", exact=True).click()
    page.wait_for_url("**unit=month")
    page.go_back()
    expect(page.locator("input[type=radio][value=day]")).to_be_checked()
    tab.settle()
    page.go_back()
    expect(page.locator("h1")).to_have_text("Overview")
    tab.settle()
    page.go_forward()
    expect(page.locator("h1")).to_have_text("Trends")


def test_one_click_on_a_signal_shows_its_series_and_its_posts(tab: Watched) -> None:
    page = tab.open("/signals?lang=en")
    page.locator(".ag-row", has_text="Kota Bogor").first.click()
    page.wait_for_selector("#signal-detail .post")
    page.wait_for_selector("#signal-figure .main-svg")
    page.wait_for_url(re.compile(r"signal=[0-9a-f]{16}"))
    tab.open(page.url.removeprefix(tab.base))
    page.wait_for_selector("#signal-detail .post")


@pytest.mark.quick
def test_search_marks_its_matches_and_hostile_posts_are_text(tab: Watched) -> None:
    page = tab.open("/posts?lang=en")
    page.get_by_label("Search").fill("hyperlink")
    expect(page.locator(".post")).to_have_count(1)
    post = page.locator(".post")
    expect(post.locator("mark")).to_have_text("HYPERLINK")
    expect(post).to_contain_text("<script>window.hacked=1</script>")
    expect(post).to_contain_text(HOSTILE_TITLE)
    assert post.locator("img, script, a").count() == 0
    tab.open("/sources?lang=en")
    expect(page.locator("#sources-list")).to_contain_text(HOSTILE_TITLE)
    page.wait_for_selector("#sources-ledger .main-svg")
    assert page.locator("#page img").count() == 0


def test_posts_are_turned_page_by_page(tab: Watched) -> None:
    page = tab.open("/posts?lang=en")
    first = page.locator(".post .text").first.inner_text()
    page.get_by_role("button", name="2", exact=True).click()
    page.wait_for_url("**page=2")
    expect(page.locator(".post .text").first).not_to_have_text(first)


@pytest.mark.quick
def test_a_query_is_answered_and_can_be_downloaded(tab: Watched) -> None:
    page = tab.open("/sql?lang=en")
    page.locator("#sql-text").fill("SELECT '<img src=x onerror=window.hacked=6>' AS \"a<b>\", 1234567 AS n")
    page.locator("#sql-text").press("Control+Enter")
    expect(page.locator(".ag-cell").first).to_have_text("<img src=x onerror=window.hacked=6>")
    page.wait_for_url("**query=SELECT**")
    with page.expect_download() as download:
        page.locator("#sql-csv").click()
    assert download.value.suggested_filename == "kentongan-query.csv"


def test_the_keyboard_can_skip_to_the_content(tab: Watched) -> None:
    page = tab.open("/?lang=en")
    page.keyboard.press("Tab")
    focused = page.evaluate("document.activeElement.className")
    assert focused == "skip"
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == "#main"


def test_months_in_charts_are_indonesian(tab: Watched) -> None:
    page = tab.open("/trends?lang=id&span=all")
    page.wait_for_selector("#trends-posts .xtick text")
    ticks = " ".join(page.locator("#trends-posts .xtick text").all_text_contents())
    assert re.search(r"Des|Okt|Nov|Jan", ticks)
    assert not re.search(r"Dec|Oct|Nop", ticks)


@pytest.mark.parametrize("tab", [390], indirect=True)
def test_on_a_phone_posts_come_before_the_finer_choices_unless_one_was_made(tab: Watched) -> None:
    page = tab.open("/posts?lang=en")
    expect(page.get_by_label("Sentiment").first).to_be_hidden()
    page.get_by_text("More choices").click()
    expect(page.get_by_label("Sentiment").first).to_be_visible()
    page = tab.open("/posts?lang=en&intent=question")
    expect(page.get_by_label("What it is for").first).to_have_value("Question")
    expect(page.get_by_label("What it is for").first).to_be_visible()
