"""Posts over time, and how much of that time was covered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from functools import lru_cache

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from warehouse.queries.reader import Reader, Stamp
from warehouse.queries.selection import By, Level, Selection, Unit, Week, in_rollup, period_sql, rollup
from warehouse.records import ALL
from warehouse.rollups import MEASURES

_KEYS = {"topic": "topic", "place": "place_code", "source": "source", "lang": "lang"}
_MEASURES = tuple(MEASURES)

#: A source is as covered as its queries are on average, a day as its sources are on average. A query counts from its first hour in the
#: ledger to its last: what is not there between them was not seen, what is beyond them is not known.
_SHARES = """WITH queries AS (SELECT source, query, min(hour) AS first_hour, max(hour) AS last_hour FROM coverage GROUP BY ALL),
    days AS (SELECT day, day::TIMESTAMP AT TIME ZONE $zone AS starts, (day + 1)::TIMESTAMP AT TIME ZONE $zone AS ends
        FROM (SELECT unnest(generate_series((min(first_hour) AT TIME ZONE $zone)::DATE, (max(last_hour) AT TIME ZONE $zone)::DATE,
            INTERVAL 1 DAY))::DATE AS day FROM queries)),
    due AS (SELECT day, starts, ends, source, query FROM days JOIN queries ON first_hour < ends AND last_hour >= starts),
    seen AS (SELECT (hour AT TIME ZONE $zone)::DATE AS day, source, query, sum(seconds) AS seconds FROM coverage GROUP BY ALL)
    SELECT day, source, avg(least(coalesce(seconds, 0) / (epoch(ends) - epoch(starts)), 1.0))::DOUBLE AS share
    FROM due LEFT JOIN seen USING (day, source, query) GROUP BY ALL"""


class Trends(Reader):
    """Counts from the rollups; 2 to 12 ms over 20 M posts."""

    def counts(
        self,
        selection: Selection,
        by: By | None = None,
        unit: Unit = "day",
        week: Week = "skdr",
        *,
        level: Level = "province",
        keys: int = 60,
        measures: Sequence[str] = _MEASURES,
        near: Sequence[str] = (),
    ) -> pd.DataFrame:
        """period, key, posts, negative, neutral, positive, questions, complaints, copies: one row for each period and key, zeros included.

        `period` is the first day of the day, week or month, or of the selection (unit "all"); periods end with the day of the published
        copy. A first or last week may be cut by the selection. `key` is the topic, place code, source or language, or '*' with by=None;
        without a choice of its own the split has the `keys` largest (for places: those of `level`). Never counts '*' beside its parts,
        nor a place inside another chosen place. Several chosen topics (or places beside each other) are summed unless they are the
        split: a post in two of them then counts once in each.

        measures: the counts that are wanted, `posts` among them. near: languages whose posts are also counted for themselves, as
        `near_` and the name of each measure.
        """
        where = in_rollup(selection, by, level)
        sums = {name: f"sum({name})" for name in measures}
        if near:
            where.params["near"] = list(near)
            sums |= {f"near_{name}": f"sum({name}) FILTER (list_contains($near::VARCHAR[], lang))" for name in measures}
        found = self.table(
            f"""SELECT {period_sql(unit, week)} AS period, {_KEYS[by] if by else "'*'"} AS key,
                {", ".join(f"coalesce({total}, 0)::BIGINT AS {name}" for name, total in sums.items())}
            FROM {rollup(selection, by, by_language=bool(near))} WHERE {where.sql} GROUP BY ALL""",
            where.params,
        )
        chosen = {"topic": selection.topics, "place": selection.places, "source": selection.sources, "lang": selection.languages}
        wanted = [ALL] if by is None else sorted(set(chosen[by])) or _largest(found, keys)
        return with_zeros(found, wanted, _periods(selection, self.today(), unit, week))

    def counts_by_source(self, selection: Selection, by: By | None = None, unit: Unit = "day", week: Week = "skdr") -> pd.DataFrame:
        """period, key, source, posts: as `counts` splits them, for each source apart; what has no posts has no row."""
        where = in_rollup(selection, by, "province")
        counts = "daily_counts" if selection.places or by == "place" else "counts_everywhere"
        return self.frame(
            f"""SELECT {period_sql(unit, week)} AS period, {_KEYS[by] if by else "'*'"} AS key, source, sum(posts)::BIGINT AS posts
            FROM {counts} WHERE {where.sql} GROUP BY ALL ORDER BY key, period, source""",
            where.params,
        )

    def exposure(self, selection: Selection) -> pd.DataFrame:
        """day, exposure: the share (0 to 1) of each day that was covered, averaged over the selected sources.

        NaN where the ledger says nothing (before the first collection, or posts that were imported from a file). Topics, places and
        languages do not matter. The day of the published copy is as covered as it has passed, at most.
        """
        shares = self._shares(selection.sources)
        after = max(selection.first, min(selection.last, self.today()) + timedelta(days=1))
        days = np.arange(np.datetime64(selection.first), np.datetime64(after)).astype("datetime64[s]")
        at = shares.index.get_indexer(pd.DatetimeIndex(days))
        exposure = np.where(at >= 0, shares.to_numpy(float)[at], np.nan) if len(shares) else np.full(len(days), np.nan)
        return pd.DataFrame({"day": days, "exposure": exposure})

    def exposure_on(self, days: Sequence[date]) -> dict[date, float]:
        """The exposure of single days over all sources; a day about which the ledger says nothing is left out."""
        found = self._exposure(min(days), max(days), ())
        return {day: found[day] for day in days if day in found}

    def _exposure(self, first: date, last: date, sources: tuple[str, ...]) -> dict[date, float]:
        mean = self._shares(sources).loc[pd.Timestamp(first) : pd.Timestamp(last)].dropna()
        return {moment.date(): share for moment, share in mean.items()}  # type: ignore[attr-defined]

    def _shares(self, sources: tuple[str, ...]) -> pd.Series:
        """Of each day of the ledger the share that was covered, averaged over these sources (of all, without any)."""
        return _kept_mean(self, self.copy(), sources)

    def read_shares(self) -> pd.DataFrame:
        """A row for each day of the ledger, a column for each source: the share of the day that was seen; NaN where it was not due."""
        found = self.frame(_SHARES, {"zone": self.zone().key})
        return found.pivot(index="day", columns="source", values="share").sort_index().astype(float)


@lru_cache(maxsize=4)
def _kept_shares(catalog: Trends, copy: Stamp) -> pd.DataFrame:
    """`read_shares` of one published copy: every panel of a page asks, and reading the ledger takes longer than the counts."""
    return catalog.read_shares()


@lru_cache(maxsize=64)
def _kept_mean(catalog: Trends, copy: Stamp, sources: tuple[str, ...]) -> pd.Series:
    shares = _kept_shares(catalog, copy)
    chosen = shares[[source for source in sources if source in shares]] if sources else shares
    return chosen.mean(axis=1)


def with_zeros(found: pa.Table, keys: Sequence[str], periods: NDArray[np.datetime64]) -> pd.DataFrame:
    """Rows of other keys or periods left out, and those that are missing put in with zeros: a row for each key and period, in this order.

    found: period, key, and whole numbers, in any order, no period and key twice. periods: in ascending order. Here and not in SQL, which
    took most of its time to plan the joins.
    """
    row = pc.index_in(found["key"].cast(pa.string()), value_set=pa.array(keys, pa.string())).fill_null(-1).to_numpy()
    own = found["period"].to_numpy().astype(periods.dtype)
    column = np.minimum(np.searchsorted(periods, own), max(len(periods) - 1, 0))
    known = (row >= 0) & (periods[column] == own) if len(periods) else np.zeros(len(own), bool)
    at = row[known] * len(periods) + column[known]
    filled = {}
    for name in found.column_names[2:]:
        filled[name] = np.zeros(len(keys) * len(periods), np.int64)
        filled[name][at] = found[name].to_numpy()[known]
    named = pd.array(np.repeat(np.array(keys, object), len(periods)), dtype="str")
    return pd.DataFrame({"period": np.tile(periods, len(keys)), "key": named, **filled})


def _largest(found: pa.Table, keys: int) -> list[str]:
    """The `keys` keys with the most posts, in the order of the alphabet."""
    total = found.group_by("key").aggregate([("posts", "sum")])
    ranked = sorted(zip(total["posts_sum"].to_pylist(), total["key"].to_pylist(), strict=True), key=lambda one: (-one[0], one[1] or ""))
    return sorted([key for _posts, key in ranked if key is not None][:keys])


def _periods(selection: Selection, today: date, unit: Unit, week: Week) -> NDArray[np.datetime64]:
    """The first days of the periods of the selection, up to today."""
    after = min(selection.last, today) + timedelta(days=1)
    days: NDArray[np.datetime64] = np.arange(np.datetime64(selection.first), np.datetime64(after))
    if unit == "all":
        days = days[:1]
    elif unit == "week":
        # day 0 of the epoch was a Thursday
        days = days - (days.astype(np.int64) + (4 if week == "skdr" else 3)) % 7
    elif unit == "month":
        days = days.astype("datetime64[M]")
    return np.unique(days).astype("datetime64[ms]")
