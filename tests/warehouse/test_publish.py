"""The published copy: what is in it, that it is whole at every moment, and that little is written again."""

from __future__ import annotations

import subprocess
import sys
from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st
from warehouse_samples import NOW, at, commit, counted, post, scalar

from warehouse import parquet, publish, schema
from warehouse.database import rows
from warehouse.records import Checkpoint, Deletion
from warehouse.settings import DataFolder, Settings
from warehouse.store import Warehouse

GRACE = timedelta(minutes=10)


def reader(wh: Warehouse, alias: str = "somebody") -> duckdb.DuckDBPyConnection:
    """A reader's own connection, under a name of its own."""
    con = duckdb.connect()
    con.execute(f"ATTACH '{wh.folder.catalog}' AS {alias} (READ_ONLY)")
    con.execute(f"USE {alias}")
    return con


def files(wh: Warehouse) -> set[str]:
    return {file.name for file in (wh.folder.published / "posts").iterdir()}


def days_back(n: int) -> datetime:
    return NOW - timedelta(days=n)


def test_readers_see_the_posts_of_the_warehouse(wh: Warehouse) -> None:
    commit(wh, post("1", places=at("31.71")), post("2", "b", created_at=days_back(400)), checkpoint=Checkpoint({}, NOW - GRACE, NOW))
    done = publish.publish(wh, NOW)
    assert (done.posts, done.files, done.posts_written, done.files_written) == (2, 2, 2, 2)
    with reader(wh) as con:
        for table in ("posts", "daily_counts", "coverage", "places", "post_topics", "post_places"):
            assert rows(con, f"SELECT * FROM {table} ORDER BY ALL") == rows(wh.con, f"SELECT * FROM {table} ORDER BY ALL")
        assert rows(con, "SELECT value FROM meta WHERE key = 'published_at'") == [{"value": NOW.isoformat()}]
        assert rows(con, "SELECT value FROM meta WHERE key = 'zone'") == [{"value": "Asia/Jakarta"}]
        assert [file["path"] for file in rows(con, "SELECT path FROM published_files")] == [f"posts/{name}" for name in sorted(files(wh))]


def test_an_empty_warehouse_can_be_published(wh: Warehouse) -> None:
    assert publish.publish(wh, NOW).posts == 0
    with reader(wh) as con:
        assert rows(con, "SELECT * FROM posts") == []
        types = con.execute("DESCRIBE posts").fetchall()
    assert [(row[0], row[1]) for row in types] == [(row[0], row[1]) for row in wh.con.execute("DESCRIBE posts").fetchall()]


def test_the_types_are_those_of_the_warehouse(wh: Warehouse) -> None:
    commit(wh, post("1", places=at("31")))
    publish.publish(wh, NOW)
    with reader(wh) as con:
        for name in ("posts", *(view.name for view in schema.VIEWS)):
            assert [row[:2] for row in con.execute(f"DESCRIBE {name}").fetchall()] == [
                row[:2] for row in wh.con.execute(f"DESCRIBE {name}").fetchall()
            ]


def test_every_published_table_view_and_column_explains_itself(wh: Warehouse) -> None:
    commit(wh, post("1"))
    publish.publish(wh, NOW)
    with reader(wh) as con:
        here = "database_name = current_database() AND NOT internal"
        assert (
            con.execute(f"SELECT table_name, column_name FROM duckdb_columns() WHERE {here} AND coalesce(comment, '') = ''").fetchall()
            == []
        )
        mute = f"SELECT view_name FROM duckdb_views() WHERE {here} AND comment IS NULL UNION ALL "
        assert con.execute(f"{mute} SELECT table_name FROM duckdb_tables() WHERE {here} AND comment IS NULL").fetchall() == []
        (found,) = con.execute(
            f"SELECT comment FROM duckdb_columns() WHERE {here} AND table_name = 'posts' AND column_name = 'day'"
        ).fetchall()
        assert found == ("Day of created_at in the configured zone (meta: zone)",)


def test_signals_are_published_as_they_are_since_one_is_looked_up_at_a_time(wh: Warehouse) -> None:
    days = "SELECT i FROM range(3000) AS t(i)"  # enough of them that DuckDB would choose to compress
    made = "'s' || i AS signal_id, DATE '2026-03-01' AS day, 'dengue' AS topic, '*' AS place_code, 'x' AS detector"
    wh.con.execute(f"INSERT INTO signals BY NAME SELECT {made}, repeat('why ', 40) || i AS reason FROM ({days})")
    publish.publish(wh, NOW)
    with duckdb.connect(str(wh.folder.catalog), read_only=True) as con:
        asked = "SELECT DISTINCT compression FROM pragma_storage_info('{}') WHERE segment_type <> 'VALIDITY'"
        assert {kind for (kind,) in con.execute(asked.format("signals")).fetchall()} <= {"Uncompressed", "Constant"}
        assert con.execute("SELECT count(DISTINCT reason) FROM signals").fetchall() == [(3000,)]


