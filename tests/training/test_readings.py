"""What a local word stands for in Indonesian reaches its own weight, so that scoring needs no dictionary."""

from __future__ import annotations

import random

import numpy as np

from analytics.text.features import Vocabulary
from analytics.text.linear import LinearModel
from training.align import carry_over, word_table
from training.fit import Recipe, fit, pack

RECIPE = Recipe(shortest=3, longest=5, occurs_in=1, penalty=1e-4)
TEXTS = ["makanan enak sekali", "tempat bagus dan enak", "pelayanan buruk sekali", "rasa buruk dan mahal"] * 5
LABELS = ["positive", "positive", "negative", "negative"] * 5


def chance_of_praise(text: str, readings: dict[str, dict[str, float]] | None) -> float:
    weights = pack(fit(TEXTS, LABELS, [1.0] * len(TEXTS), RECIPE, readings=readings), RECIPE, TEXTS, 10_000)
    vocabulary = Vocabulary()
    return float(LinearModel(weights, vocabulary).probabilities(vocabulary.read([text]))[0][0, 1])


def test_a_word_that_no_text_held_is_judged_by_what_it_stands_for() -> None:
    readings = {"lamak": {"enak": 1.0}, "awon": {"buruk": 1.0}}
    assert chance_of_praise("lamak", readings) > 0.8 > 0.2 > chance_of_praise("awon", readings)
    assert 0.4 < chance_of_praise("awon", None) < 0.6


def test_a_word_that_may_stand_for_opposites_is_judged_between_them() -> None:
    sure, torn = ({"lamak": {"enak": share, "buruk": 1 - share}} for share in (1.0, 0.5))
    assert chance_of_praise("lamak", torn) < chance_of_praise("lamak", sure)


def test_words_that_go_together_in_sentences_of_two_languages_are_found() -> None:
    pairs = [(["makan", "nasi"], ["mangan", "sego"]), (["makan", "roti"], ["mangan", "roti"]), (["nasi", "enak"], ["sego", "eca"])]
    chance, seen = word_table(pairs)
    assert chance["mangan", "makan"] > 0.7
    assert chance["sego", "nasi"] > 0.7
    assert chance["mangan", "nasi"] < 0.2
    assert seen["makan"] > 1


def test_a_text_is_carried_over_word_by_word_and_the_same_again() -> None:
    words = {"enak": ["eca", "sedhep"], "nasi": ["sego"]}
    carried = {carry_over("Nasi itu enak!", words, random.Random(1)) for _ in range(5)}
    assert len(carried) == 1
    assert carried <= {"sego itu eca !", "sego itu sedhep !"}


def test_folding_gives_the_same_scores_as_reading_with_the_dictionary() -> None:
    readings = {"lamak": {"enak": 0.7, "bagus": 0.3}}
    fitted = fit(TEXTS, LABELS, [1.0] * len(TEXTS), RECIPE, readings=readings)
    plain = fit(TEXTS, LABELS, [1.0] * len(TEXTS), RECIPE)
    known = np.isin(fitted.keys, plain.keys)  # no text has the word: only its own row is new
    assert np.allclose(fitted.table[known], plain.table, atol=1e-5)
    assert len(fitted.keys) == len(plain.keys) + 1
