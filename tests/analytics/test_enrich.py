"""The one function that labels posts: schema, order, purity, privacy, and no text that breaks it."""

from __future__ import annotations

import json
import pickle
import random
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import cache

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.enrich import PASSED, Enricher
from warehouse.records import ENRICHED_SCHEMA, INTENTS, RAW_SCHEMA, SENTIMENTS, UNKNOWN_LANGUAGE, Post, to_arrow
from warehouse.settings import Settings

NOW = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)
KEY = b"k" * 32
TEXTS = [
    "Di Kota Surabaya kasus demam berdarah naik lagi, RSUD penuh",
    "min mau tanya, vaksin booster di puskesmas Kabupaten Bandung jam berapa ya?",
    "My flight was late but the view from the plane was lovely",
    "wingi bapakku lara weteng nganti ora bisa turu",
    "",
    "😷😷😷",
]


@cache
def enricher() -> Enricher:
    return Enricher(Settings(), KEY)


def label(*texts: str, **fields: object) -> list[dict[str, object]]:
    """Rows of the enriched batch for posts with these texts."""
    posts = [Post("s", "q", str(number), NOW, text, **fields) for number, text in enumerate(texts)]  # type: ignore[arg-type]
    return enricher()(to_arrow(posts, NOW)).to_pylist()


def of_texts(column: pa.Array) -> pa.RecordBatch:
    """A RAW_SCHEMA batch in which only `text` is there."""
    columns = [column if field.name == "text" else pa.nulls(len(column), field.type) for field in RAW_SCHEMA]
    return pa.RecordBatch.from_arrays(columns, schema=RAW_SCHEMA)


def test_a_post_gets_all_its_labels() -> None:
    [row] = label("Di Kota Surabaya kasus demam berdarah naik lagi, petugas RSUD lambat sekali, kecewa! #DBD")
    assert (row["lang"], row["sentiment"], row["intent"]) == ("id", "negative", "complaint")
    assert "dengue" in row["topics"]
    assert "35.78" in [place["code"] for place in row["places"]]
    assert row["hashtags"] == ["dbd"]
    assert isinstance(row["text_hash"], int)
    assert all(0 < row[name] <= 1 for name in ("lang_p", "sentiment_p", "intent_p"))


def test_schema_order_and_passed_columns_are_kept() -> None:
    posts = [Post("rss", "feed", f"n{n}", NOW, text, url=f"https://x.id/{n}", likes=n, repost=n % 2 == 0) for n, text in enumerate(TEXTS)]
    raw = to_arrow(posts, NOW)
    labelled = enricher()(raw)
    assert labelled.schema == ENRICHED_SCHEMA
    for name in PASSED:
        assert labelled.column(name).equals(raw.column(name)), name


def test_the_batch_a_post_is_in_changes_none_of_its_labels() -> None:
    together = label(*TEXTS)
    for number, text in enumerate(TEXTS):
        assert {**label(text)[0], "native_id": str(number)} == together[number]


#: What makes one step of the chain look closer, or take another way than for most texts.
ODDITIES = (
    "", " ", "@budi", "0812-3456-7890", "NIK 3201014506990001", "Jl. Sudirman No. 45", "#DemamBerdarah2026", "＃vaksin", "https://a.id/c?d=e",
    "www.x.id", "[URL]", "[mention]", "&amp;", "İstanbul", "ſ", "Σας", "47 kasus DBD", "Rp 150.000", "suhu 38,5°C", "١٢٣٤٥٦", "ＡＢＣ",
    "½", "é", "👨‍👩‍👧", "\u200b", "\x00", "\ud800", "你好", "ไทย", "bangeeeet", "KOTA BANDUNG", "Kota dan Kabupaten Kediri", "#JabarJuara",
    "RT @a: ", "nyamuk2nya", "demam panggung", "budi at gmail dot com", "\n", "tidak", "x" * 130, "ß", "#httpx", "pic.twitter.com/a",
)  # fmt: skip


