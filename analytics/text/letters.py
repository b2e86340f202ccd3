"""A batch of texts is read once: its letters in one array, from which compiled passes make the forms that matchers look through.

Few texts need more than these passes can do (letters whose form depends on their neighbours, hashtags that have to be split); those are
brought to their form by Python, and put back between the others by `spliced`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numba import njit
from numpy.typing import NDArray

from analytics.text.codes import SPACE, WORD, Block, Codes, Kinds, Places, Written, kinds, parts, spelt, stable, stripped, written_whole
from analytics.text.marks import BRACKET, CHANGED, HANDLE, LINK, Marks
from analytics.text.normalise import PLACEHOLDERS, READ_AT_MOST
from analytics.text.signs import after, after_as_written, lower

_PLACEHOLDERS = spelt([f"[{name}]" for name in PLACEHOLDERS])
_HTTP, _WWW, _PIC, _TWITTER = (spelt([start])[0] for start in ("http", "www.", "pic.", "pic.twitter.com/"))
_LAST_CASED = 0x180
_SMALL = np.array([ord(chr(code).lower()[0]) for code in range(_LAST_CASED)], np.uint32)
_SHORTEST, _LONGEST = 3, 12  # letters between the brackets of a placeholder or marker
_GIVEN, _SMALL_ALONE = 1, 2  # ways in which a text holds the beginning of a link: in some case; in small letters


def runs(texts: Sequence[str], at_most: int = 1 << 31) -> Iterator[slice]:
    """Texts that are read together, `at_most` of them, so that a batch of long ones stays within memory; once none where there are none."""
    for some in range(0, max(len(texts), 1), at_most):
        for first, last in parts(np.fromiter(map(len, texts[some : some + at_most]), np.int64)):
            yield slice(some + first, some + last)
    if not texts:
        yield slice(0, 0)


def sizes(read: Written) -> Places:
    """Letters of each text (texts,)."""
    return np.diff(read.starts) - 1


def spliced(read: Written, rows: Sequence[int], texts: Sequence[str]) -> Written:
    """The same with other texts in some rows, which go up."""
    if not rows:
        return read
    return spliced_in(read, np.array(rows, np.intp), written_whole(texts))


def spliced_in(read: Written, rows: NDArray[np.intp], new: Written) -> Written:
    """The same where these texts have been read, too."""
    starts = sizes(read) + 1
    starts[rows] = sizes(new) + 1
    starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(starts)])
    codes = np.empty(int(starts[-1]), np.uint32)
    _put_between(read.codes, read.starts, new.codes, new.starts, rows, codes, starts)
    return Written(read.first, codes, starts)


def small(read: Written) -> Written:
    """In lower case, which is that of Python for texts of which all letters are `STABLE`."""
    codes = np.empty(len(read.codes), np.uint32)
    _make_small(read.codes, _SMALL, codes)
    return Written(read.first, codes, read.starts)


def block(texts: Sequence[str], read: Written, marked: Marks) -> Block:
    """What `codes.blocks` gives for texts that have been read, up to `READ_AT_MOST` letters of each; marked: `marks` of them."""
    forms = np.flatnonzero((sizes(read) > READ_AT_MOST) | (marked & CHANGED > 0)).tolist()
    return stripped(small(spliced(read, forms, [stable(texts[row][:READ_AT_MOST]) for row in forms])))


def without_placeholders(read: Written, marked: Marks | None = None) -> Written:
    """What `normalise.without_placeholders` gives for each text; marked: `marks` of the texts, where somebody has them."""
    codes, starts = np.empty(len(read.codes), np.uint32), np.zeros(len(read.starts), np.int64)
    size = _leave_out_placeholders(read.codes, read.starts, _with(read, marked, BRACKET), codes, starts)
    return Written(read.first, codes[:size], starts)


def without_links(read: Written, marked: Marks | None = None) -> Written:
    """What `normalise.without_links` gives for each text in which no letter is `ODD_CASE`; marked: `marks` of the texts, or of what they
    were with placeholders, where somebody has them."""
    codes, starts = np.empty(len(read.codes), np.uint32), np.zeros(len(read.starts), np.int64)
    size = _leave_out_links(read.codes, read.starts, _with(read, marked, HANDLE | BRACKET | LINK), kinds(), codes, starts)
    return Written(read.first, codes[:size], starts)


def _with(read: Written, marked: Marks | None, bits: int) -> NDArray[np.bool_]:
    """Which texts may have any of some marks (texts,)."""
    return np.ones(len(read.starts) - 1, np.bool_) if marked is None else marked & bits > 0


@njit(cache=True, nogil=True)
def copy(letters: Codes, to: Codes) -> None:
    """Copy letters to as many places: a third of the time of an assignment, before which numba asks whether both overlap."""
    for at in range(len(to)):
        to[at] = letters[at]


@njit(cache=True, nogil=True)
def _put_between(codes: Codes, starts: Places, new: Codes, new_starts: Places, rows: Places, out: Codes, out_starts: Places) -> None:
    """Copy texts to `out`, those of `rows` from `new`, and what lies between them at one go."""
    row = 0
    for place in range(len(rows) + 1):
        last = rows[place] if place < len(rows) else len(starts) - 1
        copy(codes[starts[row] : starts[last]], out[out_starts[row] : out_starts[last]])
        if place < len(rows):
            copy(new[new_starts[place] : new_starts[place + 1]], out[out_starts[last] : out_starts[last + 1]])
        row = last + 1


@njit(cache=True, nogil=True)
def _make_small(codes: Codes, table: Codes, out: Codes) -> None:
    for at in range(len(codes)):
        code = codes[at]
        out[at] = table[code] if code < _LAST_CASED else code


@njit(cache=True, nogil=True)
def _leave_out_placeholders(codes: Codes, starts: Places, may: NDArray[np.bool_], out: Codes, out_starts: Places) -> int:
    """Copy texts with a space in place of each placeholder, of those that may hold any; returns the letters written."""
    size = 0
    for text in range(len(starts) - 1):
        out_starts[text] = size
        at = starts[text]
        if not may[text]:
            copy(codes[at : starts[text + 1]], out[size : size + starts[text + 1] - at])
            size += starts[text + 1] - at
            continue
        while at < starts[text + 1]:
            end = 0
            if codes[at] == 91:
                for placeholder in _PLACEHOLDERS:
                    if not end:
                        end = after_as_written(codes, at, placeholder)
            out[size] = 32 if end else codes[at]
            size, at = size + 1, end if end else at + 1
    out_starts[len(starts) - 1] = size
    return size


@njit(cache=True, nogil=True)
def _leave_out_links(codes: Codes, starts: Places, may: NDArray[np.bool_], kind: Kinds, out: Codes, out_starts: Places) -> int:
    """Copy texts with a space in place of each link, handle and word in square brackets, of those that may hold any; returns the letters
    written."""
    size = 0
    for text in range(len(starts) - 1):
        out_starts[text] = size
        at, end = starts[text], starts[text + 1]
        links, others = _ways_of_links(codes, at, end) if may[text] else (0, False)
        if not others and not links & _SMALL_ALONE:  # as `normalise.without_links` asks
            links = 0
        if not links and not others:
            copy(codes[at:end], out[size : size + end - at])
            size += end - at
            continue
        before = np.uint32(0)
        while at < end:
            code, found = codes[at], 0
            if code == 64:
                found = 0 if kind[before] & WORD else _after_handle(codes, kind, at)
            elif code == 91:
                found = _after_bracket(codes, at)
            elif links:
                found = _after_link(codes, kind, at)
            out[size] = 32 if found else code
            size, at = size + 1, found if found else at + 1
            before = codes[at - 1]
    out_starts[len(starts) - 1] = size
    return size


@njit(cache=True, nogil=True)
def _ways_of_links(codes: Codes, at: int, end: int) -> tuple[int, bool]:
    """How a text holds the beginning of a link, and whether there is a handle's sign or a bracket in it."""
    ways, others = 0, False
    for place in range(at, end):
        code = codes[place]
        if code == 64 or code == 91:
            others = True
        small = lower(code)
        if (small == 104 and after(codes, place, _HTTP)) or (
            (small == 119 or small == 112) and (after(codes, place, _WWW) or after(codes, place, _PIC))
        ):
            ways |= _GIVEN
            if after_as_written(codes, place, _HTTP) or after_as_written(codes, place, _WWW) or after_as_written(codes, place, _PIC):
                ways |= _SMALL_ALONE
    return ways, others


