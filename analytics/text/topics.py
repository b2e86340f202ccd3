"""Which health topics a post speaks of: terms and Boolean rules of topics.toml, looked for in one pass (Aho and Corasick 1975).

A post has a topic when one of the topic's terms occurs outside the topic's guards (idioms such as *demam panggung*), or when one of
its rules holds; and none of its `unless` rules does. docs/topics.md tells how to write one.
"""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import ahocorasick
import pyarrow as pa
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from analytics.text.matching import FORM_VERSION, Matching
from analytics.text.rules import Node, RuleError, Span, Term, holds, parse, replaced, term, terms_of, triggers
from warehouse.errors import SettingsError
from warehouse.settings import explain

SHIPPED = Path(__file__).parents[1] / "topics.toml"
LARGEST_FILE = 20_000_000  #: bytes
MOST_TOPICS = 5_000
MOST_TERMS = 250_000  #: over all topics

#: The columns of the warehouse's `topics` table.
SCHEMA = pa.schema([(name, pa.string()) for name in ("topic", "name_id", "name_en", "grp", "description_id", "description_en")])


class TopicEntry(BaseModel):
    """One table of topics.toml; an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name_id: str = Field(min_length=1)
    name_en: str = Field(min_length=1)
    group: str = Field(min_length=1)
    description_id: str = ""
    description_en: str = ""
    terms: dict[str, list[str]] = Field(default_factory=dict)  #: by language, for the reader; they count in every post
    only: dict[str, list[str]] = Field(default_factory=dict)  #: terms that count only in posts of that language
    rules: list[str] = Field(default_factory=list)
    guards: list[str] = Field(default_factory=list)
    unless: list[str] = Field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic with its terms and rules read."""

    code: str
    entry: TopicEntry
    terms: frozenset[Term]
    only: Mapping[str, frozenset[Term]]
    rules: tuple[Node, ...]
    guards: frozenset[Term]
    unless: tuple[Node, ...]

    every: frozenset[Term]  #: all of them, those of guards and rules too

    @property
    def simple(self) -> bool:
        """Whether any hit of a term decides, without a look at the rest of the text."""
        return not (self.guards or self.unless)

    def triggers(self) -> frozenset[Term]:
        """Terms without which the topic cannot match."""
        return self.terms.union(*self.only.values(), *map(triggers, self.rules))


@dataclass(frozen=True, slots=True)
class Explained:
    """Why a text has, or just misses, a topic: what fired, what a guard covered, and which `unless` rule took it away."""

    topic: str
    matched: bool
    terms: tuple[str, ...]
    rules: tuple[str, ...]
    guarded: tuple[str, ...]
    excluded_by: tuple[str, ...]


def read_topics(path: Path) -> dict[str, TopicEntry]:
    """Read a topic file; raises SettingsError naming file, topic, key and what to do."""
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise SettingsError(f"{path}: {path.stat().st_size:,} bytes; a topic file may hold {LARGEST_FILE:,} at most")
        tables = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise SettingsError(f"{path}: no such file; see [enrich] topics_file in config.toml") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise SettingsError(f"{path}: not TOML: {error}") from None
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read: {error.strerror}") from None
    return {code: _entry(path, code, table) for code, table in tables.items()}


def _entry(path: Path, code: str, table: Any) -> TopicEntry:
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,40}", code):
        raise SettingsError(f"{path.name}: [{code[:60]}]: not a topic code; use up to 41 lower-case letters, digits, - and _")
    try:
        return TopicEntry.model_validate(table)
    except ValidationError as error:
        raise SettingsError(explain(error, f"{path.name}: [{code}]")) from None


def _compile(code: str, entry: TopicEntry, where: str) -> Topic:
    terms = {lang: _terms(words, f"{where} terms.{lang}") for lang, words in entry.terms.items()}
    only = {lang: _terms(words, f"{where} only.{lang}") for lang, words in entry.only.items()}
    rules = _rules(entry.rules, f"{where} rule")
    if not (any(terms.values()) or any(only.values()) or rules):
        raise SettingsError(f"{where}: neither terms nor rules; the topic can never match")
    guards, unless = _terms(entry.guards, f"{where} guards"), _rules(entry.unless, f"{where} unless")
    own: frozenset[Term] = frozenset().union(*terms.values())
    every = own.union(guards, *only.values(), *(terms_of(rule) for rule in (*rules, *unless)))
    return Topic(code, entry, own, only, rules, guards, unless, every)


