"""state.sqlite: many processes write it, nothing is done twice, nothing is lost when a process dies."""

from __future__ import annotations

import json
import multiprocessing
import sqlite3
import subprocess
import sys
import threading
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warehouse.errors import InputError, WarehouseError
from warehouse.settings import DataFolder
from warehouse.state import ROLES, State
from warehouse.state.accounts import PER_ADDRESS, PER_LOGIN, PER_PAIR, WINDOW
from warehouse.state.file import to_text, to_time
from warehouse.state.migrations import MIGRATIONS

NOW = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
HASH = "not a real hash"


@pytest.fixture
def state(tmp_path: Path) -> State:
    return State(DataFolder(tmp_path / "data"))


def _tables(state: State) -> set[str]:
    return {row["name"] for row in state.all("SELECT name FROM sqlite_master WHERE type = 'table'")}


# ---- the file


def test_only_its_owner_can_read_the_file(state: State) -> None:
    state.audit("siti", "log in", "", NOW)
    with state.reading() as con:  # the log and its index exist while a connection is open
        con.execute("SELECT 1 FROM audit").fetchone()
        modes = {path.name: path.stat().st_mode & 0o777 for path in state.folder.root.glob("state.sqlite*")}
    assert modes == {"state.sqlite": 0o600, "state.sqlite-wal": 0o600, "state.sqlite-shm": 0o600}


def test_nothing_is_left_beside_the_file(state: State) -> None:
    assert [path.name for path in state.folder.root.iterdir()] == ["state.sqlite"]


def test_readers_do_not_wait_for_a_writer(state: State) -> None:
    with state.writing() as con:
        con.execute("INSERT INTO audit (at, who, what, detail) VALUES (?, '', '', '')", [to_text(NOW)])
        assert state.audit_log() == []
    assert len(state.audit_log()) == 1


def _open_and_note(root: str, number: int) -> int:
    State(DataFolder(Path(root))).audit("process", "started", str(number), NOW)
    return number


def test_processes_that_start_together_share_one_file(tmp_path: Path) -> None:
    with ProcessPoolExecutor(3, mp_context=multiprocessing.get_context("forkserver")) as pool:
        list(pool.map(_open_and_note, [str(tmp_path / "data")] * 6, range(6)))
    noted = State(DataFolder(tmp_path / "data")).audit_log()
    assert sorted(int(entry.detail) for entry in noted) == list(range(6))


def test_a_failed_piece_of_work_leaves_nothing(state: State) -> None:
    def fail() -> None:
        with state.writing() as con:
            con.execute("INSERT INTO audit (at, who, what, detail) VALUES ('', '', '', '')")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert state.audit_log() == []


