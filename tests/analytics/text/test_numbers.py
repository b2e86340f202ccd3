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
