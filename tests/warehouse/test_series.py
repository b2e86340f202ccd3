"""Counts and exposure as arrays."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
from warehouse_samples import TODAY, at, commit, post

from warehouse import coverage
from warehouse.records import LEVELS, Checkpoint
from warehouse.series import PRIOR_POSTS, Panel, daily_panel
from warehouse.store import Warehouse

FIRST = TODAY - timedelta(days=2)
MIDNIGHT = datetime(2026, 4, 30, 17, tzinfo=UTC)  #: FIRST begins in Jakarta
DAY = timedelta(days=1)
LATER = MIDNIGHT + 10 * DAY


def on(day: date, native_id: str, **given: object) -> dict:
    noon = datetime(day.year, day.month, day.day, 5, tzinfo=UTC)
    return post(native_id, native_id, created_at=noon, **given)


def row(panel: Panel, topic: str, place: str) -> int:
    (found,) = np.flatnonzero((panel.topics == topic) & (panel.places == place))
    return int(found)


def test_every_topic_and_place_with_a_post_is_a_series(wh: Warehouse) -> None:
    commit(wh, on(FIRST, "1", places=at("31.71")), on(TODAY, "2", topics=["flu"]), on(TODAY, "3", places=at("31.71")))
    panel = daily_panel(wh.con, FIRST, TODAY, LEVELS)
    assert list(zip(panel.topics, panel.places, panel.levels, strict=True)) == [
        ("dengue", "*", "all"),
        ("dengue", "31", "province"),
        ("dengue", "31.71", "regency"),
        ("dengue", "ID", "country"),
        ("flu", "*", "all"),
    ]
    assert panel.days.tolist() == [FIRST, FIRST + DAY, TODAY]
    assert panel.counts[row(panel, "dengue", "31.71")].tolist() == [1, 0, 1]
    assert panel.counts[row(panel, "flu", "*")].tolist() == [0, 0, 1]
    assert panel.counts.dtype == panel.exposure.dtype == np.float64


def test_only_the_wanted_levels_are_series(wh: Warehouse) -> None:
    commit(wh, on(TODAY, "1", places=at("31.71", "99")))
    assert daily_panel(wh.con, FIRST, TODAY, ["province"]).levels.tolist() == ["all", "province"]


def test_sources_and_languages_are_added_up(wh: Warehouse) -> None:
    commit(wh, on(TODAY, "1"), on(TODAY, "2", lang="en"))
    commit(wh, on(TODAY, "3", source="other"), source="other")
    panel = daily_panel(wh.con, FIRST, TODAY, [])
    assert panel.counts.tolist() == [[0, 0, 3]]


def test_an_empty_warehouse_gives_an_empty_panel(wh: Warehouse) -> None:
    panel = daily_panel(wh.con, FIRST, TODAY, LEVELS)
    assert panel.counts.shape == panel.exposure.shape == (0, 3)
    assert len(panel.topics) == 0


def test_posts_without_a_ledger_have_no_exposure(wh: Warehouse) -> None:
    commit(wh, on(TODAY, "1"))
    assert daily_panel(wh.con, FIRST, TODAY, []).exposure.tolist() == [[0, 0, 0]]


def test_a_gap_takes_the_share_of_the_source_that_was_blind(wh: Warehouse) -> None:
    """dengue comes from `feed` alone, flu from both alike; `other` saw nothing on the second day."""
    commit(wh, *(on(FIRST, f"d{i}", topics=["dengue"]) for i in range(200)), *(on(FIRST, f"f{i}", topics=["flu"]) for i in range(200)))
    commit(wh, *(on(FIRST, f"g{i}", topics=["flu"], source="other") for i in range(200)), source="other")
    coverage.record(wh.con, "feed", "q", Checkpoint({}, MIDNIGHT, MIDNIGHT + 3 * DAY), LATER)
    coverage.record(wh.con, "other", "q", Checkpoint({}, MIDNIGHT, MIDNIGHT + DAY), LATER)
    coverage.record(wh.con, "other", "q", Checkpoint({}, MIDNIGHT + 2 * DAY, MIDNIGHT + 2.5 * DAY), LATER)
    panel = daily_panel(wh.con, FIRST, TODAY, [])
    usual_other = 200 / 600  # share of `other` in all posts
    for topic, own in (("dengue", 0.0), ("flu", 200.0)):
        total = 200 + own
        other = (own + PRIOR_POSTS * usual_other) / (total + PRIOR_POSTS)
        np.testing.assert_allclose(panel.exposure[row(panel, topic, "*")], [1, 1 - other, 1 - other / 2], atol=1e-12)


def test_a_quiet_series_has_the_usual_mix_of_sources(wh: Warehouse) -> None:
    commit(wh, *(on(FIRST, f"a{i}") for i in range(90)), on(TODAY, "q", topics=["rare"]))
    commit(wh, *(on(FIRST, f"b{i}", source="other") for i in range(91)), source="other")
    coverage.record(wh.con, "feed", "q", Checkpoint({}, MIDNIGHT, MIDNIGHT + 3 * DAY), LATER)
    panel = daily_panel(wh.con, FIRST, TODAY, [])
    expected = (1 + PRIOR_POSTS / 2) / (1 + PRIOR_POSTS)
    np.testing.assert_allclose(panel.exposure[row(panel, "rare", "*")], expected)


def test_days_before_a_source_began_are_not_covered(wh: Warehouse) -> None:
    commit(wh, on(TODAY, "1"))
    coverage.record(wh.con, "feed", "q", Checkpoint({}, MIDNIGHT + DAY, MIDNIGHT + 3 * DAY), LATER)
    assert daily_panel(wh.con, FIRST, TODAY, []).exposure.tolist() == [[0, 1, 1]]
