"""Places on the map beyond their counts: what was to be expected of them, and how they were week by week."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from warehouse.queries.selection import Level, Selection, Week, in_rollup, in_signals, period_sql, rollup
from warehouse.queries.trends import Trends
from warehouse.queries.vocabulary import Vocabulary

WEEKS_BEFORE: Final = 8  #: weeks before the first day that say what is usual
FEWEST: Final = 3  #: the same weekday must have been seen so often in them

_COUNTED = """SELECT place_code, {sums} FROM {counts} WHERE {where} GROUP BY place_code"""

#: How much each day counts, as a table to join with: an element of a list taken for each row took twice as long.
_WEIGHED = """WITH weighed AS (
        SELECT unnest(generate_series($first::DATE, $last::DATE, INTERVAL 1 DAY))::DATE AS day, unnest($weights) AS weight,
            unnest($shown) AS shown)
    SELECT place_code, {sums} FROM {counts} JOIN weighed USING (day) WHERE {where} GROUP BY place_code"""

_SUMS = {name: f"coalesce(sum({name}) FILTER (WHERE day >= $start), 0)::BIGINT" for name in ("posts", "negative", "positive")}

_HELD = "FILTER (WHERE shown > 0 OR weight > 0)::DOUBLE"

#: NULL where the place had no post on any of these days.
_EXPECTED = {
    "observed": f"sum(posts * shown) {_HELD}",
    "expected": f"sum(posts * weight) {_HELD}",
}

_WEEKLY = """SELECT {period} AS period, place_code, sum(posts)::BIGINT AS posts, sum(negative)::BIGINT AS negative,
        sum(positive)::BIGINT AS positive FROM {counts} WHERE {where} GROUP BY ALL"""


class Maps(Trends, Vocabulary):
    """The Map page."""

    def map_counts(self, selection: Selection, level: Level = "province", least: float | None = None) -> pd.DataFrame:
        """place_code, name, lat, lon, population, posts, negative, positive, per_million, signals: every place of the level, also those
        without posts. `per_million` is posts per million inhabitants, missing where the population is unknown. Chosen places narrow the
        list to them and to what lies within them. With several topics a post counts once in each.

        With `least`, the share of a day that must have been covered, also observed and expected, which are missing for a place without a
        post in the selected days and the eight weeks before their first. expected: of each selected day the mean of the same weekday in
        those weeks, summed. Days that were covered less than `least`, the unfinished one, and those whose weekday was seen less than
        three times before count on neither side; `observed` are the posts of the days that are left. Missing everywhere when none is.
        """
        places = self.places(level)[["place_code", "name", "lat", "lon", "population"]]
        if selection.places:
            places = places[places["place_code"].isin(self.inside(selection.places))]
        anywhere = replace(selection, places=())
        # put together here: one statement over the five tables takes longer to plan than all of them take to read
        at = pd.Index(places["place_code"])
        known = _aligned(self._counted(anywhere, level, least), at) | _aligned(self._raised(anywhere), at)
        rate = 1e6 * known["posts"] / places["population"].where(places["population"] > 0)
        columns = {name: known.pop(name) for name in _SUMS}
        return places.assign(**columns, per_million=rate, signals=known.pop("signals"), **known).reset_index(drop=True)

    def _counted(self, selection: Selection, level: Level, least: float | None) -> pa.Table:
        """place_code, posts, negative, positive; with `least` also observed and expected."""
        sums, wide = dict(_SUMS), selection
        parts: dict[str, Any] = {"start": selection.first}
        if least is not None:
            sums |= _EXPECTED
            wide = replace(selection, first=selection.first - timedelta(weeks=WEEKS_BEFORE))
            parts |= self._weights(wide, selection.first, least)
        where = in_rollup(wide, "place", level)
        named = ", ".join(f"{total} AS {name}" for name, total in sums.items())
        sql = _COUNTED if least is None else _WEIGHED
        return self.table(sql.format(sums=named, counts=rollup(wide, "place"), where=where.sql), where.params | parts)

    def _raised(self, selection: Selection) -> pa.Table:
        """place_code, signals."""
        found = in_signals(selection)
        return self.table(
            f"""SELECT w.place_code, count(*) AS signals FROM (SELECT signal_id FROM signals WHERE {found.sql})
            JOIN signal_places AS w USING (signal_id) GROUP BY w.place_code""",
            found.params,
        )

    def _weights(self, wide: Selection, first: date, least: float) -> dict[str, list[float]]:
        """Of each day of `wide`: how much it adds to what is expected from `first` on, and whether (1 or 0) it is held against that."""
        whole = replace(wide, last=min(wide.last, self.today() - timedelta(days=1)))
        before, shown = self._usable(whole, first, least)
        seen, wanted = Counter(day.weekday() for day in before), Counter(day.weekday() for day in shown)
        days = [wide.first + timedelta(days=number) for number in range(wide.days())]
        held, counted = set(before), set(shown)
        return {
            "weights": [wanted[day.weekday()] / seen[day.weekday()] if day in held else 0.0 for day in days],
            "shown": [float(day in counted) for day in days],
        }

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


def _aligned(found: pa.Table, places: pd.Index) -> dict[str, NDArray[Any]]:
    """The columns beside place_code, for each of the places; where it has no row, whole numbers are 0 and others missing."""
    at = pd.Index(found["place_code"].to_pylist(), dtype=object).get_indexer(places)
    columns = {}
    for name in found.column_names[1:]:
        values = found[name].to_numpy()
        nothing = 0 if values.dtype.kind == "i" else np.nan
        columns[name] = np.where(at >= 0, values[at], nothing) if len(values) else np.full(len(at), nothing)
    return columns
