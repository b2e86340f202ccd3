"""The worker follows the file with one's own topics: what is saved on the page or in an editor labels the next posts, without a restart."""

from __future__ import annotations

import logging
from datetime import datetime
from pathlib import Path

from analytics.text.topic_file import topics_with
from jobs.pipeline import Instance
from warehouse import write
from warehouse.errors import KentonganError
from warehouse.settings import own_topics
from warehouse.state import State

log = logging.getLogger("kentongan.topics")

Stamp = tuple[int, int, int] | None


class TopicsFollowed:
    """Looks at the file, and reads it when it was touched. A file with a mistake changes nothing: the worker goes on with the topics that
    it has, and says on the page what is wrong."""

    def __init__(self, instance: Instance, state: State) -> None:
        self._instance = instance
        self._state = state
        self._path = own_topics(instance.warehouse.folder, instance.settings)
        self._seen: Stamp | str = "nothing yet"

    def look(self, now: datetime) -> bool:
        """True when other topics are in use from now on."""
        stamp = _stamp(self._path)
        if stamp == self._seen:
            return False
        try:
            text = self._state.topics_text(self._path, now)
        except KentonganError as error:  # what cannot be read has no version
            self._seen = stamp
            self._say("", str(error), now)
            return False
        try:
            topics = topics_with(text, self._path)
        except KentonganError as error:
            self._seen = stamp
            self._say(text, str(error), now)
            return False
        changed = self._instance.labeller.use_topics(topics)
        if changed:
            with self._instance.writing:
                write.replace_topics(self._instance.warehouse.con, self._instance.labeller.enricher.topics.table())
            log.info("%s: %d topics in use, labels are now %s", self._path, len(topics), self._instance.labeller.enricher.model_version)
        self._state.note_topics_in_use(text, "", now)
        self._seen = stamp
        return changed

    def _say(self, text: str, trouble: str, now: datetime) -> None:
        log.warning("%s; the topics stay as they were", trouble)
        self._state.note_topics_in_use(text, trouble, now)


def _stamp(path: Path) -> Stamp:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size
