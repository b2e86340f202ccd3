"""What the pages and the report read, over a world published by the real path (see sample_catalog.py)."""

from __future__ import annotations

import os
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sample_catalog import FIRST, GAP, JAKARTA, LAST, LEVELS, NOW, PARENTS, POSTS, Sample, enriched, on, published, row

from warehouse import publish, write
from warehouse.errors import NothingPublished, OutdatedCopy
from warehouse.queries import Catalog, Selection
from warehouse.settings import DataFolder, Settings
from warehouse.store import Warehouse

ALL_DAYS = Selection(first=FIRST, last=LAST)
YESTERDAY = LAST - timedelta(days=1)


# ---- the published copy


def test_before_anything_is_published_the_page_can_say_so(tmp_path: Path) -> None:
    catalog = Catalog(DataFolder(tmp_path))
    assert not catalog.published()
    with pytest.raises(NothingPublished, match="nothing has been published yet; start the worker"):
        catalog.freshness(NOW)


def test_a_new_copy_is_seen_at_once_and_the_old_one_is_let_go(tmp_path: Path) -> None:
    folder = published(DataFolder(tmp_path / "data"))
    catalog = Catalog(folder)
    assert catalog.counts(on(LAST))["posts"].sum() == 6
    with Warehouse.open(folder, Settings()) as wh:
        for number in range(2):
            late = Sample("feed", f"late{number}", NOW, f"kabar baru {number}", ("dbd",), (), "id", "neutral", "other")
            write.commit(wh, source="feed", query="q", enriched=enriched([late]), deletions=[], checkpoint=None, now=NOW)
            publish.publish(wh, NOW + timedelta(seconds=20 * number))
            assert catalog.counts(on(LAST))["posts"].sum() == 7 + number
            assert catalog.published_at() == NOW + timedelta(seconds=20 * number)
    assert _open_copies(folder) == 1
    catalog.close()
    assert _open_copies(folder) == 0


def _open_copies(folder: DataFolder) -> int:
    numbers = Path("/proc/self/fd").iterdir()
    return sum(str(folder.catalog) in os.readlink(number) for number in numbers if number.is_symlink())


def test_threads_read_whole_copies_while_the_worker_publishes(tmp_path: Path) -> None:
    folder = published(DataFolder(tmp_path / "data"))
    catalog, done = Catalog(folder), threading.Event()

    def read() -> int:
        turns = 0
        while not done.is_set() or turns == 0:
            by_source = catalog.counts(ALL_DAYS, by="source")["posts"].sum()
            assert by_source >= 151
            assert catalog.posts(ALL_DAYS, limit=5).rows["text"].notna().all()
            turns += 1
        return turns

    with ThreadPoolExecutor(3) as pool:
        reading = [pool.submit(read) for _ in range(3)]
        with Warehouse.open(folder, Settings()) as wh:
            for number in range(2):
                late = Sample("feed", f"late{number}", NOW, f"kabar {number}", ("dbd",), (), "id", "neutral", "other")
                write.commit(wh, source="feed", query="q", enriched=enriched([late]), deletions=[], checkpoint=None, now=NOW)
                publish.publish(wh, NOW + timedelta(seconds=number))
        done.set()
        assert all(turns.result() for turns in reading)
    assert _open_copies(folder) == 1
    catalog.close()


def test_a_copy_of_an_older_program_is_refused_with_what_to_do(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "older")
    with Warehouse.open(folder.create(), Settings()) as wh:
        publish.publish(wh, NOW)
    with duckdb.connect(str(folder.catalog)) as con:
        con.execute("UPDATE meta SET value = '0010_second_looks' WHERE key = 'schema_version'")
    catalog = Catalog(folder)
    with pytest.raises(OutdatedCopy, match="published by an older Kentongan; start the worker of this one"):
        catalog.today()
    catalog.close()


def test_reading_cannot_write(catalog: Catalog) -> None:
    with pytest.raises(Exception, match="read-only"):
        catalog.frame("INSERT INTO topics (topic) VALUES ('x')")


def test_a_value_is_never_taken_for_sql(catalog: Catalog) -> None:
    hostile = "x' OR 1=1 --"
    chosen = Selection(topics=(hostile,), places=(hostile,), languages=(hostile,), sources=(hostile,), first=FIRST, last=LAST)
    assert catalog.counts(chosen)["posts"].sum() == 0
    assert len(catalog.posts(chosen, text=hostile, sentiment=hostile, intent=hostile).rows) == 0
    assert catalog.post(hostile, hostile) is None
    assert catalog.signal(hostile) is None


