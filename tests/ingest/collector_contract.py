"""What every collector owes, tried on each against a server.

A collector's own test module gives a case and gets these tests:

    class TestRssContract(CollectorContract):
        case = Case("rss", serve)

where `serve()` is a context manager that starts a server (or whatever the source is) holding at least two posts and gives a `Served`.
`test_collector_registry.py` fails for a registered collector without such a class.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import pytest

from ingest.base import Collector, Request, build, collectors
from ingest.http import Http
from warehouse.errors import CollectError, SettingsError
from warehouse.records import RAW_SCHEMA, Checkpoint, Deletion, Item, Post, to_arrow
from warehouse.settings import Collect, SourceSettings

HTML = re.compile(r"</?(p|br|a|div|span|script|style|img|b|i|em|strong)\b[^>]*>", re.IGNORECASE)
SKEW = timedelta(minutes=1)  #: how far a server's clock may run ahead of the run's `now`


@dataclass
class Served:
    """A source that stands ready. `options` is what follows `collector = ...` in its `[sources.NAME]` table.

    add: one more post appears at the source (for the first query). fail: from now on the source fails; None where it cannot.
    now: the time of a run; a source that makes posts from the time alone may move it in `add`.
    secret: a value that the options lead to (a token) and that must not show in any message.
    """

    options: Mapping[str, Any]
    add: Callable[[], None]
    fail: Callable[[], None] | None
    now: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    secret: str = ""


@dataclass(frozen=True)
class Case:
    collector: str
    serve: Callable[[], AbstractContextManager[Served]]


def quick_http(**changes: Any) -> Http:
    """The client with no pace and no sleeping: pauses are skipped, limits hold."""
    settings = Collect(**{"pace": 0, "retries": 1, "timeout": 10, **changes})
    return Http(settings, "tests@example.org", sleep=lambda _: None)


def run(collector: Collector, query: str, cursor: Mapping[str, Any], now: datetime) -> list[Item]:
    """One run to its end; the cursor passes through JSON as it does in the warehouse."""
    return list(collector.collect(Request(query, json.loads(json.dumps(dict(cursor))), now)))


def posts(items: list[Item]) -> dict[str, Post]:
    return {item.native_id: item for item in items if isinstance(item, Post)}


def checkpoints(items: list[Item]) -> list[Checkpoint]:
    return [item for item in items if isinstance(item, Checkpoint)]


class CollectorContract:
    """Subclass as `Test...Contract` and set `case`."""

    case: ClassVar[Case]

    @pytest.fixture
    def served(self) -> Iterator[Served]:
        with self.case.serve() as served:
            yield served

    @pytest.fixture
    def collector(self, served: Served) -> Iterator[Collector]:
        with quick_http() as http:
            yield build("trial", self._settings(served.options), http)

    def _settings(self, options: Mapping[str, Any]) -> SourceSettings:
        return SourceSettings.model_validate({"collector": self.case.collector, **options})

    def test_is_registered_under_its_name(self) -> None:
        loaded = collectors()[self.case.collector].load()
        assert loaded.name == self.case.collector
        assert loaded.Options.model_config["extra"] == "forbid"

    def test_an_unknown_option_is_named(self, served: Served) -> None:
        with quick_http() as http, pytest.raises(SettingsError, match=r"\[sources\.trial\].*no_such_option"):
            build("trial", self._settings({**served.options, "no_such_option": 1}), http)

    def test_queries_are_distinct_and_not_empty(self, collector: Collector) -> None:
        queries = list(collector.queries())
        assert queries
        assert all(isinstance(query, str) and query for query in queries)
        assert len(set(queries)) == len(queries)

    def test_first_run_yields_posts_and_ends_at_a_checkpoint(self, collector: Collector, served: Served) -> None:
        query, now = collector.queries()[0], served.now()
        items = run(collector, query, {}, now)
        found = [item for item in items if isinstance(item, Post)]
        assert len(found) >= 2
        assert len(posts(items)) == len(found), "a native_id came twice in one run"
        assert isinstance(items[-1], Checkpoint), "what follows the last checkpoint is never stored"
        assert {(post.source, post.query) for post in found} == {("trial", query)}
        assert to_arrow(found, now).schema == RAW_SCHEMA

    def test_posts_are_plain_text_and_dated_in_utc(self, collector: Collector, served: Served) -> None:
        for post in posts(run(collector, collector.queries()[0], {}, served.now())).values():
            assert post.text.strip() == post.text != ""
            assert not HTML.search(post.text)
            assert "\x00" not in post.text
            assert post.created_at.utcoffset() == timedelta(0)
            assert post.created_at <= served.now() + SKEW
            assert post.url == "" or post.url.startswith(("http://", "https://"))

    def test_checkpoints_hold_json_and_spans_that_make_sense(self, collector: Collector, served: Served) -> None:
        now = served.now()
        for mark in checkpoints(run(collector, collector.queries()[0], {}, now)):
            assert json.loads(json.dumps(dict(mark.cursor))) == dict(mark.cursor)
            assert len(json.dumps(dict(mark.cursor))) < 200_000
            assert mark.requests >= 0
            assert (mark.covered_from is None) == (mark.covered_to is None)
            if mark.covered_from and mark.covered_to:
                assert mark.covered_from <= mark.covered_to <= now + SKEW
            assert mark.complete or mark.note, "a span that is not complete must say why"

    def test_a_repeated_run_adds_nothing(self, collector: Collector, served: Served) -> None:
        query = collector.queries()[0]
        first = run(collector, query, {}, served.now())
        second = run(collector, query, checkpoints(first)[-1].cursor, served.now())
        assert posts(second).keys() <= posts(first).keys()
        for native_id, post in posts(second).items():
            assert (post.text, post.created_at) == (posts(first)[native_id].text, posts(first)[native_id].created_at)

    def test_a_new_post_is_found_and_joins_the_covered_span(self, collector: Collector, served: Served) -> None:
        query = collector.queries()[0]
        first = run(collector, query, {}, served.now())
        served.add()
        second = run(collector, query, checkpoints(first)[-1].cursor, served.now())
        assert posts(second).keys() - posts(first).keys(), "the new post was not found"
        ends = [mark.covered_to for mark in checkpoints(first) if mark.covered_to]
        starts = [mark.covered_from for mark in checkpoints(second) if mark.covered_from]
        if ends and starts:
            assert min(starts) <= max(ends), "a hole between two runs that both succeeded"

    def test_resuming_at_any_checkpoint_loses_no_post(self, collector: Collector, served: Served) -> None:
        query = collector.queries()[0]
        items = run(collector, query, {}, served.now())
        for index, item in enumerate(items):
            if isinstance(item, Checkpoint):
                rest = run(collector, query, item.cursor, served.now())
                assert posts(items).keys() <= posts(items[: index + 1]).keys() | posts(rest).keys()

    def test_deletions_name_their_source(self, collector: Collector, served: Served) -> None:
        for item in run(collector, collector.queries()[0], {}, served.now()):
            if isinstance(item, Deletion):
                assert item.source == "trial"
                assert item.native_id
                assert item.deleted_at.utcoffset() == timedelta(0)

    def test_a_source_that_fails_is_a_collect_error_in_one_line_without_secrets(self, collector: Collector, served: Served) -> None:
        if served.fail is None:
            return
        served.fail()
        with pytest.raises(CollectError) as caught:
            run(collector, collector.queries()[0], {}, served.now())
        message = str(caught.value)
        assert message
        assert "\n" not in message
        assert not served.secret or served.secret not in message
