"""An analyst's day: two topics compared and annotated, a label corrected, posts and an answer in SQL taken home, a topic sharpened."""

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect
from walking import Walk, Way

from warehouse.state import State

pytestmark = pytest.mark.browser

WORDS = {
    "Dengue": "Demam berdarah",
    "Measles": "Campak",
    "Posts over time": "Unggahan dari waktu ke waktu",
    "Notes on the chart": "Catatan pada grafik",
    "Add a note": "Tambah catatan",
    "Note": "Catatan",
    "Put it on the chart": "Pasang pada grafik",
    "The note is on the chart.": "Catatan sudah terpasang pada grafik.",
    "Search": "Cari",
    "Why these labels?": "Mengapa label ini?",
    "Emotion": "Emosi",
    "Correct this label": "Koreksi label ini",
    "What it should be": "Seharusnya",
    "Fear": "Takut",
    "Correct": "Koreksi",
    "Noted, for the next training.": "Dicatat, untuk pelatihan berikutnya.",
    "Close": "Tutup",
    "Licence": "Lisensi",
    "One SELECT, in the SQL of DuckDB": "Satu SELECT, dalam SQL DuckDB",
    "Run the query": "Jalankan kueri",
    "Answer": "Jawaban",
    "1 row": "1 baris",
    "It would have found": "Dalam 7 hari terakhir akan ditemukan",
    "Newly found": "Baru ditemukan",
    "Terms, Indonesian": "Istilah, bahasa Indonesia",
    "Note for the history": "Catatan untuk riwayat",
    "Save": "Simpan",
    "Saved as version": "Disimpan sebagai versi",
    "Versions": "Versi",
}
NOTE = "Fogging in Bogor began =1+1"
QUERY = "SELECT '=1+1' AS formula, count(*) AS posts FROM posts"


@pytest.mark.parametrize("walk", [Way("id", "dark"), Way("en", "light")], indirect=True, ids=str)
def test_an_analyst_compares_annotates_corrects_exports_asks_and_edits(walk: Walk) -> None:
    walk.log_in("budi")
    compares_two_topics_and_annotates(walk)
    corrects_a_label(walk)
    takes_the_posts_home(walk)
    asks_in_sql_and_takes_the_answer_home(walk)
    sharpens_a_topic(walk)
    walk.log_out()


def compares_two_topics_and_annotates(walk: Walk) -> None:
    walk.go("Trends")
    walk.choose("Topics", "Dengue")
    walk.choose("Topics", "Measles")
    walk.page.keyboard.press("Escape")
    chart = walk.panel("Posts over time").locator(".js-plotly-plot")
    expect(chart).to_contain_text(walk.say("Dengue"))
    expect(chart).to_contain_text(walk.say("Measles"))
    notes = walk.panel("Notes on the chart")
    notes.get_by_text(walk.say("Add a note"), exact=True).click()
    walk.fill(walk.field("Note", notes), NOTE)
    walk.press(walk.button("Put it on the chart", notes))
    expect(notes).to_contain_text(walk.say("The note is on the chart."))
    expect(notes.get_by_role("row").filter(has_text=NOTE)).to_contain_text("budi")


def corrects_a_label(walk: Walk) -> None:
    walk.go("Posts")
    walk.fill(walk.field("Search"), "trombosit")
    expect(walk.page.locator("article, .post").first.locator("mark")).to_have_text("trombosit")
    walk.press(walk.button("Why these labels?").first)
    window = walk.page.get_by_role("dialog", name=walk.say("Why these labels?"))
    emotion = section(window, walk.say("Emotion"))
    emotion.get_by_text(walk.say("Correct this label"), exact=True).click()
    walk.choose("What it should be", "Fear", emotion)
    walk.press(walk.button("Correct", emotion))
    expect(window).to_contain_text(walk.say("Noted, for the next training."))
    walk.press(walk.button("Close", window.locator("header, [role=group]")))
    expect(window).to_have_count(0)
    expect(walk.page.locator(".badge.corrected")).to_contain_text(walk.say("Fear"))


def section(window: Locator, heading: str) -> Locator:
    return window.locator("section").filter(has=window.page.get_by_role("heading", name=heading, exact=True))


def takes_the_posts_home(walk: Walk) -> None:
    with zipfile.ZipFile(downloaded(walk, walk.button("CSV", walk.panel("Posts")))) as archive:
        rows = table(archive.read("kentongan-posts.csv"))
        notes = archive.read("README.txt").decode()
    assert len(rows) > 10
    assert all("trombosit" in row["text"].lower() for row in rows)
    assert not {"author_key", "url", "native_id"} & set(rows[0])
    assert walk.say("Licence") in notes


def asks_in_sql_and_takes_the_answer_home(walk: Walk) -> None:
    walk.go("SQL")
    walk.fill(walk.field("One SELECT, in the SQL of DuckDB"), QUERY)
    walk.press(walk.button("Run the query"))
    answer = walk.panel("Answer")
    expect(answer).to_contain_text(walk.say("1 row"))
    posts = answer.get_by_role("gridcell").nth(1).inner_text()
    rows = table(downloaded(walk, walk.button("CSV", answer)).read_bytes())
    assert rows == [{"formula": "'=1+1", "posts": posts}]


def sharpens_a_topic(walk: Walk) -> None:
    walk.go("Topics")
    walk.fill(walk.field("Search"), "measles")
    walk.row(walk.page.get_by_role("grid"), "measles")
    expect(walk.page.get_by_text(walk.say("It would have found"))).to_be_visible()
    terms = walk.field("Terms, Indonesian")
    walk.fill(terms, terms.input_value() + "\nposyandu")
    walk.page.locator("label").filter(has_text=walk.say("Newly found")).click()
    expect(walk.page.locator("#topic-posts mark").first).to_have_text("posyandu")
    walk.fill(walk.field("Note for the history"), "posyandu too")
    walk.press(walk.button("Save"))
    expect(walk.page.get_by_role("status").filter(has_text=walk.say("Saved as version"))).to_be_visible()
    expect(walk.panel("Versions").get_by_role("row").filter(has_text="posyandu too")).to_contain_text("budi")
    done = [entry.what for entry in State(walk.folder).audit_log() if entry.who == "budi"]
    assert {"add note", "correct label", "export posts"} <= set(done)


def downloaded(walk: Walk, button: Locator) -> Path:
    with walk.page.expect_download() as coming:
        walk.press(button)
    return Path(coming.value.path())


def table(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
