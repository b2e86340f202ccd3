"""Which posts deserve a second look, and what it found."""

from __future__ import annotations

from datetime import date, timedelta

import pyarrow as pa

from warehouse.database import Connection, arrow, transaction
from warehouse.records import FIRSTHAND
from warehouse.schema_looks import SECOND_LOOKS

RECENT = timedelta(days=14)  #: posts and signals of these last days are looked at
OF_A_SIGNAL = 200  #: posts of a signal: the first of the order in which its reason reads them
UNSURE = 0.5  #: a label told with less is looked at again
NEAR_FIRSTHAND = (FIRSTHAND - 0.2, FIRSTHAND + 0.2)
SAMPLED = 50  #: one post in so many, drawn by hash

#: What `waiting` gives.
WAITING = pa.schema(
    [
        ("source", pa.string()),
        ("native_id", pa.string()),
        ("day", pa.date32()),
        ("text_hash", pa.int64()),
        ("text", pa.string()),
        ("lang", pa.string()),
        ("dengue", pa.bool_()),
        ("why", pa.string()),
    ]
)

_INSIDE = """inside AS (
    SELECT place_code AS top, place_code AS code FROM places
    UNION ALL SELECT i.top, p.place_code FROM places AS p JOIN inside AS i ON p.parent_code = i.code)"""

_CANDIDATES = f"""WITH RECURSIVE {_INSIDE},
recent AS (
    SELECT source, native_id, day, text_hash, text, lang, topics, [place.code for place in places] AS codes,
           sentiment_p, intent_p, firsthand_p, hash(source, native_id) AS drawn
    FROM posts WHERE day > $today - $days::INTEGER AND deleted_at IS NULL AND text IS NOT NULL AND text_hash IS NOT NULL AND len(topics) > 0
), asked AS (
    SELECT s.day, coalesce(max(s.period_days), 1) AS period, s.topic, p.place_code, list(i.code) AS codes
    FROM signals AS s JOIN signal_places AS p USING (signal_id) LEFT JOIN inside AS i ON i.top = p.place_code
    WHERE s.day > $today - $days::INTEGER GROUP BY ALL
), of_signals AS (
    SELECT r.source, r.native_id FROM recent AS r JOIN asked AS a
    ON r.day BETWEEN a.day - (a.period - 1) AND a.day AND list_contains(r.topics, a.topic)
        AND (a.place_code = '*' OR list_has_any(r.codes, a.codes))
    QUALIFY row_number() OVER (PARTITION BY a.day, a.topic, a.place_code ORDER BY r.drawn) <= {OF_A_SIGNAL}
), chosen AS (
    SELECT r.*, CASE WHEN (r.source, r.native_id) IN (SELECT (source, native_id) FROM of_signals) THEN 1
                     WHEN r.sentiment_p < {UNSURE} OR r.intent_p < {UNSURE}
                          OR r.firsthand_p BETWEEN {NEAR_FIRSTHAND[0]} AND {NEAR_FIRSTHAND[1]} THEN 2
                     WHEN r.drawn % {SAMPLED} = 0 THEN 3 END AS rank
    FROM recent AS r
)
SELECT c.source, c.native_id, c.day, c.text_hash, c.text, c.lang, list_contains(c.topics, 'dengue') AS dengue,
       CASE c.rank WHEN 1 THEN 'signal' WHEN 2 THEN 'unsure' ELSE 'sample' END AS why
FROM chosen AS c LEFT JOIN second_looks AS l
    ON l.source = c.source AND l.native_id = c.native_id AND l.text_hash = c.text_hash AND l.model_version = $version
WHERE c.rank IS NOT NULL AND l.native_id IS NULL ORDER BY c.rank, c.day DESC, c.drawn LIMIT $most"""


def waiting(con: Connection, version: str, today: date, most: int) -> pa.Table:
    """At most `most` posts (WAITING) that `version` has not looked at: posts of signals first, then unsure ones, then the sample.

    Only posts with a topic of the last `RECENT`; the newest first. today: day in the configured zone.
    """
    params = {"today": today, "days": RECENT.days, "version": version, "most": most}
    return arrow(con, _CANDIDATES, params).cast(WAITING)


def store(con: Connection, looks: pa.Table) -> int:
    """Keep looks (the columns of `second_looks`) in the place of earlier ones of the same posts, in one transaction; returns how many.

    A post that was erased or edited since it was read is left out.
    """
    names = ", ".join(f"n.{column.name}" for column in SECOND_LOOKS.columns)
    with transaction(con):
        con.register("new_looks", looks)
        con.execute(
            f"""CREATE OR REPLACE TEMP TABLE standing AS SELECT {names} FROM new_looks AS n JOIN posts AS p
            ON p.source = n.source AND p.native_id = n.native_id AND p.day = n.day AND p.text_hash = n.text_hash AND p.deleted_at IS NULL"""
        )
        con.unregister("new_looks")
        con.execute("DELETE FROM second_looks AS l USING standing AS n WHERE l.source = n.source AND l.native_id = n.native_id")
        con.execute("INSERT INTO second_looks SELECT * FROM standing")
        return int(con.execute("SELECT count(*) FROM standing").fetchall()[0][0])


def forget(con: Connection, before: date) -> None:
    """Drop the looks at posts of days before `before`: what is decided by then is decided."""
    con.execute("DELETE FROM second_looks WHERE day < $before", {"before": before})
