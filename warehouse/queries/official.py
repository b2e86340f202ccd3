"""Counts of authorities."""

from __future__ import annotations

import pandas as pd

from warehouse.queries.reader import Reader


class Official(Reader):
    """What was imported with `kentongan official import`."""

    def official_counts(self, disease: str, place_code: str) -> pd.DataFrame:
        """day (first of the period), period_days, cases: of one disease in one place, the oldest first; capitals do not matter."""
        return self.frame(
            """SELECT day, period_days, cases FROM official_counts
            WHERE disease = lower($disease) AND place_code = $place ORDER BY period_days, day""",
            {"disease": disease, "place": place_code},
        )

    def official_series(self) -> pd.DataFrame:
        """disease, topic (code, or missing), place_code, place (name), period_days, first_day, last_day, periods, cases; a row a series."""
        return self.frame(
            """SELECT disease, any_value(official_counts.topic) AS topic, place_code, coalesce(any_value(name), place_code) AS place,
                period_days, min(day) AS first_day, max(day) AS last_day, count(*) AS periods, sum(cases)::BIGINT AS cases
            FROM official_counts LEFT JOIN places USING (place_code)
            GROUP BY disease, place_code, period_days ORDER BY disease, place_code, period_days"""
        )
