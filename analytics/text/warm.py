"""Compiles what numba compiles, once, so that the first batch of a process does not wait for it. `python -m analytics.text.warm`

The compiled passes are kept beside their modules (or where NUMBA_CACHE_DIR says); later processes load them.
"""

from __future__ import annotations

from datetime import UTC, datetime

from analytics.enrich import Enricher
from warehouse.records import Post, to_arrow
from warehouse.settings import Settings

#: Texts for which every compiled pass is called: near and far languages, a number, a negation, a letter beyond ASCII.
TEXTS = ("RT @a: tidak ada 3 kasus demam berdarah di Surabaya 😷 #dbd", "not a single case of dengue was seen in this town", "")


def warm() -> None:
    """Label a few posts with the shipped models."""
    now = datetime(2026, 1, 1, tzinfo=UTC)
    posts = [Post("warm", "warm", str(number), now, text, author="a") for number, text in enumerate(TEXTS)]
    Enricher(Settings(), bytes(32))(to_arrow(posts, now))


if __name__ == "__main__":
    warm()
