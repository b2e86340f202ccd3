"""Posts as the pages list them: newest first, page by page, searched, narrowed, with their hashtags."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sample_catalog import FIRST, LAST, NOW, POSTS, on

from warehouse.queries import Catalog, Selection

ALL_DAYS = Selection(first=FIRST, last=LAST)
YESTERDAY = LAST - timedelta(days=1)
EVERY_SOURCE = ("feed", "toots")
_days = st.dates(FIRST - timedelta(days=2), LAST)


def test_posts_come_newest_first_page_by_page(catalog: Catalog) -> None:
    first, second = catalog.posts(ALL_DAYS, limit=100), catalog.posts(ALL_DAYS, offset=100, limit=100)
    assert (first.total, first.more, len(first.rows), len(second.rows)) == (len(POSTS), False, 100, 51)
    together = pd.concat([first.rows, second.rows])
    assert together["created_at"].is_monotonic_decreasing
    assert len(set(zip(together["source"], together["native_id"], strict=True))) == len(POSTS)
    assert str(together["created_at"].dt.tz) == "UTC"


def test_a_page_is_never_longer_than_two_hundred(catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("warehouse.queries.posts.PAGE", 10)
    assert len(catalog.posts(ALL_DAYS, limit=1_000_000).rows) == 10
    assert len(catalog.posts(ALL_DAYS, limit=-1, offset=-5).rows) == 0


def test_beyond_the_count_the_total_is_a_lower_bound(catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("warehouse.queries.posts.COUNTED", 20)
    page = catalog.posts(ALL_DAYS, limit=5)
    assert (page.total, page.more) == (20, True)


@settings(max_examples=40, deadline=None)
@given(
    stride=st.integers(1, 200),
    scanned=st.integers(1, 300),
    offset=st.integers(0, 160),
    limit=st.integers(1, 60),
    topic=st.sampled_from(["", "dbd", "flu", "polio"]),
    text=st.sampled_from(["", "flu", "obat", "nothing"]),
    places=st.lists(st.sampled_from(["31", "31.71", "32", "ID", "99.99"]), max_size=2, unique=True),
    days=st.tuples(_days, _days),
)
def test_looking_back_in_stretches_finds_the_same_posts(
    catalog: Catalog,
    stride: int,
    scanned: int,
    offset: int,
    limit: int,
    topic: str,
    text: str,
    places: list[str],
    days: tuple[date, date],
) -> None:
    selection = Selection(topics=(topic,) if topic else (), places=tuple(places), first=min(days), last=max(days))
    expected = sorted(
        (
            post
            for post in POSTS
            if selection.first <= post.day <= selection.last
            and (not topic or topic in post.topics)
            and (not places or post.all_places & set(places))
            and text in post.text.lower()
        ),
        key=lambda post: (-post.at.timestamp(), post.source, post.native_id),
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("warehouse.queries.posts.STRIDE", stride)
        patch.setattr("warehouse.queries.posts.SCANNED", scanned)
        page = catalog.posts(selection, text=text, offset=offset, limit=limit)
    assert page.rows["native_id"].tolist() == [post.native_id for post in expected[offset : offset + limit]]
    assert page.total >= min(len(expected), offset + len(page.rows))
    assert page.total == len(expected) if not page.more else page.total <= len(expected)


def test_a_search_wants_every_word_whatever_the_capitals(catalog: Catalog) -> None:
    assert catalog.posts(ALL_DAYS, text="FOGGING lagi").total == 74
    assert catalog.posts(ALL_DAYS, text="fogging season").total == 0
    assert catalog.posts(ALL_DAYS, text="%").total == 0
    assert catalog.posts(ALL_DAYS, text="<b>again</b>").total == 38


def test_a_deleted_post_is_nowhere(catalog: Catalog) -> None:
    assert catalog.posts(ALL_DAYS, text="rahasia").total == 0
    gone = catalog.post("feed", "gone")
    assert gone is not None
    assert (gone["text"], gone["deleted_at"]) == (None, NOW - timedelta(hours=1))


def test_a_chosen_province_means_its_regencies(catalog: Catalog) -> None:
    assert catalog.posts(on(YESTERDAY, places=("31",))).total == 3
    assert catalog.posts(on(YESTERDAY, places=("ID",))).total == 3
    assert catalog.posts(on(YESTERDAY, places=("31.71",))).total == 2
    assert catalog.posts(on(YESTERDAY, topics=("flu",))).total == 2


def test_posts_are_narrowed_by_feeling_and_intent(catalog: Catalog) -> None:
    assert catalog.posts(on(YESTERDAY), sentiment="positive", intent="question").rows["places"].tolist() == [["32", "31"]]
    assert catalog.posts(on(YESTERDAY, languages=("en",), sources=("toots",)), intent="other").total == 1


def test_one_post_is_found_by_its_key(catalog: Catalog) -> None:
    post = catalog.post("toots", f"{YESTERDAY}-b")
    assert post is not None
    assert (post["topics"], post["lang"], post["model_version"]) == (["flu"], "en", "sample")
    assert "author_key" not in post


def test_hashtags_are_counted(catalog: Catalog) -> None:
    found = catalog.hashtags(ALL_DAYS, limit=2)
    assert (found.used.values.tolist(), found.first) == ([["dbd", 36], ["flu", 36]], ALL_DAYS.first)
    assert catalog.hashtags(on(LAST)).used.empty


def test_hashtags_are_counted_with_the_posts_that_a_person_would_read_and_with_filters_too(catalog: Catalog) -> None:
    flu = replace(ALL_DAYS, topics=("flu",))
    counted, read = catalog.hashtags(flu), catalog.hashtags(replace(flu, sources=EVERY_SOURCE))
    assert counted.used.values.tolist() == read.used.values.tolist() != []


@pytest.mark.parametrize("limit", ["TAGGED", "READ_FOR_TAGS"])
def test_of_many_posts_the_newest_days_tell_the_hashtags_and_which_days_is_said(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    monkeypatch.setattr("warehouse.queries.posts.STRIDE", 20)
    monkeypatch.setattr(f"warehouse.queries.posts.{limit}", 15)
    filtered = replace(ALL_DAYS, sources=EVERY_SOURCE)
    found = catalog.hashtags(filtered)
    assert ALL_DAYS.first < found.first <= YESTERDAY
    again = catalog.hashtags(replace(filtered, first=found.first))
    assert found.used.values.tolist() == again.used.values.tolist()
