"""Where in a post the terms of a topic stand, so that a person sees why it was found."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import Final

from analytics.text.matching import Matching
from analytics.text.rules import Term, asked_for
from analytics.text.topic_file import Topic
from analytics.text.topics import TopicIndex

READ: Final = 4_000  #: letters of a post that are looked through
_WORD: Final = re.compile(r"[#＃]?\w+")

Span = tuple[int, int]  #: first letter and the one after the last, in the text as it was written


class Marker:
    """Finds the terms of one topic in texts as they were written."""

    def __init__(self, topic: Topic, beside: Sequence[Topic] = ()) -> None:
        everywhere = (topic, *beside)
        self._matching = Matching({found.words for each in everywhere for found in each.every if not found.open_start})
        self._index = TopicIndex.of((topic,), beside)
        self._own = topic.terms.union(*topic.only.values())
        self._rules = dict(zip(topic.entry.rules, topic.rules, strict=True))

    def spans(self, text: str, lang: str | None = None) -> list[Span]:
        """Stretches to mark, in order, without overlap: the topic's own terms and those of the rules that hold. A word of a hashtag
        marks the whole hashtag."""
        words: list[str] = []
        places: list[Span] = []
        for match in _WORD.finditer(text[:READ]):
            for word in self._matching.form(match[0], lang).split():
                words.append(word)
                places.append(match.span())
        joined, starts = _joined(words)
        found: list[Span] = []
        for term in self._terms(text[:READ], lang):
            found += [(places[first][0], places[last][1]) for first, last in _stands(term, joined, starts)]
        return _apart(found)

    def _terms(self, text: str, lang: str | None) -> frozenset[Term]:
        held = [self._rules[rule] for one in self._index.explain(text, lang) for rule in one.rules]
        return self._own.union(*(asked_for(rule) for rule in held))


def _joined(words: Sequence[str]) -> tuple[str, list[int]]:
    """The words between single spaces, and where each begins."""
    starts, at = [], 1
    for word in words:
        starts.append(at)
        at += len(word) + 1
    return f" {' '.join(words)} ", starts


def _stands(term: Term, joined: str, starts: Sequence[int]) -> Iterable[tuple[int, int]]:
    """First and last word of each place where the term occurs."""
    at = joined.find(term.key)
    while at >= 0:
        begin = at if term.open_start else at + 1
        end = begin + len(term.words) - 1
        yield _word_of(begin, starts), _word_of(end, starts)
        at = joined.find(term.key, at + 1)


def _word_of(letter: int, starts: Sequence[int]) -> int:
    return bisect_right(starts, letter) - 1


def _apart(spans: Iterable[Span]) -> list[Span]:
    """Sorted, with those that touch one another joined."""
    apart: list[Span] = []
    for start, end in sorted(spans):
        if apart and start < apart[-1][1]:
            apart[-1] = (apart[-1][0], max(end, apart[-1][1]))
        else:
            apart.append((start, end))
    return apart
