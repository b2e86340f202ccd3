"""Claims that fact-checkers looked at, and the posts that speak of them."""

from __future__ import annotations

from warehouse.columns import UTC, table

CLAIMS = table(
    "claims",
    "What fact-checkers looked at: the standing posts of sources of the kind factcheck, the newest of them, as posts are held against "
    "them. The key is (source, native_id).",
    ("source", "VARCHAR", "Source of the fact-check"),
    ("native_id", "VARCHAR", "The source's own id of it"),
    ("day", "DATE", "Day of the fact-check in the configured zone"),
    ("text", "VARCHAR", "Headline and what follows it, redacted, the first 1,000 characters"),
    ("url", "VARCHAR", "Public address of the fact-check"),
    ("text_hash", "BIGINT", "text_hash of the fact-check"),
    ("updated_at", UTC, "When the fact-check last changed (UTC)"),
)

CLAIM_MATCHES = table(
    "claim_matches",
    "Posts that were read a second time, held against the claims: the one that a post repeats or answers, where there is one. Whether a "
    "post is for or against it is not told. The key is (source, native_id).",
    ("source", "VARCHAR", "Source of the post"),
    ("native_id", "VARCHAR", "The source's own id of the post"),
    ("day", "DATE", "Day of the post in the configured zone"),
    ("text_hash", "BIGINT", "text_hash of the post when it was held against the claims; another one means that it was edited since"),
    ("claim_source", "VARCHAR", "Source of the claim, see claims; NULL where the post speaks of none"),
    ("claim_native_id", "VARCHAR", "native_id of the claim; NULL where the post speaks of none"),
    ("probability", "FLOAT", "Probability that the post speaks of the claim, 0.8 to 1; NULL without a claim"),
    ("claims_version", "VARCHAR", "Version of the claims and the weights: posts are held against them again when it is another"),
    ("looked_at", UTC, "When the post was held against the claims (UTC)"),
)

MEANINGS = table(
    "meanings",
    "Vectors of claims and of posts that were held against them, so that no text is read twice. They go when the text goes.",
    ("source", "VARCHAR", "Source of the post"),
    ("native_id", "VARCHAR", "The source's own id of the post"),
    ("day", "DATE", "Day of the post in the configured zone"),
    ("text_hash", "BIGINT", "text_hash of the text that was read"),
    ("meaning", "BLOB", "384 numbers, float16, see analytics/text/encoder.py"),
    public=False,
)
