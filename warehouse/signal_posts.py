"""The posts behind a signal, and earlier posts of the same topic to hold them against."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import pyarrow as pa

from warehouse.database import Connection, arrow
from warehouse.records import ALL
from warehouse.schema_looks import with_second_look

MOST, BASELINE = 2_000, 1_000  #: posts of a signal, of its baseline
PAST, APART = 91, 8  #: the baseline's days before a signal: from, to
ENOUGH = 50  #: posts of the place itself, below which the baseline is of the topic wherever it is

#: First-hand reports by the second look where there is one. Sentiment by the first: it is held against a baseline that has no other.
_POSTS = with_second_look("firsthand_p")
_COLUMNS = "text, author_key, source, sentiment, firsthand_p, text_hash, story, hashtags, url, places"


def cluster_posts(con: Connection, topic: str, places: Sequence[str], first: date, last: date) -> pa.Table:
    """Posts of a topic that name one of these very places, from `first` to `last`, as `signal_posts` gives them."""
    return _chosen(con, topic, places, first, last, MOST)


def cluster_baseline(con: Connection, topic: str, places: Sequence[str], first: date) -> pa.Table:
    """Posts of the same topic before a cluster that began on `first`, as `baseline_posts` gives them."""
    since, until = first - timedelta(days=PAST), first - timedelta(days=APART)
    own = _chosen(con, topic, places, since, until, BASELINE)
    return own if own.num_rows >= ENOUGH else _chosen(con, topic, None, since, until, BASELINE)


def signal_posts(con: Connection, topic: str, place: str, first: date, last: date) -> pa.Table:
    """Posts of a topic in a place (or within it; '*' is anywhere) from `first` to `last`: at most `MOST`, in an order drawn by hash."""
    return _posts(con, topic, place, first, last, MOST)


def baseline_posts(con: Connection, topic: str, place: str, first: date) -> pa.Table:
    """Posts of the same topic before a signal that began on `first`; of the place where it has enough, else from anywhere."""
    since, until = first - timedelta(days=PAST), first - timedelta(days=APART)
    own = _posts(con, topic, place, since, until, BASELINE)
    return own if own.num_rows >= ENOUGH or place == ALL else _posts(con, topic, ALL, since, until, BASELINE)


def _posts(con: Connection, topic: str, place: str, first: date, last: date, most: int) -> pa.Table:
    codes = [row[0] for row in con.execute(_INSIDE, {"place": place}).fetchall()] if place != ALL else []
    return _chosen(con, topic, None if place == ALL else codes, first, last, most)


def _chosen(con: Connection, topic: str, codes: Sequence[str] | None, first: date, last: date, most: int) -> pa.Table:
    placed = "" if codes is None else "AND list_has_any([place.code for place in places], $codes::VARCHAR[])"
    params = {"topic": topic, "first": first, "last": last, "most": most} | ({"codes": list(codes)} if codes is not None else {})
    where = f"day BETWEEN $first AND $last AND deleted_at IS NULL AND list_contains(topics, $topic) {placed}"
    return arrow(con, f"SELECT {_COLUMNS} FROM {_POSTS} WHERE {where} ORDER BY hash(source, native_id) LIMIT $most", params)


_INSIDE = """WITH RECURSIVE inside AS (
    SELECT $place AS code UNION ALL SELECT p.place_code FROM places AS p JOIN inside ON p.parent_code = inside.code
) SELECT code FROM inside"""
