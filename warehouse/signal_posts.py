"""The posts behind a signal, and earlier posts of the same topic to hold them against."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from warehouse.database import Connection, arrow
from warehouse.records import ALL
from warehouse.schema_looks import with_second_look

MOST, BASELINE = 2_000, 1_000  #: posts of a signal, of its baseline
PAST, APART = 91, 8  #: the baseline's days before a signal: from, to
HELD = 60_000  #: posts of a topic that are held in memory together: some 40 MB
ENOUGH = 50  #: posts of the place itself, below which the baseline is of the topic wherever it is

#: First-hand reports by the second look where there is one. Sentiment by the first: it is held against a baseline that has no other.
#: The claim that a post speaks of comes with it.
_POSTS = f"""(SELECT q.*, f.looked_at IS NOT NULL AS claim_sought, c.text AS claim, c.url AS claim_url
    FROM {with_second_look("firsthand_p")} AS q
    LEFT JOIN claim_matches AS f ON f.source = q.source AND f.native_id = q.native_id AND f.day = q.day AND f.text_hash = q.text_hash
    LEFT JOIN claims AS c ON c.source = f.claim_source AND c.native_id = f.claim_native_id)"""
_COLUMNS = (
    """day, text, author_key, source, sentiment, firsthand_p, text_hash, story, hashtags, url, places, claim_sought, claim, claim_url"""
)


def cluster_posts(con: Connection, topic: str, places: Sequence[str], first: date, last: date) -> pa.Table:
    """Posts of a topic that name one of these very places, from `first` to `last`, as `signal_posts` gives them."""
    return _chosen(con, topic, places, first, last, MOST)


def cluster_baseline(con: Connection, topic: str, places: Sequence[str], first: date) -> pa.Table:
    """Posts of the same topic before a cluster that began on `first`, as `baseline_posts` gives them."""
    since, until = first - timedelta(days=PAST), first - timedelta(days=APART)
    own = _chosen(con, topic, places, since, until, BASELINE)
    return own if own.num_rows >= ENOUGH else _chosen(con, topic, None, since, until, BASELINE)


class TopicPosts:
    """The posts of one topic about its signals from `first` to `last`, read once where they are few enough to be held: a year of signals
    is explained with one query a topic instead of two a signal. The answers are the same either way."""

    def __init__(self, con: Connection, topic: str, first: date, last: date) -> None:
        self._con, self._topic = con, topic
        held = _chosen(con, topic, None, first - timedelta(days=PAST), last, HELD + 1)
        self._held = held if held.num_rows <= HELD else None
        if self._held is not None:
            self._days = self._held["day"].to_numpy()
            codes = self._held["places"].combine_chunks()
            self._owner = pc.list_parent_indices(codes).to_numpy()
            self._codes = pc.list_flatten(codes).field("code").to_numpy(zero_copy_only=False)

    def of_signal(self, place: str, first: date, last: date) -> pa.Table:
        """Posts in a place (or within it; '*' is anywhere) from `first` to `last`: at most `MOST`, in an order drawn by hash."""
        return self._posts(place, first, last, MOST)

    def before(self, place: str, first: date) -> pa.Table:
        """Posts before a signal that began on `first`; of the place where it has enough, else from anywhere."""
        since, until = first - timedelta(days=PAST), first - timedelta(days=APART)
        own = self._posts(place, since, until, BASELINE)
        return own if own.num_rows >= ENOUGH or place == ALL else self._posts(ALL, since, until, BASELINE)

    def _posts(self, place: str, first: date, last: date, most: int) -> pa.Table:
        codes = None if place == ALL else [row[0] for row in self._con.execute(_INSIDE, {"place": place}).fetchall()]
        if self._held is None:
            return _chosen(self._con, self._topic, codes, first, last, most)
        wanted = (self._days >= np.datetime64(first)) & (self._days <= np.datetime64(last))
        if codes is not None:
            named = np.zeros(len(wanted), dtype=bool)
            named[self._owner[np.isin(self._codes, codes)]] = True
            wanted &= named
        return self._held.take(np.flatnonzero(wanted)[:most])


def _chosen(con: Connection, topic: str, codes: Sequence[str] | None, first: date, last: date, most: int) -> pa.Table:
    placed = "" if codes is None else "AND list_has_any([place.code for place in places], $codes::VARCHAR[])"
    params = {"topic": topic, "first": first, "last": last, "most": most} | ({"codes": list(codes)} if codes is not None else {})
    where = f"day BETWEEN $first AND $last AND deleted_at IS NULL AND list_contains(topics, $topic) {placed}"
    return arrow(con, f"SELECT {_COLUMNS} FROM {_POSTS} WHERE {where} ORDER BY hash(source, native_id) LIMIT $most", params)


_INSIDE = """WITH RECURSIVE inside AS (
    SELECT $place AS code UNION ALL SELECT p.place_code FROM places AS p JOIN inside ON p.parent_code = inside.code
) SELECT code FROM inside"""
