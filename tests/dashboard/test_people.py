"""Accounts, sessions, the audit log, the settings in force and the health of the instance, as people meet them."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from published_folder import NOW, settings
from test_pages import page, texts

from dashboard import health, i18n, inforce, passwords, sessions
from dashboard.app import create_app
from warehouse.settings import DataFolder, Settings, load
from warehouse.state import State

Ask = Callable[..., dict[str, Any]]
PASSWORD = "kata sandi admin"
AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"
pytestmark = pytest.mark.usefixtures("quick")


@pytest.fixture
def state(folder: DataFolder, tmp_path: Path) -> State:
    """A state of its own beside the published copy that all tests share."""
    own = DataFolder(tmp_path / "data")
    shutil.copytree(folder.published, own.published)
    found = State(own)
    found.add_user("admin", passwords.hash_password(PASSWORD), "administrator", NOW)
    return found


@pytest.fixture
def app(state: State) -> Any:
    closed = Settings.model_validate({**settings().model_dump(), "web": {"login": "always"}})
    return create_app(state.folder, closed, now=lambda: NOW + timedelta(seconds=12))


def log_in(app: Any, login: str, password: str, agent: str = AGENT) -> FlaskClient | None:
    """A browser of somebody who tried to log in; None when it was refused."""
    client = app.server.test_client()
    client.environ_base["HTTP_USER_AGENT"] = agent
    token = re.search(r'name="csrf" value="([^"]+)"', client.get("/login").text)
    assert token
    answer = client.post("/login", data={"csrf": token[1], "login": login, "password": password, "next": "/posts"})
    return client if answer.status_code == 303 else None


@pytest.fixture
def admin(app: Any, asking: Callable[..., Ask]) -> Ask:
    return asking(app, log_in(app, "admin", PASSWORD))


def add(ask: Ask, login: str, role: str = "viewer") -> str:
    """Make an account on the page and read the password that it shows."""
    given = {"account-add.n_clicks": 1, "account-login.value": login, "account-role.value": role, "account-do.n_clicks": []}
    told = json.dumps(ask("accounts-told.children", given, changed="account-add.n_clicks"))
    found = re.search(r"[a-z0-9]{4}(?:-[a-z0-9]{4}){3}", told)
    assert found, told
    return found[0]


def do(ask: Ask, step: str, login: str, role: str = "viewer") -> str:
    """Press one of the buttons of an account; what the page says."""
    given = {
        "account-do.n_clicks": [({"step": step}, 1)],
        "role-of.value": [({"of": login}, role)],
        "account.data": login,
    }
    return texts(ask("accounts-told.children", given, changed=f'{{"step":"{step}","type":"account-do"}}.n_clicks'))


def rows(ask: Ask) -> dict[str, dict[str, Any]]:
    found = ask("accounts-grid.rowData", {})["response"]["accounts-grid"]["rowData"]
    return {row["login"]: row for row in found}


# ---- accounts


def test_a_new_account_gets_a_password_that_is_shown_once_and_asks_to_be_changed(admin: Ask, app: Any, state: State) -> None:
    password = add(admin, "Siti", "analyst")
    assert rows(admin)["siti"]["role"] == "Analyst"
    assert rows(admin)["siti"]["state"] == "First password"
    assert password not in json.dumps(page(admin, "/people"))
    assert password not in str(state.audit_log())
    client = app.server.test_client()
    token = re.search(r'name="csrf" value="([^"]+)"', client.get("/login").text)
    assert token
    answer = client.post("/login", data={"csrf": token[1], "login": "siti", "password": password, "next": "/posts"})
    assert answer.location == "/settings"


@pytest.mark.parametrize(
    ("login", "told"), [("admin", "There is an account admin already"), ("", "A login has up to 64"), ("<b>", "A login has up to 64")]
)
def test_what_cannot_be_an_account_is_refused_in_words(admin: Ask, login: str, told: str) -> None:
    given = {"account-add.n_clicks": 1, "account-login.value": login, "account-role.value": "viewer", "account-do.n_clicks": []}
    assert told in texts(admin("accounts-told.children", given, changed="account-add.n_clicks"))


def test_a_role_that_is_none_is_refused(admin: Ask, state: State) -> None:
    given = {"account-add.n_clicks": 1, "account-login.value": "budi", "account-role.value": "king", "account-do.n_clicks": []}
    assert "Choose a role" in texts(admin("accounts-told.children", given, changed="account-add.n_clicks"))
    assert state.user("budi") is None


def test_a_shut_account_is_logged_out_at_once_and_can_be_opened_again(admin: Ask, app: Any) -> None:
    password = add(admin, "budi")
    budi = log_in(app, "budi", password)
    assert budi
    assert rows(admin)["budi"]["sessions"] == 1
    assert "budi is shut" in do(admin, "shut", "budi")
    assert budi.get("/_dash-layout").status_code == 401
    assert log_in(app, "budi", password) is None
    assert "may log in again" in do(admin, "open", "budi")
    assert log_in(app, "budi", password)


def test_a_forgotten_password_is_replaced_by_one_that_is_shown_once(admin: Ask, app: Any) -> None:
    first = add(admin, "budi")
    told = do(admin, "password", "budi")
    second = re.search(r"[a-z0-9]{4}(?:-[a-z0-9]{4}){3}", told)
    assert second
    assert log_in(app, "budi", first) is None
    assert log_in(app, "budi", second[0])


def test_the_last_administrator_cannot_lock_everybody_out(admin: Ask, state: State) -> None:
    assert "last administrator" in do(admin, "shut", "admin")
    assert "last administrator" in do(admin, "role", "admin", "viewer")
    add(admin, "deputy", "administrator")
    assert "has the new role" in do(admin, "role", "deputy", "officer")
    assert [one.login for one in state.users() if one.may("administrator")] == ["admin"]


def test_sessions_of_somebody_can_be_seen_and_ended(admin: Ask, app: Any) -> None:
    password = add(admin, "budi")
    phone = log_in(app, "budi", password, "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/130.0 Mobile Safari/537.36")
    assert phone
    shown = texts(admin("account-detail.children", {"account.data": "budi"}))
    assert "Chrome, Android" in shown
    assert "1 session was ended" in do(admin, "end", "budi")
    assert phone.get("/_dash-layout").status_code == 401
    assert "Not logged in anywhere" in texts(admin("account-detail.children", {"account.data": "budi"}))


def test_a_browser_may_call_itself_anything() -> None:
    assert sessions.browser(AGENT) == "Firefox, Linux"
    assert sessions.browser("Mozilla/5.0 (Windows NT 10.0) Chrome/120 Safari/537.36 Edg/120") == "Edge, Windows"
    assert sessions.browser("<script>") == "Unknown browser"


# ---- one's own account


def change(ask: Ask, now: str, new: str, again: str | None = None) -> str:
    given = {"own-change.n_clicks": 1, "own-password.value": now, "own-new.value": new, "own-again.value": new if again is None else again}
    return texts(ask("own-told.children", given, changed="own-change.n_clicks"))


def test_everybody_changes_their_own_password_and_other_sessions_end(app: Any, asking: Callable[..., Ask], state: State) -> None:
    state.add_user("siti", passwords.hash_password("kata sandi siti"), "viewer", NOW, temporary=True)
    here, elsewhere = (log_in(app, "siti", "kata sandi siti") for _ in range(2))
    assert here
    assert elsewhere
    ask = asking(app, here)
    assert "Somebody else made your password" in texts(page(ask, "/settings"))
    assert "The password is changed" in change(ask, "kata sandi siti", "sandi baru siti")
    assert elsewhere.get("/_dash-layout").status_code == 401
    assert here.get("/_dash-layout").status_code == 200
    assert "Somebody else made your password" not in texts(page(ask, "/settings"))
    assert log_in(app, "siti", "kata sandi siti") is None
    assert log_in(app, "siti", "sandi baru siti")


@pytest.mark.parametrize(
    ("now", "new", "again", "told"),
    [
        ("wrong", "sandi baru siti", None, "The password now is not right"),
        (PASSWORD, "short", None, "has to have 10 to"),
        (PASSWORD, "sandi baru siti", "another one here", "differ"),
        (PASSWORD, PASSWORD, None, "is the old one"),
    ],
)
def test_a_change_of_password_says_what_is_wrong(
    app: Any, admin: Ask, state: State, now: str, new: str, again: str | None, told: str
) -> None:
    before = state.user("admin")
    assert told in change(admin, now, new, again)
    assert state.user("admin") == before


def test_the_old_password_cannot_be_guessed_from_a_session_that_was_stolen(admin: Ask) -> None:
    told = [change(admin, f"guess number {number}", "sandi baru admin") for number in range(6)]
    assert "Too many attempts" in told[-1]
    assert "Too many attempts" in change(admin, PASSWORD, "sandi baru admin")


def test_one_ends_ones_own_sessions_and_nobody_elses(app: Any, asking: Callable[..., Ask], state: State) -> None:
    state.add_user("siti", passwords.hash_password("kata sandi siti"), "viewer", NOW)
    here, elsewhere, other = log_in(app, "siti", "kata sandi siti"), log_in(app, "siti", "kata sandi siti"), log_in(app, "admin", PASSWORD)
    assert here
    assert elsewhere
    assert other
    ask = asking(app, here)

    def end(session: str) -> None:
        changed = f'{{"session":"{session}","type":"own-end"}}.n_clicks'
        ask("own-sessions.children", {"own-end.n_clicks": [({"session": session}, 1)]}, changed=changed)

    (foreign,) = state.sessions(NOW, "admin")
    end(foreign.session_id)
    assert other.get("/_dash-layout").status_code == 200
    end("others")
    assert elsewhere.get("/_dash-layout").status_code == 401
    assert here.get("/_dash-layout").status_code == 200
    assert ("siti", "end sessions") in [(entry.who, entry.what) for entry in state.audit_log()]


def test_where_nobody_logs_in_the_page_says_so(state: State, asking: Callable[..., Ask]) -> None:
    open_app = create_app(state.folder, settings(), now=lambda: NOW)
    ask = asking(open_app, open_app.server.test_client())
    assert "Nobody logs in here" in texts(page(ask, "/settings"))
    assert "nobody logs in now" in texts(page(ask, "/people"))
    assert "no password and no session" in change(ask, "x", "sandi baru siti")


# ---- the audit log


def entries(ask: Ask, **given: Any) -> str:
    chosen = {"who.value": "", "what.value": "", "q.value": "", "span.value": "all", "days.value": [], "entries.value": 1}
    return texts(ask("deeds-list.children", {**chosen, **{f"{key}.value": value for key, value in given.items()}}))


def test_every_deed_of_an_administrator_is_in_the_log(admin: Ask) -> None:
    add(admin, "budi")
    do(admin, "role", "budi", "officer")
    do(admin, "shut", "budi")
    told = entries(admin)
    for deed in ("Made an account", "budi as viewer", "Changed a role", "budi: viewer → officer", "Shut an account", "Logged in"):
        assert deed in told


def test_the_log_is_filtered_by_who_what_and_words_and_turned_page_by_page(admin: Ask, state: State) -> None:
    for number in range(60):
        state.audit("budi", "run source", f"news 100% {number}_", NOW)
    state.audit("siti", "run source", "mastodon", NOW)
    assert "mastodon" not in entries(admin, who="budi")
    assert "mastodon" in entries(admin, who="siti", what="run source")
    assert "No entries for this choice" in entries(admin, who="siti", what="log in")
    assert "No entries for this choice" in entries(admin, q="100_")
    assert "news 100% 7_" in entries(admin, q="% 7_")
    second = entries(admin, who="budi", entries=2)
    assert "news 100% 0_" in second
    assert "news 100% 59_" not in second


def test_the_log_is_filtered_by_time(admin: Ask, state: State) -> None:
    state.audit("budi", "run source", "long ago", NOW - timedelta(days=40))
    assert "long ago" in entries(admin, span="all")
    assert "long ago" not in entries(admin, span="30d")
    assert "long ago" in entries(admin, span="custom", days=["2026-01-01", "2026-02-10"])


def test_the_log_as_a_file_cannot_run_in_a_spreadsheet_and_is_itself_noted(admin: Ask, state: State) -> None:
    state.audit("budi", "run source", '=HYPERLINK("http://x")\u202e', NOW)
    given = {"deeds-csv.n_clicks": 1, "span.value": "all", "days.value": []}
    content = admin("deeds-csv-file.data", given)["response"]["deeds-csv-file"]["data"]["content"]
    assert content.startswith("\ufeffat,who,what,detail")
    assert "\"'=HYPERLINK" in content
    assert state.audit_log()[0].what == "export audit"


# ---- settings in force


def test_each_setting_says_its_value_and_where_it_comes_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "config.toml"
    config.write_text(
        '[general]\nname = "Dinkes"\n[web]\nport = 9000\n[sources.news]\ncollector = "rss"\nurls = ["https://me:pw@example.org/feed?key=abc&x=1"]\n'
    )
    monkeypatch.setenv("KENTONGAN_WEB__PORT", "9001")
    found = {(one.table, one.key): one for one in inforce.in_force(load(config))}
    assert (found["general", "name"].value, found["general", "name"].origin) == ("Dinkes", "file")
    assert (found["web", "port"].value, found["web", "port"].origin) == ("9001", "environment")
    assert (found["publish", "every"].value, found["publish", "every"].origin) == ("20 seconds", "default")
    assert found["sources.news", "urls"].value == "https://•••@example.org/feed?key=•••&x=1"
    assert found["mail", "password_env"].present is False


@pytest.mark.parametrize("key", ["password", "access_token", "client_secret", "api_key", "API_KEY", "tokens"])
def test_a_secret_is_never_shown_wherever_it_stands(key: str) -> None:
    assert inforce.shown(key, "hunter2") == "•••"
    assert "hunter2" not in inforce.shown("params", {key: "hunter2"})


def test_administrators_see_the_settings_and_viewers_do_not(admin: Ask, app: Any, asking: Callable[..., Ask], state: State) -> None:
    assert "[general]" in texts(page(admin, "/settings"))
    assert "Name of this instance" in texts(page(admin, "/settings"))
    assert "Name of this instance" not in texts(page(admin, "/settings", lang="id"))
    state.add_user("siti", passwords.hash_password("kata sandi siti"), "officer", NOW)
    siti = asking(app, log_in(app, "siti", "kata sandi siti"))
    shown = texts(page(siti, "/settings"))
    assert "[general]" not in shown
    assert "System health" in shown


# ---- health


def test_health_tells_of_worker_copy_disk_and_versions(admin: Ask) -> None:
    shown = texts(page(admin, "/settings"))
    assert "Does not run" in shown
    assert "12 s ago" in shown
    assert "DuckDB" in shown
    assert re.search(r"state [\d.]+ kB", shown)


def test_before_anything_is_published_accounts_can_be_made(tmp_path: Path, asking: Callable[..., Ask]) -> None:
    app = create_app(DataFolder(tmp_path), settings(), now=lambda: NOW)
    ask = asking(app, app.server.test_client())
    assert "nothing published" in texts(page(ask, "/settings"))
    assert add(ask, "siti")


@pytest.mark.parametrize(("bytes_", "written"), [(999, "999 B"), (1_500, "1.5 kB"), (25_000_000, "25 MB"), (3_240_000_000, "3.2 GB")])
def test_sizes_are_written_in_the_unit_that_fits(bytes_: int, written: str) -> None:
    with i18n.speaking("en", NOW.tzinfo):
        assert health.size(bytes_) == written
