"""Which posts are read a second time, and that what was found follows the post: through edits, erasure and the published copy."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pyarrow as pa
import pytest
from warehouse_samples import NOW, PLACES, TODAY, at, commit, post, scalar

from warehouse import publish, retention, second_looks, write
from warehouse.database import rows
from warehouse.queries import Catalog, Selection
from warehouse.records import Deletion
from warehouse.schema_looks import SECOND_LOOKS
from warehouse.second_looks import OF_A_SIGNAL, SAMPLED, forget, store, waiting
from warehouse.store import Warehouse

SURE = {"sentiment_p": 0.95, "intent_p": 0.95, "firsthand_p": 0.01}


def look(wh: Warehouse, version: str = "v1", most: int = 1_000) -> dict[str, str]:
    """native_id and why of the posts that wait."""
    found = waiting(wh.con, version, TODAY, most)
    return dict(zip(found["native_id"].to_pylist(), found["why"].to_pylist(), strict=True))


def looks(waiting_posts: pa.Table, version: str = "v1", **labels: Any) -> pa.Table:
    told = {"sentiment": "positive", "sentiment_p": 0.9, "emotion": None, "emotion_p": None, "intent": "question", "intent_p": 0.8}
    told |= {"firsthand_p": 0.7, "illness": None, "illness_p": None, "model_version": version, "looked_at": NOW} | labels
    kept = waiting_posts.select(["source", "native_id", "day", "text_hash", "why"]).to_pylist()
    types = {"FLOAT": pa.float32(), "BIGINT": pa.int64(), "DATE": pa.date32(), "TIMESTAMPTZ": pa.timestamp("us", "UTC")}
    schema = pa.schema([(column.name, types.get(column.type, pa.string())) for column in SECOND_LOOKS.columns])
    return pa.Table.from_pylist([row | told for row in kept], schema=schema)


def raise_signal(wh: Warehouse, topic: str = "dengue", place: str = "*") -> None:
    wh.con.execute(
        "INSERT INTO signals (signal_id, day, topic, place_code, detector) VALUES (?, ?, ?, ?, 'd')", [topic + place, TODAY, topic, place]
    )


def test_the_posts_of_a_signal_come_first_then_those_that_the_first_models_were_unsure_of(wh: Warehouse) -> None:
    write.replace_places(wh.con, PLACES)
    commit(wh, post("inside", places=at("31.71"), **SURE), post("outside", places=at("32"), **SURE))
    commit(wh, post("unsure", **(SURE | {"sentiment_p": 0.4})), post("maybe ill", **(SURE | {"firsthand_p": 0.55})))
    raise_signal(wh, place="31")
    found = look(wh)
    assert next(iter(found.items())) == ("inside", "signal")
    assert found["unsure"] == found["maybe ill"] == "unsure"
    assert found.get("outside") in (None, "sample")
    assert look(wh, most=1) == {"inside": "signal"}


def test_posts_without_a_topic_old_ones_and_erased_ones_are_let_be(wh: Warehouse) -> None:
    unsure = SURE | {"sentiment_p": 0.3}
    commit(wh, post("no topic", topics=[], **unsure), post("gone", **unsure), post("old", created_at=NOW - timedelta(days=20), **unsure))
    commit(wh, deletions=[Deletion("feed", "gone", NOW)])
    assert look(wh) == {}


def test_a_sample_of_the_sure_ones_is_read_too_and_a_large_signal_is_read_in_part(wh: Warehouse) -> None:
    commit(wh, *(post(str(n), text=f"demam {n}", **SURE) for n in range(2_000)))
    sampled = look(wh, most=5_000)
    assert set(sampled.values()) == {"sample"}
    assert 2_000 / SAMPLED / 2 < len(sampled) < 2_000 / SAMPLED * 2
    raise_signal(wh)
    assert sum(why == "signal" for why in look(wh, most=5_000).values()) == OF_A_SIGNAL


def test_a_post_is_read_once_by_each_version_and_again_when_its_text_was_edited(wh: Warehouse) -> None:
    unsure = SURE | {"sentiment_p": 0.3}
    commit(wh, post("a", **unsure))
    assert store(wh.con, looks(waiting(wh.con, "v1", TODAY, 10))) == 1
    assert look(wh) == {}
    assert look(wh, version="v2") == {"a": "unsure"}
    commit(wh, post("a", text="Sudah sembuh", edited_at=NOW, **unsure))
    assert look(wh) == {"a": "unsure"}
    assert store(wh.con, looks(waiting(wh.con, "v1", TODAY, 10))) == 1
    assert scalar(wh, "SELECT count(*) FROM second_looks") == 1


def test_what_was_edited_or_deleted_while_the_model_read_is_not_kept(wh: Warehouse) -> None:
    unsure = SURE | {"sentiment_p": 0.3}
    commit(wh, post("edited", **unsure), post("deleted", **unsure), post("stands", **unsure))
    read = waiting(wh.con, "v1", TODAY, 10)
    commit(wh, post("edited", text="lain", edited_at=NOW, **unsure), deletions=[Deletion("feed", "deleted", NOW)])
    assert store(wh.con, looks(read)) == 1
    assert rows(wh.con, "SELECT native_id FROM second_looks") == [{"native_id": "stands"}]


def test_an_erased_post_takes_its_second_look_with_it(wh: Warehouse) -> None:
    commit(wh, post("a", author_key="x", **(SURE | {"sentiment_p": 0.3})))
    store(wh.con, looks(waiting(wh.con, "v1", TODAY, 10)))
    retention.erase(wh, "x", NOW, "asked")
    assert scalar(wh, "SELECT count(*) FROM second_looks") == 0


def test_looks_at_days_that_are_decided_are_dropped(wh: Warehouse) -> None:
    commit(wh, post("a", **(SURE | {"sentiment_p": 0.3})))
    store(wh.con, looks(waiting(wh.con, "v1", TODAY, 10)))
    forget(wh.con, TODAY)
    assert scalar(wh, "SELECT count(*) FROM second_looks") == 1
    forget(wh.con, TODAY + timedelta(days=1))
    assert scalar(wh, "SELECT count(*) FROM second_looks") == 0


@pytest.fixture
def catalog(wh: Warehouse) -> Catalog:
    commit(wh, post("twice", **(SURE | {"sentiment_p": 0.3})), post("once", text="Kapan vaksin", intent="question", **SURE))
    store(wh.con, looks(waiting(wh.con, "v1", TODAY, 10).slice(0, 1)))
    publish.publish(wh, NOW)
    return Catalog(wh.folder)


def test_pages_show_and_filter_by_the_best_label_and_counts_keep_the_first(catalog: Catalog, wh: Warehouse) -> None:
    days = Selection(first=TODAY, last=TODAY)
    shown = {row.native_id: row for row in catalog.posts(days).rows.itertuples()}
    assert (shown["twice"].intent, shown["twice"].second_look) == ("question", True)
    assert (shown["once"].intent, shown["once"].second_look) == ("question", False)
    assert catalog.posts(days, intent="question").total == 2
    assert catalog.posts(days, intent="other").total == 0
    assert catalog.posts(days, firsthand=True).total == 1
    assert scalar(wh, "SELECT sum(questions)::BIGINT FROM daily_counts WHERE topic = '*' AND place_code = '*'") == 1


def test_analysts_find_both_in_the_catalog(catalog: Catalog) -> None:
    found = catalog.rows("SELECT native_id, intent, second_look FROM post_labels ORDER BY native_id")
    assert found == [
        {"native_id": "once", "intent": "question", "second_look": False},
        {"native_id": "twice", "intent": "question", "second_look": True},
    ]
    assert second_looks.WAITING.names[:2] == [column.name for column in SECOND_LOOKS.columns[:2]]
