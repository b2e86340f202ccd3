"""The second look: labels that the deep tier gave the posts that decide something, beside those that every post has."""

from __future__ import annotations

from warehouse.columns import UTC, Column, View, table
from warehouse.schema_labels import LABELS

SECOND_LOOKS = table(
    "second_looks",
    "What a larger model says of the posts that decide something: those of signals, those that the first models were unsure of, and a "
    "sample. Counts are made from the first labels alone, so that all days are measured alike. The key is (source, native_id).",
    ("source", "VARCHAR", "Source of the post"),
    ("native_id", "VARCHAR", "The source's own id of the post"),
    ("day", "DATE", "Day of the post in the configured zone"),
    ("text_hash", "BIGINT", "text_hash of the post when it was looked at; another one means that the post was edited since"),
    ("why", "VARCHAR", "signal: it is one of a signal's posts; unsure: the first models were; sample: drawn by hash, one in fifty"),
    *LABELS,
    (
        "illness",
        "VARCHAR",
        "What a post on dengue tells: general_info (news, advice, numbers), personal_dhf (dengue that somebody had or fears to have) or "
        "other_symptom; NULL for posts on something else, and in languages that the model does not know",
    ),
    ("illness_p", "FLOAT", "Probability of illness, 0 to 1"),
    ("model_version", "VARCHAR", "Version of the models that looked"),
    ("looked_at", UTC, "When they looked (UTC)"),
)

_LABELS = tuple(Column(*column) for column in LABELS)


def with_second_look(*names: str) -> str:
    """For a FROM clause: `posts` with these labels of the second look where there was one, and whether there was (second_look)."""
    best = ", ".join(f"CASE WHEN l.native_id IS NULL THEN p.{name} ELSE l.{name} END AS {name}" for name in names)
    return (
        f"(SELECT p.* REPLACE ({best}), l.native_id IS NOT NULL AS second_look FROM posts AS p LEFT JOIN second_looks AS l "
        "ON l.source = p.source AND l.native_id = p.native_id AND l.day = p.day AND l.text_hash IS NOT DISTINCT FROM p.text_hash)"
    )


BEST_LABELS = with_second_look(*(column.name for column in _LABELS))

POST_LABELS = View(
    "post_labels",
    "The best label of each post: of the second look where there is one, else the first. For lists and reading; counts over days or "
    "places mix two measures, use posts or daily_counts for these.",
    (
        Column("source", "VARCHAR", "Source of the post"),
        Column("native_id", "VARCHAR", "The source's own id of the post"),
        Column("day", "DATE", "Day in the configured zone"),
        *_LABELS,
        Column("second_look", "BOOLEAN", "Whether the labels are of the second look"),
    ),
    f"SELECT source, native_id, day, {', '.join(column.name for column in _LABELS)}, second_look "
    f"FROM {BEST_LABELS} WHERE deleted_at IS NULL",
)
