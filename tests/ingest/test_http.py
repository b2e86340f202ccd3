"""The one HTTP client against a real server on loopback: patience, limits, and what it will not do."""

from __future__ import annotations

import gzip
import logging
import socket
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import repeat

import pytest
from collector_contract import quick_http
from web_server import Answer, Asked, WebServer

from ingest.http import Http, user_agent
from warehouse.errors import CollectError, SourceMalformed, SourceRefused, SourceThrottled, SourceUnreachable
from warehouse.settings import Collect


class FakeTime:
    """A clock that moves only when somebody sleeps."""

    def __init__(self) -> None:
        self.at = 1000.0
        self.slept: list[float] = []

    def clock(self) -> float:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += seconds


@pytest.fixture
def moment() -> FakeTime:
    return FakeTime()


@pytest.fixture
def patient(moment: FakeTime) -> Iterator[Http]:
    """Shipped settings on a clock of its own."""
    with Http(Collect(), "dinkes@example.org", clock=moment.clock, sleep=moment.sleep) as client:
        yield client


def test_an_answer_is_read_and_the_server_learns_who_asks(web: WebServer, http: Http) -> None:
    url = web.on("/feed", Answer(b"demam", headers={"ETag": '"1"', "Last-Modified": "Sun, 01 Mar 2026 12:00:00 GMT"}))
    answer = http.get(url, params={"q": "demam berdarah"}, headers={"User-Agent": "Mozilla", "Accept": "text/xml"})
    assert (answer.status, answer.content, answer.etag, answer.requests) == (200, b"demam", '"1"', 1)
    asked = web.asked[0]
    assert asked.query == {"q": "demam berdarah"}
    assert asked.headers["user-agent"] == http.user_agent == "Kentongan/0.1.0 (+tests@example.org)"
    assert (asked.headers["accept"], asked.headers["accept-encoding"]) == ("text/xml", "gzip, deflate")


def test_a_contact_cannot_inject_a_header() -> None:
    assert user_agent("a@b.id\r\nX-Evil: 1 (x)") == "Kentongan/0.1.0 (+a@b.idX-Evil: 1 x)"
    assert user_agent("") == "Kentongan/0.1.0"


def test_a_page_that_did_not_change_is_not_sent_again(web: WebServer, http: Http) -> None:
    def conditional(asked: Asked) -> Answer:
        return Answer(status=304) if asked.headers.get("if-none-match") == '"1"' else Answer(b"news", headers={"ETag": '"1"'})

    url = web.on("/feed", conditional)
    first = http.get(url)
    assert not first.not_modified
    assert http.get(url, etag=first.etag, last_modified=first.last_modified).not_modified


def test_304_without_a_question_is_no_answer(web: WebServer, http: Http) -> None:
    with pytest.raises(SourceMalformed, match="HTTP 304"):
        http.get(web.on("/feed", Answer(status=304)))


@pytest.mark.parametrize("status", [408, 425, 500, 502, 503, 504, 520])
def test_a_server_in_trouble_is_asked_again(web: WebServer, http: Http, status: int) -> None:
    answer = http.get(web.on("/feed", Answer(status=status), Answer(b"well again")))
    assert (answer.content, answer.requests) == (b"well again", 2)


def test_pauses_grow_and_the_last_failure_is_told(web: WebServer, patient: Http, moment: FakeTime) -> None:
    url = web.on("/feed", Answer(status=500))
    with pytest.raises(SourceUnreachable, match="HTTP 500"):
        patient.get(url)
    assert len(web.asked) == 5
    assert all(low <= pause <= 1.5 * low for pause, low in zip(moment.slept, [1, 2, 4, 8], strict=True))


def test_a_host_that_is_down_gets_one_attempt_until_it_answers(web: WebServer, patient: Http) -> None:
    web.on("/bad", Answer(status=500))
    web.on("/good", Answer(b"ok"))
    for expected in (5, 6):
        with pytest.raises(SourceUnreachable):
            patient.get(web.url + "/bad")
        assert len(web.asked) == expected
    patient.get(web.url + "/good")
    with pytest.raises(SourceUnreachable):
        patient.get(web.url + "/bad")
    assert len(web.asked) == 12


@pytest.mark.parametrize(("status", "said"), [(401, "token"), (403, "refuses"), (404, "check the address"), (422, "refuses the request")])
def test_a_refusal_is_not_retried_and_says_what_to_do(web: WebServer, http: Http, status: int, said: str) -> None:
    with pytest.raises(SourceRefused, match=f"HTTP {status}: .*{said}"):
        http.get(web.on("/feed", Answer(status=status)))
    assert len(web.asked) == 1


def test_retry_after_in_seconds_is_waited_for(web: WebServer, patient: Http, moment: FakeTime) -> None:
    url = web.on("/feed", Answer(status=429, headers={"Retry-After": "60"}), Answer(b"ok"))
    assert patient.get(url).requests == 2
    assert 60 <= sum(moment.slept) <= 61


