"""The requests session that libraries are given: it must be our own client underneath."""

from __future__ import annotations

import gzip

import httpx
import pytest
from collector_contract import quick_http
from web_server import Answer, WebServer

from ingest.http import Http, paced_session
from warehouse.errors import SourceMalformed, SourceRefused, SourceThrottled, SourceUnreachable
from warehouse.settings import Collect


def test_a_library_gets_an_answer_as_from_requests(web: WebServer, http: Http) -> None:
    url = web.on("/api", Answer(gzip.compress(b'{"a": 1}'), headers={"Content-Encoding": "gzip", "Content-Type": "application/json"}))
    session = paced_session(http)
    answer = session.get(url, params={"q": "demam"}, headers={"User-Agent": "Mozilla", "Authorization": "Bearer x"})
    assert (answer.json(), answer.ok, answer.reason, answer.url) == ({"a": 1}, True, "OK", url + "?q=demam")
    assert session.sent == 1
    assert web.asked[0].headers["user-agent"] == http.user_agent
    assert web.asked[0].headers["authorization"] == "Bearer x"


def test_refusals_are_handed_to_the_library(web: WebServer, http: Http) -> None:
    answer = paced_session(http).get(web.on("/api", Answer(b'{"error": "closed"}', 422)))
    assert (answer.status_code, answer.ok, answer.json()) == (422, False, {"error": "closed"})


def test_retries_limits_and_throttling_are_those_of_the_client(web: WebServer) -> None:
    with quick_http(max_bytes=100) as http:
        session = paced_session(http)
        assert session.get(web.on("/a", Answer(status=503), Answer(b"ok"))).text == "ok"
        assert session.sent == 2
        with pytest.raises(SourceMalformed, match="larger"):
            session.get(web.on("/b", Answer(bytes(101))))
        with pytest.raises(SourceUnreachable, match="HTTP 500"):
            session.get(web.on("/c", Answer(status=500)))
        with pytest.raises(SourceThrottled):
            session.get(web.on("/d", Answer(status=429, headers={"Retry-After": "99999"})))


def test_redirects_show_as_history_or_are_left_alone(web: WebServer, http: Http) -> None:
    web.on("/a", Answer(status=302, headers={"Location": "/b"}))
    web.on("/b", Answer(b"here"))
    session = paced_session(http)
    followed = session.get(web.url + "/a")
    assert (followed.text, followed.url, [step.status_code for step in followed.history]) == ("here", web.url + "/b", [302])
    left = session.get(web.url + "/a", allow_redirects=False)
    assert (left.status_code, left.headers["location"]) == (302, "/b")


def test_a_public_host_cannot_redirect_a_library_inside() -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(302, headers={"Location": "http://127.0.0.1/admin"}))
    resolve = {"public.example": ["93.184.215.14"]}
    client = Http(Collect(pace=0), "", transport=transport, resolve=lambda host, _: resolve.get(host, [host]))
    with client, pytest.raises(SourceRefused, match="private"):
        paced_session(client).get("http://public.example/feed")


def test_no_cookie_is_kept_and_no_netrc_is_read(web: WebServer, http: Http) -> None:
    url = web.on("/a", Answer(b"ok", headers={"Set-Cookie": "id=1"}))
    session = paced_session(http)
    session.get(url)
    session.get(url)
    assert "cookie" not in web.asked[1].headers
    assert session.trust_env is False


def test_a_form_is_sent_as_bytes(web: WebServer, http: Http) -> None:
    paced_session(http).post(web.on("/form", Answer(b"ok")), data={"q": "demam"})
    assert web.asked[0].body == b"q=demam"
    assert web.asked[0].headers["content-type"] == "application/x-www-form-urlencoded"
