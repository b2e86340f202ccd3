"""Posts that are read a second time find the claim that they speak of, for the warehouse, the reasons of signals, and pages."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from analytics.text import encoder as encoders
from jobs import report
from jobs.claims import find_claims
from jobs.labelling import arrow_batches, as_table
from jobs.options import own_instance
from jobs.pipeline import Instance
from jobs.second_look import look_again
from warehouse import claims, publish, retention, runs, write
from warehouse.database import rows, value
from warehouse.queries import Catalog, Selection
from warehouse.queries.claims import CHECKED
from warehouse.records import Deletion, Post
from warehouse.settings import DataFolder, Settings
from warehouse.signal_posts import TopicPosts

NOW = datetime(2026, 5, 4, 9, tzinfo=UTC)
CHECKS = (
    "[SALAH] Vaksin campak menyebabkan autisme pada anak\nUnggahan mengklaim vaksin campak membuat anak autis. Faktanya tidak.",
    "[HOAKS] Jus daun pepaya menyembuhkan demam berdarah dalam sehari\nKlaim bahwa jus daun pepaya menyembuhkan DBD tidak terbukti.",
    "[SALAH] Gempa besar akan mengguncang Jakarta besok malam\nBMKG: gempa tidak bisa diramalkan.",
)
POSTS = (
    "Awas! jus daun pepaya menyembuhkan demam berdarah dalam sehari, sebarkan",
    "vaksin campak bikin anak autis, jangan mau disuntik",
    "Anak saya demam tinggi kena DBD, dirawat di RSUD",
    "Jadwal imunisasi campak di posyandu hari Sabtu",
)
FEEDS = [{"url": "https://example.org/feed"}]
SETTINGS = Settings(
    sources={  # type: ignore[arg-type]
        "cek-fakta": {"collector": "rss", "kind": "factcheck", "feeds": FEEDS},
        "forum": {"collector": "rss", "feeds": FEEDS},
    }
)
MATCHED = "SELECT native_id, claim_native_id FROM claim_matches WHERE claim_source = 'cek-fakta' ORDER BY native_id"


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[Instance]:
    with own_instance(DataFolder(tmp_path / "data"), SETTINGS) as made:
        runs.note_sources(made.warehouse.con, made.settings.sources, NOW)
        commit(made, "cek-fakta", CHECKS)
        commit(made, "forum", POSTS)
        yield made


def commit(instance: Instance, source: str, texts: tuple[str, ...], first: int = 0, now: datetime = NOW, **given: Any) -> None:
    posts = [
        Post(source, "q", str(n), NOW - timedelta(hours=1), text, author=f"a{n}", url=f"https://example.org/{source}/{n}", **given)
        for n, text in enumerate(texts, first)
    ]
    labelled = as_table(instance.labeller(arrow_batches(posts, now, 1_000)))
    write.commit(instance.warehouse, source=source, query="q", enriched=labelled, deletions=(), checkpoint=None, now=now)
    instance.warehouse.con.execute("UPDATE posts SET sentiment_p = 0.3")  # the first models were unsure


def matched(instance: Instance) -> dict[str, str]:
    return {row["native_id"]: row["claim_native_id"] for row in rows(instance.warehouse.con, MATCHED)}


def test_a_post_finds_the_claim_that_it_repeats_and_one_that_repeats_none_is_told_none(instance: Instance) -> None:
    look_again(instance, NOW)
    assert matched(instance) == {"0": "1", "1": "0"}
    found = rows(instance.warehouse.con, "SELECT * FROM claim_matches ORDER BY source, native_id")
    assert [(row["source"], row["native_id"]) for row in found] == [("forum", str(n)) for n in range(4)]  # and no fact-check
    assert all((row["probability"] is None) == (row["claim_source"] is None) for row in found)
    assert all(row["probability"] >= 0.8 for row in found if row["claim_source"])


def test_no_text_is_read_twice_and_a_new_claim_is_found_by_posts_of_before(instance: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    look_again(instance, NOW)
    assert find_claims(instance, NOW, 100) == 0
    read: list[str] = []
    embed = encoders.Encoder.embed
    monkeypatch.setattr(encoders.Encoder, "embed", lambda self, texts, kind="query": read.extend(texts) or embed(self, texts, kind))
    new = "[SALAH] Jadwal imunisasi campak di posyandu hari Sabtu dibatalkan\nKlaim pembatalan imunisasi campak hari Sabtu keliru."
    commit(instance, "cek-fakta", (new,), 3, NOW + timedelta(minutes=1))
    assert find_claims(instance, NOW + timedelta(minutes=1), 100) == 4
    assert read == [new]
    assert matched(instance) == {"0": "1", "1": "0", "3": "3"}


def test_one_run_reads_no_more_than_it_is_told_to(instance: Instance) -> None:
    look_again(instance, NOW, most=100)
    instance.warehouse.con.execute("DELETE FROM claim_matches; DELETE FROM meanings")
    assert find_claims(instance, NOW, 2) == 2
    assert value(instance.warehouse.con, "SELECT count(*) FROM meanings") == 4  # two claims, two posts


def test_a_claim_that_is_gone_or_edited_is_followed(instance: Instance) -> None:
    look_again(instance, NOW)
    write.commit(
        instance.warehouse,
        source="cek-fakta",
        query="q",
        enriched=None,
        deletions=[Deletion("cek-fakta", "1", NOW)],
        checkpoint=None,
        now=NOW,
    )
    assert value(instance.warehouse.con, "SELECT count(*) FROM claims") == 2
    find_claims(instance, NOW, 100)
    assert matched(instance) == {"1": "0"}
    instance.warehouse.con.execute("UPDATE sources SET kind = 'news'")
    assert claims.follow(instance.warehouse.con) == 0
    assert find_claims(instance, NOW, 100) == 0


def test_an_erased_post_takes_what_was_found_with_it(instance: Instance) -> None:
    look_again(instance, NOW)
    retention.erase(instance.warehouse, ("forum", "0"), NOW, "asked")
    for table in ("claim_matches", "meanings"):
        assert value(instance.warehouse.con, f"SELECT count(*) FROM {table} WHERE source = 'forum' AND native_id = '0'") == 0
    claims.forget(instance.warehouse.con, NOW.date() + timedelta(days=2))
    assert value(instance.warehouse.con, "SELECT count(*) FROM claim_matches") == 0
    assert rows(instance.warehouse.con, "SELECT DISTINCT source FROM meanings") == [{"source": "cek-fakta"}]


def test_what_is_too_old_keeps_the_match_and_loses_its_text(instance: Instance) -> None:
    look_again(instance, NOW)
    instance.warehouse.settings = replace_retention(instance.settings)
    retention.apply(instance.warehouse, NOW + timedelta(days=30))
    assert value(instance.warehouse.con, "SELECT count(*) FROM claims") == 0
    assert value(instance.warehouse.con, "SELECT count(*) FROM meanings") == 0
    assert value(instance.warehouse.con, "SELECT count(*) FROM claim_matches WHERE claim_source IS NOT NULL AND text_hash IS NULL") == 2


def replace_retention(settings: Settings) -> Settings:
    return settings.model_copy(update={"retention": settings.retention.model_copy(update={"posts": timedelta(days=7)})})


def test_the_reason_of_a_signal_knows_the_claim_that_its_posts_speak_of(instance: Instance) -> None:
    look_again(instance, NOW)
    day = (NOW + timedelta(hours=7)).date()
    found = TopicPosts(instance.warehouse.con, "dengue", day, day).of_signal("*", day, day).to_pylist()
    told = {row["text"]: (row["claim_sought"], row["claim"], row["claim_url"]) for row in found if row["source"] == "forum"}
    assert told[POSTS[0]] == (True, CHECKS[1], "https://example.org/cek-fakta/1")
    assert told[POSTS[2]] == (True, None, None)


def test_pages_read_the_claim_of_a_post_until_it_is_edited(instance: Instance) -> None:
    look_again(instance, NOW)
    publish.publish(instance.warehouse, NOW)
    catalog = Catalog(instance.warehouse.folder)
    hashes = {row["native_id"]: row["text_hash"] for row in catalog.rows("SELECT native_id, text_hash FROM posts WHERE source = 'forum'")}
    found = catalog.claims_of([("forum", key, held) for key, held in hashes.items()])
    assert {key: claim.headline for (_, key), claim in found.items()} == {
        "0": CHECKS[1].split("\n")[0],
        "1": CHECKS[0].split("\n")[0],
    }
    assert catalog.claims_of([("forum", "0", hashes["0"] + 4096), ("forum", "1", None), ("nobody", "0", 1.0)]) == {}
    assert "meanings" not in {row["name"] for row in catalog.rows("SELECT table_name AS name FROM duckdb_tables()")}


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    """Posts that were held against the claims, then copies of one of them and of a fact-check; one claim is hostile; all is published."""
    with own_instance(DataFolder(tmp_path_factory.mktemp("told") / "data"), SETTINGS) as made:
        runs.note_sources(made.warehouse.con, made.settings.sources, NOW)
        commit(made, "cek-fakta", CHECKS)
        commit(made, "forum", POSTS)
        look_again(made, NOW)
        commit(made, "forum", (POSTS[0], CHECKS[1]), 10)
        made.warehouse.con.execute("UPDATE claims SET url = 'javascript:alert(1)', text = '<b>' || text WHERE native_id = '0'")
        publish.publish(made.warehouse, NOW)
        yield made


PAPAYA, AUTISM = CHECKS[1].split("\n")[0], "<b>" + CHECKS[0].split("\n")[0]


def test_exact_copies_stand_with_the_post_that_was_held_against_the_claims_and_fact_checks_do_not_count(told: Instance) -> None:
    catalog, today = Catalog(told.warehouse.folder), NOW.date()
    found = catalog.spoken_of(today, today)
    spoken = {row.headline: row.posts for row in found[found["claim"].notna()].itertuples()}
    assert spoken == {AUTISM: 1, PAPAYA: 2}
    assert found["source"].unique().tolist() == ["forum"]
    papaya = next(key for key, headline in catalog.claims().items() if headline == PAPAYA)
    listed = catalog.posts(Selection(first=today, last=today), texts=catalog.texts_of_claim(papaya))
    assert set(listed.rows["native_id"]) == {"0", "10"}
    assert len(catalog.texts_of_claim(CHECKED)) == 2
    assert catalog.posts(Selection(first=today, last=today), texts=catalog.texts_of_claim("nobody's")).total == 0


def test_the_mail_tells_which_claims_posts_speak_of_and_leads_to_the_fact_checks(told: Instance) -> None:
    made = report.build(told.warehouse.folder, told.settings, "daily", NOW.date() + timedelta(days=1), "en")
    assert f"- {PAPAYA}: 2 posts | https://example.org/cek-fakta/1\n- {AUTISM}: 1 post\n" in made.text
    assert f'<a href="https://example.org/cek-fakta/1" style="color:#0969da">{PAPAYA}</a>: 2 posts' in made.html
    assert f"<li>{AUTISM.replace('<b>', '&lt;b&gt;')}: 1 post</li>" in made.html
    assert "javascript:" not in made.html + made.text


def hold(instance: Instance, native_id: str, claim: str | None, at: datetime) -> None:
    """Note what a post of the forum was found to speak of."""
    claims.follow(instance.warehouse.con)
    instance.warehouse.con.execute(
        """INSERT INTO claim_matches BY NAME
        SELECT source, native_id, day, text_hash, if($claim IS NULL, NULL, 'cek-fakta') AS claim_source, $claim AS claim_native_id,
            if($claim IS NULL, NULL, 0.9)::FLOAT AS probability, 'v' AS claims_version, $at AS looked_at
        FROM posts WHERE source = 'forum' AND native_id = $native_id""",
        {"claim": claim, "at": at, "native_id": native_id},
    )


def test_the_latest_look_at_a_text_decides_what_it_speaks_of(instance: Instance) -> None:
    commit(instance, "forum", (POSTS[0],), 10)
    hold(instance, "0", "1", NOW)
    hold(instance, "1", "0", NOW)
    hold(instance, "10", None, NOW + timedelta(hours=1))
    publish.publish(instance.warehouse, NOW)
    assert list(Catalog(instance.warehouse.folder).claims().values()) == [CHECKS[0].split("\n")[0]]


def test_the_mail_is_silent_on_claims_until_a_post_was_held_against_one(instance: Instance) -> None:
    publish.publish(instance.warehouse, NOW)
    tomorrow = NOW.date() + timedelta(days=1)
    title = "Checked claims that posts speak of"
    assert title not in report.build(instance.warehouse.folder, instance.settings, "daily", tomorrow, "en").text
    hold(instance, "2", None, NOW)
    publish.publish(instance.warehouse, NOW)
    assert f"{title}\nNo post was found" in report.build(instance.warehouse.folder, instance.settings, "daily", tomorrow, "en").text
