"""What goes wrong at a terminal is told in one line, with place, value and what to do; nothing is left half done."""

from __future__ import annotations

import errno
import getpass
import io
import json
import logging
import multiprocessing
import os
import secrets
import shutil
import signal
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from running import Run

from ingest.files import Rejected
from jobs import commands_signals, requests
from jobs.importing import LISTED, Imported
from jobs.labelling import _ctrl_c_is_for_one
from jobs.pipeline import Instance
from jobs.who import who
from jobs.worker import _guarded
from warehouse.errors import SettingsError
from warehouse.keys import make_key
from warehouse.settings import DataFolder
from warehouse.state import State

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def fails(*_: Any, **__: Any) -> Any:
    raise OSError(errno.ENOSPC, "No space left on device", "data/file")


def test_the_version_is_told(kentongan: Run) -> None:
    assert kentongan("--version").stdout.startswith("kentongan 0.")


def test_settings_are_not_written_into_a_folder_that_is_not_there(kentongan: Run, tmp_path: Path) -> None:
    done = kentongan("init", "--config", "etc/config.toml")
    assert done.returncode == 2
    assert done.stderr == f"kentongan: etc/config.toml: the folder {tmp_path}/etc does not exist\n"


def test_a_data_folder_that_is_a_file_is_told_before_settings_are_written(kentongan: Run, tmp_path: Path) -> None:
    (tmp_path / "data").touch()
    done = kentongan("init")
    assert (done.returncode, done.stderr) == (2, f"kentongan: {tmp_path}/data: a file, not a folder; choose another folder with --data\n")
    assert not (tmp_path / "config.toml").exists()
    assert "FAIL  data folder: " in kentongan("doctor").stdout


@pytest.mark.parametrize(
    "command",
    ["signals list", "signals undo 1", "users list", "users shut siti", "topics history", "topics restore 1", "corrections export a.csv"],
)
def test_a_misspelt_data_folder_is_told_and_not_made(kentongan: Run, tmp_path: Path, command: str) -> None:
    done = kentongan(*command.split(), "--data", "dtaa")
    assert done.returncode == 2
    assert done.stderr.startswith(f"kentongan: {tmp_path}/dtaa: there is no such data folder")
    assert not (tmp_path / "dtaa").exists()


@pytest.mark.parametrize("name", ["worker.lock", "worker.pid", "state.sqlite"])
def test_a_folder_that_cannot_be_written_is_one_line(kentongan: Run, tmp_path: Path, name: str) -> None:
    (tmp_path / "data" / name).mkdir(parents=True)
    (tmp_path / "posts.csv").write_text("id,text,created_at\n1,demam,2026-03-01\n")
    done = kentongan("import", "posts.csv")
    assert done.returncode == 2
    assert done.stderr.startswith(f"kentongan: {tmp_path}/data")
    assert "run kentongan as the owner of the folder" in done.stderr


def test_a_full_disk_is_one_line(kentongan: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "data").mkdir()
    monkeypatch.setattr(commands_signals, "State", fails)
    done = kentongan("signals", "list")
    assert (done.returncode, done.stderr) == (2, "kentongan: data/file: No space left on device\n")


def test_an_empty_key_makes_no_pseudonyms(kentongan: Run, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data/author.key").touch(0o600)
    (tmp_path / "posts.csv").write_text("id,text,created_at,author\n1,demam,2026-03-01,siti\n")
    done = kentongan("import", "posts.csv")
    assert done.returncode == 2
    assert "author.key: not a key of 64 hexadecimal digits; restore it from your backup" in done.stderr


def test_a_key_that_could_not_be_written_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secrets, "token_hex", fails)
    with pytest.raises(OSError, match="No space left"):
        make_key(tmp_path / "author.key")
    assert not list(tmp_path.iterdir())


def test_a_request_that_fails_by_our_mistake_ends_and_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(requests.HANDLERS, "detect", fails)
    state = State(DataFolder(tmp_path))
    number = state.enqueue("detect", {}, who="siti", now=NOW)
    instance: Instance = None  # type: ignore[assignment]  # the handler fails before it is needed
    assert requests.serve_one(instance, state, NOW)
    done = state.get(number)
    assert done.outcome == "failed"
    assert "No space left on device" in done.message
    assert "the messages of the worker say more" in done.message


