"""Erasing by age and on request, down to the published files."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from string import ascii_letters

import duckdb
import pytest
from warehouse_samples import NOW, at, commit, counted, post, scalar, stored

from warehouse import publish, retention, schema
from warehouse.database import rows
from warehouse.errors import BusyError
from warehouse.records import Checkpoint, Deletion
from warehouse.settings import DataFolder, Settings
from warehouse.store import Warehouse

LATER = NOW + timedelta(days=40)
SECRET = "Nama saya rahasia sekali"


@pytest.fixture
def short(folder: DataFolder) -> Iterator[Warehouse]:
    """A warehouse that keeps texts for 30 days."""
    with Warehouse.open(folder, Settings(retention={"posts": "30 days"})) as warehouse:
        yield warehouse


def published_bytes(wh: Warehouse) -> bytes:
    """All Parquet files that the published catalog names, one after the other, unpacked."""
    with duckdb.connect() as con:
        con.execute(f"ATTACH '{wh.folder.catalog}' AS p (READ_ONLY)")
        return repr(
            con.execute("SELECT columns(* EXCLUDE (created_at, collected_at, updated_at, deleted_at, edited_at)) FROM p.posts").fetchall()
        ).encode()


def test_an_old_text_is_erased_and_its_count_stays(short: Warehouse) -> None:
    commit(short, post("old", SECRET), post("new", "Baru", created_at=LATER - timedelta(days=1)))
    assert retention.apply(short, LATER) == 1
    row = stored(short, "old")
    assert [row[name] for name in ("text", "text_hash", "hashtags", "author_key", "url")] == [None] * 5
    assert (row["topics"], row["sentiment"], row["deleted_at"]) == (["dengue"], "negative", None)
    assert stored(short, "new")["text"] == "Baru"
    assert counted(short, "dengue") == 2
    assert retention.apply(short, LATER) == 0
    assert rows(short.con, "SELECT kind, posts FROM erasures") == [{"kind": "retention", "posts": 1}]


def test_without_a_limit_nothing_is_erased(wh: Warehouse) -> None:
    commit(wh, post("1"))
    assert retention.apply(wh, NOW + timedelta(days=10_000)) == 0
    assert stored(wh, "1")["text"]


def test_an_old_text_also_leaves_the_published_copy(short: Warehouse) -> None:
    commit(short, post("old", SECRET))
    publish.publish(short, NOW)
    assert SECRET.encode() in published_bytes(short)
    retention.apply(short, LATER)
    publish.publish(short, LATER)
    assert SECRET.encode() not in published_bytes(short)
    later = LATER + short.settings.publish.grace
    assert publish.prune(short.folder, later, short.settings.publish.grace) == 1
    assert len(list((short.folder.published / "posts").iterdir())) == 1


def test_an_author_is_erased_whole_and_the_log_does_not_know_who(wh: Warehouse) -> None:
    commit(wh, post("1", SECRET, author_key="key-of-a"), post("2", "b", author_key="key-of-a"), post("3", "c", author_key="key-of-b"))
    publish.publish(wh, NOW)
    assert retention.erase(wh, "key-of-a", NOW, "request by letter") == 2
    publish.publish(wh, NOW)
    assert (stored(wh, "1")["text"], stored(wh, "1")["deleted_at"], stored(wh, "3")["text"]) == (None, NOW, "c")
    assert counted(wh) == 1
    (logged,) = rows(wh.con, "SELECT * FROM erasures")
    assert logged == {"erased_at": NOW, "kind": "author", "posts": 2, "reason": "request by letter"}
    assert b"key-of-a" not in published_bytes(wh)
    for table in ("posts", "erasures", "runs"):
        assert "key-of-a" not in repr(rows(wh.con, f"SELECT * FROM {table}"))


def test_one_post_is_erased_and_does_not_come_back(wh: Warehouse) -> None:
    commit(wh, post("1"), post("2", "b"))
    assert retention.erase(wh, ("feed", "1"), NOW, "wrong") == 1
    assert retention.erase(wh, ("feed", "1"), NOW, "wrong") == 0
    assert retention.erase(wh, ("other", "2"), NOW, "wrong") == 0
    assert commit(wh, post("1")).unchanged == 1
    assert scalar(wh, "SELECT count(text) FROM posts") == 1
    assert scalar(wh, "SELECT count(*) FROM erasures") == 1


def file_holds(wh: Warehouse, text: str) -> bool:
    """Whether the bytes of the database file hold a text. Another process looks: a look from here would drop DuckDB's lock."""
    look = "import sys; from pathlib import Path; print(sys.argv[2].encode() in Path(sys.argv[1]).read_bytes())"
    told = subprocess.run([sys.executable, "-c", look, str(wh.folder.warehouse), text], capture_output=True, text=True, check=True)
    return told.stdout.strip() == "True"


def random_posts(number: int) -> list[dict]:
    """Texts that do not compress, so that what is stored can be found in the file."""
    chance = random.Random(7)
    return [post(f"r{i}", "".join(chance.choices(ascii_letters, k=60))) for i in range(number)]


def test_the_night_leaves_no_trace_of_an_erased_text_in_the_file(wh: Warehouse) -> None:
    commit(wh, *random_posts(3000), post("1", SECRET, author_key="a9"))
    wh.con.execute("CHECKPOINT")
    retention.erase(wh, "a9", NOW, "request")
    wh.con.execute("CHECKPOINT")
    assert file_holds(wh, SECRET)  # why compaction is needed; when this fails, DuckDB has learnt to overwrite
    retention.apply(wh, NOW)
    assert not file_holds(wh, SECRET)
    assert scalar(wh, "SELECT count(*) FROM posts") == 3001
    assert counted(wh) == 3000
    commit(wh, post("after", "Sesudah"))
    assert counted(wh) == 3001


def test_compaction_happens_only_after_an_erasure(wh: Warehouse) -> None:
    commit(wh, post("1"), post("2", "b"))
    assert not retention.compact(wh)
    commit(wh, deletions=[Deletion("feed", "1", NOW)])
    assert retention.compact(wh)
    assert not retention.compact(wh)


def test_a_compacted_warehouse_has_all_that_it_had(wh: Warehouse, folder: DataFolder) -> None:
    commit(wh, post("1", places=at("31.71")), checkpoint=Checkpoint({"n": 1}, NOW - timedelta(hours=2), NOW))
    tables = [table.name for table in schema.TABLES]
    before = {name: rows(wh.con, f"SELECT * FROM {name} ORDER BY ALL") for name in tables}
    comments = "SELECT table_name, column_name, comment FROM duckdb_columns() WHERE database_name = 'warehouse' ORDER BY ALL"
    explained = rows(wh.con, comments)
    (folder.root / "warehouse.compact").write_bytes(b"left behind by a crash")
    wh.compact()
    assert {name: rows(wh.con, f"SELECT * FROM {name} ORDER BY ALL") for name in tables} == before
    assert rows(wh.con, comments) == explained
    assert sorted(file.name for file in folder.root.iterdir()) == ["warehouse.duckdb", "worker.lock", "worker.pid"]
    assert folder.warehouse.stat().st_mode & 0o077 == 0
    wh.close()
    with Warehouse.open(folder, Settings()) as again:
        assert counted(again, "dengue", "ID") == 1


def test_compaction_inside_a_transaction_is_refused(wh: Warehouse) -> None:
    with wh.transaction(), pytest.raises(BusyError, match="a transaction is open"):
        wh.compact()
    assert scalar(wh, "SELECT count(*) FROM posts") == 0
