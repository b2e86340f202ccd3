"""Counts of posts by day, topic, place, source and language, refreshed in the transaction that changes the posts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from warehouse.database import Connection, transaction

#: Each place with itself and every place above it. A code that `places` does not know stands for itself.
_ABOVE = """
above AS (
    SELECT place_code AS code, place_code AS counted, parent_code AS next FROM places
    UNION
    SELECT above.code, places.place_code, places.parent_code FROM above JOIN places ON places.place_code = above.next
)"""

#: Two steps keep it fast: posts become (topics x places) pairs only once per post, and '*' joins both lists beforehand.
_COUNT = f"""
INSERT INTO daily_counts
WITH RECURSIVE {_ABOVE},
wanted AS (
    SELECT row_number() OVER () AS n, day, source, coalesce(lang, 'und') AS lang, sentiment, intent, duplicate_of,
           list_distinct(list_append(coalesce(topics, []), '*')) AS topics, places
    FROM posts WHERE deleted_at IS NULL AND {{days}}
),
named AS (SELECT DISTINCT n, unnest(places).code AS code FROM wanted WHERE len(places) > 0),
placed AS (
    SELECT DISTINCT n, coalesce(counted, named.code) AS place_code FROM named LEFT JOIN above ON above.code = named.code
    UNION ALL
    SELECT n, '*' FROM wanted
)
SELECT day, topic, place_code, source, lang, count(*), count(*) FILTER (sentiment = 'negative'), count(*) FILTER (sentiment = 'neutral'),
       count(*) FILTER (sentiment = 'positive'), count(*) FILTER (intent = 'question'), count(*) FILTER (intent = 'complaint'),
       count(duplicate_of)
FROM (SELECT * EXCLUDE (topics, places), unnest(topics) AS topic FROM wanted) JOIN placed USING (n)
WHERE place_code IS NOT NULL
GROUP BY ALL
ORDER BY day, topic, place_code
"""


def refresh(con: Connection, days: Iterable[date]) -> None:
    """Count the posts of these days again and mark the days for publication."""
    wanted = sorted(set(days))
    if not wanted:
        return
    with transaction(con):
        con.execute("DELETE FROM daily_counts WHERE day IN (SELECT unnest($days::DATE[]))", {"days": wanted})
        con.execute(_COUNT.format(days="day IN (SELECT unnest($days::DATE[]))"), {"days": wanted})
        mark_changed(con, wanted)


def rebuild(con: Connection) -> None:
    """Count every post again: after a change of zone or of the places above places."""
    with transaction(con):
        con.execute("DELETE FROM daily_counts")
        con.execute(_COUNT.format(days="true"))


def mark_changed(con: Connection, days: Iterable[date]) -> None:
    """Note that the posts of these days must be published again."""
    con.execute(
        "INSERT INTO changed_days SELECT unnest($days::DATE[]) AS day EXCEPT SELECT day FROM changed_days", {"days": sorted(set(days))}
    )


def mark_all_changed(con: Connection) -> None:
    """Note that every day that has posts must be published again."""
    con.execute("INSERT INTO changed_days SELECT DISTINCT day FROM posts EXCEPT SELECT day FROM changed_days")
