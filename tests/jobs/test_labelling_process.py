"""A process that labels holds no more than labelling needs."""

from __future__ import annotations

import multiprocessing
import sys
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime

import pyarrow as pa

from jobs.labelling import label_in_pool, start_process
from warehouse.records import Post, to_arrow
from warehouse.settings import Settings

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def label_and_look(batch: pa.RecordBatch) -> tuple[list[str], bool]:
    """In the pool: the languages of posts, and whether pandas, SciPy's linear algebra, cffi or YAML is there."""
    langs = [lang for labelled in label_in_pool([batch]) for lang in labelled["lang"].to_pylist()]
    return langs, bool({"pandas", "scipy.linalg", "cffi", "yaml"} & sys.modules.keys())


def test_a_process_of_the_pool_labels_without_what_it_does_not_need() -> None:
    batch = to_arrow([Post("forum", "q", "1", NOW, "ada 3 anak kena demam berdarah di Surabaya", author="a")], NOW)
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), start_process, (Settings(), b"k" * 32)) as pool:
        assert pool.submit(label_and_look, batch).result() == (["id"], False)
