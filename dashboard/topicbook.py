"""The topics as they stand now: those shipped, those of one's own file, and what the page does to the file."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from analytics.text.topic_file import SHIPPED, Topic, TopicEntry, parse_topics, shipped, topics_with
from analytics.text.topic_write import as_table, with_topic
from dashboard.auth import require
from dashboard.i18n import _
from dashboard.site import Site
from warehouse.errors import InputError, KentonganError
from warehouse.settings import own_topics
from warehouse.state import TopicsChanged, TopicVersion


@dataclass(frozen=True, eq=False)
class Book:
    """One reading of the file. `trouble` says why it cannot be used; then `own` is empty and nothing may be saved into it."""

    text: str
    own: Mapping[str, TopicEntry]
    topics: tuple[Topic, ...]  #: those that label posts
    trouble: str

    @property
    def entries(self) -> dict[str, TopicEntry]:
        return {**shipped(), **self.own}

    def now(self, code: str) -> Topic | None:
        """The topic as it labels posts; None where it does not."""
        return next((topic for topic in self.topics if topic.code == code), None)

    def kind(self, code: str) -> str:
        """off, shipped, changed (shipped, but replaced by one's own) or own."""
        if not self.entries[code].enabled:
            return "off"
        if code not in self.own:
            return "shipped"
        return "changed" if code in shipped() else "own"

    def mark(self, code: str) -> str:
        """Changes when somebody changes this topic in the file."""
        return _mark(self.text, code)


def path(site: Site) -> Path:
    return own_topics(site.folder, site.settings)


def book(site: Site) -> Book:
    """What the file says now; a change by hand is noted in the history on the way."""
    try:
        return _read(site.operations.topics_text(path(site), site.now()), path(site))
    except KentonganError as error:
        return Book("", {}, topics_with("", path(site)), str(error))


@lru_cache(maxsize=8)
def _read(text: str, file: Path) -> Book:
    try:
        return Book(text, parse_topics(text, file, shipped()), topics_with(text, file), "")
    except KentonganError as error:
        return Book(text, {}, topics_with("", file), str(error))


@lru_cache(maxsize=1)
def shipped_examples() -> Mapping[str, Mapping[str, list[str]]]:
    """The examples of the shipped topics: `yes` and `no` by code."""
    return tomllib.loads((SHIPPED.parent / "topics_examples.toml").read_text("utf-8"))


def _mark(text: str, code: str) -> str:
    try:
        table = tomllib.loads(text).get(code)
    except (tomllib.TOMLDecodeError, RecursionError):
        table = "unreadable"
    return hashlib.sha256(json.dumps(table, sort_keys=True, default=str).encode()).hexdigest()[:16]


def save(site: Site, code: str, entry: TopicEntry | None, seen: str, note: str = "") -> TopicVersion:
    """Write one topic into the file for the person who asks; None takes it out. `seen` is the mark of the topic as it was opened: raises
    TopicsChanged when it has changed since, SettingsError when the file would not be readable, NotAllowed below the role analyst."""
    who = require("analyst")

    def change(before: str) -> str:
        if _mark(before, code) != seen:
            raise TopicsChanged(site.operations.last_change_of(code))
        after = with_topic(before, code, None if entry is None else as_table(code, entry))
        topics_with(after, path(site))
        return after

    readable(book(site))
    done = site.operations.change_topics(path(site), change, who=who, origin="page", note=note[:500], now=site.now())
    site.operations.audit(who, "topics", f"version {done.version}: {code}", site.now())
    return done


def replace(site: Site, text: str, seen: int, origin: str, note: str) -> TopicVersion:
    """Put a whole file in place of what is there (an import, an older version). `seen`: the newest version that the person knew of."""
    who = require("analyst")
    latest = site.operations.latest_topics()

    def change(_before: str) -> str:
        topics_with(text, path(site))
        return text

    site.operations.topics_text(path(site), site.now())
    latest = site.operations.latest_topics()
    if latest is not None and latest.version != seen:
        raise TopicsChanged(latest)
    done = site.operations.change_topics(path(site), change, who=who, origin=origin, note=note[:500], now=site.now())  # type: ignore[arg-type]
    site.operations.audit(who, "topics", f"{origin}: version {done.version}: {', '.join(done.changed)}", site.now())
    return done


def readable(found: Book) -> None:
    """Raise InputError while the file cannot be read: what is saved into it would be lost beside the mistake."""
    if found.trouble:
        raise InputError(_("The file with your topics has a mistake; put that right first, or go back to a version without it."))
