"""What goes wrong at a terminal is told in one line, with place, value and what to do; nothing is left half done."""

from __future__ import annotations

import errno
import getpass
import logging
import multiprocessing
import os
import secrets
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
