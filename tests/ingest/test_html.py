"""HTML to plain text, from polite markup to what is meant to break a parser."""

from __future__ import annotations

import resource
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.html import LONGEST, tidy, to_text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>Anak saya demam.</p><p>Sudah 3 hari</p>", "Anak saya demam.\nSudah 3 hari"),
        ("demam<br>batuk<br/>pilek", "demam\nbatuk\npilek"),
        ("<ul><li>demam</li><li>batuk</ul>akhir", "demam\nbatuk\nakhir"),
        ("<table><tr><td>Jakarta</td><td>12</td></tr><tr><td>Bandung</td><td>7</td></tr></table>", "Jakarta 12\nBandung 7"),
        ("satu <b>dua</b><i> tiga</i>", "satu dua tiga"),
        ("<p>a  b\n   c</p>", "a b c"),
        ("<pre>a\n  b</pre>", "a\nb"),
        ("Demam &amp; batuk &lt;b&gt; &eacute; &#x1F912; &nbsp;x", "Demam & batuk <b> é 🤒 x"),
        ("x<script>alert('1')</script><style>p{}</style><!-- <p>no</p> -->y", "xy"),
        ("<title>judul</title><p>isi<noscript>aktifkan</noscript>", "isi"),
        ('<img src="x" alt="foto">Halo<img class="wp-smiley" alt="🙂">', "Halo🙂"),
        ('<a href="https://x.id"><span class="invisible">https://</span><span>x.id</span></a>', "https://x.id"),
        ("suhu 38 < 40 > 37", "suhu 38 < 40 > 37"),
        ("tanpa markup\r\nbaris  dua", "tanpa markup\nbaris dua"),
        ("belum selesai <a href='", "belum selesai"),
        ("nul\x00l \x1b[31mmerah", "null [31mmerah"),
        ("<p>\ud83e tunggal</p>", "tunggal"),
        ("", ""),
        ("<p></p><br>", ""),
    ],
)
def test_a_reader_finds_the_words_and_lines_that_a_browser_shows(html: str, text: str) -> None:
    assert to_text(html) == text


@given(st.text(max_size=300))
def test_any_text_becomes_tidy_text(html: str) -> None:
    text = to_text(html)
    assert text == tidy(text)
    assert "\x00" not in text


PARTS = "<p>|</p>|<b x>|</b>|<table>|<td>|</table>|<svg>|<!--|-->|a|<br>|&lt;|<script>|</script>".split("|")


@given(st.lists(st.sampled_from(PARTS), max_size=60))
def test_any_jumble_of_tags_leaves_no_tag_behind(parts: list[str]) -> None:
    text = to_text("".join(parts)).replace("<", "", sum(part == "&lt;" for part in parts))
    assert "<p>" not in text
    assert "<script" not in text


BOMBS = {
    "formatting opened again in every paragraph": "<p>" + "".join(f"<b a{n}>" for n in range(3000)) + "<p>x" * 15_000,
    "the same in upper case and with slashes": "<p>" + "".join(f"<B/a{n}>" for n in range(3000)) + "<p>x" * 15_000,
    "deep nesting": "<div>" * 20_000 + "teks",
    "deep nesting behind false ends": "<div></x>" * 11_000 + "teks",
    "deep lists": "<ul><li>" * 12_000 + "teks",
    "ends without beginnings": "<z>" * 17_000 + "</y>" * 12_000,
    "a tag with 15,000 attributes": "<a " + " ".join(f"b{n}" for n in range(15_000)) + ">teks",
    "text thrown out of tables": "<table>" + "<div>x" * 16_000,
    "angle brackets": "<" * 100_000,
    "open tags without end": "<a " * 33_000,
    "open comments": "<!--" * 25_000,
    "options": "<select>" + "<option>" * 12_000,
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_page_made_to_exhaust_us_costs_little(name: str) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.process_time()
    to_text(BOMBS[name])
    assert time.process_time() - start < 3, "seconds of processor time"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 150_000, "kB of memory"


def test_words_survive_where_nesting_is_beyond_belief() -> None:
    assert to_text("<div>" * 5_000 + "demam</div> berdarah") == "demam\nberdarah"


def test_what_is_too_long_is_cut() -> None:
    assert len(to_text("demam " * 100_000)) <= LONGEST
