"""The worker follows the switches of the sources while it runs: one that was switched off stops after the stretch that it is writing, one
that was switched on begins at once.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime

from apscheduler.schedulers.base import BaseScheduler

from ingest.base import build as build_collector
from jobs import pipeline
from warehouse import write
from warehouse.errors import SettingsError
from warehouse.state import State

log = logging.getLogger("kentongan.worker")


def follow(instance: pipeline.Instance, state: State, scheduler: BaseScheduler, add: Callable[[str], None], now: datetime) -> list[str]:
    """Bring the jobs of the scheduler to the switches; the names of the sources that changed. add: schedules a source."""
    wanted = set(pipeline.enabled_sources(instance.settings, state))
    running = {job.id.removeprefix("collect:") for job in scheduler.get_jobs() if job.id.startswith("collect:")}
    for name in sorted(running - wanted):
        instance.off.add(name)
        scheduler.remove_job(f"collect:{name}")
        log.info("%s: switched off", name)
    for name in sorted(wanted - running):
        instance.off.discard(name)
        add(name)
        log.info("%s: switched on", name)
    if wanted != running:
        instance.queries = _queries(instance, wanted, now)
        pipeline.publish_now(instance, now)
    return sorted(wanted ^ running)


def _queries(instance: pipeline.Instance, wanted: set[str], now: datetime) -> Mapping[str, list[str]]:
    """The queries of the wanted sources. One whose options were never looked at, because it was off, may be wrong: that is its trouble."""
    found = {}
    for name in sorted(wanted):
        try:
            found[name] = list(build_collector(name, instance.settings.sources[name], instance.http).queries())
        except SettingsError as error:
            log.error("%s: %s", name, error)
            note_trouble(instance, name, error, now)
    return found


def note_trouble(instance: pipeline.Instance, source: str, error: SettingsError, now: datetime) -> None:
    """Leave a failed run, so that the page of the sources tells what is wrong with the settings."""
    con = instance.warehouse.con
    with instance.writing:
        run = write.start_run(con, kind="collect", source=source, now=now)
        write.finish_run(con, run, now=now, outcome="failed", note=str(error))
