"""Read a topic that somebody is writing: every trouble with its place, and whether its examples come out as they should."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from analytics.text.normalise import without_placeholders
from analytics.text.redact import redact_all
from analytics.text.rules import RuleError, parse, term
from analytics.text.topic_file import Topic, TopicEntry
from analytics.text.topics import TopicIndex


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong at one place: key of the topic (with the language, e.g. `terms.id`), line from 1, column from 1 (0: the whole line).

    `template` with `values` is the message, as the file's own reader would give it.
    """

    key: str
    line: int
    column: int
    template: str
    values: Mapping[str, object]

    @property
    def message(self) -> str:
        return self.template.format(**self.values)


def troubles(entry: TopicEntry) -> list[Trouble]:
    """Everything that keeps this topic from being read, in the order of the keys."""
    found: list[Trouble] = []
    lists = {f"{kind}.{lang}": words for kind in ("terms", "only") for lang, words in getattr(entry, kind).items()}
    for key, words in [*lists.items(), ("guards", entry.guards)]:
        found += _unread(key, words, of_terms=True)
    for key in ("rules", "unless"):
        found += _unread(key, getattr(entry, key), of_terms=False)
    if not (any(lists.values()) or entry.rules):
        found.append(Trouble("", 0, 0, "neither terms nor rules; the topic can never match", {}))
    return found


def _unread(key: str, lines: Sequence[str], of_terms: bool) -> list[Trouble]:
    found = []
    for number, line in enumerate(lines, 1):
        try:
            term(line) if of_terms else parse(line)
        except RuleError as error:
            found.append(Trouble(key, number, 0 if of_terms else error.column, error.template, error.values))
    return found


@dataclass(frozen=True, slots=True)
class Example:
    """One example: whether the topic finds it, whether it should, and which terms and rules decided."""

    text: str
    wanted: bool
    found: bool
    because: tuple[str, ...]

    @property
    def right(self) -> bool:
        return self.wanted == self.found


def examples(topic: Topic, beside: Sequence[Topic] = ()) -> list[Example]:
    """The examples of a topic, tried as posts would be: redacted first. The language is taken as unknown."""
    index = TopicIndex.of((topic,), beside)
    pairs = [*((text, True) for text in topic.entry.yes), *((text, False) for text in topic.entry.no)]
    texts = [without_placeholders(text) for text in redact_all([text for text, _ in pairs])]
    found = [bool(codes) for codes in index.match(texts)]
    return [Example(text, wanted, hit, _because(index, plain)) for (text, wanted), plain, hit in zip(pairs, texts, found, strict=True)]


def _because(index: TopicIndex, text: str) -> tuple[str, ...]:
    return tuple(part for one in index.explain(text) for part in (*one.terms, *one.rules, *one.guarded, *one.excluded_by))
