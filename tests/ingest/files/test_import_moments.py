"""Times as people and programs write them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.files.moments import Ambiguous, Clock, order_of
from warehouse.errors import InputError

JAKARTA = ZoneInfo("Asia/Jakarta")
MOMENT = datetime(2026, 1, 31, 6, 45, tzinfo=UTC)  # 13:45 in Jakarta


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-31T06:45:00Z", "2026-01-31T13:45:00+07:00", "2026-01-31 13:45", "2026-01-31 13:45:00.0", "2026-01-31 13:45:00 +0700",
        "31/01/2026 13.45", "31/01/2026, 13:45", "31-01-2026 13:45:00", "31.01.2026 13.45", "31/1/26 1:45 PM", "1/31/26, 1:45\u202fPM",
        "2026/01/31 1:45 pm", "31 Januari 2026 13.45", "Sabtu, 31 Januari 2026 pukul 13.45 WIB", "31 Jan 2026 14:45 WITA",
        "31-Jan-2026 01:45PM", "31/01/26 13.45.00", "31 Januari 2026 13.45.00",
        "January 31, 2026 1:45 PM", "Sat Jan 31 06:45:00 +0000 2026", "Sat, 31 Jan 2026 06:45:00 GMT", "2026-01-31 01:45:00 EST",
        "31 Jan 2026 06:45 UTC", "31 Jan 2026 13:45 GMT+7", "1769841900", "1769841900000", "1769841900000000", 1769841900, 1769841900.0,
        46053.572916666664, "46053.572916666664", datetime(2026, 1, 31, 13, 45), datetime(2026, 1, 31, 6, 45, tzinfo=UTC),
    ],
)  # fmt: skip
def test_a_time_is_read_in_any_of_its_spellings(text: object) -> None:
    assert Clock(JAKARTA).read(text) == MOMENT


@pytest.mark.parametrize("text", ["31 Desember 2025", "2025-12-31", "31/12/2025", "20251231", date(2025, 12, 31)])
def test_a_day_without_a_time_begins_at_midnight_of_the_zone(text: object) -> None:
    assert Clock(JAKARTA).read(text) == datetime(2025, 12, 31, tzinfo=JAKARTA)


@pytest.mark.parametrize(
    ("text", "month"), [("5 Mei 2026", 5), ("5 Agt 2026", 8), ("5 Ags 2026", 8), ("5 Nopember 2026", 11), ("5 Peb 2026", 2)]
)
def test_indonesian_months_are_known(text: str, month: int) -> None:
    assert Clock(UTC).read(text) == datetime(2026, month, 5, tzinfo=UTC)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text", ["", "kemarin", "99/99/2026", "2026-02-30", "13:45", "2026", "inf", "nan", "1e400", True, "9" * 500, "0", -5, None]
)
def test_what_is_no_time_is_called_so(text: object) -> None:
    with pytest.raises(ValueError, match="not a date"):
        Clock(JAKARTA).read(text)


def test_day_and_month_that_cannot_be_told_apart_are_not_guessed() -> None:
    with pytest.raises(Ambiguous):
        Clock(JAKARTA).read("01/02/2026")
    assert Clock(JAKARTA, "d/m/y").read("01/02/2026") == datetime(2026, 2, 1, tzinfo=JAKARTA)
    assert Clock(JAKARTA, "m/d/y").read("01/02/2026") == datetime(2026, 1, 2, tzinfo=JAKARTA)
    assert Clock(JAKARTA, "%m %d %y").read("01 02 26") == datetime(2026, 1, 2, tzinfo=JAKARTA)


def test_one_clear_date_decides_the_order_for_the_whole_column() -> None:
    assert order_of(["01/02/2026", "03/02/2026", "25/02/2026"], "x") == "d/m/y"
    assert order_of(["01/02/2026", "2/25/2026"], "x") == "m/d/y"
    assert order_of(["2026-01-02", "05/05/2026"], "x") is None
    with pytest.raises(InputError, match=r"^posts\.csv: '01/02/2026' may be"):
        order_of(["01/02/2026", "02/02/2026"], "posts.csv")


@given(st.datetimes(datetime(1995, 1, 1), datetime(2090, 1, 1)), st.integers(-12, 14))
def test_iso_times_of_any_zone_come_back(moment: datetime, hours: int) -> None:
    aware = moment.replace(tzinfo=timezone(timedelta(hours=hours)))
    assert Clock(JAKARTA).read(aware.isoformat()) == aware


@given(st.datetimes(datetime(2000, 1, 1), datetime(2090, 1, 1)).map(lambda moment: moment.replace(second=0, microsecond=0)))
def test_indonesian_times_come_back(moment: datetime) -> None:
    assert Clock(JAKARTA, "d/m/y").read(f"{moment:%d/%m/%Y %H.%M}") == moment.replace(tzinfo=JAKARTA)


@given(st.text(max_size=60))
def test_any_text_is_a_time_or_a_value_error(text: str) -> None:
    try:
        assert Clock(JAKARTA).read(text).utcoffset() == timedelta(0)
    except ValueError:
        pass
