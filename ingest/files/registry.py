"""All importers, and the two ways in: recognise a file, read a file.

An importer of your own registers by the entry-point group `kentongan.importers` (name = "module:Class"); see docs/import.md.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from zoneinfo import ZoneInfo

from ingest.files.base import Context, Importer, ImportOptions, Note, Progress, Rejected
from ingest.files.brandwatch import Brandwatch
from ingest.files.crowdtangle import CrowdTangle
from ingest.files.fourcat import FourCat
from ingest.files.jsonl import JsonLines
from ingest.files.meltwater import Meltwater
from ingest.files.packed import Packed
from ingest.files.sample import take
from ingest.files.table import AnyTable
from ingest.files.talkwalker import Talkwalker
from ingest.files.telegram_export import TelegramExport
from ingest.files.twarc import Twarc
from ingest.files.whatsapp import WhatsApp
from ingest.files.zeeschuimer import Zeeschuimer
from warehouse.errors import InputError
from warehouse.records import Post

GROUP = "kentongan.importers"
BUILT_IN: tuple[Importer, ...] = (
    AnyTable(), JsonLines(), Talkwalker(), Meltwater(), Brandwatch(), CrowdTangle(), FourCat(), Zeeschuimer(), Twarc(), TelegramExport(),
    WhatsApp(),
)  # fmt: skip
_ENOUGH = 0.05  #: a score below it is no recognition

log = logging.getLogger("kentongan")


@cache
def importers() -> Mapping[str, Importer]:
    """All importers by name; one that is installed beside us replaces a built-in one of its name."""
    found: dict[str, Importer] = {importer.name: importer for importer in BUILT_IN}
    for point in entry_points(group=GROUP):
        found[point.name] = point.load()()
    return found


def recognise(path: Path, options: ImportOptions = ImportOptions()) -> Importer:
    """The importer whose format the file looks most like, or the one that options.format names. Raises InputError when there is none."""
    return _importer_of(Packed(path), options)


def _importer_of(file: Packed, options: ImportOptions) -> Importer:
    known = importers()
    if options.format:
        if options.format not in known:
            raise InputError(f"--format {options.format!r}: not known; one of {', '.join(sorted(known))}")
        return known[options.format]
    sample = take(file, options.encoding)
    scores = {name: importer.sniff(sample) for name, importer in known.items()}
    best = max(scores, key=scores.__getitem__)
    if scores[best] < (_ENOUGH if not options.column_map else 0.01):
        expected = "; ".join(f"{importer.title}: {importer.expected}" for importer in (known["table"], known["jsonl"]))
        raise InputError(f"{file.path}: not a file of posts that is known ({expected}); --format names one of {', '.join(sorted(known))}")
    return known[best]


def read(
    path: Path,
    *,
    source: str,
    now: datetime,
    options: ImportOptions = ImportOptions(),
    progress: Progress | None = None,
    note: Note = log.warning,
) -> Iterator[Post | Rejected]:
    """Posts and rejected rows of a file, in its order; memory does not grow with the file.

    source: name under which the posts are kept; now: aware UTC; progress(bytes read, bytes in all) is called now and then; note takes
    a line that a person should see. Raises InputError, before anything is read, when the file as a whole cannot be.
    """
    if now.utcoffset() is None:
        raise ValueError(f"now has no time zone: {now!r}")
    try:
        ZoneInfo(options.zone)
    except (KeyError, ValueError, OSError):
        raise InputError(f"zone {options.zone!r}: not a time zone; write e.g. Asia/Jakarta") from None
    file = Packed(path, progress)
    context = Context(source, path.name, options, now, note)
    posts = _importer_of(file, options).read(file, context)
    return _told(posts, file)


def _told(posts: Iterator[Post | Rejected], file: Packed) -> Iterator[Post | Rejected]:
    last = 0
    try:
        for row in posts:
            last = row.line if isinstance(row, Rejected) else last + 1
            yield row
    except InputError as error:
        # half of a broken file is told from a file that is wrong: what was read stays, and the break is listed
        if not last:
            raise
        yield Rejected(last, str(error), "")
    file.tell(file.size)
