"""Topics on the examples that ship with them: those that a rule must find, and those that it must leave alone."""

from __future__ import annotations

import tomllib
from pathlib import Path

from analytics.evaluation.base import Figure, Section
from analytics.text.topic_file import SHIPPED
from analytics.text.topics import TopicIndex

EXAMPLES = SHIPPED.parent / "topics_examples.toml"


def evaluate(folder: Path, part: str) -> Section | None:
    """Recall and precision on the examples, whatever `folder` and `part` are. The rules were written beside these, so it is no measure of
    posts to come: it says that every topic still does what it is meant to."""
    examples = tomllib.loads(EXAMPLES.read_text("utf-8"))
    index = TopicIndex()
    rows = [(topic, text, kind == "yes") for topic, kinds in examples.items() for kind in ("yes", "no") for text in kinds[kind]]
    told = [
        topic in found for (topic, _, _), found in zip(rows, index.match([text for _, text, _ in rows], [None] * len(rows)), strict=True)
    ]
    wanted = [must for _, _, must in rows]
    right = sum(must and found for must, found in zip(wanted, told, strict=True))
    figures = [
        Figure("recall on examples", 100 * right / sum(wanted), None, sum(wanted)),
        Figure("precision on examples", 100 * right / max(sum(told), 1), None, sum(told)),
        Figure(
            "fewest examples a topic",
            float(min(len(kinds[kind]) for kinds in examples.values() for kind in ("yes", "no"))),
            5,
            len(examples),
        ),
    ]
    return Section("topics", figures)
