"""What the worker does with whole weeks: a slow rise that no day shows becomes a signal of the week."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from clustered import NOW, SETTINGS, add, ago, cover

from jobs.options import own_instance
from jobs.pipeline import Instance, detect, publish_now
from jobs.report import build
from jobs.weekly import look_at_weeks
from warehouse.database import rows, value
from warehouse.detectors import WEEKLY
from warehouse.settings import DataFolder, Detect, Settings
from warehouse.state import State

PLACE, OTHERS = "33.01", ("33.02", "32.12", "11.01", "61.01")
WEEKS = 60  #: before today, a Sunday; so the last complete week ended yesterday
SATURDAY = ago(1)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def counted(rising: int, mean: float = 1.5, gap: tuple[int, ...] = ()) -> dict[tuple[date, str], int]:
    """Posts of quiet places, and of one that has far more, in the last weeks; nothing on the days of a gap."""
    rng = np.random.default_rng(1)
    found = {}
    for back in range(1, 7 * WEEKS + 1):
        extra = 2.6 if back <= 7 * rising else 1.0
        for place in (PLACE, *OTHERS):
            posts = int(rng.poisson(mean * (extra if place == PLACE else 1.0)))
            found[ago(back), place] = 0 if back in gap else min(posts, 6)
    return found


def settings(**detect: Any) -> Settings:
    return SETTINGS.model_copy(update={"detect": Detect(levels=["regency"], **detect)})


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[Instance]:
    with own_instance(DataFolder(tmp_path / "data"), settings()) as made:
        cover(made, 7 * WEEKS)
        yield made


def of_weeks(instance: Instance) -> list[dict[str, Any]]:
    return rows(instance.warehouse.con, f"SELECT * FROM signals WHERE detector = '{WEEKLY}' ORDER BY day, place_code")


def test_a_rise_that_no_day_shows_is_a_signal_of_the_week(instance: Instance) -> None:
    add(instance, counted(rising=1))
    detect(instance, NOW)
    (one,) = [signal for signal in of_weeks(instance) if signal["place_code"] == PLACE]
    assert (one["day"], one["period_days"], one["rule"]) == (SATURDAY, 7, "gamma-Poisson, posts of a week: p < 0.001")
    posts = value(
        instance.warehouse.con,
        "SELECT sum(posts) FROM daily_counts WHERE place_code = $place AND topic = 'hfmd' AND day > $day - 7 AND day <= $day",
        {"place": PLACE, "day": SATURDAY},
    )
    assert one["observed"] == posts > one["upper"]
    assert one["expected"] == pytest.approx(7 * 1.5, rel=0.3)
    assert value(instance.warehouse.con, f"SELECT count(*) FROM signals WHERE detector <> '{WEEKLY}' AND place_code = '{PLACE}'") == 0


def test_its_reason_tells_of_the_week_in_both_languages_and_so_does_the_mail(instance: Instance) -> None:
    add(instance, counted(rising=1))
    detect(instance, NOW)
    publish_now(instance, NOW)
    (one,) = [signal for signal in of_weeks(instance) if signal["place_code"] == PLACE]
    reason = json.loads(one["reason"])
    assert reason["sentence_en"].startswith(f"In the week of 24–30 May 2026, {one['observed']:.0f} posts about")
    assert ") a week" in reason["sentence_en"]
    assert reason["sentence_id"].startswith(f"Minggu 24–30 Mei 2026: {one['observed']:.0f} unggahan tentang")
    folder, today = instance.warehouse.folder, SATURDAY + DAY
    assert "week of 24–30 May 2026" in build(folder, instance.settings, "daily", today, "en").text
    assert "minggu 24–30 Mei 2026" in build(folder, instance.settings, "daily", today, "id").html


def test_a_week_is_tested_once_a_day_and_late_posts_keep_its_signal_as_one(instance: Instance) -> None:
    add(instance, counted(rising=1))
    assert look_at_weeks(instance, NOW) > 0
    before = [signal for signal in of_weeks(instance) if signal["place_code"] == PLACE]
    assert look_at_weeks(instance, NOW + HOUR / 4) == 0  # the same day
    add(instance, {(SATURDAY, PLACE): 3}, name="late")
    assert look_at_weeks(instance, NOW + DAY) > 0
    after = [signal for signal in of_weeks(instance) if signal["place_code"] == PLACE]
    assert [signal["signal_id"] for signal in after] == [signal["signal_id"] for signal in before]
    assert after[0]["observed"] == before[0]["observed"] + 3
    publish_now(instance, NOW)
    assert len([one for one in State(instance.warehouse.folder).episodes() if one.place_code == PLACE]) == 1


def test_quiet_weeks_raise_nothing_and_neither_does_a_week_that_was_hardly_collected(tmp_path: Path) -> None:
    gap = (1, 2, 3)
    with own_instance(DataFolder(tmp_path / "data"), settings()) as made:
        cover(made, 7 * WEEKS, 4)
        add(made, counted(rising=0, gap=gap))
        assert look_at_weeks(made, NOW) == 0


def test_a_day_without_collection_is_no_zero_in_its_week(tmp_path: Path) -> None:
    with own_instance(DataFolder(tmp_path / "data"), settings()) as made:
        cover(made, 7 * WEEKS, 2)
        add(made, counted(rising=1, gap=(1,)) | {(ago(2), PLACE): 6})
        assert look_at_weeks(made, NOW) > 0
        (one,) = [signal for signal in of_weeks(made) if signal["place_code"] == PLACE]
        assert one["exposure"] == pytest.approx(6 / 7, abs=0.01)
        assert one["expected"] == pytest.approx(6 * 1.5, rel=0.35)


def test_before_a_year_was_collected_no_week_is_tested(tmp_path: Path) -> None:
    with own_instance(DataFolder(tmp_path / "data"), settings()) as made:
        cover(made, 7 * 40)
        add(made, {key: posts for key, posts in counted(rising=1).items() if key[0] >= ago(7 * 40)})
        assert look_at_weeks(made, NOW) == 0


def test_weeks_can_be_switched_off(tmp_path: Path) -> None:
    with own_instance(DataFolder(tmp_path / "data"), settings(weekly=False)) as made:
        cover(made, 7 * WEEKS)
        add(made, counted(rising=1))
        detect(made, NOW)
        assert of_weeks(made) == []


def test_a_fill_tests_every_week_of_its_days(instance: Instance) -> None:
    add(instance, counted(rising=3))
    look_at_weeks(instance, NOW, days=28)
    found = {signal["day"] for signal in of_weeks(instance) if signal["place_code"] == PLACE}
    assert found <= {SATURDAY - n * 7 * DAY for n in range(4)}
    assert len(found) >= 2