def test_the_worker_s_own_tables_are_not_published(wh: Warehouse) -> None:
    publish.publish(wh, NOW)
    with reader(wh) as con:
        found = {row["name"] for row in rows(con, "SELECT table_name AS name FROM duckdb_tables() WHERE database_name = 'somebody'")}
    assert found == {table.name for table in schema.TABLES if table.public and table.name != "posts"}


def test_only_the_file_of_the_changed_day_is_written_again(wh: Warehouse) -> None:
    commit(wh, *(post(str(i), str(i), created_at=days_back(i)) for i in range(5)))
    publish.publish(wh, NOW)
    before = files(wh)
    assert publish.publish(wh, NOW).files_written == 0
    commit(wh, post("new", "baru", created_at=days_back(2)))
    done = publish.publish(wh, NOW)
    assert (done.files_written, done.posts_written, done.posts) == (1, 2, 6)
    (new,) = files(wh) - before
    assert new.startswith("2026-05-01.")


def test_a_deletion_reaches_the_published_copy(wh: Warehouse) -> None:
    commit(wh, post("1"), post("2", "b"))
    publish.publish(wh, NOW)
    commit(wh, deletions=[Deletion("feed", "1", NOW)])
    publish.publish(wh, NOW)
    with reader(wh) as con:
        assert rows(con, "SELECT native_id, text FROM posts ORDER BY 1") == [
            {"native_id": "1", "text": None},
            {"native_id": "2", "text": "b"},
        ]


def test_a_reader_keeps_its_copy_while_newer_ones_come(wh: Warehouse) -> None:
    commit(wh, post("1"))
    publish.publish(wh, NOW)
    with reader(wh) as con:
        commit(wh, post("2", "b"))
        publish.publish(wh, NOW + GRACE / 2)
        publish.prune(wh.folder, NOW + GRACE, GRACE)
        assert rows(con, "SELECT count(*) AS n FROM posts") == [{"n": 1}]
        assert rows(con, "SELECT sum(posts)::INT AS n FROM daily_counts WHERE topic = '*' AND place_code = '*'") == [{"n": 1}]
    with reader(wh) as con:
        assert rows(con, "SELECT count(*) AS n FROM posts") == [{"n": 2}]


def test_a_replaced_file_goes_when_its_grace_is_over_and_not_before(wh: Warehouse) -> None:
    commit(wh, post("1"))
    publish.publish(wh, NOW)
    old = files(wh)
    commit(wh, post("2", "b"))
    replaced_at = NOW + timedelta(hours=5)
    publish.publish(wh, replaced_at)
    assert publish.prune(wh.folder, replaced_at + GRACE - timedelta(seconds=1), GRACE) == 0
    assert publish.prune(wh.folder, replaced_at + GRACE, GRACE) == 1
    assert files(wh).isdisjoint(old)
    assert publish.prune(wh.folder, replaced_at + 10 * GRACE, GRACE) == 0


def test_pruning_before_the_first_publication_is_harmless(folder: DataFolder) -> None:
    assert publish.prune(folder, NOW, GRACE) == 0


