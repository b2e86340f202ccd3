"""Texts to compare the words of: a sample of the posts of a selection, bounded in days and in posts."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pandas as pd

from warehouse.queries.reader import Reader
from warehouse.queries.selection import Selection, in_posts, in_rollup, rollup

READ = 2_000  #: most posts of a sample
DAYS = 28  #: most days that it is taken from, spread evenly over those of the selection
_HASHES = 2**64 - 1  #: the largest hash
SCANNED = 200_000  #: posts of all kinds on these days, at most, unless one day alone has more


class Texts(Reader):
    """Samples of posts."""

    def texts(self, selection: Selection) -> pd.DataFrame:
        """text, hashtags (a list): at most about 2,000 posts that still stand, as many of each day, the same ones whenever it is asked."""
        days = self._sampled_days(selection)
        if not days:
            return pd.DataFrame({"text": [], "hashtags": []})
        where = in_posts(selection, self.inside(selection.places))
        # the days as values, too: only then does DuckDB skip the files of all others
        where.add("day IN (SELECT unnest($days::DATE[]))", days=days)
        # the window below carries the texts; most of the posts that it would leave out are left out before
        where.add("hash(native_id) <= $lowest::UBIGINT", lowest=self._lowest(selection, days))
        params: dict[str, Any] = {**where.params, "first": days[0], "last": days[-1], "each": -(-READ // len(days))}
        return self.frame(
            f"""SELECT text, hashtags FROM {self.posts_of(days[0], days[-1])} WHERE {where.sql} AND text IS NOT NULL
            QUALIFY row_number() OVER (PARTITION BY day ORDER BY hash(native_id), source, native_id) <= $each""",
            params,
        )

    def _lowest(self, selection: Selection, days: list[Any]) -> int:
        """The hash up to which twice as many posts are expected on these days as are read."""
        where = in_rollup(replace(selection, first=days[0], last=days[-1]), None, "province")
        where.add("day IN (SELECT unnest($days::DATE[]))", days=days)
        found = self.rows(f"SELECT sum(posts)::BIGINT AS posts FROM {rollup(selection, None)} WHERE {where.sql}", where.params)
        return min(_HASHES, 2 * READ * _HASHES // max(1, found[0]["posts"] or 0))

    def _sampled_days(self, selection: Selection) -> list[Any]:
        """Days with posts, spread evenly; fewer where days are full."""
        everything = Selection(languages=selection.languages, sources=selection.sources, first=selection.first, last=selection.last)
        where = in_rollup(everything, None, "province")
        sql = f"""SELECT day, sum(posts)::BIGINT AS posts FROM {rollup(everything, None)} WHERE {where.sql}
            GROUP BY day HAVING sum(posts) > 0 ORDER BY day"""
        found = self.rows(sql, where.params)
        if not found:
            return []
        usual = sum(row["posts"] for row in found) / len(found)
        most = max(1, min(DAYS, len(found), int(SCANNED / usual)))
        return [found[int((place + 0.5) * len(found) / most)]["day"] for place in range(most)]


def days_before(selection: Selection, least: int = 28, most: int = 180) -> tuple[Any, Any]:
    """The first and last day of what a span is compared with: the days before it, as many as it has, but 28 to 180."""
    length = max(least, min(selection.days(), most))
    return selection.first - timedelta(days=length), selection.first - timedelta(days=1)
