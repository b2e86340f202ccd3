"""Import a file of posts: recognise it, label and store what is good, list what is not with line and reason."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from ingest.files import ImportOptions, Rejected, read
from jobs.labelling import arrow_batches, as_table
from jobs.pipeline import Instance, Progress, no_progress
from jobs.stretches import Stretch
from warehouse import write
from warehouse.errors import InputError
from warehouse.records import Checkpoint, Post
from warehouse.settings import SOURCE_NAME, Settings

LISTED = 20  #: rejected rows kept for the list; all are counted


@dataclass
class Imported:
    """What came of one file. `rejected` holds the first LISTED rejected rows, `rejections` counts all."""

    source: str
    posts: int = 0  #: those that are stored, or would be: each id once in a stretch
    new: int = 0
    updated: int = 0
    unchanged: int = 0
    oldest: datetime | None = None  #: texts from before are not kept (retention.posts)
    twice: int = 0  #: posts whose id came before in the same stretch
    too_old: int = 0
    rejections: int = 0
    rejected: list[Rejected] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)  #: on the file as a whole

    def add(self, written: write.Written) -> None:
        self.new += written.new
        self.updated += written.updated
        self.unchanged += written.unchanged

    def count(self, posts: list[Post]) -> None:
        """Note what is stored, and what is not, of a stretch as it stands in the file."""
        different = len({post.native_id for post in posts})
        self.too_old += sum(self.oldest is not None and post.created_at < self.oldest for post in posts)
        self.posts += different
        self.twice += len(posts) - different

    def reject(self, row: Rejected) -> None:
        self.rejections += 1
        if len(self.rejected) < LISTED:
            self.rejected.append(row)

    def listed(self) -> list[str]:
        """Notes on the file, a line for each rejected row that is kept, and one for the rest."""
        lines = [*self.notes, *(f"  line {row.line}: {row.reason}: {row.value!r}" for row in self.rejected)]
        more = self.rejections - len(self.rejected)
        return [*lines, f"  ... and {more:,} more"] if more else lines

    def summary(self) -> str:
        """One line for a person."""
        return self._told(f"{self.new:,} new", f"{self.updated:,} updated", f"{self.unchanged:,} already there")

    def forecast(self) -> str:
        """One line for a person who only tried the file."""
        return f"{self._told(f'{self.posts:,} posts would be taken')}; nothing was stored"

    def _told(self, *stored: str) -> str:
        old = f"{self.too_old:,} counted without their text, older than retention.posts"
        twice = f"{self.twice:,} twice in the file, of which the last counts"
        left = [*([old] if self.too_old else []), *([twice] if self.twice else []), f"{self.rejections:,} rejected"]
        return f"{self.source}: {', '.join([*stored, *left])}"


def source_name(path: Path) -> str:
    """A source name from a file's name: `Posts 2026.csv.gz` gives `posts-2026`."""
    stem = path.name.split(".")[0]
    return re.sub(r"[^a-z0-9]+", "-", stem.lower()).strip("-")[:62] or "file"


def import_file(
    instance: Instance, path: Path, options: ImportOptions, *, source: str | None, now: datetime, progress: Progress = no_progress
) -> Imported:
    """Import one file; the span of its posts counts as covered for its source.

    now: aware UTC. Raises InputError when the file as a whole cannot be read; then nothing is stored.
    """
    imported, rows = _begun(instance.settings, path, options, source, now, progress)
    name = imported.source
    with instance.writing:
        run = write.start_run(instance.warehouse.con, kind="import", source=name, query=path.name, now=now)
    size = instance.settings.enrich.batch
    posts = _stretches(rows, size, imported, f"{path.name}:{_fingerprint(path)}")
    for stretch, labelled in instance.labeller.map(posts, lambda part: arrow_batches(part.posts, now, size)):
        with instance.writing:
            told, sketched = instance.with_stories(as_table(labelled), now)
            imported.add(
                write.commit(
                    instance.warehouse,
                    source=name,
                    query=path.name,
                    enriched=told,
                    sketches=sketched,
                    deletions=[],
                    checkpoint=stretch.checkpoint,
                    now=now,
                )
            )
    with instance.writing:
        write.finish_run(
            instance.warehouse.con, run, now=now, outcome="ok", new=imported.new, updated=imported.updated, note=imported.summary()
        )
    return imported


def try_file(
    settings: Settings, path: Path, options: ImportOptions, *, source: str | None, now: datetime, progress: Progress = no_progress
) -> Imported:
    """Read and check one file as `import_file` does, without a warehouse: nothing is labelled, and nothing is stored.

    now: aware UTC. Raises InputError when the file as a whole cannot be read.
    """
    tried, rows = _begun(settings, path, options, source, now, progress)
    for _ in _stretches(rows, settings.enrich.batch, tried, path.name):
        pass
    return tried


def _begun(
    settings: Settings, path: Path, options: ImportOptions, source: str | None, now: datetime, progress: Progress
) -> tuple[Imported, Iterator[Post | Rejected]]:
    """What will come of the file, and its rows. Raises InputError."""
    name = source or source_name(path)
    if not SOURCE_NAME.fullmatch(name):
        raise InputError(f"--source {name!r}: use lower-case letters, digits, - and _")
    if name in settings.sources:
        raise InputError(f"{path}: --source {name!r} is a source that the worker collects; choose another name")
    limit = settings.retention.posts
    total = path.stat().st_size if path.exists() else None
    begun = Imported(name, oldest=None if limit is None else now - limit)
    told = begun.notes.append
    return begun, read(path, source=name, options=options, now=now, progress=lambda done, _: progress(done, total, name), note=told)


def _fingerprint(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:16]


def _stretches(rows: Iterator[Post | Rejected], size: int, imported: Imported, cursor: str) -> Iterator[Stretch]:
    """Posts in stretches; the last checkpoint says which span of time the file covered."""
    current = Stretch()
    first: datetime | None = None
    last: datetime | None = None
    for row in rows:
        if isinstance(row, Rejected):
            imported.reject(row)
            continue
        current.posts.append(row)
        first = min(first or row.created_at, row.created_at)
        last = max(last or row.created_at, row.created_at)
        if len(current.posts) >= size:
            current.checkpoint = Checkpoint({"file": cursor, "done": False})
            imported.count(current.posts)
            yield current
            current = Stretch()
    span_end = last + timedelta(microseconds=1) if last else None
    current.checkpoint = Checkpoint({"file": cursor, "done": True}, first, span_end)
    imported.count(current.posts)
    if first is not None:
        yield current
