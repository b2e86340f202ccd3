"""Which of the claims that fact-checkers looked at a post speaks of: asked of the posts that were read a second time, and of no others.

Claims and posts are read once each: their vectors are kept (`meanings`), and so is the index of the claims until these change. Candidates
come by words and by meaning and are ranked together (analytics/text/claims.py). When a claim is new, the posts of the last days are held
against all claims again, which costs them no second reading.
"""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from analytics.text.linear import fingerprint
from warehouse import claims

if TYPE_CHECKING:  # the pipeline calls this file; claims are loaded when there are some
    from analytics.text.claims import ClaimIndex
    from jobs.pipeline import Instance

Array = NDArray[np.float32]

log = logging.getLogger("kentongan")

AT_A_TIME = 250  #: texts read and stored together


@dataclass(frozen=True)
class _Known:
    """The claims that were read, ready to be searched in."""

    version: str
    index: ClaimIndex
    claims: pa.Table  #: STANDING


_last: list[_Known] = []  # the one that was searched last, so that the index is not made anew every minute


def find_claims(instance: Instance, now: datetime, most: int) -> int:
    """Hold at most `most` waiting posts against the claims and keep what was found; returns how many. now: aware UTC.

    New claims are read first, at most `most` of them; posts are held against those that were read so far.
    """
    con = instance.warehouse.con
    today = now.astimezone(instance.settings.zone).date()
    with instance.writing:
        if not claims.follow(con):
            return 0
        standing = claims.standing(con)
    known = _indexed(_read(instance, standing, most))
    if known is None:
        return 0
    with instance.writing:
        posts = claims.waiting(con, known.version, today, most)
    done = 0
    for first in range(0, posts.num_rows, AT_A_TIME):
        if instance.stopping.is_set():
            break
        found = _found(_read(instance, posts.slice(first, AT_A_TIME), AT_A_TIME), known, now)
        with instance.writing:
            done += claims.store(con, found)
    if done:
        log.info("%d posts held against %d claims", done, len(known.index))
    return done


def _read(instance: Instance, texts: pa.Table, most: int) -> pa.Table:
    """The texts (STANDING) with their vectors, of which at most `most` are made and kept; those without are left out."""
    unread = texts.filter(pc.is_null(texts["meaning"])).slice(0, most)
    if not unread.num_rows:
        return texts.filter(pc.is_valid(texts["meaning"]))
    from analytics.text.encoder import encoder

    made = []
    for first in range(0, unread.num_rows, AT_A_TIME):
        if instance.stopping.is_set():
            break
        part = unread.slice(first, AT_A_TIME)
        vectors = [vector.tobytes() for vector in encoder().embed(part["text"].to_pylist()).astype(np.float16)]
        with instance.writing:
            claims.remember(instance.warehouse.con, part, vectors)
        made.append(part.set_column(part.column_names.index("meaning"), "meaning", pa.array(vectors, pa.binary())))
    return pa.concat_tables([texts.filter(pc.is_valid(texts["meaning"])), *made])


def _indexed(read: pa.Table) -> _Known | None:
    """An index of claims, that of the last time where they are the same; None for no claims."""
    if not read.num_rows:
        return None
    from analytics.text.claims import WEIGHTS, ClaimIndex

    named = sorted(zip(*(read[name].to_pylist() for name in ("source", "native_id", "text_hash")), strict=True))
    version = hashlib.sha256(f"{fingerprint(WEIGHTS)} {named}".encode()).hexdigest()[:12]
    if not _last or _last[0].version != version:
        _last[:] = [_Known(version, ClaimIndex(read["text"].to_pylist(), _vectors(read)), read)]
    return _last[0]


def _found(posts: pa.Table, known: _Known, now: datetime) -> pa.Table:
    """The columns of claim_matches for posts with their vectors."""
    from analytics.text.claims import SPEAKS

    matches = known.index.search(posts["text"].to_pylist(), 1, _vectors(posts))
    chances = matches.chances[:, 0]
    none = chances < SPEAKS
    at = pa.array(matches.claims[:, 0], mask=none)
    columns = {name: posts[name] for name in ("source", "native_id", "day", "text_hash")}
    columns |= {f"claim_{name}": known.claims[name].take(at) for name in ("source", "native_id")}
    columns["probability"] = pa.array(chances, pa.float32(), mask=none)
    columns["claims_version"] = pa.repeat(known.version, posts.num_rows)
    columns["looked_at"] = pa.repeat(pa.scalar(now, pa.timestamp("us", "UTC")), posts.num_rows)
    return pa.table(columns)


def _vectors(texts: pa.Table) -> Array:
    """(texts, 384)"""
    return np.frombuffer(b"".join(texts["meaning"].to_pylist()), np.float16).reshape(texts.num_rows, -1).astype(np.float32)
