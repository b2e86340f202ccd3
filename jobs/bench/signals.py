"""Signals for a synthetic warehouse: of its events, with every place above theirs, and some that look like chance."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any, Final

import pyarrow as pa

from jobs.bench.world import Span
from warehouse import signals
from warehouse.database import Connection, arrow, quoted, rows
from warehouse.records import SCAN
from warehouse.rollups import ABOVE

DETECTOR: Final = "gamma-Poisson"
CHANCE: Final = 4  #: signals a day that belong to no event
EVERY: Final = 9  #: one cluster of places in so many days

_FOUND: Final = f"""WITH RECURSIVE {ABOVE}, told AS (
    SELECT DISTINCT e.day, e.topic, a.counted AS place_code FROM bench_events AS e JOIN above AS a ON a.code = e.code
    UNION
    SELECT DISTINCT day, topic, '*' FROM bench_events
    UNION
    SELECT day, topic, place_code FROM (SELECT DISTINCT day, topic, place_code FROM daily_counts WHERE topic <> '*')
    QUALIFY row_number() OVER (PARTITION BY day ORDER BY hash(topic, place_code)) <= {CHANCE}
), counted AS (
    SELECT t.day, t.topic, t.place_code, sum(c.posts)::DOUBLE AS observed
    FROM told AS t JOIN daily_counts AS c ON c.day = t.day AND c.topic = t.topic AND c.place_code = t.place_code GROUP BY ALL
)
SELECT c.day, c.topic, c.place_code, CASE WHEN c.place_code = '*' THEN 'all' ELSE p."level" END AS "level", c.observed,
    c.observed * (0.1 + (hash(c.topic, c.day) % 40) / 100.0) AS expected,
    c.observed * (0.55 + (hash(c.place_code, c.day) % 35) / 100.0) AS upper,
    pow(10, -3.0 - hash(c.day, c.topic, c.place_code) % 60 / 10.0) AS pvalue, pow(10, -2.0 - hash(c.day, c.topic) % 40 / 10.0) AS qvalue,
    0.99 AS exposure, 'gamma-Poisson: above the 97.5% bound' AS rule
