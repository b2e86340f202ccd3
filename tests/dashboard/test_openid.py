"""Logging in with an OpenID Connect provider: a real one on loopback, which knows whoever the test says."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

import httpx
import pytest
from flask import Flask
from flask.testing import FlaskClient
from provider import person, provider
from werkzeug.test import TestResponse

from dashboard import auth
from dashboard.passwords import hash_password, matches
from warehouse.errors import SettingsError
from warehouse.settings import DataFolder, Settings
from warehouse.state import State
from warehouse.state.accounts import NO_PASSWORD

NOW = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
SITI = "siti@dinkes.example"


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    with provider() as address:
        yield address


@pytest.fixture
def state(tmp_path: Path) -> State:
    state = State(DataFolder(tmp_path / "data"))
    state.add_user(SITI, NO_PASSWORD, "analyst", NOW)
    return state


def _client(state: State, issuer: str, **openid: object) -> FlaskClient:
    server = Flask("test")
    server.add_url_rule("/", "home", lambda: f"home of {auth.who()}")
    server.add_url_rule("/posts", "posts", lambda: "posts")
    table = {"issuer": issuer, "client_id": "kentongan", "name": "Akun <b>Dinkes</b>"} | openid
    auth.protect(server, state, Settings.model_validate({"web": {"host": "0.0.0.0"}, "openid": table}), lambda: NOW)
    return server.test_client()


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KENTONGAN_OPENID_SECRET", "between us")


@pytest.fixture
def client(state: State, issuer: str) -> FlaskClient:
    return _client(state, issuer)


def _consent(address: str | None, subject: str) -> str:
    """The person says yes at the provider; where the provider sends the browser then."""
    answer = httpx.post(address or "", data={"sub": subject})
    assert answer.status_code == 302, answer.text
    back = urlsplit(answer.headers["location"])
    return f"{back.path}?{back.query}"


def _log_in(client: FlaskClient, subject: str, target: str = "/") -> TestResponse:
    asked = client.get(f"/login/openid?next={quote(target)}")
    assert asked.status_code == 302, asked.text
    return client.get(_consent(asked.location, subject))


def test_the_log_in_page_offers_the_provider_by_its_name_and_as_text(client: FlaskClient) -> None:
    page = client.get("/login?next=/posts").text
    assert "Akun &lt;b&gt;Dinkes&lt;/b&gt;" in page
    assert 'href="/login/openid?next=/posts"' in page


def test_whom_the_provider_knows_comes_in_with_the_role_of_the_account(client: FlaskClient, issuer: str, state: State) -> None:
    person(issuer, "1", email="Siti@Dinkes.example", email_verified=True)
    answer = _log_in(client, "1", "/posts?topic=dbd")
    assert (answer.status_code, answer.location) == (303, "/posts?topic=dbd")
    assert client.get("/").text == f"home of {SITI}"
    assert [(entry.who, entry.what) for entry in state.audit_log()] == [(SITI, "log in")]
    assert issuer in state.audit_log()[0].detail


def test_the_provider_is_asked_with_state_nonce_and_a_challenge(client: FlaskClient) -> None:
    asked = parse_qs(urlsplit(client.get("/login/openid").location or "").query)
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["state"][0] != asked["nonce"][0]
    assert asked["redirect_uri"] == ["http://localhost/login/openid/answer"]


def test_nobody_is_sent_to_another_site_afterwards(client: FlaskClient, issuer: str) -> None:
    person(issuer, "1", email=SITI, email_verified=True)
    assert _log_in(client, "1", "//elsewhere.example/").location == "/"


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"email": SITI}, "verified"),
        ({"email": SITI, "email_verified": False}, "verified"),
        ({"email": SITI, "email_verified": "true"}, "verified"),
        ({"name": "Siti"}, "does not tell email"),
        ({"email": [SITI], "email_verified": True}, "does not tell email"),
        ({"email": "budi@dinkes.example", "email_verified": True}, "no open account"),
        ({"email": "Robert'); DROP TABLE users;--", "email_verified": True}, "no open account"),
    ],
)
def test_who_is_not_believed_or_not_known_stays_outside(
    client: FlaskClient, issuer: str, state: State, told: dict[str, object], said: str
) -> None:
    person(issuer, "2", **told)
    answer = _log_in(client, "2")
    assert answer.status_code == 401
    assert "Akun &lt;b&gt;Dinkes&lt;/b&gt;" in answer.text
    assert client.get("/", headers={"Accept": "text/html"}).status_code == 302
    refused = state.audit_log()[0]
    assert (refused.who, refused.what) == ("unknown", "log in refused")
    assert said in refused.detail


def test_a_shut_account_stays_shut(client: FlaskClient, issuer: str, state: State) -> None:
    state.set_disabled(SITI, True)
    person(issuer, "1", email=SITI, email_verified=True)
    assert _log_in(client, "1").status_code == 401


def test_an_answer_counts_once_and_only_for_the_browser_that_asked(client: FlaskClient, issuer: str, state: State) -> None:
    person(issuer, "1", email=SITI, email_verified=True)
    back = _consent(client.get("/login/openid").location, "1")
    assert _client(state, issuer).get(back).status_code == 401
    assert client.get(re.sub(r"state=[^&]+", "state=forged", back)).status_code == 401
    assert client.get(back).status_code == 303
    assert client.get(back).status_code == 401


def test_who_says_no_at_the_provider_is_told_so_by_the_log_in_page(client: FlaskClient, state: State) -> None:
    asked = client.get("/login/openid").location
    back = urlsplit(httpx.post(asked or "", data={"action": "deny"}).headers["location"])
    assert client.get(f"{back.path}?{back.query}").status_code == 401
    assert "access_denied" in state.audit_log()[0].detail


def test_a_newcomer_gets_an_account_that_may_look_where_the_settings_say_so(issuer: str, state: State) -> None:
    client = _client(state, issuer, accounts="viewer")
    person(issuer, "3", email="budi@dinkes.example", email_verified=True)
    assert _log_in(client, "3").status_code == 303
    made = state.user("budi@dinkes.example")
    assert made is not None
    assert (made.role, made.has_password) == ("viewer", False)
    assert [entry.what for entry in state.audit_log()] == ["log in", "add account"]


def test_a_name_that_no_account_can_have_makes_none(issuer: str, state: State) -> None:
    client = _client(state, issuer, accounts="viewer")
    person(issuer, "4", email="<script>@dinkes.example", email_verified=True)
    assert _log_in(client, "4").status_code == 401
    assert len(state.users()) == 1


def test_another_claim_can_be_the_login_and_an_address_be_trusted(issuer: str, state: State) -> None:
    state.add_user("siti.nip", NO_PASSWORD, "viewer", NOW)
    person(issuer, "5", preferred_username="Siti.NIP", email=SITI)
    assert _log_in(_client(state, issuer, claim="preferred_username"), "5").status_code == 303
    assert _log_in(_client(state, issuer, trust_email=True), "5").status_code == 303


@pytest.mark.parametrize("password", ["none", "", "the password of nobody"])
def test_an_account_without_a_password_has_none_that_could_be_guessed(client: FlaskClient, password: str) -> None:
    assert not matches(password, NO_PASSWORD)
    token = re.search(r'name="csrf" value="([^"]+)"', client.get("/login").text)
    assert token
    answer = client.post("/login", data={"csrf": token[1], "login": SITI, "password": password})
    assert answer.status_code == 401


def test_a_provider_that_calls_itself_otherwise_than_the_settings_is_not_believed(issuer: str, state: State) -> None:
    answer = _client(state, issuer.replace("127.0.0.1", "LOCALHOST")).get("/login/openid")
    assert answer.status_code == 401
    assert "says that it is" in state.audit_log()[0].detail


def test_a_provider_that_does_not_answer_is_told(state: State) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        answer = _client(state, f"http://127.0.0.1:{nobody.getsockname()[1]}").get("/login/openid")
    assert answer.status_code == 401
    assert "cannot be asked" in state.audit_log()[0].detail


def _out(client: FlaskClient) -> TestResponse:
    """Log out as the button in the header does."""
    with client.session_transaction() as kept:
        kept["csrf"] = "ours"
    return client.post("/logout", data={"csrf": "ours"})


def _way_out(page: str) -> tuple[str, dict[str, list[str]]]:
    """Where the page after logging out leads: the address, and what it tells the provider."""
    found = re.search(r'http-equiv="refresh" content="0; url=([^"]+)"', page)
    assert found
    address = unescape(found[1])
    assert page.count(found[1]) == 2, "the link for a browser that is not sent on by itself"
    return address.partition("?")[0], parse_qs(urlsplit(address).query)


def test_who_logs_out_here_is_sent_to_log_out_at_the_provider_and_back(client: FlaskClient, issuer: str, state: State) -> None:
    person(issuer, "1", email=SITI, email_verified=True)
    _log_in(client, "1")
    page = _out(client)
    where, told = _way_out(page.text)
    assert where == f"{issuer}/oauth2/end_session"
    assert told["client_id"] == ["kentongan"]
    assert told["post_logout_redirect_uri"] == ["http://localhost/login"]
    assert told["id_token_hint"][0].count(".") == 2
    assert "Akun &lt;b&gt;Dinkes&lt;/b&gt;" in page.text
    assert page.headers["Cache-Control"] == "no-store"
    assert client.get("/", headers={"Accept": "text/html"}).status_code == 302
    assert state.audit_log()[0].what == "log out"


def test_behind_a_proxy_the_way_back_is_the_address_of_the_settings(issuer: str, state: State) -> None:
    out = _client(state, issuer, answer_to="https://k.example/login/openid/answer")
    person(issuer, "1", email=SITI, email_verified=True)
    _log_in(out, "1")
    assert _way_out(_out(out).text)[1]["post_logout_redirect_uri"] == ["https://k.example/login"]


def test_a_token_too_large_for_a_cookie_is_not_kept(client: FlaskClient, issuer: str) -> None:
    person(issuer, "6", email=SITI, email_verified=True, name="S" * 4_000)
    assert _log_in(client, "6").status_code == 303
    assert client.get("/").text == f"home of {SITI}"
    assert "id_token_hint" not in _way_out(_out(client).text)[1]


@pytest.mark.parametrize("announced", [None, "", 7, "javascript:alert(1)", "//elsewhere.example/out"])
def test_a_provider_that_offers_no_way_out_is_not_asked(client: FlaskClient, issuer: str, announced: object) -> None:
    person(issuer, "1", email=SITI, email_verified=True)
    _log_in(client, "1")
    client.application.extensions["authlib.integrations.flask_client"].openid.server_metadata["end_session_endpoint"] = announced
    answer = _out(client)
    assert (answer.status_code, answer.location) == (303, "/login")
    assert client.get("/", headers={"Accept": "text/html"}).status_code == 302


def test_who_came_with_a_password_has_nothing_to_log_out_of_elsewhere(client: FlaskClient, state: State) -> None:
    state.add_user("budi", hash_password("kuda lari pagi"), "viewer", NOW)
    token = re.search(r'name="csrf" value="([^"]+)"', client.get("/login").text)
    assert token
    assert client.post("/login", data={"csrf": token[1], "login": "budi", "password": "kuda lari pagi"}).status_code == 303
    assert _out(client).location == "/login"


def test_without_a_provider_there_is_no_such_door(state: State) -> None:
    server = Flask("test")
    auth.protect(server, state, Settings.model_validate({"web": {"host": "0.0.0.0"}}), lambda: NOW)
    page = server.test_client()
    assert page.get("/login/openid").status_code == 404
    assert "openid" not in page.get("/login").text


def test_a_missing_secret_is_told_when_the_dashboard_starts(state: State, issuer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KENTONGAN_OPENID_SECRET")
    with pytest.raises(SettingsError, match="KENTONGAN_OPENID_SECRET"):
        _client(state, issuer)


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ({"issuer": "https://id.example"}, "client_id"),
        ({"issuer": "http://id.example", "client_id": "k"}, "https://"),
        ({"issuer": "https://id.example", "client_id": "k", "answer_to": "http://k.example/login/openid/answer"}, "https://"),
        ({"issuer": "https://id.example", "client_id": "k", "scope": "email"}, "scope"),
    ],
)
def test_settings_that_would_not_be_safe_are_refused(table: dict[str, str], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        Settings.model_validate({"openid": table})
