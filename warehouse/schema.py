"""Every table of the warehouse, with the meaning of each column; stable names for analysts.

The published catalog has the same names (see `warehouse.publish`). `docs/data-dictionary.md` is made from this file.
"""

from __future__ import annotations

import hashlib

from warehouse.columns import UTC as _UTC
from warehouse.columns import Column, Table, View
from warehouse.columns import table as _table
from warehouse.database import Connection, quoted, transaction
from warehouse.detectors import SCAN, WEEKLY
from warehouse.schema_claims import CLAIM_MATCHES, CLAIMS, MEANINGS
from warehouse.schema_clusters import CLUSTER_PLACES, SIGNAL_LINKS, SIGNAL_PLACES
from warehouse.schema_counts import COUNTS_BY_PLACE, COUNTS_EVERYWHERE, DAILY_COUNTS, HASHTAG_COUNTS
from warehouse.schema_labels import LABELS
from warehouse.schema_looks import POST_LABELS, SECOND_LOOKS
from warehouse.schema_triage import OFFICIAL_COUNTS, SIGNAL_EPISODES, SIGNAL_QUALITY, SIGNAL_REVIEWS

#: In the place of a type: "UTC" says what the person needs to know.
_NUMBER = 'STRUCT("value" DOUBLE, unit VARCHAR, what VARCHAR)'
_PLACE = 'STRUCT(code VARCHAR, "level" VARCHAR, confidence FLOAT)'

POSTS = _table(
    "posts",
    "One row a post, redacted and labelled. The key is (source, native_id); there is no primary key. A row with deleted_at is a "
    "tombstone: it has no text, no author and no labels, and is in no count.",
    ("source", "VARCHAR", "Name of the source in config.toml, or of the import; see sources"),
    ("query", "VARCHAR", "Part of the source that found the post first: feed address, tag, channel or keyword"),
    ("native_id", "VARCHAR", "The source's own id of the post, unique within the source"),
    ("url", "VARCHAR", "Public address of the post; NULL when erased"),
    ("author_key", "VARCHAR", "Keyed HMAC of the author: tells authors apart, never who they are; NULL when unknown or erased"),
    ("created_at", _UTC, "When the post was published (UTC)"),
    ("edited_at", _UTC, "When the source says that the text was last edited (UTC); NULL when never"),
    ("collected_at", _UTC, "When the post was first collected (UTC)"),
    ("updated_at", _UTC, "When this row last changed (UTC)"),
    ("deleted_at", _UTC, "When the post was deleted at its source or erased here (UTC); NULL while it stands"),
    ("day", "DATE", "Day of created_at in the configured zone (meta: zone)"),
    ("text", "VARCHAR", "Redacted text; NULL when erased"),
    ("text_hash", "BIGINT", "Hash of the normalised text: equal for exact copies; NULL when empty or erased"),
    ("hashtags", "VARCHAR[]", "Hashtags in lower case, without #"),
    ("lang", "VARCHAR", "Language of the text (BCP 47), und when undetermined"),
    ("lang_p", "FLOAT", "Probability of lang, 0 to 1"),
    ("lang_second", "VARCHAR", "The other language of a post that is written in two; NULL for all others"),
    ("topics", "VARCHAR[]", "Codes of the health topics that the text is about; see topics"),
    ("places", f"{_PLACE}[]", "Places that the post is about: code (see places), level and confidence 0 to 1"),
    *LABELS,
    ("numbers", f"{_NUMBER}[]", "Numbers in the text with unit (case, death, day, mg ...) and what they count"),
    ("duplicate_of", "VARCHAR", '"source:native_id" of the first post with the same text; NULL for originals and empty texts'),
    (
        "story",
        "VARCHAR",
        '"source:native_id" of the first post that this one repeats, also edited, cut short or quoted; NULL where it repeats none',
    ),
    ("repost", "BOOLEAN", "Whether the source marks it as a repost of another post"),
    ("reply", "BOOLEAN", "Whether it answers another post"),
    ("likes", "BIGINT", "Likes when last seen; NULL where the source does not say"),
    ("reposts", "BIGINT", "Reposts when last seen; NULL where the source does not say"),
    ("replies", "BIGINT", "Replies when last seen; NULL where the source does not say"),
    ("views", "BIGINT", "Views when last seen; NULL where the source does not say"),
    ("model_version", "VARCHAR", "Version of the rules and models that labelled the post"),
)

