"""Which texts hold a hashtag, a handle, a link and the like: one compiled pass, so that what rewrites texts is asked of few of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numba import njit
from numpy.typing import NDArray

from analytics.text.codes import Codes, Places, spelt, written
from analytics.text.signs import after, lower

Marks = NDArray[np.uint8]

#: A hash sign; @; an opening square bracket; what may begin a link, in any case; a line break; letters beyond ASCII.
HASH, HANDLE, BRACKET, LINK, LINE, WIDE = 1, 2, 4, 8, 16, 32
REWRITTEN = HASH | HANDLE | BRACKET | LINK  #: what matchers of terms take out of a text, or split
_LINKS = spelt(["http", "www.", "pic."])


def marks(texts: Sequence[str]) -> Marks:
    """The bits above for each text (texts,)."""
    found = np.zeros(len(texts), np.uint8)
    for some in written(texts):
        _look(some.codes, some.starts, found[some.first : some.first + len(some.starts) - 1])
    return found


def rows(marked: Marks, bits: int) -> list[int]:
    """The texts with any of some marks."""
    found: list[int] = np.flatnonzero(marked & bits).tolist()
    return found


@njit(cache=True, nogil=True)
def _look(codes: Codes, starts: Places, found: Marks) -> None:
    for text in range(len(found)):
        bits = 0
        for at in range(starts[text], starts[text + 1] - 1):
            code = codes[at]
            if code > 127:
                bits |= WIDE | HASH if code == 0xFF03 else WIDE
            elif code == 35:
                bits |= HASH
            elif code == 64:
                bits |= HANDLE
            elif code == 91:
                bits |= BRACKET
            elif code == 10:
                bits |= LINE
            elif not bits & LINK:
                small = lower(code)
                if small == 104 or small == 119 or small == 112:
                    for link in _LINKS:
                        if after(codes, at, link):
                            bits |= LINK
        found[text] = bits
