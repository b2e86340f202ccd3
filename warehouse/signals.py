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

RUN = 3  #: days between two signals of one run at most
_NUMBERS = ("observed", "expected", "upper", "pvalue", "qvalue", "exposure")

#: A reason stays while the count that it explains does.
_SAME = "CASE WHEN o.observed = n.observed THEN o"

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
) -> None:
    """Put `found` (see ROWS) in the place of the detector's signals on the evaluated days, in one transaction.

    A signal that was there before keeps its signal_id and first_detected_at; one that no longer stands goes. NaN becomes NULL.
    Raises ValueError for a row on a day that was not evaluated.
    """
    days = sorted(set(evaluated_days))
    if stray := set(found["day"].to_pylist()) - set(days):
        raise ValueError(f"signal of {detector} on {min(stray)}, which is not one of the evaluated days")
    with transaction(con):
        key = {"days": days, "detector": detector}
        same = "detector = $detector AND day IN (SELECT unnest($days::DATE[]))"
        con.execute(f"CREATE OR REPLACE TEMP TABLE old_signals AS SELECT * FROM signals WHERE {same}", key)
        con.execute(f"DELETE FROM signals WHERE {same}", key)
        con.register("new_signals", found.select(ROWS.names))
        con.execute(
            f"""INSERT INTO signals BY NAME
            SELECT {_ID} AS signal_id, n.day, n.topic, n.place_code, n."level", $detector AS detector, $params AS params,
                   {", ".join(f"CASE WHEN isfinite(n.{name}) THEN n.{name} END AS {name}" for name in _NUMBERS)},
                   n.rule, {_SAME}.kind END AS kind, {_SAME}.reason END AS reason,
                   coalesce(o.first_detected_at, $now::TIMESTAMPTZ) AS first_detected_at, $now::TIMESTAMPTZ AS updated_at,
                   $run_id AS run_id
            FROM new_signals AS n
            LEFT JOIN old_signals AS o ON o.day = n.day AND o.topic = n.topic AND o.place_code = n.place_code
            ORDER BY n.day, n.topic, n.place_code""",
            {"detector": detector, "params": json.dumps(dict(params or {}), sort_keys=True), "now": now, "run_id": run_id},
        )
        con.unregister("new_signals")


def unexplained(con: Connection, detector: str) -> list[dict[str, Any]]:
    """Signals without a reason: signal_id, day, topic, place_code, observed, expected, upper, since (first day of its run: days of signals
    at most `RUN` apart), names of topic (topic_id, topic_en) and place."""
    return rows(
        con,
        f"""WITH runs AS (
            SELECT *, sum(CASE WHEN day - before <= {RUN} THEN 0 ELSE 1 END) OVER (PARTITION BY topic, place_code ORDER BY day) AS run
            FROM (SELECT *, lag(day) OVER (PARTITION BY topic, place_code ORDER BY day) AS before FROM signals WHERE detector = $detector)
        ), begun AS (SELECT *, min(day) OVER (PARTITION BY topic, place_code, run) AS since FROM runs)
        SELECT b.signal_id, b.day, b.topic, b.place_code, b.observed, b.expected, b.upper, b.since,
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
