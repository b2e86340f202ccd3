"""Counts of posts by day, topic, place, source and language, refreshed in the transaction that changes the posts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from warehouse.database import Connection, transaction
from warehouse.records import ALL, EMOTIONS, FIRSTHAND, SENTIMENTS, UNKNOWN_LANGUAGE

#: Each place with itself and every place above it. A code that `places` does not know stands for itself.
ABOVE = """
above AS (
    SELECT place_code AS code, place_code AS counted, parent_code AS next FROM places
    UNION
    SELECT above.code, places.place_code, places.parent_code FROM above JOIN places ON places.place_code = above.next
)"""

#: What is counted of the posts of a day, topic, place, source and language, by the column's name: which posts.
MEASURES: Mapping[str, str] = {
    "posts": "true",
    **{name: f"sentiment = '{name}'" for name in SENTIMENTS},
    "questions": "intent = 'question'",
    "complaints": "intent = 'complaint'",
    "requests": "intent = 'request'",
    "firsthand": f"firsthand_p >= {FIRSTHAND}",
    **{name: f"emotion = '{name}'" for name in EMOTIONS if name != "neutral"},
    "copies": "duplicate_of IS NOT NULL",
}

#: Posts that are alike are first counted together: few enough are left that multiplying topics by places costs little.
_COUNT = f"""
INSERT INTO daily_counts BY NAME
WITH RECURSIVE {ABOVE},
alike AS (
    SELECT day, source, lang, topics, places, {", ".join(f"count(*) FILTER ({which}) AS {name}" for name, which in MEASURES.items())}
    FROM posts WHERE deleted_at IS NULL AND {{days}} GROUP BY ALL
),
lists AS (SELECT row_number() OVER () AS n, places FROM (SELECT DISTINCT places FROM alike)),
placed AS (
    SELECT DISTINCT n, coalesce(counted, named.code) AS place_code, places."level"
    FROM (SELECT n, unnest(places).code AS code FROM lists) AS named LEFT JOIN above ON above.code = named.code
    LEFT JOIN places ON places.place_code = coalesce(counted, named.code)
    WHERE named.code IS NOT NULL
    UNION ALL
    SELECT n, '{ALL}', NULL FROM lists
),
topical AS (
    SELECT a.* EXCLUDE (topics, places), l.n, unnest(list_distinct(list_append(coalesce(a.topics, []), '{ALL}'))) AS topic
    FROM alike AS a JOIN lists AS l ON l.places IS NOT DISTINCT FROM a.places
)
SELECT day, topic, place_code, "level", source, coalesce(topical.lang, '{UNKNOWN_LANGUAGE}') AS lang,
       {", ".join(f"sum({name}) AS {name}" for name in MEASURES)}
FROM topical JOIN placed USING (n)
GROUP BY day, topic, place_code, "level", source, coalesce(topical.lang, '{UNKNOWN_LANGUAGE}')
ORDER BY day, topic, place_code
"""

#: Most questions are about no place, or about no source and language: they are answered from a part of the counts.
_NARROWER = {
    "counts_everywhere": f"""INSERT INTO counts_everywhere BY NAME SELECT day, topic, source, lang, {", ".join(MEASURES)}
        FROM daily_counts WHERE place_code = '{ALL}' AND {{days}} ORDER BY day, topic""",
    "counts_by_place": f"""INSERT INTO counts_by_place BY NAME
        SELECT day, topic, place_code, "level", {", ".join(f"sum({name})::BIGINT AS {name}" for name in MEASURES)}
        FROM daily_counts WHERE place_code <> '{ALL}' AND {{days}}
        GROUP BY day, topic, place_code, "level" ORDER BY day, topic, place_code""",
}

#: What a topic's posts are tagged with: of a rare topic a sample of the posts would hold next to nothing.
_TAGS = f"""INSERT INTO hashtag_counts BY NAME
    SELECT day, topic, hashtag, count(*) AS posts FROM (
        SELECT day, hashtag, unnest(list_distinct(list_append(coalesce(topics, []), '{ALL}'))) AS topic FROM (
            SELECT day, topics, unnest(list_distinct(hashtags)) AS hashtag FROM posts
            WHERE deleted_at IS NULL AND len(hashtags) > 0 AND {{days}}))
    GROUP BY day, topic, hashtag ORDER BY day, topic, posts DESC"""

#: The bounds are constants to DuckDB's planner, so that it skips the rest of the table; a list of days alone would be read in full.
_DAYS = "day BETWEEN $first AND $last AND day IN (SELECT unnest($days::DATE[]))"


def refresh(con: Connection, days: Iterable[date]) -> None:
    """Count the posts of these days again and mark the days for publication."""
    wanted = sorted(set(days))
    if not wanted:
        return
    with transaction(con):
        params = {"days": wanted, "first": wanted[0], "last": wanted[-1]}
        con.execute(f"DELETE FROM daily_counts WHERE {_DAYS}", params)
        con.execute(_COUNT.format(days=_DAYS), params)
        _narrow(con, _DAYS, params)
        _tag(con, _DAYS, params)
        mark_changed(con, wanted)


def rebuild(con: Connection) -> None:
    """Count every post again: after a change of zone or of the places above places."""
    with transaction(con):
        con.execute("DELETE FROM daily_counts")
        con.execute(_COUNT.format(days="true"))
        narrow_all(con)
        tag_all(con)


def narrow_all(con: Connection) -> None:
    """Make the narrower tables of the counts anew."""
    _narrow(con, "true", {})


def tag_all(con: Connection) -> None:
    """Count the hashtags of all posts anew."""
    _tag(con, "true", {})


def _tag(con: Connection, days: str, params: Mapping[str, Any]) -> None:
    con.execute(f"DELETE FROM hashtag_counts WHERE {days}", params)
    con.execute(_TAGS.format(days=days), params)


def _narrow(con: Connection, days: str, params: Mapping[str, Any]) -> None:
    for table, insert in _NARROWER.items():
        con.execute(f"DELETE FROM {table} WHERE {days}", params)
        con.execute(insert.format(days=days), params)


def mark_changed(con: Connection, days: Iterable[date]) -> None:
    """Note that the posts of these days must be published again."""
    con.execute(
        "INSERT INTO changed_days SELECT unnest($days::DATE[]) AS day EXCEPT SELECT day FROM changed_days", {"days": sorted(set(days))}
    )


def mark_all_changed(con: Connection) -> None:
    """Note that every day that has posts must be published again."""
    con.execute("INSERT INTO changed_days SELECT DISTINCT day FROM posts EXCEPT SELECT day FROM changed_days")
