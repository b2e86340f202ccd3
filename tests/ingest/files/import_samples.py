"""A small file of each format, as its tool writes it; the posts are invented. The texts lie in samples/."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq

HERE = Path(__file__).parent / "samples"
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Sample:
    """name: of the importer that must recognise it; posts: how many it holds; rejected: lines that must be rejected."""

    name: str
    file: str
    posts: int
    rejected: tuple[int, ...] = ()
    make: Callable[[], bytes] | None = None

    def content(self) -> bytes:
        return _made(self.make) if self.make else (HERE / self.file).read_bytes()

    def write(self, folder: Path) -> Path:
        path = folder / self.file
        path.write_bytes(self.content())
        return path


@cache
def _made(make: Callable[[], bytes]) -> bytes:
    """Made once: a workbook holds the time at which it was made, and a property needs the same bytes each time."""
    return make()


def workbook_of(rows: list[list[object]]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def workbook() -> bytes:
    return workbook_of(
        [
            ["Judul", "Isi", "Tanggal", "Tautan"],
            ["Kasus DBD", "Naik di Garut", datetime(2026, 5, 7, 8, 0), "https://b.example/1"],
            [None, "tanggal angka", 46149.5, "https://b.example/2"],
            [None, "tanggal hilang", None, "https://b.example/3"],
        ]
    )


def brandwatch_workbook() -> bytes:
    with (HERE / "brandwatch.csv").open(encoding="utf-8", newline="") as file:
        return workbook_of([list(row) for row in csv.reader(file)])


def parquet_of(table: pa.Table) -> bytes:
    out = io.BytesIO()
    pq.write_table(table, out)
    return out.getvalue()


def parquet() -> bytes:
    moments = pa.array([datetime(2026, 5, 8, tzinfo=UTC)] * 3, pa.timestamp("us", "UTC"))
    columns = {"text": ["DBD di Garut", None, "campak"], "created_at": moments, "id": [1, 2, 3], "embedding": [[0.1], [0.2], [0.3]]}
    return parquet_of(pa.table(columns))


def tabs() -> bytes:
    with (HERE / "posts.csv").open(encoding="utf-8", newline="") as file:
        out = io.StringIO()
        csv.writer(out, delimiter="\t", lineterminator="\n").writerows(csv.reader(file))
    return out.getvalue().encode()


def meltwater() -> bytes:
    return (HERE / "meltwater.tsv").read_text("utf-8").encode("utf-16")


SAMPLES = (
    Sample("table", "posts.csv", 3, (5, 6)),
    Sample("table", "posts.tsv", 3, (5, 6), tabs),
    Sample("table", "posts.xlsx", 2, (4,), workbook),
    Sample("table", "posts.parquet", 2, (2,), parquet),
    Sample("jsonl", "posts.jsonl", 2, (2, 3)),
    Sample("jsonl", "list.json", 1, (3,)),
    Sample("talkwalker", "talkwalker.csv", 2, (4,)),
    Sample("meltwater", "meltwater.csv", 2, (4,), meltwater),
    Sample("brandwatch", "brandwatch.csv", 1, (9,)),
    Sample("brandwatch", "brandwatch.xlsx", 1, (9,), brandwatch_workbook),
    Sample("crowdtangle", "crowdtangle.csv", 2, (4,)),
    Sample("4cat", "4cat.csv", 2, (4,)),
    Sample("zeeschuimer", "zeeschuimer.ndjson", 4, (5,)),
    Sample("twarc", "twarc.jsonl", 4, (1,)),
    Sample("telegram", "result.json", 2, (54,)),
    Sample("whatsapp", "chat_android.txt", 4),
    Sample("whatsapp", "chat_ios.txt", 2),
)
