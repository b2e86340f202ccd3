"""Topic files: what stands in them, how they are checked, and the terms and rules read from them.

A file is TOML with one table a topic; docs/topics.md tells how to write one. Trouble is a SettingsError that names file, topic, key and
column.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from analytics.text.rules import Node, RuleError, Term, parse, term, terms_of
from warehouse.errors import SettingsError
from warehouse.settings import explain

SHIPPED = Path(__file__).parents[1] / "topics.toml"
LARGEST_FILE = 20_000_000  #: bytes
MOST_TOPICS = 5_000
MOST_TERMS = 250_000  #: over all topics
CODE = re.compile(r"[a-z0-9][a-z0-9_-]{0,40}")


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
    yes: list[str] = Field(default_factory=list)  #: examples that the topic must find
    no: list[str] = Field(default_factory=list)  #: examples that it must leave alone
    enabled: bool = True  #: a topic that is switched off labels nothing

    def deciding(self) -> dict[str, Any]:
        """What decides which posts have the topic: a new name or example makes no label stale."""
        return self.model_dump(include={"terms", "only", "rules", "guards", "unless"})


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


@cache
def shipped() -> Mapping[str, TopicEntry]:
    """The topics that come with the program."""
    return read_topics(SHIPPED)


def load_topics(topics_file: Path | None) -> tuple[Topic, ...]:
    """The shipped topics and those of `topics_file`, which add to them or replace a topic of the same code; raises SettingsError.

    Topics that the file switches off are left out.
    """
    return _joined({} if topics_file is None else read_topics(topics_file, shipped()), topics_file)


def topics_with(text: str, topics_file: Path) -> tuple[Topic, ...]:
    """What `load_topics` would give if `text` stood in the file; raises the same errors."""
    return _joined(parse_topics(text, topics_file, shipped()), topics_file)


def _joined(own: Mapping[str, TopicEntry], topics_file: Path | None) -> tuple[Topic, ...]:
    entries = {code: (entry, SHIPPED.name) for code, entry in shipped().items()}
    if topics_file is not None:
        entries |= {code: (entry, topics_file.name) for code, entry in own.items()}
    if len(entries) > MOST_TOPICS:
        raise SettingsError(f"{topics_file}: {len(entries):,} topics; {MOST_TOPICS:,} is the most")
    written = sum(_written(entry) for entry, _ in entries.values())
    if written > MOST_TERMS:
        raise SettingsError(f"{topics_file}: {written:,} terms over all topics; {MOST_TERMS:,} is the most")
    topics = [compiled(code, entry, f"{name}: [{code}]") for code, (entry, name) in entries.items()]
    return tuple(topic for topic in topics if topic.entry.enabled)


def read_topics(path: Path, base: Mapping[str, TopicEntry] | None = None) -> dict[str, TopicEntry]:
    """Read a topic file; raises SettingsError naming file, topic, key and what to do. See `parse_topics` for `base`."""
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise SettingsError(f"{path}: {path.stat().st_size:,} bytes; a topic file may hold {LARGEST_FILE:,} at most")
        text = path.read_text("utf-8")
    except FileNotFoundError:
        raise SettingsError(f"{path}: no such file; see [enrich] topics_file in config.toml") from None
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path}: not TOML: {error}") from None
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read: {error.strerror}") from None
    return parse_topics(text, path, base)


def parse_topics(text: str, path: Path, base: Mapping[str, TopicEntry] | None = None) -> dict[str, TopicEntry]:
    """The topics that stand in `text`, which is or will be the file `path`.

    A table that holds nothing but `enabled` switches the topic of that code in `base` off or on and leaves it otherwise as it is.
    """
    try:
        tables = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise SettingsError(f"{path}: not TOML: {error}") from None
    return {code: _entry(path, code, table, (base or {}).get(code)) for code, table in tables.items()}


def _entry(path: Path, code: str, table: Any, base: TopicEntry | None) -> TopicEntry:
    if not CODE.fullmatch(code):
        raise SettingsError(f"{path.name}: [{code[:60]}]: not a topic code; use up to 41 lower-case letters, digits, - and _")
    if base is not None and isinstance(table, dict) and table.keys() == {"enabled"}:
        table = base.model_dump() | table
    try:
        return TopicEntry.model_validate(table)
    except ValidationError as error:
        raise SettingsError(explain(error, f"{path.name}: [{code}]")) from None


def compiled(code: str, entry: TopicEntry, where: str) -> Topic:
    """The topic with its terms and rules read; raises SettingsError that begins with `where`."""
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


def _written(entry: TopicEntry) -> int:
    lists = (*entry.terms.values(), *entry.only.values(), entry.guards)
    return sum(map(len, lists)) + sum(text.count(" ") + 1 for text in (*entry.rules, *entry.unless))
