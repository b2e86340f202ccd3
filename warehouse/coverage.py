"""The ledger of honest collection: which hour of which source and query was seen, and which was not.

How nothing is counted twice: the stretches that a query has seen are kept as merged, disjoint spans (`coverage_spans`). A checkpoint is
added to them, and only hours that gained something are computed again, from the spans. Clipping to the last covered_to would be
simpler, but a backfill of an older hole would be lost.

What a status means: **covered**: all 3600 s of the hour were seen, so the current hour is at most partly. **partly**: some seconds were
seen, or a run said that its stretch was not complete (then its seconds do not count). **failed**: tried in vain, nothing seen.
**gap**: not tried, between the first row of the query and now.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime

import pyarrow as pa

from warehouse.database import Connection, arrow, rows, transaction, value
from warehouse.records import Checkpoint
from warehouse.spans import Span, merge, subtract

_SPANS = pa.schema([("covered_from", pa.timestamp("us", tz="UTC")), ("covered_to", pa.timestamp("us", tz="UTC"))])


def record(con: Connection, source: str, query: str, checkpoint: Checkpoint, now: datetime) -> None:
    """Enter what a checkpoint covered; a span beyond `now` is cut there, because nobody has seen the future."""
    if checkpoint.covered_from is None or checkpoint.covered_to is None:
        return
    span = (checkpoint.covered_from, min(checkpoint.covered_to, now))
    if span[0] >= span[1]:
        return
    with transaction(con):
        if checkpoint.complete:
            gained = _add_span(con, source, query, span)
        else:
            gained = [span]
        _stage_hours(con, source, query, gained)
        _enter(con, source, query, "partly", checkpoint.note or None, now)
        count_posts(con, source, "SELECT hour FROM ledger_hours")
        _add_requests(con, source, query, span[1], checkpoint.requests)


def record_failure(con: Connection, source: str, query: str, at: datetime, error: str, outcome: str = "failed") -> None:
    """Enter that a run failed in the hour of `at`; what was seen of that hour before stays seen.

    outcome: failed, refused or throttled, as in `runs`; it opens the error text where it says more than failed.
    """
    message = error if outcome == "failed" else f"{outcome}: {error}"
    with transaction(con):
        con.execute("CREATE OR REPLACE TEMP TABLE ledger_hours AS SELECT date_trunc('hour', ?::TIMESTAMPTZ) AS hour", [at])
        _enter(con, source, query, "failed", message, at)


def _add_span(con: Connection, source: str, query: str, span: Span) -> list[Span]:
    """Merge a span into what the query has seen; the parts that are new."""
    near = "source = $source AND query = $query AND covered_to >= $start AND covered_from <= $end"
    params = {"source": source, "query": query, "start": span[0], "end": span[1]}
    found = rows(con, f"SELECT covered_from, covered_to FROM coverage_spans WHERE {near} ORDER BY covered_from", params)
    known: list[Span] = [(row["covered_from"], row["covered_to"]) for row in found]
    gained = subtract(span, known)
    if gained:
        ((start, end),) = merge([*known, span])
        con.execute(f"DELETE FROM coverage_spans WHERE {near}", params)
        con.execute("INSERT INTO coverage_spans VALUES (?, ?, ?, ?)", [source, query, start, end])
    return gained


def _stage_hours(con: Connection, source: str, query: str, gained: list[Span]) -> None:
    """Table `ledger_hours`: each hour that a gained span touches."""
    table = pa.Table.from_pylist([dict(zip(_SPANS.names, span, strict=True)) for span in gained], schema=_SPANS)
    con.register("gained", table)
    con.execute(
        """CREATE OR REPLACE TEMP TABLE ledger_hours AS
        SELECT DISTINCT hour FROM (
            SELECT unnest(generate_series(date_trunc('hour', covered_from), covered_to, INTERVAL 1 HOUR)) AS hour, covered_to FROM gained
        ) WHERE hour < covered_to"""
    )
    con.unregister("gained")


#: A status never falls: failed says more than gap, partly more than failed, and seconds seen decide the rest.
_ENTER = """
WITH seen AS (
    SELECT h.hour, sum(epoch_us(least(s.covered_to, h.hour + INTERVAL 1 HOUR)) - epoch_us(greatest(s.covered_from, h.hour))) AS us
    FROM ledger_hours AS h JOIN coverage_spans AS s
      ON s.source = $source AND s.query = $query AND s.covered_from < h.hour + INTERVAL 1 HOUR AND s.covered_to > h.hour
    GROUP BY h.hour
),
entered AS (
    SELECT h.hour, coalesce(seen.us // 1000000, 0)::INTEGER AS seconds, old.status AS old_status, old.error AS old_error,
           coalesce(old.posts, 0) AS posts, coalesce(old.requests, 0) AS requests
    FROM ledger_hours AS h LEFT JOIN seen ON seen.hour = h.hour LEFT JOIN old_coverage AS old ON old.hour = h.hour
)
SELECT $source AS source, $query AS query, hour,
       CASE WHEN seconds >= 3600 THEN 'covered' WHEN seconds > 0 OR old_status = 'partly' THEN 'partly' ELSE $status END AS status,
       seconds, posts, requests, CASE WHEN seconds < 3600 THEN coalesce($error, old_error) END AS error,
       $now::TIMESTAMPTZ AS updated_at
FROM entered
"""


def _enter(con: Connection, source: str, query: str, status: str, error: str | None, now: datetime) -> None:
    """Write the rows of `ledger_hours`; `status` stands where not a second was seen."""
    same = "source = $source AND query = $query AND hour IN (SELECT hour FROM ledger_hours)"
    key = {"source": source, "query": query}
    con.execute(f"CREATE OR REPLACE TEMP TABLE old_coverage AS SELECT * FROM coverage WHERE {same}", key)
    con.execute(f"DELETE FROM coverage WHERE {same}", key)
    con.execute(f"INSERT INTO coverage BY NAME {_ENTER}", {**key, "status": status, "error": error, "now": now})


def _add_requests(con: Connection, source: str, query: str, end: datetime, requests: int) -> None:
    if requests:
        con.execute(
            """UPDATE coverage SET requests = requests + $requests WHERE source = $source AND query = $query
            AND hour = date_trunc('hour', $end::TIMESTAMPTZ - INTERVAL 1 MICROSECOND)""",
            {"requests": requests, "source": source, "query": query, "end": end},
        )


def count_posts(con: Connection, source: str, hours: str) -> None:
    """Count again the posts in the ledger's rows of these hours; `hours` is a SELECT of a column `hour`."""
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE recounted AS
        WITH wanted AS (
            SELECT c.query, c.hour FROM coverage AS c SEMI JOIN ({hours}) AS h ON h.hour = c.hour WHERE c.source = $source
        ),
        span AS (SELECT min(hour) AS earliest, max(hour) + INTERVAL 1 HOUR AS latest FROM wanted)
        SELECT w.query, w.hour, count(p.native_id) AS posts
        FROM wanted AS w JOIN posts AS p ON p.query = w.query AND date_trunc('hour', p.created_at) = w.hour
        WHERE p.source = $source AND p.created_at >= (SELECT earliest FROM span) AND p.created_at < (SELECT latest FROM span)
        GROUP BY ALL""",
        {"source": source},
    )
    con.execute(
        """UPDATE coverage SET posts = r.posts FROM recounted AS r
        WHERE coverage.source = $source AND coverage.query = r.query AND coverage.hour = r.hour AND coverage.posts <> r.posts""",
        {"source": source},
    )


def fill_gaps(con: Connection, now: datetime, sources: Collection[str] | Mapping[str, Collection[str]]) -> int:
    """Enter 'gap' for every whole hour before `now` in which a query of these sources has no row, after its first row.

    sources: names, or names with their queries of today; with names alone a query that was taken out of the settings goes on having
    gaps. Returns the number of rows added. A run that comes late turns its gaps into covered hours.
    """
    with transaction(con):
        _stage_begun(con, sources)
        con.execute(
            """CREATE OR REPLACE TEMP TABLE missing_hours AS
            WITH due AS (
                SELECT source, query, unnest(generate_series(first_hour, date_trunc('hour', $now::TIMESTAMPTZ), INTERVAL 1 HOUR)) AS hour
                FROM begun_queries
            )
            SELECT * FROM due ANTI JOIN coverage USING (source, query, hour) WHERE hour < date_trunc('hour', $now::TIMESTAMPTZ)""",
            {"now": now},
        )
        con.execute(
            "INSERT INTO coverage SELECT source, query, hour, 'gap', 0, 0, 0, NULL, $now::TIMESTAMPTZ FROM missing_hours ORDER BY ALL",
            {"now": now},
        )
        return int(value(con, "SELECT count(*) FROM missing_hours"))


def _stage_begun(con: Connection, sources: Collection[str] | Mapping[str, Collection[str]]) -> None:
    """Table `begun_queries`: the wanted queries that are in the ledger, with their first hour."""
    if isinstance(sources, Mapping):
        pairs = [{"source": source, "query": query} for source, queries in sources.items() for query in queries]
    else:
        pairs = [{"source": source, "query": None} for source in sources]
    con.register("wanted_queries", pa.Table.from_pylist(pairs, schema=pa.schema([("source", pa.string()), ("query", pa.string())])))
    con.execute(
        """CREATE OR REPLACE TEMP TABLE begun_queries AS
        SELECT c.source, c.query, min(c.hour) AS first_hour FROM coverage AS c
        SEMI JOIN wanted_queries AS w ON w.source = c.source AND (w.query IS NULL OR w.query = c.query) GROUP BY ALL"""
    )
    con.unregister("wanted_queries")


def daily_exposure(con: Connection, first: date, last: date, now: datetime | None = None) -> pa.Table:
    """Share of each day that was seen of each source: day, source, exposure (0 to 1).

    A source's exposure is the mean over its queries that were in the ledger on that day (from their first row to their last); before
    the first and after the last it is 0, because nothing of the source was seen. Days are days of the zone; an hour belongs to the day
    in which it begins. With `now` (aware UTC) the day that holds it is measured over its elapsed part only.
    """
    return arrow(
        con,
        """
        WITH zone AS (SELECT value AS name FROM meta WHERE key = 'zone'),
        days AS (
            SELECT day, day::TIMESTAMP AT TIME ZONE name AS starts, (day + 1)::TIMESTAMP AT TIME ZONE name AS ends, name
            FROM (SELECT unnest(generate_series($first::DATE, $last::DATE, INTERVAL 1 DAY))::DATE AS day), zone
        ),
        lengths AS (
            SELECT day, starts, ends,
                   epoch(least(ends, greatest(coalesce($now::TIMESTAMPTZ, ends), starts))) - epoch(starts) AS seconds
            FROM days
        ),
        queries AS (SELECT source, query, min(hour) AS first_hour, max(hour) AS last_hour FROM coverage GROUP BY ALL),
        due AS (
            SELECT l.day, l.seconds, q.source, q.query
            FROM lengths AS l JOIN queries AS q ON q.first_hour < l.ends AND q.last_hour >= l.starts
        ),
        seen AS (
            SELECT l.day, c.source, c.query, sum(c.seconds) AS seconds
            FROM coverage AS c JOIN lengths AS l ON c.hour >= l.starts AND c.hour < l.ends
            WHERE c.hour >= (SELECT min(starts) FROM lengths) AND c.hour < (SELECT max(ends) FROM lengths) GROUP BY ALL
        ),
        shares AS (
            SELECT d.day, d.source, avg(CASE WHEN d.seconds > 0 THEN least(1, coalesce(s.seconds, 0) / d.seconds) ELSE 0 END) AS exposure
            FROM due AS d LEFT JOIN seen AS s ON s.day = d.day AND s.source = d.source AND s.query = d.query GROUP BY ALL
        )
        SELECT l.day, n.source, coalesce(s.exposure, 0)::DOUBLE AS exposure
        FROM lengths AS l CROSS JOIN (SELECT DISTINCT source FROM queries) AS n
        LEFT JOIN shares AS s ON s.day = l.day AND s.source = n.source
        ORDER BY l.day, n.source
        """,
        {"first": first, "last": last, "now": now},
    )
