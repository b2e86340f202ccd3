"""What terms decide by themselves is what sets say that are gone through one by one."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.text.topic_judge import Judge

TERMS = 9
some = st.frozensets(st.integers(0, TERMS - 1), max_size=4)
rule = st.lists(some.filter(bool), min_size=1, max_size=3).map(tuple)
topic = st.tuples(some, some, st.lists(rule, max_size=3).map(tuple))


@settings(max_examples=200, deadline=None)
@given(st.lists(topic, min_size=1, max_size=6), st.lists(st.lists(st.integers(0, TERMS - 1), max_size=12), max_size=5))
def test_topics_are_judged_as_one_by_one(
    topics: list[tuple[frozenset[int], frozenset[int], tuple[tuple[frozenset[int], ...], ...]]], texts: list[list[int]]
) -> None:
    own, doubts, needs = (list(each) for each in zip(*topics, strict=True))
    numbers, starts = np.array([term for text in texts for term in text], np.int32), np.cumsum([0, *map(len, texts)])
    told = Judge(TERMS, own, doubts, needs)(numbers, starts)
    for row, text in enumerate(texts):
        there = frozenset(text)
        has = [bool(terms & there) for terms in own]
        doubted = [bool(terms & there) for terms in doubts]
        passes = [any(all(group & there for group in groups) for groups in rules) for rules in needs]
        every = range(len(topics))
        found = told.found[told.found_starts[row] : told.found_starts[row + 1]].tolist()
        closer = told.closer[told.closer_starts[row] : told.closer_starts[row + 1]].tolist()
        assert found == [place for place in every if has[place] and not doubted[place]]
        assert closer == [place for place in every if (has[place] and doubted[place]) or (passes[place] and not has[place])]


def test_more_topics_than_terms_have_room() -> None:
    everywhere, none = [frozenset({0})] * 500, [frozenset[int]()] * 500
    told = Judge(1, everywhere, none, [()] * 500)(np.zeros(1, np.int32), np.array([0, 1]))
    assert told.found.tolist() == list(range(500))
    assert len(told.closer) == 0
