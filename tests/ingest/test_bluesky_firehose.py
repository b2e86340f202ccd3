"""The Bluesky collector against servers that speak Jetstream 2 and the plain firehose."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from bluesky_events import ALI, BUDI, at, firehose, frame, micros, record, v2, v2_info
from bluesky_runs import bluesky, collect, deletions, notes, push
from collector_contract import checkpoints, posts
from stream_server import StreamServer


@pytest.fixture
def jetstream() -> Iterator[StreamServer]:
    with StreamServer() as server:
        yield server


# Jetstream 2 -------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def jetstream2() -> Iterator[StreamServer]:
    with StreamServer(subprotocol="xrpc.v1.json") as server:
        yield server


def test_jetstream_2_resumes_at_the_very_event(jetstream2: StreamServer) -> None:
    jetstream2.push(1000, v2(1000, at(-9), "k1", record("dbd", at(-9))))
    collector = bluesky(jetstream2, stream="jetstream-v2")
    jetstream2.inclusive = True
    first = collect(collector, {"stream": "jetstream-v2", "service": collector.service, "position": 999, "time": at(-99).isoformat()})
    jetstream2.push(1001, v2(1001, at(20), "k1", operation="delete"))
    second = collect(collector, checkpoints(first)[-1].cursor, at(30))
    assert posts(first).keys() == {f"{ALI}/k1"}
    assert not posts(second)
    assert deletions(second) == {f"{ALI}/k1"}
    assert [query["cursor"] for query in jetstream2.asked] == ["999", "1000"]
    assert jetstream2.asked[0]["collections"] == "app.bsky.feed.post"


def test_jetstream_2_that_no_longer_holds_the_cursor_is_asked_by_time_and_the_hole_is_said(jetstream2: StreamServer) -> None:
    def refuse(query: Any) -> tuple[int, bytes] | None:
        return (400, b'{"error": "CursorTooOld", "message": "below the floor"}') if query["cursor"] == "5" else None

    jetstream2.refuse = refuse
    jetstream2.first = lambda cursor: [v2_info("OutdatedCursor"), v2(900, at(-60), "k1", record("dbd", at(-60)))]
    collector = bluesky(jetstream2, stream="jetstream-v2")
    old = {"stream": "jetstream-v2", "service": collector.service, "position": 5, "time": at(-90_000).isoformat()}
    items = collect(collector, old)
    assert [query["cursor"] for query in jetstream2.asked] == ["5", str(micros(at(-90_010)))]
    assert posts(items).keys() == {f"{ALI}/k1"}
    assert "hole" in notes(items)
    assert all(mark.covered_from is None or mark.covered_from >= at(-60) for mark in checkpoints(items))


def test_a_cursor_of_one_format_is_not_replayed_on_another(jetstream: StreamServer, jetstream2: StreamServer) -> None:
    push(jetstream, at(-9), "k1")
    first = collect(bluesky(jetstream))
    collect(bluesky(jetstream2, stream="jetstream-v2"), checkpoints(first)[-1].cursor)
    assert jetstream2.asked[0]["cursor"] == str(micros(at(-19)))


# the plain firehose ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def pds() -> Iterator[StreamServer]:
    with StreamServer(inclusive=False) as server:
        yield server


def test_the_firehose_gives_creations_edits_and_deletions(pds: StreamServer) -> None:
    post, path = record("kasus dbd", at(-9)), "app.bsky.feed.post/k1"
    pds.push(1, firehose(1, at(-9), [("create", path, post), ("create", "app.bsky.feed.like/l1", {"subject": "x"})]))
    pds.push(2, firehose(2, at(-8), [("update", path, {**post, "text": "kasus dbd turun"})]))
    pds.push(3, firehose(3, at(-7), [("delete", path, None)]))
    pds.push(4, frame("#identity", {"seq": 4, "did": ALI, "time": at(-6).isoformat()}))
    items = collect(bluesky(pds, stream="firehose", lookback=60))
    assert [(type(item).__name__, getattr(item, "text", "")) for item in items[:3]] == [
        ("Post", "kasus dbd"),
        ("Post", "kasus dbd turun"),
        ("Deletion", ""),
    ]
    assert checkpoints(items)[-1].cursor["position"] == 4
    assert pds.asked[0]["cursor"] == "0"


def test_the_firehose_resumes_after_its_cursor(pds: StreamServer) -> None:
    path = "app.bsky.feed.post"
    pds.push(1, firehose(1, at(-9), [("create", f"{path}/k1", record("dbd", at(-9)))]))
    collector = bluesky(pds, stream="firehose", lookback=60)
    first = collect(collector)
    pds.push(2, firehose(2, at(-3), [("create", f"{path}/k{i}", record("dbd", at(-3))) for i in (2, 3)], repo=BUDI))
    second = collect(collector, checkpoints(first)[-1].cursor)
    assert posts(second).keys() == {f"{BUDI}/k2", f"{BUDI}/k3"}
    assert pds.asked[-1]["cursor"] == "1"


def test_the_firehose_says_when_it_lost_what_came_after_the_cursor(pds: StreamServer) -> None:
    pds.first = lambda cursor: [frame("#info", {"name": "OutdatedCursor", "message": "Requested cursor exceeded limit"})]
    pds.push(7, firehose(7, at(-9), [("create", "app.bsky.feed.post/k1", record("dbd", at(-9)))]))
    old = {"stream": "firehose", "service": pds.url, "position": 3, "time": at(-90_000).isoformat()}
    items = collect(bluesky(pds, stream="firehose"), old)
    assert posts(items)
    assert "Requested cursor exceeded limit" in notes(items)
    assert not any(mark.covered_from == at(-90_000) for mark in checkpoints(items))


def test_a_server_that_was_set_up_anew_is_followed_from_its_present(pds: StreamServer) -> None:
    pds.first = lambda cursor: [frame("error", {"error": "FutureCursor", "message": "Cursor in the future."})] if cursor else []
    old = {"stream": "firehose", "service": pds.url, "position": 5000, "time": at(-600).isoformat()}
    first = collect(bluesky(pds, stream="firehose"), old)
    assert "Cursor in the future" in notes(first)
    events = [firehose(8 + i, at(i - 2), [("create", f"app.bsky.feed.post/k{i}", record("dbd", at(i - 2)))]) for i in range(2)]
    pds.first = lambda cursor: events if cursor is None else []
    second = collect(bluesky(pds, stream="firehose"), checkpoints(first)[-1].cursor)
    assert posts(second).keys() == {f"{ALI}/k0", f"{ALI}/k1"}
    assert [mark.covered_from for mark in checkpoints(second) if mark.covered_from] == [at(-2)], "the time before is not claimed"


def test_bad_frames_are_skipped(pds: StreamServer) -> None:
    good = firehose(9, at(-1), [("create", "app.bsky.feed.post/k", record("dbd", at(-1)))])
    pds.push(1, b"")
    pds.push(2, b"\xff" * 50)
    pds.push(3, "text")
    pds.push(4, frame("#commit", {"seq": "4", "time": at(-3).isoformat()}))
    pds.push(5, frame("#commit", {"seq": 5, "time": "now"}))
    pds.push(
        6,
        frame(
            "#commit", {"seq": 6, "time": at(-2).isoformat(), "ops": [{"path": "app.bsky.feed.post/x", "action": "create"}], "blocks": b"x"}
        ),
    )
    pds.push(7, frame("#commit", {"seq": 7, "time": at(-2).isoformat(), "ops": "all"}))
    pds.push(
        8, firehose(8, at(-2), [("create", "app.bsky.feed.post/gone", None), ("create", "app.bsky.feed.post/ok", record("dbd", at(-2)))])
    )
    pds.push(9, good)
    items = collect(bluesky(pds, stream="firehose", lookback=60))
    assert posts(items).keys() == {f"{ALI}/ok", f"{ALI}/k"}
    assert "8 messages could not be read" in notes(items)
