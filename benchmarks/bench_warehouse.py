"""How fast the warehouse stores, and how fast it publishes: `make bench` runs this. Figures are medians of runs on this machine.

Part 1: 10,000 posts upserted into a warehouse of a million (half new, half known and of these half changed), beside plain
INSERT ... ON CONFLICT into a table of the same columns with a primary key, in the same run.
Part 2: 200,000 posts over 730 days, published; then one day changes and is published again.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa

from warehouse import publish, rollups, write
from warehouse.database import Connection, arrow, connect, transaction
from warehouse.records import ENRICHED_SCHEMA, Checkpoint
from warehouse.schema import POSTS, create_table
from warehouse.settings import DataFolder, Settings
from warehouse.store import Warehouse

NOW = datetime(2026, 6, 30, 12, tzinfo=UTC)
STORED = 1_000_000
BATCH = 10_000
ROUNDS = 5

#: A post made of its number, so that any post can be made again; $newest is the time of number 0, $apart the seconds between posts.
_POST = """
SELECT 'bench' AS source, 'demam' AS query, printf('bench-%012d', i) AS native_id, printf('https://example.org/@akun/%d', i) AS url,
       md5((i % 50000)::VARCHAR) AS author_key, $newest::TIMESTAMPTZ - to_microseconds((i * $apart * 1000000)::BIGINT) AS created_at,
       NULL::TIMESTAMPTZ AS edited_at, $newest::TIMESTAMPTZ AS collected_at,
       'Anak saya demam tinggi tiga hari, trombosit turun, puskesmas penuh ' || md5(i::VARCHAR) || $tail AS text,
       (hash(i, $tail) >> 1)::BIGINT AS text_hash, ['demam'] AS hashtags, ['id', 'en', 'jv'][1 + i % 3] AS lang, 0.9::FLOAT AS lang_p,
       CASE WHEN i % 4 = 0 THEN []::VARCHAR[] WHEN i % 4 = 1 THEN ['dengue'] ELSE ['dengue', printf('topic-%d', i % 40)] END AS topics,
       CASE WHEN i % 3 = 0 THEN [{code: printf('%d.%02d', 11 + i % 38, 1 + i % 14), "level": 'regency', confidence: 0.8::FLOAT}]
            ELSE [] END AS places,
       ['negative', 'neutral', 'positive'][1 + i % 3] AS sentiment, 0.7::FLOAT AS sentiment_p,
       ['question', 'complaint', 'other'][1 + i % 3] AS intent, 0.6::FLOAT AS intent_p, false AS repost, false AS reply,
       i % 100 AS likes, i % 10 AS reposts, i % 5 AS replies, NULL::BIGINT AS views, '1' AS model_version
