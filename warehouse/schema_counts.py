"""Counts of posts by day: all of them, and the two narrower tables that most questions are answered from."""

from __future__ import annotations

from warehouse.columns import table

_DAY_AND_TOPIC = (
    ("day", "DATE", "Day in the configured zone"),
    ("topic", "VARCHAR", "Code of the topic; '*' is every post whatever its topics"),
)
_LEVEL = ("level", "VARCHAR", "Level of the place: country, province or regency; NULL of '*' and of a place that places does not know")
_SOURCE_AND_LANGUAGE = (
    ("source", "VARCHAR", "Source of the posts"),
    ("lang", "VARCHAR", "Language of the posts (BCP 47), und when undetermined"),
)

#: What is counted of posts, in daily_counts and in the two tables that are made from it.
_MEASURES = (
    ("posts", "BIGINT", "Number of posts"),
    ("negative", "BIGINT", "Of these, posts with negative sentiment"),
    ("neutral", "BIGINT", "Of these, posts with neutral sentiment"),
    ("positive", "BIGINT", "Of these, posts with positive sentiment"),
    ("questions", "BIGINT", "Of these, posts that ask a question"),
    ("complaints", "BIGINT", "Of these, posts that complain"),
    ("requests", "BIGINT", "Of these, posts that ask for help"),
    ("firsthand", "BIGINT", "Of these, posts that tell at first hand of illness (firsthand_p of 0.6 or more)"),
    ("anger", "BIGINT", "Of these, posts that show anger"),
    ("fear", "BIGINT", "Of these, posts that show fear"),
    ("sadness", "BIGINT", "Of these, posts that show sadness"),
    ("joy", "BIGINT", "Of these, posts that show joy"),
    ("love", "BIGINT", "Of these, posts that show love"),
    ("copies", "BIGINT", "Of these, exact copies of an earlier post (duplicate_of is set)"),
)

#: A page asks for a topic (or for all posts), often for years of it; a map for the places of one level, which are a fraction of all.
ORDER = "topic, day"
ORDER_OF_PLACES = 'topic, "level", day'

DAILY_COUNTS = table(
    "daily_counts",
    "Posts counted by day, topic, place, source and language. A post counts once in each of its topics and in '*', and once in each of "
    "its places, in the places above them and in '*': sum over source and lang, never over topic or place_code.",
    *_DAY_AND_TOPIC,
    ("place_code", "VARCHAR", "Code of the place; '*' is every post whether it names a place or not"),
    _LEVEL,
    *_SOURCE_AND_LANGUAGE,
    *_MEASURES,
    order=ORDER_OF_PLACES,
)

COUNTS_EVERYWHERE = table(
    "counts_everywhere",
    "daily_counts of place_code '*' alone: the same numbers in a fraction of the rows, for whoever asks after no place.",
    *_DAY_AND_TOPIC,
    *_SOURCE_AND_LANGUAGE,
    *_MEASURES,
    order=ORDER,
)

COUNTS_BY_PLACE = table(
    "counts_by_place",
    "daily_counts of single places, summed over sources and languages; place_code '*' stands in counts_everywhere.",
    *_DAY_AND_TOPIC,
    ("place_code", "VARCHAR", "Code of the place"),
    _LEVEL,
    *_MEASURES,
    order=ORDER_OF_PLACES,
)

HASHTAG_COUNTS = table(
    "hashtag_counts",
    "Posts counted by day, topic and hashtag. A post counts once for each of its hashtags, in each of its topics and in '*'.",
    *_DAY_AND_TOPIC,
    ("hashtag", "VARCHAR", "Hashtag as it was written, without its sign"),
    ("posts", "BIGINT", "Number of posts with it"),
    order=ORDER,
)
