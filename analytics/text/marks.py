"""Which texts hold a hashtag, a handle, a link and the like: one compiled pass, so that what rewrites texts is asked of few of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numba import njit
from numpy.typing import NDArray

from analytics.text.codes import ODD_CASE, STABLE, Codes, Kinds, Places, Written, kinds, spelt, written
from analytics.text.signs import after, lower

Marks = NDArray[np.uint8]

#: A hash sign; @; an opening square bracket; what may begin a link, in any case; a line break; letters beyond ASCII.
HASH, HANDLE, BRACKET, LINK, LINE, WIDE = 1, 2, 4, 8, 16, 32
#: Letters whose other case is within ASCII; letters that are not `STABLE`.
ODD, CHANGED = 64, 128
_LINKS = spelt(["http", "www.", "pic."])
_TOLD = np.zeros(128, np.uint8)  # what a letter of ASCII tells, or may tell
_TOLD[[ord(letter) for letter in "#@[\nhwpHWP"]] = [HASH, HANDLE, BRACKET, LINE, *[LINK] * 6]


def marks(texts: Sequence[str]) -> Marks:
    """The bits above for each text (texts,)."""
    found = np.zeros(len(texts), np.uint8)
    for some in written(texts):
        found[some.first : some.first + len(some.starts) - 1] = marks_of(some)
    return found


def marks_of(read: Written) -> Marks:
    """The same of texts that have been read."""
    found = np.zeros(len(read.starts) - 1, np.uint8)
    _look(read.codes, read.starts, kinds(), found)
    return found


def rows(marked: Marks, bits: int) -> list[int]:
    """The texts with any of some marks."""
    found: list[int] = np.flatnonzero(marked & bits).tolist()
    return found


@njit(cache=True, nogil=True)
def _look(codes: Codes, starts: Places, kind: Kinds, found: Marks) -> None:
    for text in range(len(found)):
        bits = 0
        for at in range(starts[text], starts[text + 1] - 1):
            code = codes[at]
            if code > 127:
                bits |= WIDE
                if code == 0xFF03:
                    bits |= HASH
                if kind[code] & ODD_CASE:
                    bits |= ODD
                if not kind[code] & STABLE:
                    bits |= CHANGED
            elif _TOLD[code] and (_TOLD[code] != LINK or (not bits & LINK and _begins_link(codes, at))):
                bits |= _TOLD[code]
        found[text] = bits


@njit(cache=True, nogil=True)
def _begins_link(codes: Codes, at: int) -> bool:
    """Whether one of `_LINKS` begins at `at`, in any case."""
    for link in _LINKS:  # noqa: SIM110  numba compiles no generators
        if lower(codes[at]) == link[0] and lower(codes[at + 1]) == link[1] and after(codes, at, link):
            return True
    return False
