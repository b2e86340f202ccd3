"""Filling in the past of Bluesky by search, against a server that answers as a PDS does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from bluesky_events import ALI, BUDI, NOW, at, record
from collector_contract import checkpoints, posts, run
from stream_server import StreamServer
from web_server import Answer, Asked, WebServer

from ingest.bluesky import Bluesky, BlueskyOptions
from ingest.http import Http
from warehouse.errors import CollectError, SourceRefused
from warehouse.records import Item

LOGIN, SEARCH = "/xrpc/com.atproto.server.createSession", "/xrpc/app.bsky.feed.searchPosts"
PASSWORD = "abcd-efgh-ijkl-mnop"


class Index:
    """A search index: posts with a text and a time, given newest first, `limit` at a time."""

    def __init__(self, web: WebServer, page: int = 3) -> None:
        self.views: list[Any] = []
        self.page = page
        web.on(LOGIN, self._login)
        web.on(SEARCH, self._search)

    def add(self, rkey: str, text: Any, when: datetime, **more: Any) -> None:
        view = {"uri": f"at://{ALI}/app.bsky.feed.post/{rkey}", "cid": "b", "author": {"did": ALI, "handle": "ali.test"}}
        view |= {"record": record(text, when), "indexedAt": when.isoformat(), "likeCount": 3, "repostCount": 1, "replyCount": 0, **more}
        self.views.append(view)

    def _login(self, asked: Asked) -> Answer:
        if json.loads(asked.body) != {"identifier": "ali.test", "password": PASSWORD}:
            return _json({"error": "AuthenticationRequired", "message": "Invalid identifier or password"}, 401)
        return _json({"accessJwt": "token-of-ali", "refreshJwt": "r", "handle": "ali.test", "did": ALI})

    def _search(self, asked: Asked) -> Answer:
        if asked.headers.get("authorization") != "Bearer token-of-ali":
            return _json({"error": "AuthMissing", "message": "Authentication Required"}, 401)
        words = asked.query["q"].strip('"')
        since, until = (datetime.fromisoformat(asked.query[name]) for name in ("since", "until"))
        found = [view for view in self.views if words in str(view["record"]["text"]) and since <= _when(view) < until]
        found.sort(key=_when, reverse=True)
        more = {"cursor": "next"} if len(found) > self.page else {}
        return _json({"posts": found[: self.page], **more})


def _when(view: Any) -> datetime:
    return datetime.fromisoformat(view["indexedAt"])


def _json(said: Any, status: int = 200) -> Answer:
    return Answer(json.dumps(said).encode(), status, {"Content-Type": "application/json"})


@pytest.fixture
def stream() -> Iterator[StreamServer]:
    with StreamServer() as server:
        yield server


@pytest.fixture
def index(web: WebServer) -> Index:
    return Index(web)


@pytest.fixture
def password_file(tmp_path: Path) -> Path:
    file = tmp_path / "app-password"
    file.touch(0o600)
    file.write_text(PASSWORD)
    return file


@pytest.fixture
def collector(web: WebServer, stream: StreamServer, http: Http, password_file: Path) -> Bluesky:
    settings = {"keywords": ["dbd", "vaksin*"], "service": stream.url, "idle": 0.05, "backfill": "7 days", "identifier": "ali.test"}
    settings |= {"search_service": web.url, "app_password_file": password_file}
    return Bluesky("bluesky", BlueskyOptions.model_validate(settings), http)


def collect(collector: Bluesky, cursor: Any = None, now: datetime = NOW) -> list[Item]:
    return run(collector, "posts", cursor or {}, now)


def test_each_keyword_is_walked_back_over_the_span_once(web: WebServer, index: Index, collector: Bluesky) -> None:
    for hour in range(10):
        index.add(f"d{hour}", "kasus dbd", NOW - timedelta(hours=hour + 1))
    index.add("v1", "vaksin", NOW - timedelta(days=6))
    index.add("old", "kasus dbd", NOW - timedelta(days=8))
    first = collect(collector)
    assert posts(first).keys() == {f"{ALI}/v1", *(f"{ALI}/d{hour}" for hour in range(10))}
    assert (posts(first)[f"{ALI}/d0"].likes, posts(first)[f"{ALI}/d0"].replies) == (3, 0)
    claimed = [mark for mark in checkpoints(first) if mark.covered_from]
    assert [(mark.covered_from, mark.covered_to, mark.complete) for mark in claimed] == [(NOW - timedelta(days=7), NOW, False)]
    asked = len(web.asked)
    second = collect(collector, checkpoints(first)[-1].cursor)
    assert not posts(second)
    assert len(web.asked) == asked, "a finished backfill asks for nothing, not even a login"


def test_a_backfill_that_was_cut_off_goes_on(web: WebServer, index: Index, collector: Bluesky) -> None:
    for hour in range(10):
        index.add(f"d{hour}", "kasus dbd", NOW - timedelta(hours=hour + 1))
    first = collect(collector)
    for place, mark in [(place, item) for place, item in enumerate(first) if item in checkpoints(first)]:
        rest = collect(collector, mark.cursor)
        assert posts(first[:place]).keys() | posts(rest).keys() == posts(first).keys()


def test_the_place_in_the_stream_and_the_backfill_share_a_cursor(web: WebServer, index: Index, collector: Bluesky) -> None:
    index.add("d1", "kasus dbd", at(-3600))
    first = collect(collector)
    cursor = checkpoints(first)[-1].cursor
    assert cursor["backfill"]["keyword"] == 2
    assert "backfill" in checkpoints(collect(collector, cursor))[-1].cursor


def test_bad_hits_are_skipped_and_unwanted_ones_are_not_taken(web: WebServer, index: Index, collector: Bluesky) -> None:
    index.page = 50
    index.add("ok", "kasus dbd", at(-60))
    index.add("part", "dbdx", at(-70))  # search is wider than a keyword
    index.add("odd", "dbd", at(-80), uri="at://did:plc:x/app.bsky.feed.like/l")
    index.add("huge", "dbd " * 2000, at(-90))
    index.views.append({"record": {"text": "dbd"}, "indexedAt": at(-95).isoformat(), "uri": 5})
    index.add("who", "dbd", at(-99), uri=f"at://{BUDI}/app.bsky.feed.post/ok2")
    assert posts(collect(collector)).keys() == {f"{ALI}/ok", f"{BUDI}/ok2"}


def test_a_wrong_password_is_refused_without_being_shown(web: WebServer, index: Index, collector: Bluesky) -> None:
    web.on(LOGIN, _json({"error": "AuthenticationRequired", "message": f"not {PASSWORD}"}, 401))
    with pytest.raises(SourceRefused, match=r"login as ali\.test: 401; check identifier") as caught:
        collect(collector)
    assert PASSWORD not in str(caught.value)


def test_an_answer_that_is_no_list_is_an_error_of_the_source(web: WebServer, index: Index, collector: Bluesky) -> None:
    web.on(SEARCH, _json({"posts": "none"}))
    with pytest.raises(CollectError, match="no list of posts"):
        collect(collector)
