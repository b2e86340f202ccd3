"""Numbers in posts, as an officer wants them: value, unit, and what is counted."""

from __future__ import annotations

import csv

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.evaluation.numbers import SET
from analytics.text.normalise import READ_AT_MOST
from analytics.text.numbers import Number, numbers


def written(found: list[Number]) -> str:
    """As the labelled set writes them."""
    return ";".join(" ".join(filter(None, (f"{value:.12g}", unit, what))) for value, unit, what in found)


LINES = [row for row in csv.DictReader(SET.read_text("utf-8").splitlines()) if row["part"] == "tune"]


@pytest.mark.parametrize("row", LINES, ids=lambda row: row["text"])
def test_every_line_that_the_rules_were_written_for_is_read(row: dict[str, str]) -> None:
    assert written(numbers([row["text"]])[0]) == row["numbers"]


@given(st.integers(0, 999_999), st.sampled_from([("kasus", "case"), ("orang", "person"), ("hari", "day"), ("cases", "case")]))
def test_thousands_are_read_as_both_languages_write_them(count: int, unit: tuple[str, str]) -> None:
    word, name = unit
    for text in (f"{count:,}".replace(",", "."), f"{count:,}", str(count)):
        ((value, told, _),) = numbers([f"ada {text} {word}."])[0]
        assert (value, told) == (count, name)


@given(st.floats(30, 45).map(lambda value: round(value, 1)))
def test_decimals_are_read_as_both_languages_write_them(degrees: float) -> None:
    for text in (f"{degrees:.1f}", f"{degrees:.1f}".replace(".", ",")):
        assert numbers([f"demam {text} derajat"])[0] == [(degrees, "celsius", "")]


@given(st.text())
def test_no_text_is_too_odd(text: str) -> None:
    for value, unit, what in numbers([text])[0]:
        assert value >= 0
        assert unit
        assert what == what.lower()


@given(st.lists(st.sampled_from(["3 anak sakit", "tanggal 3", "", "47 kasus DBD"])))
def test_a_text_is_read_the_same_whatever_its_neighbours(texts: list[str]) -> None:
    assert numbers(texts) == [numbers([text])[0] for text in texts]


@pytest.mark.parametrize(
    "text", ["covid-19", "0812-3456-7890", "12/05/2024", "RT 3 RW 5", "skor 3-1", "pukul 10.30", "NIK 3205123456789012"]
)
def test_a_number_without_a_unit_is_not_told(text: str) -> None:
    assert numbers([text]) == [[]]


def test_what_stands_far_down_a_huge_text_is_not_read() -> None:
    assert numbers(["a " * READ_AT_MOST + "3 anak"]) == [[]]


_DIGITS = "nol satu dua tiga empat lima enam tujuh delapan sembilan".split()
_ENGLISH = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
).split()
_TIES = "twenty thirty forty fifty sixty seventy eighty ninety".split()


def in_indonesian(count: int) -> str:
    """A number from 1 to 999,999,999 in words."""
    for size, word in ((1_000_000, "juta"), (1_000, "ribu"), (100, "ratus")):
        if count >= size:
            head = f"se{word}" if count // size == 1 and size < 1_000_000 else f"{in_indonesian(count // size)} {word}"
            return f"{head} {in_indonesian(count % size)}".strip()
    if count >= 20:
        return f"{_DIGITS[count // 10]} puluh {in_indonesian(count % 10)}".strip()
    if count >= 10:
        return {10: "sepuluh", 11: "sebelas"}.get(count, f"{_DIGITS[count % 10]} belas")
    return _DIGITS[count] if count else ""


def in_english(count: int) -> str:
    """The same from 1 to 999."""
    if count >= 100:
        return f"{_ENGLISH[count // 100]} hundred{' and ' + in_english(count % 100) if count % 100 else ''}"
    if count >= 20:
        return f"{_TIES[count // 10 - 2]}{'-' + _ENGLISH[count % 10] if count % 10 else ''}"
    return _ENGLISH[count]


@given(st.integers(1, 999_999_999))
def test_number_words_are_read_whole(count: int) -> None:
    assert numbers([f"ada {in_indonesian(count)} warga"]) == [[(count, "person", "")]]


@given(st.integers(1, 999))
def test_english_number_words_are_read_whole(count: int) -> None:
    assert numbers([f"there were {in_english(count)} cases"]) == [[(count, "case", "")]]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("demam 39,5 dari semalem", [(39.5, "celsius", "")]),
        ("panasnya sampai 40", [(40, "celsius", "")]),
        ("demam 3 hari", [(3, "day", "")]),
        ("demam usia 37", []),
        ("demam 37 orang", [(37, "person", "")]),
        ("demam tinggi 38-39 derajat", [(38, "celsius", ""), (39, "celsius", "")]),
        ("8.72 an hour", []),
        ("fever of 102F", [(102, "fahrenheit", "")]),
        ("102°F", [(102, "fahrenheit", "")]),
        ("5f", []),
        ("sekitar 1500-an warga", [(1500, "person", "")]),
        ("satu dua orang", [(2, "person", "")]),
    ],
)
def test_fevers_scales_and_rough_counts_are_read(text: str, told: list[Number]) -> None:
    assert numbers([text]) == [told]


@given(st.integers(1900, 2099), st.sampled_from(["tahun", "sejak", "Januari", "in", "thn"]))
def test_a_year_counts_nothing(year: int, before: str) -> None:
    assert numbers([f"{before} {year} kasus naik"]) == [[]]


def test_malay_units_are_read() -> None:
    assert numbers(["200 kes denggi, naik 30 peratus"]) == [[(200, "case", "denggi"), (30, "percent", "")]]
