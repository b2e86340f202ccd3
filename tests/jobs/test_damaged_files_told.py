"""A folder of an older version is taken up; of a damaged one each command says in one line what is wrong and what to do."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from made_once import Once
from running import Run, called

from warehouse import migrations
from warehouse.database import connect
from warehouse.settings import DataFolder
from warehouse.state import State

POSTS = "id,text,created_at\n1,demam berdarah di Bandung,2026-03-01\n"


def _import(root: Path) -> None:
    root.mkdir(exist_ok=True)
    (root / "posts.csv").write_text(POSTS)
    done = called(["import", "posts.csv"], root, {})
    assert done.returncode == 0, done.stderr
    State(DataFolder(root / "data"))


@pytest.fixture
def folder(once: Once, tmp_path: Path) -> DataFolder:
    """A folder of one post, of one's own."""
    shutil.copytree(once("one-post", _import), tmp_path, dirs_exist_ok=True)
    return DataFolder(tmp_path / "data")


def no_head(file: Path) -> None:
    file.write_bytes(b"x" * 16_384 + file.read_bytes()[16_384:])


def no_body(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:4_096] + b"\xa5" * (file.stat().st_size - 4_096))


def no_bytes(file: Path) -> None:
    file.write_bytes(b"")


def files_of(folder: DataFolder) -> dict[str, bytes]:
    kept = (folder.warehouse, folder.state, folder.catalog)
    return {file.name: file.read_bytes() for file in kept}


def refused(kentongan: Run, folder: DataFolder, command: str, where: Path, advice: str) -> None:
    before = files_of(folder)
    done = kentongan(*command.split())
    assert done.returncode == 2, done.stderr
    assert done.stderr.startswith(f"kentongan: {where}: ")
    assert advice in done.stderr
    assert done.stderr.count("\n") == 1
    assert files_of(folder) == before, "nothing is overwritten"


@pytest.mark.parametrize("damage", [no_head, no_body, no_bytes])
def test_a_damaged_warehouse_is_told_and_left_as_it_is(kentongan: Run, folder: DataFolder, damage: Callable[[Path], None]) -> None:
    damage(folder.warehouse)
    for command in ("import posts.csv", "backup copy", "relabel"):
        refused(kentongan, folder, command, folder.warehouse, "restore a backup")
    assert f"FAIL  warehouse: {folder.warehouse}: " in kentongan("doctor").stdout
    assert not (folder.root.parent / "copy").exists()


@pytest.mark.parametrize("damage", [no_head, no_body, no_bytes])
def test_a_damaged_state_is_told_and_left_as_it_is(kentongan: Run, folder: DataFolder, damage: Callable[[Path], None]) -> None:
    damage(folder.state)
    for command in ("import posts.csv", "users list", "signals list", "backup copy"):
        refused(kentongan, folder, command, folder.state, "restore a backup")
    assert f"FAIL  state: {folder.state}: " in kentongan("doctor").stdout
    assert not (folder.root.parent / "copy").exists()


@pytest.mark.parametrize("damage", [no_head, no_body, no_bytes])
def test_a_damaged_published_copy_is_told_and_made_anew_where_it_is_deleted(
    kentongan: Run, folder: DataFolder, damage: Callable[[Path], None]
) -> None:
    damage(folder.catalog)
    advice = f"delete the folder {folder.catalog.parent} and start the worker"
    commands = ["sql select", "official list", "signals list", "report daily --output report.txt"]
    for command in commands:
        refused(kentongan, folder, command, folder.catalog, advice)
    assert f"FAIL  published copy: {folder.catalog}: " in kentongan("doctor").stdout
    shutil.rmtree(folder.catalog.parent)
    assert kentongan("sql", "select count(*) as n from posts", "--format", "csv").stdout.split() == ["n", "1"]


def test_a_damaged_file_of_posts_is_told(kentongan: Run, folder: DataFolder) -> None:
    for file in folder.catalog.parent.rglob("*.parquet"):
        file.write_bytes(b"PAR1 nothing")
    done = kentongan("doctor")
    assert f"FAIL  published copy: {folder.catalog}: cannot be read: " in done.stdout


def older(file: Path) -> None:
    """The folder as a version left it that did not know the last migrations."""
    known = list(migrations.MIGRATIONS)
    with connect(file) as con:
        con.execute("DELETE FROM migrations WHERE name > ?", [known[-4]])
        con.execute("DELETE FROM meta WHERE key LIKE 'schema_%'")
        con.execute("DROP TABLE hashtag_counts")


def test_a_folder_of_an_older_version_is_taken_up(kentongan: Run, folder: DataFolder) -> None:
    older(folder.warehouse)
    assert "FAIL  warehouse" not in kentongan("doctor").stdout
    done = kentongan("import", "posts.csv")
    assert (done.returncode, "posts: 0 new, 0 updated, 1 already there, 0 rejected" in done.stderr) == (0, True)
    with connect(folder.warehouse, read_only=True) as con:
        assert migrations.applied(con) == sorted(migrations.MIGRATIONS)


def test_a_copy_of_an_older_version_is_told_until_the_worker_has_published(kentongan: Run, folder: DataFolder) -> None:
    with connect(folder.catalog) as con:
        con.execute("UPDATE meta SET value = '0001_first_tables' WHERE key = 'schema_version'")
    for command in ("official list", "report daily --output report.txt"):
        refused(kentongan, folder, command, folder.catalog, "start the worker of this one (kentongan serve)")
    assert "FAIL  published copy: " in kentongan("doctor").stdout


def test_a_folder_of_a_newer_version_is_told_by_doctor(kentongan: Run, folder: DataFolder) -> None:
    with connect(folder.warehouse) as con:
        con.execute("INSERT INTO migrations VALUES ('9999_more', now())")
    refused(kentongan, folder, "import posts.csv", folder.warehouse, "made by a newer Kentongan (it has 9999_more); update the program")
    assert "FAIL  warehouse: " in kentongan("doctor").stdout
