"""A surveillance officer's morning: from the brief to a verified signal, by mouse in Indonesian and by keyboard alone in English."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from walking import SENTENCES, Walk, Way

pytestmark = pytest.mark.browser

WORDS = {
    "In short": "Ringkasnya",
    "Open signals by place, 7 days": "Sinyal terbuka per tempat, 7 hari",
    "Dengue": "Demam berdarah",
    "First-hand reports": "Cerita tangan pertama",
    "Why": "Mengapa",
    "Start to verify": "Mulai verifikasi",
    "siti looks after it.": "Ditangani siti.",
    "Being verified": "Sedang diverifikasi",
    "Note": "Catatan",
    "Add the note": "Tambah catatan",
    "Mark as verified": "Nyatakan terverifikasi",
    "Verified": "Terverifikasi",
    "Signals to verify": "Sinyal untuk diverifikasi",
    "How good the signals were": "Seberapa baik sinyalnya",
    "As a table": "Sebagai tabel",
    "of the week are decided.": "dari minggu ini sudah diputuskan.",
}
BOGOR = "Kota Bogor"
NOTE = "Dinkes Bogor called: 12 patients <b>since Tuesday</b>"


@pytest.mark.parametrize("walk", [Way("id", "light"), Way("en", "dark", keyboard=True)], indirect=True, ids=str)
def test_an_officer_takes_over_a_signal_verifies_it_and_finds_it_in_the_figures(walk: Walk) -> None:
    walk.log_in("siti")
    opens_the_open_signal_of_bogor(walk)
    reads_why_there_is_one(walk)
    verifies_it(walk)
    walk.worker_publishes()
    finds_it_in_the_figures(walk)
    looks_at_the_map(walk)
    finds_it_decided_on_the_overview(walk)
    walk.log_out()
    walk.page.goto(walk.tab.base + "/signals")
    expect(walk.button("Log in")).to_be_visible()


def opens_the_open_signal_of_bogor(walk: Walk) -> None:
    expect(walk.page.get_by_role("region", name=walk.say("In short"), exact=True)).to_contain_text(walk.say("Dengue"))
    walk.press(walk.panel("Open signals by place, 7 days").get_by_role("link", name=BOGOR, exact=True))
    walk.arrive("Signals")
    walk.row(walk.page.get_by_role("grid"), BOGOR)


def reads_why_there_is_one(walk: Walk) -> None:
    why = walk.panel("Why")
    expect(why).to_contain_text(SENTENCES[0 if walk.way.lang == "id" else 1])
    expect(why).to_contain_text(walk.say("First-hand reports"))


def verifies_it(walk: Walk) -> None:
    life = walk.panel("Verification")
    walk.press(walk.button("Start to verify", life))
    expect(life).to_contain_text(walk.say("siti looks after it."))
    expect(life).to_contain_text(walk.say("Being verified"))
    walk.fill(walk.field("Note", life), NOTE)
    walk.press(walk.button("Add the note", life))
    expect(life.get_by_role("cell", name=NOTE, exact=True)).to_be_visible()
    walk.press(walk.button("Mark as verified", life))
    expect(life.locator(".badge")).to_have_text(walk.say("Verified"))


def finds_it_in_the_figures(walk: Walk) -> None:
    walk.go("Verification")
    mine = walk.panel("Signals to verify").get_by_role("row").filter(has_text=BOGOR)
    expect(mine).to_contain_text(walk.say("Verified"))
    expect(mine).to_contain_text("siti")
    figures = walk.panel("How good the signals were").get_by_role("row").filter(has_text=walk.say("Dengue"))
    expect(figures.get_by_role("cell")).to_contain_text([walk.say("Dengue"), "EARS-C2", "3", "1", "0", "100%"])


def looks_at_the_map(walk: Walk) -> None:
    walk.go("Map")
    expect(walk.page.locator("#map-bubbles .main-svg").first).to_be_visible()
    expect(walk.panel("As a table").get_by_role("row").filter(has_text="Jawa Barat").first).to_be_visible()


def finds_it_decided_on_the_overview(walk: Walk) -> None:
    walk.go("Overview")
    listed = walk.panel("Open signals by place, 7 days")
    expect(listed).to_contain_text(walk.say("of the week are decided."))
    expect(listed.get_by_role("link", name=BOGOR, exact=True)).to_have_count(0)
