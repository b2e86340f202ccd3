"""What the worker does when neighbouring places show together what none of them shows alone."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from clustered import FAR, NEAR, NOW, SETTINGS, TODAY, add, ago, cover, thin, together, usual
from running import Run

from jobs import clusters
from jobs.options import own_instance
from jobs.pipeline import Instance, detect, publish_now
from jobs.report import build
from warehouse.database import rows, value
from warehouse.detectors import WEEKLY
from warehouse.queries import Catalog, Selection
from warehouse.records import SCAN
from warehouse.settings import DataFolder, Scan
from warehouse.state import State

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[Instance]:
    with own_instance(DataFolder(tmp_path / "data"), SETTINGS) as made:
        cover(made)
        yield made


def found(instance: Instance, where: str = f"detector = '{SCAN}'") -> list[dict[str, Any]]:
    return rows(instance.warehouse.con, f"SELECT * FROM signals WHERE {where} ORDER BY day, topic, place_code")


def places(instance: Instance, signal: dict[str, Any]) -> set[str]:
    told = rows(instance.warehouse.con, "SELECT place_code FROM signal_places WHERE signal_id = $id", {"id": signal["signal_id"]})
    return {row["place_code"] for row in told}


def test_what_no_place_shows_alone_neighbours_show_together(instance: Instance) -> None:
    add(instance, together(usual(), thin()))
    detect(instance, NOW)
    today = [signal for signal in found(instance) if signal["day"] == TODAY]
    assert found(instance, f"detector <> '{SCAN}' AND place_code LIKE '%.%'") == []
    (one,) = today
    assert places(instance, one) == set(NEAR)
    assert abs((one["since"] - ago(8)).days) <= 2
    assert one["observed"] >= 40
    assert one["observed"] > 3 * one["expected"]
    assert (one["pvalue"], one["upper"], one["place_code"] in NEAR) == (0.001, None, True)
    assert one["relative_risk"] > 3
    assert 50 < one["radius_km"] < 300


def test_ordinary_days_raise_no_signal(instance: Instance) -> None:
    add(instance, usual())
    assert detect(instance, NOW, days=40) == len(found(instance, "true"))
    assert found(instance) == []


def test_a_cluster_says_why_in_both_languages_and_names_its_places(instance: Instance) -> None:
    add(instance, together(usual(), thin()))
    detect(instance, NOW)
    for signal in found(instance):
        reason = json.loads(signal["reason"])
        assert signal["kind"] == "first-hand reports"
        assert "Cilacap" in reason["sentence_id"]
        assert "Cilacap" in reason["sentence_en"]
        assert reason["posts"] == signal["observed"]
        assert {place["name"] for place in reason["places"]} == set(NEAR)


def test_the_next_days_join_the_signal_also_when_its_places_change(instance: Instance) -> None:
    add(instance, together(usual(), thin(9, NEAR[:4])))
    detect(instance, NOW)
    publish_now(instance, NOW)
    (before,) = [one for one in State(instance.warehouse.folder).episodes() if one.detector == SCAN]
    add(instance, {(TODAY + DAY - back * DAY, NEAR[4]): 3 for back in range(4)}, name="later")
    add(instance, {(TODAY + DAY, place): 1 for place in NEAR[:4]})
    cover(instance, 0, -1, NOW + DAY)
    detect(instance, NOW + DAY)
    publish_now(instance, NOW + DAY)
    (after,) = [one for one in State(instance.warehouse.folder).episodes() if one.detector == SCAN]
    assert (after.episode_id, after.first_day, after.last_day) == (before.episode_id, before.first_day, TODAY + DAY)
    last = found(instance)[-1]
    assert last["day"] == TODAY + DAY
    assert NEAR[4] in places(instance, last)


def test_what_a_person_decided_stands_when_late_posts_change_the_cluster(instance: Instance) -> None:
    add(instance, together(usual(), thin()))
    detect(instance, NOW)
    publish_now(instance, NOW)
    state = State(instance.warehouse.folder)
    (one,) = [each for each in state.episodes() if each.detector == SCAN]
    state.move(one.episode_id, "verifying", who="siti", now=NOW)
    state.move(one.episode_id, "verified", who="siti", now=NOW)
    other = next(place for place in NEAR if place != one.place_code)
    add(instance, {(ago(back), other): 2 for back in range(9)}, name="late")
    detect(instance, NOW + HOUR)
    publish_now(instance, NOW + HOUR)
    (same,) = [each for each in state.episodes() if each.detector == SCAN]
    assert (same.episode_id, same.status) == (one.episode_id, "verified")
    assert found(instance)[-1]["observed"] > 50


def test_one_place_that_has_its_own_signal_adds_nothing(instance: Instance) -> None:
    add(instance, together(usual(), {(TODAY, NEAR[0]): 25}))
    detect(instance, NOW)
    assert [signal["place_code"] for signal in found(instance, f"detector <> '{SCAN}' AND place_code LIKE '%.%'")] == [NEAR[0]]
    assert found(instance) == []


def test_weeks_of_its_places_do_not_hide_a_cluster(instance: Instance) -> None:
    add(instance, together(usual(), thin()))
    instance.warehouse.con.execute(
        "INSERT INTO signals BY NAME SELECT 'week-' || place AS signal_id, $day AS day, 'hfmd' AS topic, place AS place_code, "
        "$detector AS detector, 7 AS period_days FROM (SELECT unnest($places::VARCHAR[]) AS place)",
        {"day": TODAY, "detector": WEEKLY, "places": list(NEAR)},
    )
    detect(instance, NOW)
    assert found(instance)


def test_a_cluster_is_linked_with_the_signals_of_its_places(instance: Instance) -> None:
    add(instance, together(usual(), thin(), {(TODAY, NEAR[0]): 25}))
    detect(instance, NOW)
    publish_now(instance, NOW)
    (own,) = found(instance, f"place_code = '{NEAR[0]}' AND detector <> '{SCAN}'")
    cluster = found(instance)[-1]
    assert {NEAR[0], NEAR[1]} <= places(instance, cluster)
    catalog = Catalog(instance.warehouse.folder)
    table = catalog.cluster_places(cluster["signal_id"]).set_index("place_code")
    assert (table.loc[NEAR[0], "signals"], table.loc[NEAR[0], "signal"]) == (1, own["signal_id"])
    assert table.loc[NEAR[1], "signals"] == 0
    assert catalog.clusters_of_place_signal(own["signal_id"])[0] == cluster["signal_id"]
    catalog.close()


def test_each_place_of_a_cluster_leads_to_it(instance: Instance) -> None:
    add(instance, together(usual(), thin()))
    detect(instance, NOW)
    publish_now(instance, NOW)
    catalog = Catalog(instance.warehouse.folder)
    for place in NEAR:
        (row,) = catalog.signals(Selection(places=(place,), first=TODAY, last=TODAY)).to_dict("records")
        assert sorted(row["places"]) == sorted(NEAR)
        assert row["place"].endswith("+2")
    assert set(catalog.signals_by_place(Selection(first=TODAY, last=TODAY))["place_code"]) >= set(NEAR)
    assert sorted(next(iter(catalog.places_of_episodes().values()))) == sorted(NEAR)
    catalog.close()


def test_a_gap_is_no_calm_and_its_end_no_cluster(tmp_path: Path) -> None:
    with own_instance(DataFolder(tmp_path / "data"), SETTINGS) as gapped:
        cover(gapped, last=12)
        cover(gapped, first=4)
        silent = {key: posts for key, posts in usual().items() if not ago(11) <= key[0] <= ago(5)}
        add(gapped, silent)
        detect(gapped, NOW, days=30)
        assert found(gapped) == []
        add(gapped, thin(4), name="more")
        add(gapped, thin(4), name="still more")
        detect(gapped, NOW, days=30)
        days = {signal["day"] for signal in found(gapped)}
        assert TODAY in days
        assert not any(ago(11) <= day <= ago(5) for day in days)


def test_posts_that_name_a_province_alone_are_a_place_of_their_own(instance: Instance) -> None:
    provinces = ("33", "34")
    ordinary = (
        usual() | {(ago(back), "33"): back % 9 == 0 for back in range(100)} | {(ago(back), "34"): back % 8 == 0 for back in range(100)}
    )
    add(instance, together(ordinary, thin(9, (*provinces, "33.01", "33.02"))))
    detect(instance, NOW)
    told = places(instance, found(instance)[-1])
    assert {"33", "33.01", "33.02"} <= told
    observed = rows(
        instance.warehouse.con,
        "SELECT observed FROM cluster_places WHERE signal_id = $id AND place_code = '33'",
        {"id": found(instance)[-1]["signal_id"]},
    )
    assert observed[0]["observed"] <= 11  # its regencies' posts are theirs


def test_a_scan_waits_for_its_hour_and_a_new_day(instance: Instance) -> None:
    add(instance, together(usual(), thin()))
    detect(instance, NOW - 2 * HOUR)
    detect(instance, NOW - 90 * HOUR / 60)
    detect(instance, NOW)
    assert value(instance.warehouse.con, "SELECT count(*) FROM runs WHERE kind = 'scan'") == 2
    detect(instance, NOW + HOUR / 2 + HOUR / 60)  # another day
    assert value(instance.warehouse.con, "SELECT count(*) FROM runs WHERE kind = 'scan'") == 3


def test_topics_without_time_keep_their_signals_and_come_first_next_time(instance: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    for topic in ("dengue", "hfmd", "typhoid"):
        add(instance, together(usual(len(topic)), thin()), topic=topic)
    detect(instance, NOW)
    assert len({signal["topic"] for signal in found(instance)}) == 3
    before = found(instance, "topic <> 'dengue' AND since IS NOT NULL")
    clock = iter([0.0, 0.0, 1e9, 0.0, 0.0, 0.0, 0.0])
    monkeypatch.setattr(clusters, "monotonic", lambda: next(clock))
    later = NOW + HOUR
    detect(instance, later)
    note = value(instance.warehouse.con, "SELECT note FROM runs WHERE kind = 'scan' ORDER BY started_at DESC LIMIT 1")
    assert note.endswith("no time for 2 topics, of which hfmd is the next")
    after = found(instance, "topic <> 'dengue' AND since IS NOT NULL AND day < '2026-06-01'")
    assert [signal["updated_at"] for signal in after] == [signal["updated_at"] for signal in before]
    assert clusters._order(instance.warehouse.con, ["dengue", "hfmd", "typhoid"]) == ["hfmd", "typhoid", "dengue"]


@pytest.mark.parametrize(
    ("language", "told"), [("id", "5 tempat bertetangga bersama-sama sejak"), ("en", "5 neighbouring places together since")]
)
def test_the_mail_names_the_places_and_says_how_they_compare(instance: Instance, language: str, told: str) -> None:
    add(instance, together(usual(), thin()))
    detect(instance, NOW)
    publish_now(instance, NOW)
    report = build(instance.warehouse.folder, instance.settings, "daily", TODAY + DAY, language)
    assert told in report.text
    assert told in report.html
    assert "0.001" in report.text or "0,001" in report.text
    assert "Cilacap" in report.text


def test_the_command_line_lists_its_places(instance: Instance, kentongan: Run) -> None:
    add(instance, together(usual(), thin()))
    detect(instance, NOW)
    publish_now(instance, NOW)
    folder = instance.warehouse.folder.root
    done = kentongan("signals", "list", "--format", "csv", "--data", folder)
    (row,) = [row for row in csv.DictReader(io.StringIO(done.stdout)) if row["detector"] == SCAN]
    assert set(row["places"].split()) == set(NEAR)
    assert f"places together: {row['places']}" in kentongan("signals", "show", row["episode_id"], "--data", folder).stderr


def test_it_can_be_switched_off(tmp_path: Path) -> None:
    with own_instance(DataFolder(tmp_path / "data"), SETTINGS.model_copy(update={"scan": Scan(enabled=False)})) as quiet:
        cover(quiet)
        add(quiet, together(usual(), thin()))
        detect(quiet, NOW)
        assert found(quiet) == []
        assert value(quiet.warehouse.con, "SELECT count(*) FROM runs WHERE kind = 'scan'") == 0


def test_far_places_are_not_drawn_in(instance: Instance) -> None:
    add(instance, together(usual(), thin()))
    detect(instance, NOW)
    assert not places(instance, found(instance)[-1]) & set(FAR)
