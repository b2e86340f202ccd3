"""Counts by topic, place, source and language."""

from __future__ import annotations

import shutil
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from warehouse_samples import NOW, TODAY, at, commit, counted, post, scalar

from warehouse import migrations, rollups
from warehouse.records import Deletion
from warehouse.settings import DataFolder, Settings
from warehouse.store import Warehouse

ABOVE = {"31.71": {"31.71", "31", "ID"}, "31.72": {"31.72", "31", "ID"}, "31": {"31", "ID"}, "32": {"32", "ID"}, "ID": {"ID"}, "99": {"99"}}


def test_a_post_counts_in_its_place_and_everything_above_it_once(wh: Warehouse) -> None:
    commit(wh, post("1", places=at("31.71", "31.72", "31")))
    for place in ("31.71", "31.72", "31", "ID", "*"):
        assert counted(wh, "dengue", place) == 1
    assert counted(wh, "dengue", "32") == 0


def test_a_post_without_topic_or_place_counts_under_star_alone(wh: Warehouse) -> None:
    commit(wh, post("1", topics=[], places=None), post("2", topics=None, lang=None))
    assert wh.con.execute("SELECT topic, place_code, lang, posts FROM daily_counts ORDER BY lang").fetchall() == [
        ("*", "*", "id", 1),
        ("*", "*", "und", 1),
    ]


def test_a_place_that_nobody_knows_counts_for_itself(wh: Warehouse) -> None:
    commit(wh, post("1", places=at("99.99")))
    assert (counted(wh, "*", "99.99"), counted(wh, "*", "ID")) == (1, 0)


def test_each_count_says_the_level_of_its_place(wh: Warehouse) -> None:
    commit(wh, post("1", places=at("31.71")), post("2", "b", places=at("99.99")))
    levels = {"31.71": "regency", "31": "province", "ID": "country", "99.99": None}
    assert dict(wh.con.execute('SELECT DISTINCT place_code, "level" FROM counts_by_place').fetchall()) == levels
    assert dict(wh.con.execute('SELECT DISTINCT place_code, "level" FROM daily_counts').fetchall()) == levels | {"*": None}


def test_counts_of_an_older_warehouse_get_their_levels(wh: Warehouse) -> None:
    commit(wh, post("1", places=at("31.71")))
    for table in ("daily_counts", "counts_by_place"):
        wh.con.execute(f'ALTER TABLE {table} DROP COLUMN "level"')
    wh.con.execute("DELETE FROM migrations WHERE name >= '0015'")
    migrations.migrate(wh.con, "here")
    for table in ("daily_counts", "counts_by_place"):
        found = wh.con.execute(f"SELECT place_code, \"level\" FROM {table} WHERE topic = '*' AND place_code <> '*' ORDER BY ALL").fetchall()
        assert found == [("31", "province"), ("31.71", "regency"), ("ID", "country")]


def test_feelings_and_questions_are_counted(wh: Warehouse) -> None:
    commit(
        wh,
        post("1", sentiment="negative", intent="question"),
        post("2", "b", sentiment="neutral", intent="complaint"),
        post("3", "c", sentiment="positive", intent="question"),
        post("4", "c", sentiment="positive"),
    )
    row = wh.con.execute(
        "SELECT posts, negative, neutral, positive, questions, complaints, copies FROM daily_counts WHERE topic = '*' AND place_code = '*'"
    ).fetchall()
    assert row == [(4, 1, 1, 2, 2, 1, 1)]


def test_a_refresh_of_one_day_leaves_the_others_alone(wh: Warehouse) -> None:
    commit(wh, post("1"), post("2", "b", created_at=NOW - timedelta(days=1)))
    wh.con.execute("UPDATE daily_counts SET posts = 100")
    rollups.refresh(wh.con, [TODAY])
    assert wh.con.execute("SELECT day, posts FROM daily_counts WHERE topic = '*' ORDER BY day").fetchall() == [
        (TODAY - timedelta(days=1), 100),
        (TODAY, 1),
    ]
    rollups.refresh(wh.con, [])
    rollups.rebuild(wh.con)
    assert scalar(wh, "SELECT max(posts) FROM daily_counts") == 1


def test_days_to_publish_are_noted_once(wh: Warehouse) -> None:
    rollups.mark_changed(wh.con, [TODAY, TODAY])
    rollups.mark_changed(wh.con, [TODAY, date(2026, 1, 1)])
    assert wh.con.execute("SELECT day FROM changed_days ORDER BY day").fetchall() == [(date(2026, 1, 1),), (TODAY,)]


posts_of_a_day = st.lists(
    st.fixed_dictionaries(
        {
            "native_id": st.sampled_from([str(i) for i in range(12)]),
            "topics": st.lists(st.sampled_from(["dengue", "flu", "tb"]), max_size=3),
            "places": st.lists(st.sampled_from(sorted(ABOVE)), max_size=3),
            "lang": st.sampled_from(["id", "en"]),
            "hashtags": st.lists(st.sampled_from(["dbd", "Sehat", "flu"]), max_size=3),
            "delete": st.booleans(),
        }
    ),
    min_size=1,
    max_size=15,
)


@given(stretches=st.lists(posts_of_a_day, min_size=1, max_size=3))
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_counts_equal_a_plain_recount_whatever_happened_before(
    blank: Path, tmp_path_factory: pytest.TempPathFactory, stretches: list[list[dict]]
) -> None:
    folder = DataFolder(tmp_path_factory.mktemp("rollups")).create()
    shutil.copyfile(blank, folder.warehouse)
    live: dict[str, dict] = {}
    gone: set[str] = set()
    with Warehouse.open(folder, Settings()) as wh:
        for stretch in stretches:
            made = [
                post(
                    row["native_id"],
                    row["native_id"],
                    places=at(*row["places"]),
                    **{name: row[name] for name in ("topics", "lang", "hashtags")},
                )
                for row in stretch
            ]
            dead = [Deletion("feed", row["native_id"], NOW) for row in stretch if row["delete"]]
            commit(wh, *made, deletions=dead)
            live |= {row["native_id"]: row for row in stretch}
            gone |= {deletion.native_id for deletion in dead}
        expected: Counter[tuple[str, str, str]] = Counter()
        tagged: Counter[tuple[str, str]] = Counter()
        for native_id, row in live.items():
            if native_id not in gone:
                for topic in {*row["topics"], "*"}:
                    tagged.update((topic, hashtag) for hashtag in set(row["hashtags"]))
                    for place in {"*"}.union(*(ABOVE[code] for code in row["places"])):
                        expected[topic, place, row["lang"]] += 1
        found = wh.con.execute("SELECT topic, place_code, lang, posts FROM daily_counts").fetchall()
        assert {(topic, place, lang): posts for topic, place, lang, posts in found} == dict(expected)
        assert len(found) == len(expected)
        tags = wh.con.execute("SELECT topic, hashtag, posts FROM hashtag_counts").fetchall()
        assert {(topic, hashtag): posts for topic, hashtag, posts in tags} == dict(tagged)
