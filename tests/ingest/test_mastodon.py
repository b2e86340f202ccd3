"""The Mastodon collector, against mastodon_mock (a stateful mock of Mastodon itself) and against a server that is awkward on purpose."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from collector_contract import Case, CollectorContract, Served, checkpoints, posts, run
from mastodon_mock.config import AuthConfig, DatabaseConfig, MastodonMockConfig, SeedAccount, SeedConfig, SeedStatus
from mastodon_mock.testing.server import MockServer
from mastodon_server import AwkwardServer, collector
from web_server import Answer, WebServer

from ingest.base import Request
from ingest.http import Http
from ingest.mastodon import Mastodon
from warehouse.errors import CollectError, SourceMalformed, SourceRefused, SourceThrottled, SourceUnreachable
from warehouse.records import Checkpoint, Post

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def fedi(awkward: AwkwardServer, http: Http) -> Mastodon:
    return collector(awkward.web.url, http)


def turn(fedi: Mastodon, cursor: Any = None, at: datetime = NOW, query: str = "#demam") -> tuple[dict[str, Post], list[Checkpoint]]:
    items = run(fedi, query, cursor or {}, at)
    return posts(items), checkpoints(items)


@contextmanager
def mock_server() -> Iterator[Served]:
    seed = SeedConfig(
        accounts=[SeedAccount(username="ana", access_token="ana_token"), SeedAccount(username="budi", domain="jauh.example")],
        statuses=[
            SeedStatus(account="ana", text="Anak saya demam tinggi #demam"),
            SeedStatus(account="budi", text="Posyandu besok #demam"),
            SeedStatus(account="ana", text="rahasia #demam", visibility="private"),
        ],
    )
    config = MastodonMockConfig(database=DatabaseConfig(path=":memory:"), seed=seed, auth=AuthConfig())
    with MockServer(config=config) as server:
        writer = server.client("ana")
        yield Served(
            options={"server": server.base_url, "tags": ["#Demam"], "public": ["local", "federated"]},
            add=lambda: writer.status_post("Wabah baru #demam") and None,
            fail=server.stop,
        )


class TestMastodonContract(CollectorContract):
    case = Case("mastodon", mock_server)


@contextmanager
def awkward_server() -> Iterator[Served]:
    with WebServer() as web:
        server = AwkwardServer(web)
        server.fill(100, NOW)
        yield Served(
            options={"server": web.url, "public": ["federated"], "backfill": "30 minutes"},
            add=lambda: server.post("baru", NOW) and None,
            fail=lambda: web.on("/api/v1/timelines/public", Answer(status=500)) and None,
            now=lambda: NOW,
        )


class TestMastodonContractOnAnAwkwardServer(CollectorContract):
    case = Case("mastodon", awkward_server)


def test_a_mock_of_mastodon_gives_its_public_posts_by_tag_and_timeline(http: Http) -> None:
    with mock_server() as served:
        fedi = collector(served.options["server"], http, public=["local", "federated"])
        texts = {query: sorted(post.text for post in turn(fedi, query=query, at=served.now())[0].values()) for query in fedi.queries()}
        authors = {post.author for post in turn(fedi, at=served.now())[0].values()}
    host = served.options["server"].removeprefix("http://")
    assert len(texts["#demam"]) == len(texts["federated"]) == 2
    assert len(texts["local"]) == 1
    assert "rahasia" not in str(texts)
    assert authors == {f"ana@{host}", "budi@jauh.example"}


def test_edits_at_a_mock_of_mastodon_come_again(http: Http) -> None:
    with mock_server() as served:
        fedi = collector(served.options["server"], http)
        writer = MockClient(served.options["server"])
        status = writer.post("demam tiga hari #demam")
        before, marks = turn(fedi, at=served.now())
        writer.edit(status, "demam empat hari #demam")
        after, _ = turn(fedi, marks[-1].cursor, at=served.now() + MINUTE)
    assert [post.text for post in after.values()] == ["demam empat hari #demam"]
    assert after.keys() <= before.keys()
    assert all(post.edited_at for post in after.values())


class MockClient:
    """Writes at the mock as ana."""

    def __init__(self, server: str) -> None:
        import mastodon

        self._client = mastodon.Mastodon(access_token="ana_token", api_base_url=server)

    def post(self, text: str) -> Any:
        return self._client.status_post(text)

    def edit(self, status: Any, text: str) -> None:
        self._client.status_update(status, text)


def test_a_status_becomes_a_post(awkward: AwkwardServer, fedi: Mastodon) -> None:
    awkward.post(
        "Demam &amp; batuk<br>di Bandung",
        NOW - HOUR,
        spoiler_text="kesehatan",
        edited_at="2026-03-01T11:30:00.000Z",
        in_reply_to_id="7",
        favourites_count=3,
        reblogs_count=2,
        replies_count=1,
        media_attachments=[{"type": "image", "description": "termometer 39 derajat"}],
    )
    (post,) = turn(fedi)[0].values()
    assert post.text == "kesehatan\nDemam & batuk\ndi Bandung\ntermometer 39 derajat"
    assert (post.likes, post.reposts, post.replies, post.reply, post.repost, post.lang_hint) == (3, 2, 1, True, False, "id")
    assert (post.created_at, post.edited_at) == (NOW - HOUR, NOW - HOUR / 2)
    assert post.author == f"ana@{awkward.web.url.removeprefix('http://')}"


def test_boosts_are_left_out_unless_wanted(awkward: AwkwardServer, http: Http) -> None:
    own = awkward.post("asli", NOW - HOUR)
    awkward.post("", NOW - MINUTE, reblog=own, account={"id": "2", "acct": "budi@jauh.example"})
    assert [post.text for post in turn(collector(awkward.web.url, http))[0].values()] == ["asli"]
    wanted = turn(collector(awkward.web.url, http, boosts=True))[0].values()
    assert sorted((post.text, post.repost, post.author.startswith("budi")) for post in wanted) == [
        ("asli", False, False),
        ("asli", True, True),
    ]


@pytest.mark.parametrize(
    "changes", [{"visibility": "unlisted"}, {"visibility": "private"}, {"visibility": "direct"}, {"content": "<p> </p>"}]
)
def test_what_is_not_public_or_says_nothing_is_left_out(awkward: AwkwardServer, fedi: Mastodon, changes: dict[str, Any]) -> None:
    awkward.post("publik", NOW - HOUR)
    awkward.post("x", NOW - MINUTE, **changes)
    assert [post.text for post in turn(fedi)[0].values()] == ["publik"]


def test_all_pages_are_walked_without_link_header_and_with_opaque_ids(awkward: AwkwardServer, fedi: Mastodon) -> None:
    awkward.fill(130, NOW)
    found, marks = turn(fedi)
    assert len(found) == 130
    assert awkward.asked() == 5
    assert sum(mark.requests for mark in marks) == 5
    assert (marks[-1].covered_from, marks[-1].covered_to) == (NOW - 130 * MINUTE, NOW)
    assert all("/api/v2/instance" not in asked.path for asked in awkward.web.asked)


def test_the_first_run_goes_back_as_far_as_asked(awkward: AwkwardServer, http: Http) -> None:
    awkward.fill(200, NOW, step=HOUR)
    found, marks = turn(collector(awkward.web.url, http, backfill="2 days"))
    assert 48 <= len(found) <= 120
    assert marks[-1].covered_from == NOW - 2 * DAY


def test_a_quiet_tag_costs_one_request_and_covers_the_time(awkward: AwkwardServer, fedi: Mastodon) -> None:
    awkward.fill(50, NOW - DAY)
    _, first = turn(fedi)
    before = awkward.asked()
    found, second = turn(fedi, first[-1].cursor, NOW + HOUR)
    assert (found, awkward.asked() - before, len(second)) == ({}, 1, 1)
    assert (second[0].covered_from, second[0].covered_to, second[0].complete) == (NOW, NOW + HOUR, True)


def test_more_than_a_runs_pages_goes_on_at_the_next_run_without_a_hole(awkward: AwkwardServer, http: Http) -> None:
    fedi = collector(awkward.web.url, http, pages=2)
    awkward.fill(10, NOW)
    _, marks = turn(fedi)
    awkward.fill(200, NOW + 5 * HOUR)
    found: dict[str, Post] = {}
    spans = []
    for number in range(8):
        awkward.post(f"selalu ada yang baru {number}", NOW + (5 + number) * HOUR - MINUTE)
        fresh, marks = turn(fedi, marks[-1].cursor, NOW + (5 + number) * HOUR)
        found |= fresh
        spans += [(mark.covered_from, mark.covered_to) for mark in marks if mark.covered_from]
        if number == 0:
            assert (spans, marks[-1].complete) == ([], False)
            assert "more than 2 pages; goes on at the next run" in marks[-1].note
    assert len(found) == 208
    assert spans[0] == (NOW, NOW + 5 * HOUR)
    assert all(before[1] == after[0] for before, after in pairwise(spans))
    assert marks[-1].complete


def test_a_failure_in_the_middle_keeps_what_was_walked(awkward: AwkwardServer, fedi: Mastodon) -> None:
    awkward.fill(120, NOW)
    good = awkward.timeline
    awkward.web.on("/api/v1/timelines/tag/demam", good, good, Answer(status=500))
    items: list[Any] = []
    with pytest.raises(SourceUnreachable):
        items.extend(fedi.collect(Request("#demam", {}, NOW)))
    awkward.web.on("/api/v1/timelines/tag/demam", good)
    rest, marks = turn(fedi, checkpoints(items)[-1].cursor, NOW + HOUR)
    assert len(posts(items)) == 80
    assert len(posts(items).keys() | rest.keys()) == 120
    assert marks[-1].covered_to == NOW + HOUR


def test_a_post_that_reaches_the_server_late_is_still_found(awkward: AwkwardServer, fedi: Mastodon) -> None:
    awkward.fill(30, NOW)
    _, marks = turn(fedi)
    late = awkward.post("datang terlambat", NOW - 10 * MINUTE)
    awkward.statuses.insert(9, awkward.statuses.pop(0))
    found, _ = turn(fedi, marks[-1].cursor, NOW + MINUTE)
    assert list(found) == [late["id"]]


def test_an_old_post_at_the_top_does_not_end_the_walk(awkward: AwkwardServer, fedi: Mastodon) -> None:
    awkward.fill(30, NOW - HOUR)
    _, marks = turn(fedi)
    awkward.fill(60, NOW + HOUR)
    awkward.post("dari tahun lalu", NOW - 400 * DAY)
    found, marks = turn(fedi, marks[-1].cursor, NOW + HOUR)
    assert len(found) == 61
    assert marks[-1].complete


def test_engagement_and_edits_within_reach_come_again(awkward: AwkwardServer, fedi: Mastodon) -> None:
    awkward.fill(3, NOW)
    _, marks = turn(fedi)
    awkward.statuses[1]["favourites_count"] = 9
    awkward.statuses[2] |= {"content": "<p>diubah</p>", "edited_at": "2026-03-01T12:00:30Z"}
    found, _ = turn(fedi, marks[-1].cursor, NOW + MINUTE)
    assert sorted((post.likes, post.text) for post in found.values()) == [(0, "diubah"), (9, "kiriman 1")]


def test_no_posts_and_a_closed_feed_are_told_apart(awkward: AwkwardServer, fedi: Mastodon) -> None:
    found, marks = turn(fedi)
    assert (found, len(marks), marks[0].complete, marks[0].covered_from) == ({}, 1, True, None)
    found, marks = turn(fedi, marks[-1].cursor, NOW + HOUR)
    assert (marks[0].covered_from, marks[0].covered_to, marks[0].complete) == (NOW, NOW + HOUR, True)
    for status in (401, 403, 422):
        closed = Answer(b'{"error": "This method requires an authenticated user"}', status, {"Content-Type": "application/json"})
        awkward.web.on("/api/v1/timelines/tag/demam", closed)
        with pytest.raises(SourceRefused, match=f"feed closed .HTTP {status}: This method requires.*token_env"):
            turn(fedi)


def test_a_timeline_that_turns_empty_is_suspected_and_looked_at_again(awkward: AwkwardServer, fedi: Mastodon) -> None:
    awkward.fill(3, NOW)
    _, first = turn(fedi)
    kept, awkward.statuses = awkward.statuses, []
    found, second = turn(fedi, first[-1].cursor, NOW + HOUR)
    assert (found, second[0].complete) == ({}, False)
    assert "empty although it had posts" in second[0].note
    awkward.statuses = kept
    awkward.post("kembali", NOW + HOUR / 2)
    found, third = turn(fedi, second[0].cursor, NOW + 2 * HOUR)
    assert [post.text for post in found.values()] == ["kembali"]
    assert (third[-1].covered_from, third[-1].complete) == (NOW, True)


def test_a_timeline_that_forgets_its_past_says_so(awkward: AwkwardServer, fedi: Mastodon) -> None:
    awkward.fill(3, NOW)
    _, first = turn(fedi)
    awkward.statuses = []
    awkward.fill(5, NOW + HOUR)
    found, second = turn(fedi, first[-1].cursor, NOW + HOUR)
    assert len(found) == 5
    assert not second[-1].complete
    assert "posts in between may be missing" in second[-1].note


def test_a_server_that_cannot_page_says_so_and_ends(awkward: AwkwardServer, fedi: Mastodon) -> None:
    awkward.honours_max_id = False
    awkward.fill(100, NOW)
    found, marks = turn(fedi)
    assert (len(found), marks[-1].complete, awkward.asked()) == (40, False, 2)
    assert "the same page again" in marks[-1].note


@pytest.mark.parametrize(
    ("answer", "error", "said"),
    [
        (Answer(b"<html>"), SourceMalformed, "cannot be read"),
        (Answer(b"{}"), SourceMalformed, "not a list"),
        (Answer(b"[[1], 2]"), SourceMalformed, "none of the 2 posts"),
        (Answer(b'[{"id": "1"}]'), SourceMalformed, "none of the 1 posts"),
        (Answer(b"[" * 100_000), SourceMalformed, "cannot be read"),
        (Answer(b"[" * 400 + b"]" * 400), SourceMalformed, "none of|cannot be read"),
        (Answer(b'{"error": "\x1b[31m\\nrot"}', 404), SourceRefused, "HTTP 404"),
        (Answer(status=503), SourceUnreachable, "HTTP 503"),
        (Answer(status=429, headers={"X-RateLimit-Reset": "2099-01-01T00:00:00Z"}), SourceThrottled, "asks us to wait"),
        (Answer(b"[]", headers={"X-RateLimit-Reset": "rubbish", "X-RateLimit-Remaining": "x"}), CollectError, "cannot be read"),
        (Answer(bytes(30_000_000)), SourceMalformed, "larger than"),
    ],
)
def test_answers_that_are_none_become_one_clear_line(
    awkward: AwkwardServer, fedi: Mastodon, answer: Answer, error: type, said: str
) -> None:
    awkward.web.on("/api/v1/timelines/tag/demam", answer)
    with pytest.raises(error, match=said) as caught:
        turn(fedi)
    assert str(caught.value).isprintable()


def test_one_broken_post_does_not_take_the_page_with_it(awkward: AwkwardServer, fedi: Mastodon) -> None:
    awkward.post("baik", NOW - HOUR)
    awkward.post("tanpa waktu", NOW - MINUTE, created_at="kemarin")
    awkward.post("masa depan", NOW + 40 * DAY)
    awkward.post(
        "aneh",
        NOW - MINUTE,
        account="x",
        media_attachments="y",
        language=7,
        favourites_count="banyak",
        spoiler_text=None,
        url="javascript:1",
    )
    found, marks = turn(fedi)
    by_text = {post.text: post for post in found.values()}
    assert by_text.keys() == {"baik", "masa depan", "aneh"}
    assert by_text["masa depan"].created_at == NOW
    assert (by_text["aneh"].author, by_text["aneh"].likes, by_text["aneh"].url[:5]) == ("", None, "https")
    assert "1 posts cannot be read" in marks[-1].note


def test_the_cursor_stays_small(awkward: AwkwardServer, fedi: Mastodon) -> None:
    awkward.fill(390, NOW)
    assert all(len(json.dumps(dict(mark.cursor))) < 10_000 for mark in turn(fedi)[1])
