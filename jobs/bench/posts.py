"""The synthetic posts, made by one SELECT a stretch of days: what a post is follows from hashes of its number and the seed."""

from __future__ import annotations

from datetime import date
from typing import Final

import numpy as np
import pyarrow as pa

from jobs.bench.texts import MARK, sentences
from jobs.bench.world import BUCKETS, SLOTS, SOURCES, Span, events, place_slots, posts_by_day, source_slots, topic_slots
from warehouse.database import Connection

#: Small words that end a post, so that few posts are alike and a search has rare words to find.
_ENDINGS: Final = (
    "semoga lekas pulih", "mohon doanya", "hati-hati ya", "jaga kesehatan", "kata dokter", "sejak kemarin", "sudah tiga hari",
    "tetangga juga", "satu keluarga", "antre dari subuh", "obatnya habis", "belum ada kabar", "info dari grup RT", "tolong dibantu",
    "cek puskesmas dulu", "besok periksa lagi", "trombosit turun", "demam tinggi", "batuk terus", "sesak napas", "mual muntah",
    "kurang tidur", "banyak minum", "pakai masker", "cuci tangan", "nyamuk banyak sekali", "air keruh", "hujan terus", "asap tebal",
    "posyandu ramai", "vaksin gratis", "kartu BPJS aktif", "rujukan lama", "kamar penuh", "dokter ramah", "bidan sigap",
)  # fmt: skip

#: A post in fourteen repeats one of the posts before it, to the letter; `n` is the number that decides what a post says.
_NUMBERED: Final = """numbered AS (
    SELECT d.day, d.n AS of_day, d.until, d.first, i,
        CASE WHEN i % 14 = 3 AND i > 14000 THEN i - 1 - 14 * (hash(i, $seed, 'copied') % 900)::BIGINT ELSE i END AS n
    FROM (SELECT day, n, until, first, unnest(range(first, first + n)) AS i FROM bench_days WHERE day BETWEEN $first AND $last) AS d
)"""

_DRAWN: Final = f"""drawn AS (
    SELECT *, i <> n AS copy,
        (hash(n, $seed, 'topic') % {SLOTS})::INTEGER AS topic_slot, (hash(n, $seed, 'second') % {SLOTS})::INTEGER AS second_slot,
        (hash(n, $seed, 'place') % {SLOTS})::INTEGER AS place_slot,
        CASE WHEN i = n THEN (hash(n, $seed, 'bucket') % {BUCKETS})::INTEGER END AS bucket,
        (hash(i, $seed, 'source') % {SLOTS})::INTEGER AS source_slot,
        (hash(n, $seed, 'source') % {SLOTS})::INTEGER AS original_slot, hash(n, $seed, 'text') AS text_draw,
        hash(i, $seed, 'label') AS draw, hash(n, $seed, 'ending') AS ending_draw
    FROM numbered
)"""

_SETTLED: Final = """settled AS (
    SELECT d.*, coalesce(e.topic, t.topic) AS topic, s.topic AS second, c.source, c.queries,
        CASE WHEN copy THEN printf('%s:%d', o.source, n) END AS original,
        CASE WHEN e.code IS NULL THEN p.code ELSE e.code END AS code, CASE WHEN e.code IS NULL THEN p.level ELSE e.level END AS level,
        CASE WHEN e.code IS NULL THEN p.name ELSE e.name END AS place
    FROM drawn AS d JOIN bench_topics AS t ON t.slot = d.topic_slot JOIN bench_topics AS s ON s.slot = d.second_slot
        JOIN bench_places AS p ON p.slot = d.place_slot JOIN bench_sources AS c ON c.slot = d.source_slot
        JOIN bench_sources AS o ON o.slot = d.original_slot
        LEFT JOIN bench_events AS e ON e.day = d.day AND e.bucket = d.bucket
)"""

_WRITTEN: Final = """written AS (
    SELECT d.*, w.text AS said, w.hashtags, w.lang, w.intent, w.negative, w.neutral,
        (d.i - d.first + (hash(d.i, $seed, 'moment') % 1000) / 1000.0) / d.of_day AS u
    FROM settled AS d JOIN bench_ranges AS r ON r.topic = d.topic AND r.placed = (d.place IS NOT NULL)
        JOIN bench_sentences AS w ON w.k = r.first + (d.text_draw % r.n)::BIGINT
)"""

