"""The Bluesky collector against a websocket server that speaks each of its three formats."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import re
import socket
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import pairwise
from typing import Any

import pytest
from bluesky_events import ALI, NOW, at, micros, record, v1, v1_account
from bluesky_runs import QUICK, bluesky, collect, deletions, notes, push
from collector_contract import Case, CollectorContract, Served, checkpoints, posts, quick_http
from stream_server import StreamServer

from ingest.base import Request, build
from ingest.bluesky import Bluesky, BlueskyOptions
from warehouse.errors import SettingsError, SourceRefused, SourceThrottled, SourceUnreachable
from warehouse.records import Checkpoint, Deletion, Item, Post
from warehouse.settings import SourceSettings


@pytest.fixture
def jetstream() -> Iterator[StreamServer]:
    with StreamServer() as server:
        yield server


@contextmanager
def serve() -> Iterator[Served]:
    with StreamServer() as server:
        push(server, at(-50), "a")
        push(server, at(-40), "b", "vaksinasi hari ini")
        push(server, at(-30), "c", "cuaca cerah")

        def fail() -> None:
            server.refuse = lambda query: (503, b"")

        yield Served({"service": server.url, "lookback": "1 hour", **QUICK}, lambda: push(server, at(-5), "d"), fail, now=lambda: NOW)


class TestBlueskyContract(CollectorContract):
    case = Case("bluesky", serve)


def test_only_posts_with_a_keyword_are_taken_and_say_who_when_and_where(jetstream: StreamServer) -> None:
    push(jetstream, at(-9), "k1", "Kasus #DBD naik", record={"reply": {"parent": {}}, "langs": ["id-ID", "en"]})
    push(jetstream, at(-8), "k2", "cuaca cerah")
    push(jetstream, at(-7), "k3", "anak saya demam\nberdarah")
    push(jetstream, at(-6), "k4", "ikut #DemamBerdarah")
    push(jetstream, at(-5), "k5", "tanpa kata", record={"tags": ["vaksin"]})
    push(jetstream, at(-4), "k6", "", record={"tags": ["vaksin"]})  # a picture alone
    found = posts(collect(bluesky(jetstream)))
    assert [native_id.split("/")[1] for native_id in found] == ["k1", "k3", "k4", "k5"]
    first = found[f"{ALI}/k1"]
    assert first.text == "Kasus #DBD naik"
    assert first.author == ALI
    assert first.url == f"https://bsky.app/profile/{ALI}/post/k1"
    assert (first.lang_hint, first.reply, first.repost, first.edited_at) == ("id-ID", True, False, None)
    assert first.created_at == at(-9)


def test_languages_take_posts_that_declare_one_of_them_or_none(jetstream: StreamServer) -> None:
    push(jetstream, at(-9), "indonesian")
    push(jetstream, at(-8), "english", record={"langs": ["en"]})
    push(jetstream, at(-7), "silent", record={"langs": []})
    push(jetstream, at(-6), "odd", record={"langs": "id"})
    found = posts(collect(bluesky(jetstream, languages=["id"])))
    assert [key.split("/")[1] for key in found] == ["indonesian", "silent", "odd"]


def test_an_edit_updates_and_an_edit_that_drops_the_keyword_withdraws(jetstream: StreamServer) -> None:
    push(jetstream, at(-9), "k1", operation="update", text="kasus dbd turun")
    push(jetstream, at(-8), "k2", operation="update", text="maaf, salah")
    items = collect(bluesky(jetstream))
    assert posts(items)[f"{ALI}/k1"].edited_at == at(-9)
    assert deletions(items) == {f"{ALI}/k2"}


def test_a_deletion_is_passed_on_with_its_time(jetstream: StreamServer) -> None:
    push(jetstream, at(-9), "k1")
    push(jetstream, at(-8), "k1", operation="delete", rev="r2")
    items = collect(bluesky(jetstream))
    assert [type(item) for item in items[:2]] == [Post, Deletion]
    assert items[1] == Deletion("bluesky", f"{ALI}/k1", at(-8))


def test_the_next_run_goes_on_without_a_hole_and_without_repeating(jetstream: StreamServer) -> None:
    push(jetstream, at(-9), "k1")
    collector = bluesky(jetstream)
    first = collect(collector)
    push(jetstream, at(20), "k2")
    push(jetstream, at(15), "late")  # out of order, as where replay meets the live tail
    second = collect(collector, checkpoints(first)[-1].cursor, at(60))
    assert posts(second).keys() == {f"{ALI}/k2", f"{ALI}/late"}
    assert jetstream.asked[-1]["cursor"] == str(micros(at(-19))), "begins 10 s before the last event, because events come out of order"
    assert "hole" not in notes(second)
    assert (checkpoints(second)[0].covered_from, checkpoints(second)[0].covered_to) == (at(-9), at(20))


def test_a_run_that_was_cut_between_checkpoints_loses_nothing(jetstream: StreamServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.bluesky_run._EVERY_MESSAGES", 3)
    for index in range(10):
        push(jetstream, at(index - 30), f"k{index}")
    collector = bluesky(jetstream, lookback=100)
    stream = collector.collect(Request("posts", {}, NOW))
    kept: list[Item] = []
    committed: Checkpoint | None = None
    for item in stream:
        kept.append(item)
        if isinstance(item, Checkpoint):
            committed = item
            if len(checkpoints(kept)) == 2:
                break
    stream.close()  # the worker is stopped here
    assert committed is not None
    rest = collect(collector, committed.cursor)
    assert posts(kept).keys() | posts(rest).keys() == {f"{ALI}/k{index}" for index in range(10)}
    assert not posts(kept).keys() & posts(rest).keys()


def test_the_first_run_begins_at_the_present_unless_told_to_look_back(jetstream: StreamServer) -> None:
    collect(bluesky(jetstream))
    collect(bluesky(jetstream, lookback="10 minutes"))
    assert [query["cursor"] for query in jetstream.asked] == [str(micros(at(-10))), str(micros(at(-600)))]
    assert jetstream.asked[0]["wantedCollections"] == "app.bsky.feed.post"
    assert "tests@example.org" in jetstream.user_agents[0]


def test_a_run_ends_when_it_has_caught_up_with_the_present(jetstream: StreamServer) -> None:
    for index in range(40):
        push(jetstream, at(index - 10), f"k{index}")
    items = collect(bluesky(jetstream, idle=30, stretch=60))
    assert len(posts(items)) == 30, "ten from before now, and the twenty after it that show that no straggler is left"
    assert checkpoints(items)[-1].covered_to == at(19)


def test_a_run_ends_when_its_stretch_is_over_and_the_next_one_goes_on(jetstream: StreamServer) -> None:
    for index in range(50):
        push(jetstream, at(index - 3600), f"k{index}")
    ticks = iter(range(10_000))
    collector = bluesky(jetstream, lookback="2 hours", stretch=60)
    collector.http.clock = lambda: float(next(ticks))
    first = collect(collector)
    assert 0 < len(posts(first)) < 50
    cursor = checkpoints(first)[-1].cursor
    found = set(posts(first))
    while len(found) < 50:
        more = collect(collector, cursor)
        assert posts(more), "a run that makes no way would never end"
        found |= set(posts(more))
        cursor = checkpoints(more)[-1].cursor
    assert found == {f"{ALI}/k{index}" for index in range(50)}


def test_what_the_server_no_longer_holds_is_a_hole_that_nobody_counts_as_covered(jetstream: StreamServer) -> None:
    push(jetstream, at(-90_000), "k1")
    collector = bluesky(jetstream, lookback="2 days")
    first = collect(collector, now=at(-90_000))
    push(jetstream, at(-600), "k2")
    push(jetstream, at(-500), "k3")
    jetstream.oldest = micros(at(-3600))
    second = collect(collector, checkpoints(first)[-1].cursor)
    assert posts(second).keys() == {f"{ALI}/k2", f"{ALI}/k3"}
    spans = [(mark.covered_from, mark.covered_to) for mark in checkpoints(second) if mark.covered_from]
    assert spans == [(at(-600), at(-500))]
    assert "hole" in notes(second)
    assert at(-90_000).isoformat(timespec="seconds") in notes(second)


def test_a_quiet_hour_is_no_hole_when_the_server_repeats_what_came_before_it(jetstream: StreamServer) -> None:
    push(jetstream, at(-7200), "k1")
    collector = bluesky(jetstream, lookback="1 day")
    first = collect(collector, now=at(-7200))
    push(jetstream, at(-60), "k2")
    second = collect(collector, checkpoints(first)[-1].cursor)
    assert checkpoints(second)[0].covered_from == at(-7200)
    assert not notes(second)


def test_silence_claims_nothing_and_is_said(jetstream: StreamServer) -> None:
    push(jetstream, at(-5), "k1")
    collector = bluesky(jetstream)
    first = collect(collector)
    second = collect(collector, checkpoints(first)[-1].cursor, at(3600))
    assert not posts(second)
    assert all(mark.covered_from is None for mark in checkpoints(second))
    assert "nothing new came" in notes(second)


def test_bad_messages_are_counted_and_skipped(jetstream: StreamServer) -> None:
    push(jetstream, at(-19), "good1")
    bad = [
        "not json", "[]", "{}", "null", '{"time_us": true}', '{"time_us": "12"}', b"\xff\xfe", "[" * 100_000,
        v1(at(-9), "k", record("dbd", at(-9)), did=7), v1(at(-9), "k", record("dbd", at(-9)), did="mallory"),
        v1(at(-9), "../k", record("dbd", at(-9))), v1(at(-9), "k", record(["dbd"], at(-9))), v1(at(-9), "k", "dbd"),
        v1(at(-9), "k", record("dbd " * 1000, at(-9))), v1(at(-9), "k", record("dbd", at(-9)), operation="explode"),
        v1(at(999_999), "future", record("dbd", at(-9))),
    ]  # fmt: skip
    for message in bad:
        jetstream.push(micros(at(-10)), message)
    push(jetstream, at(-1), "good2")
    items = collect(bluesky(jetstream, lookback=60))
    assert [key.split("/")[1] for key in posts(items)] == ["good1", "good2"]
    assert f"{len(bad)} messages could not be read" in notes(items)
    assert checkpoints(items)[-1].cursor["time"] == at(-1).isoformat(), "a message from the future does not carry the cursor away"


def test_dates_that_make_no_sense_become_the_moment_the_post_was_seen(jetstream: StreamServer) -> None:
    stated = ["2031-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "yesterday", "", 5, None, "2026-02-01T00:00:00", "2026-02-01T00:00:00+14:00"]
    for index, created in enumerate(stated):
        push(jetstream, at(-9), f"k{index}", record={"createdAt": created})
    found = [post.created_at for post in posts(collect(bluesky(jetstream))).values()]
    assert found[:7] == [at(-9)] * 7
    assert found[7] == datetime.fromisoformat("2026-01-31T10:00:00+00:00")


def test_other_kinds_of_event_move_the_cursor(jetstream: StreamServer) -> None:
    jetstream.push(micros(at(-3)), v1_account(at(-3)))
    items = collect(bluesky(jetstream))
    assert not posts(items)
    assert not deletions(items)
    assert checkpoints(items)[-1].cursor["time"] == at(-3).isoformat()


def test_a_connection_that_is_cut_is_opened_again_where_it_was(jetstream: StreamServer) -> None:
    jetstream.cut_after = 2
    for index in range(6):
        push(jetstream, at(index * 60 - 400), f"k{index}")
    items = collect(bluesky(jetstream, lookback=1000))
    assert len(posts(items)) == len([item for item in items if isinstance(item, Post)]) == 6
    assert len(jetstream.asked) >= 3
    spans = [(mark.covered_from, mark.covered_to) for mark in checkpoints(items) if mark.covered_from]
    assert spans[0][0] == at(-400)
    assert all(before[1] == after[0] for before, after in pairwise(spans))


def test_a_server_that_cuts_every_connection_fails_the_run_after_keeping_what_came(jetstream: StreamServer) -> None:
    jetstream.cut_after = 1
    push(jetstream, at(-9), "k1")
    kept: list[Item] = []
    collector = bluesky(jetstream)
    stream = collector.collect(Request("posts", {}, NOW))
    with pytest.raises(SourceUnreachable, match="closed the stream"):
        deque(map(kept.append, stream))
    assert posts(kept).keys() == {f"{ALI}/k1"}
    assert checkpoints(kept)


@pytest.mark.parametrize(
    ("status", "error"), [(401, SourceRefused), (404, SourceRefused), (429, SourceThrottled), (503, SourceUnreachable)]
)
def test_a_server_that_does_not_open_the_stream_says_why(jetstream: StreamServer, status: int, error: type[Exception]) -> None:
    jetstream.refuse = lambda query: (status, b'{"error": "Nope", "message": "go away"}')
    with pytest.raises(error, match=rf"HTTP {status}, Nope: go away"):
        collect(bluesky(jetstream))


def test_a_server_that_is_not_there_is_unreachable() -> None:
    with StreamServer() as server:
        address = server.url
    collector = Bluesky("bluesky", BlueskyOptions.model_validate({**QUICK, "service": address}), quick_http())
    with pytest.raises(SourceUnreachable, match="cannot be opened"):
        collect(collector)


@contextmanager
def mute_server() -> Iterator[str]:
    """Opens a websocket, and from then on says nothing and answers nothing, as a connection does whose other end is gone."""
    done = threading.Event()

    def serve(listener: socket.socket) -> None:
        with contextlib.suppress(OSError), listener.accept()[0] as connection:
            asked = connection.recv(10_000).decode()
            key = re.search(r"Sec-WebSocket-Key: (\S+)", asked, re.IGNORECASE)[1]  # type: ignore[index]
            accept = base64.b64encode(hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode(), usedforsecurity=False).digest())
            upgrade = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            connection.sendall(f"{upgrade}Sec-WebSocket-Accept: {accept.decode()}\r\n\r\n".encode())
            done.wait(30)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener,), daemon=True)
        thread.start()
        yield f"ws://127.0.0.1:{listener.getsockname()[1]}/subscribe"
        done.set()
    thread.join(5)


def test_a_dead_connection_is_not_taken_for_a_quiet_one() -> None:
    with mute_server() as address:
        options = BlueskyOptions.model_validate({**QUICK, "service": address})
        collector = Bluesky("bluesky", options, quick_http(timeout=0.5, retries=0))
        with pytest.raises(SourceUnreachable, match="no answer to a ping"):
            collect(collector)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"keywords": []}, "store the whole network"),
        ({"keywords": ["dbd", "  "]}, "needs a letter"),
        ({"keywords": ["*dbd"]}, "at the end"),
        ({"service": "https://example.org"}, "wss://"),
        ({"stream": "carrier-pigeon"}, "stream"),
        ({"backfill": "7 days"}, "identifier of a login"),
    ],
)
def test_a_wrong_option_is_refused_before_anything_is_asked(options: dict[str, Any], said: str) -> None:
    settings = SourceSettings.model_validate({"collector": "bluesky", **QUICK, **options})
    with pytest.raises(SettingsError, match=r"\[sources\.sky\]") as caught:
        build("sky", settings, quick_http())
    assert said in str(caught.value)
