"""How fresh the copy is, and what changed since the day before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pandas as pd

from warehouse.queries.trends import Trends

#: A day that was covered less than this is left out of comparisons.
COVERED = 0.75

_COUNTED = """SELECT day, topic, place_code, sum(posts)::BIGINT AS posts FROM daily_counts
    WHERE day = ANY($days::DATE[]) AND (place_code = '*' OR "level" = 'province')
    GROUP BY ALL"""

#: Rollups know no time of day, so a day that is not over is compared through the posts themselves, six days of them.
_COUNTED_UNTIL = """SELECT day, topic, place_code, count(*) AS posts FROM (SELECT day, topic, unnest(named) AS place_code FROM (
        SELECT day, unnest(list_append(topics, '*')) AS topic,
            list_distinct(list_append(
                [split_part(place.code, '.', 1) for place in places if place.level IN ('province', 'regency')], '*')) AS named
        FROM ({posts}) JOIN (SELECT unnest($days::DATE[]) AS day, unnest($ends::TIMESTAMPTZ[]) AS ends) USING (day)
        WHERE day = ANY($days::DATE[]) AND deleted_at IS NULL AND created_at < ends))
    GROUP BY ALL"""

#: The same of all posts in all places, which needs neither their topics nor their places.
_ALL = """SELECT day, '*' AS topic, '*' AS place_code, sum(posts)::BIGINT AS posts FROM counts_everywhere
    WHERE topic = '*' AND day = ANY($days::DATE[]) GROUP BY ALL"""
_ALL_UNTIL = """SELECT day, '*' AS topic, '*' AS place_code, count(*) AS posts
    FROM ({posts}) JOIN (SELECT unnest($days::DATE[]) AS day, unnest($ends::TIMESTAMPTZ[]) AS ends) USING (day)
    WHERE day = ANY($days::DATE[]) AND deleted_at IS NULL AND created_at < ends GROUP BY ALL"""

_CHANGES = """WITH counted AS ({counted}),
    compared AS (SELECT unnest($days::DATE[]) AS day, unnest($covered::BOOLEAN[]) AS covered),
    series AS (SELECT DISTINCT topic, place_code FROM counted)
    SELECT topic, place_code, coalesce(max(posts) FILTER (day = $day), 0)::BIGINT AS posts,
        max(coalesce(posts, 0)) FILTER (day = $day_before AND covered)::BIGINT AS day_before,
        avg(coalesce(posts, 0)) FILTER (day < $day_before AND covered) AS weekday_mean,
        count(*) FILTER (day < $day_before AND covered) AS weekday_days
    FROM series CROSS JOIN compared LEFT JOIN counted USING (topic, place_code, day)
    GROUP BY topic, place_code ORDER BY topic, place_code"""


@dataclass(frozen=True)
class Freshness:
    """How fresh the published copy is; `sources_trouble` counts enabled sources that failed last or have been silent for too long."""

    published_at: datetime
    last_post_at: datetime | None
    posts_total: int
    posts_today: int
    sources_ok: int
    sources_trouble: int
    zone: str


class Overview(Trends):
    """The first page."""

    def freshness(self, now: datetime | None = None) -> Freshness:
        """Facts for the badges at `now` (aware; when the copy was published, if not said); `posts_today` is for its day in the zone."""
        zone, now = self.zone(), now or self.published_at()
        found = self.rows(
            """SELECT (SELECT coalesce(sum(posts), 0)::BIGINT FROM counts_everywhere WHERE topic = '*') AS posts_total,
                (SELECT coalesce(sum(posts), 0)::BIGINT FROM counts_everywhere WHERE topic = '*' AND day = $today)
                    AS posts_today,
                count(*) FILTER (enabled AND NOT trouble) AS sources_ok, count(*) FILTER (enabled AND trouble) AS sources_trouble
            FROM (SELECT enabled, coalesce(last_error, '') <> ''
                    OR coalesce(last_ok_at < $now - to_seconds(3 * greatest(every_seconds, 60)), false) AS trouble FROM sources)""",
            {"now": now, "today": now.astimezone(zone).date()},
        )[0]
        return Freshness(published_at=self.published_at(), zone=zone.key, last_post_at=self._last_post_at(), **found)

    def _last_post_at(self) -> datetime | None:
        # the day comes from the rollups, and as a value: only then does DuckDB skip the files of all other days
        day = self.rows("SELECT max(day) AS day FROM counts_everywhere WHERE topic = '*' AND posts > 0")[0]["day"]
        posts = self.posts_of(day, day) if day else "posts"
        last = self.rows(f"SELECT max(created_at) AS at FROM {posts} WHERE day = $day AND deleted_at IS NULL", {"day": day})[0]["at"]
        return last.astimezone(UTC) if last else None

    def change_of_all(self, day: date) -> dict[str, Any] | None:
        """The row of `changes` for all posts in all places; None where there are none."""
        found = self._changes(day, _ALL, _ALL_UNTIL)
        return None if found.empty else {str(column): value for column, value in found.iloc[0].to_dict().items()}

    def changes(self, day: date) -> pd.DataFrame:
        """topic, place_code, posts, day_before, weekday_mean, weekday_days: posts on `day` beside the day before and beside the mean of
        the same weekday in the four weeks before.

        A row for each topic and '*', in each province that had posts and '*'. While `day` is not over, the other days are counted up to
        the same time of day (see `counted_until`). A day that was covered for less than three quarters is no yardstick: `day_before` is
        then missing, and the mean is over the `weekday_days` (0 to 4) that remain.
        """
        return self._changes(day, _COUNTED, _COUNTED_UNTIL)

    def _changes(self, day: date, counted: str, counted_until: str) -> pd.DataFrame:
        days = [day, day - timedelta(days=1), *(day - timedelta(weeks=weeks) for weeks in (1, 2, 3, 4))]
        until = self.counted_until(day)
        params: dict[str, Any] = {"days": days, "day": day, "day_before": days[1], "covered": self._covered(days)}
        if until is None:
            return self.frame(_CHANGES.format(counted=counted), params)
        posts = " UNION ALL ".join(f"SELECT * FROM {self.posts_of(one, one)} WHERE day = '{one}'" for one in days)
        ends = [datetime.combine(one, until, self.zone()).astimezone(UTC) for one in days]
        return self.frame(_CHANGES.format(counted=counted_until.format(posts=posts)), params | {"ends": ends})

    def counted_until(self, day: date) -> time | None:
        """The time of day (in the zone) up to which `changes(day)` counts; None when the day is over and counts in full."""
        local = self.published_at().astimezone(self.zone())
        return local.time() if local.date() == day else None

    def _covered(self, days: list[date]) -> list[bool]:
        exposure = self.exposure_on(days)
        return [not exposure.get(day, 1.0) < COVERED for day in days]