@settings(max_examples=40)
@given(st.lists(st.lists(st.sampled_from((*TEXTS, *ODDITIES)), max_size=6).map(" ".join), min_size=1, max_size=24), st.randoms())
def test_in_any_batches_and_order_a_post_gets_the_labels_that_it_gets_alone(texts: list[str], drawn: random.Random) -> None:
    fresh, rows = Enricher(Settings(), KEY), list(range(len(texts)))
    drawn.shuffle(rows)
    told: dict[int, object] = {}
    while rows:
        some, rows = (rows[: (size := drawn.randint(1, len(rows)))]), rows[size:]
        batch = to_arrow([Post("s", "q", str(row), NOW, texts[row], author="a") for row in some], NOW)
        told |= zip(some, fresh(batch).to_pylist(), strict=True)
    for row, text in enumerate(texts):
        [alone] = enricher()(to_arrow([Post("s", "q", str(row), NOW, text, author="a")], NOW)).to_pylist()
        assert told[row] == alone


def test_a_large_batch_is_labelled_part_by_part_as_a_small_one(monkeypatch: pytest.MonkeyPatch) -> None:
    batch = of_texts(pa.array([*TEXTS, "5 harı", ""] * 3, pa.string()))
    whole = enricher()(batch)
    monkeypatch.setattr("analytics.enrich.AT_A_TIME", 4)
    assert enricher()(batch).equals(whole)


def test_words_of_any_number_of_posts_are_remembered_up_to_a_bound() -> None:
    draw = random.Random(3)
    fresh, most = Enricher(Settings(), KEY), 0
    fresh.vocabulary.limit = 3_000
    for _ in range(12):
        fresh(of_texts(pa.array([" ".join("".join(draw.choices("aiueobdgkmnst", k=7)) for _ in range(1_000))])))
        most = max(most, len(fresh.vocabulary))
    assert 3_000 < most <= 4_001


def test_threads_that_label_at_once_get_the_labels_of_one_alone() -> None:
    draw = random.Random(5)
    fresh = Enricher(Settings(), KEY)
    fresh.vocabulary.limit = 300
    batches = [
        of_texts(pa.array([" ".join(draw.choices(" ".join(TEXTS).split(), k=12)) + f" kata{n} {n} kasus" for n in range(40)]))
        for _ in range(12)
    ]
    alone = [enricher()(batch) for batch in batches]
    with ThreadPoolExecutor(4) as pool:
        assert [one.equals(other) for one, other in zip(pool.map(fresh, batches), alone, strict=True)] == [True] * len(batches)


def test_an_empty_batch_stays_empty() -> None:
    labelled = enricher()(of_texts(pa.array([], pa.string())))
    assert (labelled.num_rows, labelled.schema) == (0, ENRICHED_SCHEMA)


def test_text_alone_is_enough() -> None:
    [row] = enricher()(of_texts(pa.array(["vaksin gratis di puskesmas mulai besok pagi"], pa.string()))).to_pylist()
    assert (row["author_key"], row["native_id"], row["lang"]) == (None, None, "id")


def test_a_missing_text_is_an_empty_one() -> None:
    [row] = enricher()(of_texts(pa.array([None], pa.string()))).to_pylist()
    assert (row["text"], row["text_hash"], row["lang"], row["topics"], row["places"]) == ("", None, UNKNOWN_LANGUAGE, [], [])


def test_the_author_becomes_a_key_that_only_this_instance_can_make() -> None:
    first, again = label("a", "b", author="budi_s")
    assert re.fullmatch(r"[0-9a-f]{32}", str(first["author_key"]))
    assert first["author_key"] == again["author_key"]
    other = Enricher(Settings(), b"another key of thirty-two bytes!")(to_arrow([Post("s", "q", "1", NOW, "a", author="budi_s")], NOW))
    assert other.column("author_key")[0].as_py() != first["author_key"]