FROM counted AS c LEFT JOIN places AS p USING (place_code) WHERE c.observed >= 3 ORDER BY ALL"""


def raise_signals(con: Connection, span: Span) -> int:
    """Store signals, clusters of places, and a reason with each; how many signals there are."""
    found = arrow(con, _FOUND).cast(signals.ROWS)
    signals.store(con, found, span.all(), DETECTOR, span.published, "bench")
    _raise_clusters(con, span)
    _mark_echoes(con)
    _explain(con)
    return found.num_rows


def _raise_clusters(con: Connection, span: Span) -> None:
    """Now and then the regencies of a province together."""
    chosen = arrow(
        con,
        f"""SELECT day, topic, arg_max(place_code, observed) AS signal_place, split_part(place_code, '.', 1) AS province
        FROM signals WHERE "level" = 'regency' GROUP BY day, topic, province
        QUALIFY row_number() OVER (PARTITION BY day ORDER BY hash(topic, province)) = 1 AND dayofyear(day) % {EVERY} = 0""",
    )
    con.register("bench_chosen", chosen)
    within = arrow(
        con,
        """SELECT b.day, b.topic, b.signal_place, p.place_code, 5.0 + hash(p.place_code) % 20 AS observed, 2.0 AS expected
        FROM bench_chosen AS b JOIN places AS p ON p.parent_code = b.province
            AND (p.place_code = b.signal_place OR hash(p.place_code) % 5 = 0)""",
    ).cast(signals.PLACES)
    con.register("bench_within", within)
    clusters = arrow(
        con,
        """SELECT day, topic, signal_place AS place_code, 'regency' AS "level", sum(observed)::DOUBLE AS observed,
            sum(expected)::DOUBLE AS expected, NULL::DOUBLE AS upper, 0.001::DOUBLE AS pvalue, NULL::DOUBLE AS qvalue, 0.98 AS exposure,
            'space-time scan: 1 of 999 random panels' AS rule, day - 4 AS since, 2.5::DOUBLE AS relative_risk, 60.0::DOUBLE AS radius_km
        FROM bench_within GROUP BY day, topic, signal_place ORDER BY day, topic, signal_place""",
    ).cast(signals.CLUSTERS)
    con.unregister("bench_chosen")
    con.unregister("bench_within")
    signals.store(con, clusters, span.all(), SCAN, span.published, "bench", places=within)


def _mark_echoes(con: Connection) -> None:
    """A signal of a wider place echoes that of the narrowest place of its topic and day."""
    con.execute(
        """UPDATE signals SET echo_of = m.main, echo_share = 0.8 FROM (
            SELECT day, topic, arg_max(signal_id, len(place_code)) AS main FROM signals WHERE since IS NULL GROUP BY ALL
            HAVING max(len(place_code)) > 2
        ) AS m WHERE signals.day = m.day AND signals.topic = m.topic AND signals.signal_id <> m.main AND since IS NULL
            AND len(place_code) < 3 AND hash(signals.signal_id) % 2 = 0"""
    )


def _explain(con: Connection) -> None:
    """A reason with the fields that a real one has, and of its length."""
    raised = rows(
        con,
        """SELECT s.signal_id, s.day, s.since, s.place_code, s.observed, s.expected, s.upper, t.name_id, t.name_en,
            coalesce(p.name, '*') AS place
        FROM signals AS s JOIN topics AS t USING (topic) LEFT JOIN places AS p USING (place_code)""",
    )
    told = pa.table(
        {
            "signal_id": [row["signal_id"] for row in raised],
            "kind": [_KINDS[int(row["signal_id"][:4], 16) % len(_KINDS)] for row in raised],
            "reason": [json.dumps(_reason(row), ensure_ascii=False, sort_keys=True) for row in raised],
        }
    )
    con.register("bench_told", told)
    con.execute("UPDATE signals SET kind = b.kind, reason = b.reason FROM bench_told AS b WHERE signals.signal_id = b.signal_id")
    con.unregister("bench_told")


_KINDS: Final = ("first-hand reports", "mixed", "mixed", "news-driven", "one text copied", "campaign")
_WORDS: Final = ("demam", "puskesmas", "anak", "dirawat", "fogging", "warga", "gejala", "obat", "dokter", "sekolah")


def _reason(row: dict[str, Any]) -> dict[str, Any]:
    posts, since = int(row["observed"]), row["since"] or row["day"] - timedelta(days=2)
    usual = f"{row['expected']:.1f}"
    return {
        "authors": max(1, posts - 1), "copies": 0.1, "evidence": {}, "expected": row["expected"], "firsthand": 0.2, "growth": 0.2,
        "growth_high": 0.5, "growth_low": 0.1, "hashtags": [], "kind": "mixed", "links": [], "lower": 0.0, "observed": row["observed"],
        "one_account": 0.05, "one_link": 0.02, "posts": posts, "since": since.isoformat(), "upper": row["upper"] or row["expected"],
        "places": [{"name": row["place_code"], "posts": posts}], "sources": {"mastodon": 0.6, "bluesky": 0.4},
        "sentiment": {"change": -0.1, "high": 0.05, "low": -0.25},
        "terms": [{"term": word, "posts": posts, "baseline": 1, "z": 3.0} for word in _WORDS],
        "examples": [
            {"source": "mastodon", "text": f"{row['name_id']} lagi banyak di {row['place']}, anak tetangga demam tinggi tiga hari",
             "url": f"https://mastodon.example/{number}"} for number in range(3)
        ],
        "sentence_id": f"Sejak {since}, {posts} kiriman tentang {row['name_id']} di {row['place']}; biasanya {usual}.",
        "sentence_en": f"Since {since}, {posts} posts about {row['name_en']} in {row['place']}; usually {usual}.",
    }  # fmt: skip


def look_again(con: Connection, span: Span) -> None:
    """Second looks at one post in fifty of the last weeks, as the worker's sample has them."""
    since = quoted((span.end - timedelta(days=60)).isoformat())
    con.execute(
        f"""INSERT INTO second_looks BY NAME
        SELECT source, native_id, day, text_hash, CASE WHEN hash(native_id) % 100 = 0 THEN 'signal' ELSE 'sample' END AS why,
            CASE WHEN hash(native_id) % 7 = 0 THEN 'negative' ELSE sentiment END AS sentiment, 0.9::FLOAT AS sentiment_p,
            emotion, 0.9::FLOAT AS emotion_p,
            intent, 0.9::FLOAT AS intent_p, firsthand_p, model_version, collected_at AS looked_at
        FROM posts WHERE day >= {since} AND len(topics) > 0 AND hash(native_id) % 50 = 0"""
    )


_CLAIMS: Final = 40
_SPEAK: Final = 12  #: posts of a hundred that speak of a claim


def hold_against_claims(con: Connection, span: Span) -> None:
    """Claims of fact-checkers, and which of them the posts of the last two weeks speak of that were read a second time."""
    since = quoted((span.end - timedelta(days=14)).isoformat())
    con.execute(
        f"""INSERT INTO claims BY NAME
        SELECT 'fact-checks' AS source, number::VARCHAR AS native_id, {since}::DATE AS day, number AS text_hash,
            {since}::TIMESTAMPTZ AS updated_at, '[SALAH] Klaim nomor ' || number || ' tentang vaksin' AS text,
            'https://fact-checks.example/' || number AS url
        FROM range({_CLAIMS}) AS r(number)"""
    )
    con.execute(
        f"""INSERT INTO claim_matches BY NAME
        SELECT source, native_id, day, text_hash, if(speaks, 'fact-checks', NULL) AS claim_source,
            if(speaks, claim::VARCHAR, NULL) AS claim_native_id, if(speaks, 0.93, NULL)::FLOAT AS probability,
            'bench' AS claims_version, looked_at
        FROM (
            SELECT *, hash(native_id, 1) % 100 < {_SPEAK} AS speaks, hash(native_id, 2) % {_CLAIMS} AS claim
            FROM second_looks WHERE day > {since}
        )"""
    )
