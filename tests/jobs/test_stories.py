"""Posts that repeat another one are told so, in the worker over days and in a file from row to row."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
from running import Run

from jobs.labelling import arrow_batches, as_table
from jobs.options import own_instance
from jobs.pipeline import Instance
from warehouse import write
from warehouse.database import rows, value
from warehouse.records import Post
from warehouse.settings import DataFolder, Settings

NOW = datetime(2026, 5, 4, 9, tzinfo=UTC)
FIRST = "Warga Desa Sukamaju mengeluh antrean panjang di puskesmas sejak pagi karena dokter belum datang"
EDITED = "Info dari grup sebelah: warga desa sukamaju mengeluh antrean panjang di puskesmas sejak pagi krn dokter belum datang!! 🙏"
OTHER = "Kemenkes membuka pendaftaran relawan imunisasi untuk mahasiswa keperawatan di seluruh provinsi"


def stored(instance: Instance, *posts: tuple[str, str], hours: int = 0) -> None:
    made = [Post("forum", "q", number, NOW + timedelta(hours=hours), text) for number, text in posts]
    told, sketches = instance.with_stories(as_table(instance.labeller(arrow_batches(made, NOW, 1_000))), NOW)
    write.commit(instance.warehouse, source="forum", query="q", enriched=told, sketches=sketches, deletions=(), checkpoint=None, now=NOW)


def stories(instance: Instance) -> dict[str, str | None]:
    return {row["native_id"]: row["story"] for row in rows(instance.warehouse.con, "SELECT native_id, story FROM posts")}


def test_an_edited_copy_of_an_earlier_batch_belongs_to_the_story_of_the_first_post(tmp_path: Path) -> None:
    with own_instance(DataFolder(tmp_path / "data"), Settings()) as instance:
        stored(instance, ("1", FIRST), ("2", OTHER))
        stored(instance, ("3", EDITED), hours=1)
        assert stories(instance) == {"1": None, "2": None, "3": "forum:1"}


def test_a_worker_that_was_stopped_still_knows_yesterdays_posts(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "data")
    with own_instance(folder, Settings()) as instance:
        stored(instance, ("1", FIRST))
    with own_instance(folder, Settings()) as instance:
        stored(instance, ("3", EDITED), hours=1)
        assert stories(instance)["3"] == "forum:1"


def test_a_post_that_is_collected_again_is_not_its_own_copy(tmp_path: Path) -> None:
    with own_instance(DataFolder(tmp_path / "data"), Settings()) as instance:
        stored(instance, ("1", FIRST))
        stored(instance, ("1", FIRST))
        assert stories(instance) == {"1": None}
        assert value(instance.warehouse.con, "SELECT count(*) FROM sketches") == 1


def test_sketches_older_than_the_window_and_of_erased_posts_are_forgotten(tmp_path: Path) -> None:
    with own_instance(DataFolder(tmp_path / "data"), Settings()) as instance:
        stored(instance, ("1", FIRST), ("2", OTHER))
        instance.warehouse.con.execute("UPDATE posts SET deleted_at = now() WHERE native_id = '2'")
        instance.forget_stories(NOW)
        assert rows(instance.warehouse.con, "SELECT id FROM sketches") == [{"id": "forum:1"}]
        instance.forget_stories(NOW + timedelta(days=90))
        assert value(instance.warehouse.con, "SELECT count(*) FROM sketches") == 0


@pytest.mark.parametrize("with_ids", [True, False])
def test_a_file_says_which_row_repeats_which(kentongan: Run, tmp_path: Path, with_ids: bool) -> None:
    table = pd.DataFrame({"text": [FIRST, OTHER, EDITED], "native_id": ["a", "b", "c"]})
    (table if with_ids else table[["text"]]).to_csv(tmp_path / "posts.csv", index=False)
    done = kentongan("enrich", "--input", "posts.csv", "--output", "labels.parquet")
    assert done.returncode == 0, done.stderr
    labels = pd.read_parquet(tmp_path / "labels.parquet")
    assert labels["story"].isna().tolist() == [True, True, False]
    assert labels["story"][2] == ("a" if with_ids else "1")
    assert "sketch" not in labels