def test_a_migration_that_fails_changes_nothing(state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    before = _tables(state)
    monkeypatch.setattr("warehouse.state.file.MIGRATIONS", (*MIGRATIONS, ("CREATE TABLE half (a)", "NOT SQL")))
    with pytest.raises(WarehouseError, match=r"state\.sqlite: cannot be used: near \"NOT\""):
        State(state.folder)
    assert _tables(state) == before
    assert state.one("PRAGMA user_version")[0] == len(MIGRATIONS)  # type: ignore[index]


def test_a_file_of_the_version_before_is_brought_up_to_date(state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    state.audit("siti", "log in", "", NOW)
    monkeypatch.setattr("warehouse.state.file.MIGRATIONS", (*MIGRATIONS, ("CREATE TABLE added (a)",)))
    newer = State(state.folder)
    assert "added" in _tables(newer)
    assert newer.audit_log()[0].who == "siti"


def test_a_file_of_a_newer_program_is_refused_in_one_line(state: State) -> None:
    with closing(sqlite3.connect(state.folder.state)) as con:
        con.execute("PRAGMA user_version = 99")
    with pytest.raises(
        WarehouseError, match=r"state\.sqlite: made by a newer version \(schema 99, this program knows \d+\); upgrade kentongan"
    ):
        State(state.folder)


def test_a_damaged_file_is_refused_in_one_line(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path).create()
    folder.state.write_bytes(b"not a database at all" * 100)
    with pytest.raises(WarehouseError, match="file is not a database; restore a backup"):
        State(folder)


_moments = st.datetimes(min_value=datetime(1971, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.timezones())


@settings(max_examples=50)
@given(_moments, _moments)
def test_times_sort_as_text_whatever_their_zone(one: datetime, other: datetime) -> None:
    one, other = one.astimezone(UTC), other.astimezone(UTC)  # a time that a clock skipped equals nothing
    assert to_time(to_text(one)) == one
    assert (to_text(one) < to_text(other)) == (one < other)


# ---- requests to the worker


def test_a_request_is_answered(state: State) -> None:
    number = state.enqueue("import", {"path": "a.csv", "options": {"sheet": None}}, who="siti", now=NOW)
    assert [request.id for request in state.waiting()] == [number]
    taken = state.take(NOW + timedelta(seconds=1))
    assert taken is not None
    assert (taken.id, taken.kind, taken.payload["path"], taken.requested_by) == (number, "import", "a.csv", "siti")
    state.progress(number, 10, None, "reading")
    assert (state.get(number).done, state.get(number).total, state.get(number).message) == (10, None, "reading")
    state.finish(number, outcome="ok", message="12 posts", now=NOW + timedelta(seconds=9))
    done = state.get(number)
    assert (done.outcome, done.message, done.finished_at) == ("ok", "12 posts", NOW + timedelta(seconds=9))
    assert state.waiting() == []


def test_the_oldest_request_is_taken_first_and_only_once(state: State) -> None:
    numbers = [state.enqueue("detect", {}, who="siti", now=NOW) for _ in range(20)]
    with ThreadPoolExecutor(8) as pool:
        taken = [request.id for request in pool.map(lambda _: state.take(NOW), range(30)) if request]
    assert sorted(taken) == numbers
    assert len(set(taken)) == 20


def test_a_request_of_a_worker_that_died_is_given_back(state: State) -> None:
    number = state.enqueue("collect", {"source": "who"}, who="siti", now=NOW)
    state.take(NOW)
    state.progress(number, 3, 10, "half way")
    assert state.take(NOW) is None
    assert State(state.folder).recover(NOW + timedelta(minutes=1)) == 1
    again = state.take(NOW + timedelta(minutes=2))
    assert again is not None
    assert (again.id, again.done, again.total, again.message) == (number, 0, None, "")


def test_a_request_that_kills_each_worker_is_given_up(state: State) -> None:
    number = state.enqueue("import", {"path": "bomb.zip"}, who="siti", now=NOW)
    for _ in range(3):
        assert state.take(NOW) is not None
        state.recover(NOW)
    assert state.take(NOW) is None
    assert (state.get(number).outcome, state.get(number).message) == ("failed", "the worker died each of the 3 times that it tried")


def test_a_finished_request_is_not_given_back(state: State) -> None:
    number = state.enqueue("collect", {}, who="siti", now=NOW)
    state.take(NOW)
    state.finish(number, outcome="failed", message="unreachable", now=NOW)
    assert state.recover(NOW) == 0
    assert state.take(NOW) is None


def test_an_unknown_request_says_so(state: State) -> None:
    with pytest.raises(InputError, match="request 7: there is none"):
        state.get(7)


_KILLED = """
import os, sys
from datetime import UTC, datetime
from pathlib import Path
from warehouse.settings import DataFolder
from warehouse.state import State
state = State(DataFolder(Path(sys.argv[1])))
with state.writing() as con:
    con.execute("INSERT INTO audit (at, who, what, detail) VALUES ('', 'killed', '', '')")
    os.kill(os.getpid(), 9)
"""


def test_a_process_killed_in_the_middle_leaves_nothing_half_done(state: State) -> None:
    ended = subprocess.run([sys.executable, "-c", _KILLED, str(state.folder.root)], check=False, timeout=30)
    assert ended.returncode == -9
    assert state.audit_log() == []
    state.audit("siti", "log in", "", NOW)
    assert len(state.audit_log()) == 1


# ---- mails


def test_a_report_goes_to_each_recipient_once(state: State) -> None:
    assert state.queue_mail("daily", "2026-03-01", "head@example.org", NOW)
    assert not state.queue_mail("daily", "2026-03-01", "head@example.org", NOW + timedelta(hours=1))
    mail = state.claim_mail(NOW)
    assert mail is not None
    assert (mail.state, mail.attempts) == ("sending", 1)
    assert state.claim_mail(NOW + timedelta(days=1)) is None
    state.mail_sent(mail.id, NOW)
    assert not state.queue_mail("daily", "2026-03-01", "head@example.org", NOW + timedelta(days=9))
    assert state.claim_mail(NOW + timedelta(days=9)) is None
    assert state.queue_mail("daily", "2026-03-02", "head@example.org", NOW)


def test_a_failed_mail_is_tried_again_when_it_is_due(state: State) -> None:
    state.queue_mail("weekly", "2026-W09", "head@example.org", NOW)
    mail = state.claim_mail(NOW)
    assert mail is not None
    state.mail_failed(mail.id, "451 try later", NOW + timedelta(minutes=5), NOW)
    assert state.claim_mail(NOW + timedelta(minutes=4)) is None
    again = state.claim_mail(NOW + timedelta(minutes=5))
    assert again is not None
    assert (again.id, again.attempts) == (mail.id, 2)
    state.mail_failed(mail.id, "550 no such person", None, NOW)
    assert state.claim_mail(NOW + timedelta(days=30)) is None
    assert [(kept.state, kept.error) for kept in state.mails()] == [("failed", "550 no such person")]


def test_a_mail_that_may_have_arrived_is_not_sent_again(state: State) -> None:
    state.queue_mail("daily", "2026-03-01", "head@example.org", NOW)
    state.claim_mail(NOW)
    assert state.recover(NOW + timedelta(minutes=1)) == 1
    assert state.claim_mail(NOW + timedelta(days=1)) is None
    assert "may have arrived" in state.mails()[0].error


def test_two_workers_never_claim_one_mail(state: State) -> None:
    for number in range(10):
        state.queue_mail("daily", "2026-03-01", f"person{number}@example.org", NOW)
    with ThreadPoolExecutor(8) as pool:
        claimed = [mail.recipient for mail in pool.map(lambda _: state.claim_mail(NOW), range(20)) if mail]
    assert len(claimed) == len(set(claimed)) == 10


# ---- accounts


def test_an_account_keeps_its_role(state: State) -> None:
    state.add_user(" Siti ", HASH, "officer", NOW)
    siti = state.user("SITI")
    assert siti is not None
    assert (siti.login, siti.role, siti.created_at, siti.disabled) == ("siti", "officer", NOW, False)
    assert [role for role in ROLES if siti.may(role)] == ["viewer", "analyst", "officer"]
    assert state.user("budi") is None


@pytest.mark.parametrize(
    ("login", "role", "message"),
    [
        ("siti", "viewer", "user 'siti': there is one already"),
        ("", "viewer", "user '': not a login"),
        ("a b", "viewer", "user 'a b': not a login"),
        ("<script>", "viewer", "not a login"),
        ("budi", "king", "role 'king': not known; one of viewer, analyst, officer, administrator"),
    ],
)
def test_an_account_that_cannot_be_is_refused(state: State, login: str, role: str, message: str) -> None:
    state.add_user("siti", HASH, "viewer", NOW)
    with pytest.raises(InputError, match=message):
        state.add_user(login, HASH, role, NOW)  # type: ignore[arg-type]
    assert len(state.users()) == 1


def test_a_session_ends_in_time(state: State) -> None:
    state.add_user("siti", HASH, "viewer", NOW)
    state.start_session("token", "siti", NOW, timedelta(hours=12))
    assert state.session("token", NOW + timedelta(hours=11, minutes=59)) is not None
    assert state.session("token", NOW + timedelta(hours=12)) is None
    assert state.session("another", NOW) is None


@pytest.mark.parametrize("change", ["password", "role", "disabled"])
def test_a_change_of_the_account_ends_its_sessions(state: State, change: str) -> None:
    state.add_user("siti", HASH, "viewer", NOW)
    state.add_user("budi", HASH, "viewer", NOW)
    for login in ("siti", "budi"):
        state.start_session(f"token of {login}", login, NOW, timedelta(hours=12))
    {
        "password": lambda: state.set_password("siti", "new"),
        "role": lambda: state.set_role("siti", "analyst"),
        "disabled": lambda: state.set_disabled("siti", True),
    }[change]()
    assert state.session("token of siti", NOW) is None
    assert state.session("token of budi", NOW) is not None


def test_a_change_of_nobody_says_so(state: State) -> None:
    with pytest.raises(InputError, match="user 'nobody': there is none"):
        state.set_disabled("nobody", True)


def test_after_five_failures_a_login_waits_at_this_address_alone(state: State) -> None:
    for number in range(PER_PAIR):
        assert state.attempt("siti", "10.0.0.1", NOW + timedelta(seconds=number)) is None
    assert state.attempt("SITI", "10.0.0.1", NOW + timedelta(minutes=1)) == WINDOW - timedelta(minutes=1)
    assert state.attempt("siti", "10.0.0.2", NOW + timedelta(minutes=1)) is None
    assert state.attempt("siti", "10.0.0.1", NOW + WINDOW) is None


def test_one_address_cannot_try_many_logins(state: State) -> None:
    for number in range(PER_ADDRESS):
        assert state.attempt(f"person{number}", "10.0.0.1", NOW) is None
    assert state.attempt("another", "10.0.0.1", NOW) == WINDOW


def test_many_addresses_cannot_try_one_login_for_ever(state: State) -> None:
    for number in range(PER_LOGIN):
        assert state.attempt("siti", f"10.0.1.{number}", NOW) is None
    assert state.attempt("siti", "10.0.2.1", NOW) == WINDOW


def test_the_right_password_forgives(state: State) -> None:
    for _ in range(PER_PAIR):
        state.attempt("siti", "10.0.0.1", NOW)
    state.forgive("siti", "10.0.0.1")
    assert state.attempt("siti", "10.0.0.1", NOW) is None


def test_attempts_at_the_same_moment_do_not_slip_through(state: State) -> None:
    start = threading.Barrier(8)

    def attempt(_: int) -> bool:
        start.wait()
        return state.attempt("siti", "10.0.0.1", NOW) is None

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(attempt, range(8))) == PER_PAIR


# ---- audit and saved queries


def test_the_audit_log_shows_the_newest_first(state: State) -> None:
    state.audit("siti", "log in", "from 10.0.0.1", NOW)
    state.audit("siti", "log out", "", NOW + timedelta(hours=1))
    assert [(entry.what, entry.at) for entry in state.audit_log()] == [("log out", NOW + timedelta(hours=1)), ("log in", NOW)]
    assert len(state.audit_log(limit=1)) == 1


def test_a_query_belongs_to_who_saved_it(state: State) -> None:
    state.save_query("  languages ", "SELECT 1", "siti", NOW)
    state.save_query("languages", "SELECT 2", "siti", NOW)
    with pytest.raises(InputError, match="belongs to somebody else"):
        state.save_query("languages", "SELECT 3", "budi", NOW)
    assert not state.remove_query("languages", "budi")
    assert [(kept.name, kept.sql, kept.owner) for kept in state.saved_queries()] == [("languages", "SELECT 2", "siti")]
    assert state.remove_query("languages", "siti")
    assert state.saved_queries() == []


@settings(max_examples=30, deadline=None)
@given(text=st.text(st.characters()), payload=st.dictionaries(st.text(), st.integers() | st.text() | st.none()))
def test_hostile_text_breaks_nothing(tmp_path_factory: pytest.TempPathFactory, text: str, payload: dict[str, object]) -> None:
    state = State(DataFolder(tmp_path_factory.getbasetemp() / "hostile"))
    number = state.enqueue("import", payload, who="siti", now=NOW)
    state.finish(number, outcome="failed", message=text, now=NOW)
    state.audit("siti", "import", text, NOW)
    kept = text.encode("utf-8", "replace").decode()
    assert state.get(number).payload == json.loads(json.dumps(payload))
    assert state.get(number).message == state.audit_log(1)[0].detail == kept
