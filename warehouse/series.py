"""Counts and exposure of every topic and place as arrays, one row a series and one column a day: what detectors take."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
from numpy.typing import NDArray

from warehouse import coverage
from warehouse.database import Connection, Parameters, arrow, value
from warehouse.records import ALL

EVERYWHERE = "all"  #: level of the series of a topic wherever it is (place '*')
PRIOR_POSTS = 5.0  #: posts of the warehouse's usual mix of sources that every series is given before its own


@dataclass(frozen=True)
class Panel:
    """series: n topics × places. topics, places, levels: (n,) str; days: (days,) datetime64[D], none missing.

    counts: (n, days) float64, posts. exposure: (n, days) float64, share of the series' expected volume that was covered, 0 to 1.
    """

    topics: NDArray[np.object_]
    places: NDArray[np.object_]
    levels: NDArray[np.object_]
    days: NDArray[np.datetime64]
    counts: NDArray[np.float64]
    exposure: NDArray[np.float64]


def daily_panel(con: Connection, first: date, last: date, levels: Collection[str], now: datetime | None = None) -> Panel:
    """Every (topic, place) that has a post between two days, both included, sorted by topic and place.

    levels: of country, province, regency. Each topic also has a series of its own wherever it is: place '*', level 'all'. Topic '*'
    (all posts) is left out. Days are days of the zone. `now` as in `coverage.daily_exposure`.
    """
    days = np.arange(np.datetime64(first, "D"), np.datetime64(last, "D") + 1)
    con.execute(_SERIES, {"first": first, "last": last, "levels": sorted(levels)})
    names = arrow(con, 'SELECT topic, place_code, "level" FROM panel_series ORDER BY n')
    topics, places, kinds = (names[name].to_numpy(zero_copy_only=False).astype(object) for name in names.column_names)
    counts = _matrix(con, _COUNTS, {"first": first, "last": last}, (len(topics), len(days)))
    exposure = _source_mix(con, first, last, len(topics)) @ _source_exposure(con, first, last, now, len(days))
    return Panel(topics, places, kinds, days, counts, np.clip(exposure, 0.0, 1.0))


_SPAN = "day BETWEEN $first AND $last"

_SERIES = f"""CREATE OR REPLACE TEMP TABLE panel_series AS
SELECT row_number() OVER (ORDER BY topic, place_code) - 1 AS n, topic, place_code, "level" FROM (
    SELECT DISTINCT c.topic, c.place_code, CASE WHEN c.place_code = '{ALL}' THEN '{EVERYWHERE}' ELSE p."level" END AS "level"
    FROM daily_counts AS c LEFT JOIN places AS p ON p.place_code = c.place_code
    WHERE {_SPAN} AND c.topic <> '{ALL}' AND (c.place_code = '{ALL}' OR p."level" IN (SELECT unnest($levels::VARCHAR[])))
)"""

_COUNTS = f"""SELECT s.n AS row, c.day - $first::DATE AS "column", sum(c.posts)::DOUBLE AS value
FROM daily_counts AS c JOIN panel_series AS s ON s.topic = c.topic AND s.place_code = c.place_code WHERE {_SPAN} GROUP BY ALL"""

_SOURCES = f"""CREATE OR REPLACE TEMP TABLE panel_sources AS
SELECT row_number() OVER (ORDER BY source) - 1 AS k, source, posts FROM (
    SELECT source, sum(posts)::DOUBLE AS posts FROM daily_counts WHERE {_SPAN} AND topic = '{ALL}' AND place_code = '{ALL}' GROUP BY source
)"""

_MIX = f"""SELECT s.n AS row, k.k AS "column", sum(c.posts)::DOUBLE AS value
FROM daily_counts AS c JOIN panel_series AS s ON s.topic = c.topic AND s.place_code = c.place_code
JOIN panel_sources AS k ON k.source = c.source WHERE {_SPAN} GROUP BY ALL"""


def _source_mix(con: Connection, first: date, last: date, series: int) -> NDArray[np.float64]:
    """Share of each source in the posts that a series is expected to have: (series, sources), rows sum to 1.

    The mean of a Dirichlet posterior: the series' own posts by source, plus PRIOR_POSTS posts in the mix of the whole warehouse; so a
    quiet series has the usual mix, and a busy one its own (Gelman et al., Bayesian Data Analysis, 3rd ed., section 3.4).
    """
    span = {"first": first, "last": last}
    con.execute(_SOURCES, span)
    usual = arrow(con, "SELECT posts FROM panel_sources ORDER BY k")["posts"].to_numpy()
    own = _matrix(con, _MIX, span, (series, len(usual)))
    expected = own + PRIOR_POSTS * usual / usual.sum() if len(usual) else own
    return expected / expected.sum(axis=1, keepdims=True)


def _source_exposure(con: Connection, first: date, last: date, now: datetime | None, days: int) -> NDArray[np.float64]:
    """Exposure of the panel's sources: (sources, days); a source that is not in the ledger was never seen to be covered, so 0."""
    exposure = coverage.daily_exposure(con, first, last, now)
    sources = int(value(con, "SELECT count(*) FROM panel_sources"))
    con.register("source_exposure", exposure)
    by_source = """SELECT k.k AS row, e.day - $first::DATE AS "column", e.exposure AS value
        FROM source_exposure AS e JOIN panel_sources AS k ON k.source = e.source"""
    matrix = _matrix(con, by_source, {"first": first}, (sources, days))
    con.unregister("source_exposure")
    return matrix


def _matrix(con: Connection, sql: str, params: Parameters, shape: tuple[int, int]) -> NDArray[np.float64]:
    """A SELECT of (row, column, value) as an array of this shape, 0 where it has no row."""
    cells = arrow(con, sql, params)
    matrix = np.zeros(shape)
    matrix[cells["row"].to_numpy(), cells["column"].to_numpy()] = cells["value"].to_numpy()
    return matrix
