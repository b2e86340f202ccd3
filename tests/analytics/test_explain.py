"""What a surveillance officer may rely on in the reason that stands beside a signal."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from time import process_time
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.explain import explain
from analytics.log_odds import count_terms, set_apart
from analytics.reason_sentences import Situation

TEXTS = [(name, pa.string()) for name in ("text", "author_key", "source", "sentiment", "story", "url")]
PLACES = pa.list_(pa.struct([("code", pa.string()), ("level", pa.string()), ("confidence", pa.float32())]))
SCHEMA = pa.schema(
    [*TEXTS, ("firsthand_p", pa.float64()), ("text_hash", pa.int64()), ("hashtags", pa.list_(pa.string())), ("places", PLACES)]
)
TOPIC = {"id": "demam berdarah", "en": "dengue"}
PLACE = {"id": "Kota Bandung", "en": "Bandung"}
KINDS = {"masto": "social", "bsky": "social", "koran": "news"}
WORDS = "hujan banjir rumah sakit nyamuk fogging warga anak sekolah obat dokter puskesmas kampung sungai panas".split()


def situation(observed: float = 1234, **changes: Any) -> Situation:
    facts: dict[str, Any] = {"expected": 8.5, "lower": 3, "upper": 15, "since": date(2026, 5, 3), "topic": TOPIC, "place": PLACE}
    return Situation(observed=observed, **(facts | changes))


def table(count: int, seed: int = 1, **same: Any) -> pa.Table:
    """Posts of many people on ordinary matters; `same` sets a column, by a value for all or a function of the row."""
    rng = np.random.default_rng(seed)
    rows = [
        {
            "text": " ".join(rng.choice(WORDS, 8)) + f" kata{seed}x{i}",
            "author_key": f"author{seed}-{i}",
            "source": ("masto", "bsky")[i % 2],
            "sentiment": ("negative", "neutral", "positive")[i % 3],
            "firsthand_p": 0.05,
            "text_hash": 1000 * seed + i,
            "story": None,
            "hashtags": [],
            "url": f"https://masto.example/p/{seed}/{i}",
            "places": [{"code": "32.73", "level": "regency", "confidence": 0.9}],
        }
        | {name: value(i) if callable(value) else value for name, value in same.items()}
        for i in range(count)
    ]
    return pa.Table.from_pylist(rows, schema=SCHEMA)


CLASSES: Mapping[str, Mapping[str, Any]] = {
    "mixed": {},
    "first-hand reports": {"firsthand_p": lambda i: 0.9 if i % 2 else 0.1},
    "news-driven": {"source": lambda i: "koran" if i % 3 else "masto"},
    "one text copied": {"text_hash": lambda i: 7 if i % 4 else i, "firsthand_p": 0.9},
    "campaign": {"hashtags": lambda i: ["ayovaksin"] if i % 4 else []},
    "collection artefact": {"source": lambda i: "baru" if i % 20 else "masto"},
}


@pytest.mark.parametrize("kind", CLASSES)
def test_each_kind_of_signal_is_called_by_its_name_with_the_numbers_that_led_to_it(kind: str) -> None:
    found = explain(table(100, **CLASSES[kind]), table(300, seed=2), situation(100), KINDS)
    assert found.kind == kind
    assert bool(found.evidence) == (kind != "mixed")


def test_one_account_that_writes_a_third_of_the_posts_is_a_campaign() -> None:
    found = explain(table(90, author_key=lambda i: "one" if i % 3 == 0 else f"a{i}"), table(300, seed=2), situation(90), KINDS)
    assert (found.kind, found.evidence) == ("campaign", {"one_account": pytest.approx(1 / 3)})
    assert found.authors == 61


def test_a_hashtag_that_was_always_there_is_no_campaign() -> None:
    found = explain(table(90, hashtags=["dbd"]), table(300, seed=2, hashtags=["dbd"]), situation(90), KINDS)
    assert found.kind == "mixed"


def test_retold_stories_are_copies_though_their_words_differ() -> None:
    assert explain(table(60, story="s1"), table(300, seed=2), situation(60), KINDS).copies == 1


def test_a_new_source_is_no_artefact_when_the_other_sources_rise_too() -> None:
    posts = table(100, source=lambda i: "baru" if i % 3 else "masto")
    assert explain(posts, table(300, seed=2), situation(100), KINDS).kind != "collection artefact"


def test_the_terms_that_are_new_stand_first_and_ordinary_ones_not_at_all() -> None:
    posts = table(100, text=lambda i: f"banjir warga kejang demam{' trombosit turun' if i % 2 else ''} kata{i}")
    found = explain(posts, table(300, seed=2), situation(), KINDS)
    told = " ".join(term.term for term in found.terms)
    assert "kejang" in told
    assert "trombosit" in told
    assert "banjir" not in {term.term for term in found.terms}
    assert all(term.z >= 1.96 for term in found.terms)


def test_log_odds_are_those_computed_by_hand() -> None:
    term = set_apart({"kejang": 30, "banjir": 70}, {"kejang": 10, "banjir": 290})[0]
    prior = 500 * 40 / 400
    odds = np.log((30 + prior) / (600 - 30 - prior)) - np.log((10 + prior) / (800 - 10 - prior))
    assert term.z == pytest.approx(odds / np.sqrt(1 / (30 + prior) + 1 / (10 + prior)))


def test_a_term_of_two_people_is_not_told() -> None:
    assert set_apart(count_terms(["siti aminah kejang"] * 2), {}) == []


def test_a_link_is_told_without_its_query_and_only_when_it_is_shared() -> None:
    posts = table(10, text=lambda i: f"kabar{i} https://www.koran.example/a/b?reader={i}#x lihat")
    found = explain(posts, table(30, seed=2), situation(), KINDS)
    assert [(link.name, link.posts) for link in found.links] == [("koran.example/a/b", 10)]
    assert found.kind == "news-driven"


def test_the_sentences_say_what_was_counted_in_the_form_of_each_language() -> None:
    found = explain(
        table(90, firsthand_p=lambda i: 0.9 if i % 2 else 0.1),
        table(300, seed=2),
        situation(growth=0.231, growth_low=0.1, growth_high=0.3),
        KINDS,
    )
    assert found.sentence_id == (
        "Sejak 3 Mei 2026, 1.234 unggahan tentang demam berdarah di Kota Bandung; biasanya 8,5 (3–15); berlipat dua tiap 3 hari. "
        "50% menceritakan yang dialami sendiri."
    )
    assert found.sentence_en == (
        "Since 3 May 2026, 1,234 posts about dengue in Bandung; usually 8.5 (3–15); doubling every 3 days. "
        "50% tell of what the writers live through themselves."
    )


def test_a_claim_that_a_tenth_of_the_posts_speak_of_stands_in_the_sentence_and_in_the_list() -> None:
    text = "[SALAH]  Jus pepaya\u00a0menyembuhkan DBD\nKlaim itu keliru, hubungi 081234567890"
    spoken = [text] * 3 + [None] * 17
    url = "https://cek.example/1"
    found = (
        table(20).append_column("claim", pa.array(spoken)).append_column("claim_url", pa.array([url if one else None for one in spoken]))
    )
    reason = explain(found.append_column("claim_sought", pa.array([True] * 20)), table(0), situation())
    assert [(one.title, one.url, one.posts) for one in reason.claims] == [("[SALAH] Jus pepaya menyembuhkan DBD", url, 3)]
    assert reason.sentence_en.endswith("15% repeat or answer a claim that fact-checkers looked at: “[SALAH] Jus pepaya menyembuhkan DBD”.")
    assert reason.sentence_id.endswith("15% mengulang atau menjawab klaim yang sudah diperiksa: “[SALAH] Jus pepaya menyembuhkan DBD”.")
    few = explain(found.append_column("claim_sought", pa.array([True] * 20)).slice(2), table(0), situation())
    assert [one.posts for one in few.claims] == [1]
    assert "fact-checkers" not in few.sentence_en


def test_growth_that_may_be_none_is_not_told() -> None:
    found = explain(table(5), table(9), situation(1, growth=0.2, growth_low=-0.1, growth_high=0.5, place=None), KINDS)
    assert "doubling" not in found.sentence_en
    assert "Since 3 May 2026, 1 post about dengue; usually" in found.sentence_en


def test_a_worse_mood_is_told_with_its_interval() -> None:
    shift = explain(table(90, sentiment="negative"), table(300, seed=2), situation(), KINDS).sentiment
    assert shift is not None
    assert shift.change == pytest.approx(-1)
    assert -1.2 < shift.low < -1 < shift.high < -0.8


def test_examples_are_few_short_redacted_and_of_different_people_and_texts() -> None:
    def text(i: int) -> str:
        return (
            "hubungi 0812-3456-7890 " + " ".join(WORDS[(i % 7) * 2 : (i % 7) * 2 + 2]) + f" satu{i % 7} dua{i % 7} tiga{i % 7}" + " x" * 400
        )

    found = explain(table(100, text=text, author_key=lambda i: f"a{i % 4}"), table(30, seed=2), situation(), KINDS)
    assert len(found.examples) == 4
    assert all("0812" not in example.text and len(example.text) <= 500 for example in found.examples)


def test_missing_columns_empty_tables_and_tombstones_are_nothing_known() -> None:
    bare = pa.table({"text": pa.array(["demam tinggi", None]), "source": ["masto", "masto"]})
    found = explain(bare, bare.slice(0, 0), situation(1), None)
    assert (found.posts, found.authors, found.firsthand, found.sentiment, found.kind) == (1, 0, None, None, "mixed")
    assert explain(table(0), table(0), situation(0)).posts == 0


@settings(max_examples=25, deadline=None)
@given(st.lists(st.text(max_size=60), max_size=12))
def test_hostile_text_stays_text(texts: list[str]) -> None:
    texts = [text.encode("utf-8", "ignore").decode() for text in [*texts, "<script>alert(1)</script> http://[::1 {share} {0}", "😷" * 50]]
    found = explain(table(len(texts), text=lambda i: texts[i]), table(5, seed=2), situation(topic={"id": "{x}", "en": "{x}\n"}), KINDS)
    stored = json.loads(found.to_json())
    assert stored["posts"] == len(texts)
    assert stored["sentence_en"].startswith("Since 3 May 2026, 1,234 posts about {x} in Bandung")


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10_000))
def test_the_order_of_the_posts_changes_nothing(seed: int) -> None:
    order = np.random.default_rng(seed).permutation(40)
    posts, baseline = table(40, hashtags=lambda i: [f"t{i % 5}"]), table(60, seed=2)
    one, other = (explain(rows, baseline, situation(), KINDS) for rows in (posts, posts.take(order)))
    assert one.to_json() == other.to_json()


def test_twenty_thousand_posts_cost_no_more_than_their_number() -> None:
    baseline = table(5_000, seed=2)

    def cost(posts: int) -> float:
        rows, start = table(posts), process_time()
        explain(rows, baseline, situation(), KINDS)
        return process_time() - start

    cost(100)  # what is made once is made
    assert cost(20_000) < 10 * (cost(5_000) + 0.05)
