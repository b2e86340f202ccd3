"""Hashtags split into words: found by one compiled pass, each different one split once, and put back by another pass."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numba import njit
from numpy.typing import NDArray

from analytics.text.codes import WORD, Codes, Kinds, Places, Written, kinds, written_whole
from analytics.text.letters import copy

SHORTEST, LONGEST = 2, 100  #: letters of a hashtag: [#＃](\w{2,100})
_REMEMBERED = 20_000  # hashtags; when there are more, all are forgotten

Rows = NDArray[np.intp]


class TagSplitter:
    """Puts something else in place of hashtags, and remembers what."""

    def __init__(self, split: Callable[[str], str]) -> None:
        """split: what stands for a hashtag, told without its sign."""
        self._split = split
        self._known: dict[str, str] = {}

    def __call__(self, read: Written, rows: Rows) -> Written:
        """Some of the texts that have been read, with their hashtags split."""
        room = int((read.starts[rows + 1] - read.starts[rows]).sum()) // (SHORTEST + 1) + 1
        begins, ends, owners = (np.empty(room, np.int64) for _ in range(3))
        count = _find(read.codes, read.starts, kinds(), rows, begins, ends, owners)
        begins, ends, owners = begins[:count], ends[:count], owners[:count]
        tags = (read.codes[first:last].tobytes().decode("utf-32-le") for first, last in zip(begins.tolist(), ends.tolist(), strict=True))
        new = written_whole(list(map(self._of, tags)))
        codes = np.empty(int((read.starts[rows + 1] - read.starts[rows]).sum()) + len(new.codes), np.uint32)
        starts = np.zeros(len(rows) + 1, np.int64)
        size = _put(read.codes, read.starts, rows, begins, ends, owners, new.codes, new.starts, codes, starts)
        return Written(0, codes[:size], starts)

    def _of(self, tag: str) -> str:
        known = self._known.get(tag)
        if known is None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            known = self._known[tag] = self._split(tag)
        return known


@njit(cache=True, nogil=True)
def _find(codes: Codes, starts: Places, kind: Kinds, rows: Rows, begins: Places, ends: Places, owners: Places) -> int:
    """Write where the letters of hashtags begin and end, and in which of `rows`; returns how many there are."""
    out = 0
    for place in range(len(rows)):
        at, end = starts[rows[place]], starts[rows[place] + 1]
        while at < end:
            at += 1
            if codes[at - 1] != 35 and codes[at - 1] != 0xFF03:
                continue
            last = at
            while last < at + LONGEST and kind[codes[last]] & WORD:
                last += 1
            if last - at >= SHORTEST:
                begins[out], ends[out], owners[out] = at, last, place
                out, at = out + 1, last
    return out


@njit(cache=True, nogil=True)
def _put(
    codes: Codes, starts: Places, rows: Rows, begins: Places, ends: Places, owners: Places, new: Codes, new_starts: Places, out: Codes,
    out_starts: Places,
) -> int:  # fmt: skip
    """Copy the texts of `rows` with what is new in place of each hashtag and its sign; returns the letters written."""
    size, tag = 0, 0
    for place in range(len(rows)):
        out_starts[place] = size
        at, end = starts[rows[place]], starts[rows[place] + 1]
        while tag < len(owners) and owners[tag] == place:
            for some, first, last in ((codes, at, begins[tag] - 1), (new, new_starts[tag], new_starts[tag + 1] - 1)):
                copy(some[first:last], out[size : size + last - first])
                size += last - first
            at, tag = ends[tag], tag + 1
        copy(codes[at:end], out[size : size + end - at])
        size += end - at
    out_starts[len(rows)] = size
    return size
