"""The X collector against a server that answers as X's recent search does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from collector_contract import Case, CollectorContract, Served, checkpoints, posts, run
from web_server import Answer, Asked, WebServer

from ingest.http import Http
from ingest.x import X, XOptions
from warehouse.errors import CollectError, SourceRefused, SourceThrottled
from warehouse.records import Item

NOW = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
EPOCH_MS = 1_288_834_974_657
PATH = "/2/tweets/search/recent"
TOKEN = "AAAAAAAAAAAAAAAAAAAAAsecretbearer"


def ago(**span: float) -> datetime:
    return NOW - timedelta(**span)


def id_at(when: datetime, serial: int = 0) -> str:
    return str(((round(when.timestamp() * 1000) - EPOCH_MS) << 22) + serial)


class Network:
    """X's index: recent search over seven days before `now`, newest first, `page` at a time."""

    def __init__(self, web: WebServer, page: int = 3) -> None:
        self.entries: list[dict[str, Any]] = []
        self.page, self.now, self.asked = page, NOW, list[dict[str, str]]()
        self.billed: list[str] = []
        web.on(PATH, self.answer)

    def add(self, when: datetime, text: Any = "kasus dbd naik", **more: Any) -> str:
        own = id_at(when, len(self.entries))
        metrics = {"retweet_count": 1, "reply_count": 2, "like_count": 3, "quote_count": 0, "impression_count": 40}
        entry = {"id": own, "text": text, "author_id": "77", "lang": "in", "edit_history_tweet_ids": [own], "public_metrics": metrics}
        self.entries.append({**entry, "created_at": when.isoformat(timespec="milliseconds").replace("+00:00", "Z"), **more})
        return own

    def answer(self, asked: Asked) -> Answer:
        self.asked.append(asked.query)
        if asked.headers.get("authorization") != f"Bearer {TOKEN}":
            return _json({"title": "Unauthorized", "type": "about:blank", "status": 401, "detail": "Unauthorized"}, 401)
        query = asked.query
        low = int(query.get("since_id", id_at(datetime.fromisoformat(query.get("start_time", "2006-01-01T00:00:00Z")))))
        if "since_id" in query and low < int(id_at(self.now - timedelta(days=7))):
            return _json(
                {"errors": [{"message": "'since_id' must be a tweet id created after 7 days ago"}], "title": "Invalid Request"}, 400
            )
        high = min(int(query.get("until_id", 2**62)), int(query.get("next_token", 2**62)), int(id_at(self.now - timedelta(seconds=30))))
        found = sorted((entry for entry in self.entries if low < _int(entry) < high), key=_int, reverse=True)
        shown = found[: self.page]
        self.billed += [entry["id"] for entry in shown]
        meta: dict[str, Any] = {"result_count": len(shown)}
        if len(found) > len(shown):
            meta["next_token"] = str(_int(shown[-1]))
        places = {"places": [{"id": "p1", "full_name": "Bandung, Jawa Barat"}]}
        return _json({**({"data": shown} if shown else {}), "includes": places, "meta": meta})


def _int(entry: dict[str, Any]) -> int:
    return int(entry["id"]) if str(entry["id"]).isdecimal() else int(id_at(ago(hours=1)))


def _json(said: Any, status: int = 200, **headers: str) -> Answer:
    return Answer(json.dumps(said).encode(), status, {"Content-Type": "application/json", **headers})


@contextmanager
def serve() -> Iterator[Served]:
    with WebServer() as web, pytest.MonkeyPatch.context() as patch:
        patch.setenv("KENTONGAN_TEST_BEARER", TOKEN)
        network = Network(web)
        for hour in range(1, 9):
            network.add(ago(hours=hour))

        def fail() -> None:
            web.on(PATH, _json({"title": "Forbidden", "detail": f"no plan for {TOKEN}"}, 403))

        options = {"queries": ["dbd lang:in"], "bearer_env": "KENTONGAN_TEST_BEARER", "base": f"{web.url}/2"}
        yield Served(options, lambda: network.add(ago(minutes=2)) and None, fail, now=lambda: NOW, secret=TOKEN)


class TestXContract(CollectorContract):
    case = Case("x", serve)


@pytest.fixture
def network(web: WebServer) -> Network:
    return Network(web)


@pytest.fixture
def bearer(tmp_path: Path) -> Path:
    file = tmp_path / "bearer"
    file.touch(0o600)
    file.write_text(TOKEN + "\n")
    return file


