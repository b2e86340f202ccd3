"""Erasing by age and on request, down to the published files."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import duckdb
import pytest
from warehouse_samples import NOW, commit, counted, post, scalar, stored

from warehouse import publish, retention
from warehouse.database import rows
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
