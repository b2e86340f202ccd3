"""How collection goes: what was covered, hour by hour, and how each source does."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pandas as pd

from warehouse.queries.reader import Reader

ROWS = 200_000  #: most rows of the ledger at a time
DAYS = 14  #: days of posts beside each source

#: How many posts of a day are usual for a source: of the same weekday in the eight weeks before, leaving out days that were hardly seen.
_DAILY = """WITH days AS (SELECT unnest(generate_series($first::DATE, $last::DATE, INTERVAL 1 DAY))::DATE AS day),
    counted AS (SELECT source, day, sum(posts)::BIGINT AS posts FROM counts_everywhere
        WHERE topic = '*' AND day BETWEEN $first AND $last GROUP BY ALL),
    ledger AS (SELECT source, query, min(hour) AS first_hour, max(hour) AS last_hour FROM coverage GROUP BY ALL),
    seconds AS (SELECT source, query, (hour AT TIME ZONE $zone)::DATE AS day, sum(seconds) AS seconds FROM coverage
        WHERE hour >= $first::TIMESTAMP AT TIME ZONE $zone GROUP BY ALL),
    due AS (SELECT d.day, l.source, l.query FROM days AS d JOIN ledger AS l
        ON (l.first_hour AT TIME ZONE $zone)::DATE <= d.day AND (l.last_hour AT TIME ZONE $zone)::DATE >= d.day),
    seen AS (SELECT day, source, avg(least(coalesce(seconds, 0) / 86400, 1))::DOUBLE AS exposure
        FROM due LEFT JOIN seconds USING (day, source, query) GROUP BY ALL),
    began AS (SELECT source, min(day) AS day FROM counted WHERE posts > 0 GROUP BY source),
    every AS (SELECT s.source, d.day, coalesce(c.posts, 0) AS posts, e.exposure, b.day AS began
        FROM sources AS s CROSS JOIN days AS d LEFT JOIN counted AS c ON c.source = s.source AND c.day = d.day
            LEFT JOIN seen AS e ON e.source = s.source AND e.day = d.day LEFT JOIN began AS b ON b.source = s.source),
    usual AS (SELECT a.source, a.day, median(b.posts) AS median, quantile_cont(b.posts, 0.1) AS low, quantile_cont(b.posts, 0.9) AS high,
            count(*) AS days
        FROM every AS a JOIN every AS b ON b.source = a.source AND b.day BETWEEN a.day - 56 AND a.day - 7
            AND dayofweek(b.day) = dayofweek(a.day) AND b.day >= b.began AND coalesce(b.exposure, 1) >= $least
        WHERE a.day >= $shown GROUP BY ALL)
    SELECT e.source, e.day, e.posts, e.exposure, u.median, u.low, u.high,
        coalesce(u.median >= 5 AND e.posts < u.low / 2 AND coalesce(e.exposure, 1) >= $least AND e.day < $today, false) AS suspicious
    FROM every AS e LEFT JOIN usual AS u ON u.source = e.source AND u.day = e.day AND u.days >= 3
    WHERE e.day >= $shown ORDER BY e.source, e.day"""


class Sources(Reader):
    """The Sources page."""

    def coverage(self, first_hour: datetime, last_hour: datetime, source: str | None = None) -> pd.DataFrame:
        """source, query, hour (UTC), status, seconds (0 to 3600 covered), posts, error: the ledger from `first_hour` to `last_hour`, both
        included, of one source or of all."""
        return self.frame(
            """SELECT source, query, hour, status, seconds, posts, coalesce(error, '') AS error FROM coverage
            WHERE hour BETWEEN $first AND $last AND ($source IS NULL OR source = $source)
            ORDER BY source, query, hour LIMIT $rows""",
            {"first": first_hour, "last": last_hour, "source": source, "rows": ROWS},
        )

    def source_status(self) -> pd.DataFrame:
        """source, title, collector, kind, enabled, every_seconds, last_run_at, last_ok_at, last_error, last_posts_at, next_run_at,
        posts_by_day (a list of 14 counts, the oldest first, the last is the day of the published copy), posts_14d."""
        last = self.today()
        return self.frame(
            """WITH days AS (SELECT unnest(generate_series($first::DATE, $last::DATE, INTERVAL 1 DAY))::DATE AS day),
                counted AS (SELECT source, day, sum(posts)::BIGINT AS posts FROM counts_everywhere
                    WHERE topic = '*' AND day BETWEEN $first AND $last GROUP BY ALL),
                listed AS (SELECT s.source, list(coalesce(c.posts, 0) ORDER BY d.day) AS posts_by_day
                    FROM sources AS s CROSS JOIN days AS d LEFT JOIN counted AS c ON c.source = s.source AND c.day = d.day
                    GROUP BY s.source)
            SELECT s.source, coalesce(nullif(s.title, ''), s.source) AS title, s.collector, s.kind, s.enabled, s.every_seconds,
                s.last_run_at, s.last_ok_at, coalesce(s.last_error, '') AS last_error, s.last_posts_at, s.next_run_at, l.posts_by_day,
                list_sum(l.posts_by_day)::BIGINT AS posts_14d
            FROM sources AS s JOIN listed AS l USING (source) ORDER BY s.source""",
            {"first": last - timedelta(days=DAYS - 1), "last": last},
        )

    def source_days(self, first: date, min_exposure: float) -> pd.DataFrame:
        """source, day, posts, exposure (NaN where the ledger says nothing), median, low, high, suspicious: each day from `first` to the day
        of the published copy.

        median, low, high: of the posts of the same weekday in the eight weeks before, its 10 % and 90 % quantiles; NaN where fewer than
        three of these days were covered at least `min_exposure`. suspicious: a whole day that was collected, and had less than half
        of `low`, where five posts or more are usual.
        """
        params = {"first": first - timedelta(weeks=8), "shown": first, "last": self.today(), "today": self.today(), "least": min_exposure}
        return self.frame(_DAILY, {**params, "zone": self.zone().key})
