"""Old posts get the labels of new models, and nothing else about them changes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest

from jobs.labelling import arrow_batches, as_table
from jobs.options import own_instance
from jobs.pipeline import Instance
from jobs.relabel import relabel
from warehouse import write
from warehouse.database import rows, value
from warehouse.records import Post
from warehouse.settings import DataFolder, Settings

NOW = datetime(2026, 5, 4, 9, tzinfo=UTC)
TEXTS = ("Anak saya kena DBD, dirawat di RSUD Garut", "Kapan jadwal imunisasi campak?", "Antrean puskesmas lama sekali, kecewa")


@pytest.fixture
def instance(tmp_path) -> Iterator[Instance]:  # type: ignore[no-untyped-def]
    with own_instance(DataFolder(tmp_path / "data"), Settings()) as made:
        yield made


def posts(count: int = len(TEXTS), source: str = "forum") -> list[Post]:
    return [
        Post(source, "q", str(n), NOW - timedelta(hours=n), f"{TEXTS[n % len(TEXTS)]} {n}", author=f"a{n}", place_hint="Kota Bandung")
        for n in range(count)
    ]


def stored(instance: Instance, of: list[Post]) -> None:
    labelled = as_table(instance.labeller(arrow_batches(of, NOW, 1_000)))
    write.commit(instance.warehouse, source=of[0].source, query="q", enriched=labelled, deletions=(), checkpoint=None, now=NOW)


def labelled_by_an_older_model(instance: Instance) -> None:
    instance.warehouse.con.execute(
        "UPDATE posts SET model_version = 'old', sentiment = 'neutral', sentiment_p = 0, topics = [], lang = 'und', intent = 'other'"
    )


def everything(instance: Instance, but: str = "updated_at") -> list[dict]:
    return rows(instance.warehouse.con, f"SELECT * EXCLUDE ({but}) FROM posts ORDER BY source, native_id")


def test_labels_become_those_that_the_posts_would_get_today(instance: Instance) -> None:
    stored(instance, posts(7))
    stored(instance, posts(3, source="feed"))
    wanted, counts = everything(instance), rows(instance.warehouse.con, "SELECT * FROM daily_counts ORDER BY ALL")
    labelled_by_an_older_model(instance)
    told: list[tuple[int, int | None]] = []
    assert relabel(instance, NOW, progress=lambda done, total, message: told.append((done, total))) == 10
    assert everything(instance) == wanted
    assert rows(instance.warehouse.con, "SELECT * FROM daily_counts ORDER BY ALL") == counts
    assert told[-1] == (10, 10)


def test_what_is_up_to_date_is_left_alone(instance: Instance) -> None:
    stored(instance, posts())
    before = everything(instance, but="query")
    assert relabel(instance, NOW + timedelta(days=1)) == 0
    assert everything(instance, but="query") == before


def test_in_the_background_the_newest_posts_come_first(instance: Instance) -> None:
    stored(instance, posts(6))
    labelled_by_an_older_model(instance)
    assert relabel(instance, NOW, most=2) == 2
    old = rows(instance.warehouse.con, "SELECT native_id FROM posts WHERE model_version = 'old' ORDER BY native_id")
    assert [row["native_id"] for row in old] == ["2", "3", "4", "5"]
    assert relabel(instance, NOW, most=0) == 0


def test_an_erased_post_stays_erased(instance: Instance) -> None:
    stored(instance, posts(2))
    labelled_by_an_older_model(instance)
    instance.warehouse.con.execute("UPDATE posts SET deleted_at = created_at, text = NULL WHERE native_id = '0'")
    assert relabel(instance, NOW) == 1
    assert value(instance.warehouse.con, "SELECT count(*) FROM posts WHERE text IS NULL AND model_version = 'old'") == 1


def test_a_post_that_was_edited_while_it_was_relabelled_keeps_its_new_text(instance: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    stored(instance, posts(2))
    labelled_by_an_older_model(instance)
    enricher = instance.labeller.enricher

    def edited_meanwhile(batches: list[pa.RecordBatch]) -> list[pa.RecordBatch]:
        instance.warehouse.con.execute("UPDATE posts SET text = 'disunting' WHERE native_id = '1'")
        return [enricher(batch) for batch in batches]

    monkeypatch.setattr(type(instance.labeller), "__call__", lambda self, batches: edited_meanwhile(batches))
    relabel(instance, NOW)
    found = rows(instance.warehouse.con, "SELECT native_id, text, model_version FROM posts ORDER BY native_id")
    assert found[1] == {"native_id": "1", "text": "disunting", "model_version": "old"}
    assert found[0]["model_version"] == enricher.model_version
