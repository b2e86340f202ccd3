"""The worker: the one process that owns the warehouse. It runs the jobs of the schedule until it is told to stop."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from jobs import pipeline, requests
from jobs.clock import utc_now
from jobs.mail import send_due
from jobs.relabel import relabel
from jobs.second_look import look_again
from jobs.stopping import STOP_PATIENCE
from jobs.switches import follow, note_trouble
from jobs.topics_followed import TopicsFollowed
from warehouse import claims, coverage, retention, second_looks, write
from warehouse.errors import KentonganError, SettingsError
from warehouse.settings import DataFolder, Settings
from warehouse.state import State
from warehouse.store import Warehouse

log = logging.getLogger("kentongan.worker")


def run_worker(folder: DataFolder, settings: Settings, stop: threading.Event) -> None:
    """Own the warehouse and run the schedule until `stop` is set. Raises BusyError when another worker owns it."""
    with Warehouse.open(folder, settings) as warehouse:
        instance = pipeline.Instance.of(folder, settings, warehouse)
        state = State(folder)
        state.recover(utc_now())
        pipeline.prepare(instance)
        pipeline.publish_now(instance, utc_now())
        scheduler = schedule(instance, state)
        scheduler.start()
        log.info("worker %d collects %d sources into %s", os.getpid(), len(pipeline.enabled_sources(settings, state)), folder.root)
        stop.wait()
        log.info("stopping: waiting for running jobs to commit")
        _finish(instance, scheduler)


def _finish(instance: pipeline.Instance, scheduler: BackgroundScheduler) -> None:
    instance.stopping.set()
    ended = threading.Thread(target=scheduler.shutdown, daemon=True)
    ended.start()
    ended.join(STOP_PATIENCE)
    with instance.writing:  # nobody is inside a transaction now, and nobody may start one
        pipeline.publish_now(instance, utc_now())
        instance.warehouse.close()
    if ended.is_alive():  # a source hangs in the network: what it had not committed will be collected again
        log.warning("a source did not stop within %.0f s; leaving without it", STOP_PATIENCE)
        logging.shutdown()
        os._exit(0)


def schedule(instance: pipeline.Instance, state: State) -> BackgroundScheduler:
    """All jobs of the worker. Each runs once at a time, and a late run is made up for once, not many times."""
    settings = instance.settings
    scheduler = BackgroundScheduler(
        timezone=settings.zone,
        executors={"default": ThreadPoolExecutor(2), "sources": ThreadPoolExecutor(max(1, min(16, len(settings.sources))))},
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
    )
    soon = utc_now() + timedelta(seconds=1)

    def started(name: str) -> None:
        _add_source(scheduler, instance, name, utc_now())

    for number, name in enumerate(pipeline.enabled_sources(settings, state)):
        _add_source(scheduler, instance, name, soon + timedelta(seconds=0.5 * number))
    _every(scheduler, "publish", settings.publish.every, lambda: pipeline.publish_now(instance, utc_now()))
    _every(scheduler, "detect", settings.detect.every, lambda: pipeline.detect(instance, utc_now()), first=soon + timedelta(seconds=20))
    background = timedelta(minutes=1)
    _every(scheduler, "relabel", background, lambda: relabel(instance, utc_now(), settings.enrich.relabel_at_a_time))
    _every(scheduler, "second look", settings.second_look.every, lambda: look_again(instance, utc_now()))
    topics = TopicsFollowed(instance, state)
    _every(scheduler, "topics", timedelta(seconds=2), lambda: topics.look(utc_now()), first=soon)
    _every(scheduler, "requests", timedelta(seconds=1), lambda: requests.serve_one(instance, state, utc_now()))
    _every(scheduler, "switches", timedelta(seconds=2), lambda: follow(instance, state, scheduler, started, utc_now()))
    _every(scheduler, "mail", timedelta(minutes=1), lambda: send_due(instance.warehouse.folder, settings, utc_now()), first=soon)
    nightly = CronTrigger(hour=2, minute=30, timezone=settings.zone)
    scheduler.add_job(_guarded, nightly, args=["nightly", lambda: _nightly(instance)], id="nightly")
    return scheduler


def _add_source(scheduler: BackgroundScheduler, instance: pipeline.Instance, name: str, first: datetime) -> None:
    scheduler.add_job(
        _guarded,
        IntervalTrigger(seconds=instance.settings.sources[name].every.total_seconds()),
        args=[f"collect {name}", _collect_source, instance, name],
        id=f"collect:{name}",
        executor="sources",
        next_run_time=first,
    )


def _every(scheduler: BackgroundScheduler, name: str, every: timedelta, step: Callable[[], Any], first: Any = None) -> None:
    extra = {} if first is None else {"next_run_time": first}
    scheduler.add_job(_guarded, IntervalTrigger(seconds=every.total_seconds()), args=[name, step], id=name, **extra)


def _collect_source(instance: pipeline.Instance, name: str) -> None:
    try:
        done = pipeline.collect(instance, name, utc_now())
    except SettingsError as error:  # of a source that was off when the settings were checked
        note_trouble(instance, name, error, utc_now())
        return
    if done.new or done.updated or done.deleted:
        log.info("%s: %d new, %d updated, %d deleted", name, done.new, done.updated, done.deleted)


def _nightly(instance: pipeline.Instance) -> None:
    with instance.writing:
        retention.apply(instance.warehouse, utc_now())
        instance.forget_stories(utc_now())
        for step in (second_looks.forget, claims.forget):
            step(instance.warehouse.con, (utc_now() - instance.settings.retention.window).date())
        write.remove_late_duplicates(instance.warehouse, utc_now())
        coverage.fill_gaps(instance.warehouse.con, utc_now(), instance.queries)


def _guarded(name: str, step: Callable[..., Any], *args: Any) -> None:
    """A job that fails must not take the others with it: it is logged and runs again on schedule; with its traceback, where nobody but a
    programmer can act on it."""
    try:
        step(*args)
    except KentonganError as error:
        log.error("%s: %s; it runs again on schedule", name, error)
    except Exception:
        log.exception("%s failed; it runs again on schedule", name)
