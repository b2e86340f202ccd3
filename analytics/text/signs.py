"""Which texts may hold something to redact: one compiled pass over the letters in place of a dozen searches in each text.

It only says where redact.py has to look; whatever it lets pass holds none of the signs without which no pattern there matches.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numba import njit
from numpy.typing import NDArray

from analytics.text.codes import BRACKET, DIGIT, ODD_CASE, SPACE, UNSEEN, WORD, Codes, Kinds, Places, Written, kinds, spelt, written

Signs = NDArray[np.uint8]

#: A sign of an address (@, "(at", " dot "); six digits close together; a road, RT or the like; letters that have to be looked through.
AT, MANY_DIGITS, STREET, DISGUISED = 1, 2, 4, 8
CLOSE = 3  #: most signs between two digits of one number

_ROADS = spelt("jalan jl jln gang gg perumahan perum komplek kompleks komp dusun kampung kp lorong lrg".split())
_DOT = spelt([" dot "])[0]
_TELLING = np.zeros(128, np.bool_)  # letters of ASCII that may be a sign, or begin one
_TELLING[[ord(letter) for letter in "0123456789@ ([{<jgpkdrlJGPKDRL"]] = True


def signs(texts: Sequence[str]) -> Signs:
    """The bits above for each text (texts,); `STREET` only beside a digit."""
    found = np.zeros(len(texts), np.uint8)
    for some in written(texts):
        found[some.first : some.first + len(some.starts) - 1] = signs_of(some)
    return found


def signs_of(read: Written) -> Signs:
    """The same of texts that have been read."""
    found = np.zeros(len(read.starts) - 1, np.uint8)
    _look(read.codes, read.starts, kinds(), found)
    return found


@njit(cache=True, nogil=True)
def lower(code: int) -> int:
    """A code point with an ASCII capital made small."""
    return code + 32 if 65 <= code <= 90 else code


@njit(cache=True, nogil=True)
def after(codes: Codes, at: int, word: Codes) -> int:
    """The end of `word`, which is small, where it stands at `at` in any case, else 0; the NUL that closes a text is in no word."""
    for letter in word:
        if letter == 0:
            return at
        if lower(codes[at]) != letter:
            return 0
        at += 1
    return at


@njit(cache=True, nogil=True)
def after_as_written(codes: Codes, at: int, word: Codes) -> int:
    """The end of `word` where it stands at `at`, else 0."""
    for letter in word:
        if letter == 0:
            return at
        if codes[at] != letter:
            return 0
        at += 1
    return at


@njit(cache=True, nogil=True)
def after_any(codes: Codes, at: int, words: NDArray[np.uint32]) -> int:
    """The end of the first of `words` (a row each) that stands at `at` in any case, else 0."""
    small = lower(codes[at])
    for row in range(len(words)):
        end = after(codes, at, words[row]) if words[row, 0] == small else 0
        if end:
            return end
    return 0


@njit(cache=True, nogil=True)
def _opens_at(codes: Codes, at: int) -> bool:
    """Whether (at, [at, {at, <at, ( at or [ at begins at a bracket."""
    code, at = codes[at], at + 1
    if (code == 40 or code == 91) and codes[at] == 32:
        at += 1
    return lower(codes[at]) == 97 and lower(codes[at + 1]) == 116


@njit(cache=True, nogil=True)
def _begins_word(codes: Codes, kind: Kinds, place: int, at: int) -> bool:
    """Whether a letter is the first of a word, in a text that begins at `at`."""
    return place == at or not kind[codes[place - 1]] & WORD


@njit(cache=True, nogil=True)
def _is_road(codes: Codes, kind: Kinds, at: int, roads: NDArray[np.uint32]) -> bool:
    """Whether a word for a road, or RT with its number, begins at `at`, which begins a word."""
    if lower(codes[at]) == 114:  # r
        return lower(codes[at + 1]) == 116 and (not kind[codes[at + 2]] & WORD or kind[codes[at + 2]] & DIGIT != 0)
    small = lower(codes[at])
    for row in range(len(roads)):
        end = after(codes, at, roads[row]) if roads[row, 0] == small else 0
        if end and (codes[end] == 46 or kind[codes[end]] & SPACE):
            return True
    return False


@njit(cache=True, nogil=True)
def _look_at(codes: Codes, kind: Kinds, at: int, end: int, roads: NDArray[np.uint32]) -> int:
    """The signs of one text, codes[at:end]."""
    found, digits, last = 0, 0, at - CLOSE - 2
    any_digit = False
    for place in range(at, end):
        code = codes[place]
        if code < 128 and not _TELLING[code]:  # most
            continue
        bits = kind[code]
        if bits & DIGIT:
            any_digit = True
            digits = digits + 1 if place - last <= CLOSE + 1 else 1
            last = place
            if digits == 6:
                found |= MANY_DIGITS
        if bits & (UNSEEN | ODD_CASE) or (code > 127 and (bits & DIGIT or code == 0xFF20 or code == 0xFE6B)):
            found |= DISGUISED
        elif code == 64 or (code == 32 and after(codes, place, _DOT)) or (bits & BRACKET and _opens_at(codes, place)):
            found |= AT
        elif bits & WORD and not found & STREET and _begins_word(codes, kind, place, at) and _is_road(codes, kind, place, roads):
            found |= STREET
    return found if any_digit else found & ~STREET


@njit(cache=True, nogil=True)
def _look(codes: Codes, starts: Places, kind: Kinds, found: Signs) -> None:
    for text in range(len(found)):
        found[text] = _look_at(codes, kind, starts[text], starts[text + 1] - 1, _ROADS)