FROM (SELECT unnest(range($first::BIGINT, $last::BIGINT, $step::BIGINT)) AS i)
"""


def posts(first: int, last: int, *, step: int = 1, newest: datetime = NOW, apart: float = 5.0, tail: str = "") -> pa.Table:
    """ENRICHED_SCHEMA posts number first to last (not included); the same numbers give the same posts."""
    values = {"first": first, "last": last, "step": step, "newest": newest, "apart": apart, "tail": tail}
    with connect(":memory:") as con:
        return arrow(con, _POST, values).select(ENRICHED_SCHEMA.names).cast(ENRICHED_SCHEMA)


def commit(wh: Warehouse, table: pa.Table, now: datetime = NOW) -> write.Written:
    """Store a batch as the pipeline does, with cursor and coverage."""
    checkpoint = Checkpoint({"since": "1"}, now - timedelta(minutes=15), now)
    return write.commit(wh, source="bench", query="demam", enriched=table, deletions=[], checkpoint=checkpoint, now=now)


def fill(wh: Warehouse, number: int, apart: float) -> None:
    """Put posts straight into the table and count them once: the starting point of the measurement."""
    with transaction(wh.con) as con:
        for first in range(0, number, 100_000):
            con.register("filling", posts(first, min(first + 100_000, number), apart=apart))
            con.execute(
                "INSERT INTO posts BY NAME SELECT *, collected_at AS updated_at, "
                "CAST(created_at AT TIME ZONE 'Asia/Jakarta' AS DATE) AS day FROM filling"
            )
            con.unregister("filling")
        rollups.rebuild(con)
    wh.con.execute("CHECKPOINT")


def mixed_batch(turn: int) -> pa.Table:
    """Half new posts (numbers below zero), half known ones, of which every second one was edited."""
    new = posts(-(turn + 1) * BATCH // 2, -turn * BATCH // 2)
    known = posts(turn * BATCH // 2, turn * BATCH // 2 + BATCH // 2, step=2)
    edited = posts(turn * BATCH // 2 + 1, turn * BATCH // 2 + BATCH // 2, step=2, tail=" (disunting)")
    return pa.concat_tables([new, known, edited])


@dataclass(frozen=True)
class Spent:
    """What one call took: seconds on the clock, and seconds of processor, which a busy machine changes less."""

    wall: float
    processor: float


def spent(step: Callable[[], object]) -> Spent:
    """Measure one call."""
    wall, processor = time.perf_counter(), time.process_time()
    step()
    return Spent(time.perf_counter() - wall, time.process_time() - processor)


def said(times: list[Spent]) -> str:
    """Median and best of several calls."""
    wall = [one.wall for one in times]
    return f"{statistics.median(wall):.3f} s (best {min(wall):.3f} s, processor {statistics.median(one.processor for one in times):.3f} s)"


def with_primary_key(folder: Path, filled: Connection) -> Connection:
    """The same posts in a table with a primary key, in a file of their own."""
    con = connect(folder / "keyed.duckdb")
    create_table(con, POSTS)
    con.execute("ALTER TABLE posts ADD PRIMARY KEY (source, native_id)")
    con.register("filling", arrow(filled, "SELECT * FROM posts"))
    con.execute("INSERT INTO posts SELECT * FROM filling")
    con.unregister("filling")
    con.execute("CHECKPOINT")
    return con


def upsert_on_conflict(con: Connection, table: pa.Table) -> None:
    """What DuckDB offers by itself; it neither compares, nor counts, nor looks for copies."""
    con.register("arriving", table)
    changes = ", ".join(f"{name} = excluded.{name}" for name in ENRICHED_SCHEMA.names if name not in ("source", "native_id"))
    with transaction(con):
        con.execute(
            "INSERT INTO posts BY NAME SELECT *, collected_at AS updated_at, CAST(created_at AT TIME ZONE 'Asia/Jakarta' AS DATE) AS day "
            f"FROM arriving ON CONFLICT (source, native_id) DO UPDATE SET {changes}"
        )
    con.unregister("arriving")


def bench_upsert(folder: Path) -> None:
    """Part 1. Both ways take turns, so that a busy machine slows both alike."""
    ours, theirs = [], []
    with Warehouse.open(DataFolder(folder / "upsert"), Settings()) as wh:
        fill(wh, STORED, apart=5.0)
        keyed = with_primary_key(folder, wh.con)
        batches = [mixed_batch(turn) for turn in range(ROUNDS)]
        for batch in batches:
            ours.append(spent(lambda batch=batch: commit(wh, batch)))
            theirs.append(spent(lambda batch=batch: upsert_on_conflict(keyed, batch)))
        again = [spent(lambda batch=batch: commit(wh, batch)) for batch in batches]
        keyed.close()
        wh.con.execute("CHECKPOINT")
        size = (folder / "keyed.duckdb").stat().st_size / wh.folder.warehouse.stat().st_size
    ratio = statistics.median(one.wall for one in theirs) / statistics.median(one.wall for one in ours)
    print(f"upsert of {BATCH:,} posts into {STORED:,}, with counts, copies, cursor and coverage: {said(ours)}")
    print(f"the same posts again, nothing changed: {said(again)}")
    print(f"INSERT ... ON CONFLICT with a primary key, posts alone: {said(theirs)}")
    print(f"so ON CONFLICT takes {ratio:.2f} times as long, and its file is {size:.2f} times as large")


def bench_publish(folder: Path) -> None:
    """Part 2."""
    with Warehouse.open(DataFolder(folder / "publish"), Settings()) as wh:
        fill(wh, 200_000, apart=730 * 86_400 / 200_000)
        first = publish.publish(wh, NOW)
        later = []
        for turn in range(ROUNDS):
            now = NOW + timedelta(seconds=20 * (turn + 1))
            commit(wh, posts(-turn * 10 - 10, -turn * 10, newest=NOW - timedelta(minutes=5), apart=0.1), now)
            later.append(publish.publish(wh, now))
    print(f"first publication of {first.posts:,} posts in {first.files} files: {first.seconds:.3f} s")
    middle = statistics.median(done.seconds for done in later)
    print(f"publication after one day changed ({later[-1].files_written} file, {later[-1].posts_written:,} posts): {middle:.3f} s")


def main() -> None:
    """Print all figures."""
    with tempfile.TemporaryDirectory() as folder:
        bench_upsert(Path(folder))
        bench_publish(Path(folder))


if __name__ == "__main__":
    main()
