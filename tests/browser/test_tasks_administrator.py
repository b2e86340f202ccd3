"""An administrator's chores: a person is let in, sources are looked after, a role is taken back, and each of it stands in the log."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect
from walking import Walk, Way
from watching import Watched

pytestmark = pytest.mark.browser

WORDS = {
    "New account": "Akun baru",
    "Accounts": "Akun",
    "Role": "Peran",
    "Analyst": "Analis",
    "Viewer": "Pemirsa",
    "Make the account": "Buat akun",
    "wati may log in.": "wati sudah boleh masuk.",
    "Audit log": "Catatan audit",
    "Made an account": "Membuat akun",
    "Changed a role": "Mengubah peran",
    "Ended sessions": "Mengakhiri sesi",
    "Run Berita kesehatan now": "Jalankan Berita kesehatan sekarang",
    "Switch Berita kesehatan off": "Matikan Berita kesehatan",
    "Switch Berita kesehatan on": "Nyalakan Berita kesehatan",
    "Asked to collect Berita kesehatan.": "Pengumpulan Berita kesehatan sudah diminta.",
    "Berita kesehatan is switched off.": "Berita kesehatan dimatikan.",
    "Berita kesehatan is switched on.": "Berita kesehatan dinyalakan.",
    "waiting for the worker": "menunggu pekerja",
    "Settings in force": "Pengaturan yang berlaku",
    "Address to listen on": "Alamat tempat dasbor mendengarkan",
    "Your account": "Akun Anda",
    "Password now": "Kata sandi sekarang",
    "New password": "Kata sandi baru",
    "New password again": "Ulangi kata sandi baru",
    "Change the password": "Ganti kata sandi",
    "Somebody else made your password.": "Kata sandi Anda dibuatkan orang lain.",
    "The password is changed": "Kata sandi sudah diganti",
    "Give this role": "Beri peran ini",
    "wati has the new role and has to log in again.": "wati mendapat peran baru dan harus masuk lagi.",
    "End all sessions": "Akhiri semua sesi",
    "1 session was ended.": "1 sesi diakhiri.",
    "it needs the role administrator": "perlu peran administrator",
    "it needs the role analyst": "diperlukan peran analis",
    "Run the query": "Jalankan kueri",
    "Only analysts may ask here": "Hanya analis yang boleh bertanya di sini",
}
NEW = "gunung-biru-tinggi-4"


@pytest.fixture
def second(browser: Browser, walk: Walk) -> Iterator[Walk]:
    """Another browser at the same dashboard."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, color_scheme="dark" if walk.way.theme == "dark" else "light")
    context.set_default_timeout(20_000)
    watched = Watched(context.new_page(), walk.tab.base, context)
    with watched.watching():
        yield Walk(watched, walk.folder, walk.way, walk.words)
    context.close()
    # a session that was ended answers with 401 until the log-in page is there
    assert [one for one in watched.trouble if "401" not in one] == []


@pytest.mark.parametrize("walk", [Way("id", "light"), Way("en", "dark")], indirect=True, ids=str)
def test_an_administrator_lets_somebody_in_looks_after_sources_and_takes_a_role_back(walk: Walk, second: Walk) -> None:
    walk.log_in("agus")
    password = makes_an_account(walk)
    takes_a_password_of_her_own(second, password)
    looks_after_sources(walk)
    sees_the_settings(walk)
    gives_another_role(walk)
    is_refused_what_is_not_hers(second)
    ends_her_session(walk)
    second.page.reload()
    expect(second.button("Log in")).to_be_visible()
    reads_the_log(walk)
    walk.log_out()


def makes_an_account(walk: Walk) -> str:
    walk.go("People")
    form = walk.panel("New account")
    walk.fill(walk.field("Login", form), "wati")
    walk.choose("Role", "Analyst", form)
    walk.press(walk.button("Make the account", form))
    told = walk.page.get_by_role("status").filter(has_text=walk.say("wati may log in."))
    expect(told).to_be_visible()
    return told.locator("code").inner_text()


def takes_a_password_of_her_own(walk: Walk, password: str) -> None:
    walk.log_in("wati", password)
    walk.arrive("Settings")
    own = walk.panel("Your account")
    expect(own).to_contain_text(walk.say("Somebody else made your password."))
    walk.fill(walk.field("Password now", own), password)
    walk.fill(walk.field("New password", own), NEW)
    walk.fill(walk.field("New password again", own), NEW)
    walk.press(walk.button("Change the password", own))
    expect(own).to_contain_text(walk.say("The password is changed"))
    expect(own).not_to_contain_text(walk.say("Somebody else made your password."))


def looks_after_sources(walk: Walk) -> None:
    walk.go("Sources")
    told = walk.page.get_by_role("status").first
    walk.press(walk.button("Switch Berita kesehatan off"))
    expect(told).to_have_text(walk.say("Berita kesehatan is switched off."))
    expect(walk.button("Run Berita kesehatan now")).to_have_count(0)
    walk.press(walk.button("Switch Berita kesehatan on"))
    expect(told).to_have_text(walk.say("Berita kesehatan is switched on."))
    walk.press(walk.button("Run Berita kesehatan now"))
    expect(told).to_contain_text(walk.say("Asked to collect Berita kesehatan."))
    expect(walk.page.get_by_text(walk.say("waiting for the worker"))).to_be_visible()


def sees_the_settings(walk: Walk) -> None:
    walk.go("Settings")
    own = walk.panel("Your account")
    expect(own).to_contain_text("agus")
    force = walk.panel("Settings in force")
    force.get_by_text("[web]").click()
    expect(force.get_by_role("row").filter(has_text="host").first).to_contain_text(walk.say("Address to listen on"))


def gives_another_role(walk: Walk) -> None:
    walk.go("People")
    accounts = walk.panel("Accounts")
    walk.row(accounts.get_by_role("grid"), "wati")
    walk.choose("Role", "Viewer", accounts)
    walk.press(walk.button("Give this role", accounts))
    expect(walk.page.get_by_role("status").filter(has_text=walk.say("wati has the new role and has to log in again."))).to_be_visible()


def is_refused_what_is_not_hers(walk: Walk) -> None:
    walk.page.reload()
    expect(walk.button("Log in")).to_be_visible()
    walk.log_in("wati", NEW)
    expect(walk.link("People")).to_have_count(0)
    walk.tab.open("/people")
    expect(walk.page.locator("#page")).to_contain_text(walk.say("it needs the role administrator"))
    walk.go("SQL")
    expect(walk.button("Run the query")).to_be_disabled()
    expect(walk.page.get_by_text(walk.say("Only analysts may ask here"))).to_be_visible()
    walk.tab.open("/sql?query=SELECT%201")
    expect(walk.page.locator("#notice")).to_contain_text(walk.say("it needs the role analyst"))
    walk.go("Posts")
    expect(walk.button("CSV")).to_have_count(0)


def ends_her_session(walk: Walk) -> None:
    walk.go("Overview")
    walk.go("People")
    accounts = walk.panel("Accounts")
    walk.row(accounts.get_by_role("grid"), "wati")
    walk.press(walk.button("End all sessions", accounts))
    expect(walk.page.get_by_role("status").filter(has_text=walk.say("1 session was ended."))).to_be_visible()


def reads_the_log(walk: Walk) -> None:
    log = walk.panel("Audit log")
    for deed, about in (
        ("Made an account", "wati as analyst"),
        ("Changed a role", "wati: analyst → viewer"),
        ("Ended sessions", "wati: 1"),
    ):
        expect(log.get_by_role("row").filter(has_text=walk.say(deed)).filter(has_text=about)).to_contain_text("agus")
