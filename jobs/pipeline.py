"""The steps, in the order of the data: collect → label → store → count → detect → publish.

Plain functions over an `Instance`. Any number of threads may collect and label at once; `Instance.writing` lets one of them at a
time reach the warehouse, which has a single writer.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa

from analytics.detect.base import Detection, Detector, history
from analytics.detect.base import build as build_detector
from analytics.detect.fdr import q_values
from analytics.geo import places
from ingest.base import Collector, Request
from ingest.base import build as build_collector
from ingest.http import Http
from jobs.author_key import author_key
from jobs.clusters import scan_places
from jobs.labelling import Labeller, arrow_batches, as_table
from jobs.progress import Progress, no_progress
from jobs.reasons import explain_signals
from jobs.second_look import look_again
from jobs.signal_table import signal_rows
from jobs.sources import enabled_sources, sources_now
from jobs.stories import Stories, names_of
from jobs.stretches import Stretch, stretches
from jobs.topics import topics_file_of
from jobs.weekly import look_at_weeks
from warehouse import coverage, echoes, publish, series, signals, sketches, triage, write
from warehouse.errors import CollectError, SettingsError, SourceRefused, SourceThrottled
from warehouse.records import Checkpoint
from warehouse.settings import DataFolder, Settings
from warehouse.state import State
from warehouse.store import Warehouse

log = logging.getLogger("kentongan")


@dataclass
class Instance:
    """One running instance: its settings, its warehouse, and what its steps share."""

    settings: Settings
    warehouse: Warehouse
    http: Http
    labeller: Labeller
    queries: Mapping[str, Sequence[str]] = field(default_factory=dict)  #: of each enabled source
    writing: threading.RLock = field(default_factory=threading.RLock)
    stopping: threading.Event = field(default_factory=threading.Event)
    _stories: Stories | None = None  #: read when posts are first stored
    off: set[str] = field(default_factory=set)  #: sources that were switched off while the worker runs
    relabelling: threading.Lock = field(default_factory=threading.Lock)  #: one pass over old posts at a time

    def with_stories(self, labelled: pa.Table, now: datetime) -> tuple[pa.Table, pa.Table]:
        """The posts with the story that each belongs to, and their sketches; the caller holds `writing`."""
        con = self.warehouse.con
        if self._stories is None:
            self._stories = Stories(sketches.kept(con, now - self.settings.retention.window))
        return self._stories.assign(labelled, names_of(labelled), lambda keys: sketches.ids(con, keys))

    def forget_stories(self, now: datetime) -> None:
        """Remove what is older than the window; what is left is read again when it is next needed."""
        sketches.forget(self.warehouse.con, now - self.settings.retention.window)
        self._stories = None

    @classmethod
    def of(cls, folder: DataFolder, settings: Settings, warehouse: Warehouse) -> Instance:
        http = Http(settings.collect, settings.general.contact)
        wanted = enabled_sources(settings, State(folder))
        # One that only a switch has enabled is looked at by the worker: an error in its table must not keep the others from starting.
        sure = [name for name in wanted if settings.sources[name].enabled]
        queries = {name: build_collector(name, settings.sources[name], http).queries() for name in sure}
        build_detector(settings.detect.algorithm, settings.detect.params)  # a wrong one is told now, and not every quarter of an hour
        off = set(enabled_sources(settings)) - set(wanted)
        return cls(settings, warehouse, http, Labeller(settings, author_key(folder), topics_file_of(folder, settings)), queries, off=off)


def prepare(instance: Instance) -> None:
    """Bring the reference tables of the warehouse (places, topics) to what this version ships."""
    with instance.writing:
        write.replace_places(instance.warehouse.con, places())
        write.replace_topics(instance.warehouse.con, instance.labeller.enricher.topics.table())


@dataclass(frozen=True)
class Collected:
    """What one run of a source brought; `error` is None when all queries answered."""

    source: str
    new: int = 0
    updated: int = 0
    deleted: int = 0
    error: str | None = None

    def plus(self, written: write.Written) -> Collected:
        return Collected(self.source, self.new + written.new, self.updated + written.updated, self.deleted + written.deleted, self.error)


def collect(instance: Instance, source: str, now: datetime, progress: Progress = no_progress) -> Collected:
    """Collect all queries of one source; trouble with one query is recorded and the next one goes on.

    now: aware UTC. Raises SettingsError when the source is not in the settings or its options are wrong.
    """
    settings = instance.settings.sources.get(source)
    if settings is None:
        raise SettingsError(f"no source {source!r} in the settings; one of {', '.join(sorted(instance.settings.sources)) or '(none)'}")
    collector = build_collector(source, settings, instance.http)
    total = Collected(source)
    for query in collector.queries():
        if source in instance.off:
            break
        total = _collect_query(instance, collector, source, query, now, total, progress)
    return total


def _collect_query(
    instance: Instance, collector: Collector, source: str, query: str, now: datetime, total: Collected, progress: Progress
) -> Collected:
    con = instance.warehouse.con
    with instance.writing:
        run = write.start_run(con, kind="collect", source=source, query=query, now=now)
        cursor = write.cursor(con, source, query)
    before, outcome, note = total, "ok", ""
    try:
        for stretch, labelled in _labelled(instance, collector.collect(Request(query, cursor, now)), now):
            with instance.writing:
                told, sketched = instance.with_stories(as_table(labelled), now)
                written = write.commit(
                    instance.warehouse,
                    source=source,
                    query=query,
                    enriched=told,
                    sketches=sketched,
                    deletions=stretch.deletions,
                    checkpoint=stretch.checkpoint,
                    now=now,
                )
            total = total.plus(written)
            note = stretch.checkpoint.note if stretch.checkpoint else note
            progress(total.new + total.updated, None, source)
            if instance.stopping.is_set() or source in instance.off:
                break
    except CollectError as error:
        outcome, note = outcome_of(error), str(error)
        log.warning("%s: %s: %s", source, query, error)
        with instance.writing:
            coverage.record_failure(con, source, query, now, str(error), outcome)
        total = Collected(source, total.new, total.updated, total.deleted, str(error))
    with instance.writing:
        write.finish_run(
            con,
            run,
            now=now,
            outcome=outcome,
            new=total.new - before.new,
            updated=total.updated - before.updated,
            deleted=total.deleted - before.deleted,
            note=note,
        )
    return total


def outcome_of(error: CollectError) -> str:
    """The outcome of a run as the ledger names it."""
    if isinstance(error, SourceRefused):
        return "refused"
    return "throttled" if isinstance(error, SourceThrottled) else "failed"


def _labelled(instance: Instance, items: Iterator, now: datetime) -> Iterator[tuple[Stretch, list]]:
    size = instance.settings.enrich.batch
    return instance.labeller.map(stretches(items, size), lambda stretch: arrow_batches(stretch.posts, now, size))


def detect(instance: Instance, now: datetime, days: int | None = None) -> int:
    """Test the last `days` days (default: detect.recompute_days) of every topic and place, then whole weeks and neighbouring places
    together when they are due (see `jobs.weekly`, `jobs.clusters`); returns the number of signals stored.

    A day that was covered less than detect.min_exposure is neither tested nor learnt from: it is NaN to the detector.
    """
    settings = instance.settings.detect
    detector = build_detector(settings.algorithm, settings.params)
    today = now.astimezone(instance.settings.zone).date()
    evaluated = settings.recompute_days if days is None else days
    first = today - timedelta(days=evaluated + history(detector) + 7)
    con = instance.warehouse.con
    with instance.writing:
        panel = series.daily_panel(con, first, today, settings.levels, now)
    if not len(panel.topics):
        return 0
    counts = np.where(panel.exposure >= settings.min_exposure, panel.counts, np.nan)
    found = detector.detect(counts, panel.days, panel.exposure)
    tested = panel.days > np.datetime64(today - timedelta(days=evaluated))
    qvalue = q_values(found.pvalue)
    likely = np.isnan(qvalue) | (qvalue <= settings.max_qvalue)  # some detectors have no p-values
    alarm = found.alarm & likely & (panel.counts >= settings.min_observed) & tested
    rows = signal_rows(panel, Detection(found.expected, found.upper, found.pvalue, alarm), qvalue, detector.rule)
    with instance.writing:
        run = write.start_run(con, kind="detect", source="", query="", now=now)
        evaluated_days = [day for day, flag in zip(panel.days.astype(object), tested, strict=True) if flag]
        signals.store(con, rows, evaluated_days, detector=detector.name, params=settings.params, now=now, run_id=run)
        echoes.mark(con, evaluated_days, detector.name)
    if days is None:  # so that the reasons know of it; a first fill would wait for posts that the next runs read
        look_again(instance, now)
    with instance.writing:
        explain_signals(con, panel, detector.name)
        write.finish_run(con, run, now=now, outcome="ok", note=f"{rows.num_rows} signals")
    return rows.num_rows + look_at_weeks(instance, now, days) + scan_places(instance, now, days)


def publish_now(instance: Instance, now: datetime) -> publish.Published:
    """Write the published copy that every reader opens, and remove what nobody reads any more."""
    with instance.writing:
        state = State(instance.warehouse.folder)
        write.note_sources(instance.warehouse.con, sources_now(instance.settings, state), now)
        coverage.fill_gaps(instance.warehouse.con, now, instance.queries)
        triage.follow(instance.warehouse, state)
        done = publish.publish(instance.warehouse, now)
    publish.prune(instance.warehouse.folder, now, instance.settings.publish.grace)
    return done


__all__ = [
    "Checkpoint",
    "Collected",
    "Detector",
    "Instance",
    "Progress",
    "collect",
    "detect",
    "enabled_sources",
    "no_progress",
    "outcome_of",
    "publish_now",
    "sources_now",
]