def _terms(words: Iterable[str], where: str) -> frozenset[Term]:
    try:
        return frozenset(term(word) for word in words)
    except RuleError as error:
        raise SettingsError(f"{where}: {str(error).partition(': ')[2]}") from None


def _rules(texts: Sequence[str], where: str) -> tuple[Node, ...]:
    nodes = []
    for number, text in enumerate(texts, 1):
        try:
            nodes.append(parse(text))
        except RuleError as error:
            raise SettingsError(f"{where}{f' {number}' if len(texts) > 1 else ''}: {error}") from None
    return tuple(nodes)


class TopicIndex:
    """All topics, ready to be matched. Building it takes well under a second for 10,000 terms; matching keeps no state."""

    def __init__(self, topics_file: Path | None = None) -> None:
        """Read the shipped topics and those of `topics_file`, which add to them or replace a topic of the same code.

        Raises SettingsError with file, topic and column.
        """
        entries = {code: (entry, SHIPPED.name) for code, entry in read_topics(SHIPPED).items()}
        if topics_file is not None:
            entries |= {code: (entry, topics_file.name) for code, entry in read_topics(topics_file).items()}
        if len(entries) > MOST_TOPICS:
            raise SettingsError(f"{topics_file}: {len(entries):,} topics; {MOST_TOPICS:,} is the most")
        written = sum(_written(entry) for entry, _ in entries.values())
        if written > MOST_TERMS:
            raise SettingsError(f"{topics_file}: {written:,} terms over all topics; {MOST_TERMS:,} is the most")
        self.topics = tuple(_compile(code, entry, f"{name}: [{code}]") for code, (entry, name) in entries.items())
        self._matching = Matching({found.words for topic in self.topics for found in topic.every if not found.open_start})
        self._index()

    def _index(self) -> None:
        """Give each distinct term a number, and note for which topics it decides and for which it calls for a closer look."""
        self._terms = sorted({found for topic in self.topics for found in topic.every})
        numbers = {found: number for number, found in enumerate(self._terms)}
        self._tests = tuple(_Test.of(topic, numbers) for topic in self.topics)
        decides: list[set[int]] = [set() for _ in self._terms]
        closer: list[set[int]] = [set() for _ in self._terms]
        for position, topic in enumerate(self.topics):
            direct = topic.terms if topic.simple else frozenset()
            for found in direct:
                decides[numbers[found]].add(position)
            for found in topic.triggers() - direct:
                closer[numbers[found]].add(position)
        self._decides, self._closer = [tuple(row) for row in decides], [tuple(row) for row in closer]
        self._automaton = ahocorasick.Automaton()
        for number, found in enumerate(self._terms):
            end = 0 if found.open_end else 1
            self._automaton.add_word(found.key, (number, end, end + len(found.words) - 1))
        self._automaton.make_automaton()

    @cached_property
    def version(self) -> str:
        """Twelve hexadecimal digits that change with any topic, and with the normal form."""
        content = {topic.code: topic.entry.model_dump() for topic in self.topics}
        return hashlib.sha256(f"{FORM_VERSION}{json.dumps(content, sort_keys=True)}".encode()).hexdigest()[:12]

    def table(self) -> pa.Table:
        """All topics with the columns of the warehouse's `topics` table."""
        rows = [(topic.code, topic.entry) for topic in self.topics]
        fields = {"topic": [code for code, _ in rows], "grp": [entry.group for _, entry in rows]}
        for name in ("name_id", "name_en", "description_id", "description_en"):
            fields[name] = [getattr(entry, name) for _, entry in rows]
        return pa.table([fields[name] for name in SCHEMA.names], schema=SCHEMA)

    def match(self, texts: Sequence[str], langs: Sequence[str | None] | None = None) -> list[list[str]]:
        """Topic codes of each text, in the order of the files. Linear in the length of a text.

        langs: BCP 47 code of each text (None or "und" where unknown); it chooses the slang list and lets `only` terms count.
        """
        if langs is None:
            return [self._match(text, None) for text in texts]
        return [self._match(text, lang) for text, lang in zip(texts, langs, strict=True)]

    def _match(self, text: str, lang: str | None) -> list[str]:
        form = self._matching.form(text, lang)
        hits = list(self._automaton.iter(form))
        if not hits:
            return []
        found: set[int] = set()
        closer: set[int] = set()
        for number in {number for _, (number, _, _) in hits}:
            found.update(self._decides[number])
            closer.update(self._closer[number])
        closer -= found
        if closer:
            evidence = _Evidence(form, hits)
            found.update(position for position in closer if evidence.passes(self._tests[position], lang))
        return [self.topics[position].code for position in sorted(found)]

    def explain(self, text: str, lang: str | None = None) -> list[Explained]:
        """For each topic of which a term occurs in the text: what fired, and whether it was enough."""
        form = self._matching.form(text, lang)
        evidence = _Evidence(form, list(self._automaton.iter(form)))
        near = ((topic, test) for topic, test in zip(self.topics, self._tests, strict=True) if not test.every.isdisjoint(evidence.spans))
        return [self._explained(topic, test, evidence, lang) for topic, test in near]

    def _explained(self, topic: Topic, test: _Test, evidence: _Evidence, lang: str | None) -> Explained:
        hits = evidence.beyond_guards(test)
        counting = (test.counting(lang) | test.of_rules) & hits.keys()
        return Explained(
            topic.code,
            evidence.passes(test, lang),
            tuple(str(self._terms[number]) for number in sorted(counting)),
            evidence.holding(test.rules, topic.entry.rules, hits),
            tuple(str(self._terms[number]) for number in sorted(test.guards & evidence.spans.keys())),
            evidence.holding(test.unless, topic.entry.unless, evidence.spans),
        )


