"""From posts to answers, as a person does it in a terminal."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import socket
import subprocess
from pathlib import Path

import duckdb
import pytest
from running import Run, read_until, started

POSTS = """id,created_at,text,author
1,2026-03-01T08:00:00+07:00,"Anak saya kena DBD, dirawat di RSUD Garut. Hubungi 0812-3456-7890",budi
2,2026-03-01T09:00:00+07:00,Kapan jadwal imunisasi campak di Surabaya?,ani
3,2026-03-02T10:00:00+07:00,Antrean BPJS di Puskesmas Menteng Jakarta lama sekali,citra
4,bukan tanggal,Teks tanpa tanggal yang benar,dodi
"""
LANGUAGES = "select lang, count(*) as n from posts group by 1 order by 2 desc"


@pytest.fixture
def posts(tmp_path: Path) -> Path:
    path = tmp_path / "posts.csv"
    path.write_text(POSTS, "utf-8")
    return path


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def config(folder: Path, text: str = "") -> Path:
    path = folder / "kentongan.toml"
    path.write_text(f'[general]\ncontact = "uji@dinkes.test"\n{text}', "utf-8")
    return path


def demo_source(channel: str = "microblog") -> str:
    table = f'collector = "demo"\nchannel = "{channel}"\nevery = "1 second"\ndays = 5\nvolume = 40\n'
    return f'[publish]\nevery = "1 second"\n[sources.demo-{channel}]\n{table}'


def test_a_file_is_imported_and_answers_in_sql(kentongan: Run, posts: Path) -> None:
    done = kentongan("import", posts)
    assert done.returncode == 0, done.stderr
    assert "3 new" in done.stderr
    assert "line 5" in done.stderr
    assert "bukan tanggal" in done.stderr
    answer = kentongan(
        "sql", "select native_id, text, author_key, topics, [p.code for p in places] as places from posts order by 1", "--format", "json"
    )
    rows = json.loads(answer.stdout)
    assert [row["topics"][0] for row in rows[:2]] == ["dengue", "immunization"] or "dengue" in rows[0]["topics"]
    assert rows[0]["places"] == ["32.05"]
    assert "0812" not in answer.stdout
    assert "budi" not in answer.stdout


def test_importing_a_file_again_adds_nothing(kentongan: Run, posts: Path) -> None:
    kentongan("import", posts)
    again = kentongan("import", posts)
    assert "0 new" in again.stderr
    assert "3 already there" in again.stderr


@pytest.mark.parametrize("form", ["csv", "json", "table"])
def test_sql_answers_in_the_form_that_is_asked(kentongan: Run, posts: Path, form: str) -> None:
    kentongan("import", posts)
    answer = kentongan("sql", "select count(*) as n, 'a,b' as word from posts", "--format", form)
    assert answer.returncode == 0, answer.stderr
    if form == "csv":
        assert list(csv.DictReader(io.StringIO(answer.stdout))) == [{"n": "3", "word": "a,b"}]
    elif form == "json":
        assert json.loads(answer.stdout) == [{"n": 3, "word": "a,b"}]
    else:
        assert "word" in answer.stdout


def test_questions_are_answered_and_files_imported_while_the_worker_collects(kentongan: Run, tmp_path: Path, posts: Path) -> None:
    settings, data = config(tmp_path, demo_source()), tmp_path / "data"
    with started(["worker", "--config", settings, "--data", data], tmp_path) as worker:
        read_until(worker, "collects 1 sources")
        read_until(worker, "demo-microblog:")
        imported = kentongan("import", posts, "--data", data, "--config", settings)
        assert "3 new" in imported.stderr, imported.stderr
        answer = kentongan("sql", LANGUAGES, "--data", data, "--config", settings, "--format", "csv")
        assert answer.returncode == 0, answer.stderr
        assert sum(int(row["n"]) for row in csv.DictReader(io.StringIO(answer.stdout))) > 3
        with duckdb.connect(str(data / "published/analytics.duckdb"), read_only=True) as plain:
            assert plain.execute("select count(*) from posts where source = 'posts'").fetchone() == (3,)
        second = kentongan("worker", "--config", settings, "--data", data)
        assert (second.returncode, f"pid {worker.pid}" in second.stderr) == (2, True)
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(30) == 0
    assert kentongan("doctor", "--config", settings, "--data", data).returncode == 0


def test_a_worker_that_is_killed_leaves_a_whole_warehouse(kentongan: Run, tmp_path: Path) -> None:
    settings, data = config(tmp_path, demo_source()), tmp_path / "data"
    with started(["worker", "--config", settings, "--data", data], tmp_path) as worker:
        read_until(worker, "collects 1 sources")
        worker.kill()
    done = kentongan("collect", "--config", settings, "--data", data)
    assert done.returncode == 0, done.stderr
    answer = kentongan(
        "sql",
        "select count(*) as posts, count(distinct (source, native_id)) as different from posts",
        "--data",
        data,
        "--format",
        "json",
    )
    (row,) = json.loads(answer.stdout)
    assert row["posts"] == row["different"] > 0


def test_serve_starts_both_and_ctrl_c_stops_both(tmp_path: Path) -> None:
    settings, data, port = config(tmp_path, demo_source()), tmp_path / "data", free_port()
    with started(["serve", "--config", settings, "--data", data, "--port", str(port)], tmp_path) as supervisor:
        read_until(supervisor, f"Kentongan is at http://127.0.0.1:{port}/")
        children = subprocess.run(["pgrep", "-P", str(supervisor.pid)], capture_output=True, text=True, check=True).stdout.split()
        assert len(children) == 2
        supervisor.send_signal(signal.SIGINT)
        assert supervisor.wait(60) == 0
    for child in children:
        with pytest.raises(ProcessLookupError):
            os.kill(int(child), 0)


def test_a_port_that_is_taken_is_told_before_anything_starts(kentongan: Run, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = kentongan("serve", "--config", config(tmp_path), "--port", str(taken.getsockname()[1]))
    assert done.returncode == 2
    assert "choose another with --port" in done.stderr
    assert not (tmp_path / "data" / "warehouse.duckdb").exists()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["sql", "select 1"], "no data yet"),
        (["import", "nowhere.csv"], "nowhere.csv"),
        (["collect", "nowhere"], "no source 'nowhere'"),
        (["collect"], "no source is enabled"),
        (["serve", "--config", "nowhere.toml"], "nowhere.toml: no such file"),
        (["detect", "--input", "a.csv", "--output", "b.csv", "--algorithm", "magic"], "algorithm = 'magic': not known"),
        (["detect", "--input", "a.csv", "--output", "b.csv", "--param", "alpha"], "write KEY=VALUE"),
        (["detect", "--input", "a.csv", "--output", "b.csv", "--param", "alpha=many"], "alpha = 'many'"),
        (["enrich", "--input", "nowhere.csv", "--output", "b.csv"], "nowhere.csv: no such file"),
        (["report", "daily"], "--output FILE"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(kentongan: Run, arguments: list[str], told: str) -> None:
    done = kentongan(*arguments)
    assert done.returncode == 2
    assert told in done.stderr
    assert done.stdout == ""
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_bad_setting_is_told_with_table_key_and_value(kentongan: Run, tmp_path: Path) -> None:
    done = kentongan("worker", "--config", config(tmp_path, '[sources.kemkes]\ncollector = "rss"\nevery = "5 minuts"\n'))
    assert done.returncode == 2
    assert "[sources.kemkes] every = '5 minuts': not a duration; write e.g. \"5 minutes\"" in done.stderr


def test_init_writes_settings_that_load_and_replaces_none(kentongan: Run, tmp_path: Path) -> None:
    assert kentongan("init").returncode == 0
    assert kentongan("doctor").returncode in (0, 1)
    again = kentongan("init")
    assert (again.returncode, "--force replaces it" in again.stderr) == (2, True)


@pytest.mark.parametrize(
    "command", ["demo", "init", "serve", "worker", "web", "collect", "import", "enrich", "detect", "sql", "report", "doctor", "backup"]
)
def test_every_command_explains_itself_with_an_example(kentongan: Run, command: str) -> None:
    done = kentongan(command, "--help")
    assert done.returncode == 0
    assert "Example" in done.stdout
    assert f"kentongan {command}" in done.stdout


def test_a_file_is_labelled_without_a_warehouse(kentongan: Run, posts: Path, tmp_path: Path) -> None:
    done = kentongan("enrich", "--input", posts, "--output", "labels.jsonl.gz")
    assert done.returncode == 0, done.stderr
    rows = duckdb.sql(f"select * from read_json('{tmp_path / 'labels.jsonl.gz'}') order by id").to_arrow_table().to_pylist()
    assert len(rows) == 4
    # what is random, as keys and moments are, may have any four digits
    written = [
        str(value) for row in rows for name, value in row.items() if name not in ("author_key", "model_version") and isinstance(value, str)
    ]
    assert written
    assert not any("0812" in value or "budi" in value for value in written)
