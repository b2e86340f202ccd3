"""A file as it lies on disk: unpacked on the way, whatever its name says, and never to more than is reasonable.

gzip, bzip2, xz and a zip with one member are seen by their first bytes. A file that unpacks to far more than its size is refused: it
is either a trap (a decompression bomb) or so repetitive that its owner can unpack it.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, cast

from ingest.files.base import Progress
from warehouse.errors import InputError

FREE = 100_000_000  #: unpacked bytes below which nothing is called a bomb
RATIO = 200  #: unpacked bytes for each packed one beyond which a file is refused
MOST = 100_000_000_000  #: unpacked bytes that are read at most
_STEP = 1 << 20  #: bytes between two reports of progress
_MAGIC = (
    (b"\x1f\x8b", "gzip"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"PAR1", "parquet"),
)
_BROKEN = (OSError, EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, NotImplementedError, RuntimeError)
_TEXTS = (".txt", ".csv", ".tsv", ".json", ".jsonl", ".ndjson")


class Packed:
    """One file that was handed in. kind: how it is packed (gzip, bzip2, xz, zip), `xlsx`, `parquet`, or `plain`."""

    def __init__(self, path: Path, progress: Progress | None = None) -> None:
        self.path, self._progress = path, progress
        try:
            self.size = path.stat().st_size
            with path.open("rb") as file:
                head = file.read(8)
        except FileNotFoundError:
            raise InputError(f"{path}: no such file") from None
        except OSError as error:
            raise InputError(f"{path}: cannot be read: {error.strerror}") from None
        if not self.size:
            raise InputError(f"{path}: the file is empty")
        self.kind = next((kind for magic, kind in _MAGIC if head.startswith(magic)), "plain")
        self._member = self._choose_member() if self.kind == "zip" else None

    @contextmanager
    def unpacked(self) -> Iterator[IO[bytes]]:
        """The unpacked bytes from the beginning, as often as wanted. Raises InputError when they are broken or too many."""
        with self.path.open("rb") as raw, self._unpacker(raw) as stream:
            yield io.BufferedReader(cast(Any, _Bounded(stream, raw, self)), 1 << 16)

    def broken(self, error: Exception) -> InputError:
        """What to raise when a library could not read the file."""
        return InputError(f"{self.path}: broken {self.kind} file: {' '.join(str(error).split())[:200] or type(error).__name__}")

    def tell(self, done: int) -> None:
        """Report progress in bytes of the packed file."""
        if self._progress:
            self._progress(min(done, self.size), self.size)

    def _unpacker(self, raw: IO[bytes]) -> Any:
        if self.kind == "gzip":
            return gzip.GzipFile(fileobj=raw)
        if self.kind == "bzip2":
            return bz2.BZ2File(raw)
        if self.kind == "xz":
            return lzma.LZMAFile(raw)
        if self._member is not None:
            try:
                return _ZipMember(raw, self._member)
            except _BROKEN as error:
                raise self.broken(error) from None
        return raw

    def _choose_member(self) -> str | None:
        """The one file in a zip, or the one chat or table among pictures; None for a workbook, which is a zip of its own kind."""
        try:
            with zipfile.ZipFile(self.path) as archive:
                members = [item for item in archive.infolist() if not item.is_dir() and not _is_litter(item.filename)]
        except _BROKEN as error:
            raise self.broken(error) from None
        names = [item.filename for item in members]
        if "[Content_Types].xml" in names and any(name.startswith("xl/") for name in names):
            self._check_workbook(members)
            self.kind = "xlsx"
            return None
        texts = names if len(names) == 1 else [name for name in names if name.lower().endswith(_TEXTS)]
        texts = [name for name in texts if name.endswith("_chat.txt")] or texts
        if len(texts) != 1:
            raise InputError(f"{self.path}: a zip with {len(texts) or len(names)} files; unpack it and import them one by one")
        chosen = next(item for item in members if item.filename == texts[0])
        if chosen.flag_bits & 1:
            raise InputError(f"{self.path}: the zip is locked with a password; unpack it first")
        return chosen.filename

    def _check_workbook(self, members: list[zipfile.ZipInfo]) -> None:
        unpacked = sum(item.file_size for item in members)
        if unpacked > max(FREE, RATIO * self.size) or unpacked > MOST:
            raise InputError(f"{self.path}: the workbook unpacks to {unpacked:,} bytes, {unpacked // self.size} times its size; not read")


def _is_litter(name: str) -> bool:
    return name.startswith("__MACOSX/") or name.rsplit("/", 1)[-1] in (".DS_Store", "Thumbs.db")


class _ZipMember:
    """One member of an archive, opened and closed with it."""

    def __init__(self, raw: IO[bytes], name: str) -> None:
        self._archive = zipfile.ZipFile(raw)
        self._file = self._archive.open(name)

    def read(self, size: int) -> bytes:
        return self._file.read(size)

    def __enter__(self) -> _ZipMember:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        self._archive.close()


class _Bounded(io.RawIOBase):
    """Counts what comes out and what went in, tells progress, and stops a bomb."""

    def __init__(self, stream: IO[bytes], raw: IO[bytes], packed: Packed) -> None:
        self._stream, self._raw, self._packed = stream, raw, packed
        self._out = self._told = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            data = self._stream.read(len(buffer))
        except _BROKEN as error:
            raise self._packed.broken(error) from None
        buffer[: len(data)] = data
        self._out += len(data)
        self._check()
        return len(data)

    def _check(self) -> None:
        if self._out - self._told >= _STEP:
            self._told = self._out
            self._packed.tell(self._raw.tell())
        packed = self._packed
        if self._out > MOST or (packed.kind != "plain" and self._out > max(FREE, RATIO * packed.size)):
            raise InputError(f"{packed.path}: unpacks to more than {RATIO} times its size; if you trust it, unpack it first")