# ---- what there is


def test_freshness_tells_the_time_and_the_trouble(catalog: Catalog) -> None:
    fresh = catalog.freshness(NOW + timedelta(minutes=1))
    assert (fresh.published_at, fresh.last_post_at) == (NOW, datetime(2026, 3, 10, 9, 2, tzinfo=JAKARTA).astimezone(UTC))
    assert (fresh.posts_total, fresh.posts_today, fresh.zone) == (len(POSTS), 6, "Asia/Jakarta")
    assert (fresh.sources_ok, fresh.sources_trouble) == (1, 1)


def test_a_copy_of_yesterday_has_no_posts_today_and_silent_sources(catalog: Catalog) -> None:
    fresh = catalog.freshness(NOW + timedelta(days=1))
    assert (fresh.posts_today, fresh.sources_ok, fresh.sources_trouble) == (0, 0, 2)


def test_the_controls_know_what_can_be_chosen(catalog: Catalog) -> None:
    assert list(catalog.topics()["topic"]) == ["dbd", "flu", "polio"]
    assert list(catalog.places("province")["place_code"]) == ["31", "32"]
    assert set(catalog.places()["place_code"]) == set(LEVELS)
    assert catalog.languages().values.tolist() == [["id", 113], ["en", 38]]
    assert catalog.first_day() == FIRST
    assert catalog.sources()[["source", "title", "kind"]].values.tolist() == [
        ["feed", "Kabar <Sehat>", "news"],
        ["toots", "toots", "social"],
    ]


def test_every_published_column_is_explained(catalog: Catalog) -> None:
    described = catalog.describe_tables()
    assert {"posts", "daily_counts", "coverage", "signals", "post_topics"} <= set(described["table_name"])
    assert (described["table_comment"] != "").all()
    assert (described["column_comment"] != "").all(), described[described["column_comment"] == ""]


# ---- counts


def test_a_day_is_counted_once_however_many_topics_and_places_a_post_has(catalog: Catalog) -> None:
    assert row(catalog.counts(on(YESTERDAY))) == {
        "period": pd.Timestamp(YESTERDAY),
        "key": "*",
        "posts": 4,
        "negative": 2,
        "neutral": 1,
        "positive": 1,
        "questions": 1,
        "complaints": 2,
        **dict.fromkeys(("requests", "firsthand", "anger", "fear", "sadness", "joy", "love"), 0),
        "copies": 0,
    }
    assert row(catalog.counts(on(LAST)))["copies"] == 2


def test_by_topic_and_by_place_split_the_day(catalog: Catalog) -> None:
    by_topic = catalog.counts(on(YESTERDAY), by="topic").set_index("key")["posts"].to_dict()
    assert by_topic == {"dbd": 3, "flu": 2}
    assert catalog.counts(on(YESTERDAY), by="place").set_index("key")["posts"].to_dict() == {"31": 3, "32": 1}
    assert catalog.counts(on(YESTERDAY), by="place", level="regency").set_index("key")["posts"].to_dict() == {"31.71": 2}


def test_a_place_inside_a_chosen_place_is_not_counted_twice(catalog: Catalog) -> None:
    assert catalog.counts(on(YESTERDAY, places=("31", "31.71")))["posts"].sum() == 3
    assert catalog.counts(on(YESTERDAY, places=("ID", "31.71", "32")))["posts"].sum() == 3
    assert catalog.counts(on(YESTERDAY, places=("31", "31.71")), by="place").set_index("key")["posts"].to_dict() == {"31": 3, "31.71": 2}


def test_a_chosen_topic_without_posts_is_a_line_of_zeros(catalog: Catalog) -> None:
    frame = catalog.counts(Selection(topics=("polio",), first=YESTERDAY, last=LAST), by="topic")
    assert frame[["key", "posts"]].values.tolist() == [["polio", 0], ["polio", 0]]


def test_days_that_have_not_come_are_not_drawn_as_zeros(catalog: Catalog) -> None:
    frame = catalog.counts(Selection(first=YESTERDAY, last=LAST + timedelta(days=30)))
    assert list(frame["period"].dt.date) == [YESTERDAY, LAST]


@pytest.mark.parametrize(
    ("unit", "week", "expected"),
    [("week", "skdr", date(2026, 3, 8)), ("week", "iso", date(2026, 3, 9)), ("month", "skdr", date(2026, 3, 1)), ("day", "iso", LAST)],
)
def test_a_period_is_named_by_its_first_day(catalog: Catalog, unit: Any, week: Any, expected: date) -> None:
    assert catalog.counts(on(LAST), unit=unit, week=week)["period"].dt.date.tolist() == [expected]


