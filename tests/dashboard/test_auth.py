"""Who gets in, who does not, and what they may do."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from dashboard import auth, passwords
from dashboard.app import create_app
from warehouse.settings import DataFolder, Settings
from warehouse.state import State
from warehouse.state.accounts import PER_PAIR

NOW = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
PASSWORD = "kata sandi siti"
PUBLIC, LOCAL = "10.1.2.3", "127.0.0.1"
pytestmark = pytest.mark.usefixtures("quick")


class Clock:
    """A clock that tests turn."""

    def __init__(self) -> None:
        self.time = NOW

    def __call__(self) -> datetime:
        return self.time


@pytest.fixture(scope="module")
def password_hash(quick: None) -> str:
    return passwords.hash_password(PASSWORD)


@pytest.fixture
def state(tmp_path: Path, password_hash: str) -> State:
    state = State(DataFolder(tmp_path / "data"))
    state.add_user("siti", password_hash, "analyst", NOW)
    return state


@pytest.fixture
def clock() -> Clock:
    return Clock()


def _server(state: State, clock: Callable[[], datetime], **web: str) -> Flask:
    server = Flask("test")
    server.add_url_rule("/", "home", lambda: f"home of {auth.who()}")
    server.add_url_rule("/posts", "posts", lambda: "posts")
    server.add_url_rule("/_dash-update-component", "update", lambda: {"secret": 1}, methods=["POST"])
    server.add_url_rule("/assets/style.css", "style", lambda: "css")
    server.add_url_rule("/run", "run", lambda: auth.require("officer"))
    server.add_url_rule("/out", "out", auth.csrf_token)
    auth.protect(server, state, Settings.model_validate({"web": {"host": "0.0.0.0"} | web}), clock)
    return server


@pytest.fixture
def client(state: State, clock: Clock) -> Iterator[FlaskClient]:
    with _server(state, clock).test_client() as client:
        yield client


def _token(response: TestResponse) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', response.text)
    assert found
    return found[1]


def _log_in(client: FlaskClient, login: str = "siti", password: str = PASSWORD, target: str = "/", address: str = PUBLIC) -> TestResponse:
    token = _token(client.get("/login"))
    form = {"csrf": token, "login": login, "password": password, "next": target}
    return client.post("/login", data=form, environ_base={"REMOTE_ADDR": address})


# ---- the door


def test_without_log_in_nothing_but_the_assets_is_served(client: FlaskClient) -> None:
    page = client.get("/posts?topic=dbd", headers={"Accept": "text/html"})
    assert (page.status_code, page.location) == (302, "/login?next=/posts?topic%3Ddbd")
    assert client.post("/_dash-update-component", json={}).status_code == 401
    assert client.get("/_dash-update-component").status_code == 401
    assert client.get("/nowhere").status_code in (302, 401)
    assert client.get("/assets/style.css").status_code == 200


def test_the_right_password_opens_the_page_that_was_asked_for(client: FlaskClient, state: State) -> None:
    answer = _log_in(client, target="/posts?topic=dbd")
    assert (answer.status_code, answer.location) == (303, "/posts?topic=dbd")
    assert client.get("/").text == "home of siti"
    assert client.get("/login").location == "/"
    assert [(entry.who, entry.what) for entry in state.audit_log()] == [("siti", "log in")]


def test_capitals_and_blanks_around_a_login_do_not_matter(client: FlaskClient) -> None:
    assert _log_in(client, " Siti ").status_code == 303


@pytest.mark.parametrize(
    ("login", "password"), [("siti", "wrong"), ("budi", PASSWORD), ("", ""), ("siti", "x" * 5_000), ("\ud800", "\ud800")]
)
def test_a_wrong_login_and_a_wrong_password_look_the_same(client: FlaskClient, state: State, login: str, password: str) -> None:
    answer = _log_in(client, login.encode("utf-8", "replace").decode(), password.encode("utf-8", "replace").decode())
    assert answer.status_code == 401
    assert "Nama pengguna atau kata sandi salah." in answer.text or "Login or password is wrong." in answer.text
    assert client.get("/", headers={"Accept": "text/html"}).status_code == 302
    assert state.audit_log()[0].what == "log in refused"


def test_a_password_typed_as_login_is_not_kept(client: FlaskClient, state: State) -> None:
    _log_in(client, login=PASSWORD, password="")
    assert PASSWORD not in str(state.audit_log())


def test_an_unknown_login_costs_as_much_as_a_wrong_password(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    hashed: list[str] = []

    class Hasher(passwords.PasswordHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> bool:
            hashed.append(str(hash))
            return super().verify(hash, password)

    monkeypatch.setattr(passwords, "_hasher", Hasher(time_cost=1, memory_cost=64, parallelism=1))
    for login in ("siti", "nobody"):
        assert _log_in(client, login, "wrong").status_code == 401
    assert len(hashed) == 2
    assert {text.rsplit("$", 2)[0] for text in hashed} == {hashed[0].rsplit("$", 2)[0]}, "the same parameters"


def test_a_hash_of_weaker_days_is_made_anew_on_the_way_in(client: FlaskClient, state: State) -> None:
    weak = passwords.PasswordHasher(time_cost=1, memory_cost=32, parallelism=1).hash(PASSWORD)
    state.set_password("siti", weak)
    assert _log_in(client).status_code == 303
    siti = state.user("siti")
    assert siti
    assert siti.password_hash != weak
    assert passwords.matches(PASSWORD, siti.password_hash)
    assert client.get("/").text == "home of siti"


def test_a_shut_account_stays_out(client: FlaskClient, state: State) -> None:
    state.set_disabled("siti", True)
    assert _log_in(client).status_code == 401


def test_after_five_wrong_passwords_the_right_one_waits(client: FlaskClient, clock: Clock) -> None:
    for _ in range(PER_PAIR):
        assert _log_in(client, password="wrong").status_code == 401
    refused = _log_in(client)
    assert refused.status_code == 429
    assert "Coba lagi dalam 15 menit" in refused.text
    assert 0 < int(refused.headers["Retry-After"]) <= 15 * 60 + 1
    assert _log_in(client, address="10.9.9.9").status_code == 303, "a stranger cannot lock out a colleague elsewhere"
    client.delete_cookie("kentongan_session")
    clock.time += timedelta(minutes=15)
    assert _log_in(client).status_code == 303


def test_behind_a_local_proxy_the_address_is_what_the_proxy_saw(client: FlaskClient, state: State) -> None:
    token = _token(client.get("/login"))
    forged = {"X-Forwarded-For": "1.1.1.1, 203.0.113.9"}
    client.post("/login", data={"csrf": token, "login": "siti", "password": "no"}, headers=forged, environ_base={"REMOTE_ADDR": LOCAL})
    assert state.audit_log()[0].detail == "from 203.0.113.9"
    client.post("/login", data={"csrf": token, "login": "siti", "password": "no"}, headers=forged, environ_base={"REMOTE_ADDR": PUBLIC})
    assert state.audit_log()[0].detail == f"from {PUBLIC}"


def test_a_form_from_elsewhere_is_refused(client: FlaskClient) -> None:
    client.get("/login")
    for token in ("", "guess", "é"):
        assert client.post("/login", data={"csrf": token, "login": "siti", "password": PASSWORD}).status_code == 400
    assert client.get("/posts").status_code in (302, 401)


def test_a_huge_form_is_refused(client: FlaskClient) -> None:
    token = _token(client.get("/login"))
    assert client.post("/login", data={"csrf": token, "login": "siti", "password": "x" * 100_000}).status_code == 413


# ---- sessions


def test_the_cookie_is_for_this_server_and_not_for_scripts(client: FlaskClient) -> None:
    plain = _log_in(client).headers["Set-Cookie"]
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(plain.split("; "))
    assert "Secure" not in plain
    client.delete_cookie("kentongan_session")
    token = _token(client.get("/login"))
    form = {"csrf": token, "login": "siti", "password": PASSWORD}
    assert "Secure" in client.post("/login", data=form, headers={"X-Forwarded-Proto": "https"}).headers["Set-Cookie"].split("; ")


def test_a_session_ends_after_twelve_hours(client: FlaskClient, clock: Clock) -> None:
    _log_in(client)
    clock.time += timedelta(hours=11, minutes=59)
    assert client.get("/posts").status_code == 200
    clock.time += timedelta(minutes=1)
    assert client.post("/_dash-update-component").status_code == 401


def test_a_changed_cookie_opens_nothing(client: FlaskClient) -> None:
    _log_in(client)
    cookie = client.get_cookie("kentongan_session")
    assert cookie
    for value in (cookie.value[:-2] + "xx", "x" + cookie.value, "", "\x00"):
        client.set_cookie("kentongan_session", value)
        assert client.post("/_dash-update-component").status_code == 401


def test_logging_out_ends_the_session_everywhere(client: FlaskClient, state: State) -> None:
    _log_in(client)
    stolen = client.get_cookie("kentongan_session")
    assert stolen
    assert client.post("/logout").status_code == 400
    assert client.get("/logout").status_code == 405
    assert client.get("/").text == "home of siti"
    assert client.post("/logout", data={"csrf": client.get("/out").text}).status_code == 303
    client.set_cookie("kentongan_session", stolen.value)
    assert client.post("/_dash-update-component").status_code == 401
    assert state.audit_log()[0].what == "log out"


@pytest.mark.parametrize("change", [lambda state: state.set_disabled("siti", True), lambda state: state.set_password("siti", "x")])
def test_a_shut_account_and_a_new_password_end_the_session_at_once(
    client: FlaskClient, state: State, change: Callable[[State], None]
) -> None:
    _log_in(client)
    assert client.get("/posts").status_code == 200
    change(state)
    assert client.post("/_dash-update-component").status_code == 401


def test_what_was_shown_is_not_kept_by_the_browser(client: FlaskClient) -> None:
    _log_in(client)
    assert client.get("/posts").headers["Cache-Control"] == "no-store"
    assert "Cache-Control" not in client.get("/assets/style.css").headers


def test_processes_share_the_key_and_the_sessions(state: State, clock: Clock) -> None:
    with _server(state, clock).test_client() as one, _server(state, clock).test_client() as other:
        _log_in(one)
        cookie = one.get_cookie("kentongan_session")
        assert cookie
        other.set_cookie("kentongan_session", cookie.value)
        assert other.get("/").text == "home of siti"
    assert state.folder.session_key.stat().st_mode & 0o777 == 0o600


# ---- roles


def test_a_role_allows_what_lower_roles_may(client: FlaskClient, state: State) -> None:
    _log_in(client)
    refused = client.get("/run")
    assert refused.status_code == 403
    assert "officer" in refused.text
    state.set_role("siti", "administrator")
    _log_in(client)
    assert client.get("/run").text == "siti"


# ---- loopback


@pytest.fixture
def local(state: State, clock: Clock) -> Iterator[FlaskClient]:
    with _server(state, clock, host=LOCAL).test_client() as client:
        yield client


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8050", "[::1]:8050", "127.0.1.1"])
def test_at_this_machine_nobody_logs_in(local: FlaskClient, host: str) -> None:
    assert local.get("/", headers={"Host": host}).text == "home of loopback"
    assert local.get("/run", headers={"Host": host}).text == "loopback"
    assert local.post("/_dash-update-component", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "127.0.0.1.evil.example"},
        {"Host": "10.1.2.3"},
        {"Host": "localhost:x]"},
        {"X-Forwarded-For": "203.0.113.9"},
        {"Forwarded": "for=203.0.113.9"},
        {"X-Forwarded-Proto": "https"},
        {"Via": "1.1 proxy"},
    ],
)
def test_a_proxy_or_a_foreign_name_needs_a_log_in_even_on_loopback(local: FlaskClient, headers: dict[str, str]) -> None:
    assert local.post("/_dash-update-component", headers=headers).status_code in (400, 401)


def test_a_proxy_that_speaks_http_1_0_needs_a_log_in(local: FlaskClient) -> None:
    assert local.post("/_dash-update-component", environ_overrides={"SERVER_PROTOCOL": "HTTP/1.0"}).status_code == 401


def test_log_in_can_be_asked_for_on_loopback_too(state: State, clock: Clock) -> None:
    with _server(state, clock, host=LOCAL, login="always").test_client() as client:
        assert client.post("/_dash-update-component").status_code == 401
        assert _log_in(client).status_code == 303


# ---- the page


def test_the_page_speaks_the_language_of_the_reader(client: FlaskClient) -> None:
    indonesian, english = client.get("/login?next=/posts"), client.get("/login?lang=en")
    assert '<html lang="id">' in indonesian.text
    assert "Kata sandi" in indonesian.text
    assert 'href="/login?lang=en&amp;next=/posts"' in indonesian.text
    assert '<html lang="en">' in english.text
    assert "Password" in english.text
    client.set_cookie("kentongan_lang", "en")
    assert '<html lang="en">' in client.get("/login").text


def test_the_page_runs_no_script_and_asks_nothing_of_others(client: FlaskClient) -> None:
    page = client.get("/login?next=%22%3E%3Cscript%3E&lang=%3Cscript%3E")
    assert "<script" not in page.text
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'nonce-")
    assert "http" not in page.text


def test_hostile_input_comes_back_as_text(client: FlaskClient) -> None:
    answer = _log_in(client, login='"><img src=x onerror=alert(1)>', password="x", target='/"><script>')
    assert "<img" not in answer.text
    assert "<script" not in answer.text


def test_before_there_is_an_account_the_page_says_how_to_make_one(tmp_path: Path, clock: Clock) -> None:
    with _server(State(DataFolder(tmp_path)), clock).test_client() as client:
        assert "kentongan users add" in client.get("/login").text


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
        "///evil.example",
        "evil",
        "/login",
        "/logout",
        "http:evil",
        " //evil.example",
        "//[",
    ],
)
def test_after_logging_in_nobody_is_sent_elsewhere(client: FlaskClient, target: str) -> None:
    location = _log_in(client, target=target).location
    assert location in ("/", target)
    assert urlsplit(location).netloc == ""
    assert location.startswith("/")
    assert not location.startswith(("//", "/\\", "/\t"))


@given(st.text(max_size=60) | st.from_regex(r"[/\\]{1,3}[a-z.:@/\\\t]{0,20}"))
def test_a_target_always_stays_on_this_server(target: str) -> None:
    kept = auth.safe_target(target)
    assert kept.startswith("/")
    assert not re.match(r"^[\x00-\x20]*(/[\x00-\x20]*[/\\]|\\|[a-zA-Z][a-zA-Z0-9+.-]*:)", kept)


# ---- the dashboard itself


def test_every_route_of_the_dashboard_is_behind_the_door(tmp_path: Path) -> None:
    settings = Settings.model_validate({"web": {"host": "0.0.0.0"}})
    client = create_app(DataFolder(tmp_path), settings).server.test_client()
    public = ("/assets/", "/_dash-component-suites/", "/_favicon.ico", "/login")
    for rule in client.application.url_map.iter_rules():
        path = re.sub(r"<[^>]+>", "x", rule.rule)
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            answer = client.open(path, method=method, headers={"Accept": "text/html"})
            if not path.startswith(public):
                assert answer.status_code == 401 or answer.location.startswith("/login"), (method, path, answer.status)