def test_a_crash_between_files_and_catalog_is_made_up_for(wh: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    commit(wh, post("1"))
    publish.publish(wh, NOW)
    commit(wh, post("2", "b"))
    with monkeypatch.context() as patch:
        patch.setattr(publish.os, "replace", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
        with pytest.raises(OSError, match="disk full"):
            publish.publish(wh, NOW)
    with reader(wh) as con:
        assert rows(con, "SELECT count(*) AS n FROM posts") == [{"n": 1}]
    assert publish.publish(wh, NOW).posts_written == 2
    with reader(wh) as con:
        assert rows(con, "SELECT count(*) AS n FROM posts") == [{"n": 2}]
    assert wh.con.execute("SELECT current_database()").fetchone() == ("warehouse",)


def test_a_lost_file_is_written_again(wh: Warehouse) -> None:
    commit(wh, post("1"), post("2", "b", created_at=days_back(1)))
    publish.publish(wh, NOW)
    for file in (wh.folder.published / "posts").glob("2026-05-02.*"):
        file.unlink()
    assert publish.publish(wh, NOW).files_written == 1
    with reader(wh) as con:
        assert rows(con, "SELECT count(*) AS n FROM posts") == [{"n": 2}]


def test_days_that_have_become_old_share_a_file(wh: Warehouse) -> None:
    commit(wh, *(post(str(i), str(i), created_at=days_back(i)) for i in range(40)))
    assert publish.publish(wh, NOW).files == 3 + 30 + 1  # 3 days of May, 30 of April, March as a whole
    june = NOW + timedelta(days=32)
    done = publish.publish(wh, june)
    assert (done.files, done.files_written) == (3 + 2, 1)
    with reader(wh) as con:
        assert rows(con, "SELECT count(*) AS n, count(DISTINCT day) AS days FROM posts") == [{"n": 40, "days": 40}]


def test_posts_from_the_future_and_the_far_past_are_published_too(wh: Warehouse) -> None:
    future = NOW + timedelta(days=4000)
    commit(
        wh,
        post("f", created_at=future),
        post("g", "g", created_at=future + timedelta(days=9)),
        post("p", "p", created_at=NOW.replace(year=1971)),
    )
    done = publish.publish(wh, NOW)
    assert (done.files, done.posts) == (2, 3)
    assert publish.publish(wh, future).posts == 3


@given(day=st.dates(date(1900, 1, 1), date(2999, 12, 31)), today=st.dates(date(1990, 1, 1), date(2100, 1, 1)))
def test_every_day_lies_in_the_days_of_its_unit_and_all_of_them_have_that_unit(day: date, today: date) -> None:
    unit = parquet.unit_of(day, today)
    first, last = parquet.days_of(unit, today)
    assert first <= day <= last
    assert parquet.unit_of(first, today) == parquet.unit_of(last, today) == unit


def test_a_folder_with_a_quote_in_its_name_works(tmp_path: Path) -> None:
    with Warehouse.open(DataFolder(tmp_path / "o'brien"), Settings()) as wh:
        commit(wh, post("1"))
        publish.publish(wh, NOW)
        with duckdb.connect(str(wh.folder.catalog), read_only=True) as con:
            assert con.execute("SELECT count(*) FROM posts").fetchone() == (1,)


def test_the_worker_s_lock_on_its_file_survives_a_publication(wh: Warehouse) -> None:
    commit(wh, post("1"))
    publish.publish(wh, NOW)
    publish.prune(wh.folder, NOW, GRACE)
    attempt = [sys.executable, "-c", f"import duckdb; duckdb.connect({str(wh.folder.warehouse)!r}, read_only=True)"]
    refused = subprocess.run(attempt, capture_output=True, text=True, check=False)
    assert refused.returncode != 0
    assert "lock" in refused.stderr


_READ = """
import sys, duckdb
catalog, stop = sys.argv[1], sys.argv[2]
import os
reads, seen, stopped = 0, set(), False
print("reading", flush=True)
while not stopped or reads < 3:
    stopped = os.path.exists(stop)  # asked before the copy is read, so that the last read sees the last copy
    with duckdb.connect() as con:
        con.execute(f"ATTACH '{catalog}' AS p (READ_ONLY)")
        posts = con.execute("SELECT count(*) FROM p.posts").fetchone()[0]
        counted = con.execute("SELECT sum(posts) FROM p.daily_counts WHERE topic = '*' AND place_code = '*'").fetchone()[0]
        listed = con.execute("SELECT sum(posts) FROM p.published_files").fetchone()[0]
        assert posts == counted == listed, (posts, counted, listed)
        seen.add(posts)
    reads += 1
print(reads, max(seen), flush=True)
"""


def test_another_process_reads_whole_copies_while_they_are_replaced(wh: Warehouse, tmp_path: Path) -> None:
    commit(wh, *(post(f"0-{i}", f"teks {i}", created_at=days_back(i % 20)) for i in range(200)))
    publish.publish(wh, NOW)
    stop = tmp_path / "stop"
    command = [sys.executable, "-c", _READ, str(wh.folder.catalog), str(stop)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "reading\n"
        for turn in range(1, 7):
            now = NOW + turn * timedelta(seconds=20)
            commit(wh, *(post(f"{turn}-{i}", f"baru {turn} {i}", created_at=days_back(i)) for i in range(3)))
            publish.publish(wh, now)
            publish.prune(wh.folder, now, GRACE)
        stop.touch()
        out, errors = child.communicate(timeout=60)
    assert (child.returncode, errors) == (0, "")
    reads, last = (int(word) for word in out.split())
    assert reads >= 3
    assert last == counted(wh) == scalar(wh, "SELECT count(*) FROM posts") == 218


def test_today_is_a_day_of_the_zone(wh: Warehouse) -> None:
    evening = datetime(2026, 5, 31, 17, 30, tzinfo=NOW.tzinfo)  # already June in Jakarta
    commit(wh, post("1", created_at=datetime(2026, 4, 20, tzinfo=NOW.tzinfo)))
    publish.publish(wh, evening)
    assert {name.split(".")[0] for name in files(wh)} == {"2026-04"}
