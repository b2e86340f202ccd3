"""The posts themselves: lists, searches and one post, always bounded in time and in rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pandas as pd

from warehouse.queries.reader import Reader
from warehouse.queries.selection import Condition, Selection, in_posts, in_rollup
from warehouse.records import FIRSTHAND
from warehouse.schema_looks import BEST_LABELS

PAGE = 200  #: most rows of one page
COUNTED = 10_000  #: matches are counted up to here; beyond it the total is a lower bound
SCANNED = 200_000  #: posts that are looked through for the total alone, once the page is full
STRIDE = 50_000  #: posts of the first stretch of days that is looked through, the newest; each further stretch is twice as long
WORDS = 20  #: words of a search that are used
TAGGED = 200_000  #: newest posts that are read for hashtags

_COLUMNS = """source, query, native_id, url, created_at, edited_at, day, text, hashtags, lang, lang_second, topics,
    [place.code for place in places] AS places,
    sentiment, sentiment_p, emotion, emotion_p, intent, intent_p, firsthand_p, numbers,
    duplicate_of, repost, reply, likes, reposts, replies, views, second_look"""


@dataclass(frozen=True, eq=False)
class PostPage:
    """One page of posts. `total` is exact, or a lower bound where `more` is true."""

    rows: pd.DataFrame
    total: int
    more: bool


@dataclass(frozen=True)
class _Found:
    """The first day that the page needs, the matches that were counted, and whether there are days that were not looked through."""

    first: date
    total: int
    more: bool


class Posts(Reader):
    """Reads the published posts; the author is known by nobody here."""

    def posts(
        self,
        selection: Selection,
        text: str = "",
        sentiment: str | None = None,
        intent: str | None = None,
        emotion: str | None = None,
        firsthand: bool = False,
        offset: int = 0,
        limit: int = 50,
    ) -> PostPage:
        """The newest first: source, query, native_id, url, created_at, edited_at, day, text, hashtags, lang, lang_second, topics, places
        (codes), sentiment, sentiment_p, emotion, emotion_p, intent, intent_p, firsthand_p, numbers,
        duplicate_of, repost, reply, likes, reposts, replies, views, second_look (whether the labels are of the larger model).

        `text`: every word must stand somewhere in the post, capitals do not matter. `firsthand`: reports of illness alone that are
        told at first hand. At most 200 rows, and none beyond the first 10,000.
        """
        limit, offset = max(0, min(limit, PAGE)), max(0, min(offset, COUNTED))
        where = in_posts(selection)
        _narrow(where, text, {"sentiment": sentiment, "intent": intent, "emotion": emotion})
        if firsthand:
            where.add(f"firsthand_p >= {FIRSTHAND}")
        found = self._look_back(selection, where, offset + limit, BEST_LABELS if sentiment or intent or emotion or firsthand else "posts")
        rows = self.frame(
            f"""SELECT {_COLUMNS} FROM {BEST_LABELS} WHERE {where.sql}
            ORDER BY created_at DESC, source, native_id LIMIT $limit OFFSET $offset""",
            where.params | {"limit": limit, "offset": offset, "first": found.first},
        )
        return PostPage(rows, min(found.total, COUNTED), found.more or found.total > COUNTED)

    def _look_back(self, selection: Selection, where: Condition, wanted: int, posts_of: str) -> _Found:
        """How far back the page reaches, and how many posts match until there or further.

        A page is filled from the newest days, so the years before them are read only when it is not full yet.
        """
        first, total, scanned = None, 0, 0
        for start, end, posts in self._stretches(selection):
            total += self.rows(
                f"SELECT count(*) AS n FROM (SELECT 1 FROM {posts_of} WHERE {where.sql} LIMIT $most)",
                where.params | {"first": start, "last": end, "most": COUNTED + 1},
            )[0]["n"]
            scanned += posts
            first = first or (start if total >= wanted else None)
            if first and (total > COUNTED or scanned >= SCANNED):
                return _Found(first, total, start > selection.first)
        return _Found(first or selection.first, total, False)

    def _stretches(self, selection: Selection) -> Iterator[tuple[date, date, int]]:
        """Stretches of days (first, last, posts), the newest first, that together are the days of the selection."""
        everything = Selection(languages=selection.languages, sources=selection.sources, first=selection.first, last=selection.last)
        rollup = in_rollup(everything, None, "province")
        end, posts, stride = selection.last, 0, STRIDE
        sql = f"SELECT day, sum(posts)::BIGINT AS posts FROM daily_counts WHERE {rollup.sql} GROUP BY day ORDER BY day DESC"
        for row in self.rows(sql, rollup.params):
            posts += row["posts"]
            if posts >= stride:
                yield row["day"], end, posts
                end, posts, stride = row["day"] - timedelta(days=1), 0, stride * 2
        if end >= selection.first:
            yield selection.first, end, posts

    def post(self, source: str, native_id: str) -> dict[str, Any] | None:
        """One post with the columns of `posts`, also collected_at, deleted_at and model_version; None when it is not there."""
        found = self.rows(
            f"""SELECT {_COLUMNS}, collected_at, deleted_at, model_version FROM {BEST_LABELS}
            WHERE source = $source AND native_id = $native_id LIMIT 1""",
            {"source": source, "native_id": native_id},
        )
        return next(iter(found), None)

    def hashtags(self, selection: Selection, limit: int = 20) -> pd.DataFrame:
        """hashtag, posts: the most used in the newest 200,000 posts of the selection."""
        where = in_posts(selection)
        return self.frame(
            f"""SELECT hashtag, count(*) AS posts FROM (SELECT unnest(list_distinct(hashtags)) AS hashtag FROM (
                SELECT hashtags FROM posts WHERE {where.sql} AND len(hashtags) > 0 ORDER BY created_at DESC LIMIT $tagged))
            GROUP BY ALL ORDER BY posts DESC, hashtag LIMIT $limit""",
            where.params | {"limit": min(limit, 1_000), "tagged": TAGGED},
        )


def _narrow(where: Condition, text: str, labels: Mapping[str, str | None]) -> None:
    for number, word in enumerate(text.split()[:WORDS]):
        where.add(f"contains(lower(text), lower($word{number}))", **{f"word{number}": word})
    for column, label in labels.items():
        if label:
            where.add(f"{column} = ${column}", **{column: label})