@pytest.fixture
def x(web: WebServer, http: Http, bearer: Path) -> X:
    return X("x", XOptions(queries=["dbd lang:in"], bearer_file=bearer, base=f"{web.url}/2"), http)


def collect(collector: X, cursor: Any = None, now: datetime = NOW) -> list[Item]:
    return run(collector, "dbd lang:in", cursor or {}, now)


def notes(items: list[Item]) -> str:
    return " | ".join(mark.note for mark in checkpoints(items) if mark.note)


def test_a_post_says_who_when_where_and_how_many(network: Network, x: X) -> None:
    long = {
        "note_tweet": {"text": "teks panjang &amp; utuh"},
        "geo": {"place_id": "p1"},
        "referenced_tweets": [{"type": "replied_to", "id": "1"}],
    }
    own = network.add(ago(hours=1), "teks panj…", **long)
    post = posts(collect(x))[own]
    assert (post.text, post.place_hint, post.lang_hint, post.author) == ("teks panjang & utuh", "Bandung, Jawa Barat", "id", "77")
    assert (post.likes, post.reposts, post.replies, post.views) == (3, 1, 2, 40)
    assert (post.reply, post.repost, post.created_at) == (True, False, ago(hours=1))
    assert post.url == f"https://x.com/i/web/status/{own}"


def test_an_edit_updates_the_post_that_it_edits(network: Network, x: X) -> None:
    first = id_at(ago(hours=2), 5)
    own = network.add(ago(hours=1), "diubah", edit_history_tweet_ids=[first, id_at(ago(hours=1))])
    post = posts(collect(x))[first]
    assert post.edited_at is not None
    assert abs(post.edited_at - ago(hours=1)) < timedelta(seconds=1)
    assert abs(post.created_at - ago(hours=2)) < timedelta(seconds=1)
    assert own in post.url


def test_no_post_is_paid_for_twice(network: Network, x: X) -> None:
    for hour in range(1, 9):
        network.add(ago(hours=hour))
    first = collect(x)
    network.add(ago(minutes=1))
    second = collect(x, checkpoints(first)[-1].cursor)
    assert len(posts(first)) == 8
    assert len(posts(second)) == 1
    assert len(network.billed) == len(set(network.billed)) == 9
    assert network.asked[0]["start_time"] == "2026-02-28T08:00:00Z"
    assert network.asked[-1]["since_id"] == max(posts(first), key=int)
    assert network.asked[0]["query"] == "(dbd lang:in) -is:retweet"


def test_a_run_that_was_cut_goes_on_with_the_older_pages_and_then_with_the_new(network: Network, x: X) -> None:
    for hour in range(1, 9):
        network.add(ago(hours=hour))
    whole = collect(x)
    for place, mark in [(place, item) for place, item in enumerate(whole) if item in checkpoints(whole)]:
        network.billed.clear()
        later = network.add(NOW - timedelta(seconds=40), "baru") if place == 3 else ""
        rest = collect(x, mark.cursor)
        assert posts(whole[:place]).keys() | posts(rest).keys() >= posts(whole).keys() | ({later} if later else set())
        assert not posts(whole[:place]).keys() & set(network.billed), "a page that was kept is not paid for again"


def test_the_budget_ends_a_run_and_the_next_one_goes_on(web: WebServer, http: Http, bearer: Path) -> None:
    network = Network(web, page=100)
    for index in range(350):
        network.add(ago(minutes=1 + index))
    collector = X("x", XOptions(queries=["dbd lang:in"], bearer_file=bearer, base=f"{web.url}/2", budget=150), http)
    cursor: Any = {}
    seen: list[int] = []
    for _ in range(5):
        items = collect(collector, cursor)
        cursor = checkpoints(items)[-1].cursor
        seen.append(len(posts(items)))
        if "until_id" not in cursor:
            break
        assert "budget of 150" in notes(items)
        assert all(mark.covered_from is None for mark in checkpoints(items)), "nothing is claimed before the walk is whole"
    assert (sum(seen), len(set(network.billed)), len(network.billed)) == (350, 350, 350)
    assert checkpoints(items)[0].covered_from == ago(days=1)