def test_a_wrong_detector_is_told_by_doctor_and_before_the_worker_starts(kentongan: Run, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("[detect]\nparams = {alfa = 1}\n")
    told = "[detect] gamma-Poisson: alfa: not a parameter; one of alpha, warm_up"
    done = kentongan("worker")
    assert (done.returncode, done.stderr) == (2, f"kentongan: {told}\n")
    done = kentongan("doctor")
    assert (done.returncode, f"FAIL  detector: {told}\n" in done.stdout) == (1, True)


def test_doctor_tells_of_a_wrong_source_also_where_it_is_off(kentongan: Run, tmp_path: Path) -> None:
    wrong = '[sources.a]\ncollector = "rs"\n[sources.b]\ncollector = "rss"\nenabled = false\n'
    (tmp_path / "config.toml").write_text(wrong)
    said = kentongan("doctor").stdout
    assert "FAIL  source a: [sources.a] collector = 'rs': not known; one of " in said
    assert "WARN  source b: [sources.b] feeds: missing" in said


def test_what_a_person_can_put_right_is_logged_without_a_traceback(caplog: pytest.LogCaptureFixture) -> None:
    def step() -> None:
        raise SettingsError("[mail] host: missing")

    _guarded("mail", step)
    (record,) = caplog.records
    assert (record.levelno, record.exc_info) == (logging.ERROR, None)
    assert record.getMessage() == "mail: [mail] host: missing; it runs again on schedule"


def test_a_user_without_a_name_has_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    def nameless() -> str:
        raise KeyError("getpwuid(): uid not found: 54321")

    monkeypatch.setattr(getpass, "getuser", nameless)
    assert who() == f"uid {os.getuid()}"


def test_the_first_rejected_rows_are_listed_and_all_are_counted() -> None:
    done = Imported("posts")
    for line in range(2, LISTED + 7):
        done.reject(Rejected(line, "no text", ""))
    assert len(done.listed()) == LISTED + 1
    assert done.listed()[-1] == "  ... and 5 more"


def blocked() -> set[int]:
    return {int(number) for number in signal.pthread_sigmask(signal.SIG_BLOCK, ())}


def test_ctrl_c_is_not_for_the_processes_that_label() -> None:
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        with _ctrl_c_is_for_one():
            asked = pool.submit(blocked)
        assert signal.SIGINT in asked.result()
    assert signal.SIGINT not in blocked()


def test_rows_that_a_stray_quote_would_swallow_are_kept(kentongan: Run, tmp_path: Path) -> None:
    rows = [
        '1,"demam berdarah,2026-03-01',
        "2,batuk,2026-03-02",
        '3,pilek "keras,2026-03-03',
        '4,"He said ""hi"",',
        'then left",2026-03-04',
    ]
    (tmp_path / "posts.csv").write_text("\n".join(["id,text,created_at", *rows, ""]))
    done = kentongan("import", "posts.csv")
    assert "line 2: a quote is opened and closed in another row: '1,\"demam berdarah,2026-03-01'" in done.stderr
    assert "posts: 3 new, 0 updated, 0 already there, 1 rejected" in done.stderr


def test_posts_that_stand_twice_in_a_file_are_told(kentongan: Run, tmp_path: Path) -> None:
    (tmp_path / "posts.csv").write_text("id,text,created_at\n1,demam,2026-03-01\n1,batuk,2026-03-01\n2,flu,2026-03-01\n")
    assert (
        "posts: 2 new, 0 updated, 0 already there, 1 twice in the file, of which the last counts, 0 rejected"
        in kentongan("import", "posts.csv").stderr
    )


def test_texts_that_are_too_old_to_be_kept_are_told(kentongan: Run, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('[retention]\nposts = "30 days"\n')
    (tmp_path / "posts.csv").write_text(f"id,text,created_at\n1,demam,2016-03-01\n2,flu,{datetime.now(UTC):%Y-%m-%d}\n")
    assert "posts: 2 new, 0 updated, 0 already there, 1 counted without their text, older than retention.posts, 0 rejected" in (
        kentongan("import", "posts.csv").stderr
    )


def test_a_name_that_no_source_may_have_is_none_for_a_file(kentongan: Run, tmp_path: Path) -> None:
    (tmp_path / "posts.csv").write_text("id,text,created_at\n1,demam,2026-03-01\n")
    done = kentongan("import", "posts.csv", "--source", "Nama Aneh")
    assert (done.returncode, done.stderr) == (2, "kentongan: --source 'Nama Aneh': use lower-case letters, digits, - and _\n")


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("[generl]\n", "generl: not a setting; 'general' perhaps? see docs/settings.md"),
        ('[general]\nlangauge = "id"\n', "[general] langauge: not a setting; 'language' perhaps? see docs/settings.md"),
        ("general = 3\n", "general = 3: not a table; its settings stand below its name in brackets, [name]"),
        ('[web]\nport = "eighty"\n', "[web] port = 'eighty': not a whole number"),
        ('[report]\ndaily_at = "6:30"\n', "[report] daily_at = '6:30': not a time of day; write e.g. \"06:30\""),
        ('[report]\ndaily_to = "a@b.id"\n', '[report] daily_to = \'a@b.id\': not a list; write ["one", "another"]'),
        (
            '[report]\ndaily_to = ["a@b.id", "siti"]\n',
            "[report] daily_to, number 2 = 'siti': not an e-mail address; write e.g. \"siti@dinkes.go.id\"",
        ),
        ('[mail]\npassword = "x"\n', "mail.password: a secret may not stand in config.toml; use password_env or password_file"),
    ],
)
def test_a_mistake_in_the_settings_is_told_with_what_to_write(kentongan: Run, tmp_path: Path, written: str, told: str) -> None:
    (tmp_path / "config.toml").write_text(written)
    done = kentongan("topics", "list")
    assert (done.returncode, done.stderr) == (2, f"kentongan: config.toml: {told}\n")


