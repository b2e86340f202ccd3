"""Compiles what is compiled, once, so that the first batch of a process does not wait for it. `python -m analytics.warm`

The compiled passes are kept beside their modules (or where NUMBA_CACHE_DIR says); later processes load them. So is the byte code of the
program's own modules, which Python would otherwise make anew in each process where PYTHONDONTWRITEBYTECODE is set: a third of a second.
"""

from __future__ import annotations

import compileall
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from analytics.detect.base import build
from analytics.detect.scan import scan
from analytics.enrich import Enricher
from analytics.text.copies import CopyIndex, Sketches
from warehouse.records import Post, to_arrow
from warehouse.settings import Settings

ROOT = Path(__file__).parents[1]
PACKAGES = ("analytics", "dashboard", "ingest", "jobs", "warehouse")

#: Texts for which every compiled pass is called: near and far languages, one that langdetect is asked about, a number, a negation, a letter
#: beyond ASCII.
TEXTS = (
    "RT @a: tidak ada 3 kasus demam berdarah di Surabaya 😷 #dbd",
    "not a single case of dengue was seen in this town",
    "Maraming bata ang nagkasakit dahil sa lamok sa aming lugar",
    "",
)


def warm() -> None:
    """Label a few posts with the shipped models, and run the default detector and the scan over a few counts."""
    now = datetime(2026, 1, 1, tzinfo=UTC)
    posts = [Post("warm", "warm", str(number), now, text, author="a") for number, text in enumerate(TEXTS)]
    labelled = Enricher(Settings(), bytes(32))(to_arrow(posts, now))
    drawn = [sketch for sketch in labelled.column("sketch").to_pylist() if sketch is not None]
    CopyIndex().add(np.arange(len(drawn), dtype=np.uint64), Sketches.unpack(drawn))
    days = np.datetime64("2026-01-01") + np.arange(40)
    counts = np.tile(np.array([[0.0, 1.0], [3.0, 120.0]]), 20)
    detector = build(Settings().detect.algorithm, {})
    expected = np.nan_to_num(detector.detect(counts, days).expected, nan=1.0)
    for times in (1, 1_000):  # few posts and many are drawn by other ways
        for mean in (expected * times, None):
            scan(counts * times, mean, np.array([-6.2, -6.9]), np.array([106.8, 107.6]), max_days=7, replicates=9)


def keep_byte_code() -> None:
    """Where the folders may be written; else each process goes without, as it did."""
    for package in PACKAGES:
        compileall.compile_dir(ROOT / package, quiet=2)


if __name__ == "__main__":
    warm()
    keep_byte_code()