def _written(entry: TopicEntry) -> int:
    lists = (*entry.terms.values(), *entry.only.values(), entry.guards)
    return sum(map(len, lists)) + sum(text.count(" ") + 1 for text in (*entry.rules, *entry.unless))


@dataclass(frozen=True, slots=True)
class _Test:
    """A topic with its terms replaced by numbers."""

    terms: frozenset[int]
    only: Mapping[str, frozenset[int]]
    rules: tuple[Node, ...]
    guards: frozenset[int]
    unless: tuple[Node, ...]
    every: frozenset[int]
    of_rules: frozenset[int]

    @classmethod
    def of(cls, topic: Topic, numbers: Mapping[Term, int]) -> _Test:
        def numbered(terms: Iterable[Term]) -> frozenset[int]:
            return frozenset(numbers[found] for found in terms)

        return cls(
            numbered(topic.terms),
            {lang: numbered(topic.terms | terms) for lang, terms in topic.only.items()},
            tuple(replaced(rule, numbers) for rule in topic.rules),
            numbered(topic.guards),
            tuple(replaced(rule, numbers) for rule in topic.unless),
            numbered(topic.every),
            numbered(found for rule in topic.rules for found in terms_of(rule)),
        )

    def counting(self, lang: str | None) -> frozenset[int]:
        return self.only.get(lang, self.terms) if lang else self.terms


class _Evidence:
    """The terms found in one text, by number, and where."""

    def __init__(self, form: str, hits: Iterable[tuple[int, tuple[int, int, int]]]) -> None:
        self.form = form
        self.spans: dict[int, list[Span]] = {}
        for last, (number, end, start) in hits:
            self.spans.setdefault(number, []).append((last - start, last - end))

    @cached_property
    def _spaces(self) -> list[int]:
        return [match.start() for match in re.finditer(" ", self.form)]

    def word_at(self, character: int) -> int:
        return bisect_right(self._spaces, character)

    def passes(self, test: _Test, lang: str | None) -> bool:
        hits = self.beyond_guards(test)
        if test.counting(lang).isdisjoint(hits) and not any(holds(rule, hits, self.word_at) for rule in test.rules):
            return False
        return not any(holds(rule, self.spans, self.word_at) for rule in test.unless)

    def beyond_guards(self, test: _Test) -> Mapping[int, Sequence[Span]]:
        """The terms outside the topic's guards: "demam" of "demam panggung" does not count where that is a guard."""
        if test.guards.isdisjoint(self.spans):
            return self.spans
        covered = _merge(span for guard in test.guards & self.spans.keys() for span in self.spans[guard])
        starts = [start for start, _ in covered]

        def free(span: Span) -> bool:
            before = bisect_right(starts, span[1]) - 1
            return before < 0 or covered[before][1] < span[0]

        near = {number: spans for number, spans in self.spans.items() if number in test.every}
        return {number: left for number, spans in near.items() if (left := [span for span in spans if free(span)])}

    def holding(self, rules: Sequence[Node], texts: Sequence[str], hits: Mapping[int, Sequence[Span]]) -> tuple[str, ...]:
        return tuple(text for rule, text in zip(rules, texts, strict=True) if holds(rule, hits, self.word_at))


def _merge(spans: Iterable[Span]) -> list[Span]:
    """Sorted spans with overlapping ones joined."""
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
