"""What a post is for, whether it tells of illness at first hand, and which emotion it shows, on posts made up for the tests."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.evaluation.labelled import labelled_posts
from analytics.text.cues import GROUPS, MOST, NAMES, Cues
from analytics.text.emotion import EmotionModel
from analytics.text.features import Vocabulary
from analytics.text.firsthand import FirsthandModel
from analytics.text.intent import IntentModel
from analytics.text.linear import MODELS
from analytics.text.network import Network
from training.corpora import data_folder
from warehouse.errors import InputError
from warehouse.records import EMOTIONS, FIRSTHAND, INTENTS

VOCABULARY = Vocabulary()
CUES = Cues(VOCABULARY)
INTENT, FIRST_HAND, EMOTION = IntentModel(VOCABULARY), FirsthandModel(VOCABULARY), EmotionModel(VOCABULARY)


def cues(*texts: str) -> np.ndarray:
    return CUES.count(texts, VOCABULARY.read(texts))


def intent(text: str) -> str:
    return INTENT.predict(VOCABULARY.read([text]), cues(text))[0][0]


def first_hand(text: str) -> bool:
    return bool(FIRST_HAND.predict(VOCABULARY.read([text]), cues(text))[0] >= FIRSTHAND)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Dok izin bertanya, anak saya demam tiga hari, apa perlu cek darah?", "question"),
        ("min, punten, jadwal fogging di Cibiru kapan ya?", "question"),
        ("Gais mau nanya, vaksin dengue itu bayar apa gratis sih?", "question"),
        ("kecewa dengan pelayanan klinik ini, menunggu tiga jam, petugas judes, tidak akan datang lagi", "complaint"),
        ("sangat mengecewakan, antri di loket lama sekali dan petugasnya jutek", "complaint"),
        ("tolong dibantu perbaiki jalan di kampung kami pak, mohon ditindaklanjuti", "request"),
        ("terima kasih banyak dokter dan perawat atas pelayanannya", "thanks"),
        ("makasih ya semuanya atas doanya", "thanks"),
        ("Dinas Kesehatan mencatat 40 kasus demam berdarah dengue pada awal tahun 2024", "information"),
        ("nyamuk aedes aegypti adalah penyebab penyakit demam berdarah, cegah dengan 3M", "information"),
        ("Ayo vaksin! Daftar sekarang di puskesmas terdekat, gratis. #AyoVaksin", "promotion"),
        ("baru bangun tidur, laper banget wkwk", "other"),
        ("Does anyone know if the clinic is open on Saturday?", "question"),
        ("Health officials reported 40 new cases of dengue on Tuesday, according to the ministry", "information"),
        ("Tickets still available for tomorrow's free concert, come join us! Register here", "promotion"),
        ("so tired today, going to sleep now lol", "other"),
    ],
)
def test_plain_cases_get_the_intent_that_a_person_would_give(text: str, wanted: str) -> None:
    assert intent(text) == wanted


@pytest.mark.parametrize(
    "text",
    [
        "anakku demam tinggi udah 3 hari, trombosit turun, sekarang dirawat di RS karena dbd",
        "aku lagi sakit, demam batuk pilek dari kemarin lemes banget",
        "adek gue kena tipes, opname seminggu",
    ],
)
def test_somebody_who_is_ill_or_tells_of_their_family_is_a_first_hand_report(text: str) -> None:
    assert first_hand(text)


@pytest.mark.parametrize(
    "text",
    [
        "Dinas Kesehatan mencatat 40 kasus demam berdarah pada awal tahun",
        "yuk cegah DBD dengan menguras bak mandi, semua lawan dbd",
        "presiden tinjau vaksinasi massal di puskesmas",
        "resto ini enak banget, tempatnya nyaman",
    ],
)
def test_news_advice_and_other_talk_are_no_first_hand_reports(text: str) -> None:
    assert not first_hand(text)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Marah banget sama petugasnya, bangsat, kurang ajar!", "anger"),
        ("takut banget, deg-degan nunggu hasil tes besok", "fear"),
        ("sedih banget, nangis terus sejak ditinggal nenek", "sadness"),
        ("alhamdulillah senang sekali, bahagia akhirnya sembuh", "joy"),
    ],
)
def test_plain_feelings_are_told_apart(text: str, wanted: str) -> None:
    assert EMOTION.predict(["id"], VOCABULARY.read([text]))[0] == [wanted]


def test_a_language_that_the_model_does_not_know_has_no_emotion() -> None:
    emotions, sure = EMOTION.predict(["en", "id", "de"], VOCABULARY.read(["I am so angry", "marah banget", "ich bin traurig"]))
    assert emotions[0] is emotions[2] is sure[0] is None
    assert emotions[1] in EMOTIONS


def test_disgust_is_told_as_anger_and_surprise_as_neutral() -> None:
    words = VOCABULARY.read(["jijik banget lihat komentarnya", "kaget, kok bisa begitu ya", "jadwal vaksin hari senin"])
    told, finer = EMOTION.probabilities(words), EMOTION.finer_probabilities(words)
    for name, rest in (("anger", "disgust"), ("neutral", "surprise")):
        both = finer[:, EMOTION.finer.index(name)] + finer[:, EMOTION.finer.index(rest)]
        assert np.allclose(told[:, EMOTION.classes.index(name)], both)
        assert (finer[:, EMOTION.finer.index(rest)] > 0).all()
    assert np.allclose(told.sum(axis=1), 1, atol=1e-5)


def test_the_models_answer_with_the_names_of_the_warehouse() -> None:
    assert set(INTENT.classes) == set(INTENTS)
    assert set(EMOTION.classes) == set(EMOTIONS)


@given(st.lists(st.text(), min_size=1, max_size=5))
def test_no_text_is_too_odd_and_probabilities_are_probabilities(texts: list[str]) -> None:
    counted = cues(*texts)
    assert counted.shape == (len(texts), len(NAMES))
    assert (counted[:, : len(GROUPS)] <= MOST).all()
    intents, sure = INTENT.predict(VOCABULARY.read(texts), counted)
    assert ((sure > 0) & (sure <= 1)).all()
    told = FIRST_HAND.predict(VOCABULARY.read(texts), counted)
    assert ((told >= 0) & (told <= 1)).all()
    assert set(intents) <= set(INTENTS)


@given(st.lists(st.sampled_from(["min, kapan ya?", "terima kasih", "", "anakku demam 3 hari", "😀"]), min_size=1, max_size=6))
def test_a_text_has_the_same_cues_whatever_its_neighbours(texts: list[str]) -> None:
    np.testing.assert_array_equal(cues(*texts), np.vstack([cues(text) for text in texts]))


def test_a_network_that_was_trained_on_other_cues_is_refused() -> None:
    with pytest.raises(ValueError, match="make train"):
        Network.load(MODELS / "intent_network.npz", NAMES)


def test_the_set_aside_part_was_never_trained_on_and_is_told_better_than_by_guessing() -> None:
    try:
        posts = labelled_posts(data_folder())
    except InputError as error:
        pytest.skip(f"needs the labelled sets: {error}")
    aside: Any = [post for post in posts if post.split == "test"]
    texts = [post.text for post in aside]
    told, _ = INTENT.predict(VOCABULARY.read(texts), cues(*texts))
    right = np.mean([answer == post.intent for answer, post in zip(told, aside, strict=True)])
    most = max(np.mean([post.intent == name for post in aside]) for name in INTENTS)
    assert right > most + 0.1
