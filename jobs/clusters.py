"""Places together: scan each topic for clusters of neighbouring places, and keep each as one signal with its places.

The places are regencies, and provinces with the posts that name no regency of theirs. A cluster of the next day that shares a place with
one of the last week is known by the same place, so that it joins the open signal (see warehouse/triage.py).
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from analytics.detect.clusters import Known, Rules, adds_something, anchors, clusters_of_day
from analytics.detect.fdr import q_values
from analytics.detect.scan import Cluster
from analytics.geo import gazetteer
from jobs.reasons import explain_clusters
from jobs.units import Units, units_of
from warehouse import series, signals, write
from warehouse.database import rows
from warehouse.records import SCAN
from warehouse.settings import Settings
from warehouse.triage import QUIET

if TYPE_CHECKING:
    from jobs.pipeline import Instance

log = logging.getLogger("kentongan")

LONGEST = 28  #: days that are scanned anew at most: a day of 30 topics takes about a second
RULE = "more posts in neighbouring places together than in any of the random panels"


@dataclass(frozen=True)
class Found:
    """A cluster of a topic on a day, with the q-value over the day's topics."""

    topic: str
    day: date
    cluster: Cluster
    pvalue: float


def scan_places(instance: Instance, now: datetime, days: int | None = None) -> int:
    """Look for clusters on the last `days` days, at most `LONGEST` (default: detect.recompute_days, when a scan is due); returns how many.

    Without `days` it takes at most about `scan.budget`; topics that are left keep their signals and come first in the next run.
    """
    settings, con = instance.settings, instance.warehouse.con
    if not settings.scan.enabled or (days is None and not _due(instance, now)):
        return 0
    today = now.astimezone(settings.zone).date()
    evaluated = settings.detect.recompute_days if days is None else min(days, LONGEST)
    tested = [today - timedelta(days=back) for back in reversed(range(evaluated))]
    with instance.writing:
        panel = series.daily_panel(con, tested[0] - timedelta(days=settings.scan.history), today, ("province", "regency"), now)
        order = _order(con, sorted(set(panel.topics)))
        raised = _raised(con)
        run = write.start_run(con, kind="scan", now=now)
    ends = monotonic() + settings.scan.budget.total_seconds()
    units = {topic: units_of(panel, topic, gazetteer(), settings.detect.min_exposure) for topic in order}
    scanned: list[str] = []
    found: dict[tuple[str, date], tuple[list[Cluster], float]] = {}
    with ThreadPoolExecutor(settings.enrich.processes) as pool:  # the compiled half of a scan needs no lock of Python's
        for topic in order:
            if (days is None and monotonic() > ends) or instance.stopping.is_set():
                break
            on_day = pool.map(partial(_on, units[topic], topic, raised.get(topic, ()), settings), tested)
            found |= {(topic, day): told for day, told in zip(tested, on_day, strict=True)}
            scanned.append(topic)
    left = len(order) - len(scanned)
    with instance.writing:
        kept = list(_worth_telling(units, _likely(found, settings), raised, settings))
        _store(instance, units, kept, tested, scanned if left else None, now, run)
        explain_clusters(con, units)
        note = f"{len(kept)} clusters" + (f"; no time for {left} topics, of which {order[len(scanned)]} is the next" if left else "")
        write.finish_run(con, run, now=now, outcome="ok", note=note)
    return len(kept)


def _due(instance: Instance, now: datetime) -> bool:
    """A scan is due when the last one is long enough ago or was on another day."""
    found = rows(instance.warehouse.con, "SELECT max(started_at) AS at FROM runs WHERE kind = 'scan' AND outcome = 'ok'")
    last, zone = found[0]["at"], instance.settings.zone
    return last is None or now - last >= instance.settings.scan.every or now.astimezone(zone).date() != last.astimezone(zone).date()


def _order(con: Any, topics: list[str]) -> list[str]:
    """Topics, those first for which the last scan had no time."""
    notes = rows(con, "SELECT note FROM runs WHERE kind = 'scan' AND outcome = 'ok' ORDER BY started_at DESC LIMIT 1")
    note = (notes[0]["note"] or "") if notes else ""
    first = note.removesuffix(" is the next").rpartition("of which ")[2] if note.endswith(" is the next") else ""
    at = topics.index(first) if first in topics else 0
    return topics[at:] + topics[:at]


