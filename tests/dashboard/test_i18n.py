"""Both languages are complete, and numbers and dates are written as their readers write them."""

from __future__ import annotations

import re
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard import i18n
from dashboard.names import GROUPS

sys.path.insert(0, str(Path(__file__).parents[2] / "tools"))
import catalogue

JAKARTA = ZoneInfo("Asia/Jakarta")


def _messages() -> dict:
    return {message.id: message.string for message in catalogue.translated() if message.id}


def test_every_text_of_the_code_has_an_indonesian_one() -> None:
    known = _messages()
    missing = [message.id for message in catalogue.extracted() if message.id and not catalogue.complete(known.get(message.id, ""))]
    assert missing == [], "run: python tools/catalogue.py, then translate what is empty"


def test_texts_inside_of_f_strings_are_found_too() -> None:
    assert list(catalogue.marked("""f"{_('one')} {n_('{n} post', '{n} posts', 2)}" + _(name)""")) == ["one", ("{n} post", "{n} posts")]


def test_texts_marked_through_the_module_are_found_too() -> None:
    assert list(catalogue.marked("""i18n._("one") + i18n.n_("{n} echo", "{n} echoes", 2) + other.find("two")""")) == [
        "one",
        ("{n} echo", "{n} echoes"),
    ]


def test_no_translation_is_left_of_a_text_that_is_gone() -> None:
    assert set(_messages()) == {message.id for message in catalogue.extracted() if message.id}


def test_the_compiled_catalogue_is_that_of_the_po_file() -> None:
    assert (catalogue.FOLDER / "kentongan.mo").read_bytes() == catalogue.compiled(catalogue.translated())


def test_a_translation_has_the_placeholders_of_its_text() -> None:
    for text, translated in _messages().items():
        assert _placeholders(text) == _placeholders(translated), text


def _placeholders(text: str | tuple[str, ...]) -> set[str]:
    return {name for form in ([text] if isinstance(text, str) else text) for name in re.findall(r"{(\w+)}", form)}


def test_indonesian_has_one_plural_form() -> None:
    assert catalogue.translated().num_plurals == 1
    with i18n.speaking("id", UTC):
        assert i18n.n_("{n} post", "{n} posts", 1) == "1 unggahan"
        assert i18n.n_("{n} post", "{n} posts", 1234) == "1.234 unggahan"


@pytest.mark.parametrize(("language", "written"), [("id", "−1.234,5"), ("en", "−1,234.5")])
def test_numbers_are_written_as_the_language_does(language: str, written: str) -> None:
    with i18n.speaking(language, UTC):
        assert i18n.number(-1234.5, 1) == written


@given(st.floats(-1e12, 1e12), st.integers(0, 3))
def test_numbers_are_those_of_babel(value: float, digits: int) -> None:
    from babel.numbers import format_decimal

    pattern = "#,##0" + ("." + "0" * digits if digits else "")
    with i18n.speaking("id", UTC):
        expected = format_decimal(round(abs(value), digits), pattern, locale="id")
        assert i18n.number(value, digits).lstrip("−") == expected


def test_a_small_negative_number_is_not_a_minus_zero() -> None:
    with i18n.speaking("en", UTC):
        assert i18n.number(-0.001, 1) == "0.0"


def test_what_is_missing_is_a_dash() -> None:
    with i18n.speaking("en", UTC):
        assert i18n.number(None) == i18n.percent(float("nan")) == i18n.compact(None) == "–"


def test_percent_carries_its_sign_when_asked() -> None:
    with i18n.speaking("id", UTC):
        assert (i18n.percent(0.124, signed=True), i18n.percent(-0.5, signed=True), i18n.percent(0.1234, 1)) == ("+12%", "−50%", "12,3%")


def test_indonesian_months_are_spelled_right() -> None:
    names = i18n.plotly_locale("id")["format"]
    assert names["months"][10] == "November"
    assert names["shortMonths"][7] == "Agu"
    assert names["shortMonths"][11] == "Des"
    assert names["days"][0] == "Minggu"


def test_a_moment_is_told_in_the_zone_of_the_instance() -> None:
    at = datetime(2026, 3, 14, 7, 5, tzinfo=UTC)
    with i18n.speaking("id", JAKARTA):
        assert i18n.moment(at) == "14 Mar 2026, 14.05 WIB"
    with i18n.speaking("en", ZoneInfo("Asia/Makassar")):
        assert i18n.moment(at, "short") == "15:05 WITA"
    with i18n.speaking("en", ZoneInfo("Asia/Jayapura")):
        assert i18n.zone_name(at) == "WIT"


def test_days_are_written_as_short_as_they_can_be() -> None:
    with i18n.speaking("en", UTC):
        assert i18n.days(date(2026, 3, 8), date(2026, 3, 14)) == "8–14 Mar 2026"
        assert i18n.days(date(2026, 2, 28), date(2026, 3, 6)) == "28 Feb – 6 Mar 2026"
        assert i18n.days(date(2025, 12, 28), date(2026, 1, 3)) == "28 Dec 2025 – 3 Jan 2026"


@pytest.mark.parametrize(
    ("span", "told"), [(12, "12 s ago"), (90, "1 min ago"), (3600, "1 hour ago"), (3 * 86400, "3 days ago"), (-5, "0 s ago")]
)
def test_ages_use_the_largest_unit(span: int, told: str) -> None:
    with i18n.speaking("en", UTC):
        assert i18n.ago(timedelta(seconds=span)) == told


def test_an_unknown_language_is_english() -> None:
    with i18n.speaking("xx", UTC):
        assert i18n.language() == "en"


def test_text_cannot_turn_the_direction_of_what_follows() -> None:
    assert i18n.upright("abc\u202egnp.exe\u2066") == "abcgnp.exe"


def test_every_group_of_the_shipped_topics_has_a_name() -> None:
    shipped = (catalogue.ROOT / "analytics" / "topics.toml").read_text("utf-8")
    groups = set(re.findall(r'^group = "(\w+)"', shipped, re.MULTILINE))
    assert groups
    assert groups <= set(GROUPS)
