"""A signal by the posts of a stronger one is linked to it as its echo; a signal by posts of its own is not."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
from warehouse_samples import NOW, at, commit, post, scalar

from warehouse import echoes, signals, triage
from warehouse.database import rows
from warehouse.state import State
from warehouse.store import Warehouse

DAY = date(2026, 3, 10)


def posts(wh: Warehouse, count: int, topics: list[str], place: str, day: date = DAY) -> None:
    """So many posts of a day about these topics in a place."""
    kept = scalar(wh, "SELECT count(*) FROM posts")
    noon = datetime(day.year, day.month, day.day, 5, tzinfo=UTC)
    commit(wh, *[post(f"{kept + number}", f"{kept + number}", topics=topics, places=at(place), created_at=noon) for number in range(count)])


def signal(topic: str, place: str, observed: float, expected: float, pvalue: float, day: date = DAY) -> dict[str, Any]:
    level = "all" if place == "*" else "regency" if "." in place else "province" if place.isdigit() else "country"
    found = {"day": day, "topic": topic, "place_code": place, "level": level, "observed": observed, "expected": expected}
    return found | {"upper": expected + 3, "pvalue": pvalue, "qvalue": pvalue, "exposure": 1.0, "rule": "test"}


def raised(wh: Warehouse, *found: dict[str, Any]) -> dict[tuple[str, str], tuple[str, str, float] | None]:
    """What each signal, by topic and place, echoes: topic, place, share."""
    days = {one["day"] for one in found}
    signals.store(wh.con, pa.Table.from_pylist(list(found), schema=signals.ROWS), days, "test", NOW, "run")
    echoes.mark(wh.con, days, "test")
    told = rows(
        wh.con,
        """SELECT s.topic, s.place_code, m.topic AS main, m.place_code AS main_place, s.echo_share FROM signals AS s
        LEFT JOIN signals AS m ON m.signal_id = s.echo_of""",
    )
    return {(one["topic"], one["place_code"]): one["main"] and (one["main"], one["main_place"], one["echo_share"]) for one in told}


def test_the_same_posts_under_another_topic_and_in_wider_places_are_echoes(wh: Warehouse) -> None:
    posts(wh, 18, ["dengue", "hospital"], "31.71")
    posts(wh, 6, ["dengue"], "31.71")
    found = raised(
        wh,
        signal("dengue", "31.71", 24, 1, 1e-12),
        signal("hospital", "31.71", 18, 2, 1e-7),
        signal("dengue", "31", 24, 3, 1e-6),
        signal("hospital", "ID", 18, 6, 1e-4),
        signal("dengue", "*", 24, 9, 1e-3),
    )
    assert found["dengue", "31.71"] is None
    assert {key: main[:2] for key, main in found.items() if main} == dict.fromkeys(
        [("hospital", "31.71"), ("dengue", "31"), ("hospital", "ID"), ("dengue", "*")], ("dengue", "31.71")
    )
    assert found["hospital", "31.71"] == ("dengue", "31.71", 1.0)


def test_posts_of_its_own_make_a_signal_stand_for_itself(wh: Warehouse) -> None:
    posts(wh, 20, ["dengue"], "31.71")
    posts(wh, 6, ["dengue", "measles"], "31.71")
    posts(wh, 14, ["measles"], "31.71")
    assert raised(wh, signal("dengue", "31.71", 26, 1, 1e-12), signal("measles", "31.71", 20, 1, 1e-9))["measles", "31.71"] is None


def test_an_outbreak_elsewhere_in_the_province_is_no_echo(wh: Warehouse) -> None:
    posts(wh, 20, ["dengue"], "31.71")
    posts(wh, 15, ["dengue"], "31.72")
    found = raised(wh, signal("dengue", "31.71", 20, 1, 1e-12), signal("dengue", "31.72", 15, 1, 1e-8), signal("dengue", "31", 35, 4, 1e-9))
    assert found["dengue", "31.72"] is None
    assert found["dengue", "31"] == ("dengue", "31.71", pytest.approx(20 / 31))


@pytest.mark.parametrize(("shared", "echo"), [(15, False), (16, True)])
def test_half_of_the_excess_is_not_most_of_it(wh: Warehouse, shared: int, echo: bool) -> None:
    posts(wh, shared, ["dengue", "measles"], "31.71")
    posts(wh, 32 - shared, ["measles"], "31.71")
    found = raised(wh, signal("dengue", "31.71", shared, 0.1, 1e-12), signal("measles", "31.71", 32, 2, 1e-9))
    assert (found["measles", "31.71"] is not None) == echo


def test_what_the_two_usually_have_in_common_is_not_counted_as_excess(wh: Warehouse) -> None:
    """Of the posts of the weeks before, all were in both topics: ten of the twelve common ones were to be expected."""
    for back in range(8, 36):
        posts(wh, 10, ["dengue", "measles"], "31.71", DAY - timedelta(days=back))
    posts(wh, 12, ["dengue", "measles"], "31.71")
    posts(wh, 8, ["measles"], "31.71")
    found = raised(wh, signal("dengue", "31.71", 12, 1, 1e-12), signal("measles", "31.71", 20, 10, 1e-3))
    assert found["measles", "31.71"] is None
    assert rows(wh.con, "SELECT share FROM echo_found")[0]["share"] == pytest.approx(0.2)


def test_an_echo_echoes_a_signal_that_stands_for_itself_and_of_the_same_day(wh: Warehouse) -> None:
    posts(wh, 20, ["dengue", "hospital", "nurses"], "31.71")
    posts(wh, 20, ["dengue", "hospital"], "31.71", DAY + timedelta(days=1))
    found = raised(
        wh,
        signal("dengue", "31.71", 20, 1, 1e-12),
        signal("hospital", "31.71", 20, 1, 1e-9),
        signal("nurses", "31.71", 20, 1, 1e-6),
    )
    assert found["nurses", "31.71"] == ("dengue", "31.71", 1.0)
    raised(wh, signal("hospital", "31.71", 20, 1, 1e-9, DAY + timedelta(days=1)))
    linked = rows(wh.con, "SELECT day, count(echo_of) AS echoes FROM signals GROUP BY day ORDER BY day")
    assert [one["echoes"] for one in linked] == [2, 0]


def test_a_signal_that_is_tested_again_loses_the_link_that_no_longer_holds_and_its_review_stays(wh: Warehouse) -> None:
    posts(wh, 20, ["dengue", "hospital"], "31.71")
    main, other = signal("dengue", "31.71", 20, 1, 1e-12), signal("hospital", "31.71", 20, 1, 1e-9)
    raised(wh, main, other)
    state = State(wh.folder)
    triage.follow(wh, state)
    episodes = state.episodes()
    assert len(episodes) == 2  # an echo can be reviewed as any signal
    assert raised(wh, other) == {("hospital", "31.71"): None}
    raised(wh, main, other)
    triage.follow(wh, state)
    assert {one.episode_id for one in state.episodes()} == {one.episode_id for one in episodes}


def test_a_week_echoes_a_week_by_the_posts_of_all_its_days(wh: Warehouse) -> None:
    for back in range(7):
        posts(wh, 4, ["dengue", "hospital"], "31.71", DAY - timedelta(days=back))
        posts(wh, 1, ["dengue"], "31.71", DAY - timedelta(days=back))
    posts(wh, 9, ["hospital"], "31.71", DAY - timedelta(days=7))  # before the week
    found = [signal("dengue", "31.71", 35, 8, 1e-9), signal("hospital", "31.71", 28, 9, 1e-6)]
    signals.store(wh.con, pa.Table.from_pylist(found, schema=signals.ROWS), [DAY], "weeks", NOW, "run", period=7)
    assert echoes.mark(wh.con, [DAY], "weeks") == 1
    (echo,) = rows(wh.con, "SELECT topic, echo_share FROM signals WHERE echo_of IS NOT NULL")
    assert (echo["topic"], echo["echo_share"]) == ("hospital", 1.0)
