"""Dates of feeds, in the forms that Indonesian publishers write."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.dates import indonesian_date, moment


@pytest.mark.parametrize(
    "text",
    [
        "Minggu, 01 Maret 2026 12:00:00 WIB",
        "01 Maret 2026 14:00 WIT",
        "Min, 1 Mar 2026 13.00 WITA",
        "Sun, 01 Mar 2026 12:00:00 WIB",
        "Sun, 01 Mar 2026 05:00:00",
        "01 Mar 2026 05:00 GMT",
        "Jum'at, 01 Maret 2026 12:00:00 +0700",
        "01 maret 2026, 00:30 -04:30",
    ],
)
def test_indonesian_dates_are_read_in_their_zone(text: str) -> None:
    assert moment(indonesian_date(text)) == datetime(2026, 3, 1, 5, 0, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "kemarin", "31 Februari 2026 10:00 WIB", "01 Foo 2026 10:00", "01 Mar 2026 10:00 EST", "2026-03-01"])
def test_other_forms_are_left_to_others(text: str) -> None:
    assert indonesian_date(text) is None


@given(st.text(max_size=80))
def test_no_text_breaks_the_reader(text: str) -> None:
    moment(indonesian_date(text))


@given(st.datetimes(datetime(1991, 1, 1), datetime(2090, 1, 1)), st.sampled_from([("WIB", 7), ("WITA", 8), ("WIT", 9), ("", 0)]))
def test_a_written_time_comes_back(when: datetime, zone: tuple[str, int]) -> None:
    month = ["Jan", "Feb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agu", "Sep", "Okt", "Nov", "Des"][when.month - 1]
    text = f"{when.day} {month} {when:%Y %H:%M:%S} {zone[0]}".strip()
    local = when.replace(microsecond=0, tzinfo=timezone(timedelta(hours=zone[1])))
    assert moment(indonesian_date(text)) == local


@pytest.mark.parametrize("year", [1, 1970, 1989])
def test_a_year_before_the_web_is_no_date_of_a_post(year: int) -> None:
    assert moment(time.struct_time((year, 1, 1, 0, 0, 0, 0, 1, 0))) is None
