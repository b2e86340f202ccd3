"""Reading the wires, choosing by keyword: pure functions that strangers feed."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from bluesky_events import ALI, at, firehose, frame, micros, record, v1, v2, v2_info
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.bluesky import WIRES
from ingest.checked import Unreadable, moment
from ingest.jetstream import Event, Heard, Lost, microseconds, moment_of
from ingest.keywords import Wanted, keyword_problem

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)
KEYS = (
    "did",
    "time_us",
    "kind",
    "commit",
    "$type",
    "payload",
    "seq",
    "time",
    "ops",
    "operation",
    "collection",
    "rkey",
    "record",
    "repo",
    "blocks",
)


@pytest.mark.parametrize("name", WIRES)
@given(data=st.binary(max_size=300))
def test_any_bytes_are_read_or_unreadable(name: str, data: bytes) -> None:
    try:
        messages = WIRES[name].read(data)
    except Unreadable:
        return
    assert all(isinstance(message, Event | Heard | Lost | Unreadable) for message in messages)


@pytest.mark.parametrize("name", ["jetstream", "jetstream-v2"])
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(said=st.dictionaries(st.sampled_from(KEYS), JSON | st.dictionaries(st.sampled_from(KEYS), JSON, max_size=6), max_size=6))
def test_any_json_is_read_or_unreadable(name: str, said: dict[str, object]) -> None:
    try:
        WIRES[name].read(json.dumps(said).encode())
    except Unreadable:
        return


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(body=st.dictionaries(st.sampled_from(KEYS), JSON, max_size=8), kind=st.sampled_from(["#commit", "#info", "#account", "error"]))
def test_any_frame_is_read_or_unreadable(body: dict[str, object], kind: str) -> None:
    try:
        data = frame(kind, body)
    except (OverflowError, ValueError):
        return  # DAG-CBOR itself cannot hold it
    try:
        WIRES["firehose"].read(data)
    except Unreadable:
        return


def test_the_three_wires_tell_the_same_event() -> None:
    post, when = record("dbd", at(-5)), at(-5)
    told = [
        WIRES["jetstream"].read(v1(when, "k", post, rev="rev7").encode())[0],
        WIRES["jetstream-v2"].read(v2(7, when, "k", post).encode())[0],
        WIRES["firehose"].read(firehose(7, when, [("create", "app.bsky.feed.post/k", post)]))[0],
    ]
    assert {(event.kind, event.did, event.rkey, event.rev, event.at) for event in told if isinstance(event, Event)} == {
        ("create", ALI, "k", "rev7", when)
    }
    assert [dict(event.record) for event in told if isinstance(event, Event)] == [post] * 3
    assert [event.position for event in told if isinstance(event, Event)] == [micros(when), 7, 7]


def test_a_notice_of_a_cursor_that_is_too_old_is_a_loss() -> None:
    assert WIRES["jetstream-v2"].read(v2_info("OutdatedCursor").encode()) == [Lost("resumed from seq 900")]
    assert WIRES["jetstream-v2"].read(v2_info("FutureCursor").encode()) == [Lost("resumed from seq 900", restart=True)]
    assert WIRES["firehose"].read(frame("#info", {"name": "OutdatedCursor"})) == [Lost("OutdatedCursor")]


@given(st.datetimes(min_value=datetime(1971, 1, 1), max_value=datetime(2200, 1, 1), timezones=st.just(UTC)))
def test_moments_survive_the_way_to_microseconds_and_back(when: datetime) -> None:
    assert moment_of(microseconds(when)) == when
    assert moment(when.isoformat()) == when


KEYWORDS = ["dbd", "demam berdarah", "vaksin*", "covid-19", "café"]


@pytest.mark.parametrize(
    "text",
    ["DBD", "#DBD!", "(dbd)", "#dbd_jakarta", "Demam  Berdarah", "demam\nberdarah", "#demamberdarah", "demam-berdarah", "vaksin",
     "vaksinasi", "VAKSINnya",
     "covid-19", "covid 19", "#COVID19", "Cafe\u0301", "ＤＢＤ"],
)  # fmt: skip
def test_a_keyword_is_found_as_people_write_it(text: str) -> None:
    assert Wanted.of(KEYWORDS, [])(f"kemarin {text} lagi", [])


@pytest.mark.parametrize(
    "text", ["dbdx", "xdbd", "berdarah demam", "demam yang berdarah", "vaks in", "prevaksin", "covid", "covid-199", ""]
)
def test_a_part_of_a_word_or_of_a_phrase_is_no_keyword(text: str) -> None:
    assert not Wanted.of(KEYWORDS, [])(text, [])


@given(st.lists(st.text(max_size=12), max_size=5), st.text(max_size=60))
def test_any_keywords_that_pass_the_check_can_be_looked_for(keywords: list[str], text: str) -> None:
    sound = [keyword for keyword in keywords if keyword_problem(keyword) is None]
    Wanted.of(sound, [])(text, [])
    for keyword in sound:
        assert Wanted.of([keyword], [])(f"a {keyword.replace('*', '')} b", [])
