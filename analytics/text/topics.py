"""Which health topics a post speaks of: terms and Boolean rules of topics.toml, looked for in one pass (Aho and Corasick 1975).

A post has a topic when one of the topic's terms occurs outside the topic's guards (idioms such as *demam panggung*), or when one of
its rules holds; and none of its `unless` rules does. docs/topics.md tells how to write one.
"""

from __future__ import annotations

import hashlib
import json
import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import ahocorasick
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from analytics.text.codes import Written, written_whole
from analytics.text.letters import runs, sizes, small, spliced, spliced_in, without_links
from analytics.text.marks import CHANGED, HASH, ODD, Marks, marks_of, rows
from analytics.text.matching import Matching, form_version, slang_list
from analytics.text.normalise import READ_AT_MOST
from analytics.text.rules import Node, Span, Term, holds, replaced, required, terms_of
from analytics.text.tags import TagSplitter
from analytics.text.term_scan import TermScanner
from analytics.text.topic_file import Topic, load_topics
from analytics.text.topic_judge import Judge, Verdicts

#: The columns of the warehouse's `topics` table.
SCHEMA = pa.schema([(name, pa.string()) for name in ("topic", "name_id", "name_en", "grp", "description_id", "description_en")])


@dataclass(frozen=True, slots=True)
class Explained:
    """Why a text has, or just misses, a topic: what fired, what a guard covered, and which `unless` rule took it away."""

    topic: str
    matched: bool
    terms: tuple[str, ...]
    rules: tuple[str, ...]
    guarded: tuple[str, ...]
    excluded_by: tuple[str, ...]


class TopicIndex:
    """All topics, ready to be matched. Building takes well under a second for 10,000 terms; matching keeps but words it has met."""

    def __init__(self, topics_file: Path | None = None) -> None:
        """Read the shipped topics and those of `topics_file`, which add to them or replace a topic of the same code.

        Raises SettingsError with file, topic and column.
        """
        self._hold(load_topics(topics_file), ())

    @classmethod
    def of(cls, topics: Sequence[Topic], beside: Sequence[Topic] = ()) -> TopicIndex:
        """An index of these topics. `beside`: topics that are not looked for, but whose terms split hashtags as they would in an index
        of all of them."""
        index = cls.__new__(cls)
        index._hold(topics, beside)
        return index

    def _hold(self, topics: Sequence[Topic], beside: Sequence[Topic]) -> None:
        self.topics = tuple(topics)
        everywhere = (*self.topics, *beside)
        self._matching = Matching({found.words for topic in everywhere for found in topic.every if not found.open_start})
        self._split_tags = TagSplitter(self._split_tag)
        self._index()

    def _split_tag(self, tag: str) -> str:
        return self._matching.split_tag(tag)

    def _index(self) -> None:
        """Number the terms, and note what each does: it is a topic's own term, one that a rule needs, or casts doubt on it."""
        self._terms = sorted({found for topic in self.topics for found in topic.every})
        numbers = {found: number for number, found in enumerate(self._terms)}
        self._tests = tuple(_Test.of(topic, numbers) for topic in self.topics)
        of_tests = ([each.terms for each in self._tests], [each.doubts for each in self._tests], [each.needs for each in self._tests])
        self._judge = Judge(len(self._terms), *of_tests)
        self._scanner = TermScanner([found.key for found in self._terms], self._matching)
        self._reach = [((0 if found.open_end else 1), len(found.words) - 1) for found in self._terms]

    @cached_property
    def _automaton(self) -> Any:
        """For texts of which Python makes the normal form (Aho and Corasick 1975)."""
        automaton = ahocorasick.Automaton()
        for number, found in enumerate(self._terms):
            end = 0 if found.open_end else 1
            automaton.add_word(found.key, (number, end, end + len(found.words) - 1))
        automaton.make_automaton()
        return automaton

    @cached_property
    def version(self) -> str:
        """Twelve hexadecimal digits that change with what any topic looks for, and with the normal form."""
        content = {topic.code: topic.entry.deciding() for topic in self.topics}
        return hashlib.sha256(f"{form_version()}{json.dumps(content, sort_keys=True)}".encode()).hexdigest()[:12]

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
        langs = [None] * len(texts) if langs is None else langs
        found: list[list[str]] = []
        for some in runs(texts):
            read = written_whole(texts[some])
            found += self.match_in(texts[some], langs[some], read, without_links(read), marks_of(read))
        return found

    def match_in(self, texts: Sequence[str], langs: Sequence[str | None], read: Written, bare: Written, marked: Marks) -> list[list[str]]:
        """The same of texts that have been read. bare: the texts without links; marked: `marks` of the texts."""
        tagged = np.flatnonzero(marked & (HASH | ODD | CHANGED) == HASH)
        if len(tagged):
            bare = spliced_in(bare, tagged, without_links(self._split_tags(read, tagged)))
        rewritten = {row: self._matching.plain(texts[row]) for row in rows(marked, ODD | CHANGED)}
        odd = sizes(bare) > READ_AT_MOST
        for row, text in rewritten.items():
            odd[row] = len(text) > READ_AT_MOST or _is_odd(text)
        others = {row: text.lower() for row, text in rewritten.items()} | dict.fromkeys(np.flatnonzero(odd).tolist(), "")
        forms = small(spliced(bare, sorted(others), [others[row] for row in sorted(others)]))
        found: list[list[str]] = [[] for _ in range(len(texts))]
        for its_rows, hits in self._scanner.scan(forms, _rows_of_lists(langs)):
            odd[its_rows[hits.long]] = True
            for place, own, closer in self._told(self._judge(hits.numbers, hits.starts)):
                row = int(its_rows[place])
                found[row] = self._codes(own)
                if closer:
                    some = slice(hits.starts[place], hits.starts[place + 1])
                    found[row] = self._looked_closer(texts[row], langs[row], own, closer, hits.numbers[some], hits.lasts[some])
        for row in np.flatnonzero(odd).tolist():
            found[row] = self._match(texts[row], langs[row])
        return found

    def _match(self, text: str, lang: str | None) -> list[str]:
        hits = list(self._automaton.iter(self._matching.form(text, lang)))
        numbers = np.array([number for _, (number, _, _) in hits], np.int32)
        lasts = np.array([last for last, _ in hits], np.int64)
        for _, own, closer in self._told(self._judge(numbers, np.array([0, len(hits)]))):
            return self._looked_closer(text, lang, own, closer, numbers, lasts)
        return []

    def _told(self, verdicts: Verdicts) -> Iterator[tuple[int, list[int], list[int]]]:
        """The texts of which anything is told, with the topics that they have and those for which one has to look closer."""
        ends, closer_ends = verdicts.found_starts, verdicts.closer_starts
        for place in np.flatnonzero((ends[1:] > ends[:-1]) | (closer_ends[1:] > closer_ends[:-1])).tolist():
            own = verdicts.found[ends[place] : ends[place + 1]].tolist()
            yield place, own, verdicts.closer[closer_ends[place] : closer_ends[place + 1]].tolist()

    def _codes(self, positions: Iterable[int]) -> list[str]:
        return [self.topics[position].code for position in positions]

    def _looked_closer(
        self, text: str, lang: str | None, own: Sequence[int], closer: Sequence[int], numbers: NDArray[np.int32], lasts: NDArray[np.int64]
    ) -> list[str]:
        """The topics of a text in which terms of these numbers end at the letters `lasts` of its normal form."""
        spans = [(last, (number, *self._reach_of(number))) for last, number in zip(lasts.tolist(), numbers.tolist(), strict=True)]
        evidence = _Evidence(lambda: self._matching.form(text, lang), spans)
        return self._codes(sorted((*own, *(position for position in closer if evidence.passes(self._tests[position], lang)))))

    def _reach_of(self, number: int) -> tuple[int, int]:
        """How far before its last letter a hit of the term's key ends and begins, spaces around it left out."""
        end, last = self._reach[number]
        return end, end + last

    def explain(self, text: str, lang: str | None = None) -> list[Explained]:
        """For each topic of which a term occurs in the text: what fired, and whether it was enough."""
        form = self._matching.form(text, lang)
        evidence = _Evidence(lambda: form, list(self._automaton.iter(form)))
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


