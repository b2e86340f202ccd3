"""`kentongan bench generate`: a warehouse of any size, in which the dashboard finds what it finds in life."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from typer.testing import CliRunner

from jobs.bench import posts
from jobs.bench.fill import Size, generate
from jobs.bench.world import Span
from jobs.cli import app
from warehouse.database import connect
from warehouse.errors import InputError
from warehouse.queries import Catalog, Selection
from warehouse.schema import POSTS, create_table
from warehouse.settings import DataFolder

SIZE = Size(posts=4_000, days=30, end=date(2026, 3, 14), seed=3)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    root = tmp_path_factory.mktemp("bench") / "data"
    assert "4,000 synthetic posts of 30 days" in generate(root, SIZE, lambda _done, _total, _message: None)
    return Catalog(DataFolder(root))


def _days(catalog: Catalog) -> Selection:
    first = catalog.first_day()
    assert first is not None
    return Selection(first=first, last=catalog.today())


def test_every_post_that_was_asked_for_is_published_and_counted(filled: Catalog) -> None:
    days = _days(filled)
    assert (days.last, days.days()) == (SIZE.end, SIZE.days)
    assert filled.counts(days)["posts"].sum() == SIZE.posts
    assert filled.freshness().posts_total == SIZE.posts


def test_posts_have_topics_places_sources_and_languages_and_say_their_topic(filled: Catalog) -> None:
    days = _days(filled)
    assert filled.counts(days, "topic")["key"].nunique() > 20
    assert (filled.map_counts(days, "regency")["posts"] > 0).sum() > 100
    assert filled.counts(days, "source")["key"].nunique() == 8
    assert {"id", "en", "jv"} <= set(filled.languages()["lang"])
    found = filled.posts(days, "puskesmas", limit=20)
    assert len(found.rows) == 20
    assert all("puskesmas" in text.lower() for text in found.rows["text"])


def test_there_are_signals_with_reasons_copies_and_holes_in_the_ledger(filled: Catalog) -> None:
    days = _days(filled)
    signals = filled.signals(days)
    assert len(signals) > 20
    assert signals["reason"].notna().all()
    assert signals["since"].notna().any()
    assert filled.counts(days)["copies"].sum() == 0  # the first posts of all are never copies
    assert filled.exposure(days)["exposure"].min() < 1


def test_some_posts_of_the_last_days_speak_of_claims_of_fact_checkers_and_most_that_were_held_against_them_do_not(filled: Catalog) -> None:
    spoken = filled.spoken_of(SIZE.end - timedelta(days=13), SIZE.end)
    speaks = spoken["claim"].notna()
    assert 0 < spoken[speaks]["posts"].sum() < spoken[~speaks]["posts"].sum()
    assert spoken[speaks]["headline"].str.startswith("[SALAH] Klaim nomor ").all()


def _texts(seed: int) -> list[tuple[str, str]]:
    with connect(":memory:") as con:
        create_table(con, POSTS)
        days = posts.prepare(con, Span(SIZE.end, 3, ZoneInfo("Asia/Jakarta")), 200, seed)
        assert posts.insert(con, days[0], days[-1], "Asia/Jakarta", seed) == 200
        return con.execute("SELECT native_id, text FROM posts ORDER BY native_id").fetchall()


def test_the_same_seed_makes_the_same_posts_and_another_one_others() -> None:
    assert _texts(3) == _texts(3)
    assert _texts(3) != _texts(4)


def test_a_folder_that_has_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(InputError, match="has something in it"):
        generate(tmp_path, SIZE, lambda _done, _total, _message: None)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_the_command_explains_itself() -> None:
    told = CliRunner().invoke(app, ["bench", "generate", "--help"]).output
    assert "--output" in told
    assert "kentongan bench generate --posts 20000000" in " ".join(told.split())
