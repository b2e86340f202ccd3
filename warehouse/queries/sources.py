"""How collection goes: what was covered, hour by hour, and how each source does."""

from __future__ import annotations

from datetime import datetime, timedelta

import pandas as pd

from warehouse.queries.reader import Reader

ROWS = 200_000  #: most rows of the ledger at a time
DAYS = 14  #: days of posts beside each source


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
                counted AS (SELECT source, day, sum(posts)::BIGINT AS posts FROM daily_counts
                    WHERE topic = '*' AND place_code = '*' AND day BETWEEN $first AND $last GROUP BY ALL),
                listed AS (SELECT s.source, list(coalesce(c.posts, 0) ORDER BY d.day) AS posts_by_day
                    FROM sources AS s CROSS JOIN days AS d LEFT JOIN counted AS c ON c.source = s.source AND c.day = d.day
                    GROUP BY s.source)
            SELECT s.source, coalesce(nullif(s.title, ''), s.source) AS title, s.collector, s.kind, s.enabled, s.every_seconds,
                s.last_run_at, s.last_ok_at, coalesce(s.last_error, '') AS last_error, s.last_posts_at, s.next_run_at, l.posts_by_day,
                list_sum(l.posts_by_day)::BIGINT AS posts_14d
            FROM sources AS s JOIN listed AS l USING (source) ORDER BY s.source""",
            {"first": last - timedelta(days=DAYS - 1), "last": last},
        )
