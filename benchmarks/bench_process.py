"""What a process costs: how soon the first post is labelled, how soon a command answers, and the memory of a process that labels for
long. `python -m benchmarks process`

The time is from the start of a Python with nothing loaded, compiled passes and byte code being kept from the installation. The memory is
the largest that a process of the pool held while it labelled 200,000 posts, in batches of 10,000 that were read from a file.
"""

from __future__ import annotations

import os
import random
import string
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter, process_time

import pyarrow as pa
import pyarrow.parquet as pq

from analytics.warm import keep_byte_code, warm
from jobs.labelling import label_in_pool, pool
from warehouse.records import RAW_SCHEMA
from warehouse.settings import Settings

POSTS, BATCH, TRIES = 200_000, 10_000, 5
FIRST = """
from datetime import UTC, datetime
from jobs.labelling import label_in_pool, start_process
from warehouse.records import Post, to_arrow
from warehouse.settings import Settings
start_process(Settings(), bytes(32))
now = datetime(2026, 1, 1, tzinfo=UTC)
assert label_in_pool([to_arrow([Post("bench", "all", "1", now, "demam berdarah di Surabaya, 3 anak dirawat", author="a")], now)])
"""
COMMANDS = (("--help",), ("sql", "--help"), ("users", "list", "--help"))


def start(arguments: list[str]) -> tuple[float, float]:
    """Seconds and seconds of processor that a Python takes from its start to its end, the best of a few tries."""
    tries = []
    for _ in range(TRIES):
        before, began = os.times(), perf_counter()
        subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
        took, after = perf_counter() - began, os.times()
        used = after.children_user + after.children_system - before.children_user - before.children_system
        tries.append((took, used))
    return min(took for took, _ in tries), min(used for _, used in tries)


def write_posts(file: Path) -> None:
    """Posts drawn again and again, each with a word that no other has, so that what is remembered of words has to stay bounded."""
    from benchmarks.bench_enrich import batches, posts  # loads pandas, which the process of the pool goes without

    drawn, texts = random.Random(0), posts()
    with pq.ParquetWriter(file, RAW_SCHEMA) as writer:
        for _ in range(POSTS // BATCH):
            some = [f"{text} {''.join(drawn.choices(string.ascii_lowercase, k=8))}" for text in drawn.choices(texts, k=BATCH)]
            writer.write_batch(batches(some, BATCH)[0])


def label(batch: pa.RecordBatch) -> tuple[int, float, float]:
    """In the pool: posts labelled, seconds of processor, and the largest memory of the process so far in MB."""
    began = process_time()
    done = sum(labelled.num_rows for labelled in label_in_pool([batch]))
    return done, process_time() - began, largest()


def largest() -> float:
    """The largest memory of this process in MB. Not ru_maxrss, in which Linux counts what the process that began this one held, too."""
    lines = Path("/proc/self/status").read_text("utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) * 1024 / 1e6


def long_run(file: Path) -> Iterator[tuple[int, float, float]]:
    """`label` of each batch of a file, by a process as the worker has them."""
    with pool(1, Settings(), bytes(32)) as process:
        for batch in pq.ParquetFile(file).iter_batches(BATCH):
            yield process.submit(label, batch).result()


def main() -> None:
    warm()
    keep_byte_code()
    print("nothing but Python:      {:.2f} s, {:.2f} s of processor".format(*start(["-c", "pass"])))
    print("first post labelled:     {:.2f} s, {:.2f} s of processor".format(*start(["-c", FIRST])))
    for command in COMMANDS:
        print(f"kentongan {' '.join(command)}: " + "{:.2f} s, {:.2f} s of processor".format(*start(["-m", "jobs.cli", *command])))
    with tempfile.TemporaryDirectory() as folder:
        write_posts(Path(folder) / "posts.parquet")
        seen = list(long_run(Path(folder) / "posts.parquet"))
    done, seconds = sum(count for count, _, _ in seen), sum(used for _, used, _ in seen)
    for number in (0, len(seen) // 2, len(seen) - 1):
        print(f"memory after {(number + 1) * BATCH:>7,} posts: at most {seen[number][2]:,.0f} MB")
    print(f"{done:,} posts at {done / seconds:,.0f} posts/s of processor")


if __name__ == "__main__":
    main()
