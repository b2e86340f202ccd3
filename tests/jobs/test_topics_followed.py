"""The worker follows the file with one's own topics, and a mistake in it stops nothing."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from analytics.text.topic_file import load_topics
from jobs.labelling import Labeller, arrow_batches, as_table
from jobs.options import own_instance
from jobs.pipeline import Instance
from jobs.relabel import relabel
from jobs.topics import topics_file_of
from jobs.topics_followed import TopicsFollowed
from warehouse import write
from warehouse.database import rows
from warehouse.errors import SettingsError
from warehouse.records import Post
from warehouse.settings import DataFolder, Settings
from warehouse.state import State

NOW = datetime(2026, 5, 4, 9, tzinfo=UTC)
HICCUPS = '[hiccups]\nname_id = "Cegukan"\nname_en = "Hiccups"\ngroup = "syndrome"\nterms.id = ["cegukan"]\n'
TEXT = "cegukan terus dari pagi, padahal tidak kena malaria"


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[Instance]:
    with own_instance(DataFolder(tmp_path / "data"), Settings()) as made:
        yield made


@pytest.fixture
def state(instance: Instance) -> State:
    return State(instance.warehouse.folder)


@pytest.fixture
def followed(instance: Instance, state: State) -> TopicsFollowed:
    found = TopicsFollowed(instance, state)
    found.look(NOW)
    return found


def labelled(instance: Instance, text: str = TEXT) -> list[str]:
    batch = arrow_batches([Post("forum", "q", "1", NOW, text, author="a")], NOW, 10)
    return as_table(instance.labeller(batch))["topics"][0].as_py()


def known(instance: Instance) -> set[str]:
    return {row["topic"] for row in rows(instance.warehouse.con, "SELECT topic FROM topics")}


def test_a_saved_topic_labels_the_next_post_without_a_restart(instance: Instance, state: State, followed: TopicsFollowed) -> None:
    assert labelled(instance) == ["malaria"]
    before = instance.labeller.enricher.model_version
    saved = state.change_topics(instance.warehouse.folder.topics, lambda _: HICCUPS, who="siti", origin="page", now=NOW)
    assert followed.look(NOW)
    assert labelled(instance) == ["malaria", "hiccups"]
    assert instance.labeller.enricher.model_version != before
    assert "hiccups" in known(instance)
    used = state.topics_in_use()
    assert used is not None
    assert (used.digest, used.trouble) == (saved.digest, "")
    assert not followed.look(NOW)


def test_an_editor_is_followed_too_and_its_change_is_in_the_history(instance: Instance, state: State, followed: TopicsFollowed) -> None:
    instance.warehouse.folder.topics.write_text("[malaria]\nenabled = false\n", "utf-8")
    assert followed.look(NOW)
    assert labelled(instance) == []
    assert "malaria" not in known(instance)
    assert (state.topic_versions()[0].origin, state.topic_versions()[0].changed) == ("file", ("malaria",))
    instance.warehouse.folder.topics.unlink()
    assert followed.look(NOW)
    assert labelled(instance) == ["malaria"]


@pytest.mark.parametrize("mistake", [b'[x]\nrules = ["a NEAR/2"]', b"\xff\xfe", b"= 1"])
def test_a_mistake_changes_no_label_and_is_told(instance: Instance, state: State, followed: TopicsFollowed, mistake: bytes) -> None:
    path = instance.warehouse.folder.topics
    path.write_text(HICCUPS, "utf-8")
    followed.look(NOW)
    path.write_bytes(mistake)
    assert not followed.look(NOW)
    assert labelled(instance) == ["malaria", "hiccups"]
    used = state.topics_in_use()
    assert used is not None
    assert "topics.toml" in used.trouble
    path.write_text(HICCUPS + "# better\n", "utf-8")
    followed.look(NOW)
    used = state.topics_in_use()
    assert used is not None
    assert used.trouble == ""


def test_a_change_of_names_alone_makes_no_label_stale(instance: Instance, followed: TopicsFollowed) -> None:
    path = instance.warehouse.folder.topics
    path.write_text(HICCUPS, "utf-8")
    followed.look(NOW)
    before = instance.labeller.enricher.model_version
    path.write_text(HICCUPS.replace("Hiccups", "The hiccups"), "utf-8")
    assert followed.look(NOW)
    assert instance.labeller.enricher.model_version == before
    names = rows(instance.warehouse.con, "SELECT name_en FROM topics WHERE topic = 'hiccups'")
    assert names == [{"name_en": "The hiccups"}]


def test_old_posts_get_the_new_topic_when_they_are_relabelled(instance: Instance, followed: TopicsFollowed) -> None:
    batch = arrow_batches([Post("forum", "q", str(n), NOW - timedelta(hours=n), TEXT, author="a") for n in range(3)], NOW, 10)
    table = as_table(instance.labeller(batch))
    write.commit(instance.warehouse, source="forum", query="q", enriched=table, deletions=(), checkpoint=None, now=NOW)
    instance.warehouse.folder.topics.write_text(HICCUPS, "utf-8")
    followed.look(NOW)
    assert relabel(instance, NOW) == 3
    stored = rows(instance.warehouse.con, "SELECT DISTINCT topics FROM posts")
    assert stored == [{"topics": ["malaria", "hiccups"]}]


def test_a_pool_labels_with_the_topics_in_use_and_not_with_a_broken_file(tmp_path: Path) -> None:
    file = tmp_path / "topics.toml"
    file.write_text(HICCUPS, "utf-8")
    labeller = Labeller(Settings.model_validate({"enrich": {"processes": 2}}), b"k" * 32, file)
    assert "hiccups" in labeller.enricher.topics.match([TEXT])[0]
    file.write_text("= broken", "utf-8")
    posts = [Post("forum", "q", str(n), NOW, TEXT, author="a") for n in range(4)]
    done = [as_table(batches)["topics"][0].as_py() for _, batches in labeller.map(posts, lambda post: arrow_batches([post], NOW, 10))]
    assert done == [["malaria", "hiccups"]] * 4


def test_topics_travel_to_another_process() -> None:
    topics = load_topics(None)
    assert pickle.loads(pickle.dumps(topics)) == topics  # noqa: S301 - made a word ago


def test_the_file_of_the_settings_has_to_be_there_and_that_of_the_folder_has_not(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    assert topics_file_of(folder, Settings()) is None
    folder.topics.write_text("", "utf-8")
    assert topics_file_of(folder, Settings()) == folder.topics
    named = Settings.model_validate({"enrich": {"topics_file": str(tmp_path / "mine.toml")}})
    with pytest.raises(SettingsError, match="no such file"):
        load_topics(topics_file_of(folder, named))
