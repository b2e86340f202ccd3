"""The posts themselves: lists, searches and one post, always bounded in time and in rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

import pandas as pd

from warehouse.queries.reader import Reader
from warehouse.queries.selection import Condition, Selection, in_posts, in_rollup, rollup
from warehouse.records import FIRSTHAND
from warehouse.schema_looks import BEST_LABELS

PAGE = 200  #: most rows of one page
COUNTED = 10_000  #: matches are counted up to here; beyond it the total is a lower bound
SCANNED = 100_000  #: posts that are looked through for the total alone, once the page is full
STRIDE = 50_000  #: posts of the first stretch of days that is looked through, the newest;
GROWTH = 4  #: each further stretch is so many times as long
WORDS = 20  #: words of a search that are used
TAGGED = 3_000  #: posts with hashtags after which no older days are read for them: one that 1 % use is in thirty of them,
READ_FOR_TAGS = 100_000  #: nor after so many posts of any kind: what is used most is known by then

_COLUMNS = """source, query, native_id, url, created_at, edited_at, day, text, text_hash, hashtags, lang, lang_second, topics,
    [place.code for place in places] AS places,
    sentiment, sentiment_p, emotion, emotion_p, intent, intent_p, firsthand_p, numbers,
    duplicate_of, repost, reply, likes, reposts, replies, views, second_look, model_version"""

_IN_ORDER = "ORDER BY created_at DESC, source, native_id LIMIT $limit OFFSET $offset"

#: What leaves in a file: no address and no id, which lead to the author; no time but the day.
_EXTRACT = """day, source, lang, text, hashtags, topics, [place.code for place in places] AS places, sentiment, sentiment_p,
    emotion, emotion_p, intent, intent_p, firsthand_p, duplicate_of IS NOT NULL AS copy, repost, reply, model_version"""


#: Each hashtag with its posts, and NULL with all posts that have any.
_TAGS = """SELECT hashtag, count(*) AS posts FROM (
        SELECT unnest(list_append(list_distinct(hashtags), NULL)) AS hashtag FROM {posts} WHERE {where} AND len(hashtags) > 0)
    GROUP BY hashtag"""


class Tags(NamedTuple):
    """The most used hashtags (hashtag, posts), and the first of the days in which they were counted."""

    used: pd.DataFrame
    first: date


@dataclass(frozen=True, eq=False)
class PostPage:
    """One page of posts. `total` is exact, or a lower bound where `more` is true."""

    rows: pd.DataFrame
    total: int
    more: bool


@dataclass(frozen=True)
class Wanted:
    """What posts are looked for beside the shared choice. `text`: every word must stand somewhere in the post, capitals do not matter;
    `firsthand`: reports of illness alone that are told at first hand; `texts`: posts with one of these texts (text_hash) alone."""

    text: str = ""
    sentiment: str | None = None
    intent: str | None = None
    emotion: str | None = None
    firsthand: bool = False
    texts: Sequence[int] | None = None

    def narrow(self, where: Condition) -> None:
        """Add the conditions that this makes."""
        _narrow(where, self.text, {"sentiment": self.sentiment, "intent": self.intent, "emotion": self.emotion})
        if self.firsthand:
            where.add(f"firsthand_p >= {FIRSTHAND}")
        if self.texts is not None:
            where.add("text_hash IN (SELECT unnest($texts::BIGINT[]))", texts=list(self.texts))

    @property
    def relation(self) -> str:
        """What to count in: the second look is read only where a label decides."""
        return BEST_LABELS if self.sentiment or self.intent or self.emotion or self.firsthand else "posts"


@dataclass(frozen=True)
class _Found:
    """The days that the page needs, the newest first, and how many matches on newer days come before them; the matches that were counted,
    and whether there are days that were not looked through."""

    days: list[date]
    before: int
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
        *,
        texts: Sequence[int] | None = None,
    ) -> PostPage:
        """The newest first: source, query, native_id, url, created_at, edited_at, day, text, hashtags, lang, lang_second, topics, places
        (codes), sentiment, sentiment_p, emotion, emotion_p, intent, intent_p, firsthand_p, numbers,
        duplicate_of, repost, reply, likes, reposts, replies, views, second_look (whether the labels are of the larger model), text_hash,
        model_version.

        At most 200 rows, and none beyond the first 10,000; `Wanted` says what the conditions mean.
        """
        return self._page(_COLUMNS, selection, Wanted(text, sentiment, intent, emotion, firsthand, texts), offset, min(limit, PAGE))

    def extract(self, selection: Selection, wanted: Wanted, limit: int) -> PostPage:
        """The newest posts as they may leave in a file, at most 10,000: day, source, lang, text, hashtags, topics, places (codes), labels
        and probabilities, copy, repost, reply, model_version. Cells of few posts are still to be suppressed."""
        return self._page(_EXTRACT, selection, wanted, 0, min(limit, COUNTED))

    def _page(self, columns: str, selection: Selection, wanted: Wanted, offset: int, limit: int) -> PostPage:
        limit, offset = max(0, limit), max(0, min(offset, COUNTED))
        where = in_posts(selection, self.inside(selection.places))
        wanted.narrow(where)
        found = self._look_back(selection, where, offset, limit, wanted)
        if found.days:
            where.add("day = ANY($days::DATE[])", days=found.days, first=found.days[-1], last=found.days[0])
        part = {"limit": limit if found.days else 0, "offset": max(0, offset - found.before)}
        if limit <= PAGE:
            rows = self._read(columns, self._keys(wanted.relation, where, part), part["limit"])
        else:
            rows = self.frame(f"SELECT {columns} FROM {BEST_LABELS} WHERE {where.sql} {_IN_ORDER}", where.params | part)
        return PostPage(rows, min(found.total, COUNTED), found.more or found.total > COUNTED)

    def _keys(self, posts_of: str, where: Condition, part: dict[str, int]) -> list[dict[str, Any]]:
        """Which posts are on a page: source, native_id, day, created_at. To put them in order only these columns are read."""
        relation = _among(posts_of, self.posts_of(where.params["first"], where.params["last"]))
        return self.rows(f"SELECT source, native_id, day, created_at FROM {relation} WHERE {where.sql} {_IN_ORDER}", where.params | part)

    def _read(self, columns: str, keys: list[dict[str, Any]], limit: int) -> pd.DataFrame:
        """The wide rows of a page's posts, and no others.

        The files are in order of time, so DuckDB passes over the parts of a file that hold none of the moments; a list that is one
        parameter it would compare with every row.
        """
        moments = {f"moment{number}": key["created_at"] for number, key in enumerate(keys)}
        days = [key["day"] for key in keys]
        first, last = min(days, default=date.min), max(days, default=date.min)
        return self.frame(
            f"""SELECT {columns} FROM {_among(BEST_LABELS, self.posts_of(first, last))}
            WHERE day BETWEEN $first AND $last AND created_at BETWEEN $since AND $until
                AND created_at IN ({", ".join(f"${name}" for name in moments) or "NULL"})
                AND source || ':' || native_id = ANY($pairs::VARCHAR[]) {_IN_ORDER}""",
            moments
            | {"first": first, "last": last}
            | {"since": min(moments.values(), default=None), "until": max(moments.values(), default=None)}
            | {"pairs": [f"{key['source']}:{key['native_id']}" for key in keys], "limit": limit, "offset": 0},
        )

    def _look_back(self, selection: Selection, where: Condition, offset: int, limit: int, wanted: Wanted) -> _Found:
        """On which days the rows of the page are, and how many posts match until there or further.

        A page is filled from the newest days, so the years before them are read only when it is not full yet; and its rows are then read
        from the days that have some, so that a search for a rare word reads the texts once and not twice.
        """
        by_day: dict[date, int] = {}
        full, scanned, told = False, 0, self._told(selection)
        if told is not None and wanted.texts is not None:
            told &= self._having(selection, wanted.texts)
        for start, end, posts in self._stretches(selection, told=told):
            by_day |= self._matches(_on(where, told, start, end), start, end, wanted.relation)
            scanned += posts
            full = full or sum(by_day.values()) >= offset + limit
            if full and (sum(by_day.values()) > COUNTED or scanned >= SCANNED):
                return _found(by_day, offset, limit, start > selection.first)
        return _found(by_day, offset, limit, False)

    def _matches(self, where: Condition, first: date, last: date, posts_of: str) -> dict[date, int]:
        """How many posts match on each day that has any, the newest first. Above 10,000 the counts of single days are not known: all
        are put on the first day, and the days after it stand with none."""
        relation = _among(posts_of, self.posts_of(first, last))
        found = self.rows(
            f"""SELECT day, count(*) AS n FROM (SELECT day FROM {relation} WHERE {where.sql} LIMIT $most)
            GROUP BY day ORDER BY day DESC""",
            where.params | {"first": first, "last": last, "most": COUNTED + 1},
        )
        by_day = {row["day"]: row["n"] for row in found}
        if sum(by_day.values()) <= COUNTED:
            return by_day
        days = [last - timedelta(days=back) for back in range((last - first).days + 1)]
        return dict.fromkeys(days[:-1], 0) | {first: COUNTED + 1}

    def _told(self, selection: Selection) -> set[date] | None:
        """The days on which the counts have posts of the chosen topics and places; None where none are chosen. A topic in a regency has
        some on few days, and only these need to be read."""
        if not (selection.topics or selection.places):
            return None
        where = in_rollup(selection, None, "province")
        found = self.rows(f"SELECT DISTINCT day FROM {rollup(selection, None)} WHERE {where.sql} AND posts > 0", where.params)
        return {row["day"] for row in found}

    def _having(self, selection: Selection, texts: Sequence[int]) -> set[date]:
        """The days on which there is a post with one of these texts: asked by itself, since beside a place DuckDB reads the places of all
        posts first, which takes three times as long."""
        found = self.rows(
            f"""SELECT DISTINCT day FROM {self.posts_of(selection.first, selection.last)}
                SEMI JOIN (SELECT unnest($texts::BIGINT[]) AS text_hash) USING (text_hash)
            WHERE day BETWEEN $first AND $last""",
            {"texts": list(texts), "first": selection.first, "last": selection.last},
        )
        return {row["day"] for row in found}

    def _stretches(self, selection: Selection, growth: int = GROWTH, told: set[date] | None = None) -> Iterator[tuple[date, date, int]]:
        """Stretches of days (first, last, posts), the newest first, that together are the days of the selection; each has `growth` times as
        many posts as the one before. told: the only days whose posts will be read; a stretch without any is left out."""
        everything = Selection(languages=selection.languages, sources=selection.sources, first=selection.first, last=selection.last)
        where = in_rollup(everything, None, "province")
        end, posts, stride = selection.last, 0, STRIDE
        sql = f"SELECT day, sum(posts)::BIGINT AS posts FROM {rollup(everything, None)} WHERE {where.sql} GROUP BY day ORDER BY day DESC"
        for row in self.rows(sql, where.params):
            posts += row["posts"] if told is None or row["day"] in told else 0
            if posts >= stride:
                yield row["day"], end, posts
                end, posts, stride = row["day"] - timedelta(days=1), 0, stride * growth
        if end >= selection.first and (told is None or any(selection.first <= day <= end for day in told)):
            yield selection.first, end, posts

    def post(self, source: str, native_id: str, day: date | None = None) -> dict[str, Any] | None:
        """One post with the columns of `posts`, also collected_at, deleted_at and lang_p; None when it is not there. With its day it is
        looked for in the files of that day alone."""
        found = self.rows(
            f"""SELECT {_COLUMNS}, collected_at, deleted_at, lang_p FROM {_among(BEST_LABELS, self.posts_of(day, day) if day else "posts")}
            WHERE source = $source AND native_id = $native_id {"AND day = $day" if day else ""} LIMIT 1""",
            {"source": source, "native_id": native_id} | ({"day": day} if day else {}),
        )
        return next(iter(found), None)

    def hashtags(self, selection: Selection, limit: int = 20) -> Tags:
        """The most used ones of the selection. A post of two chosen topics counts twice. Of chosen places, languages or sources, by which
        hashtags are not counted, they are read from the posts; of a long selection from its newest days, which have enough of them to tell.
        """
        limit = min(limit, 1_000)
        if not (selection.places or selection.languages or selection.sources):
            found = in_rollup(selection, None, "province")
            sql = f"""SELECT hashtag, sum(posts)::BIGINT AS posts FROM hashtag_counts WHERE {found.sql}
                GROUP BY hashtag ORDER BY posts DESC, hashtag LIMIT $limit"""
            return Tags(self.frame(sql, found.params | {"limit": limit}), selection.first)
        return self._hashtags_read(selection, limit)

    def _hashtags_read(self, selection: Selection, limit: int) -> Tags:
        where, used, tagged, read, since = in_posts(selection, self.inside(selection.places)), Counter[str](), 0, 0, selection.first
        told = self._told(selection)
        for first, last, posts in self._stretches(selection, 1, told):
            narrowed = _on(where, told, first, last)
            sql = _TAGS.format(where=narrowed.sql, posts=self.posts_of(first, last))
            for row in self.rows(sql, narrowed.params | {"first": first, "last": last}):
                if row["hashtag"] is None:
                    tagged += row["posts"]
                else:
                    used[row["hashtag"]] += row["posts"]
            read, since = read + posts, first
            if tagged >= TAGGED or read >= READ_FOR_TAGS:
                break
        most = sorted(used.items(), key=lambda one: (-one[1], one[0]))[:limit]
        return Tags(pd.DataFrame(most, columns=["hashtag", "posts"]), since)


def _on(where: Condition, told: set[date] | None, first: date, last: date) -> Condition:
    """The condition on those of the told days that are in a stretch; as it is where nothing is told, or of every day."""
    days = sorted(day for day in told if first <= day <= last) if told is not None else []
    return where if told is None or len(days) > (last - first).days else where.within(days)


def _among(relation: str, posts: str) -> str:
    """A relation over other posts than those of the view."""
    return posts if relation == "posts" else relation.replace("FROM posts AS p", f"FROM {posts} AS p")


def _found(by_day: Mapping[date, int], offset: int, limit: int, more: bool) -> _Found:
    """The days among which the rows from `offset` on are; a day that stands with no match, before one that has all, may have some."""
    days: list[date] = []
    before, seen = 0, 0
    for day, matches in by_day.items():
        if matches and seen + matches <= offset:
            days, before = [], seen + matches
        elif seen < offset + limit:
            days.append(day)
        seen += matches
    return _Found(days, before, seen, more)


def _narrow(where: Condition, text: str, labels: Mapping[str, str | None]) -> None:
    for number, word in enumerate(text.split()[:WORDS]):
        where.add(f"contains(lower(text), lower($word{number}))", **{f"word{number}": word})
    for column, label in labels.items():
        if label:
            where.add(f"{column} = ${column}", **{column: label})
