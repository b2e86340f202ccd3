"""What terms found in texts decide by themselves, wherever they stand: topics that a text has, and those that have to be looked at closer.

One compiled pass over the numbers of terms. A topic is found where one of its own terms is and nothing casts doubt on it; it has to be
looked at where something does, or where of each group of terms that one of its rules needs one is there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

Numbers = NDArray[np.int32]
Places = NDArray[np.int64]
Groups = tuple[frozenset[int], ...]  #: of numbers of terms, of each of which a rule needs one
_OWN, _DOUBTED, _PASSES = 1, 2, 4


@dataclass(frozen=True, slots=True)
class Verdicts:
    """Of each text the topics that it has, and those to be looked at closer: found[found_starts[text]:found_starts[text + 1]] and so on."""

    found: Numbers
    found_starts: Places
    closer: Numbers
    closer_starts: Places


class Judge:
    """Built from the terms of topics: of each topic its own terms, those that cast doubt on it, and the groups that its rules need."""

    def __init__(
        self, terms: int, own: Sequence[frozenset[int]], doubts: Sequence[frozenset[int]], needs: Sequence[Sequence[Groups]]
    ) -> None:
        self._own, self._doubts = _by_term(terms, own), _by_term(terms, doubts)
        rules = [(topic, groups) for topic, its_rules in enumerate(needs) for groups in its_rules]
        self._groups = _by_term(terms, [group for _, groups in rules for group in groups])
        self._rule_of = np.repeat(np.arange(len(rules), dtype=np.int32), [len(groups) for _, groups in rules])
        self._needed = np.array([len(groups) for _, groups in rules], np.int32)
        self._topic_of = np.array([topic for topic, _ in rules], np.int32)
        self._topics = len(own)

    def __call__(self, numbers: Numbers, starts: Places) -> Verdicts:
        """Judge texts: numbers[starts[text]:starts[text + 1]] are the terms found in one, in any order and any number of times."""
        room, texts = 4 * len(numbers) + 64, len(starts) - 1
        found_starts, closer_starts = np.zeros(texts + 1, np.int64), np.zeros(texts + 1, np.int64)
        while True:
            found, closer = np.empty(room, np.int32), np.empty(room, np.int32)
            of_rules = (self._groups, self._rule_of, self._needed, self._topic_of)
            if _judge(numbers, starts, self._own, self._doubts, of_rules, self._topics, found, found_starts, closer, closer_starts):
                return Verdicts(found[: found_starts[-1]], found_starts, closer[: closer_starts[-1]], closer_starts)
            room *= 4


def _by_term(terms: int, sets: Iterable[frozenset[int]]) -> tuple[Places, Numbers]:
    """In which of some sets each term is: the places of the sets one after the other, and where those of each term begin."""
    pairs = np.array(sorted((term, place) for place, some in enumerate(sets) for term in some), np.int64).reshape(-1, 2)
    return np.searchsorted(pairs[:, 0], np.arange(terms + 1)), pairs[:, 1].astype(np.int32)


@njit(cache=True, nogil=True)
def _judge(
    numbers: Numbers, starts: Places, own: tuple[Places, Numbers], doubts: tuple[Places, Numbers],
    of_rules: tuple[tuple[Places, Numbers], Numbers, Numbers, Numbers], topics: int, found: Numbers, found_starts: Places, closer: Numbers,
    closer_starts: Places,
) -> bool:  # fmt: skip
    """Write what `Verdicts` holds; false where there was no room for it."""
    groups, rule_of, needed, topic_of = of_rules
    told = np.zeros(topics, np.uint8)  # bits of what is known of each topic
    met, touched = np.zeros(len(own[0]), np.int64), np.zeros(topics, np.int64)
    group_met, rule_met, there = np.zeros(len(rule_of), np.int64), np.zeros(len(needed), np.int64), np.zeros(len(needed), np.int32)
    for text in range(len(starts) - 1):
        count, now = 0, text + 1
        for number in numbers[starts[text] : starts[text + 1]]:
            if met[number] == now:
                continue
            met[number] = now
            for places, bit in ((own, _OWN), (doubts, _DOUBTED)):
                for topic in places[1][places[0][number] : places[0][number + 1]]:
                    count = _tell(told, topic, bit, touched, count)
            for group in groups[1][groups[0][number] : groups[0][number + 1]]:
                rule = rule_of[group]
                if rule_met[rule] != now:
                    rule_met[rule], there[rule] = now, 0
                if group_met[group] != now:
                    group_met[group] = now
                    there[rule] += 1
                    if there[rule] == needed[rule]:
                        count = _tell(told, topic_of[rule], _PASSES, touched, count)
        found_at, closer_at = found_starts[text], closer_starts[text]
        if found_at + count > len(found) or closer_at + count > len(closer):
            return False
        for topic in np.sort(touched[:count]):
            bits = told[topic]
            told[topic] = 0
            if bits & _OWN and not bits & _DOUBTED:
                found[found_at] = topic
                found_at += 1
            elif bits & (_OWN | _PASSES):
                closer[closer_at] = topic
                closer_at += 1
        found_starts[text + 1], closer_starts[text + 1] = found_at, closer_at
    return True


@njit(cache=True, nogil=True)
def _tell(told: NDArray[np.uint8], topic: int, bit: int, touched: Places, count: int) -> int:
    """Note a bit of a topic; returns how many topics something is known of."""
    if told[topic] == 0:
        touched[count] = topic
        count += 1
    told[topic] |= bit
    return count
