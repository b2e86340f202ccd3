"""Finds terms in texts brought to their normal form, without writing the form: each different word is worked out once and remembered.

The automaton (Aho and Corasick 1975, doi 10.1145/360825.360855) reads the normal form of a word, letter by letter, once: most words leave
it where it was and end no term, and are passed in one step from then on.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from analytics.text.codes import LETTER, WORD, Block, Kinds, Places, Written, kinds
from analytics.text.features import word_hashes
from analytics.text.matching import Matching
from analytics.text.word_table import LONGEST_WORD, Hashes, Numbers, WordTable

_MOST_WORDS = 60_000  # remembered, as in a vocabulary; when there are more, all are forgotten
#: Between these are the signs that combine with letters; to ask of every code point takes longer.
_COMBINING = (
    (0x300, 0x1E00), (0x20D0, 0x3100), (0xA66F, 0xAC00), (0xFB1E, 0xFE30), (0x101FD, 0x11FFF), (0x16AF0, 0x17000), (0x1BC90, 0x1BCA0),
    (0x1CF00, 0x1D250), (0x1DA00, 0x1EA00),
)  # fmt: skip
_NOTHING = _ENDS = -1
_NEW = -2
_SPREAD, _HALF = np.uint64(0x9E3779B97F4A7C15), np.uint64(32)
_SPACE, _OF_LETTER = 32, np.uint64(21)  # bits that a letter takes in a step

Letters = NDArray[np.uint32]


@cache
def _form_kinds() -> Kinds:
    """LETTER for what a word of the normal form is made of: letters, digits and the signs that combine with them."""
    table = np.where(kinds() & WORD, LETTER, 0).astype(np.uint16)
    table[ord("_")] = 0
    for first, last in _COMBINING:
        table[list(map(ord, filter(unicodedata.combining, map(chr, range(first, last)))))] = LETTER
    return table


@dataclass(frozen=True, slots=True)
class Hits:
    """Terms found, text by text in the order of their ends: number of each (hits,), place of its last letter in the normal form (hits,),
    and where the hits of each text begin (texts + 1,). long: whether a text holds a word so long that it has to be read otherwise."""

    numbers: Numbers
    lasts: Places
    starts: Places
    long: NDArray[np.bool_]


class _Forms:
    """Normal forms by one list of slang, of the words that texts of that list held.

    letters[begins[word]:ends[word]]: the form of a word; after (words, 2): the state after it and a space, had the automaton read a space
    before, and how many letters these are; `_ENDS` where a term ends within, `_NEW` for a word that was not met.
    """

    def __init__(self, listed: Hashes) -> None:
        self.listed = listed  #: hashes of the words of the list, ascending
        self.begins, self.ends = np.zeros(0, np.int64), np.zeros(0, np.int64)
        self.after = np.zeros((0, 2), np.int32)
        self.letters, self._used = np.zeros(0, np.uint32), 0

    def make_room(self, words: int) -> None:
        """For so many words, and once there is too little, for twice what there was."""
        if words > len(self.after):
            more = max(words, 2 * len(self.after)) - len(self.after)
            self.begins, self.ends = np.pad(self.begins, (0, more)), np.pad(self.ends, (0, more))
            self.after = np.pad(self.after, ((0, more), (0, 0)), constant_values=_NEW)

    def add(self, words: Numbers, sizes: Places, letters: Letters) -> None:
        """The forms of some words, one after the other."""
        if self._used + len(letters) > len(self.letters):
            self.letters = np.pad(self.letters, (0, len(letters) + len(self.letters)))
        self.letters[self._used : self._used + len(letters)] = letters
        self.ends[words] = np.cumsum(sizes) + self._used
        self.begins[words] = self.ends[words] - sizes
        self._used += len(letters)


class TermScanner:
    """Looks for `keys` (see `Term.key`) in texts in the normal form that `matching` brings them to."""

    def __init__(self, keys: Sequence[str], matching: Matching) -> None:
        self._matching = matching
        self._automaton = _built(keys)
        self._forget()

    def _forget(self) -> None:
        self._table = WordTable(np.zeros(0, np.uint64), _form_kinds(), shorten=False)
        self._forms: dict[str, _Forms] = {}

    def scan(self, read: Written, rows_of: Mapping[str, Places]) -> Iterator[tuple[Places, Hits]]:
        """Texts in lower case that go by each list of slang, and the hits in them. rows_of: the texts that do."""
        if self._table.size > _MOST_WORDS:
            self._forget()
        ids, counts = self._table.cut(Block(read.first, read.codes, read.starts, np.zeros(len(read.starts) - 1, np.int64)))
        starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)])
        too_long = np.diff(self._table.ends[: self._table.size + 1])[ids] == LONGEST_WORD
        long = np.zeros(len(counts), np.bool_)
        long[np.searchsorted(starts, np.flatnonzero(too_long), "right") - 1] = True
        for slang, rows in rows_of.items():
            numbers, lasts, hits = self._scan(ids, starts, rows, self._learnt(slang, ids, starts, rows))
            yield rows, Hits(numbers, lasts, np.concatenate([np.zeros(1, np.int64), np.cumsum(hits)]), long[rows])

    def _scan(self, ids: Numbers, starts: Places, rows: Places, forms: _Forms) -> tuple[Numbers, Places, Places]:
        room, counts = 2 * len(ids) + 64, np.zeros(len(rows), np.int64)
        while True:
            numbers, lasts = np.empty(room, np.int32), np.empty(room, np.int64)
            of_words = (forms.begins, forms.ends, forms.letters, forms.after)
            done = _scan(ids, starts, rows, of_words, self._automaton, numbers, lasts, counts)
            if done >= 0:
                return numbers[:done], lasts[:done], counts
            room *= 4

    def _learnt(self, slang: str, ids: Numbers, starts: Places, rows: Places) -> _Forms:
        """The forms by a list of slang, those of all words of some texts among them."""
        forms = self._forms.get(slang)
        if forms is None:
            forms = self._forms[slang] = _Forms(np.sort(word_hashes([*self._matching.listed(slang)])))
        forms.make_room(self._table.size)
        table, new, as_they_are = self._table, np.empty(len(ids), np.int32), np.empty(len(ids), np.bool_)
        count = _new_words(ids, starts, rows, forms.after, table.hashes, table.ends, table.letters, forms.listed, new, as_they_are)
        if count:
            new, as_they_are = new[:count], as_they_are[:count]
            same, others = new[as_they_are], new[~as_they_are]
            words = self._matching.words(table.some(others), slang)
            some = np.concatenate([same, others])
            sizes = np.concatenate([table.ends[same + 1] - table.ends[same], np.fromiter(map(len, words), np.int64, len(words))])
            forms.add(some, sizes, np.concatenate([table.letters_of(same), _letters(words)]))
            _pass_through(new, forms.begins, forms.ends, forms.letters, self._automaton, forms.after)
        return forms


def _letters(texts: Sequence[str]) -> Letters:
    return np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), np.uint32)


def _built(keys: Sequence[str]) -> tuple[Any, ...]:
    """The automaton: hashed steps (see `_step`) and the state that each leads to, and for each state the one to fall back to, the term that
    ends there, and the next state down the fallbacks in which one ends (-1: none)."""
    ends, letters = np.cumsum([0, *map(len, keys)]), _letters(keys)
    slots = 1 << max(8, (2 * len(letters)).bit_length())
    steps, leads = np.zeros(slots, np.uint64), np.zeros(slots, np.int32)
    fallback, term, further = (np.full(len(letters) + 1, _NOTHING, np.int32) for _ in range(3))
    states = _build(ends, letters, steps, leads, fallback, term, further)
    return steps, leads, fallback[:states].copy(), term[:states].copy(), further[:states].copy()


@njit(cache=True, nogil=True)
def _step(state: int, letter: int) -> np.uint64:
    """A letter read in a state, as one number; never 0, because no text holds a NUL."""
    return np.uint64(state) << _OF_LETTER | np.uint64(letter)


@njit(cache=True, nogil=True)
def _slot(step: np.uint64, steps: Hashes) -> int:
    at = int((step * _SPREAD) >> _HALF) & (len(steps) - 1)
    while steps[at] != step and steps[at] != 0:
        at = (at + 1) & (len(steps) - 1)
    return at


@njit(cache=True, nogil=True)
def _next(state: int, letter: int, steps: Hashes, leads: Numbers, fallback: Numbers) -> int:
    """The state after one more letter."""
    while True:
        step = _step(state, letter)
        slot = _slot(step, steps)
        if steps[slot] == step:
            return int(leads[slot])
        if state == 0:
            return 0
        state = fallback[state]


@njit(cache=True, nogil=True)
def _build(ends: Places, letters: Letters, steps: Hashes, leads: Numbers, fallback: Numbers, term: Numbers, further: Numbers) -> int:
    """Write the arrays of `_built`, first the states of all keys, then letter by letter what they fall back to; returns how many."""
    states, longest = 1, 0
    fallback[0] = 0
    for key in range(len(ends) - 1):
        state = 0
        for at in range(ends[key], ends[key + 1]):
            step = _step(state, letters[at])
            slot = _slot(step, steps)
            if steps[slot] == 0:
                steps[slot], leads[slot] = step, states
                states += 1
            state = leads[slot]
        term[state] = key
        longest = max(longest, ends[key + 1] - ends[key])
    reached = np.zeros(len(ends) - 1, np.int64)  # the state of each key so far
    for depth in range(longest):  # a state falls back to one of less depth, which is ready by then
        for key in range(len(ends) - 1):
            at = ends[key] + depth
            if at >= ends[key + 1]:
                continue
            parent, state = reached[key], leads[_slot(_step(reached[key], letters[at]), steps)]
            if fallback[state] < 0:
                fallback[state] = _next(fallback[parent], letters[at], steps, leads, fallback) if parent else 0
                further[state] = fallback[state] if term[fallback[state]] >= 0 else further[fallback[state]]
            reached[key] = state
    return states


@njit(cache=True, nogil=True)
def _new_words(
    ids: Numbers,
    starts: Places,
    rows: Places,
    after: Numbers,
    hashes: Hashes,
    ends: Places,
    letters: Letters,
    listed: Hashes,
    new: Numbers,
    as_they_are: NDArray[np.bool_],
) -> int:
    """Write the words that were not met, each once, and which of them are their own normal form (see `Matching.listed`); tells how many."""
    count = 0
    for text in rows:
        for word in ids[starts[text] : starts[text + 1]]:
            if after[word, 0] != _NEW:
                continue
            after[word, 0] = _ENDS  # until it is worked out
            place, begin, end = int(np.searchsorted(listed, hashes[word])), ends[word], ends[word + 1]
            same = place == len(listed) or listed[place] != hashes[word]
            same &= not (end - begin > 3 and letters[end - 3] == 110 and letters[end - 2] == 121 and letters[end - 1] == 97)
            for at in range(begin, end):
                same &= letters[at] != 50 and not (at >= begin + 2 and letters[at] == letters[at - 1] and letters[at] == letters[at - 2])
            new[count], as_they_are[count] = word, same
            count += 1
    return count


@njit(cache=True, nogil=True)
def _pass_through(words: Numbers, begins: Places, ends: Places, letters: Letters, automaton: Any, after: Numbers) -> None:
    """What each of some words does to the automaton that has just read a space (see `_Forms.after`)."""
    steps, leads, fallback, term, further = automaton
    home = _next(0, _SPACE, steps, leads, fallback)
    for word in words:
        state, ended = home, False
        for at in range(begins[word], ends[word] + 1):
            state = _next(state, letters[at] if at < ends[word] else _SPACE, steps, leads, fallback)
            ended |= term[state] >= 0 or further[state] >= 0
        after[word] = _ENDS if ended else state, ends[word] - begins[word] + 1


@njit(cache=True, nogil=True)
def _scan(ids: Numbers, starts: Places, rows: Places, forms: Any, automaton: Any, numbers: Numbers, lasts: Places, counts: Places) -> int:
    """Write hits and how many each text of `rows` has; returns how many there are, or -1 where there is no room for them."""
    begins, ends, letters, after = forms
    steps, leads, fallback, term, further = automaton
    home = _next(0, _SPACE, steps, leads, fallback)
    out = 0
    for number in range(len(rows)):
        state, place, before = home, 0, out
        for at in range(starts[rows[number]], starts[rows[number] + 1]):
            word = ids[at]
            if state == home and after[word, 0] >= 0:  # most words; what they need lies together
                state = after[word, 0]
                place += after[word, 1]
                continue
            for letter in range(begins[word], ends[word] + 1):
                state = _next(state, letters[letter] if letter < ends[word] else _SPACE, steps, leads, fallback)
                place += 1
                ending = state if term[state] >= 0 else further[state]
                while ending >= 0:
                    if out == len(numbers):
                        return -1
                    numbers[out], lasts[out] = term[ending], place
                    out += 1
                    ending = further[ending]
        counts[number] = out - before
    return out
