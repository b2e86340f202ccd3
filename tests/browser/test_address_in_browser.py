"""The address of a page, in a real browser: whatever it looks like, the page is made once and keeps what has been typed. The first page
comes with the frame around it, every later one is asked for."""

from __future__ import annotations

import json
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Request, expect
from watching import Watched

pytestmark = pytest.mark.browser


def _pages_made(tab: Watched) -> list[str]:
    """The queries for which the browser asks the server to make a page, from now on; "first " before that of the frame with its page."""
    made: list[str] = []

    def listen(asked: Request) -> None:
        if asked.url.endswith("/_dash-layout"):
            made.append("first " + urlsplit(asked.headers["referer"]).query)
        elif asked.method == "POST" and "page.children" in (asked.post_data or ""):
            made.append(json.loads(asked.post_data or "{}")["inputs"][0]["value"]["search"])

    tab.page.on("request", listen)
    return made


@pytest.mark.parametrize("query", ["", "lang=en", "q=fever&lang=en", "lang=en&unknown=1", "lang=en&lang=id&page=nonsense"])
def test_a_page_is_made_once_however_its_address_is_written(tab: Watched, query: str) -> None:
    made = _pages_made(tab)
    page = tab.open(f"/posts?{query}" if query else "/posts")
    expect(page.locator("#posts-list")).not_to_be_empty()
    page.wait_for_url(lambda url: "?lang=" in url and "unknown" not in url and "nonsense" not in url)
    tab.settle()
    assert made == ["first " + query]


def test_a_later_page_is_made_once_too(tab: Watched) -> None:
    page = tab.open("/?lang=en")
    made = _pages_made(tab)
    page.get_by_role("navigation").get_by_role("link", name="Posts").click()
    expect(page.locator("#posts-list")).not_to_be_empty()
    tab.settle()
    assert made == ["?lang=en"]


def test_a_browser_that_does_not_say_where_it_comes_from_gets_its_first_page_all_the_same(tab: Watched) -> None:
    tab.page.route("**/_dash-layout", lambda route: route.continue_(headers=_without_referrer(route.request)))
    page = tab.open("/posts?lang=en&q=hyperlink")
    expect(page.locator(".post")).to_have_count(1)


def _without_referrer(asked: Request) -> dict[str, str]:
    return {name: value for name, value in asked.headers.items() if name != "referer"}


def test_an_address_put_in_order_is_no_step_for_back(tab: Watched) -> None:
    page = tab.open("/?lang=en")
    page.goto(tab.base + "/posts?q=fever&lang=en")
    page.wait_for_url("**/posts?lang=en&q=fever")
    page.go_back()
    expect(page.locator("h1")).to_have_text("Overview")


def test_on_a_slow_machine_the_page_keeps_what_was_typed_before_it_was_ready(tab: Watched) -> None:
    made = _pages_made(tab)
    page = tab.page
    with tab.slowed(4):
        page.goto(tab.base + "/posts?lang=en")
        page.get_by_label("Search").fill("hyperlink")
        expect(page.locator(".post")).to_have_count(1)
        page.wait_for_url("**/posts?lang=en&q=hyperlink")
        tab.settle()
    expect(page.get_by_label("Search")).to_have_value("hyperlink")
    assert made == ["first lang=en"]
