"""Places on the map beyond their counts: what was to be expected of them, and how they were week by week."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from typing import Final

import pandas as pd

from warehouse.queries.selection import Level, Selection, Week, in_rollup, in_signals, period_sql, rollup
from warehouse.queries.trends import Trends
from warehouse.queries.vocabulary import Vocabulary

WEEKS_BEFORE: Final = 8  #: weeks before the first day that say what is usual
FEWEST: Final = 3  #: the same weekday must have been seen so often in them

_EXPECTED = """SELECT place_code, sum(posts * $shown[day - $first + 1])::BIGINT AS observed,
        sum(posts * $weights[day - $first + 1])::DOUBLE AS expected
    FROM {counts} WHERE {where} GROUP BY place_code
    HAVING bool_or($shown[day - $first + 1] > 0 OR $weights[day - $first + 1] > 0) ORDER BY place_code"""

_WEEKLY = """SELECT {period} AS period, place_code, sum(posts)::BIGINT AS posts, sum(negative)::BIGINT AS negative,
        sum(positive)::BIGINT AS positive FROM {counts} WHERE {where} GROUP BY ALL"""


class Maps(Trends, Vocabulary):
    """The Map page."""

    def map_counts(self, selection: Selection, level: Level = "province") -> pd.DataFrame:
        """place_code, name, lat, lon, population, posts, negative, positive, per_million, signals: every place of the level, also those
        without posts. `per_million` is posts per million inhabitants, missing where the population is unknown. Chosen places narrow the
        list to them and to what lies within them. With several topics a post counts once in each.
        """
        places = self.places(level)[["place_code", "name", "lat", "lon", "population"]]
        if selection.places:
            places = places[places["place_code"].isin(self.inside(selection.places))]
        anywhere = replace(selection, places=())
        where, found = in_rollup(anywhere, "place", level), in_signals(anywhere)
        counted = self.frame(
            f"""SELECT place_code, sum(posts)::BIGINT AS posts, sum(negative)::BIGINT AS negative, sum(positive)::BIGINT AS positive
            FROM {rollup(anywhere, "place")} WHERE {where.sql} GROUP BY place_code""",
            where.params,
        )
        raised = self.frame(
            f"""SELECT w.place_code, count(*) AS signals FROM (SELECT signal_id FROM signals WHERE {found.sql})
            JOIN signal_places AS w USING (signal_id) GROUP BY w.place_code""",
            found.params,
        )
        # put together here: one statement over the five tables takes longer to plan than all of them take to read
        values = [part.set_index("place_code").reindex(places["place_code"], fill_value=0) for part in (counted, raised)]
        known = {name: part[name].to_numpy() for part in values for name in part}
        rate = 1e6 * known["posts"] / places["population"].where(places["population"] > 0)
        columns = {name: known[name] for name in ("posts", "negative", "positive")}
        return places.assign(**columns, per_million=rate, signals=known["signals"]).reset_index(drop=True)

    def map_expected(self, selection: Selection, level: Level, min_exposure: float) -> pd.DataFrame:
        """place_code, observed, expected, for the places with a post in the selected days or the eight weeks before their first.

        expected: of each selected day the mean of the same weekday in those weeks, summed. Days that were covered less than
        `min_exposure`, the unfinished one, and those whose weekday was seen less than three times before count on neither side;
        `observed` are the posts of the days that are left. Empty when none is.
        """
        wide = Selection(
            topics=selection.topics,
            languages=selection.languages,
            sources=selection.sources,
            first=selection.first - timedelta(weeks=WEEKS_BEFORE),
            last=min(selection.last, self.today() - timedelta(days=1)),
        )
        before, shown = self._usable(wide, selection.first, min_exposure)
        seen, wanted = Counter(day.weekday() for day in before), Counter(day.weekday() for day in shown)
        days = [wide.first + timedelta(days=number) for number in range(wide.days())]
        held = set(before)
        weights = [wanted[day.weekday()] / seen[day.weekday()] if day in held else 0.0 for day in days]
        where = in_rollup(wide, "place", level)
        counted = set(shown)
        parts = {"weights": weights, "shown": [int(day in counted) for day in days]}
        return self.frame(_EXPECTED.format(where=where.sql, counts=rollup(wide, "place")), where.params | parts)

    def _usable(self, wide: Selection, first: date, min_exposure: float) -> tuple[list[date], list[date]]:
        """The days before `first` and those from it on that can be held against each other."""
        began = self.rows("SELECT min(day) AS day FROM counts_everywhere WHERE topic = '*' AND posts > 0")[0]["day"]
        if began is None or wide.last < wide.first:
            return [], []
        covered = self._exposure(wide.first, wide.last, wide.sources)
        every = (wide.first + timedelta(days=number) for number in range(wide.days()))
        days = [day for day in every if day >= began and covered.get(day, 1.0) >= min_exposure]
        before, shown = [day for day in days if day < first], [day for day in days if day >= first]
        seen = Counter(day.weekday() for day in before)
        return before, [day for day in shown if seen[day.weekday()] >= FEWEST]

    def map_weeks(self, selection: Selection, level: Level, week: Week) -> pd.DataFrame:
        """period (first day of the week), place_code, name, posts, negative, positive, per_million: each week and place with posts."""
        where = in_rollup(selection, "place", level)
        return self.frame(
            f"""WITH weekly AS ({_WEEKLY.format(period=period_sql("week", week), where=where.sql, counts=rollup(selection, "place"))})
            SELECT w.period, w.place_code, p.name, w.posts, w.negative, w.positive, 1e6 * w.posts / nullif(p.population, 0) AS per_million
            FROM weekly AS w JOIN places AS p USING (place_code) WHERE w.posts > 0 ORDER BY w.period, w.place_code""",
            where.params,
        )

    def map_peaks(self, selection: Selection, level: Level, week: Week) -> dict[str, float]:
        """The largest posts and per_million of any place in any week, so that the weeks share one scale."""
        where = in_rollup(selection, "place", level)
        found = self.rows(
            f"""WITH weekly AS ({_WEEKLY.format(period=period_sql("week", week), where=where.sql, counts=rollup(selection, "place"))})
            SELECT coalesce(max(w.posts), 0)::DOUBLE AS posts,
                coalesce(max(1e6 * w.posts / nullif(p.population, 0)), 0)::DOUBLE AS per_million
            FROM weekly AS w JOIN places AS p USING (place_code)""",
            where.params,
        )
        return found[0]
