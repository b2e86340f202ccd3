"""What a post wants, on posts made up for the tests; and the labelled ones, where the data folder is there."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.text import intent
from analytics.text.normalise import READ_AT_MOST
from training import measure_intent
from training.corpora import data_folder
from warehouse.errors import InputError


def told(text: str) -> str:
    return intent.classify([text])[0][0]


@pytest.mark.parametrize(
    "text",
    [
        "Dok izin bertanya, anak saya demam tiga hari, apa perlu cek darah?",
        "Mohon info vaksin booster untuk lansia di Depok, terima kasih",
        "min, punten, jadwal fogging di Cibiru kapan ya?",
        "ners, trombosit 110 ribu itu masih aman ga?",
        "guys ada yang tau posko demam berdarah di Sleman?",
        "Aku sudah 4 hari demam naik turun, bisa langsung ke IGD pakai bpjs ga ya?",
        "Numpang tanya kak, vaksin dengue buat anak umur berapa",
        "kapan ya di Cimahi bisa daftar vaksin",
        "Dibutuhkan bantuan: pasien DBD butuh darah golongan B, yang bersedia hubungi keluarga",
        "Does anyone know where to get a dengue test?",
    ],
)
def test_somebody_who_asks_for_an_answer_or_help_has_a_question(text: str) -> None:
    assert told(text) == "question"


@pytest.mark.parametrize(
    "text",
    [
        "antri di puskesmas dari jam 6, pelayanannya lambat banget, petugasnya judes",
        "Ayah saya trombosit 40 ribu malah ditolak rumah sakit, disuruh pulang",
        "aplikasi mobile jkn error terus dari kemarin",
        "ibu disuruh nunggu 5 jam di igd",
        "dua kali berobat, obatnya kosong terus",
        "sudah dua minggu sertifikat vaksin belum keluar juga, saya kecewa",
        "mohon diperbaiki sistem antrian, saya menunggu tiga jam di loket",
        "kecewa dengan pelayanan klinik ini, tidak akan saya datangi lagi",
    ],
)
def test_somebody_who_was_served_badly_has_a_complaint(text: str) -> None:
    assert told(text) == "complaint"


@pytest.mark.parametrize(
    "text",
    [
        "Apa Saja Gejala Demam Berdarah? Simak Penjelasannya https://example.org/dbd",
        "Perlukah Anak Divaksin Dengue? https://example.org/w/my/i",
        "lo pikir vaksin itu bikin kebal? mikir dong",
        "Bagaimana cara kerja wolbachia? begini penjelasannya",
        'tetangga nanya "kamu kapan nikah?" pas aku lagi demam',
        "pelayanannya ramah, dokternya baik, tidak mengecewakan",
        "Adik masuk RS kena DBD, alhamdulillah trombosit sudah naik",
        "Alhamdulillah ayah belum masuk rs, demamnya turun",
        "Warga keluhkan pelayanan puskesmas yang lambat sekali https://example.org/berita",
        "",
        "   \n",
        "?",
        "🤒🤒",
    ],
)
def test_headlines_rhetoric_quotes_praise_and_news_are_neither(text: str) -> None:
    assert told(text) == "other"


def test_what_redaction_put_in_place_of_a_person_is_no_evidence() -> None:
    asked = "[mention] dok, apa boleh vaksin setelah sembuh? hubungi [phone]"
    assert intent.evidence(asked) == intent.evidence(asked.replace("[mention]", " ").replace("[phone]", " "))


def test_letters_of_a_link_are_no_words_of_the_writer() -> None:
    assert intent.evidence("Perlukah vaksin? https://t.co/w-saya-aku") == "headline"


def test_reading_stops_where_the_other_classifiers_stop() -> None:
    assert intent.evidence("a " * (READ_AT_MOST // 2) + "dok mau tanya, boleh?") == "none"


@given(st.lists(st.text(max_size=300), max_size=5))
def test_any_text_gets_one_of_three_intents_and_its_own_probability(texts: list[str]) -> None:
    intents, probabilities = intent.classify(texts)
    assert len(intents) == len(probabilities) == len(texts)
    assert set(intents) <= set(measure_intent.INTENTS)
    assert all(0 < probability < 1 for probability in probabilities)


@given(
    st.lists(
        st.sampled_from(["dok ", "boleh ga ya? ", "rs ", "lama banget ", "kecewa saya ", "https://a.id ", "demam ", "\n"]), max_size=30
    )
)
def test_every_piece_of_evidence_is_a_measured_rule(pieces: list[str]) -> None:
    assert intent.evidence("".join(pieces)) in intent.RULES


@pytest.mark.parametrize(
    "piece", ["?", "a", "ya? ", "rs a a a ", "boleh a b ", '"?', "http://", "[mention", "kalian ", "ada yg pernah ", "butuh ", "tidak a "]
)
def test_a_megabyte_meant_to_stall_is_read_in_a_moment(piece: str) -> None:
    text = piece * (1_000_000 // len(piece)) + "?"
    started = time.process_time()
    intent.classify([text])
    assert time.process_time() - started < 0.5


def test_the_table_names_every_rule_and_the_version_follows_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = json.loads(intent.PRECISION.read_text("utf-8"))
    assert tuple(table["rules"]) == intent.RULES
    before = intent.version()
    assert len(before) == 8
    assert int(before, 16) >= 0
    changed = tmp_path / "intent.json"
    changed.write_text(json.dumps(table | {"labels": 0}), "utf-8")
    monkeypatch.setattr(intent, "PRECISION", changed)
    intent.version.cache_clear()
    assert intent.version() != before
    intent.version.cache_clear()


@pytest.fixture(scope="module")
def posts() -> list[measure_intent.Labelled]:
    try:
        folder = data_folder()
    except InputError as error:
        pytest.skip(str(error))
    return measure_intent.labelled_posts(folder)


def test_every_label_is_found_in_the_data_and_no_label_is_a_text(posts: list[measure_intent.Labelled]) -> None:
    known = measure_intent.labels()
    assert len(posts) == len(known) >= 360
    assert all(len(key) == 64 and label in measure_intent.INTENTS and split in ("tune", "test") for key, (label, split) in known.items())


def test_the_table_and_the_card_say_what_the_labels_give(posts: list[measure_intent.Labelled]) -> None:
    assert intent.PRECISION.read_text("utf-8") == measure_intent.document(posts)
    rules = json.loads(intent.PRECISION.read_text("utf-8"))["rules"]
    text = measure_intent.CARD.read_text("utf-8")
    assert text == measure_intent.card(text, measure_intent.figures(posts, rules))


def test_a_question_about_health_is_told_rightly_four_times_in_five(posts: list[measure_intent.Labelled]) -> None:
    rules = json.loads(intent.PRECISION.read_text("utf-8"))["rules"]
    score = measure_intent.scores(measure_intent.rows(posts, rules, "test", "health"))
    assert score["question"]["precision"] >= 0.8
    assert score["question"]["recall"] >= 0.5
