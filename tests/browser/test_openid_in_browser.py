"""Somebody logs in with the provider in Chromium, and out of both: the pages' rules for scripts and forms must not stand in the way."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect
from provider import person, provider
from published_folder import NOW
from served import serving
from walking import moved, told

from warehouse.settings import DataFolder, OpenId
from warehouse.state import State
from warehouse.state.accounts import NO_PASSWORD

pytestmark = pytest.mark.browser
SITI = "siti@dinkes.example"


@pytest.fixture
def page(browser: Browser, office: DataFolder, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Page]:
    """The log-in page of a dashboard whose provider knows Siti."""
    monkeypatch.setenv("KENTONGAN_OPENID_SECRET", "between us")
    folder = moved(office, tmp_path_factory.mktemp("openid") / "data")
    State(folder).add_user(SITI, NO_PASSWORD, "officer", NOW)
    with provider() as issuer:
        person(issuer, "siti", email=SITI, email_verified=True)
        table = OpenId(issuer=issuer, client_id="kentongan", name="Akun Dinkes")
        with serving(folder, told().model_copy(update={"openid": table})) as address:
            context = browser.new_context(locale="en-GB")
            context.set_default_timeout(20_000)
            opened = context.new_page()
            opened.goto(f"{address}/login?lang=en&next=/settings")
            yield opened
            context.close()


def test_somebody_logs_in_with_the_provider_and_out_of_both(page: Page) -> None:
    here = urlsplit(page.url).netloc
    page.get_by_role("link", name="Log in with Akun Dinkes").click()
    page.get_by_role("textbox").first.fill("siti")
    page.get_by_role("button").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Settings")
    expect(page.locator("#page")).to_contain_text("You log in with a provider and have no password here.")
    page.get_by_role("button", name="Log out").click()
    page.wait_for_url("**/oauth2/end_session?*")
    assert urlsplit(page.url).netloc != here
    page.get_by_role("button").first.click()
    expect(page.get_by_role("link", name="Log in with Akun Dinkes")).to_be_visible()
    assert urlsplit(page.url).netloc == here