def test_json_has_no_nan_and_intervals_can_be_read(kentongan: Run, demo: DataFolder) -> None:
    query = "select 'NaN'::double as a, [1.5, 'inf'::double] as b, interval '1 month 2 days 3 hours' as c, interval '0 days' as d"
    answer = kentongan("sql", query, "--data", demo.root, "--format", "json").stdout
    assert json.loads(answer, parse_constant=pytest.fail) == [{"a": None, "b": [1.5, None], "c": "1 month 2 days 3:00:00", "d": "0:00:00"}]


def test_a_wrong_topic_file_is_named_and_not_the_one_that_it_would_replace(kentongan: Run, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "new.toml").write_text('[hiccups]\nname_id = "Cegukan"\nname_en = "Hiccups"\ngroup = "other"\nrules = ["NEAR/5"]\n')
    assert kentongan("topics", "import", "new.toml").stderr.startswith("kentongan: new.toml: [hiccups] ")
    assert "topics.toml: you have no topics of your own yet" in kentongan("topics", "check").stderr
    assert kentongan("topics", "check", "nowhere.toml").stderr == "kentongan: nowhere.toml: there is no such file\n"


def test_deeds_at_a_terminal_are_in_the_audit_log(kentongan: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "data").mkdir()
    monkeypatch.setattr("sys.stdin", io.StringIO("a-long-and-odd-password\n"))
    for command in ("users add siti --role analyst", "users role siti officer", "users shut siti", "users open siti"):
        assert kentongan(*command.split()).returncode == 0
    noted = [(entry.what, entry.detail) for entry in reversed(State(DataFolder(tmp_path / "data")).audit_log())]
    assert noted == [("add account", "siti as analyst"), ("role", "siti: officer"), ("shut account", "siti"), ("open account", "siti")]


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("users add siti --role king", "role 'king': not known; one of viewer, analyst, officer, administrator"),
        ("users password nobody", "user 'nobody': there is none of this login"),
    ],
)
def test_nobody_types_a_password_in_vain(kentongan: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str, told: str) -> None:
    (tmp_path / "data").mkdir()
    monkeypatch.setattr("jobs.commands_users._new_password", pytest.fail)
    done = kentongan(*command.split())
    assert (done.returncode, done.stderr) == (2, f"kentongan: {told}\n")


def test_a_mail_that_is_not_sent_is_no_success(kentongan: Run, demo: DataFolder, tmp_path: Path) -> None:
    done = kentongan("report", "daily", "--to", "siti", "--data", demo.root)
    assert (done.returncode, done.stderr.split(" (")[0]) == (2, "kentongan: --to = 'siti': not an e-mail address")
    (tmp_path / "config.toml").write_text('[mail]\nhost = "127.0.0.1"\nport = 9\nsecurity = "none"\n')
    copy = shutil.copytree(demo.root, tmp_path / "data", ignore=shutil.ignore_patterns("state*", "mail"))
    done = kentongan("report", "daily", "--to", "siti@dinkes.test", "--data", copy)
    assert done.returncode == 2
    assert "1 mails were not sent, see above; a running worker tries them again" in done.stderr


def test_odd_days_for_a_bench_are_told_before_anything_is_made(kentongan: Run, tmp_path: Path) -> None:
    done = kentongan("bench", "generate", "--output", "bench", "--posts", "1000", "--days", "30", "--end", "1970-01-05")
    assert (done.returncode, done.stderr) == (2, "kentongan: --end 1970-01-05: name a day between 1970-01-31 and 2199-12-31\n")
    assert not (tmp_path / "bench").exists()


def test_a_form_that_is_none_is_no_table(kentongan: Run, demo: DataFolder) -> None:
    for command in ("official list", "geo list", "signals list", "topics list"):
        done = kentongan(*command.split(), "--data", demo.root, "--format", "xml")
        assert (done.returncode, done.stdout) == (2, "")
