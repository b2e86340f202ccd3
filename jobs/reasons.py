"""Gives the signals that have none a reason: from the posts behind them, their baseline, and how fast they grow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from itertools import groupby, islice
from operator import itemgetter
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from analytics.explain import Reason, explain
from analytics.growth import growth
from analytics.reason_sentences import Situation, places_in_words
from jobs.units import Units
from warehouse import signals
from warehouse.database import Connection, rows
from warehouse.records import ALL
from warehouse.series import Panel
from warehouse.signal_posts import TopicPosts, cluster_baseline, cluster_posts

Days = NDArray[np.datetime64]
Counts = NDArray[np.float64]

SHOWN: Final = 60  #: days of a series that growth is read from
WIDE: Final = 1.96 / 3.09  #: from the detector's upper bound at one in a thousand, one-sided, to a 95 % interval, two-sided, if normal
AT_A_TIME: Final = 200


def explain_signals(con: Connection, panel: Panel, detector: str) -> int:
    """Store a reason for each signal of the detector that has none and lies in the panel; returns how many. The caller holds the writer."""
    kinds = {row["source"]: row["kind"] for row in rows(con, "SELECT source, kind FROM sources")}
    waiting = _reasons(con, panel, signals.unexplained(con, detector), kinds)
    done = 0
    while some := list(islice(waiting, AT_A_TIME)):
        columns = {"signal_id": [one for one, _ in some], "kind": [reason.kind for _, reason in some]}
        signals.explain(con, pa.table(columns | {"reason": [reason.to_json() for _, reason in some]}))
        done += len(some)
    return done


def explain_clusters(con: Connection, units: Mapping[str, Units]) -> int:
    """Store a reason for each cluster that has none, from the posts of its places; returns how many. The caller holds the writer."""
    kinds = {row["source"]: row["kind"] for row in rows(con, "SELECT source, kind FROM sources")}
    done = 0
    for cluster in signals.unexplained_clusters(con):
        own = units.get(cluster["topic"])
        if own is None or not own.days[0] <= np.datetime64(cluster["day"]) <= own.days[-1]:
            continue
        posts = cluster_posts(con, cluster["topic"], cluster["places"], cluster["since"], cluster["day"])
        baseline = cluster_baseline(con, cluster["topic"], cluster["places"], cluster["since"])
        reason = explain(posts, baseline, _situation_of_cluster(own, cluster), kinds)
        signals.explain(con, pa.table({"signal_id": [cluster["signal_id"]], "kind": [reason.kind], "reason": [reason.to_json()]}))
        done += 1
    return done


def _situation_of_cluster(units: Units, cluster: dict[str, Any]) -> Situation:
    """What the scan and the growth of all places together say; the interval of what is expected is that of a Poisson count (normal)."""
    counts, exposure = units.together(cluster["places"])
    places = {language: places_in_words(cluster["names"], language) for language in ("id", "en")}
    return _situation(cluster, 1.96 * np.sqrt(cluster["expected"]), places, units.days, counts, exposure)


def _reasons(con: Connection, panel: Panel, found: list[dict[str, Any]], kinds: dict[str, str]) -> Iterator[tuple[str, Reason]]:
    series = {key: row for row, key in enumerate(zip(panel.topics, panel.places, strict=True))}
    inside = [
        one for one in found if (one["topic"], one["place_code"]) in series and panel.days[0] <= np.datetime64(one["day"]) <= panel.days[-1]
    ]
    for topic, of_topic in groupby(sorted(inside, key=itemgetter("topic")), itemgetter("topic")):
        own = list(of_topic)
        posts = TopicPosts(con, topic, min(signal["since"] for signal in own), max(signal["day"] for signal in own))
        for signal in own:
            there = posts.of_signal(signal["place_code"], signal["since"], signal["day"])
            situation = _situation_of_series(panel, series[topic, signal["place_code"]], signal)
            yield signal["signal_id"], explain(there, posts.before(signal["place_code"], signal["since"]), situation, kinds)


def _situation_of_series(panel: Panel, row: int, signal: dict[str, Any]) -> Situation:
    """What the detector and the growth say. The detector gives one bound; the interval is as wide as a normal one with that bound."""
    wide = WIDE * max(signal["upper"] - signal["expected"], 0.0)
    name = signal["place"] or signal["place_code"]
    places = None if signal["place_code"] == ALL else {"id": name, "en": name}
    return _situation(signal, wide, places, panel.days, panel.counts[row : row + 1], panel.exposure[row : row + 1])


def _situation(
    signal: dict[str, Any], wide: float, places: dict[str, str] | None, days: Days, counts: Counts, exposure: Counts
) -> Situation:
    """counts, exposure: (1, days). wide: half of the interval of what is expected, in posts."""
    end = int((np.datetime64(signal["day"]) - days[0]) / np.timedelta64(1, "D")) + 1
    shown = slice(max(0, end - SHOWN), end)
    grown = growth(counts[:, shown], days[shown], exposure[:, shown])
    rate, low, high = (None if np.isnan(value[0]) else float(value[0]) for value in (grown.rate, grown.low, grown.high))
    return Situation(
        observed=signal["observed"],
        expected=signal["expected"],
        lower=max(signal["expected"] - wide, 0.0),
        upper=signal["expected"] + wide,
        since=signal["since"],
        topic={"id": signal["topic_id"], "en": signal["topic_en"]},
        place=places,
        growth=rate,
        growth_low=low,
        growth_high=high,
        week=(signal["day"] - timedelta(days=signal["period_days"] - 1), signal["day"]) if signal.get("period_days", 1) > 1 else None,
    )