def test_a_sunday_opens_the_epidemiological_week_and_closes_the_iso_week(catalog: Catalog) -> None:
    sunday = date(2026, 3, 8)
    assert catalog.counts(on(sunday), unit="week", week="skdr")["period"].dt.date.tolist() == [sunday]
    assert catalog.counts(on(sunday), unit="week", week="iso")["period"].dt.date.tolist() == [date(2026, 3, 2)]


def test_only_the_largest_keys_are_split(catalog: Catalog) -> None:
    assert set(catalog.counts(ALL_DAYS, by="topic", keys=1)["key"]) == {"dbd"}


def _brute_force(selection: Selection, by: str | None) -> Counter[tuple[date, str]]:
    """Count the sample posts one by one, as the docstring of `counts` says."""
    counted: Counter[tuple[date, str]] = Counter()
    outermost = [place for place in selection.places if not _above(place) & set(selection.places)]
    for post in POSTS:
        if not selection.first <= post.day <= selection.last:
            continue
        if (selection.sources and post.source not in selection.sources) or (selection.languages and post.lang not in selection.languages):
            continue
        topics = [topic for topic in selection.topics if topic in post.topics] if selection.topics else ["*"]
        chosen = selection.places if by == "place" else outermost
        places = [place for place in chosen if place in post.all_places] if selection.places else ["*"]
        if by == "topic" and not selection.topics:
            topics = list(post.topics)
        if by == "place" and not selection.places:
            places = [place for place in post.all_places if LEVELS[place] == "province"]
        for topic in topics:
            for place in places:
                key = {"topic": topic, "place": place, "source": post.source, "lang": post.lang, None: "*"}[by]
                counted[post.day, key] += 1
    return counted


def _above(place: str) -> set[str]:
    parent = PARENTS[place]
    return {parent} | _above(parent) if parent else set()


_days = st.dates(FIRST - timedelta(days=2), LAST)


@settings(max_examples=60, deadline=None)
@given(
    topics=st.sets(st.sampled_from(["dbd", "flu", "polio"])),
    places=st.sets(st.sampled_from(sorted(LEVELS))),
    languages=st.sets(st.sampled_from(["id", "en"])),
    sources=st.sets(st.sampled_from(["feed", "toots"])),
    days=st.tuples(_days, _days),
    by=st.sampled_from([None, "topic", "place", "source", "lang"]),
)
def test_counts_are_what_counting_one_by_one_gives(
    catalog: Catalog,
    topics: set[str],
    places: set[str],
    languages: set[str],
    sources: set[str],
    days: tuple[date, date],
    by: Any,
) -> None:
    chosen = (tuple(topics), tuple(places), tuple(languages), tuple(sources))
    selection = Selection(topics=chosen[0], places=chosen[1], languages=chosen[2], sources=chosen[3], first=min(days), last=max(days))
    frame = catalog.counts(selection, by=by)
    found = {(row.period.date(), row.key): row.posts for row in frame.itertuples() if row.posts}
    assert found == _brute_force(selection, by)


# ---- exposure and changes


def test_a_gap_is_a_gap_and_today_is_not_over(catalog: Catalog) -> None:
    exposure = catalog.exposure(ALL_DAYS).set_index("day")["exposure"]
    assert len(exposure) == ALL_DAYS.days()
    assert exposure[pd.Timestamp(GAP)] == 0.5
    assert exposure[pd.Timestamp(LAST)] == pytest.approx(10 / 24)
    assert exposure.drop([pd.Timestamp(GAP), pd.Timestamp(LAST)]).eq(1.0).all()
    feed = catalog.exposure(Selection(sources=("feed",), first=GAP, last=GAP))
    assert feed["exposure"].tolist() == [0.0]


def test_nothing_is_claimed_of_days_before_collection(catalog: Catalog) -> None:
    before = Selection(first=FIRST - timedelta(days=2), last=FIRST)
    assert catalog.exposure(before)["exposure"].isna().tolist() == [True, True, False]


def test_an_unfinished_day_is_compared_up_to_the_same_time(catalog: Catalog) -> None:
    assert catalog.counted_until(LAST) == time(10, 0)
    changes = catalog.changes(LAST)
    dengue = row(changes, topic="dbd", place_code="*")
    assert (dengue["posts"], dengue["day_before"]) == (5, 2)
    assert (dengue["weekday_mean"], dengue["weekday_days"]) == (2.0, 3), "the Tuesday of the gap is no yardstick"
    assert row(changes, topic="*", place_code="31")["posts"] == 5
    assert set(changes["place_code"]) == {"*", "31"}, "West Java comes at 20:00"