def test_no_column_lets_an_identity_through() -> None:
    secrets = ["0812-3456-7890", "budi.s@gmail.com", "3201014506990001", "budi_asli"]
    rows = label(f"pasien atas nama @{secrets[3]} hub {secrets[0]} / {secrets[1]} NIK {secrets[2]} #halo", author=secrets[3])
    written = json.dumps(rows, default=str)
    assert [secret for secret in secrets if secret in written] == []


@pytest.mark.parametrize("text", [text for text in TEXTS if len(text) > 10])
def test_an_identity_beside_a_text_changes_no_label_but_the_text(text: str) -> None:
    bare, dressed = label(text, f"@siti_99 {text} [phone]")
    same = [name for name in ENRICHED_SCHEMA.names if name not in ("text", "native_id")]
    assert {name: bare[name] for name in same} == {name: dressed[name] for name in same}


def test_labels_of_a_stored_post_are_found_again() -> None:
    once = label("@budi tolong, ibu saya sesak di Jl. Merdeka No. 12 RT 03/RW 05 Kota Malang hub 081234567890")[0]
    assert label(str(once["text"]))[0] == once


def test_copies_share_a_text_hash_and_short_texts_have_none() -> None:
    rows = label("Waspada hoaks vaksin mengandung chip!", "RT @x: waspada hoaks vaksin MENGANDUNG chip https://t.co/1", "aamiin")
    assert rows[0]["text_hash"] == rows[1]["text_hash"] is not None
    assert rows[2]["text_hash"] is None


@pytest.mark.parametrize(
    "text",
    [
        piece * (1_000_000 // len(piece))
        for piece in (
            "a",
            "7",
            "demam ",
            "😷",
            "@a ",
            "0812 ",
            "#x",
            "? ",
            '"((“',
            "\u200b",
            "a\u0301",
            "5 kg rp 5 ",
            "a at b dot ",
            "BATU MALANG ",
        )
    ],
    ids=(lambda text: text[:10].encode("unicode_escape").decode()),
)
def test_a_megabyte_is_labelled_in_time_that_grows_with_its_length(text: str) -> None:
    began = time.process_time()
    label(text)
    assert time.process_time() - began < 10


def test_bytes_that_are_no_utf8_are_read_as_far_as_they_go() -> None:
    broken = pa.Array.from_buffers(
        pa.string(), 1, [None, pa.array([0, 14], pa.int32()).buffers()[1], pa.py_buffer(b"demam \xff\xed\xa0\x80 tinggi")]
    )
    [row] = enricher()(of_texts(broken)).to_pylist()
    assert str(row["text"]).startswith("demam \ufffd")


@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=120), max_size=4))
@settings(max_examples=60, deadline=None)
def test_any_text_gets_valid_labels(texts: list[str]) -> None:
    for row in label(*texts):
        assert row["sentiment"] in SENTIMENTS
        assert row["intent"] in INTENTS
        assert 0 <= row["lang_p"] <= 1  # type: ignore[operator]
        assert "\x00" not in str(row["text"])


@given(st.text(st.characters(codec=None, exclude_categories=()), max_size=60))
@settings(max_examples=60, deadline=None)
def test_lone_surrogates_and_nul_from_a_collector_break_nothing(text: str) -> None:
    assert len(label(text)) == 1


def test_the_version_is_that_of_the_models_not_of_the_run() -> None:
    version = enricher().model_version
    assert re.fullmatch(r"[0-9a-f]{12}", version)
    assert Enricher(Settings(), b"x" * 32).model_version == version == label("a")[0]["model_version"]


def test_it_starts_light_and_carries_no_training_library() -> None:
    code = (
        "import sys, analytics.enrich as e; from warehouse.settings import Settings; e.Enricher(Settings(), b'k' * 32);"
        "print([name for name in ('sklearn', 'pandas', 'matplotlib', 'dash', 'duckdb', 'torch') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout.strip() == "[]"


def test_what_a_pool_needs_can_be_pickled() -> None:
    settings_, key = pickle.loads(pickle.dumps((Settings(), KEY)))  # noqa: S301 - our own bytes
    assert Enricher(settings_, key).model_version == enricher().model_version
