"""Signals, as a list, one by one, and on the map."""

from __future__ import annotations

from typing import Any, Literal

import pandas as pd
import pyarrow.compute as pc

from warehouse.queries.reader import Reader
from warehouse.queries.selection import Selection, in_signals

Order = Literal["newest", "strongest", "surest"]
Told = Literal["list", "file", "all"]

_ORDERS = {
    "newest": "s.day DESC, s.first_detected_at DESC, s.signal_id",
    "strongest": "s.observed - s.expected DESC NULLS LAST, s.day DESC, s.signal_id",
    "surest": "s.pvalue ASC NULLS LAST, s.day DESC, s.signal_id",
}

_LEVEL = {"": "", "together": " AND s.since IS NOT NULL"}  #: any other is a level of places

_BRIEF = """s.signal_id, s.day, s.topic, coalesce(t.name_id, s.topic) AS topic_id, coalesce(t.name_en, s.topic) AS topic_en,
        s.place_code, s.level, coalesce(p.name, s.place_code) AS place, s.detector, s.observed, s.expected, s.upper, s.pvalue, s.exposure,
        s.kind, s.echo_of, s.echo_share, s.first_detected_at, s.since, s.period_days"""
_MORE = "s.params, s.qvalue, s.rule, s.reason, s.updated_at, s.run_id, s.relative_risk, s.radius_km"
#: In place of the reason's JSON its two sentences, of the rows that are left after all else.
_SENTENCES = """SELECT * EXCLUDE (reason, said), said[1] AS reason_id, said[2] AS reason_en
    FROM (SELECT *, TRY(json_extract_string(reason, ['$.sentence_id', '$.sentence_en'])) AS said FROM ({signals}))"""
_FROM = "FROM signals AS s LEFT JOIN topics AS t USING (topic) LEFT JOIN places AS p USING (place_code)"

_NAMED = 3  #: places of a cluster whose names stand in a list

#: The places of clusters that have a post, greatest excess first: codes, and as one text. One question for all signals of a copy: it
#: takes as long as the rest of a list, and its answer is kept.
_TOGETHER = f"""SELECT id AS signal_id, list(code ORDER BY n) AS places, array_to_string(list(name ORDER BY n) FILTER (n <= {_NAMED}), ', ')
        || CASE WHEN count(*) > {_NAMED} THEN ' +' || (count(*) - {_NAMED})::VARCHAR ELSE '' END AS place
    FROM (
        SELECT k.signal_id AS id, k.place_code AS code, coalesce(l.name, k.place_code) AS name,
            row_number() OVER (PARTITION BY k.signal_id ORDER BY k.observed - k.expected DESC, k.place_code) AS n
        FROM cluster_places AS k LEFT JOIN places AS l USING (place_code) WHERE k.observed > 0
    ) GROUP BY id"""

#: Asked once for all signals of a copy, since their answers are short and kept: which have an echo, and which clusters cover which.
_ECHOED = "SELECT DISTINCT echo_of FROM signals WHERE echo_of IS NOT NULL"
_COVERED = """SELECT l.place_signal_id, l.signal_id FROM signal_links AS l JOIN signals AS s USING (signal_id)
    ORDER BY s.day DESC, l.signal_id"""


