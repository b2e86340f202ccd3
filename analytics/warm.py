"""Compiles what is compiled, once, so that the first batch of a process does not wait for it. `python -m analytics.warm`

The compiled passes are kept beside their modules (or where NUMBA_CACHE_DIR says); later processes load them. So is the byte code of the
program's own modules, which Python would otherwise make anew in each process where PYTHONDONTWRITEBYTECODE is set: a third of a second.
"""

from __future__ import annotations

import compileall
from pathlib import Path

import numpy as np

from analytics.detect.base import build
from analytics.detect.scan import scan
from analytics.enrich import Enricher
from analytics.text.copies import HASHES, CopyIndex, Sketches
from warehouse.settings import Settings

ROOT = Path(__file__).parents[1]
PACKAGES = ("analytics", "dashboard", "ingest", "jobs", "warehouse")


def warm() -> None:
    """Label a few posts with the shipped models, and run the default detector and the scan over a few counts."""
    Enricher(Settings(), bytes(32)).get_ready()
    drawn = Sketches(np.zeros((2, HASHES), np.uint8), np.ones(2, np.int32), np.zeros(2, np.uint64))
    CopyIndex().add(np.arange(2, dtype=np.uint64), drawn)
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