COVERAGE = _table(
    "coverage",
    "What was collected, hour by hour: one row a source, query and hour. An hour without a row was never looked at.",
    ("source", "VARCHAR", "Name of the source"),
    ("query", "VARCHAR", "Part of the source: feed address, tag, channel or keyword"),
    ("hour", _UTC, "Start of the hour (UTC)"),
    ("status", "VARCHAR", "covered: the whole hour was seen; partly: some of it, or not reliably; failed: tried in vain; gap: not tried"),
    ("seconds", "INTEGER", "Seconds of the hour that were seen without a hole, 0 to 3600"),
    ("posts", "INTEGER", "New posts with created_at in this hour"),
    ("requests", "INTEGER", "Requests spent on stretches that end in this hour"),
    ("error", "VARCHAR", "Last trouble or remark; NULL once the hour is covered"),
    ("updated_at", _UTC, "When this row last changed (UTC)"),
)

COVERAGE_SPANS = _table(
    "coverage_spans",
    "The stretches of time that were seen without a hole, merged: coverage is made from them, so that repeated and overlapping runs "
    "are never counted twice.",
    ("source", "VARCHAR", "Name of the source"),
    ("query", "VARCHAR", "Part of the source"),
    ("covered_from", _UTC, "Start of the stretch (UTC), included"),
    ("covered_to", _UTC, "End of the stretch (UTC), not included"),
    public=False,
)

SKETCHES = _table(
    "sketches",
    "Sketches of the posts of the last weeks, by which new posts are told to repeat them; no text can be read from them.",
    ("key", "UBIGINT", "Hash of id"),
    ("id", "VARCHAR", '"source:native_id" of the post'),
    ("created_at", _UTC, "When the post was published (UTC)"),
    ("sketch", "BLOB", "See analytics/text/copies.py"),
    public=False,
)

CURSORS = _table(
    "cursors",
    "Where each collector goes on, committed together with the posts before it.",
    ("source", "VARCHAR", "Name of the source"),
    ("query", "VARCHAR", "Part of the source"),
    ("cursor", "VARCHAR", "JSON, opaque to everybody but the collector"),
    ("updated_at", _UTC, "When it was committed (UTC)"),
    public=False,
)

RUNS = _table(
    "runs",
    "What the worker did: one row a run of a job.",
    ("run_id", "VARCHAR", "Id of the run"),
    ("kind", "VARCHAR", "collect, import, detect, publish ..."),
    ("source", "VARCHAR", "Source of a collection; NULL otherwise"),
    ("query", "VARCHAR", "Part of the source; NULL otherwise"),
    ("started_at", _UTC, "Start (UTC)"),
    ("finished_at", _UTC, "End (UTC); NULL while it runs or when the worker died in it"),
    ("outcome", "VARCHAR", "ok, failed, refused or throttled; NULL while it runs"),
    ("posts_new", "BIGINT", "Posts added"),
    ("posts_updated", "BIGINT", "Posts changed: edits, engagement, new labels"),
    ("posts_deleted", "BIGINT", "Posts erased because their source deleted them"),
    ("requests", "BIGINT", "Requests sent"),
    ("note", "VARCHAR", "What was odd, or the error"),
)

SIGNALS = _table(
    "signals",
    "Days (and weeks, see period_days) on which a topic in a place, or in neighbouring places together (a cluster, see cluster_places), "
    "was out of the ordinary. A signal, never a case. The key is (day, topic, place_code, detector).",
    ("signal_id", "VARCHAR", "Id made of the key: the same whenever the day is tested again"),
    ("day", "DATE", "Day in the configured zone; the last one of a week"),
    ("topic", "VARCHAR", "Code of the topic"),
    (
        "place_code",
        "VARCHAR",
        "Code of the place; '*' is the topic wherever it is. Of a cluster the place with the greatest excess on its first day, which later "
        "days keep",
    ),
    ("level", "VARCHAR", "country, province or regency; all for place_code '*'"),
    ("detector", "VARCHAR", f"Name of the detector; '{SCAN}' for a cluster of places, '{WEEKLY}' for a whole week"),
    ("params", "VARCHAR", "JSON: parameters of the detector"),
    ("observed", "DOUBLE", "Posts counted in period_days; of a cluster in all its places"),
    ("expected", "DOUBLE", "Posts expected in period_days"),
    ("upper", "DOUBLE", "Upper bound: more than this is out of the ordinary; NULL for a cluster"),
    (
        "pvalue",
        "DOUBLE",
        "Probability of so many posts or more when nothing is going on; NULL where the detector has none. Of a cluster that of one as "
        "unlikely anywhere in the topic: its rank among random panels",
    ),
    ("since", "DATE", "First day of the posts of a cluster; NULL for the signal of a place"),
    ("relative_risk", "DOUBLE", "Observed over expected in a cluster, against the same elsewhere; NULL for the signal of a place"),
    ("radius_km", "DOUBLE", "From the centre of a cluster to its farthest place; NULL for the signal of a place"),
    (
        "qvalue",
        "DOUBLE",
        "False discovery rate: share of false signals expected among the day's signals of this q-value or less; may be NULL",
    ),
    ("exposure", "DOUBLE", "Share of the day, or of the week, that was covered, 0 to 1"),
    (
        "period_days",
        "INTEGER",
        "Days whose posts are counted, up to and including `day`: 1, or 7 for a whole week; of a cluster those since `since`",
    ),
    ("rule", "VARCHAR", "The rule that fired, in words"),
    ("kind", "VARCHAR", "What it looks like: first-hand reports, news-driven, one text copied, campaign, collection artefact or mixed"),
    ("reason", "VARCHAR", "JSON: why there is a signal: sentence_id, sentence_en, terms, shares, growth, places, claims, examples ..."),
    ("echo_of", "VARCHAR", "Signal_id of the stronger signal that most of its excess posts belong to: an echo of it; NULL for all others"),
    ("echo_share", "DOUBLE", "Share of its excess posts that belong to the signal it echoes, 0 to 1; NULL for all others"),
    ("first_detected_at", _UTC, "When this signal was first found (UTC)"),
    ("updated_at", _UTC, "When it was last tested (UTC)"),
    ("run_id", "VARCHAR", "Run that tested it last; see runs"),
)