class Signals(Reader):
    """What was found out of the ordinary."""

    def signals(
        self, selection: Selection, limit: int = 1_000, order: Order = "newest", *, level: str = "", told: Told = "all"
    ) -> pd.DataFrame:
        """signal_id, day, topic, topic_id, topic_en (names), place_code, level, place (name), detector, params, observed, expected, upper,
        pvalue, qvalue, exposure, rule, kind, reason (JSON), echo_of, echo_share, first_detected_at, updated_at, run_id; period_days (7 for
        the signal of a week, which ends with its day); since (missing for the signal of one place), relative_risk, radius_km, places
        (codes): of a cluster of places, whose `place` is the first names, "A, B, C +2".

        `order`: the newest, the strongest (observed over expected) or the surest (smallest p-value) first. Chosen places mean these
        places alone, not those inside them, and clusters that hold one of them; languages and sources do not apply. `level`: of places of
        this level alone ("all", "country", "province", "regency"), or of clusters alone ("together"). `told`: "list", without params,
        qvalue, rule, reason, updated_at, run_id, relative_risk and radius_km, which a long list does not show; "file", with reason_id
        and reason_en, its sentences, in place of the reason's JSON.
        """
        where = in_signals(selection)
        which = where.sql.replace("day BETWEEN", "s.day BETWEEN") + _LEVEL.get(level, " AND s.since IS NULL AND s.level = $level")
        columns = _BRIEF if told == "list" else f"{_BRIEF}, {_MORE}"
        sql = f"SELECT {columns} {_FROM} WHERE {which} ORDER BY {_ORDERS[order]} LIMIT $limit"
        given = {"limit": min(limit, 10_000)} | ({} if level in _LEVEL else {"level": level})
        sql = _SENTENCES.format(signals=sql) if told == "file" else sql
        return self._together(self.frame(sql, where.params | given))

    def _together(self, signals: pd.DataFrame) -> pd.DataFrame:
        """With `places`, and the names of these as the `place` of clusters."""
        places = [[code] for code in signals["place_code"].tolist()]
        names = signals["place"].tolist()
        of_several = signals["since"].notna().to_numpy()
        if of_several.any():
            known = {row["signal_id"]: row for row in self.rows(_TOGETHER)}
            for at in of_several.nonzero()[0].tolist():
                if (found := known.get(signals["signal_id"].iat[at])) is not None:
                    places[at], names[at] = found["places"], found["place"]
        return signals.assign(place=names, places=pd.Series(places, signals.index, dtype=object))

    def signal_days(self, selection: Selection) -> pd.DataFrame:
        """day, topic, place_code, since, period_days: of the newest 10,000 signals of the selection, without what is told of them; see
        `signals`."""
        where = in_signals(selection)
        return self.frame(
            f"""SELECT s.day, s.topic, s.place_code, s.since, s.period_days FROM signals AS s WHERE {where.sql}
            ORDER BY {_ORDERS["newest"]} LIMIT 10000""",
            where.params,
        )

    def signal(self, signal_id: str) -> dict[str, Any] | None:
        """One signal with the columns of `signals`, or None."""
        found = self.rows(f"SELECT {_BRIEF}, {_MORE} {_FROM} WHERE s.signal_id = $signal_id LIMIT 1", {"signal_id": signal_id})
        if not found:
            return None
        own = next((row for row in self.rows(_TOGETHER) if row["signal_id"] == signal_id), {}) if found[0]["since"] is not None else {}
        return {**found[0], "places": [found[0]["place_code"]], **own}

    def cluster_places(self, signal_id: str) -> pd.DataFrame:
        """place_code, level, observed, expected, signals (days with a signal of the place itself), signal (the newest of these, or
        missing): the places of a cluster that have a post, greatest excess first; none for the signal of one place."""
        return self.frame(
            """SELECT k.place_code, any_value(p.level) AS level, any_value(k.observed) AS observed, any_value(k.expected) AS expected,
                count(l.place_signal_id) AS signals, arg_max(l.place_signal_id, l.place_day) AS signal
            FROM cluster_places AS k LEFT JOIN places AS p USING (place_code)
                LEFT JOIN signal_links AS l ON l.signal_id = k.signal_id AND l.place_code = k.place_code
            WHERE k.signal_id = $signal_id AND k.observed > 0 GROUP BY k.place_code
            ORDER BY any_value(k.observed - k.expected) DESC, k.place_code""",
            {"signal_id": signal_id},
        )

    def clusters_of_place_signal(self, signal_id: str) -> list[str]:
        """signal_ids of the clusters that cover the signal of a place, the newest first."""
        links = self.table(_COVERED)
        return links.filter(pc.equal(links["place_signal_id"], signal_id))["signal_id"].to_pylist()

    def echoes(self, signal_id: str) -> pd.DataFrame:
        """The signals that echo this one, with the columns of `signals`; those with the largest share first."""
        if pc.index(self.table(_ECHOED)["echo_of"], signal_id).as_py() < 0:  # as with most
            return self.frame(f"SELECT {_BRIEF}, {_MORE} {_FROM} WHERE false").assign(places=None)
        sql = f"SELECT {_BRIEF}, {_MORE} {_FROM} WHERE s.echo_of = $signal_id ORDER BY s.echo_share DESC, s.topic, s.place_code"
        return self._together(self.frame(sql, {"signal_id": signal_id}))

    def signals_by_place(self, selection: Selection) -> pd.DataFrame:
        """place_code, level, signals, topics (codes, a list), last_day: how many signals each place had in the selection; a cluster counts
        in each of its places."""
        where = in_signals(selection)
        return self.frame(
            f"""SELECT w.place_code, coalesce(any_value(p.level), any_value(s.level)) AS level, count(*) AS signals,
                list_sort(list(DISTINCT s.topic)) AS topics, max(s.day) AS last_day
            FROM (SELECT * FROM signals WHERE {where.sql}) AS s JOIN signal_places AS w USING (signal_id)
                LEFT JOIN places AS p ON p.place_code = w.place_code
            GROUP BY w.place_code ORDER BY signals DESC, w.place_code""",
            where.params,
        )
