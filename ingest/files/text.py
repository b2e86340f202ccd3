"""Bytes to lines of text: which encoding, which line ends, and no line so long that it fills the memory."""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from ingest.files.packed import Packed
from warehouse.errors import InputError

LONGEST_LINE = 16_000_000  #: characters of one line
MOST_EMPTY = 1_100_000  #: lines without a value, more than there are others; a sheet saved as CSV may have a million
_NOTHING = ' \t\r\n\x00\ufeff,;|"'
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class EmptyLines(Exception):
    """Line after line has nothing in it; `opened` says of which file."""


def _as_windows(error: UnicodeError) -> tuple[str, int]:
    """Read bytes that are no UTF-8 as Windows-1252: files glued together from two sources are common."""
    assert isinstance(error, UnicodeDecodeError)
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


codecs.register_error("kentongan-windows", _as_windows)


def encoding_of(head: bytes) -> str:
    """The encoding of a text from its first bytes: by its byte order mark, UTF-16 by its zeroes, else UTF-8.

    Bytes that are no UTF-8 are read as Windows-1252 one by one (see `decode_errors`), so that needs no guess.
    """
    for mark, name in _BOMS:
        if head.startswith(mark):
            return name
    sample = head[:4_000]
    if sample and b"\x00" in sample:
        even, odd = sample[::2].count(0), sample[1::2].count(0)
        if max(even, odd) > 0.3 * len(sample) / 2 and min(even, odd) * 10 <= max(even, odd):
            return "utf-16-le" if odd > even else "utf-16-be"
    return "utf-8"


def decode_errors(encoding: str) -> str:
    """What to do with bytes that the encoding does not know."""
    return "kentongan-windows" if encoding in ("utf-8", "utf-8-sig") else "replace"


def known_encoding(name: str) -> str:
    """The name of an encoding if Python knows it as one of text; raises InputError."""
    try:
        "".encode(name)
        return codecs.lookup(name).name
    except (LookupError, UnicodeError, ValueError):
        raise InputError(f"--encoding {name!r}: not an encoding; write e.g. utf-8, utf-16, cp1252") from None


@contextmanager
def opened(file: Packed, encoding: str | None) -> Iterator[IO[str]]:
    """The file as text without NUL bytes; line ends are left as they are. Raises InputError when it has too many empty ones."""
    with file.unpacked() as stream:
        assert isinstance(stream, io.BufferedReader)
        name = known_encoding(encoding) if encoding else encoding_of(stream.peek(1 << 16))
        try:
            yield io.TextIOWrapper(stream, encoding=name, errors=decode_errors(name), newline="")
        except EmptyLines:
            raise InputError(f"{file.path}: more than {MOST_EMPTY:,} lines with nothing in them; not read further") from None


def nothing_in(line: str) -> bool:
    """Whether a line holds blanks, delimiters and quotes alone."""
    return not line.strip(_NOTHING)


def lines(stream: IO[str]) -> Iterator[tuple[int, str | None]]:
    """Lines with their numbers and ends; None stands for a line beyond LONGEST_LINE, which is skipped whole.

    Raises EmptyLines, so that what yields nothing takes no time either.
    """
    number = empty = 0
    while line := stream.readline(LONGEST_LINE):
        number += 1
        if line[0] in _NOTHING and nothing_in(line):
            empty += 1
            if 2 * empty > MOST_EMPTY + number:  # so many more than others
                raise EmptyLines
        if len(line) < LONGEST_LINE or line.endswith(("\n", "\r")):
            yield number, line.replace("\x00", "") if "\x00" in line else line
            continue
        while line and not line.endswith(("\n", "\r")):
            line = stream.readline(LONGEST_LINE)
        yield number, None
