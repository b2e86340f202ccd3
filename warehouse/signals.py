"""The signals that a detector found, kept so that testing a day again neither doubles nor renames them."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any

import pyarrow as pa

from warehouse.database import Connection, rows, transaction

#: What a detector's rows must have; the rest is added here.
ROWS = pa.schema(
    [
        ("day", pa.date32()),
        ("topic", pa.string()),
        ("place_code", pa.string()),
        ("level", pa.string()),
        ("observed", pa.float64()),
        ("expected", pa.float64()),
        ("upper", pa.float64()),
        ("pvalue", pa.float64()),
        ("qvalue", pa.float64()),
        ("exposure", pa.float64()),
        ("rule", pa.string()),
    ]
)

#: What the rows of clusters have besides.
CLUSTERS = pa.schema([*ROWS, ("since", pa.date32()), ("relative_risk", pa.float64()), ("radius_km", pa.float64())])

#: The places of clusters, each row with the key of its signal.
PLACES = pa.schema(
    [
        ("day", pa.date32()),
        ("topic", pa.string()),
        ("signal_place", pa.string()),
        ("place_code", pa.string()),
        ("observed", pa.float64()),
        ("expected", pa.float64()),
    ]
)

RUN = 3  #: days between two signals of one run at most
_NUMBERS = ("observed", "expected", "upper", "pvalue", "qvalue", "exposure", "relative_risk", "radius_km")

#: A reason stays while the count that it explains does, of a cluster also its days and its reach.
_SAME = """CASE WHEN o.observed = n.observed AND o.since IS NOT DISTINCT FROM n.since
    AND o.radius_km IS NOT DISTINCT FROM n.radius_km THEN o"""

_NEW = "SELECT *{more} FROM new_signals"
_PLAIN = ", NULL::DATE AS since, NULL::DOUBLE AS relative_risk, NULL::DOUBLE AS radius_km"

#: 64 bits of the key's hash: the same id in every run and on every machine, short enough for an address and a mail.
_ID = "left(md5(concat_ws('|', n.day, n.topic, n.place_code, $detector)), 16)"


def store(
    con: Connection,
    found: pa.Table,
    evaluated_days: Collection[date],
    detector: str,
    now: datetime,
    run_id: str,
    params: Mapping[str, Any] | None = None,
    topics: Collection[str] | None = None,
    places: pa.Table | None = None,
    period: int = 1,
) -> None:
    """Put `found` (see ROWS, or CLUSTERS) in the place of the detector's signals on the evaluated days, in one transaction.

    topics: those that were evaluated, all when None; places: of clusters, see PLACES; period: days that are counted, up to the signal's
    own; a cluster says itself since when. A signal that was there before keeps its signal_id
    and first_detected_at; one that no longer stands goes. NaN becomes NULL. Raises ValueError for a row that was not evaluated.
    """
    days = sorted(set(evaluated_days))
    if stray := set(found["day"].to_pylist()) - set(days):
        raise ValueError(f"signal of {detector} on {min(stray)}, which is not one of the evaluated days")
    if topics is not None and (strange := set(found["topic"].to_pylist()) - set(topics)):
        raise ValueError(f"signal of {detector} about {min(strange)}, which is not one of the evaluated topics")
    with transaction(con):
        key: dict[str, Any] = {"days": days, "detector": detector}
        same = "detector = $detector AND day IN (SELECT unnest($days::DATE[]))"
        if topics is not None:
            same, key = f"{same} AND topic IN (SELECT unnest($topics::VARCHAR[]))", key | {"topics": sorted(topics)}
        con.execute(f"CREATE OR REPLACE TEMP TABLE old_signals AS SELECT * FROM signals WHERE {same}", key)
        con.execute(f"DELETE FROM signals WHERE {same}", key)
        con.register("new_signals", found.select(CLUSTERS.names if places is not None else ROWS.names))
        con.execute(
            f"""INSERT INTO signals BY NAME
            SELECT {_ID} AS signal_id, n.day, n.topic, n.place_code, n."level", $detector AS detector, $params AS params, n.since,
                   coalesce(n.day - n.since + 1, $period) AS period_days,
                   {", ".join(f"CASE WHEN isfinite(n.{name}) THEN n.{name} END AS {name}" for name in _NUMBERS)},
                   n.rule, {_SAME}.kind END AS kind, {_SAME}.reason END AS reason,
                   coalesce(o.first_detected_at, $now::TIMESTAMPTZ) AS first_detected_at, $now::TIMESTAMPTZ AS updated_at,
                   $run_id AS run_id
            FROM ({_NEW.format(more="" if places is not None else _PLAIN)}) AS n
            LEFT JOIN old_signals AS o ON o.day = n.day AND o.topic = n.topic AND o.place_code = n.place_code
            ORDER BY n.day, n.topic, n.place_code""",
            {
                "detector": detector, "params": json.dumps(dict(params or {}), sort_keys=True), "now": now, "run_id": run_id,
                "period": period,
            },
        )  # fmt: skip
        con.unregister("new_signals")
        if places is not None:
            _store_places(con, places, detector)


def _store_places(con: Connection, places: pa.Table, detector: str) -> None:
    """The places of new clusters, in the place of those of clusters that are gone or were found again."""
    con.register("new_places", places.select(PLACES.names))
    con.execute("DELETE FROM cluster_places WHERE signal_id IN (FROM (SELECT signal_id FROM old_signals))")
    con.execute(
        """INSERT INTO cluster_places BY NAME SELECT s.signal_id, n.place_code, n.observed, n.expected
        FROM new_places AS n JOIN signals AS s ON s.day = n.day AND s.topic = n.topic AND s.place_code = n.signal_place
        WHERE s.detector = $detector ORDER BY s.signal_id, n.observed - n.expected DESC, n.place_code""",
        {"detector": detector},
    )
    con.unregister("new_places")


def clusters(con: Connection, first: date, last: date) -> list[dict[str, Any]]:
    """Clusters from `first` to `last`: signal_id, day, topic, place_code, places (codes of those with a post, greatest excess first)."""
    return rows(
        con,
        """SELECT s.signal_id, s.day, s.topic, s.place_code,
            list(p.place_code ORDER BY p.observed - p.expected DESC, p.place_code) AS places
        FROM signals AS s JOIN cluster_places AS p USING (signal_id)
        WHERE s.day BETWEEN $first AND $last AND p.observed > 0 GROUP BY ALL ORDER BY s.day, s.signal_id""",
        {"first": first, "last": last},
    )


def unexplained_clusters(con: Connection) -> list[dict[str, Any]]:
    """Clusters without a reason: signal_id, day, since, topic, observed, expected, names of topic (topic_id, topic_en), places (codes) and
    names of places, greatest excess first, those with a post alone."""
    return rows(
        con,
        """SELECT s.signal_id, s.day, s.since, s.topic, s.observed, s.expected, coalesce(any_value(t.name_id), s.topic) AS topic_id,
            coalesce(any_value(t.name_en), s.topic) AS topic_en,
            list(c.place_code ORDER BY c.observed - c.expected DESC, c.place_code) AS places,
            list(coalesce(p.name, c.place_code) ORDER BY c.observed - c.expected DESC, c.place_code) AS names
        FROM signals AS s JOIN cluster_places AS c USING (signal_id) LEFT JOIN topics AS t USING (topic)
        LEFT JOIN places AS p ON p.place_code = c.place_code
        WHERE s.reason IS NULL AND s.since IS NOT NULL AND c.observed > 0
        GROUP BY s.signal_id, s.day, s.since, s.topic, s.observed, s.expected ORDER BY s.day, s.topic, s.signal_id""",
    )


def unexplained(con: Connection, detector: str) -> list[dict[str, Any]]:
    """Signals without a reason: signal_id, day, period_days, topic, place_code, observed, expected, upper, since (first day of its run:
    days of signals, or weeks, at most `RUN` apart), names of topic (topic_id, topic_en) and place."""
    return rows(
        con,
        f"""WITH found AS (SELECT * REPLACE (coalesce(period_days, 1) AS period_days) FROM signals WHERE detector = $detector), runs AS (
            SELECT *, sum(CASE WHEN day - before < {RUN} + period_days THEN 0 ELSE 1 END)
                OVER (PARTITION BY topic, place_code ORDER BY day) AS run
            FROM (SELECT *, lag(day) OVER (PARTITION BY topic, place_code ORDER BY day) AS before FROM found)
        ), begun AS (
            SELECT * EXCLUDE (since), min(day) OVER (PARTITION BY topic, place_code, run) - (period_days - 1) AS since FROM runs
        )
        SELECT b.signal_id, b.day, b.period_days, b.topic, b.place_code, b.observed, b.expected, b.upper, b.since,
               coalesce(t.name_id, b.topic) AS topic_id, coalesce(t.name_en, b.topic) AS topic_en, p.name AS place
        FROM begun AS b LEFT JOIN topics AS t USING (topic) LEFT JOIN places AS p ON p.place_code = b.place_code
        WHERE b.reason IS NULL AND b.expected IS NOT NULL AND b.upper IS NOT NULL ORDER BY b.day, b.topic, b.place_code""",
        {"detector": detector},
    )


def explain(con: Connection, reasons: pa.Table) -> None:
    """Keep the reasons of signals: signal_id, kind, reason (JSON)."""
    con.register("new_reasons", reasons)
    con.execute(
        """UPDATE signals SET kind = r.kind, reason = r.reason FROM new_reasons AS r
        WHERE signals.signal_id = r.signal_id AND signals.reason IS NULL"""
    )
    con.unregister("new_reasons")
