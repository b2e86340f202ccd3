"""Whether posts come out as negative, neutral or positive, and what may not change the answer."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.text.features import Vocabulary
from analytics.text.sentiment import SentimentModel, measured_errors
from warehouse.records import SENTIMENTS


@cache
def model() -> SentimentModel:
    return SentimentModel()


@pytest.mark.parametrize(
    ("text", "lang", "sentiment"),
    [
        ("pelayanan rumah sakit ini buruk sekali, petugasnya kasar dan saya kecewa", "id", "negative"),
        ("alhamdulillah dokternya ramah, anak saya sembuh, terima kasih banyak", "id", "positive"),
        ("obatnya mahal banget, udah gitu gak mempan, kesel gue", "id", "negative"),
        ("makanannya enak, tempatnya bersih, nyaman sekali", "id", "positive"),
        ("rapat koordinasi dinas kesehatan kabupaten akan digelar pada hari senin di aula kantor bupati", "id", "neutral"),
        ("panganane enak tenan, regane murah, aku seneng banget", "jv", "positive"),
        ("palayananna goréng pisan, kuring kuciwa", "su", "negative"),
        ("This hospital is terrible, the staff were rude and I waited for hours", "en", "negative"),
        ("I love this clinic, the nurses are wonderful and kind", "en", "positive"),
        ("The ministry will publish the weekly report on Monday", "en", "neutral"),
        ("Este hospital es horrible, no vuelvo nunca más", "es", "negative"),
    ],
)
def test_plain_posts_come_out_as_a_reader_would_say(text: str, lang: str, sentiment: str) -> None:
    labels, chances = model().predict([text], [lang])
    assert labels == [sentiment]
    assert 1 / 3 < chances[0] <= 1


@pytest.mark.parametrize(
    ("plain", "negated"), [("pelayanannya bagus", "pelayanannya tidak bagus"), ("the food is good", "the food is not good")]
)
def test_a_negation_makes_praise_less_positive(plain: str, negated: str) -> None:
    lang = "en" if plain.startswith("the") else "id"
    chances = model().probabilities([plain, negated], [lang, lang])
    assert chances[1, model().classes.index("positive")] < chances[0, model().classes.index("positive")] / 2


def test_classes_are_those_of_the_warehouse() -> None:
    assert set(model().classes) == set(SENTIMENTS)


def test_placeholders_links_and_handles_change_nothing() -> None:
    bare = model().probabilities(["obatnya habis, kecewa sekali"], ["id"])
    dressed = model().probabilities(["[mention] obatnya habis, kecewa sekali https://contoh.id/happy-love @cinta [phone]"], ["id"])
    assert np.array_equal(bare, dressed)


def test_stretched_words_count_as_their_plain_form() -> None:
    assert np.array_equal(model().probabilities(["baguuuuus bangeeettt"], ["id"]), model().probabilities(["bagus banget"], ["id"]))


def test_neighbours_in_a_batch_and_a_shared_vocabulary_change_nothing() -> None:
    texts, langs = ["bagus sekali", "this is awful", "", "😭😭", "panganane enak tenan"], ["id", "en", "und", "und", "jv"]
    together = SentimentModel(Vocabulary(limit=3)).probabilities(texts, langs)
    alone = [model().probabilities([text], [lang])[0] for text, lang in zip(texts, langs, strict=True)]
    assert np.array_equal(together, np.array(alone))


def test_no_texts_give_no_labels() -> None:
    labels, chances = model().predict([], [])
    assert (labels, len(chances)) == ([], 0)


@given(
    st.lists(
        st.tuples(st.text(st.characters(codec=None, exclude_categories=()), max_size=80), st.sampled_from(["id", "en", "und", "zh", "jv"])),
        max_size=5,
    )
)
@settings(max_examples=100, deadline=None)
def test_any_text_in_any_language_gets_probabilities_that_sum_to_one(posts: list[tuple[str, str]]) -> None:
    chances = model().probabilities([text for text, _ in posts], [lang for _, lang in posts])
    assert chances.shape == (len(posts), 3)
    assert np.allclose(chances.sum(axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("lang", ["id", "en"])
def test_how_posts_set_aside_were_told_is_known_and_most_were_told_right(lang: str) -> None:
    matrix = measured_errors(lang)
    assert matrix.shape == (len(SENTIMENTS), len(SENTIMENTS))
    assert matrix.sum() > 1_000
    assert (matrix.argmax(axis=1) == np.arange(len(SENTIMENTS))).all()


def test_a_local_word_weighs_what_it_stands_for() -> None:
    texts = ["makanannyo lamak bana", "panganane eco sanget"]
    assert model().predict(texts, ["min", "jv"])[0] == ["positive", "positive"]
