"""Tables of what people found out about signals, and of the counts of authorities; part of `warehouse.schema`."""

from __future__ import annotations

from warehouse.columns import UTC as _UTC
from warehouse.columns import Column, View
from warehouse.columns import table as _table
from warehouse.detectors import WEEKLY

SIGNAL_EPISODES = _table(
    "signal_episodes",
    "Runs of signals of one topic, place and detector, and what people found out about them. A signal belongs to the episode of its "
    f"topic, place_code and detector whose days hold its day; signals of weeks ('{WEEKLY}') and of days belong to the same.",
    ("episode_id", "VARCHAR", "Id: that of the first signal"),
    ("topic", "VARCHAR", "Code of the topic"),
    ("place_code", "VARCHAR", "Code of the place; '*' is the topic wherever it is"),
    ("level", "VARCHAR", "country, province or regency; all for place_code '*'"),
    ("detector", "VARCHAR", "Name of the detector of the first signal"),
    ("first_day", "DATE", "First day with a signal, in the configured zone"),
    ("last_day", "DATE", "Last day with a signal so far"),
    ("days", "BIGINT", "Days with a signal that stands now; 0 when newer data have withdrawn them all"),
    ("observed_max", "DOUBLE", "Most posts on one of these days"),
    ("pvalue_min", "DOUBLE", "Smallest p-value of these days; NULL where the detector has none"),
    ("opened_at", _UTC, "When the first signal was found (UTC)"),
    ("status", "VARCHAR", "new, verifying, verified, discarded or closed"),
    ("owner", "VARCHAR", "Login of the person who looks after it; empty when nobody does"),
    ("reason", "VARCHAR", "no_event, news, copies, campaign, collection, mislabelled or other: why it was discarded; empty otherwise"),
    ("outcome", "VARCHAR", "verified or discarded, also after it was closed; empty while it is undecided"),
    ("verifying_at", _UTC, "When verification began (UTC); NULL before"),
    ("decided_at", _UTC, "When it was verified or discarded (UTC); NULL before"),
    ("closed_at", _UTC, "When it was closed (UTC); NULL before"),
)

SIGNAL_REVIEWS = _table(
    "signal_reviews",
    "The audit trail of episodes: every step that a person took, also those undone later. Notes are not published: they may name people.",
    ("review_id", "BIGINT", "Number of the step; later steps have higher ones"),
    ("episode_id", "VARCHAR", "The episode; see signal_episodes"),
    ("at", _UTC, "When (UTC)"),
    ("who", "VARCHAR", "Login of the person"),
    ("action", "VARCHAR", "verifying, verified, discarded, closed, owner (another owner), note, or undo"),
    ("status", "VARCHAR", "Status after the step"),
    ("owner", "VARCHAR", "Owner after the step"),
    ("reason", "VARCHAR", "Reason after the step; see signal_episodes"),
    ("undoes", "BIGINT", "review_id of the step that an undo took back; NULL otherwise"),
    ("has_note", "BOOLEAN", "Whether the step has a note"),
)

OFFICIAL_COUNTS = _table(
    "official_counts",
    "Case counts that an authority published, imported to be held against posts. The key is (day, place_code, disease, period_days).",
    ("day", "DATE", "First day of the period"),
    ("period_days", "INTEGER", "Days of the period: 1 or 7"),
    ("place_code", "VARCHAR", "Code of the place; see places"),
    ("disease", "VARCHAR", "Name of the disease as in the file, in lower case"),
    ("cases", "BIGINT", "Cases reported for the period"),
    ("topic", "VARCHAR", "Code of the topic whose posts they are shown with; NULL where none bears the name of the disease"),
    ("file", "VARCHAR", "Name of the file that they came from"),
    ("imported_at", _UTC, "When they were imported (UTC)"),
)

_QUALITY = """WITH seen AS (
    SELECT detector, greatest(1.0, (greatest(max(last_day), (SELECT max(day) FROM daily_counts)) - min(first_day) + 1) / 7.0) AS weeks
    FROM signal_episodes GROUP BY detector
), told AS (
    SELECT coalesce(topic, '*') AS topic, detector, count(*) AS episodes,
        count(*) FILTER (outcome = 'verified') AS verified, count(*) FILTER (outcome = 'discarded') AS discarded,
        median(epoch(decided_at) - epoch(opened_at)) FILTER (outcome = 'verified') / 3600.0 AS hours_to_verified,
        median(epoch(decided_at) - epoch(opened_at)) FILTER (outcome <> '') / 3600.0 AS hours_to_decided
    FROM signal_episodes GROUP BY GROUPING SETS ((topic, detector), (detector))
), share AS (
    SELECT *, (verified + discarded)::DOUBLE AS n, verified / nullif(verified + discarded, 0) AS p, 1.959963984540054 AS z FROM told
)
SELECT topic, detector, episodes, verified, discarded, episodes - verified - discarded AS undecided, p AS ppv,
    CASE WHEN n > 0 THEN greatest(0, (p + z*z/(2*n) - z*sqrt(p*(1-p)/n + z*z/(4*n*n))) / (1 + z*z/n)) END AS ppv_low,
    CASE WHEN n > 0 THEN least(1, (p + z*z/(2*n) + z*sqrt(p*(1-p)/n + z*z/(4*n*n))) / (1 + z*z/n)) END AS ppv_high,
    hours_to_verified, hours_to_decided, discarded / weeks AS false_alarms_per_week, weeks
FROM share JOIN seen USING (detector)"""

SIGNAL_QUALITY = View(
    "signal_quality",
    "How good the signals are, by what people found out: one row a topic and detector, and topic '*' for all topics of a detector.",
    (
        Column("topic", "VARCHAR", "Code of the topic; '*' is all of them"),
        Column("detector", "VARCHAR", "Name of the detector"),
        Column("episodes", "BIGINT", "Episodes so far"),
        Column("verified", "BIGINT", "Of these, verified"),
        Column("discarded", "BIGINT", "Of these, discarded: false alarms"),
        Column("undecided", "BIGINT", "Of these, neither yet"),
        Column("ppv", "DOUBLE", "Positive predictive value: verified / (verified + discarded); NULL before the first decision"),
        Column("ppv_low", "DOUBLE", "Lower end of its 95% interval (Wilson 1927)"),
        Column("ppv_high", "DOUBLE", "Upper end of its 95% interval (Wilson 1927)"),
        Column("hours_to_verified", "DOUBLE", "Median hours from the first signal to verification, of verified episodes"),
        Column("hours_to_decided", "DOUBLE", "Median hours from the first signal to the decision, of verified and discarded episodes"),
        Column("false_alarms_per_week", "DOUBLE", "Discarded episodes a week"),
        Column("weeks", "DOUBLE", "Weeks from the detector's first episode to the last day with posts, at least 1"),
    ),
    _QUALITY,
)
