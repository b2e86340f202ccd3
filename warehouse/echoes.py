"""Echoes: signals whose posts are those of a stronger signal, counted a second time under another topic or in the total of a wider place.

People who write of an outbreak of dengue in Garut write of its hospital, too: then hospitals in Garut, and dengue in West Java, are out of
the ordinary as well, by the same posts. Such a signal is linked to the stronger one; it stays a row of its own and can be reviewed.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Final

from warehouse.database import Connection, transaction, value
from warehouse.records import ALL
from warehouse.rollups import ABOVE

#: A signal is an echo when more than this share of its excess (observed less expected) lies in posts of the stronger signal: "most" of
#: them, in the plain meaning of the word. Set before anything was measured.
SHARED: Final = 0.5

#: Days before a signal, from and to, in which it is seen how many posts the two have in common when nothing is going on.
PAST, APART = 35, 8

_HAS = "list_contains(p.topics, s.topic) AND list_contains(p.places, s.place_code)"
_MAIN_HAS = "list_contains(p.topics, s.main_topic) AND list_contains(p.places, s.main_place)"

#: The signals of the days (the last ones of weeks), with every place above theirs, the strongest with the lowest rank: the least
#: probable, else the largest excess, else the narrowest place.
_RAISED = f"""CREATE OR REPLACE TEMP TABLE echo_raised AS
WITH RECURSIVE {ABOVE}, placed AS (
    SELECT *, coalesce((SELECT list(counted) FROM above WHERE code = place_code), [place_code]) || ['{ALL}'] AS above FROM signals
    WHERE detector = $detector AND day IN (SELECT unnest($days::DATE[])) AND expected IS NOT NULL
)
SELECT signal_id, day, day - (coalesce(period_days, 1) - 1) AS first, topic, place_code, observed, expected, above,
    row_number() OVER (ORDER BY pvalue NULLS LAST, observed - expected DESC, len(above) DESC, signal_id) AS rank
FROM placed"""

#: The posts about any of their topics, from the first of the weeks before on, each with its places, those above them and '*'. Lists of
#: places are few, so each is looked up once.
_POSTS = f"""CREATE OR REPLACE TEMP TABLE echo_posts AS
WITH RECURSIVE {ABOVE}, found AS (
    SELECT day, topics, list_sort(list_distinct(list_transform(coalesce(places, []), place -> place.code))) AS codes FROM posts
    WHERE day BETWEEN (SELECT min(first) FROM echo_raised) - {PAST} AND $last AND deleted_at IS NULL
        AND list_has_any(topics, (SELECT list(DISTINCT topic) FROM echo_raised))
), lists AS (SELECT DISTINCT codes FROM found), placed AS (
    SELECT codes, list(DISTINCT coalesce(counted, named)) AS places
    FROM (SELECT codes, unnest(codes) AS named FROM lists) LEFT JOIN above ON code = named GROUP BY codes
)
SELECT day, topics, coalesce(placed.places, []) || ['{ALL}'] AS places FROM found LEFT JOIN placed ON found.codes = placed.codes"""

#: Pairs of a signal and a stronger one of the day in the same place or one inside it, with the posts that both have.
_PAIRS = f"""CREATE OR REPLACE TEMP TABLE echo_pairs AS
WITH pairs AS (
    SELECT s.signal_id, s.day, s.first, s.topic, s.place_code, s.observed, s.expected,
        m.signal_id AS main_id, m.topic AS main_topic, m.place_code AS main_place, m.rank AS main_rank
    FROM echo_raised AS s JOIN echo_raised AS m ON m.day = s.day AND m.rank < s.rank AND list_contains(m.above, s.place_code)
), counted AS (
    SELECT signal_id, main_id, count(*) AS shared
    FROM pairs AS s JOIN echo_posts AS p ON p.day BETWEEN s.first AND s.day AND {_HAS} AND {_MAIN_HAS} GROUP BY ALL
)
SELECT * FROM pairs JOIN counted USING (signal_id, main_id)"""

#: Of the pairs that may be echoes, the posts of the signal and the posts of both in the weeks before.
_USUAL = f"""CREATE OR REPLACE TEMP TABLE echo_found AS
WITH likely AS (
    SELECT *, unnest(generate_series(first - {PAST}, first - {APART}, INTERVAL 1 DAY))::DATE AS earlier FROM echo_pairs
    WHERE shared > $limit * (observed - expected)
), before AS (
    SELECT signal_id, main_id, count(*) AS posts, count(*) FILTER ({_MAIN_HAS}) AS common
    FROM likely AS s JOIN echo_posts AS p ON p.day = s.earlier AND {_HAS} GROUP BY ALL
)
SELECT signal_id, main_id, main_rank,
    least((shared - expected * coalesce(common / nullif(posts, 0), 0)) / (observed - expected), 1.0) AS share
FROM echo_pairs LEFT JOIN before USING (signal_id, main_id) WHERE shared > $limit * (observed - expected)"""

#: An echo of an echo is one of the strongest: the root is the pair's signal with the lowest rank that is no echo itself.
_MARK = """UPDATE signals SET echo_of = e.main_id, echo_share = e.share FROM (
    SELECT signal_id, arg_min(main_id, main_rank) AS main_id, arg_min(share, main_rank) AS share
    FROM echo_found WHERE share > $limit AND main_id NOT IN (SELECT signal_id FROM echo_found WHERE share > $limit) GROUP BY signal_id
) AS e WHERE signals.signal_id = e.signal_id"""


def mark(con: Connection, days: Collection[date], detector: str) -> int:
    """Link the echoes among a detector's signals of these days to the signals that they echo; returns how many there are.

    The share of a signal's excess in the posts of a stronger one: (posts of both - expected x their usual share) / (observed - expected).
    """
    if not days:
        return 0
    key = {"days": sorted(set(days)), "detector": detector}
    span = {"last": max(days)}
    with transaction(con):
        same = "detector = $detector AND day IN (SELECT unnest($days::DATE[]))"
        con.execute(f"UPDATE signals SET echo_of = NULL, echo_share = NULL WHERE {same} AND echo_of IS NOT NULL", key)
        con.execute(_RAISED, key)
        con.execute(_POSTS, span)
        con.execute(_PAIRS)
        con.execute(_USUAL, {"limit": SHARED})
        con.execute(_MARK, {"limit": SHARED})
        return int(value(con, f"SELECT count(*) FROM signals WHERE {same} AND echo_of IS NOT NULL", key))
