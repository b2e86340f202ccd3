"""Whether the deep tier tells what a reader would, also where the fast tier does not, and says nothing of what it was not taught."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from analytics.text.deep import HEADS, DeepTier, Head
from analytics.text.features import Vocabulary
from analytics.text.linear import MODELS
from warehouse.records import EMOTIONS, FIRSTHAND, INTENTS, SENTIMENTS


@cache
def tier() -> DeepTier:
    return DeepTier()


@pytest.mark.parametrize(
    ("text", "lang", "sentiment"),
    [
        ("pelayanan rumah sakit ini buruk sekali, petugasnya kasar dan saya kecewa", "id", "negative"),
        ("alhamdulillah dokternya ramah, anak saya sembuh, terima kasih banyak", "id", "positive"),
        ("dinas kesehatan akan menggelar rapat koordinasi pada hari senin di aula kantor bupati", "id", "neutral"),
        ("panganane enak tenan, regane murah, aku seneng banget", "jv", "positive"),
        ("This hospital is terrible, the staff were rude and I waited for hours", "en", "negative"),
    ],
)
def test_plain_posts_come_out_as_a_reader_would_say(text: str, lang: str, sentiment: str) -> None:
    labels, chances = tier().sentiment([text], [lang])
    assert labels == [sentiment]
    assert 1 / 3 < chances[0] <= 1


def test_sentiments_are_those_of_the_warehouse_and_their_chances_add_up() -> None:
    chances = tier().sentiment_probabilities(["", "😷", "a" * 100_000, "bagus"], ["und", "und", "id", "id"])
    assert set(tier().sentiments) == set(SENTIMENTS)
    assert np.allclose(chances.sum(axis=1), 1, atol=1e-5)


def test_an_emotion_is_told_only_of_the_languages_that_were_learnt() -> None:
    told, sure = tier().emotion(["aku takut banget sama jarum suntik", "I am so scared of needles"], ["id", "en"])
    assert told == ["fear", None]
    assert sure[0] is not None
    assert sure[0] > 0.4
    assert sure[1] is None


def test_what_was_cut_into_words_before_gives_the_same_answer() -> None:
    vocabulary = Vocabulary()
    shared = DeepTier(vocabulary)
    texts, langs = ["dokternya ramah", "antre lama sekali", "so rude"], ["id", "id", "en"]
    words = vocabulary.read(texts)
    assert np.allclose(shared.sentiment_probabilities(texts, langs, words), tier().sentiment_probabilities(texts, langs), atol=1e-5)
    assert shared.emotion(texts, langs, words)[0] == tier().emotion(texts, langs)[0]


def test_nothing_gives_nothing() -> None:
    assert tier().sentiment([], [])[0] == []
    assert tier().emotion([], []) == ([], [])


def test_a_head_is_read_back_as_it_was_written(tmp_path) -> None:  # type: ignore[no-untyped-def]
    head = Head.load(MODELS / "deep_sentiment.npz")
    head.save(tmp_path / "again.npz")
    assert (tmp_path / "again.npz").read_bytes() == (MODELS / "deep_sentiment.npz").read_bytes()


def test_a_batch_is_labelled_in_one_go_as_label_by_label() -> None:
    texts = ["anakku demam 3 hari, trombosit turun, doakan ya", "Kemenkes: gejala DBD antara lain demam tinggi", "love this hospital!"]
    langs = ["id", "id", "en"]
    told = tier().label(texts, langs)
    assert told.sentiment == tier().sentiment(texts, langs)[0]
    assert told.emotion == tier().emotion(texts, langs)[0]
    assert told.intent == tier().intent(texts, langs)[0]
    assert told.illness == tier().illness(texts, langs)[0]
    assert np.allclose(told.firsthand_p, tier().firsthand(texts, langs), atol=1e-5)
    assert told.emotion[2] is None
    assert told.illness_p[2] is None


def test_news_of_dengue_and_a_mother_s_report_are_told_apart() -> None:
    texts = ["anakku kena DBD, sudah 3 hari dirawat di rumah sakit, trombositnya turun terus", "Dinkes: kasus DBD tahun ini naik 20 persen"]
    told = tier().label(texts, ["id", "id"])
    assert told.illness == ["personal_dhf", "general_info"]
    assert told.firsthand_p[0] > FIRSTHAND > told.firsthand_p[1]
    assert told.intent[1] == "information"


def test_classes_are_those_of_the_warehouse() -> None:
    assert set(tier().intents) == set(INTENTS)
    assert set(tier().emotions) == set(EMOTIONS)
    for name in HEADS:
        chances = tier().probabilities(["bagus", ""], ["id", "und"], (name,))[name]
        assert chances.shape == (2, len(tier().classes(name)))
        assert np.allclose(chances.sum(axis=1), 1, atol=1e-5)


def test_disgust_and_surprise_are_told_as_anger_and_neutral() -> None:
    texts, langs = ["jijik banget liatnya, najis", "loh kok bisa, kaget aku"], ["id", "id"]
    finer, told = tier().finer_probabilities(texts, langs), tier().probabilities(texts, langs, ("emotion",))["emotion"]
    names, classes = tier().finer_emotions, tier().classes("emotion")
    assert set(names) - set(classes) == {"disgust", "surprise"}
    for name, other in (("anger", "disgust"), ("neutral", "surprise")):
        both = finer[:, names.index(name)] + finer[:, names.index(other)]
        np.testing.assert_allclose(told[:, classes.index(name)], both, atol=1e-6)


def test_a_batch_of_nothing_has_no_labels() -> None:
    assert tier().label([], []).intent == []