def test_retry_after_as_a_date_is_read_by_the_servers_clock(web: WebServer, patient: Http, moment: FakeTime) -> None:
    def later(_: Asked) -> Answer:
        return Answer(raw=b"HTTP/1.1 503 Busy\r\nDate: Sat, 01 Jan 2000 00:00:00 GMT\r\nRetry-After: Sat, 01 Jan 2000 00:00:30 GMT\r\n"
                          b"Connection: close\r\nContent-Length: 0\r\n\r\n")  # fmt: skip

    assert patient.get(web.on("/feed", later, Answer(b"ok"))).content == b"ok"
    assert 30 <= sum(moment.slept) <= 31


def test_a_wait_beyond_patience_ends_the_run_and_spares_the_host(web: WebServer, patient: Http, moment: FakeTime) -> None:
    url = web.on("/feed", Answer(status=429, headers={"Retry-After": "3600"}))
    with pytest.raises(SourceThrottled, match="asks us to wait 3600 s") as caught:
        patient.get(url)
    assert caught.value.retry_after == 3600
    with pytest.raises(SourceThrottled, match="asked us to wait"):
        patient.get(web.url + "/other")
    assert len(web.asked) == 1
    assert moment.slept == []
    moment.at += 3601
    assert patient.get(web.on("/other", Answer(b"ok"))).content == b"ok"


def test_throttling_without_a_time_is_retried_with_pauses(web: WebServer, patient: Http) -> None:
    with pytest.raises(SourceThrottled, match="429 at every attempt") as caught:
        patient.get(web.on("/feed", Answer(status=429)))
    assert caught.value.retry_after is None
    assert len(web.asked) == 5


def test_requests_to_one_host_keep_their_pace_and_other_hosts_do_not_wait(web: WebServer, patient: Http, moment: FakeTime) -> None:
    url = web.on("/feed", Answer(b"ok"))
    for _ in range(4):
        patient.get(url)
    assert moment.slept == [1.0, 1.0, 1.0]
    with WebServer() as other:
        patient.get(other.on("/feed", Answer(b"ok")))
    assert len(moment.slept) == 3


def test_threads_share_one_pace(web: WebServer) -> None:
    url, naps, lock = web.on("/feed", Answer(b"ok")), [], threading.Lock()

    def nap(seconds: float) -> None:
        with lock:
            naps.append(round(seconds))

    with Http(Collect(pace=1000, patience=10_000), "", sleep=nap) as client:
        threads = [threading.Thread(target=client.get, args=(url,)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(naps) == [1000, 2000, 3000]


def test_a_write_is_not_sent_twice(web: WebServer, http: Http) -> None:
    with pytest.raises(SourceUnreachable):
        http.request("POST", web.on("/api", Answer(status=500)), content=b"{}")
    assert [asked.body for asked in web.asked] == [b"{}"]


def test_a_body_larger_than_allowed_is_not_read(web: WebServer) -> None:
    with quick_http(max_bytes=1000) as http:
        for body in (bytes(1001), repeat(bytes(100))):
            with pytest.raises(SourceMalformed, match="larger than 1,000 bytes"):
                http.get(web.on("/feed", Answer(body)))
        assert http.get(web.on("/feed", Answer(bytes(1000)))).content == bytes(1000)


def test_a_gzip_bomb_stops_at_the_limit(web: WebServer, http: Http) -> None:
    bomb = gzip.compress(bytes(100_000_000))
    with pytest.raises(SourceMalformed, match="larger than 20,000,000 bytes"):
        http.get(web.on("/feed", Answer(bomb, headers={"Content-Encoding": "gzip"})))


@pytest.mark.parametrize("headers_too", [False, True])
def test_a_server_that_drips_byte_by_byte_cannot_hold_a_run(web: WebServer, headers_too: bool) -> None:
    drip = Answer(repeat(b"x"), drip=0.05)
    with quick_http(timeout=0.4, retries=0) as http:
        url = _dripping_headers() if headers_too else web.on("/feed", drip)
        start = time.monotonic()
        with pytest.raises(SourceUnreachable, match=r"no whole answer within 0\.4 s"):
            http.get(url)
        assert time.monotonic() - start < 2


def _dripping_headers() -> str:
    """A server that never ends its headers."""
    listener = socket.create_server(("127.0.0.1", 0))
    wait = threading.Event()

    def serve() -> None:
        with listener, listener.accept()[0] as connection:
            connection.sendall(b"HTTP/1.1 200 OK\r\n")
            for number in range(200):
                try:
                    connection.sendall(f"X-{number}: y\r\n".encode())
                except OSError:
                    return
                wait.wait(0.05)

    threading.Thread(target=serve, daemon=True).start()
    return f"http://127.0.0.1:{listener.getsockname()[1]}/feed"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x00\xff rubbish \r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\ncut off",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: " + b"a" * 200_000 + b"\r\n\r\n",
    ],
)
def test_a_broken_server_is_unreachable_and_not_a_crash(web: WebServer, http: Http, raw: bytes) -> None:
    with pytest.raises(SourceUnreachable):
        http.get(web.on("/feed", Answer(raw=raw)))
    assert len(web.asked) == 2