SOURCES = _table(
    "sources",
    "The sources of config.toml and the imports, with their state.",
    ("source", "VARCHAR", "Name of the source"),
    ("collector", "VARCHAR", "Collector or importer that reads it"),
    ("kind", "VARCHAR", "social, news, factcheck or official"),
    ("enabled", "BOOLEAN", "Whether the worker collects it"),
    ("every_seconds", "BIGINT", "Seconds between two runs; NULL for imports"),
    ("last_run_at", _UTC, "Start of the last run (UTC)"),
    ("last_ok_at", _UTC, "Last run that succeeded (UTC)"),
    ("last_error", "VARCHAR", "Error of the last run; NULL when it succeeded"),
    ("last_posts_at", _UTC, "Last run that brought a new post (UTC)"),
    ("next_run_at", _UTC, "When it runs next (UTC)"),
    ("title", "VARCHAR", "Title for people"),
)

TOPICS = _table(
    "topics",
    "The health topics that posts are labelled with.",
    ("topic", "VARCHAR", "Code of the topic"),
    ("name_id", "VARCHAR", "Name in Indonesian"),
    ("name_en", "VARCHAR", "Name in English"),
    ("grp", "VARCHAR", "Group of topics"),
    ("description_id", "VARCHAR", "What belongs to it, in Indonesian"),
    ("description_en", "VARCHAR", "What belongs to it, in English"),
)

PLACES = _table(
    "places",
    "The places that posts are about.",
    ("place_code", "VARCHAR", "Kemendagri code of a province (31) or regency (31.71); ISO 3166-1 alpha-2 of a country (ID)"),
    ("level", "VARCHAR", "country, province or regency"),
    ("name", "VARCHAR", "Name in Indonesian"),
    ("parent_code", "VARCHAR", "Code of the place that it lies in; NULL for a country"),
    ("lat", "DOUBLE", "Latitude of a point for maps (WGS 84)"),
    ("lon", "DOUBLE", "Longitude of a point for maps (WGS 84)"),
    ("population", "BIGINT", "Inhabitants; NULL where unknown"),
    ("iso_3166_2", "VARCHAR", "ISO 3166-2 code of a province"),
    ("bps", "VARCHAR", "Code of the national statistics office (BPS)"),
)

META = _table(
    "meta",
    "Facts about this warehouse: zone, schema_version, topics_version; in the published catalog published_at, too.",
    ("key", "VARCHAR", "Name of the fact"),
    ("value", "VARCHAR", "Its value as text; times are ISO 8601 in UTC"),
)

PUBLISHED_FILES = _table(
    "published_files",
    "The Parquet files that hold the published posts.",
    ("path", "VARCHAR", "Path of the file within the published folder"),
    ("unit", "VARCHAR", "The day (2026-05-03), month (2026-05) or year (2021) that the file holds"),
    ("first_day", "DATE", "First day of posts in the file"),
    ("last_day", "DATE", "Last day of posts in the file"),
    ("posts", "BIGINT", "Rows in the file, tombstones included"),
    ("written_at", _UTC, "When the file was written (UTC)"),
)

CHANGED_DAYS = _table(
    "changed_days",
    "Days whose posts changed since they were last published.",
    ("day", "DATE", "Day in the configured zone"),
    public=False,
)

ERASURES = _table(
    "erasures",
    "The log of erasures on request and by retention, without anything of what was erased.",
    ("erased_at", _UTC, "When (UTC)"),
    ("kind", "VARCHAR", "author: every post of one author; post: one post; retention: texts older than retention.posts"),
    ("posts", "BIGINT", "Number of posts erased"),
    ("reason", "VARCHAR", "The reason given"),
    public=False,
)

MIGRATIONS = _table(
    "migrations",
    "The changes of schema that this file has seen.",
    ("name", "VARCHAR", "Name of the migration"),
    ("applied_at", _UTC, "When it was applied (UTC)"),
    public=False,
)

