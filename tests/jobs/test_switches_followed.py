"""A source that was switched off or on is left or taken up by the running worker, and by one that starts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from jobs import pipeline, requests
from jobs.options import own_instance
from jobs.pipeline import Instance
from jobs.switches import follow
from jobs.worker import _add_source, _collect_source, schedule
from warehouse.database import rows
from warehouse.queries import Catalog
from warehouse.settings import DataFolder, Settings
from warehouse.state import State

NOW = datetime(2026, 5, 4, 9, tzinfo=UTC)
DEMO = {"collector": "demo", "every": "1 hour", "seed": 1, "end": date(2026, 5, 4), "days": 3, "volume": 5}


def settings() -> Settings:
    sources = {"forum": {**DEMO, "channel": "forum"}, "news": {**DEMO, "channel": "news", "enabled": False}}
    broken = {"collector": "rss", "enabled": False, "urls": 5}
    return Settings(general={"contact": "a@example.org"}, sources={**sources, "broken": broken})  # type: ignore[arg-type]


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[Instance]:
    with own_instance(DataFolder(tmp_path / "data"), settings()) as made:
        yield made


@pytest.fixture
def state(instance: Instance) -> State:
    return State(instance.warehouse.folder)


def _followed(instance: Instance, state: State, scheduler) -> set[str]:  # type: ignore[no-untyped-def]
    follow(instance, state, scheduler, lambda name: _add_source(scheduler, instance, name, NOW), NOW)
    return {job.id.removeprefix("collect:") for job in scheduler.get_jobs() if job.id.startswith("collect:")}


def test_the_worker_follows_switches_without_a_restart(instance: Instance, state: State) -> None:
    scheduler = schedule(instance, state)
    assert _followed(instance, state, scheduler) == {"forum"}
    state.switch_source("forum", False, "ani", NOW)
    state.switch_source("news", True, "ani", NOW)
    assert _followed(instance, state, scheduler) == {"news"}
    assert set(instance.queries) == {"news"}
    published = Catalog(instance.warehouse.folder).source_status().set_index("source")["enabled"]
    assert published[["forum", "news"]].tolist() == [False, True]
    state.undo_switch("forum", "ani", NOW)
    assert _followed(instance, state, scheduler) == {"forum", "news"}
    assert instance.off == set()


def test_a_worker_that_starts_obeys_the_switches(instance: Instance, state: State) -> None:
    state.switch_source("forum", False, "ani", NOW)
    again = Instance.of(instance.warehouse.folder, instance.settings, instance.warehouse)
    assert (set(again.queries), again.off) == (set(), {"forum"})
    assert not [job for job in schedule(again, state).get_jobs() if job.id.startswith("collect:")]


def test_what_is_switched_off_collects_nothing_more(instance: Instance, state: State) -> None:
    instance.off.add("forum")
    assert pipeline.collect(instance, "forum", NOW).new == 0
    state.enqueue("collect", {"source": "forum"}, who="ani", now=NOW)
    requests.serve_one(instance, state, NOW)
    assert "switched off" in state.get(1).message
    instance.off.clear()
    assert pipeline.collect(instance, "forum", NOW).new > 0


def test_a_source_whose_table_is_wrong_is_in_trouble_and_the_others_go_on(instance: Instance, state: State) -> None:
    scheduler = schedule(instance, state)
    state.switch_source("broken", True, "ani", NOW)
    assert _followed(instance, state, scheduler) == {"broken", "forum"}
    assert set(instance.queries) == {"forum"}
    status = Catalog(instance.warehouse.folder).source_status().set_index("source")
    assert "feeds: missing" in status.loc["broken", "last_error"]
    _collect_source(instance, "broken")
    assert rows(instance.warehouse.con, "SELECT count(*) AS n FROM runs WHERE source = 'broken' AND outcome = 'failed'")[0]["n"] == 2


def test_a_source_that_no_settings_name_is_never_collected(instance: Instance, state: State) -> None:
    state.switch_source("gone", True, "ani", NOW)
    assert pipeline.enabled_sources(instance.settings, state) == ["forum"]