def test_nobody_listening_and_no_such_name_are_unreachable(http: Http) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(SourceUnreachable, match=f"127.0.0.1:{port}/feed"):
        http.get(f"http://127.0.0.1:{port}/feed?key=SECRET")

    def no_name(host: str, port: int) -> list[str]:
        raise socket.gaierror(-2, "Name or service not known")

    client = Http(Collect(pace=0, retries=0), "", sleep=lambda _: None, resolve=no_name)
    with client, pytest.raises(SourceUnreachable, match="does not resolve"):
        client.get("http://kemkes.invalid/feed")


@pytest.mark.parametrize("url", ["ftp://example.org/x", "file:///etc/passwd", "javascript:alert(1)", "http://", "http://[x", "feed", ""])
def test_only_http_addresses_are_fetched(http: Http, url: str) -> None:
    with pytest.raises(SourceRefused, match="address"):
        http.get(url)


def test_redirects_are_followed_a_few_times(web: WebServer, http: Http) -> None:
    web.on("/a", Answer(status=301, headers={"Location": "b?x=1"}))
    web.on("/b", Answer(b"here"))
    answer = http.get(web.url + "/a")
    assert (answer.url, answer.content, answer.requests) == (web.url + "/b?x=1", b"here", 2)
    with pytest.raises(SourceRefused, match="more than 5 redirects"):
        http.get(web.on("/loop", Answer(status=302, headers={"Location": "/loop"})))


def test_a_redirect_to_a_file_is_not_followed(web: WebServer, http: Http) -> None:
    with pytest.raises(SourceRefused, match="not an http or https address"):
        http.get(web.on("/a", Answer(status=302, headers={"Location": "file:///etc/passwd"})))


def test_a_token_does_not_travel_to_another_host(web: WebServer, http: Http) -> None:
    with WebServer() as other:
        web.on("/a", Answer(status=302, headers={"Location": other.on("/b", Answer(b"ok"))}))
        http.get(web.url + "/a", headers={"Authorization": "Bearer SECRET"})
        assert web.asked[0].headers["authorization"] == "Bearer SECRET"
        assert "authorization" not in other.asked[0].headers


def test_a_form_that_is_sent_on_becomes_a_plain_get(web: WebServer, http: Http) -> None:
    web.on("/form", Answer(status=303, headers={"Location": "/done"}))
    web.on("/done", Answer(b"thanks"))
    assert http.request("POST", web.url + "/form", content=b"a=1").content == b"thanks"
    assert (web.asked[1].method, web.asked[1].body) == ("GET", b"")


def test_a_proxy_of_the_environment_is_used_except_where_it_is_excluded(web: WebServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", web.url)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    web.on("kemkes.invalid/feed", Answer(b"by proxy"))
    web.on("/direct", Answer(b"direct"))
    with quick_http() as http:
        assert http.get("http://kemkes.invalid/feed").content == b"by proxy"
        assert http.get(web.url + "/direct").content == b"direct"


def test_secrets_reach_neither_messages_nor_logs(web: WebServer, http: Http, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    url = web.on("/feed", Answer(status=500), Answer(status=403))
    with pytest.raises(CollectError) as caught:
        http.get(url + "?key=SECRET", headers={"Authorization": "Bearer SECRET"})
    assert "HTTP 500" in caplog.text
    assert "SECRET" not in caplog.text + str(caught.value)


@pytest.mark.parametrize("body", [b"<html>", b"[" * 100_000, b'{"a": "\xff"}', b""])
def test_json_that_is_none_is_malformed(web: WebServer, http: Http, body: bytes) -> None:
    with pytest.raises(SourceMalformed, match="not JSON"):
        http.get(web.on("/api", Answer(body))).json()


@pytest.mark.parametrize(
    ("kind", "text"), [("text/plain; charset=latin-1", "Ã©"), ("text/plain", "é"), ("text/plain; charset=none-such", "é")]
)
def test_text_is_read_in_its_declared_encoding(web: WebServer, http: Http, kind: str, text: str) -> None:
    assert http.get(web.on("/page", Answer("é".encode(), headers={"Content-Type": kind}))).text == text


def test_dates_in_retry_after_need_no_clock_of_ours(web: WebServer) -> None:
    naps: list[float] = []

    def later(_: Asked) -> Answer:
        return Answer(
            raw=b"HTTP/1.1 429 Slow\r\nRetry-After: Sun, 01 Mar 2026 12:00:20 GMT\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
        )

    at = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
    with Http(Collect(pace=0), "", sleep=naps.append, now=lambda: at) as client:
        client.get(web.on("/feed", later, Answer(b"ok")))
    assert 19 < sum(naps) < 22
