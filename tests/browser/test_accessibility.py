"""axe-core finds nothing on any page: light, dark and on a phone, with what a person opens there opened."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from importlib.resources import files
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, expect
from published_folder import settings
from served import followed, serving
from watching import Watched

pytestmark = pytest.mark.browser

#: WCAG 2.2 AA, all that came before it, and what axe's authors hold to be good practice.
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
#: Every pane of every chart would be looked at for its contrast, which axe cannot tell in drawings: it looks at the rest.
LOOK = """async tags => (await axe.run({exclude: [".js-plotly-plot"]}, {runOnly: {type: "tag", values: tags}, resultTypes: ["violations"]}))
    .violations.flatMap(found => found.nodes.map(node => [found.id, node.target.join(" "), node.html.slice(0, 160),
        [...node.any, ...node.all, ...node.none].map(check => check.message).join("; ")].join(" | ")))"""


@cache
def axe() -> str:
    return files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")


@pytest.fixture(scope="module")
def looker(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """One tab for all pages; the page's own rules for scripts are off in it, else axe could not be put in."""
    with serving(followed(tmp_path_factory.mktemp("looked")), settings()) as base:
        context = browser.new_context(viewport={"width": 1440, "height": 900}, bypass_csp=True, reduced_motion="reduce")
        context.set_default_timeout(20_000)
        yield Watched(context.new_page(), base, context)
        context.close()


def _unfold(page: Page) -> None:
    """Open all that is folded."""
    page.evaluate("document.querySelectorAll('#page details:not([open]) > summary').forEach(one => one.click())")


def _signal(page: Page) -> None:
    page.locator(".ag-row", has_text="Kota Bogor").first.click()
    page.wait_for_selector("#signal-figure .main-svg")
    expect(page.locator("#review-box")).to_be_visible()


def _episode(page: Page) -> None:
    page.locator(".ag-row", has_text="Kota Bogor").first.click()
    expect(page.locator("#review-box")).to_be_visible()


def _why(page: Page) -> None:
    page.locator("button.why").first.click()
    expect(page.locator(".why-label")).to_have_count(7)
    page.get_by_role("dialog").locator("details > summary").first.click()


def _topic(page: Page) -> None:
    page.wait_for_selector("#topic-posts .post")


def _query(page: Page) -> None:
    page.locator("#sql-run").click()
    page.wait_for_selector(".ag-cell")


def _account(page: Page) -> None:
    page.locator("#account-login").fill("wati")
    page.get_by_role("button", name="Buat akun").or_(page.get_by_role("button", name="Make the account")).click()
    page.wait_for_selector("code.password")
    page.locator("#accounts-grid .ag-row").first.click()


def _nothing(page: Page) -> None:
    pass


PAGES: dict[str, Callable[[Page], None]] = {
    "/?": _unfold,
    "/trends?topic=dengue": _unfold,
    "/map?": _unfold,
    "/signals?": _signal,
    "/verification?": _episode,
    "/posts?q=trombosit": _why,
    "/topics?topic=dengue": _topic,
    "/sources?": _unfold,
    "/sql?query=SELECT lang, count(*) AS posts FROM posts GROUP BY lang": _query,
    "/people?": _account,
    "/settings?": _unfold,
}


def found(page: Page) -> str:
    """What axe finds, a line each, once all that was asked for is there."""
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    expect(page.locator("[data-dash-is-loading=true], .mantine-Skeleton-root")).to_have_count(0)
    return "\n".join(page.evaluate(LOOK, TAGS))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_on_the_log_in_page(looker: Watched, theme: Literal["light", "dark"]) -> None:
    page = looker.page
    page.emulate_media(color_scheme=theme)
    page.goto(looker.base + "/login")
    page.evaluate(axe())
    assert not (there := found(page)), there
    page.emulate_media(color_scheme="null")


@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing_light_dark_and_on_a_phone(looker: Watched, path: str) -> None:
    page = looker.page
    page.set_viewport_size({"width": 1440, "height": 900})
    looker.context.add_cookies([{"name": "kentongan_theme", "value": "light", "url": looker.base}])
    looker.open(f"{path}&lang={'id' if len(path) % 2 else 'en'}")
    page.evaluate(axe())
    PAGES[path](page)
    assert not (light := found(page)), light
    page.evaluate("document.querySelector('#theme').click()")
    expect(page.locator("html")).to_have_attribute("data-mantine-color-scheme", "dark")
    assert not (dark := found(page)), dark
    page.set_viewport_size({"width": 390, "height": 844})
    assert not (phone := found(page)), phone
