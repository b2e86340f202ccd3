"""A larger model reads the posts that decide something: see `warehouse.second_looks` for which."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, TypeVar

import pyarrow as pa

from analytics.text.encoder_file import installed
from analytics.text.linear import MODELS, fingerprint
from jobs.claims import find_claims
from warehouse import second_looks
from warehouse.errors import InputError

if TYPE_CHECKING:  # the pipeline calls this file
    from analytics.text.deep import DeepTier
    from jobs.pipeline import Instance

T = TypeVar("T")

log = logging.getLogger("kentongan")

AT_A_TIME = 250  #: posts read and stored together: one to eight seconds of one core, as its instructions are


def available() -> str | None:
    """None where second looks can be taken, else what is missing and what to do."""
    try:
        installed()
    except InputError as error:
        return str(error)
    return None


@cache
def _tier() -> DeepTier:
    """The one deep tier of this process; its code is loaded with it, and its weights are read when the first post is."""
    from analytics.text.deep import DeepTier

    return DeepTier()


@cache
def version() -> str:
    """Twelve hex digits that change when any model that takes part in a second look does."""
    parts = [fingerprint(file) for file in sorted(MODELS.glob("*.npz"))]
    return hashlib.sha256("|".join(parts).encode()).hexdigest()[:12]


def look_again(
    instance: Instance, now: datetime, most: int | None = None, progress: Callable[[int, int | None, str], None] | None = None
) -> int:
    """Read at most `most` (default: second_look.posts) waiting posts again and keep what was found; returns how many. Then posts are held
    against the claims of fact-checkers, see `jobs.claims`.

    now: aware UTC. Nothing is done where second looks are switched off or the encoder's weights are missing. The warehouse is free
    while the model reads. Stops after a batch when the worker is told to stop.
    """
    settings = instance.settings.second_look
    if not settings.enabled or available() is not None:
        return 0
    today = now.astimezone(instance.settings.zone).date()
    with instance.writing:
        posts = second_looks.waiting(instance.warehouse.con, version(), today, settings.posts if most is None else most)
    done = 0
    for first in range(0, posts.num_rows, AT_A_TIME):
        read = posts.slice(first, AT_A_TIME)
        looks = _looked(read, now)
        with instance.writing:
            done += second_looks.store(instance.warehouse.con, looks)
        if progress is not None:
            progress(first + read.num_rows, posts.num_rows, "second look")
        if instance.stopping.is_set():
            return done
    if done:
        log.info("second look at %d posts", done)
    find_claims(instance, now, settings.posts if most is None else most)
    return done


def _looked(posts: pa.Table, now: datetime) -> pa.Table:
    """The columns of second_looks for WAITING posts."""
    told = _tier().label(posts["text"].to_pylist(), posts["lang"].to_pylist())
    size = posts.num_rows
    labels = {
        "sentiment": told.sentiment,
        "sentiment_p": pa.array(told.sentiment_p, pa.float32()),
        "emotion": pa.array(told.emotion, pa.string()),
        "emotion_p": pa.array(told.emotion_p, pa.float32()),
        "intent": told.intent,
        "intent_p": pa.array(told.intent_p, pa.float32()),
        "firsthand_p": pa.array(told.firsthand_p, pa.float32()),
        "illness": pa.array(_asked(told.illness, posts["dengue"])),
        "illness_p": pa.array(_asked(told.illness_p, posts["dengue"]), pa.float32()),
    }
    kept = {name: posts[name] for name in ("source", "native_id", "day", "text_hash", "why")}
    when = {"model_version": pa.repeat(version(), size), "looked_at": pa.repeat(pa.scalar(now, pa.timestamp("us", "UTC")), size)}
    return pa.table(kept | labels | when)


def _asked(told: Sequence[T], dengue: pa.ChunkedArray) -> list[T | None]:
    """What is told of posts on dengue, None of others: the model learnt from no others."""
    return [value if asked else None for value, asked in zip(told, dengue.to_pylist(), strict=True)]