@njit(cache=True, nogil=True)
def _after_handle(codes: Codes, kind: Kinds, at: int) -> int:
    """The end of the handle whose @ is at `at`, else 0."""
    end = at + 1
    while kind[codes[end]] & WORD:
        end += 1
    return end if end > at + 1 else 0


@njit(cache=True, nogil=True)
def _after_bracket(codes: Codes, at: int) -> int:
    """The end of a few letters and hyphens in square brackets, else 0."""
    end = at + 1
    while codes[end] == 45 or 97 <= lower(codes[end]) <= 122:
        end += 1
    return end + 1 if codes[end] == 93 and _SHORTEST <= end - at - 1 <= _LONGEST else 0


@njit(cache=True, nogil=True)
def _after_link(codes: Codes, kind: Kinds, at: int) -> int:
    """The end of a link that begins at `at` in any case, else 0: (https?://|www\\.|pic\\.twitter\\.com/)\\S+"""
    small, start = lower(codes[at]), 0
    if small == 104:
        start = after(codes, at, _HTTP)
        if start:
            start += lower(codes[start]) == 115
            start = start + 3 if codes[start] == 58 and codes[start + 1] == 47 and codes[start + 2] == 47 else 0
    elif small == 119:
        start = after(codes, at, _WWW)
    elif small == 112:
        start = after(codes, at, _TWITTER)
    end = start
    while end and codes[end] != 0 and not kind[codes[end]] & SPACE:
        end += 1
    return end if end > start else 0
