"""What a commit does to posts: new, repeated, edited, copied, deleted."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import duckdb
import pyarrow as pa
import pytest
from warehouse_samples import NOW, TODAY, at, commit, counted, post, scalar, stored, table

from warehouse import upsert, write
from warehouse.records import Checkpoint, Deletion
from warehouse.settings import DataFolder, Settings, SourceSettings
from warehouse.store import Warehouse


def test_a_repeated_run_adds_nothing_and_rewrites_nothing(wh: Warehouse) -> None:
    first = commit(wh, post("1"), post("2", "Batuk pilek"))
    assert (first.new, first.updated, first.unchanged, first.days) == (2, 0, 0, {TODAY})
    again = commit(wh, post("1"), post("2", "Batuk pilek"), now=NOW + timedelta(hours=1))
    assert (again.new, again.updated, again.unchanged, again.days) == (0, 0, 2, set())
    assert stored(wh, "1")["updated_at"] == NOW
    assert counted(wh) == 2


def test_an_old_file_imported_again_adds_nothing(wh: Warehouse) -> None:
    old = [post(str(i), f"Teks {i}", created_at=NOW - timedelta(days=300 * i)) for i in range(4)]
    assert commit(wh, *old).new == 4
    assert commit(wh, *old).unchanged == 4
    assert commit(wh, old[3]).unchanged == 1


def test_the_day_is_the_day_of_the_configured_zone(wh: Warehouse) -> None:
    commit(wh, post("1", created_at=datetime(2026, 5, 3, 17, 0, tzinfo=UTC)))
    assert stored(wh, "1")["day"] == date(2026, 5, 4)


def test_an_edit_updates_text_labels_and_counts(wh: Warehouse) -> None:
    commit(wh, post("1"))
    edited = post("1", "Ternyata flu biasa", edited_at=NOW, topics=["flu"], sentiment="neutral", collected_at=NOW + timedelta(hours=1))
    done = commit(wh, edited, now=NOW + timedelta(hours=1))
    assert (done.new, done.updated, done.days) == (0, 1, {TODAY})
    row = stored(wh, "1")
    assert (row["text"], row["edited_at"], row["topics"]) == ("Ternyata flu biasa", NOW, ["flu"])
    assert (row["collected_at"], row["updated_at"]) == (NOW, NOW + timedelta(hours=1))
    assert (counted(wh, "dengue"), counted(wh, "flu"), counted(wh)) == (0, 1, 1)


def test_an_edit_without_an_edit_time_updates_too(wh: Warehouse) -> None:
    commit(wh, post("1"))
    assert commit(wh, post("1", "Ralat: bukan demam")).updated == 1


def test_an_older_version_does_not_undo_an_edit_but_its_likes_count(wh: Warehouse) -> None:
    commit(wh, post("1", "Versi dua", edited_at=NOW))
    done = commit(wh, post("1", "Versi satu", edited_at=NOW - timedelta(hours=1), likes=50))
    assert done.updated == 1
    assert (stored(wh, "1")["text"], stored(wh, "1")["likes"]) == ("Versi dua", 50)
    commit(wh, post("1", "Versi satu", likes=50))
    assert stored(wh, "1")["text"] == "Versi dua"


def test_engagement_updates_the_row_but_no_count(wh: Warehouse) -> None:
    commit(wh, post("1", likes=1, views=10))
    wh.con.execute("DELETE FROM changed_days")
    done = commit(wh, post("1", likes=7, views=None))
    assert (done.updated, done.days) == (1, {TODAY})
    assert (stored(wh, "1")["likes"], stored(wh, "1")["views"]) == (7, 10)
    assert scalar(wh, "SELECT day FROM changed_days") == TODAY


def test_new_labels_of_a_new_model_update_the_row(wh: Warehouse) -> None:
    commit(wh, post("1"))
    assert commit(wh, post("1", model_version="m2", topics=["dengue", "fever"])).updated == 1
    assert counted(wh, "fever") == 1


def test_in_one_batch_the_last_row_of_a_post_wins(wh: Warehouse) -> None:
    done = commit(wh, post("1", "satu"), post("2"), post("1", "dua"))
    assert done.new == 2
    assert stored(wh, "1")["text"] == "dua"


def test_a_post_does_not_wander_to_another_day(wh: Warehouse) -> None:
    commit(wh, post("1"))
    commit(wh, post("1", "Diperbarui", created_at=NOW + timedelta(days=2)), now=NOW + timedelta(days=2))
    assert stored(wh, "1")["day"] == TODAY
    assert scalar(wh, "SELECT count(*) FROM posts") == 1


def test_two_sources_may_use_the_same_id(wh: Warehouse) -> None:
    commit(wh, post("1"))
    assert commit(wh, post("1", source="other"), source="other").new == 1


def test_a_deletion_erases_everything_that_says_who_or_what(wh: Warehouse) -> None:
    commit(wh, post("1", places=at("31.71"), edited_at=NOW))
    done = commit(wh, deletions=[Deletion("feed", "1", NOW)])
    assert (done.deleted, done.days) == (1, {TODAY})
    row = stored(wh, "1")
    left = {name for name, value in row.items() if value is not None}
    assert left == {"source", "query", "native_id", "created_at", "collected_at", "updated_at", "deleted_at", "day"}
    assert (counted(wh), counted(wh, "dengue"), counted(wh, "*", "31.71")) == (0, 0, 0)
    assert scalar(wh, "SELECT count(*) FROM post_topics") == 0


def test_a_deleted_post_is_not_brought_back(wh: Warehouse) -> None:
    commit(wh, post("1"))
    commit(wh, deletions=[Deletion("feed", "1", NOW)])
    done = commit(wh, post("1", "Masih ada di salinan", edited_at=NOW, likes=99))
    assert (done.new, done.updated, done.unchanged) == (0, 0, 1)
    assert stored(wh, "1")["text"] is None
    assert commit(wh, deletions=[Deletion("feed", "1", NOW)]).deleted == 0


def test_a_deletion_wins_over_a_post_of_the_same_stretch(wh: Warehouse) -> None:
    done = commit(wh, post("1"), deletions=[Deletion("feed", "1", NOW), Deletion("feed", "never-seen", NOW)])
    assert (done.new, done.deleted) == (1, 1)
    assert stored(wh, "1")["text"] is None
    assert counted(wh) == 0


def test_a_deletion_reaches_posts_of_any_age(wh: Warehouse) -> None:
    commit(wh, post("1", created_at=NOW - timedelta(days=2000)))
    assert commit(wh, deletions=[Deletion("feed", "1", NOW)]).deleted == 1


def test_a_deletion_of_another_source_s_post_with_the_same_id_spares_ours(wh: Warehouse) -> None:
    commit(wh, post("1"))
    assert commit(wh, deletions=[Deletion("other", "1", NOW)]).deleted == 0


def test_copies_name_the_first_post(wh: Warehouse) -> None:
    commit(wh, post("b", "Awas hoaks", created_at=NOW - timedelta(hours=1)), post("a", "Awas hoaks", created_at=NOW - timedelta(hours=2)))
    commit(wh, post("c", "Awas hoaks", source="other"), source="other")
    assert (stored(wh, "a")["duplicate_of"], stored(wh, "b")["duplicate_of"], stored(wh, "c")["duplicate_of"]) == (None, "feed:a", "feed:a")
    assert scalar(wh, "SELECT sum(copies) FROM daily_counts WHERE topic = '*' AND place_code = '*'") == 2


def test_the_first_post_stays_the_first_even_when_it_is_deleted(wh: Warehouse) -> None:
    commit(wh, post("a", "Sama"))
    commit(wh, post("b", "Sama"))
    commit(wh, deletions=[Deletion("feed", "a", NOW)])
    commit(wh, post("c", "Sama"))
    assert stored(wh, "c")["duplicate_of"] == "feed:a"


def test_empty_texts_are_no_copies(wh: Warehouse) -> None:
    commit(wh, post("1", ""), post("2", ""), post("3", "  "))
    commit(wh, post("4", ""))
    assert scalar(wh, "SELECT count(duplicate_of) FROM posts") == 0


def test_a_text_from_beyond_the_window_is_no_copy(wh: Warehouse) -> None:
    commit(wh, post("old", "Selamat pagi", created_at=NOW - timedelta(days=200)))
    commit(wh, post("new", "Selamat pagi"), post("far", "Lain", created_at=NOW - timedelta(days=199)))
    assert stored(wh, "new")["duplicate_of"] is None


def test_new_labels_keep_the_first_post_of_a_copy_and_a_new_text_ends_it(wh: Warehouse) -> None:
    commit(wh, post("a", "Sama"))
    commit(wh, post("b", "Sama"))
    commit(wh, post("b", "Sama", model_version="m2"), post("a", "Sama", model_version="m2"))
    assert (stored(wh, "a")["duplicate_of"], stored(wh, "b")["duplicate_of"]) == (None, "feed:a")
    commit(wh, post("b", "Kini berbeda"))
    assert stored(wh, "b")["duplicate_of"] is None


def test_a_text_that_is_too_old_to_keep_does_not_even_come_in(folder: DataFolder) -> None:
    with Warehouse.open(folder, Settings(retention={"posts": "30 days"})) as wh:
        commit(wh, post("old", created_at=NOW - timedelta(days=31)), post("new"))
        assert (stored(wh, "old")["text"], stored(wh, "old")["author_key"], stored(wh, "old")["topics"]) == (None, None, ["dengue"])
        assert stored(wh, "new")["text"] is not None
        assert counted(wh, "dengue") == 2
        assert commit(wh, post("old", created_at=NOW - timedelta(days=31))).unchanged == 1


@pytest.mark.parametrize("year", [1, 1900, 9999])
def test_an_impossible_date_harms_nobody(wh: Warehouse, year: int) -> None:
    edge = datetime(year, 12, 31, 23, 59, tzinfo=UTC) if year == 9999 else datetime(year, 1, 1, tzinfo=UTC)
    commit(wh, post("odd", created_at=edge))
    assert isinstance(scalar(wh, "SELECT day FROM posts"), date)
    assert commit(wh, post("odd", created_at=edge)).unchanged == 1


def test_a_batch_of_another_source_is_a_programming_error(wh: Warehouse) -> None:
    with pytest.raises(ValueError, match="batch of feed: has rows of other"):
        commit(wh, post("1", source="other"))
    with pytest.raises(ValueError, match="without created_at"):
        commit(wh, post("1", created_at=None))
    assert scalar(wh, "SELECT count(*) FROM posts") == 0


def test_a_fault_inside_a_commit_is_heard_and_the_next_commit_works(wh: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(upsert, "_update", lambda con, terms: con.execute("SELECT * FROM no_such_table"))
        with pytest.raises(duckdb.CatalogException, match="no_such_table"):
            commit(wh, post("1"))
    assert scalar(wh, "SELECT count(*) FROM posts") == 0
    assert commit(wh, post("1")).new == 1


def test_a_record_batch_is_as_good_as_a_table(wh: Warehouse) -> None:
    (batch,) = table([post("1")]).to_batches()
    done = write.commit(wh, source="feed", query="q", enriched=batch, deletions=[], checkpoint=None, now=NOW)
    assert isinstance(batch, pa.RecordBatch)
    assert done.new == 1


def test_the_cursor_is_committed_with_its_posts(wh: Warehouse) -> None:
    assert write.cursor(wh.con, "feed", "q") == {}
    commit(wh, post("1"), checkpoint=Checkpoint({"since": "x", "n": [1, 2]}))
    assert write.cursor(wh.con, "feed", "q") == {"since": "x", "n": [1, 2]}
    commit(wh, checkpoint=Checkpoint({"since": "y"}))
    assert write.cursor(wh.con, "feed", "q") == {"since": "y"}
    with pytest.raises(TypeError):
        commit(wh, post("2"), checkpoint=Checkpoint({"since": object()}))
    assert write.cursor(wh.con, "feed", "q") == {"since": "y"}
    assert scalar(wh, "SELECT count(*) FROM posts") == 1


def test_the_nightly_job_removes_a_post_that_came_twice_from_beyond_the_window(wh: Warehouse) -> None:
    commit(wh, post("1", created_at=NOW - timedelta(days=100), collected_at=NOW - timedelta(days=100)))
    commit(wh, post("1"))
    assert counted(wh) == 2
    assert write.remove_late_duplicates(wh, NOW) == 1
    assert counted(wh) == 1
    assert stored(wh, "1")["created_at"] == NOW - timedelta(days=100)
    assert scalar(wh, "SELECT posts_deleted FROM runs WHERE kind = 'deduplicate'") == 1
    assert write.remove_late_duplicates(wh, NOW) == 0


def test_a_tombstone_outlives_the_late_duplicate_that_would_revive_it(wh: Warehouse) -> None:
    commit(wh, post("1", created_at=NOW - timedelta(days=100)))
    commit(wh, deletions=[Deletion("feed", "1", NOW)])
    commit(wh, post("1"))
    write.remove_late_duplicates(wh, NOW)
    assert stored(wh, "1")["text"] is None
    assert counted(wh) == 0


def test_sources_show_their_last_run_and_error(wh: Warehouse) -> None:
    settings = {
        "feed": SourceSettings(collector="rss", every="10 minutes", title="Umpan"),
        "off": SourceSettings(collector="x", enabled=False),
    }
    good = write.start_run(wh.con, kind="collect", source="feed", query="a", now=NOW)
    bad = write.start_run(wh.con, kind="collect", source="feed", query="b", now=NOW)
    write.finish_run(wh.con, good, now=NOW + timedelta(seconds=5), outcome="ok", new=3)
    write.finish_run(wh.con, bad, now=NOW + timedelta(seconds=6), outcome="failed", note="b: HTTP 500")
    file = write.start_run(wh.con, kind="import", source="arsip", query="arsip.csv", now=NOW)
    write.finish_run(wh.con, file, now=NOW, outcome="ok", new=10)
    write.note_sources(wh.con, settings, NOW + timedelta(minutes=1))
    shown = {name: rest for name, *rest in wh.con.execute("SELECT source, title, enabled, last_error FROM sources ORDER BY 1").fetchall()}
    assert shown == {"arsip": ["arsip.csv", False, None], "feed": ["Umpan", True, "b: HTTP 500"], "off": ["off", False, None]}
    assert scalar(wh, "SELECT next_run_at = last_run_at + INTERVAL 10 MINUTE AND last_ok_at IS NOT NULL FROM sources WHERE source = 'feed'")
    later = write.start_run(wh.con, kind="collect", source="feed", query="b", now=NOW + timedelta(minutes=10))
    write.finish_run(wh.con, later, now=NOW + timedelta(minutes=11), outcome="ok")
    write.note_sources(wh.con, settings, NOW + timedelta(minutes=11))
    assert scalar(wh, "SELECT last_error FROM sources WHERE source = 'feed'") is None


def test_places_that_move_are_counted_again(wh: Warehouse) -> None:
    commit(wh, post("1", places=at("31.71")))
    places = pa.table({"place_code": ["ID", "32", "31.71"], "level": ["country", "province", "regency"], "parent_code": [None, "ID", "32"]})
    assert write.replace_places(wh.con, places)
    assert (counted(wh, "*", "31"), counted(wh, "*", "32")) == (0, 1)
    assert not write.replace_places(wh.con, places)


def test_topics_are_replaced_and_strange_columns_refused(wh: Warehouse) -> None:
    topics = pa.table({"topic": ["dengue"], "name_id": ["DBD"], "name_en": ["Dengue"], "grp": ["vector"]})
    assert write.replace_topics(wh.con, topics)
    assert not write.replace_topics(wh.con, topics)
    with pytest.raises(ValueError, match="topics has no column 'colour'"):
        write.replace_topics(wh.con, pa.table({"topic": ["a"], "colour": ["red"]}))
    assert scalar(wh, "SELECT name_en FROM topics") == "Dengue"