def _rows_of_lists(langs: Sequence[str | None]) -> dict[str, NDArray[np.intp]]:
    """The texts that each list of slang goes first for."""
    list_of = {lang: slang_list(lang) for lang in set(langs)}
    names = sorted(set(list_of.values()))
    number_of = {lang: names.index(slang) for lang, slang in list_of.items()}
    numbers = np.fromiter(map(number_of.__getitem__, langs), np.intp, len(langs))
    return {slang: np.flatnonzero(numbers == number) for number, slang in enumerate(names)}


def _is_odd(text: str) -> bool:
    """Whether small letters depend on their neighbours or are two."""
    return "İ" in text or "Σ" in text


@dataclass(frozen=True, slots=True)
class _Test:
    """A topic with its terms replaced by numbers.

    needs: of each rule (and of each set of `only` terms) the groups of which every one must occur;
    doubts: terms of guards and of `unless` rules.
    """

    terms: frozenset[int]
    only: Mapping[str, frozenset[int]]
    rules: tuple[Node, ...]
    guards: frozenset[int]
    unless: tuple[Node, ...]
    every: frozenset[int]
    of_rules: frozenset[int]
    needs: tuple[tuple[frozenset[int], ...], ...]
    doubts: frozenset[int]

    @classmethod
    def of(cls, topic: Topic, numbers: Mapping[Term, int]) -> _Test:
        def numbered(terms: Iterable[Term]) -> frozenset[int]:
            return frozenset(numbers[found] for found in terms)

        groups = [required(rule) or (frozenset(terms_of(rule)),) for rule in topic.rules] + [(terms,) for terms in topic.only.values()]
        return cls(
            terms=numbered(topic.terms),
            only={lang: numbered(topic.terms | terms) for lang, terms in topic.only.items()},
            rules=tuple(replaced(rule, numbers) for rule in topic.rules),
            guards=numbered(topic.guards),
            unless=tuple(replaced(rule, numbers) for rule in topic.unless),
            every=numbered(topic.every),
            of_rules=numbered(found for rule in topic.rules for found in terms_of(rule)),
            needs=tuple(tuple(numbered(group) for group in rule) for rule in groups),
            doubts=numbered((*topic.guards, *(found for rule in topic.unless for found in terms_of(rule)))),
        )

    def counting(self, lang: str | None) -> frozenset[int]:
        return self.only.get(lang, self.terms) if lang else self.terms


class _Evidence:
    """The terms found in one text, by number, and where."""

    def __init__(self, form: Callable[[], str], hits: Iterable[tuple[int, tuple[int, int, int]]]) -> None:
        """form: gives the normal form of the text; asked only where rules tell how many words lie between terms."""
        self._form = form
        self.spans: dict[int, list[Span]] = {}
        for last, (number, end, start) in hits:
            self.spans.setdefault(number, []).append((last - start, last - end))

    @cached_property
    def _spaces(self) -> list[int]:
        return [match.start() for match in re.finditer(" ", self._form())]

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
