"""Opening, transactions, crashes, and a change of zone."""

from __future__ import annotations

import subprocess
import sys
import threading
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from warehouse_samples import commit, counted, post, scalar

from warehouse.database import frame, quoted, rows, transaction
from warehouse.settings import DataFolder, Settings
from warehouse.store import Warehouse, get_meta, set_meta

ROOT = Path(__file__).parents[2]


def test_times_come_back_as_aware_utc(wh: Warehouse) -> None:
    (row,) = rows(wh.con, "SELECT TIMESTAMPTZ '2026-05-03 07:00:00+07' AS t")
    assert row["t"] == datetime(2026, 5, 3, tzinfo=UTC)
    assert row["t"].utcoffset().total_seconds() == 0
    assert str(frame(wh.con, "SELECT TIMESTAMPTZ '2026-05-03 07:00:00+07' AS t")["t"].dtype) == "datetime64[us, UTC]"


def test_a_quote_in_a_path_stays_in_its_literal(wh: Warehouse) -> None:
    name = "o'brien"
    assert wh.con.execute(f"SELECT {quoted(name)}").fetchone() == (name,)


def stop_in_the_middle(wh: Warehouse) -> None:
    with wh.transaction() as con:
        con.execute("INSERT INTO meta VALUES ('half', 'done')")
        with transaction(con):
            con.execute("INSERT INTO meta VALUES ('inner', 'done')")
        raise RuntimeError("stop")


def test_a_failed_transaction_leaves_nothing(wh: Warehouse) -> None:
    with pytest.raises(RuntimeError, match="stop"):
        stop_in_the_middle(wh)
    assert get_meta(wh.con, "half") is None
    assert get_meta(wh.con, "inner") is None
    set_meta(wh.con, "whole", "done")
    assert get_meta(wh.con, "whole") == "done"


def test_threads_take_turns(wh: Warehouse) -> None:
    inside = threading.Event()
    seen: list[int] = []

    def other() -> None:
        inside.wait(10)
        with wh.transaction() as con:
            seen.append(con.execute("SELECT count(*) FROM meta WHERE key LIKE 'turn_'").fetchall()[0][0])

    thread = threading.Thread(target=other)
    thread.start()
    with wh.transaction() as con:
        con.execute("INSERT INTO meta VALUES ('turn1', '')")
        inside.set()
        con.execute("INSERT INTO meta VALUES ('turn2', '')")
    thread.join(10)
    assert seen == [2]


def test_a_new_zone_moves_posts_to_their_new_days(folder: DataFolder) -> None:
    late = datetime(2026, 5, 3, 18, 0, tzinfo=UTC)  # 01:00 on the 4th in Jakarta, 14:00 on the 3rd in New York
    with Warehouse.open(folder, Settings()) as wh:
        commit(wh, post("1", created_at=late))
        assert scalar(wh, "SELECT day FROM posts") == date(2026, 5, 4)
        wh.con.execute("DELETE FROM changed_days")
    with Warehouse.open(folder, Settings(general={"zone": "America/New_York"})) as wh:
        assert scalar(wh, "SELECT day FROM posts") == date(2026, 5, 3)
        assert wh.con.execute("SELECT DISTINCT day FROM daily_counts").fetchall() == [(date(2026, 5, 3),)]
        assert {day for (day,) in wh.con.execute("SELECT day FROM changed_days").fetchall()} == {date(2026, 5, 3), date(2026, 5, 4)}
        assert counted(wh, "dengue") == 1


_CRASH = """
import sys
from pathlib import Path
sys.path[:0] = [sys.argv[2], sys.argv[3]]
from warehouse_samples import NOW, commit, post
from warehouse import rollups
from warehouse.records import Checkpoint
from warehouse.settings import DataFolder, Settings
from warehouse.store import Warehouse
from datetime import timedelta

wh = Warehouse.open(DataFolder(Path(sys.argv[1])), Settings())
whole = Checkpoint({"at": 1}, NOW - timedelta(hours=1), NOW)
commit(wh, *(post(f"safe-{i}") for i in range(100)), checkpoint=whole)

def halt(con, days, refresh=rollups.refresh):
    refresh(con, days)
    print("in the middle", flush=True)
    sys.stdin.readline()

rollups.refresh = halt
later = NOW + timedelta(hours=1)
commit(wh, *(post(f"lost-{i}") for i in range(100)), checkpoint=Checkpoint({"at": 2}, NOW, later), now=later)
"""


def test_a_worker_killed_in_the_middle_of_a_commit_leaves_nothing_half_written(folder: DataFolder) -> None:
    command = [sys.executable, "-c", _CRASH, str(folder.root), str(ROOT), str(Path(__file__).parent)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "in the middle\n"
        child.kill()
    with Warehouse.open(folder, Settings()) as wh:
        assert scalar(wh, "SELECT count(*) FROM posts") == 100
        assert scalar(wh, "SELECT count(*) FROM posts WHERE native_id LIKE 'lost%'") == 0
        assert counted(wh) == 100
        assert scalar(wh, "SELECT cursor FROM cursors") == '{"at": 1}'
        assert scalar(wh, "SELECT sum(seconds) FROM coverage") == 3600
        commit(wh, post("after"))
        assert counted(wh) == 101