def test_a_search_that_rested_for_longer_than_x_remembers_says_so(network: Network, x: X) -> None:
    network.add(ago(days=10))
    network.now = ago(days=9)
    first = collect(x, now=ago(days=9.5))
    network.now = NOW
    network.add(ago(days=1))
    second = collect(x, checkpoints(first)[-1].cursor)
    assert len(posts(second)) == 1
    assert "X holds seven days" in notes(second)
    assert "since_id" not in network.asked[-1]
    assert checkpoints(second)[0].covered_from is not None
    assert checkpoints(second)[0].covered_from > ago(days=7)


def test_what_came_in_the_last_seconds_is_left_to_the_next_run(network: Network, x: X) -> None:
    assert checkpoints(collect(x))[-1].covered_to == ago(seconds=30)
    network.add(ago(seconds=10))
    second = collect(x, checkpoints(collect(x))[-1].cursor)
    network.now = NOW + timedelta(minutes=5)
    third = collect(x, checkpoints(second)[-1].cursor, network.now)
    assert (len(posts(second)), len(posts(third))) == (0, 1)


@pytest.mark.parametrize(
    ("code", "language"), [("in", "id"), ("en", "en"), ("zh", "zh"), ("und", None), ("qme", None), ("zxx", None), ("", None)]
)
def test_languages_are_those_of_bcp_47(network: Network, x: X, code: str, language: str | None) -> None:
    own = network.add(ago(hours=1), lang=code)
    assert posts(collect(x))[own].lang_hint == language


def test_reposts_are_marked_where_they_are_asked_for(network: Network, web: WebServer, http: Http, bearer: Path) -> None:
    own = network.add(ago(hours=1), "RT @a: dbd", referenced_tweets=[{"type": "retweeted", "id": "5"}])
    collector = X("x", XOptions(queries=["dbd lang:in"], bearer_file=bearer, base=f"{web.url}/2", reposts=True), http)
    assert posts(collect(collector))[own].repost
    assert network.asked[0]["query"] == "dbd lang:in"


def test_bad_posts_are_counted_and_skipped(network: Network, x: X) -> None:
    network.page = 50
    good = network.add(ago(hours=1))
    for changes in (
        {"id": "../1"}, {"id": 5.5}, {"text": None}, {"text": " "}, {"created_at": "yesterday"},
        {"edit_history_tweet_ids": ["x"], "id": "y"},
    ):  # fmt: skip
        network.add(ago(hours=2), **changes) if "text" not in changes else network.add(ago(hours=2), changes["text"])
    odd = network.add(ago(hours=3), "tetap", public_metrics="many", referenced_tweets={"type": 1}, geo=[], lang=7, author_id=None)
    items = collect(x)
    assert posts(items).keys() == {good, odd}
    assert "6 posts could not be read" in notes(items)


@pytest.mark.parametrize("body", [b"[]", b"null", b"not json", b'{"data": 5}', b'{"data": [1, null], "meta": 7}'])
def test_odd_answers_are_errors_of_the_source_or_empty(web: WebServer, x: X, body: bytes) -> None:
    web.on(PATH, Answer(body))
    try:
        items = collect(x)
    except CollectError:
        return
    assert not posts(items)


def test_a_refusal_says_the_reason_and_not_the_token(web: WebServer, x: X) -> None:
    web.on(PATH, _json({"title": "Client Forbidden", "detail": f"{TOKEN} is not\nenrolled", "status": 403}, 403))
    with pytest.raises(SourceRefused, match=r"HTTP 403: Client Forbidden \(token\) is not enrolled") as caught:
        collect(x)
    assert TOKEN not in str(caught.value)


def test_the_end_of_the_rate_limit_window_is_waited_for_by_the_scheduler(web: WebServer, x: X) -> None:
    reset = str(round(datetime.now(UTC).timestamp()) + 800)
    web.on(
        PATH,
        _json(
            {"title": "Too Many Requests"}, 429, **{"x-rate-limit-limit": "60", "x-rate-limit-remaining": "0", "x-rate-limit-reset": reset}
        ),
    )
    with pytest.raises(SourceThrottled) as caught:
        collect(x)
    assert caught.value.retry_after == pytest.approx(800, abs=10)


def test_without_a_token_the_run_says_what_to_set(http: Http, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_SUCH_BEARER", raising=False)
    with pytest.raises(SourceRefused, match=r"\[sources\.kicau\] bearer_env: the environment variable NO_SUCH_BEARER is not set"):
        collect(X("kicau", XOptions(queries=["dbd"], bearer_env="NO_SUCH_BEARER"), http))