POSTS: Final = f"""WITH {_NUMBERED}, {_DRAWN}, {_SETTLED}, {_WRITTEN}
SELECT source, queries[1 + (draw % len(queries))::INTEGER] AS query, printf('%d', i) AS native_id,
    printf('https://%s.example/%d', source, i) AS url, left(md5(printf('%d', hash(i, $seed, 'author') % 400000)), 24) AS author_key,
    (day::TIMESTAMP AT TIME ZONE $zone) + to_seconds(86399.0 * until * (u - 0.1 * sin(2 * pi() * u))) AS created_at,
    created_at + INTERVAL 90 SECOND AS collected_at, created_at + INTERVAL 90 SECOND AS updated_at, day,
    CASE WHEN place IS NULL THEN said ELSE replace(said, '{MARK}', place) END
        || ', ' || $endings[1 + (ending_draw % len($endings))::INTEGER]
        || CASE WHEN ending_draw % 3 = 0 THEN '' ELSE ', ' || $endings[1 + ((ending_draw // 64) % len($endings))::INTEGER] END
        || CASE WHEN ending_draw % 5 < 2 THEN '' ELSE printf(' %d', 1 + (ending_draw // 4096) % 400) END AS text,
    (hash(n, $seed, 'same') // 2)::BIGINT AS text_hash, hashtags, lang, (0.8 + (draw % 20) / 100.0)::FLOAT AS lang_p,
    CASE WHEN topic = '' THEN [] WHEN ending_draw % 100 < 14 AND second <> '' AND second <> topic THEN [topic, second]
        ELSE [topic] END AS topics,
    CASE WHEN code IS NULL THEN [] ELSE [{{code: code, "level": level, confidence: (0.6 + (draw % 40) / 100.0)::FLOAT}}] END AS places,
    CASE WHEN (draw // 128) % 1000 < 1000 * negative THEN 'negative' WHEN (draw // 128) % 1000 < 1000 * (negative + neutral) THEN 'neutral'
        ELSE 'positive' END AS sentiment,
    (0.4 + (draw // 4 % 60) / 100.0)::FLOAT AS sentiment_p,
    CASE WHEN lang <> 'id' THEN NULL WHEN sentiment = 'positive' THEN ['joy', 'love', 'neutral'][1 + (draw // 512 % 3)::INTEGER]
        WHEN sentiment = 'negative' THEN ['anger', 'fear', 'sadness', 'neutral'][1 + (draw // 512 % 4)::INTEGER]
        ELSE 'neutral' END AS emotion,
    CASE WHEN lang = 'id' THEN (0.4 + (draw // 8 % 60) / 100.0)::FLOAT END AS emotion_p,
    intent, (0.5 + (draw // 16 % 50) / 100.0)::FLOAT AS intent_p,
    (CASE WHEN intent = 'other' AND topic <> '' THEN (draw // 32 % 100) / 100.0 ELSE (draw // 32 % 50) / 100.0 END)::FLOAT AS firsthand_p,
    [] AS numbers,
    original AS duplicate_of, original AS story, copy AND draw % 3 = 0 AS repost, draw % 9 = 0 AS reply,
    (ending_draw % 97) * (ending_draw // 97 % 5) AS likes, ending_draw % 11 AS reposts,
    CASE WHEN draw % 4 = 0 THEN NULL ELSE greatest(0, (draw // 256 % 12)::BIGINT - 6) END AS replies,
    CASE WHEN source = 'video' THEN ending_draw % 9000 END AS views, 'bench' AS model_version
FROM written ORDER BY created_at"""


def prepare(con: Connection, span: Span, posts: int, seed: int) -> list[date]:
    """Put the small tables that the posts are made of into temporary tables; gives the days."""
    random = np.random.default_rng(seed)
    said = sentences(seed)
    codes = said["topic"].unique().to_pylist()
    titled = [code for code in codes if code]
    slots = topic_slots(codes, random)
    names = list(SOURCES)
    from_source = source_slots()
    tables = {
        "bench_days": posts_by_day(span, posts, random),
        "bench_events": events(span, titled, posts, random),
        "bench_places": place_slots(),
        "bench_topics": pa.table({"slot": np.arange(SLOTS), "topic": [codes[row] for row in slots.tolist()]}),
        "bench_sources": pa.table(
            {
                "slot": np.arange(SLOTS),
                "source": [names[row] for row in from_source.tolist()],
                "queries": [list(SOURCES[names[row]][3]) for row in from_source.tolist()],
            }
        ),
        "bench_said": said,
    }
    for name, table in tables.items():
        con.register("bench_table", table)
        con.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT * FROM bench_table")
        con.unregister("bench_table")
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE bench_sentences AS
        SELECT row_number() OVER (ORDER BY topic, contains(text, '{MARK}'), text) - 1 AS k, *,
            contains(text, '{MARK}') AS placed FROM bench_said"""
    )
    con.execute(
        """CREATE OR REPLACE TEMP TABLE bench_ranges AS
        SELECT topic, placed, min(k) AS first, count(*) AS n FROM bench_sentences GROUP BY ALL"""
    )
    con.execute(
        """INSERT INTO bench_ranges SELECT topic, NOT placed, first, n FROM bench_ranges AS r
        WHERE NOT EXISTS (SELECT 1 FROM bench_ranges AS o WHERE o.topic = r.topic AND o.placed <> r.placed)"""
    )
    return span.all()


def insert(con: Connection, first: date, last: date, zone: str, seed: int) -> int:
    """Write the posts of these days, both included, into `posts`; how many."""
    params = {"first": first, "last": last, "zone": zone, "seed": seed, "endings": list(_ENDINGS)}
    done = con.execute(f"INSERT INTO posts BY NAME {POSTS}", params).fetchall()
    return int(done[0][0])
