"""Sentences that tell of somebody ill are found, and those that only name an illness are not."""

from __future__ import annotations

from time import process_time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.text.cues import NAMES, Cues
from analytics.text.features import Vocabulary
from analytics.text.told_ill import TOLD, tell_ill
from warehouse.records import FIRSTHAND

VOCABULARY = Vocabulary()
CUES = Cues(VOCABULARY)


def told(text: str, chance: float = 0.3) -> float:
    words = VOCABULARY.read([text])
    return float(tell_ill([text], np.array([chance], np.float32), CUES.count([text], words))[0])


@pytest.mark.parametrize(
    "text",
    [
        "Anakku campak, badannya merah semua",
        "anak saya udah dua hari demam",
        "bapakku lagi cuci darah di rs",
        "gue baru didiagnosis kanker",
        "trombositku tinggal 45rb",
        "maag gue kambuh lagi",
        "pilek dari kemarin, lemes",
        "wis rong dina watuk pilek",
        "My son has measles, he is so tired",
        "I've been coughing all week, sick of it",
    ],
)
def test_somebody_ill_is_told(text: str) -> None:
    assert told(text) == pytest.approx(TOLD)


@pytest.mark.parametrize(
    "text",
    [
        "Kalau anakku demam, ke dokter mana ya",
        "aku takut kena covid",
        "anakku ga demam lagi, alhamdulillah",
        "gue alergi sama orang munafik",
        "aku lagi demam drakor",
        "Dinkes: ibu saya kata pasien kena DBD",
        "My brother has a new car, so sick",
        "Gejala maag kambuh dan cara mengatasinya",
        "Kenali penyebab asma kambuh",
        "demam panggung",
        "bikin aku nangis, tokohnya kena kanker",
        "aku nonton, dia kena kanker",
    ],
)
def test_what_is_feared_denied_advised_or_joked_is_not(text: str) -> None:
    assert told(text) == pytest.approx(0.3)


@given(st.lists(st.tuples(st.text(max_size=60), st.floats(0, 1, width=32)), max_size=6))
def test_a_chance_is_only_ever_raised(posts: list[tuple[str, float]]) -> None:
    texts, chances = [text for text, _ in posts], np.array([chance for _, chance in posts], np.float32)
    cues = np.ones((len(posts), len(NAMES)), np.float32)
    raised = tell_ill(texts, chances, cues)
    assert ((raised == chances) | ((raised == np.float32(TOLD)) & (chances < FIRSTHAND))).all()


@settings(max_examples=20, deadline=None)
@given(st.sampled_from(["anakku ", "udah 3 hari ", "aku lagi lagi ", "kemarin a ", "my son ", "demam "]))
def test_time_grows_with_the_length_of_a_post_and_no_faster(piece: str) -> None:
    def seconds(pieces: int) -> float:
        text, cues = piece * pieces, np.ones((1, len(NAMES)), np.float32)
        start = process_time()
        for _ in range(5):
            tell_ill([text], np.array([0.3], np.float32), cues)
        return process_time() - start

    assert seconds(400) < 40 * max(seconds(40), 1e-3)
