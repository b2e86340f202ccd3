"""What compiled passes leave out holds nothing: each label is the one that a full reading of every text gives."""

from __future__ import annotations

import random
import time
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.text import numbers as reading
from analytics.text.numbers import Number, numbers
from analytics.text.places import Gazetteer
from analytics.text.redact import redact, redact_all
from analytics.text.topics import TopicIndex

IDENTITIES = (
    "jl Jl. jalan RT rt. 03 / rw 5 no 12 08 1234 5678 9012 0812-3456-7890 @budi budi@x.id (at) [ AT dot DOT . , - ( ) [phone] gg. kp artis "
    "seperti "
    "alamat rumah di 8rt 62812345678 komplek 4a NIK 3201014506990001 wa.me/6281234567890 \u017f \u212a İ ı ２ ٣ ＠ \u200b \u20e3 😷 _"
).split(" ")
AMOUNTS = (
    "dua tujuh satu belas puluh 5 12 1.500 1.500.000 3,5 kasus orang % persen °c tahun usia umur rp Rp. trombosit dosis ke-2 suhu 38,5 "
    "ribu rb juta - – sampai to old -old \u212a İ ı \u017f harı kaſus jiwa ٣ ９ 1/2 10:30 + : , . / dbd korban anak derajat x 20 Kg g mg "
    "duarp Σ _"
).split(" ")
PLACES = (
    "di kota Kab. kabupaten Bandung BARAT batu Malang pati DIY Yogyakarta # #infobandung #JabarJuara , . \n _ \u212a İ \u212b Ç "
    "Côte d'Ivoire Türkiye São Tomé Príncipe @x http://a/b Http://a/B jalan ke dari dan [x] [abc] 2 \u0301"
).split(" ")
TERMS = (
    "nyamuk2 bangettt #DemamBerdarah #cegahstunting rs dbd-nya demam panggung berdarah kaki gajah kakigajah anak kejang vaksin imunisasi "
    "Σ İ ß ﷺ ② x\u0301 1000 anak2nya @x http://a/b [x] . \n _ ٣ 漢字 batuk tidak campak " + "a" * 40
).split(" ")


def texts_of(pieces: list[str]) -> st.SearchStrategy[list[str]]:
    some = st.lists(st.sampled_from(pieces) | st.text(max_size=4), max_size=14)
    return st.lists(st.one_of(some.map(" ".join), some.map("".join), some.map(" ".join).map(str.upper)), max_size=4)


@cache
def gazetteer() -> Gazetteer:
    return Gazetteer()


@cache
def topics() -> TopicIndex:
    return TopicIndex()


def read_through(text: str) -> list[Number]:
    """Both patterns looked for at every letter."""
    text = text.lower()
    before = list(reading._BEFORE.finditer(text))
    taken = [match.span("value") for match in before]
    found = [(match.start("value"), reading._named_before(match)) for match in before]
    for match in reading._AFTER.finditer(text):
        start, end = match.span("value")
        if not any(start < last and first < end for first, last in taken):
            found.append((start, list(reading._named_after(match, text))))
    return [number for _, some in sorted(found, key=lambda one: one[0]) for number in some]


@settings(max_examples=300, deadline=None)
@given(texts_of(IDENTITIES))
def test_a_batch_is_redacted_as_each_text_alone(texts: list[str]) -> None:
    assert redact_all(texts) == [redact(text) for text in texts]


@settings(max_examples=300, deadline=None)
@given(texts_of(AMOUNTS))
def test_numbers_are_those_of_a_full_reading(texts: list[str]) -> None:
    assert numbers(texts) == [read_through(text) for text in texts]


@settings(max_examples=200, deadline=None)
@given(texts_of(PLACES))
def test_places_are_those_of_a_full_reading(texts: list[str]) -> None:
    assert gazetteer().find(texts) == [gazetteer()._find(gazetteer()._text(text)) for text in texts]


@settings(max_examples=200, deadline=None)
@given(texts_of(TERMS), st.lists(st.sampled_from(["id", "en", "jv", "su", "und", None]), min_size=4, max_size=4))
def test_topics_are_those_of_a_full_reading(texts: list[str], langs: list[str | None]) -> None:
    langs = langs[: len(texts)]
    assert topics().match(texts, langs) == [topics()._match(text, lang) for text, lang in zip(texts, langs, strict=True)]


def test_topics_stay_the_same_when_words_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analytics.text.term_scan._MOST_WORDS", 5)
    draw, index = random.Random(4), TopicIndex()
    texts = [" ".join(draw.choices(TERMS, k=9)) for _ in range(60)]
    assert [index.match([text])[0] for text in texts] == topics().match(texts)


@pytest.mark.parametrize("text", ["5 harı", "5 kaſus", "3 KİLO", "dua harı"])
def test_letters_that_only_look_like_a_unit_in_capitals_stop_nothing(text: str) -> None:
    assert numbers([text, "5 hari"])[1] == [(5.0, "day", "")]


def test_time_grows_with_how_many_numbers_a_post_gives_and_no_faster() -> None:
    def seconds(count: int) -> float:
        """Of the best of five readings of as many letters, with more or fewer numbers in one post."""
        texts, times = ["rp 5 kg " * count] * (2_400 // count), []
        for _ in range(5):
            began = time.process_time()
            numbers(texts)
            times.append(time.process_time() - began)
        return min(times)

    numbers(["5 kg"])  # compiled
    assert seconds(2_400) < 3 * seconds(100)
