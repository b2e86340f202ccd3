"""The address holds the state of every control, and nothing that it holds can break a page."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.pages import PAGES
from dashboard.pages.posts import FIELDS
from dashboard.pages.trends import FIELDS as TRENDS
from dashboard.urlstate import Choice, Codes, Days, Whole, parse, search, span_days

CODES = st.lists(st.from_regex(r"[a-z0-9_.-]{1,20}", fullmatch=True), max_size=6, unique=True)
DAYS = st.tuples(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.dates(date(2000, 1, 1), date(2100, 1, 1)))


@given(topics=CODES, places=CODES, text=st.text(max_size=50), days=DAYS, page=st.integers(1, 500))
def test_a_shared_link_restores_every_control(topics: list[str], places: list[str], text: str, days: tuple[date, date], page: int) -> None:
    custom = [day.isoformat() for day in sorted(days)]
    values = {"topic": topics, "place": places, "language": [], "source": [], "span": "custom", "days": custom}
    values |= {
        "q": text.encode("utf-8", "replace").decode(),
        "sentiment": "negative",
        "intent": "request",
        "emotion": "fear",
        "hand": "first",
        "claim": "0123456789abcdef",
        "post": "news:17",
        "page": page,
    }
    assert parse(FIELDS, search(FIELDS, values, "id")) == values


@given(st.text(max_size=300))
def test_no_address_breaks_a_page(query: str) -> None:
    for page in PAGES:
        assert set(parse(page.fields, "?" + query)) == {field.key for field in page.fields}


@pytest.mark.parametrize(
    ("raw", "key", "value"),
    [
        ("unit=fortnight", "unit", "day"),
        ("topic=dengue,<script>,a b,measles", "topic", ["dengue", "measles"]),
        ("topic=" + ",".join(f"t{number}" for number in range(99)), "topic", [f"t{number}" for number in range(50)]),
        ("days=2026-02-30..2026-03-01", "days", []),
        ("days=2026-03-02..2026-03-01", "days", []),
        ("span=custom&span=7d", "span", "custom"),
    ],
)
def test_nonsense_in_the_address_falls_back(raw: str, key: str, value: Any) -> None:
    assert parse(TRENDS, raw)[key] == value


def test_defaults_stay_out_of_the_address() -> None:
    assert search(TRENDS, parse(TRENDS, ""), "en") == "?lang=en"


def test_two_days_are_only_written_when_they_are_meant() -> None:
    fields = (Choice("span", "90d", ("90d", "custom")), Days("days"))
    days = ["2026-01-01", "2026-01-31"]
    assert search(fields, {"span": "90d", "days": days}, "id") == "?lang=id"
    assert search(fields, {"span": "custom", "days": days}, "id") == "?lang=id&span=custom&days=2026-01-01..2026-01-31"


def test_whole_numbers_stay_within_their_ends() -> None:
    field = Whole("page", 1, 1, 500)
    assert [field.read(raw) for raw in ("2", "501", "-1", "٣", "1e3", "")] == [2, 1, 1, 1, 1, 1]


def test_codes_are_listed_once() -> None:
    assert Codes("topic").read("a,b,a") == ["a", "b"]


@pytest.mark.parametrize(
    ("span", "custom", "days"),
    [
        ("7d", [], (date(2026, 3, 8), date(2026, 3, 14))),
        ("2y", [], (date(2025, 6, 1), date(2026, 3, 14))),
        ("all", [], (date(2025, 6, 1), date(2026, 3, 14))),
        ("custom", ["2026-01-01", "2026-01-05"], (date(2026, 1, 1), date(2026, 1, 5))),
        ("custom", ["2020-01-01", "2030-01-01"], (date(2025, 6, 1), date(2026, 3, 14))),
        ("custom", [], (date(2025, 6, 1), date(2026, 3, 14))),
    ],
)
def test_a_span_stays_within_the_days_that_there_are(span: str, custom: list[str], days: tuple[date, date]) -> None:
    assert span_days(span, custom, date(2025, 6, 1), date(2026, 3, 14)) == days
