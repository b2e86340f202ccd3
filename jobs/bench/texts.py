"""What the synthetic posts say: sentences of the demo's grammar and of the topics' own examples, each with a mark where a place goes."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from typing import Final

import pyarrow as pa

from analytics.text.topic_file import SHIPPED, load_topics
from ingest.demodata.epidemiology import NOISE, TOPICS
from ingest.demodata.phrases import Dice, Said, dirty, say

MARK: Final = "\N{CURRENCY SIGN}"  #: stands where the name of a place goes
EACH: Final = 60  #: sentences of a topic and kind in Indonesian
OTHER: Final = 12  #: and in each other language

#: Kinds of posts: how many sentences of each, their intent and the shares of negative and neutral ones.
KINDS: Final = {
    "personal": (1.0, "other", 0.55, 0.4),
    "question": (0.4, "question", 0.3, 0.65),
    "complaint": (0.4, "complaint", 0.9, 0.09),
    "info": (0.4, "information", 0.15, 0.75),
    "thanks": (0.2, "thanks", 0.02, 0.08),
    "news": (0.4, "information", 0.2, 0.75),
}
LANGUAGES: Final = ("en", "jv", "su", "min")

_TAG: Final = re.compile(r"#(\w+)")
_PERSONAL: Final = re.compile(r"@|\d{5,}|https?:")  #: what would be redacted or is nobody's

SCHEMA: Final = pa.schema(
    [
        ("topic", pa.string()),
        ("text", pa.string()),
        ("hashtags", pa.list_(pa.string())),
        ("lang", pa.string()),
        ("intent", pa.string()),
        ("negative", pa.float64()),
        ("neutral", pa.float64()),
    ]
)


def sentences(seed: int) -> pa.Table:
    """SCHEMA, sorted by topic: about 200 sentences of each shipped topic, and of none (topic ""); with and without a place."""
    dice = Dice(f"bench {seed}")
    spoken = {topic.code for topic in TOPICS}
    rows = [row for topic in TOPICS for row in _of_grammar(topic.code, dice)]
    rows += [row for topic in load_topics(None) if topic.code not in spoken for row in _of_examples(topic.code)]
    return pa.Table.from_pylist(sorted(rows, key=lambda row: str(row["topic"])), schema=SCHEMA)


def _of_grammar(topic: str, dice: Dice) -> Iterator[dict[str, object]]:
    for kind, (share, *_rest) in KINDS.items():
        for number in range(round(EACH * share)):
            yield from _said(Said(topic, MARK if number % 2 else "", NOISE if topic == NOISE else kind), kind, dice)
    for language in () if topic == NOISE else LANGUAGES:
        for number in range(OTHER):
            yield from _said(Said(topic, MARK if number % 2 else "", "personal", language), "personal", dice)


def _said(said: Said, kind: str, dice: Dice) -> Iterator[dict[str, object]]:
    text = dirty(say(said, dice), said, dice)
    if not _PERSONAL.search(text):
        yield _row("" if said.topic == NOISE else said.topic, text, said.language, kind)


def _of_examples(topic: str) -> Iterator[dict[str, object]]:
    """For topics of which the demo does not speak: the examples that they must find."""
    for text in tomllib.loads((SHIPPED.parent / "topics_examples.toml").read_text("utf-8"))[topic]["yes"]:
        kind = "question" if text.endswith("?") else "personal"
        yield _row(topic, text, "id", kind)
        yield _row(topic, f"{text}, di {MARK}", "id", kind)


def _row(topic: str, text: str, language: str, kind: str) -> dict[str, object]:
    _share, intent, negative, neutral = KINDS[kind]
    tags = [tag.lower() for tag in _TAG.findall(text)]
    return {"topic": topic, "text": text, "hashtags": tags, "lang": language, "intent": intent, "negative": negative, "neutral": neutral}