TABLES = (
    POSTS,
    DAILY_COUNTS,
    COUNTS_EVERYWHERE,
    COUNTS_BY_PLACE,
    HASHTAG_COUNTS,
    COVERAGE,
    COVERAGE_SPANS,
    SKETCHES,
    CURSORS,
    RUNS,
    SIGNALS,
    CLUSTER_PLACES,
    SIGNAL_EPISODES,
    SIGNAL_REVIEWS,
    OFFICIAL_COUNTS,
    SECOND_LOOKS,
    CLAIMS,
    CLAIM_MATCHES,
    MEANINGS,
    SOURCES,
    TOPICS,
    PLACES,
    META,
    PUBLISHED_FILES,
    CHANGED_DAYS,
    ERASURES,
    MIGRATIONS,
)

_SHARED = tuple(column for name in ("source", "native_id", "day", "created_at") for column in POSTS.columns if column.name == name)

VIEWS = (
    View(
        "post_topics",
        "One row a post and topic; posts without a topic and deleted posts have none.",
        (*_SHARED, Column("topic", "VARCHAR", "Code of the topic; see topics")),
        "SELECT source, native_id, day, created_at, unnest(topics) AS topic FROM posts WHERE deleted_at IS NULL",
    ),
    View(
        "post_places",
        "One row a post and place; posts without a place and deleted posts have none.",
        (
            *_SHARED,
            Column("place_code", "VARCHAR", "Code of the place; see places"),
            Column("level", "VARCHAR", "country, province or regency"),
            Column("confidence", "FLOAT", "How sure the place is, 0 to 1"),
        ),
        'SELECT source, native_id, day, created_at, place.code AS place_code, place."level" AS "level", place.confidence AS confidence '
        "FROM (SELECT source, native_id, day, created_at, unnest(places) AS place FROM posts WHERE deleted_at IS NULL)",
    ),
    SIGNAL_PLACES,
    SIGNAL_LINKS,
    SIGNAL_QUALITY,
    POST_LABELS,
)


def create_table(con: Connection, table: Table, compression: str = "") -> None:
    """Make a table where it is missing; its comments come from `describe`. compression: one of DuckDB's, else it chooses."""
    said = f" USING COMPRESSION {compression}" if compression else ""
    columns = ", ".join(f'"{column.name}" {column.type}{said}' for column in table.columns)
    con.execute(f"CREATE TABLE IF NOT EXISTS {table.name} ({columns})")


def create_view(con: Connection, view: View) -> None:
    """Make a view, or make it again."""
    con.execute(f"CREATE OR REPLACE VIEW {view.name} AS {view.sql}")


def describe(con: Connection, item: Table | View) -> None:
    """Give a table or view and each of its columns the COMMENT that analysts see in their own tools."""
    con.execute(f"COMMENT ON {'VIEW' if isinstance(item, View) else 'TABLE'} {item.name} IS {quoted(item.comment)}")
    for column in item.columns:
        con.execute(f'COMMENT ON COLUMN {item.name}."{column.name}" IS {quoted(column.comment)}')


def fingerprint() -> str:
    """Changes whenever a table, a view or a comment changes."""
    return hashlib.sha256(repr((TABLES, VIEWS)).encode()).hexdigest()[:16]


def refresh_views_and_comments(con: Connection) -> None:
    """Bring views and comments to what this file says, in one transaction."""
    with transaction(con):
        for view in VIEWS:
            create_view(con, view)
        for item in (*TABLES, *VIEWS):
            describe(con, item)


def data_dictionary() -> str:
    """The page docs/data-dictionary.md: every table and view with its columns."""
    parts = [_INTRODUCTION]
    for item in (*TABLES, *VIEWS):
        where = "" if isinstance(item, View) or item.public else " Only in the worker's own file."
        parts.append(f"## {item.name}\n\n{_cell(item.comment)}{where}\n")
        rows = [f"| `{column.name}` | {column.type} | {_cell(column.comment)} |" for column in item.columns]
        parts.append("\n".join(["| Column | Type | Meaning |", "|---|---|---|", *rows]) + "\n")
    return "\n".join(parts)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("*", "\\*")


_INTRODUCTION = """# Data dictionary

What each table of the warehouse holds. The same names are in the published catalog (`published/analytics.duckdb` in the data folder),
which anybody who may read the folder can open while the collectors write: from the DuckDB shell, Python, R or a BI tool. Every
table and column carries its meaning as a COMMENT, too: `SELECT column_name, comment FROM duckdb_columns()`.

Times are stored in UTC; days are days of the configured zone. This page is made from `warehouse/schema.py` by
`python -m warehouse.schema`.
"""

if __name__ == "__main__":
    print(data_dictionary(), end="")
