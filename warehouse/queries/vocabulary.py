"""What there is to choose from: topics, places, sources, languages, and the tables themselves."""

from __future__ import annotations

from datetime import date

import pandas as pd

from warehouse.queries.reader import Reader
from warehouse.queries.selection import Level


class Vocabulary(Reader):
    """Short lists for controls and names."""

    def topics(self) -> pd.DataFrame:
        """topic, name_id, name_en, grp, description_id, description_en; by group and code."""
        return self.frame("SELECT topic, name_id, name_en, grp, description_id, description_en FROM topics ORDER BY grp, topic")

    def places(self, level: Level | None = None) -> pd.DataFrame:
        """place_code, level, name, parent_code, lat, lon, population, iso_3166_2, bps; of one level or of all, by code."""
        return self.frame(
            """SELECT place_code, level, name, parent_code, lat, lon, population, iso_3166_2, bps FROM places
            WHERE $level IS NULL OR level = $level ORDER BY place_code""",
            {"level": level},
        )

    def sources(self) -> pd.DataFrame:
        """source, title, kind, collector, enabled; by name."""
        return self.frame(
            "SELECT source, coalesce(nullif(title, ''), source) AS title, kind, collector, enabled FROM sources ORDER BY source"
        )

    def languages(self) -> pd.DataFrame:
        """lang (BCP 47; `und` where it could not be told), posts; the most used first."""
        return self.frame(
            """SELECT lang, sum(posts)::BIGINT AS posts FROM counts_everywhere WHERE topic = '*'
            GROUP BY lang ORDER BY posts DESC, lang"""
        )

    def first_day(self) -> date | None:
        """The first day that has posts; None while there are none."""
        return self.rows("SELECT min(day) AS day FROM counts_everywhere WHERE topic = '*' AND posts > 0")[0]["day"]

    def describe_tables(self) -> pd.DataFrame:
        """table_name, table_comment, column_name, data_type, column_comment; in the order in which the columns stand."""
        return self.frame(
            """WITH described AS (
                SELECT table_name, comment FROM duckdb_tables() WHERE database_name = 'published' AND NOT internal
                UNION ALL
                SELECT view_name, comment FROM duckdb_views() WHERE database_name = 'published' AND NOT internal)
            SELECT c.table_name, coalesce(d.comment, '') AS table_comment, c.column_name, c.data_type,
                coalesce(c.comment, '') AS column_comment
            FROM duckdb_columns() AS c JOIN described AS d USING (table_name)
            WHERE c.database_name = 'published' AND NOT c.internal ORDER BY c.table_name, c.column_index"""
        )
