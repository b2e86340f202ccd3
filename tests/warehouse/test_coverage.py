"""The ledger of honest collection."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from warehouse_samples import NOW, TODAY, commit, post

from warehouse import coverage
from warehouse.database import rows
from warehouse.records import Checkpoint
from warehouse.settings import DataFolder, Settings
from warehouse.spans import merge, subtract
from warehouse.store import Warehouse

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def seen(
    wh: Warehouse, start: datetime, end: datetime, *, query: str = "q", source: str = "feed", now: datetime = NOW, **more: Any
) -> None:
    coverage.record(wh.con, source, query, Checkpoint({}, start, end, **more), now)


def ledger(wh: Warehouse, query: str = "q") -> list[tuple]:
    """(hour of the day in UTC, status, seconds) of a query, in order."""
    found = rows(wh.con, "SELECT hour, status, seconds FROM coverage WHERE query = $q ORDER BY hour", {"q": query})
    return [(row["hour"].hour, row["status"], row["seconds"]) for row in found]


def exposure(wh: Warehouse, first: date, last: date, source: str = "feed", **more: Any) -> list[float]:
    table = coverage.daily_exposure(wh.con, first, last, **more)
    return [round(row["exposure"], 4) for row in table.to_pylist() if row["source"] == source]


def test_a_span_is_spread_over_the_hours_that_it_touches(wh: Warehouse) -> None:
    seen(wh, NOW - 2 * HOUR - 30 * MINUTE, NOW - 15 * MINUTE)
    assert ledger(wh) == [(9, "partly", 1800), (10, "covered", 3600), (11, "partly", 2700)]


def test_repeated_and_overlapping_runs_are_not_counted_twice(wh: Warehouse) -> None:
    for _ in range(3):
        seen(wh, NOW - 60 * MINUTE, NOW - 30 * MINUTE)
    seen(wh, NOW - 40 * MINUTE, NOW - 20 * MINUTE)
    assert ledger(wh) == [(11, "partly", 2400)]
    seen(wh, NOW - 20 * MINUTE, NOW)
    assert ledger(wh) == [(11, "covered", 3600)]


def test_a_backfill_heals_an_older_hole(wh: Warehouse) -> None:
    seen(wh, NOW - 3 * HOUR, NOW - 2 * HOUR)
    seen(wh, NOW - HOUR, NOW)
    coverage.fill_gaps(wh.con, NOW, ["feed"])
    assert ledger(wh) == [(9, "covered", 3600), (10, "gap", 0), (11, "covered", 3600)]
    seen(wh, NOW - 2 * HOUR, NOW - HOUR)
    assert ledger(wh) == [(9, "covered", 3600), (10, "covered", 3600), (11, "covered", 3600)]


def test_the_hour_that_is_still_going_on_is_at_most_partly_covered(wh: Warehouse) -> None:
    now = NOW + 20 * MINUTE
    seen(wh, NOW, now, now=now)
    assert ledger(wh) == [(12, "partly", 1200)]


def test_nobody_has_seen_the_future(wh: Warehouse) -> None:
    seen(wh, NOW - HOUR, NOW + 5 * HOUR)
    assert ledger(wh) == [(11, "covered", 3600)]
    seen(wh, NOW + HOUR, NOW + 2 * HOUR)
    assert len(ledger(wh)) == 1


def test_a_stretch_that_is_not_complete_counts_no_second(wh: Warehouse) -> None:
    seen(wh, NOW - 2 * HOUR, NOW, complete=False, note="feed was cut short")
    assert ledger(wh) == [(10, "partly", 0), (11, "partly", 0)]
    assert rows(wh.con, "SELECT DISTINCT error FROM coverage") == [{"error": "feed was cut short"}]
    seen(wh, NOW - HOUR, NOW)
    assert ledger(wh) == [(10, "partly", 0), (11, "covered", 3600)]
    assert rows(wh.con, "SELECT error FROM coverage ORDER BY hour")[1] == {"error": None}


def test_a_checkpoint_without_a_span_says_nothing_of_coverage(wh: Warehouse) -> None:
    commit(wh, post("1"), checkpoint=Checkpoint({"file": "x"}))
    assert ledger(wh) == []


def test_a_failure_is_red_until_something_is_seen(wh: Warehouse) -> None:
    coverage.record_failure(wh.con, "feed", "q", NOW - 90 * MINUTE, "HTTP 503", "failed")
    coverage.record_failure(wh.con, "feed", "q", NOW - 30 * MINUTE, "HTTP 403", "refused")
    assert ledger(wh) == [(10, "failed", 0), (11, "failed", 0)]
    assert [row["error"] for row in rows(wh.con, "SELECT error FROM coverage ORDER BY hour")] == ["HTTP 503", "refused: HTTP 403"]
    seen(wh, NOW - 90 * MINUTE, NOW)
    assert ledger(wh) == [(10, "partly", 1800), (11, "covered", 3600)]


def test_a_failure_does_not_undo_what_was_seen(wh: Warehouse) -> None:
    seen(wh, NOW - 30 * MINUTE, NOW - 10 * MINUTE)
    coverage.record_failure(wh.con, "feed", "q", NOW - 5 * MINUTE, "timeout")
    assert ledger(wh) == [(11, "partly", 1200)]
    seen(wh, NOW - HOUR, NOW)
    coverage.record_failure(wh.con, "feed", "q", NOW - MINUTE, "timeout")
    assert ledger(wh) == [(11, "covered", 3600)]


def test_hours_without_a_run_become_gaps_once(wh: Warehouse) -> None:
    seen(wh, NOW - 4 * HOUR, NOW - 3 * HOUR)
    later = NOW + 10 * MINUTE
    assert coverage.fill_gaps(wh.con, later, ["feed", "never-run"]) == 3
    assert coverage.fill_gaps(wh.con, later, ["feed"]) == 0
    assert ledger(wh) == [(8, "covered", 3600), (9, "gap", 0), (10, "gap", 0), (11, "gap", 0)]


def test_a_source_that_is_off_has_no_gaps(wh: Warehouse) -> None:
    seen(wh, NOW - 4 * HOUR, NOW - 3 * HOUR)
    assert coverage.fill_gaps(wh.con, NOW, []) == 0


def test_a_query_that_was_taken_out_has_no_gaps_when_queries_are_named(wh: Warehouse) -> None:
    seen(wh, NOW - 4 * HOUR, NOW - 3 * HOUR, query="old")
    seen(wh, NOW - 2 * HOUR, NOW - HOUR, query="new")
    assert coverage.fill_gaps(wh.con, NOW, {"feed": ["new"]}) == 1
    assert [hour for hour, *_ in ledger(wh, "old")] == [8]


def test_posts_and_requests_stand_in_the_hour(wh: Warehouse) -> None:
    first = Checkpoint({}, NOW - 2 * HOUR, NOW, requests=3)
    commit(wh, post("1", created_at=NOW - 90 * MINUTE), post("2", "b"), checkpoint=first)
    commit(wh, post("3", "c", created_at=NOW - 91 * MINUTE), checkpoint=Checkpoint({}, NOW - 2 * HOUR, NOW, requests=1))
    commit(wh, post("3", "c", created_at=NOW - 91 * MINUTE))
    assert rows(wh.con, "SELECT posts, requests FROM coverage ORDER BY hour") == [{"posts": 2, "requests": 0}, {"posts": 1, "requests": 4}]


def test_posts_that_came_before_their_span_are_counted_with_it(wh: Warehouse) -> None:
    commit(wh, post("1", created_at=NOW - 90 * MINUTE), checkpoint=Checkpoint({"done": False}))
    commit(wh, post("2", "b"), checkpoint=Checkpoint({"done": True}, NOW - 90 * MINUTE, NOW))
    assert [row["posts"] for row in rows(wh.con, "SELECT posts FROM coverage ORDER BY hour")] == [1, 1]


def test_exposure_is_the_share_of_the_local_day(wh: Warehouse) -> None:
    midnight = datetime(2026, 5, 1, 17, tzinfo=UTC)  # 2 May begins in Jakarta
    seen(wh, midnight, midnight + 12 * HOUR)
    assert exposure(wh, date(2026, 5, 1), TODAY) == [0, 0.5, 0]


def test_exposure_is_the_mean_over_queries_that_were_there(wh: Warehouse) -> None:
    midnight = datetime(2026, 4, 30, 17, tzinfo=UTC)
    seen(wh, midnight, midnight + 48 * HOUR, query="a")
    seen(wh, midnight + 24 * HOUR, midnight + 36 * HOUR, query="b")
    assert exposure(wh, date(2026, 5, 1), date(2026, 5, 2)) == [1, 0.75]


def test_exposure_of_today_can_be_measured_over_its_elapsed_part(wh: Warehouse) -> None:
    midnight = datetime(2026, 5, 2, 17, tzinfo=UTC)
    now = midnight + 6 * HOUR
    seen(wh, midnight, now - 3 * HOUR, now=now)
    assert exposure(wh, TODAY, TODAY) == [0.125]
    assert exposure(wh, TODAY, TODAY, now=now) == [0.5]
    assert exposure(wh, TODAY + timedelta(days=1), TODAY + timedelta(days=1), now=now) == [0]


def test_a_day_on_which_the_clock_changes_is_measured_by_its_own_length(folder: DataFolder) -> None:
    with Warehouse.open(folder, Settings(general={"zone": "Europe/Amsterdam"})) as wh:
        midnight = datetime(2026, 3, 28, 23, tzinfo=UTC)  # 29 March 2026 has 23 hours
        seen(wh, midnight, midnight + 23 * HOUR)
        assert exposure(wh, date(2026, 3, 29), date(2026, 3, 30)) == [1, 0]


def test_a_span_of_decades_is_entered_once(wh: Warehouse) -> None:
    start = datetime(1996, 1, 1, tzinfo=UTC)
    seen(wh, start, NOW)
    before = rows(wh.con, "SELECT count(*) AS n, sum(seconds) AS s FROM coverage")
    assert before[0]["s"] == (NOW - start).total_seconds()
    wh.con.execute("UPDATE coverage SET updated_at = NULL")
    seen(wh, start, NOW + HOUR, now=NOW + HOUR)
    assert rows(wh.con, "SELECT count(*) AS n FROM coverage WHERE updated_at IS NOT NULL") == [{"n": 1}]


minutes = st.integers(0, 60 * 8)
spans = st.lists(st.tuples(minutes, minutes), max_size=12)


def clock(minute: int) -> datetime:
    return NOW - 8 * HOUR + minute * MINUTE


@given(given_spans=spans)
def test_merged_spans_hold_the_same_minutes_and_never_touch(given_spans: list[tuple[int, int]]) -> None:
    merged = merge((clock(a), clock(b)) for a, b in given_spans)
    held = {m for a, b in given_spans for m in range(a, b)}
    assert {m for m in range(60 * 8) if any(a <= clock(m) < b for a, b in merged)} == held
    assert all(left[1] < right[0] for left, right in pairwise(merged))


@given(span=st.tuples(minutes, minutes), known=spans)
def test_what_is_gained_is_what_was_not_known(span: tuple[int, int], known: list[tuple[int, int]]) -> None:
    gained = subtract((clock(span[0]), clock(span[1])), merge((clock(a), clock(b)) for a, b in known))
    expected = set(range(*span)) - {m for a, b in known for m in range(a, b)}
    assert {m for m in range(60 * 8) if any(a <= clock(m) < b for a, b in gained)} == expected


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    with Warehouse.open(DataFolder(tmp_path_factory.mktemp("ledger")), Settings()) as wh:
        yield wh


@given(given_spans=spans)
@settings(max_examples=25, deadline=None)
def test_seconds_are_the_minutes_seen_whatever_the_order_of_runs(shared: Warehouse, given_spans: list[tuple[int, int]]) -> None:
    shared.con.execute("DELETE FROM coverage; DELETE FROM coverage_spans")
    for a, b in given_spans:
        seen(shared, clock(a), clock(b))
    held = {m for a, b in given_spans for m in range(a, b)}
    found = {row["hour"]: row["seconds"] for row in rows(shared.con, "SELECT hour, seconds FROM coverage")}
    assert {hour: n for hour, n in found.items() if n} == {
        clock(60 * h): 60 * len(held & set(range(60 * h, 60 * h + 60))) for h in range(8) if held & set(range(60 * h, 60 * h + 60))
    }