def _rules(settings: Settings) -> Rules:
    scan = settings.scan
    return Rules(scan.alpha, scan.replicates, scan.max_days, scan.max_share, scan.min_posts, settings.detect.min_observed)


def _raised(con: Any) -> dict[str, list[tuple[str, date]]]:
    """Places and days of the signals that single places have, by topic. Weeks are left out: a week that is out of the ordinary in one place
    does not say what its neighbours have in common, and clusters of thin outbreaks would be lost to it."""
    by_topic: dict[str, list[tuple[str, date]]] = {}
    sql = "SELECT DISTINCT topic, place_code, day FROM signals WHERE since IS NULL AND coalesce(period_days, 1) = 1 ORDER BY ALL"
    for row in rows(con, sql):
        by_topic.setdefault(row["topic"], []).append((row["place_code"], row["day"]))
    return by_topic


def _on(units: Units, topic: str, raised: Iterable[tuple[str, date]], settings: Settings, day: date) -> tuple[list[Cluster], float]:
    counts = units.until(day, settings.scan.history, settings.scan.max_days, raised)
    return clusters_of_day(counts, units.latitude, units.longitude, _rules(settings), f"{topic} {day}")


def _likely(found: Mapping[tuple[str, date], tuple[list[Cluster], float]], settings: Settings) -> Iterator[tuple[Found, float]]:
    """Clusters whose false discovery rate among the day's topics is low enough, with that rate."""
    for day in sorted({day for _, day in found}):
        topics = sorted(topic for topic, on in found if on == day)
        first = np.array([found[topic, day][1] for topic in topics])
        for number, topic in enumerate(topics):
            for cluster in found[topic, day][0]:
                pvalues = first.copy()
                pvalues[number] = cluster.pvalue
                qvalue = float(q_values(pvalues[:, None])[number, 0])
                if qvalue <= settings.detect.max_qvalue:
                    yield Found(topic, day, cluster, cluster.pvalue), qvalue


def _worth_telling(
    units: Mapping[str, Units],
    likely: Iterator[tuple[Found, float]],
    raised: Mapping[str, list[tuple[str, date]]],
    settings: Settings,
) -> Iterator[tuple[Found, float]]:
    """Clusters that say more than the signals of their places do."""
    for one, qvalue in likely:
        own = units[one.topic]
        since = own.day(one.day, one.cluster, settings.scan.history)
        has_signal = np.isin(own.places, [place for place, day in raised.get(one.topic, ()) if since <= day <= one.day])
        if adds_something(one.cluster, has_signal, _rules(settings)):
            yield one, qvalue


def _store(
    instance: Instance,
    units: Mapping[str, Units],
    kept: list[tuple[Found, float]],
    tested: list[date],
    topics: list[str] | None,
    now: datetime,
    run: str,
) -> None:
    con, history = instance.warehouse.con, instance.settings.scan.history
    known = _known(signals.clusters(con, tested[0] - QUIET, tested[-1]))
    found, places = [], []
    for topic, day in sorted({(one.topic, one.day) for one, _ in kept}, key=lambda key: (key[1], key[0])):
        own = units[topic]
        today = [(one.cluster, qvalue) for one, qvalue in kept if (one.topic, one.day) == (topic, day)]
        named = [own.named(cluster) for cluster, _ in today]
        before = [one for one in known.get(topic, ()) if day - QUIET <= one.day <= day]
        for (cluster, qvalue), names, anchor in zip(today, named, anchors(named, before), strict=True):
            found.append(own.signal(topic, day, cluster, anchor, history) | {"qvalue": qvalue, "rule": RULE})
            places += own.rows(topic, day, cluster, anchor)
            known.setdefault(topic, []).append(Known(day, anchor, frozenset(names)))
    signals.store(
        con,
        pa.Table.from_pylist(found, schema=signals.CLUSTERS),
        tested,
        detector=SCAN,
        now=now,
        run_id=run,
        params=asdict(_rules(instance.settings)),
        topics=topics,
        places=pa.Table.from_pylist(places, schema=signals.PLACES),
    )


def _known(stored: list[dict[str, Any]]) -> dict[str, list[Known]]:
    by_topic: dict[str, list[Known]] = {}
    for row in stored:
        by_topic.setdefault(row["topic"], []).append(Known(row["day"], row["place_code"], frozenset(row["places"])))
    return by_topic