def test_a_finished_day_is_compared_in_full(catalog: Catalog) -> None:
    assert catalog.counted_until(YESTERDAY) is None
    changes = catalog.changes(YESTERDAY)
    assert row(changes, topic="*", place_code="*") == {
        "topic": "*",
        "place_code": "*",
        "posts": 4,
        "day_before": 4,
        "weekday_mean": 4.0,
        "weekday_days": 4,
    }
    assert row(changes, topic="flu", place_code="32")["posts"] == 1


def test_the_day_after_a_gap_has_nothing_to_be_compared_with(catalog: Catalog) -> None:
    after = row(catalog.changes(GAP + timedelta(days=1)), topic="*", place_code="*")
    assert after["posts"] == 4
    assert pd.isna(after["day_before"])


# ---- signals and map


def test_signals_come_with_names_in_the_order_asked_for(catalog: Catalog) -> None:
    newest = catalog.signals(ALL_DAYS)
    assert newest["day"].is_monotonic_decreasing
    first = newest.iloc[0]
    assert (first["topic_id"], first["topic_en"]) == ("Demam berdarah", "Dengue")
    assert catalog.signals(ALL_DAYS, order="strongest")["topic"].tolist()[0] == "flu"
    assert catalog.signals(ALL_DAYS, order="surest")["pvalue"].tolist() == [0.001, 0.01, 0.02]
    assert len(catalog.signals(ALL_DAYS, limit=1)) == 1
    assert len(catalog.signals(Selection(topics=("flu",), first=FIRST, last=LAST))) == 1
    assert len(catalog.signals(Selection(places=("31.71",), first=FIRST, last=LAST))) == 1


def test_one_signal_is_found_by_its_id(catalog: Catalog) -> None:
    identity = catalog.signals(on(LAST, places=("31.71",)))["signal_id"].iloc[0]
    signal = catalog.signal(identity)
    assert signal is not None
    assert (signal["place"], signal["observed"], signal["upper"], signal["day"]) == ("Tempat 31.71", 5.0, 4.5, LAST)
    assert catalog.signal("nothing") is None


def test_signals_are_counted_by_place(catalog: Catalog) -> None:
    by_place = catalog.signals_by_place(ALL_DAYS)
    assert by_place.set_index("place_code")["signals"].to_dict() == {"*": 1, "31": 1, "31.71": 1}
    assert by_place["topics"].tolist() == [["dbd"], ["flu"], ["dbd"]]


def test_the_map_has_every_place_and_its_rate(catalog: Catalog) -> None:
    provinces = catalog.map_counts(on(YESTERDAY))
    assert row(provinces, place_code="31")["posts"] == 3
    assert row(provinces, place_code="31")["per_million"] == 1.5
    assert row(provinces, place_code="31")["signals"] == 1
    west_java = row(provinces, place_code="32")
    assert (west_java["posts"], west_java["signals"]) == (1, 0)
    assert pd.isna(west_java["per_million"]), "its population is unknown"
    regencies = catalog.map_counts(on(YESTERDAY, places=("31",)), level="regency")
    assert regencies[["place_code", "posts"]].values.tolist() == [["31.71", 2], ["31.72", 0]]


# ---- sources


def test_the_ledger_shows_the_gap_hour_by_hour(catalog: Catalog) -> None:
    first = datetime.combine(GAP, time(), JAKARTA).astimezone(UTC)
    ledger = catalog.coverage(first, first + timedelta(hours=23))
    assert len(ledger) == 48
    assert set(ledger[ledger["source"] == "feed"]["status"]) == {"gap"}
    assert set(ledger[ledger["source"] == "toots"]["status"]) == {"covered"}
    assert ledger[ledger["source"] == "toots"]["posts"].sum() == 1
    assert len(catalog.coverage(first, first, source="toots")) == 1


def test_a_source_shows_its_error_and_its_last_fortnight(catalog: Catalog) -> None:
    status = catalog.source_status()
    toots = row(status, source="toots")
    assert toots["last_error"] == "HTTP 403 from https://toots.example"
    assert toots["posts_by_day"] == [1] * 14
    feed = row(status, source="feed")
    assert (feed["last_error"], feed["posts_14d"]) == ("", 41)
    assert feed["posts_by_day"] == [3, 3, 3, 3, 3, 3, 0, 3, 3, 3, 3, 3, 3, 5]
    assert feed["next_run_at"] > feed["last_run_at"]
