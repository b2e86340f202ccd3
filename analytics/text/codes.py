"""A batch of texts as code points: one array for all of them, and compiled passes over it. Everything here is linear in the letters.

Reading a text letter by letter in Python costs more than all that is done with the letters. So a batch is brought to lower case and
NFKC, joined, and encoded once; `strip` then takes out of it what is no text (links, handles, placeholders, HTML entities), and other
modules cut it into words or hash it. numba compiles the passes on first use and keeps them beside the module (see warm.py).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numba import njit
from numpy.typing import NDArray

from analytics.text.normalise import DATA_MARKERS, PLACEHOLDERS

Codes = NDArray[np.uint32]
Kinds = NDArray[np.uint16]
Places = NDArray[np.int64]

BLOCK = 400_000  #: letters of the texts that are read at once, so that a batch of long texts stays within memory

# What a code point is, as bits. The first seven make words (see `normalise.split_words`), the next three are the classes of `re`; what
# is no text begins with one of the last.
LETTER, DIGIT, HAN, MARK, STOP, PICTURE, JOINS_NUMBER, ALPHA, WORD, SPACE, OPENS = (1 << bit for bit in range(11))
#: What disguises letters and digits; letters beyond ASCII whose other case is within it; signs after which no number begins; brackets.
UNSEEN, ODD_CASE, BINDS, BRACKET = 1 << 11, 1 << 12, 1 << 13, 1 << 14
#: A text of such code points alone is its own NFKC, and its lower case is that of each for itself (see `letters.small`).
STABLE = 1 << 15

#: Letters with the combining signs of Indic, Thai and Arabic script: first and last of each range.
_LETTERS = (
    (0x61, 0x7A), (0xAA, 0xAA), (0xB5, 0xB5), (0xBA, 0xBA), (0xC0, 0xD6), (0xD8, 0xF6), (0xF8, 0x60B), (0x60D, 0x61A), (0x620, 0x65F),
    (0x66E, 0x963), (0x966, 0x1FFF), (0x2C00, 0x2DFF), (0x3105, 0x312F), (0xA000, 0xFDFF), (0x10000, 0x1EFFF), (0x20000, 0xFFFFF),
)  # fmt: skip
_HANS = ((0x3040, 0x30FF), (0x3400, 0x9FFF))
_PICTURES = ((0x2190, 0x2BFF), (0x3030, 0x303D), (0x1F000, 0x1FAFF))
#: Soft hyphens, zero-width and direction marks, the frame of a keycap emoji.
_UNSEEN = (
    (0xAD, 0xAD), (0x180E, 0x180E), (0x200B, 0x200F), (0x2060, 0x2064), (0xFEFF, 0xFEFF), (0x20E3, 0x20E3),
)  # fmt: skip


#: Many of those of which this is true, by no means all: Latin letters, punctuation, symbols, kana, han, emoji.
_STABLE = (
    (0x01, 0x7F), (0xA1, 0xA7), (0xA9, 0xA9), (0xAB, 0xAE), (0xB0, 0xB1), (0xB6, 0xB7), (0xBB, 0xBB), (0xBF, 0x12F), (0x134, 0x13E),
    (0x141, 0x148), (0x14A, 0x17E), (0x200B, 0x2010), (0x2012, 0x2016), (0x2018, 0x2023), (0x2030, 0x2032), (0x20A0, 0x20A7),
    (0x20A9, 0x20BF), (0x2190, 0x222B), (0x2231, 0x2328), (0x2500, 0x2A0B), (0x2B00, 0x2B73), (0x3001, 0x3029), (0x3041, 0x3096),
    (0x30A1, 0x30FA), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xFE0F, 0xFE0F), (0x1F1E6, 0x1F1FF), (0x1F300, 0x1F6D7), (0x1F900, 0x1FA53),
)  # fmt: skip
_LAST_LETTER = 0x40000  # no script is beyond


@cache
def kinds() -> Kinds:
    """The bits of each code point (0x110000,)."""
    table = np.zeros(0x110000, np.uint16)
    for bit, ranges in ((LETTER, _LETTERS), (HAN, _HANS), (PICTURE, _PICTURES), (UNSEEN, _UNSEEN), (STABLE, _STABLE)):
        for first, last in ranges:
            table[first : last + 1] |= bit
    for bit, characters in (
        (MARK, "!?"),
        (STOP, '.,;:()"'),
        (JOINS_NUMBER, ".,:/"),
        (OPENS, "@&[hwp"),
        (BINDS, "_.,/:+°-"),
        (BRACKET, "([{<"),
        (ODD_CASE, "\u0130\u0131\u017f\u212a\u212b"),
    ):
        table[[ord(character) for character in characters]] |= bit
    every, some = np.arange(_LAST_LETTER, dtype="<u4").view("<U1"), table[:_LAST_LETTER]
    some[np.strings.isdecimal(every)] |= DIGIT
    some[np.strings.isalpha(every)] |= ALPHA
    some[np.strings.isalnum(every)] |= WORD | BINDS
    some[np.strings.isspace(every)] |= SPACE
    table[ord("_")] |= WORD
    return table


@dataclass(frozen=True, slots=True)
class Block:
    """Some texts of a batch, without what is no text.

    codes: code points of all of them, one after the other; starts: where each begins (one more at the end); said: where that begins
    which is the writer's own, after a leading "rt @name:", or -1 where this cannot be told from `codes`.
    """

    first: int
    codes: Codes
    starts: Places
    said: Places


@dataclass(frozen=True, slots=True)
class Written:
    """Some texts of a batch as they were written: text `row` is codes[starts[row]:starts[row + 1] - 1], and a NUL closes it."""

    first: int
    codes: Codes
    starts: Places


def written(texts: Sequence[str]) -> Iterator[Written]:
    """Read whole texts in blocks; a NUL within a text becomes \\x01, which to all that reads it is the same."""
    for first, last in parts(np.fromiter(map(len, texts), np.int64, len(texts))):
        yield written_whole(texts[first:last], first)


def written_whole(texts: Sequence[str], first: int = 0) -> Written:
    """The same of all texts at once; `first` is the number of the first of them."""
    joined = "\x00".join(texts) + "\x00" if texts else ""
    if joined.count("\x00") != len(texts):
        joined = "\x00".join([text.replace("\x00", "\x01") for text in texts]) + "\x00"
    starts = np.zeros(len(texts) + 1, np.int64)
    np.cumsum(np.fromiter(map(len, texts), np.int64, len(texts)) + 1, out=starts[1:])
    codes = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), np.uint32).copy()  # compiled passes for arrays that may be written
    return Written(first, codes, starts)


def blocks(texts: Sequence[str], at_most: int) -> Iterator[Block]:
    """Read texts in blocks, up to `at_most` letters of each."""
    for first, last in parts(np.minimum(np.fromiter(map(len, texts), np.int64, len(texts)), at_most)):
        yield stripped(written_whole([stable(text[:at_most]) for text in texts[first:last]], first))


def parts(sizes: Places) -> Iterator[tuple[int, int]]:
    """Runs of texts with at most `BLOCK` letters together, or one longer text alone."""
    first, ends = 0, np.cumsum(sizes)
    while first < len(sizes):
        done = ends[first - 1] if first else 0
        last = max(first + 1, int(np.searchsorted(ends, done + BLOCK, "right")))
        yield first, last
        first = last


def stable(text: str) -> str:
    """A text in NFKC and lower case."""
    return text.lower() if text.isascii() else unicodedata.normalize("NFKC", text).lower()


def stripped(forms: Written) -> Block:
    """Texts that are `stable`, without what is no text."""
    starts, said = np.zeros(len(forms.starts), np.int64), np.zeros(len(forms.starts) - 1, np.int64)
    codes = np.empty(len(forms.codes), np.uint32)
    size = strip(forms.codes, kinds(), MARKERS, codes, starts, said)
    return Block(forms.first, codes[:size], starts, said)


def spelt(words: Sequence[str]) -> NDArray[np.uint32]:
    """Words as rows of code points, filled up with zeros."""
    return np.array(words, dtype=f"<U{max(map(len, words)) + 1}").view(np.uint32).reshape(len(words), -1)


MARKERS = spelt([f"[{name}]" for name in (*PLACEHOLDERS, *DATA_MARKERS)])
_MENTION = spelt(["[mention]"])[0]
_HTTP, _HTTPS, _WWW, _TWITTER = (spelt([start])[0] for start in ("http://", "https://", "www.", "pic.twitter.com/"))
_ENTITIES = spelt(["&amp;", "&lt;", "&gt;", "&quot;", "&nbsp;"])


@njit(cache=True, nogil=True)
def _after(codes: Codes, at: int, end: int, word: Codes) -> int:
    """The end of `word` where it stands at `at`, else 0."""
    for letter in word:
        if letter == 0:
            return at
        if at >= end or codes[at] != letter:
            return 0
        at += 1
    return at


@njit(cache=True, nogil=True)
def _after_link(codes: Codes, kind: Kinds, at: int, end: int) -> int:
    """The end of a link that begins at `at`, else 0: (https?://|www.|pic.twitter.com/)[^\\s<>"]+"""
    code, found = codes[at], 0
    if code == 104:  # h
        found = _after(codes, at, end, _HTTP)
        if not found:
            found = _after(codes, at, end, _HTTPS)
    elif code == 119:  # w
        found = _after(codes, at, end, _WWW)
    elif code == 112:  # p
        found = _after(codes, at, end, _TWITTER)
    start = found
    while found and found < end and not kind[codes[found]] & SPACE and codes[found] != 60 and codes[found] != 62 and codes[found] != 34:
        found += 1
    return found if found > start else 0


@njit(cache=True, nogil=True)
def _after_handle(codes: Codes, kind: Kinds, at: int, end: int) -> int:
    """The end of the handle whose @ is at `at`, else 0: @\\w+, up to a link."""
    found = at + 1
    while found < end and kind[codes[found]] & WORD and not _after_link(codes, kind, found, end):
        found += 1
    return found if found > at + 1 else 0


@njit(cache=True, nogil=True)
def _after_entity(codes: Codes, kind: Kinds, at: int, end: int) -> int:
    """The end of the HTML entity whose & is at `at`, else 0: &(amp|lt|gt|quot|nbsp|#\\d{1,6});"""
    for entity in _ENTITIES:
        found = _after(codes, at, end, entity)
        if found:
            return found
    if at + 1 >= end or codes[at + 1] != 35:
        return 0
    found = at + 2
    while found < end and found < at + 8 and kind[codes[found]] & DIGIT:
        found += 1
    return found + 1 if found > at + 2 and found < end and codes[found] == 59 else 0


@njit(cache=True, nogil=True)
def _after_mark(codes: Codes, kind: Kinds, markers: NDArray[np.uint32], at: int, end: int) -> int:
    """The end of the link, handle, placeholder or entity that begins at `at`, else 0."""
    code = codes[at]
    if code == 64:
        return _after_handle(codes, kind, at, end)
    if code == 38:
        return _after_entity(codes, kind, at, end)
    if code == 91:
        for marker in markers:
            found = _after(codes, at, end, marker)
            if found:
                return found
        return 0
    return _after_link(codes, kind, at, end)


@njit(cache=True, nogil=True)
def _after_repost(codes: Codes, kind: Kinds, at: int, end: int) -> int:
    """Where the writer's own text begins: after \\s*rt\\s+(@\\w+|[mention])\\s*:?\\s*, else at `at`."""
    here = at
    while here < end and kind[codes[here]] & SPACE:
        here += 1
    if here + 3 >= end or codes[here] != 114 or codes[here + 1] != 116 or not kind[codes[here + 2]] & SPACE:
        return at
    here += 2
    while here < end and kind[codes[here]] & SPACE:
        here += 1
    name = here
    if here < end and codes[here] == 64:
        here += 1
        while here < end and kind[codes[here]] & WORD:
            here += 1
        if here == name + 1:
            return at
    else:
        here = _after(codes, here, end, _MENTION)
        if not here:
            return at
    while here < end and kind[codes[here]] & SPACE:
        here += 1
    if here < end and codes[here] == 58:
        here += 1
        while here < end and kind[codes[here]] & SPACE:
            here += 1
    return here


@njit(cache=True, nogil=True)
def strip(raw: Codes, kind: Kinds, markers: NDArray[np.uint32], codes: Codes, starts: Places, said: Places) -> int:
    """Copy texts, each closed by a NUL, with a space for each mark; returns the letters written.

    raw (n,), codes (n,); starts (texts + 1,) and said (texts,), written, are described at `Block`.
    """
    at, out = 0, 0
    for text in range(len(said)):
        end = at
        while raw[end] != 0:
            end += 1
        starts[text] = out
        own = _after_repost(raw, kind, at, end)
        said[text] = -1
        while at < end:
            if at == own:
                said[text] = out
            found = _after_mark(raw, kind, markers, at, end) if kind[raw[at]] & OPENS else 0
            if found:
                codes[out] = 32
                at = found
            else:
                codes[out] = raw[at]
                at += 1
            out += 1
        if at == own:
            said[text] = out
        at = end + 1
    starts[len(said)] = out
    return out
